//! Sessions: seen, ended here, ended elsewhere, ended everywhere.

use std::sync::Arc;
use std::time::Duration;

use app::activity::Event;
use app::ceremony::Refusal::BeginAgain;
use app::session::Refusal;
use app::sign_in;
use policy::Action;
use store::{Moment, Seam};
use testkit::{Breaker, Strike, check_everything};
use vocab::{DisplayName, SessionId};

use crate::acts::{at_once, counts};
use crate::people::{Person, finish, here, readmitted, stranger, synced};

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

testkit::on_both_engines! {
    /// F06: the database took it and the answer was lost. The token was shown to nobody, so nobody can come in with it.
    fn f06_a_session_that_nobody_heard_of_ends_by_itself_within_the_hour(house) {
        let breaker = Arc::new(Breaker::default());
        let seam: Arc<dyn Seam> = breaker.clone();
        let app = house.node(house.open(Some(seam)).await).await;
        let mut maren = Person::named(&app, "maren").await;
        let begun = maren.begun(&app).await;
        let again = finish(&begun.state, begun.credential.clone());
        breaker.arm(Strike { statement: "COMMIT", moment: Moment::After, nth: 0 });
        assert!(app.sign_in().finish(&stranger(&app), begun, None).await.unwrap_err().retryable());
        assert!(breaker.disarm());
        let refused = app.sign_in().finish(&stranger(&app), again, None).await.unwrap().unwrap_err();
        assert_eq!(refused, sign_in::Refusal::Ceremony(BeginAgain));
        maren.sign_in(&app).await.unwrap();
        let who = maren.signed_in(&app).await;
        let open = async || app.sessions().list(&stranger(&app), &who).await.unwrap().len();
        assert_eq!(open().await, 3, "its owner sees it, and may end it");
        house.clock.advance(HOUR - SECOND);
        readmitted(&app, &maren.token).await.unwrap();
        house.clock.advance(SECOND);
        assert_eq!(open().await, 1);
        check_everything(&app).await;
    }

    fn i05_a_session_ended_from_another_place_is_dead_on_every_node_at_once(house) {
        let nodes = house.two_nodes().await;
        let mut maren = Person::named(&nodes[0], "maren").await;
        let left_open = maren.token.clone();
        maren.sign_in(&nodes[1]).await.unwrap();
        let who = maren.signed_in(&nodes[1]).await;
        let ctx = stranger(&nodes[1]).acting(maren.account);
        let sessions = nodes[1].sessions().list(&ctx, &who).await.unwrap();
        let other = sessions.iter().find(|session| session.id != who.session.id()).unwrap();
        assert_eq!((other.device.as_str(), other.address.as_deref()), ("Firefox on Linux", Some("203.0.113.9")));
        nodes[1].sessions().end(&ctx, &who, other.id).await.unwrap().unwrap();
        for node in &nodes {
            assert!(readmitted(node, &left_open).await.is_none());
        }
        assert_eq!(nodes[0].sessions().end(&ctx, &who, other.id).await.unwrap().unwrap_err(), Refusal::Unknown);
        check_everything(&nodes[0]).await;
    }

    fn who_signs_in_as_somebody_else_in_one_browser_has_left(house) {
        let app = house.app().await;
        let maren = Person::named(&app, "maren").await;
        let mut olga = Person::named(&app, "olga").await;
        let (who, begun) = (maren.signed_in(&app).await, olga.begun(&app).await);
        let new = app.sign_in().finish(&stranger(&app), begun, Some(&who)).await.unwrap().unwrap();
        assert!(readmitted(&app, &maren.token).await.is_none());
        assert!(readmitted(&app, new.token.expose()).await.is_some());
        check_everything(&app).await;
    }

    fn c05_nobody_ends_a_session_of_somebody_else(house) {
        let app = house.app().await;
        let maren = Person::named(&app, "maren").await;
        let olga = Person::named(&app, "olga").await;
        let (hers, who) = (maren.signed_in(&app).await.session.id(), olga.signed_in(&app).await);
        let ctx = stranger(&app).acting(olga.account);
        for id in [hers, SessionId::from_bytes([9; 16])] {
            assert_eq!(app.sessions().end(&ctx, &who, id).await.unwrap().unwrap_err(), Refusal::Unknown);
        }
        assert!(readmitted(&app, &maren.token).await.is_some());
    }

    fn signing_out_everywhere_ends_everything_and_the_others_alone_if_asked(house) {
        let app = house.app().await;
        let mut maren = Person::named(&app, "maren").await;
        let mut tokens = vec![maren.token.clone()];
        for _ in 0..3 {
            maren.sign_in(&app).await.unwrap();
            tokens.push(maren.token.clone());
        }
        let who = maren.signed_in(&app).await;
        let ctx = stranger(&app).acting(maren.account);
        assert_eq!(app.sessions().end_others(&ctx, &who).await.unwrap(), Ok(3));
        assert_eq!(app.sessions().end_others(&ctx, &who).await.unwrap(), Ok(0));
        for token in &tokens[..3] {
            assert!(readmitted(&app, token).await.is_none());
        }
        assert_eq!(app.sessions().end_all(&ctx, &who).await.unwrap(), Ok(1));
        assert!(readmitted(&app, &maren.token).await.is_none());
        assert_eq!(app.sessions().end_all(&ctx, &who).await.unwrap(), Err(Refusal::SignInRequired));
        check_everything(&app).await;
    }

    fn many_who_end_one_session_at_once_end_it_once(house) {
        let nodes = house.two_nodes().await;
        let mut maren = Person::named(&nodes[0], "maren").await;
        let left_open = maren.signed_in(&nodes[0]).await.session.id();
        maren.sign_in(&nodes[0]).await.unwrap();
        let who = maren.signed_in(&nodes[0]).await;
        let calls = (0..16).map(|n| {
            let (app, who) = (nodes[n % 2].clone(), who.clone());
            let ctx = stranger(&app).acting(who.account.id);
            async move { app.sessions().end(&ctx, &who, left_open).await.unwrap() }
        });
        let outcomes = at_once(calls.collect::<Vec<_>>()).await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{outcomes:?}");
        check_everything(&nodes[1]).await;
    }

    fn f17_i05_no_session_from_before_an_accepted_restore_is_honoured(house) {
        let app = house.app().await;
        let mut maren = Person::named(&app, "maren").await;
        house.clock.advance(Duration::from_secs(1));
        app.fence().accept_restore(&app.ctx(app::Actor::Operator)).await.unwrap();
        assert!(readmitted(&app, &maren.token).await.is_none());
        maren.sign_in(&app).await.unwrap();
        assert!(readmitted(&app, &maren.token).await.is_some());
        check_everything(&app).await;
    }

    /// Nobody can stand in the way of the one who ends sessions, or of the writer, by opening many.
    fn i18_a_passkey_has_a_hundred_open_sessions_and_its_own_oldest_makes_room(house) {
        let app = house.app().await;
        let owner = Person::named(&app, "maren").await;
        let (passkey, _) = owner.add(&app, &synced()).await.unwrap();
        let mut maren = Person { passkey, ..owner.clone() };
        maren.sign_in(&app).await.unwrap();
        let first = maren.token.clone();
        let mut second = String::new();
        for number in 2..=100 {
            house.clock.advance(SECOND);
            maren.sign_in(&app).await.unwrap();
            if number == 2 {
                second = maren.token.clone();
            }
        }
        assert!(readmitted(&app, &first).await.is_some());
        house.clock.advance(SECOND);
        maren.sign_in(&app).await.unwrap();
        assert!(readmitted(&app, &first).await.is_none());
        assert!(readmitted(&app, &second).await.is_some());
        let who = maren.signed_in(&app).await;
        assert_eq!(app.sessions().list(&stranger(&app), &who).await.unwrap().len(), 101);
        assert!(readmitted(&app, &owner.token).await.is_some(), "who has got a passkey in pushes nobody else's session out");
        check_everything(&app).await;
    }

    /// A cookie alone must not keep its owner out by ending every session she opens.
    fn w14_who_signs_others_out_was_there_within_five_minutes(house) {
        let app = house.app().await;
        let mut maren = Person::named(&app, "maren").await;
        let stolen = maren.signed_in(&app).await;
        house.clock.advance(Duration::from_secs(5 * 60) + SECOND);
        let new = maren.sign_in(&app).await.unwrap();
        let (ctx, sessions) = (stranger(&app).acting(maren.account), app.sessions());
        for refused in [
            sessions.end_others(&ctx, &stolen).await.unwrap().map(|_| ()),
            sessions.end_all(&ctx, &stolen).await.unwrap().map(|_| ()),
            sessions.end(&ctx, &stolen, new.id).await.unwrap(),
        ] {
            assert_eq!(refused, Err(Refusal::StepUpRequired));
        }
        assert_eq!(sessions.end(&ctx, &stolen, stolen.session.id()).await.unwrap(), Ok(()), "who leaves, leaves");
        assert!(readmitted(&app, &maren.token).await.is_some());
    }

    /// Whatever an ending has missed: a session stands on its passkey, and is asked for it every time.
    fn w14_a_session_whose_passkey_is_gone_is_nobodys(house) {
        let app = house.app().await;
        let maren = Person::named(&app, "maren").await;
        let id = house.literal(maren.account.bytes());
        house.damage(&format!("UPDATE credentials SET state = 'removed' WHERE account_id = {id}")).await;
        assert!(readmitted(&app, &maren.token).await.is_none());
    }

    /// Each act in a session is asked of policy, which refuses whoever's account is closed.
    fn w16_every_act_of_a_session_is_refused_once_its_account_is_closed(house) {
        let app = house.app().await;
        let (maren, ctx) = (Person::named(&app, "maren").await, stranger(&app));
        let mut who = maren.signed_in(&app).await;
        who.account.state = app::account::State::Disabled; // what a stale read would say
        let (own, name) = (who.session.credential(), DisplayName::parse("Desk").unwrap());
        for action in policy::Action::ALL {
            let refusal = match action {
                Action::SignIn | Action::Enrol => continue, // these open a session; they are not done in one
                Action::AddCredential => {
                    app.credentials().begin_adding(&ctx, here(), (&who, None)).await.unwrap().unwrap_err().to_string()
                }
                Action::RemoveCredential => app.credentials().remove(&ctx, &who, own).await.unwrap().unwrap_err().to_string(),
                Action::RenameCredential => {
                    app.credentials().rename(&ctx, &who, (own, &name)).await.unwrap().unwrap_err().to_string()
                }
                Action::EndSession => {
                    app.sessions().end(&ctx, &who, who.session.id()).await.unwrap().unwrap_err().to_string()
                }
                Action::EndOtherSessions => app.sessions().end_all(&ctx, &who).await.unwrap().unwrap_err().to_string(),
                Action::ConfirmAddress => app.addresses().confirm(&ctx, &who, "").await.unwrap().unwrap_err().to_string(),
            };
            assert_eq!(refusal, "sign in again first", "{action:?}");
        }
    }

    /// Whoever comes, goes or is turned away often pushes nothing out of sight that was changed.
    fn w17_a_new_passkey_stays_in_sight_however_often_somebody_signs_in(house) {
        let app = house.app().await;
        let mut maren = Person::named(&app, "maren").await;
        maren.add(&app, &synced()).await.unwrap();
        for number in 0..12 {
            house.clock.advance(SECOND);
            maren.sign_in(&app).await.unwrap();
            let (who, name) = (maren.signed_in(&app).await, DisplayName::parse(&format!("Desk {number}")).unwrap());
            let ctx = stranger(&app).acting(maren.account);
            app.credentials().rename(&ctx, &who, (who.session.credential(), &name)).await.unwrap().unwrap();
        }
        house.clock.advance(SECOND);
        for _ in 0..4 {
            maren.sign_in(&app).await.unwrap();
        }
        let who = maren.signed_in(&app).await;
        let told = app.activity(&stranger(&app), &who, 4).await.unwrap();
        let events: Vec<Event> = told.iter().map(|happened| happened.event).collect();
        let of = |event| events.iter().filter(|told| **told == event).count();
        assert_eq!((of(Event::SessionOpened), of(Event::CredentialRegistered)), (4, 2), "{events:?}");
        assert!(told.is_sorted_by(|newer, older| newer.at >= older.at));
        for event in Event::ALL {
            let is_change = !matches!(
                event,
                Event::CredentialRenamed
                    | Event::SessionOpened
                    | Event::SessionEnded
                    | Event::SignInDenied
                    | Event::CountRegressed
            );
            let code = event.code();
            assert_eq!(is_change, code < 7 || code == 8 || code > 12, "as NEWEST_CHANGES takes them: {event:?}");
        }
    }

    fn what_a_person_did_lately_is_told_from_their_entries(house) {
        let app = house.app().await;
        let mut maren = Person::named(&app, "maren").await;
        house.clock.advance(Duration::from_secs(60));
        maren.sign_in(&app).await.unwrap();
        let who = maren.signed_in(&app).await;
        let told = app.activity(&stranger(&app), &who, 2).await.unwrap();
        assert!((3..=4).contains(&told.len()), "two changes, and two of all");
        assert_eq!((told[0].event, told[0].at), (app::activity::Event::SessionOpened, app.now()));
        assert_eq!((told[0].said("how"), told[0].said("device")), ("passkey", "Firefox on Linux"));
    }

    fn sessions_that_are_long_over_are_forgotten_and_doctor_agrees(house) {
        let app = house.app().await;
        let mut maren = Person::named(&app, "maren").await;
        house.clock.advance(7 * DAY);
        maren.sign_in(&app).await.unwrap();
        house.clock.advance(DAY);
        for (sessions, why) in [(2, "the first could have been used a week ago"), (1, "and not since")] {
            app.upkeep().reconcile().await.unwrap();
            assert_eq!(counts(&app).await.sessions, sessions, "{why}");
            check_everything(&app).await;
            house.clock.advance(SECOND);
        }
    }
}
