//! Letters: each to the address that is stored, once, and never more often than a failure asks for.

use std::sync::Arc;
use std::time::Duration;

use app::account::Named;
use app::{Actor, App, Courier, Delivery, Letter, Undelivered};
use store::{Close, JobRow};
use testkit::{House, MailSink, check_everything};
use tokio::sync::Notify;
use vocab::{AccountId, JobId};

use crate::acts::{account_of, at_once, counts, create, disable, jobs_of, reason};
use crate::people::{Person, synced, with_address};

/// How long a claimed job belongs to its worker.
const CLAIM: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);

async fn work(app: &App) -> usize {
    app.outbox().work(32).await.unwrap()
}

/// Each job of an account: state, attempts, the last failure.
async fn stand(app: &App, id: AccountId) -> Vec<(String, i64, Option<String>)> {
    jobs_of(app, id).await.into_iter().map(|job| (job.state, job.attempts, job.last_failure)).collect()
}

fn stands(state: &str, attempts: i64, failure: Option<&str>) -> (String, i64, Option<String>) {
    (state.to_owned(), attempts, failure.map(str::to_owned))
}

fn addresses(mail: &MailSink) -> Vec<String> {
    let mut to: Vec<String> = mail.letters().into_iter().map(|letter| letter.to).collect();
    to.sort_unstable();
    to
}

testkit::on_both_engines! {
    fn who_is_told_to_stop_begins_no_other_job(house) {
        let app = house.app().await;
        for name in ["maren", "olga", "wanda"] {
            create(&app, name).await;
        }
        let asked = std::sync::atomic::AtomicUsize::new(0);
        let goes_on = || asked.fetch_add(1, std::sync::atomic::Ordering::SeqCst) < 2;
        assert_eq!(app.outbox().work_while(32, goes_on).await.unwrap(), 2);
        assert_eq!((house.mail.letters().len(), counts(&app).await.due), (2, 1));
        assert_eq!(app.outbox().work_while(32, || false).await.unwrap(), 0);
        assert_eq!(app.outbox().work(32).await.unwrap(), 1, "nobody had claimed it");
        check_everything(&app).await;
    }

    fn who_is_made_and_who_is_ended_is_told_at_every_address_as_it_was_typed(house) {
        let app = house.app().await;
        let names = ["maren", "Maren@Example.ORG", "maren@example.net"];
        let ctx = app.ctx(Actor::Operator);
        let id = app.accounts().create(&ctx, account_of("Maren Holt", &names)).await.unwrap().unwrap().id;
        assert_eq!(house.mail.letters(), [], "nothing leaves before it is worked on");
        assert_eq!(work(&app).await, 2);
        assert_eq!(addresses(&house.mail), ["Maren@Example.ORG", "maren@example.net"]);
        disable(&app, "MAREN").await;
        assert_eq!(work(&app).await, 2);
        assert_eq!(work(&app).await, 0);

        let letters = house.mail.letters();
        let subjects: Vec<&str> = letters.iter().map(|letter| letter.subject.as_str()).collect();
        let (made, closed) = ("An account was made for you", "Your account was closed");
        assert_eq!(subjects, [made, made, closed, closed]);
        assert!(letters.iter().all(|letter| letter.text.starts_with("Hello Maren Holt,")));
        assert_eq!(stand(&app, id).await, vec![stands("done", 1, None); 4]);
        check_everything(&app).await;
    }

    fn one_address_that_fails_keeps_no_other_from_being_told_and_none_is_told_twice(house) {
        let courier = Arc::new(Fussy { mail: house.mail.clone(), never: "bad@example.org", later: "full@example.org" });
        let app = with_courier(house, courier).await;
        let names = ["bad@example.org", "full@example.org", "good@example.org"];
        let ctx = app.ctx(Actor::Operator);
        let id = app.accounts().create(&ctx, account_of("Maren", &names)).await.unwrap().unwrap().id;
        assert_eq!(work(&app).await, 3);
        for _ in 0..3 {
            house.clock.advance(HOUR);
            assert_eq!(work(&app).await, 1);
        }
        assert_eq!(addresses(&house.mail), ["good@example.org"]);
        let mut states: Vec<_> = stand(&app, id).await.into_iter().map(|(state, attempts, _)| (state, attempts)).collect();
        states.sort_unstable();
        assert_eq!(states, [("done".to_owned(), 1), ("due".to_owned(), 4), ("given_up".to_owned(), 1)]);
    }

    fn a_letter_put_off_is_tried_again_after_pauses_that_double(house) {
        let app = house.app().await;
        let id = create(&app, "maren").await;
        house.mail.refuse(Some(Undelivered::Later("mailbox full".to_owned())));
        for (attempt, pause) in [(1, 30), (2, 60), (3, 120), (4, 240)] {
            assert_eq!(work(&app).await, 1);
            assert_eq!(stand(&app, id).await, [stands("due", attempt, Some("mailbox full"))]);
            house.clock.advance(Duration::from_secs(pause) - Duration::from_micros(1));
            assert_eq!(work(&app).await, 0, "before the pause of {pause} s is over");
            house.clock.advance(Duration::from_micros(1));
        }
        house.mail.refuse(None);
        assert_eq!(work(&app).await, 1);
        assert_eq!(stand(&app, id).await, [stands("done", 5, Some("mailbox full"))]);
    }

    /// Whoever lets us write to ten thousand addresses does not keep an owner from hearing of a new passkey.
    fn w17_a_warning_goes_ahead_of_all_that_strangers_asked_for(house) {
        let app = house.app().await;
        for n in 0..5 {
            Person::new(&app, with_address(&format!("stranger{n}"), &format!("victim{n}@example.org")), synced()).await;
        }
        house.clock.advance(Duration::from_secs(60));
        create(&app, "maren").await;
        assert_eq!(app.outbox().work(1).await.unwrap(), 1);
        assert_eq!(addresses(&house.mail), ["maren@example.org"]);
        assert_eq!(app.outbox().work(9).await.unwrap(), 5);
    }

    /// Erasure could not reach what lies in an outbox.
    fn i21_what_was_to_be_said_is_forgotten_when_it_was_said_or_given_up(house) {
        let app = house.app().await;
        create(&app, "maren").await;
        create(&app, "olga").await;
        assert_eq!(app.outbox().work(1).await.unwrap(), 1);
        house.mail.refuse(Some(Undelivered::Never("550 <olga@example.org> is unknown".to_owned())));
        assert_eq!(work(&app).await, 1);
        let query = "SELECT count(*) FROM outbox WHERE state <> 'due' AND body = ''";
        assert_eq!(house.number(query).await, 2);
        let query = "SELECT count(*) FROM outbox WHERE last_failure = '550 [address] is unknown'";
        assert_eq!(house.number(query).await, 1);
        house.clock.advance(Duration::from_secs(31 * 24 * 60 * 60));
        app.upkeep().reconcile().await.unwrap();
        assert_eq!(house.number("SELECT count(*) FROM outbox").await, 0);
    }

    fn a_letter_is_given_up_after_a_day(house) {
        let app = house.app().await;
        let id = create(&app, "maren").await;
        house.mail.refuse(Some(Undelivered::Later("mailbox full".to_owned())));
        let mut tries = 0;
        while counts(&app).await.given_up == 0 {
            assert_eq!(work(&app).await, 1);
            tries += 1;
            house.clock.advance(HOUR);
        }
        assert_eq!(tries, 25, "one at once and one in each of 24 hours");
        assert_eq!(stand(&app, id).await, [stands("given_up", 25, Some("mailbox full"))]);
        assert_eq!(check_everything(&app).await.jobs_given_up, 1);
        house.mail.refuse(None);
        house.clock.advance(HOUR);
        assert_eq!(work(&app).await, 0);
    }

    fn a_letter_that_can_never_arrive_is_given_up_at_once(house) {
        let app = house.app().await;
        let id = create(&app, "maren").await;
        house.mail.refuse(Some(Undelivered::Never("no such mailbox".to_owned())));
        assert_eq!(work(&app).await, 1);
        assert_eq!(stand(&app, id).await, [stands("given_up", 1, Some("no such mailbox"))]);
    }

    /// I15: what another machine answers is kept alike by both engines, whatever it is.
    fn i15_a_refusal_in_hostile_words_is_noted_and_the_job_ends(house) {
        let app = house.app().await;
        let id = create(&app, "maren").await;
        house.mail.refuse(Some(Undelivered::Never(format!("550\0\r\n\u{1b}[2J{}", "ß".repeat(10_000)))));
        assert_eq!(work(&app).await, 1);
        let [(state, _, Some(noted))] = &stand(&app, id).await[..] else { panic!("not one job with its failure") };
        assert_eq!((state.as_str(), noted.chars().count()), ("given_up", 500));
        assert!(noted.starts_with("550    [2Jß"), "{noted}");
    }

    fn work_nobody_understands_is_given_up(house) {
        let app = house.app().await;
        let id = create(&app, "maren").await;
        work(&app).await;
        let (gone, now) = (AccountId::from_bytes([9; 16]), app.now());
        let strange = [
            (id, "dance", "{}", "nobody knows how to do a job of kind dance"),
            (id, "notice", r#"{"notice":"wedding","to":"maren@example.org"}"#, "nobody knows the notice \"wedding\""),
            (id, "notice", "not json \u{1F600}", "nobody knows the notice \"\""),
            (id, "notice", r#"{"notice":"account_created","to":"eve@evil.example"}"#, "the account no longer has this address"),
            (gone, "notice", r#"{"notice":"account_created","to":"maren@example.org"}"#, "the account is gone"),
        ];
        for (number, (account_id, kind, body, because)) in strange.into_iter().enumerate() {
            let number = u8::try_from(number).unwrap();
            let (id, urgency) = (JobId::made(now, [number; 10]), store::Urgency::Warning);
            let row = JobRow { account_id, id, kind: kind.to_owned(), body: body.to_owned(), due_at: now, urgency };
            app.store().write(row, |row, tx| Box::pin(async move {
                tx.insert_job(row).await?;
                Ok(Close::Commit(()))
            })).await.unwrap();
            assert_eq!(work(&app).await, 1);
            let job = jobs_of(&app, account_id).await.into_iter().find(|job| job.id == id).unwrap();
            assert_eq!((job.state.as_str(), job.last_failure.as_deref()), ("given_up", Some(because)));
        }
        assert_eq!(addresses(&house.mail), ["maren@example.org"]);
    }

    /// F13: one job, 32 workers, two nodes.
    fn f13_of_those_who_work_at_once_one_delivers(house) {
        let nodes = house.two_nodes().await;
        for round in 0..10 {
            let id = create(&nodes[0], &format!("maren{round}")).await;
            let taken = at_once((0..32).map(|worker| {
                let app = nodes[worker % 2].clone();
                async move { work(&app).await }
            })).await;
            assert_eq!(taken.iter().sum::<usize>(), 1);
            assert_eq!(stand(&nodes[1], id).await, [stands("done", 1, None)]);
        }
        assert_eq!(house.mail.letters().len(), 10);
    }

    /// F14: a node is stopped for longer than its claim while it holds a letter. Whatever it says when it wakes, the
    /// verdict of the node that took the job over is the one that counts.
    fn f14_the_verdict_of_a_node_that_lost_its_claim_does_not_count(house) {
        let courier = Arc::new(Stopping::default());
        let first = with_courier(house, courier.clone()).await;
        let second = house.node(second_store(house, &first).await).await;
        let id = create(&first, "maren").await;

        let stopped = tokio::spawn(async move { work(&first).await });
        courier.arrived.notified().await;
        house.clock.advance(CLAIM - Duration::from_micros(1));
        assert_eq!(work(&second).await, 0, "the claim still holds");
        house.clock.advance(Duration::from_micros(1));
        house.mail.refuse(Some(Undelivered::Later("mailbox full".to_owned())));
        assert_eq!(work(&second).await, 1);
        courier.go_on.notify_one();
        assert_eq!(stopped.await.unwrap(), 1);
        assert_eq!(stand(&second, id).await, [stands("due", 2, Some("mailbox full"))]);

        house.mail.refuse(None);
        house.clock.advance(HOUR);
        assert_eq!(work(&second).await, 1);
        assert_eq!(stand(&second, id).await, [stands("done", 3, Some("mailbox full"))]);
    }

    /// F12, F14: the other way round: the node that took over has delivered, and the one that wakes says "later".
    fn f12_f14_a_letter_that_goes_out_twice_is_the_same_letter(house) {
        let courier = Arc::new(Stopping { says: Some(Undelivered::Later("timed out".to_owned())), ..Stopping::default() });
        let first = with_courier(house, courier.clone()).await;
        let second = house.node(second_store(house, &first).await).await;
        let id = create(&first, "maren").await;
        let stopped = tokio::spawn(async move { work(&first).await });
        courier.arrived.notified().await;
        house.clock.advance(CLAIM);
        assert_eq!(work(&second).await, 1);
        courier.go_on.notify_one();
        stopped.await.unwrap();
        assert_eq!(stand(&second, id).await, [stands("done", 2, None)]);
        assert_eq!(courier.letters.letters(), house.mail.letters(), "the same letter with the same id");
    }

    fn who_queues_work_wakes_the_worker(house) {
        let app = house.app().await;
        create(&app, "maren").await;
        app.work_is_due().await; // would wait for ever
        app.accounts().disable(&app.ctx(Actor::Operator), &Named::parse("maren").unwrap(), &reason("closed")).await.unwrap().unwrap();
        app.work_is_due().await;
    }
}

async fn with_courier(house: &House, courier: Arc<dyn Courier>) -> App {
    let mut wiring = house.wiring(house.open(None).await);
    wiring.courier = courier;
    App::start(wiring).await.unwrap()
}

async fn second_store(house: &House, first: &App) -> store::Store {
    if house.is_postgres() { house.open(None).await } else { first.store().clone() }
}

/// A way out that has opinions about addresses.
struct Fussy {
    mail: MailSink,
    never: &'static str,
    later: &'static str,
}

impl Courier for Fussy {
    fn deliver<'a>(&'a self, letter: &'a Letter) -> Delivery<'a> {
        match letter.to.as_str() {
            to if to == self.never => Box::pin(async { Err(Undelivered::Never("unknown".to_owned())) }),
            to if to == self.later => Box::pin(async { Err(Undelivered::Later("full".to_owned())) }),
            _ => self.mail.deliver(letter),
        }
    }
}

/// A way out that stops with the letter in its hand until it is told to go on.
#[derive(Default)]
struct Stopping {
    arrived: Notify,
    go_on: Notify,
    letters: MailSink,
    says: Option<Undelivered>,
}

impl Courier for Stopping {
    fn deliver<'a>(&'a self, letter: &'a Letter) -> Delivery<'a> {
        Box::pin(async move {
            self.arrived.notify_one();
            self.go_on.notified().await;
            self.letters.deliver(letter).await?;
            self.says.clone().map_or(Ok(()), Err)
        })
    }
}
