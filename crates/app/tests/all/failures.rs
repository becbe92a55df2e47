//! Refusals of strangers: counted where they happen, written down together, and bounded whoever tries what.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use app::failures::{Counted, ENTRIES_PER_MINUTE};
use app::sign_in::Asked;
use app::{App, Ctx, SignUps, Site, Wiring, address, sign_in, sign_up};
use audit::Event;
use authenticator::{Knobs, Passkey, register};
use serde_json::{Value, json};
use store::{EntryRow, Moment, Seam};
use testkit::{Breaker, Strike, check_everything};
use vocab::AccountId;

use crate::acts::{counts, entries_of};
use crate::people::{self, Person, finish, here, newcomer, stranger, synced};

const MINUTE: Duration = Duration::from_secs(60);

fn from(app: &App, address: impl Into<IpAddr>) -> Ctx {
    let mut ctx = stranger(app);
    ctx.client.address = Some(address.into());
    ctx
}

/// A passkey of another house, and the answer it made there.
fn strange() -> (Passkey, Value) {
    register(&json!({ "rp": { "id": "localhost" }, "user": { "id": "YW5u" }, "challenge": "AAAA" }), &synced())
}

async fn written(app: &App) -> Vec<EntryRow> {
    let own = entries_of(app, AccountId::NOBODY).await;
    own.into_iter().filter(|row| row.event == Event::FailuresCounted.code().cast_signed()).collect()
}

/// What waits, as reason and count.
fn reasons(app: &App) -> Vec<(&'static str, u64)> {
    let mut reasons: Vec<_> = app.failures().waiting().into_iter().map(|c| (c.reason, c.count)).collect();
    reasons.sort_unstable();
    reasons
}

async fn refused(app: &App, state: &str, credential: Value) -> sign_in::Refusal {
    app.sign_in().finish(&stranger(app), finish(state, credential), None).await.unwrap().unwrap_err()
}

async fn not_enrolled(app: &App, state: &str, credential: Value) -> sign_up::Refusal {
    app.sign_up().finish(&stranger(app), finish(state, credential)).await.unwrap().unwrap_err()
}

testkit::on_both_engines! {
    fn r09_who_is_refused_signing_in_is_counted_by_why(house) {
        let app = house.app().await;
        let mut maren = Person::named(&app, "maren").await;
        let begin = async || app.sign_in().begin(&stranger(&app), here(), Asked::default()).await.unwrap();
        let (one, two) = (begin().await, begin().await);
        let (mut unknown, _) = strange();
        let answer = unknown.sign_in(&people::json(&one.options), &synced());
        refused(&app, &one.state, json!({})).await;
        refused(&app, "no state of ours", answer.clone()).await;
        refused(&app, &two.state, answer.clone()).await;
        refused(&app, &one.state, answer.clone()).await;
        refused(&app, &one.state, answer).await;
        let expected = [
            ("ceremony.begin_again", 2),
            ("ceremony.other", 1),
            ("ceremony.unreadable", 1),
            ("sign_in.unknown_passkey", 1),
        ];
        assert_eq!(reasons(&app), expected);
        house.clock.advance(MINUTE);
        app.failures().write_down().await.unwrap();

        maren.knobs.uv = false;
        let before = counts(&app).await;
        for _ in 0..20 {
            maren.sign_in(&app).await.unwrap_err();
        }
        assert_eq!(counts(&app).await.entries - before.entries, 6, "in her past");
        let [(reason, 14)] = reasons(&app)[..] else { panic!("{:?}", reasons(&app)) };
        assert!(!reason.is_empty());
        check_everything(&app).await;
    }

    fn r09_who_is_refused_coming_in_is_counted_by_why(house) {
        let app = house.app().await;
        let knobs = Knobs { seed: Some([7; 32]), ..synced() };
        let maren = Person::new(&app, newcomer("maren"), knobs.clone()).await;
        let begin = async || app.sign_up().begin(&stranger(&app), here(), newcomer("olga")).await.unwrap().unwrap();
        app.sign_up().begin(&stranger(&app), here(), newcomer("Maren")).await.unwrap().unwrap_err();
        not_enrolled(&app, &begin().await.state, json!({})).await;
        not_enrolled(&app, "no state of ours", strange().1).await;
        not_enrolled(&app, &begin().await.state, strange().1).await;
        let begun = begin().await;
        not_enrolled(&app, &begun.state, register(&people::json(&begun.options), &knobs).1).await;
        let (unseen, begun) = (Knobs { uv: false, ..synced() }, begin().await);
        not_enrolled(&app, &begun.state, register(&people::json(&begun.options), &unseen).1).await;
        app.setup().begin(&stranger(&app), here(), ("no link of ours", newcomer("olga"))).await.unwrap().unwrap_err();
        let who = maren.signed_in(&app).await;
        let confirmed = app.addresses().confirm(&stranger(&app).acting(maren.account), &who, "no link of ours").await;
        assert_eq!(confirmed.unwrap().unwrap_err(), address::Refusal::LinkEnded);
        let expected = [
            ("authenticator_data.user_not_verified", 1),
            ("ceremony.begin_again", 1),
            ("ceremony.other", 1),
            ("ceremony.unreadable", 1),
            ("enrol.already_registered", 1),
            ("enrol.taken", 1),
            ("link.ended", 2),
        ];
        assert_eq!(reasons(&app), expected);

        let wiring = house.wiring(app.store().clone());
        let closed = App::start(Wiring { site: Site { sign_ups: SignUps::Closed, ..testkit::site() }, ..wiring }).await.unwrap();
        closed.sign_up().begin(&stranger(&closed), here(), newcomer("olga")).await.unwrap().unwrap_err();
        not_enrolled(&closed, &begun.state, strange().1).await;
        assert_eq!(reasons(&closed), [("enrol.closed", 2)]);
        check_everything(&app).await;
    }

    fn r09_a_minute_a_reason_and_a_network_have_one_entry_together(house) {
        let app = house.app().await;
        let addresses = ["203.0.113.1", "203.0.113.200", "198.51.100.7", "2001:db8:1:2::3", "2001:db8:1:9::4"];
        for address in addresses {
            for reason in ["one", "one", "other"] {
                app.failures().count(&from(&app, address.parse::<IpAddr>().unwrap()), reason);
            }
        }
        app.failures().write_down().await.unwrap();
        assert!(written(&app).await.is_empty(), "the minute is not over");
        house.clock.advance(MINUTE);
        app.failures().count(&from(&app, Ipv4Addr::LOCALHOST), "one");
        let minute = app.now().minus(MINUTE);
        let (before, _): (Vec<_>, Vec<_>) = app.failures().waiting().into_iter().partition(|c| c.minute <= minute);
        let told = |c: &Counted| (c.reason, c.network.clone(), c.count);
        let mut told: Vec<_> = before.iter().map(told).collect();
        told.sort_unstable();
        let expected = [
            ("one", "198.51.100.0/24".to_owned(), 2),
            ("one", "2001:db8:1::/48".to_owned(), 4),
            ("one", "203.0.113.0/24".to_owned(), 4),
            ("other", "198.51.100.0/24".to_owned(), 1),
            ("other", "2001:db8:1::/48".to_owned(), 2),
            ("other", "203.0.113.0/24".to_owned(), 2),
        ];
        assert_eq!(told, expected);
        app.failures().write_down().await.unwrap();
        app.failures().write_down().await.unwrap();
        assert_eq!((written(&app).await.len(), reasons(&app)), (6, vec![("one", 1)]));
        app.failures().write_everything_down().await.unwrap();
        assert_eq!((written(&app).await.len(), reasons(&app)), (7, vec![]));
        check_everything(&app).await;
    }

    fn i14_where_strangers_came_from_lies_in_no_entry_in_clear(house) {
        let app = house.app().await;
        app.failures().count(&from(&app, Ipv4Addr::new(203, 0, 113, 9)), "a reason");
        app.failures().write_everything_down().await.unwrap();
        let rows = written(&app).await;
        assert_eq!(rows.len(), 1);
        let row = [rows[0].bytes.as_slice(), &rows[0].details, &rows[0].digest].concat();
        for word in ["203.0.113", "a reason", "network"] {
            assert!(!row.windows(word.len()).any(|window| window == word.as_bytes()), "{word}");
        }
        for bytes in [[203, 0, 113, 9], [203, 0, 113, 0]] {
            assert!(!rows[0].bytes.windows(4).any(|window| window == bytes));
        }
    }

    fn i18_a_hundred_thousand_networks_are_sixty_five_entries(house) {
        let app = house.app().await;
        let attack = app.now();
        for number in 0..100_000_u32 {
            app.failures().count(&from(&app, Ipv4Addr::from_bits(number << 8)), "sign_in.begin_again");
        }
        for _ in 0..10 {
            app.failures().count(&from(&app, Ipv4Addr::from_bits(40 << 8)), "sign_in.begin_again");
        }
        let waiting = app.failures().waiting();
        assert_eq!(waiting.iter().map(|counted| counted.count).sum::<u64>(), 100_010);
        assert!(waiting.iter().all(|counted| counted.minute <= attack));
        assert_eq!((waiting[0].network.as_str(), waiting[0].count), ("0.0.40.0/24", 11), "the largest are told apart");
        assert_eq!(waiting.last().map(|counted| counted.network.as_str()), Some("other"));
        house.clock.advance(MINUTE);
        app.failures().write_down().await.unwrap();
        assert_eq!(written(&app).await.len(), ENTRIES_PER_MINUTE + 1);
        assert!(app.failures().waiting().is_empty());
        check_everything(&app).await;
    }

    fn what_the_database_did_not_take_waits_for_the_next_round(house) {
        let breaker = Arc::new(Breaker::default());
        let seam: Arc<dyn Seam> = breaker.clone();
        let app = house.node(house.open(Some(seam)).await).await;
        app.failures().count(&stranger(&app), "one");
        house.clock.advance(MINUTE);
        app.failures().count(&stranger(&app), "one");
        house.clock.advance(MINUTE);
        breaker.arm(Strike { statement: "COMMIT", moment: Moment::Before, nth: 1 });
        assert!(app.failures().write_down().await.unwrap_err().retryable());
        breaker.disarm();
        assert_eq!((written(&app).await.len(), reasons(&app)), (1, vec![("one", 1)]));
        app.failures().write_down().await.unwrap();
        assert_eq!((written(&app).await.len(), reasons(&app)), (2, vec![]));
        check_everything(&app).await;
    }

    /// F09: a minute counted under a clock that was a day ahead does not wait for that day.
    fn f09_a_minute_of_a_clock_that_was_wrong_is_written_down_too(house) {
        let app = house.app().await;
        let noon = app.now();
        house.clock.set(noon.plus(24 * 60 * MINUTE));
        app.failures().count(&stranger(&app), "one");
        house.clock.set(noon);
        app.failures().count(&stranger(&app), "one");
        app.failures().write_down().await.unwrap();
        assert_eq!((written(&app).await.len(), reasons(&app)), (1, vec![("one", 1)]));
        check_everything(&app).await;
    }
}
