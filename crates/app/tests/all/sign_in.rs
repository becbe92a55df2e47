//! Signing in: every way in and every way it is turned away.

use app::ceremony::Refusal::{BeginAgain, NotAccepted, Unreadable};
use app::ceremony::{Binding, Finish, LIFE};
use app::sign_in::Asked;
use app::sign_in::Refusal;
use app::{Actor, App};
use audit::Event;
use authenticator::{Knobs, Passkey, register};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use testkit::check_everything;
use vocab::Reason;

use crate::acts::{at_once, counts, events_of};
use crate::people::{BROWSER, Person, finish, here, newcomer, readmitted, stranger, synced};

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(60 * 60);

async fn refused(app: &App, finish: Finish) -> Refusal {
    app.sign_in().finish(&stranger(app), finish, None).await.unwrap().unwrap_err()
}

/// A passkey that was never registered here.
fn strange() -> (Passkey, Value) {
    let made = json!({ "rp": { "id": "localhost" }, "user": { "id": "YW5u" }, "challenge": "AAAA" });
    register(&made, &synced())
}

fn called(name: Option<&str>) -> Asked<'_> {
    Asked { name, domain: None }
}

testkit::on_both_engines! {
    fn a_person_signs_up_and_in_and_each_act_has_its_entry(house) {
        let app = house.app().await;
        let mut maren = Person::named(&app, "maren").await;
        assert_eq!(maren.signed_in(&app).await.account.id, maren.account);
        maren.sign_in(&app).await.unwrap();
        assert_eq!(maren.signed_in(&app).await.account.display_name, "maren");
        let events = events_of(&app, maren.account).await;
        assert_eq!(
            events,
            [Event::AccountCreated, Event::CredentialRegistered, Event::SessionOpened, Event::SessionOpened]
        );
        let [passkey] = &maren.passkeys(&app).await[..] else { panic!("not one passkey") };
        assert_eq!((passkey.name.as_str(), passkey.last_used_at), ("Passkey on Linux", Some(app.now())));
        check_everything(&app).await;
    }

    fn each_algorithm_and_kind_of_authenticator_signs_in(house) {
        use authenticator::Algorithm::{EdDsa, Es256, Rs256};
        let app = house.app().await;
        for (name, algorithm) in [("ann", Es256), ("bob", EdDsa), ("cid", Rs256)] {
            let mut person = Person::new(&app, newcomer(name), Knobs { algorithm, ..Knobs::default() }).await;
            person.sign_in(&app).await.unwrap();
        }
        check_everything(&app).await;
    }

    fn a_name_leads_to_its_owners_passkeys_and_to_no_others(house) {
        let app = house.app().await;
        let mut maren = Person::named(&app, "maren").await;
        let mut olga = Person::named(&app, "olga").await;
        let begin = async || app.sign_in().begin(&stranger(&app), here(), called(Some("MAREN"))).await.unwrap();
        let begun = begin().await;
        let answer = maren.answer(&begun.options);
        app.sign_in().finish(&stranger(&app), finish(&begun.state, answer), None).await.unwrap().unwrap();
        let begun = begin().await;
        let answer = olga.answer(&begun.options);
        assert_eq!(refused(&app, finish(&begun.state, answer)).await, Refusal::Ceremony(NotAccepted));
        check_everything(&app).await;
    }

    fn w01_w02_a_ceremony_is_spent_by_whatever_ends_it(house) {
        let app = house.app().await;
        let mut maren = Person::named(&app, "maren").await;
        let begun = app.sign_in().begin(&stranger(&app), here(), Asked::default()).await.unwrap();
        let mut broken = maren.answer(&begun.options);
        broken["response"]["signature"] = json!("MEUCIQ");
        let good = maren.answer(&begun.options);
        let first = refused(&app, finish(&begun.state, broken)).await;
        assert!(matches!(first, Refusal::Ceremony(NotAccepted) | Refusal::Ceremony(Unreadable)), "{first:?}");
        assert_eq!(refused(&app, finish(&begun.state, good)).await, Refusal::Ceremony(BeginAgain));

        let begun = maren.begun(&app).await;
        let again = Finish { state: begun.state.clone(), binding: begun.binding, credential: begun.credential.clone() };
        app.sign_in().finish(&stranger(&app), begun, None).await.unwrap().unwrap();
        assert_eq!(refused(&app, again).await, Refusal::Ceremony(BeginAgain));
        check_everything(&app).await;
    }

    fn w02_of_thirty_two_who_finish_at_once_on_two_nodes_one_is_signed_in(house) {
        let nodes = house.two_nodes().await;
        let mut maren = Person::named(&nodes[0], "maren").await;
        let before = counts(&nodes[0]).await;
        let begun = maren.begun(&nodes[0]).await;
        let calls = (0..32).map(|n| {
            let app = nodes[n % 2].clone();
            let Finish { state, binding, credential } = &begun;
            let finish = Finish { state: state.clone(), binding: *binding, credential: credential.clone() };
            async move { app.sign_in().finish(&stranger(&app), finish, None).await.unwrap().map(|_| ()) }
        });
        let outcomes = at_once(calls.collect::<Vec<_>>()).await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
        assert!(outcomes.iter().all(|outcome| matches!(outcome, Ok(()) | Err(Refusal::Ceremony(BeginAgain)))), "{outcomes:?}");
        let after = counts(&nodes[0]).await;
        assert_eq!((after.sessions, after.spent), (before.sessions + 1, before.spent + 1));
        check_everything(&nodes[1]).await;
    }

    fn w03_an_answer_to_another_ceremony_is_no_answer_and_writes_nothing(house) {
        let app = house.app().await;
        let mut maren = Person::named(&app, "maren").await;
        let [one, two] = [(); 2].map(|()| app.sign_in());
        let (one, two) = (one.begin(&stranger(&app), here(), Asked::default()).await.unwrap(), two.begin(&stranger(&app), here(), Asked::default()).await.unwrap());
        let before = counts(&app).await;
        let answer = maren.answer(&one.options);
        assert_eq!(refused(&app, finish(&two.state, answer.clone())).await, Refusal::Ceremony(NotAccepted));
        assert_eq!(counts(&app).await, before);
        app.sign_in().finish(&stranger(&app), finish(&one.state, answer), None).await.unwrap().unwrap();
    }

    fn w24_a_ceremony_is_finished_where_it_was_begun(house) {
        let app = house.app().await;
        let mut maren = Person::named(&app, "maren").await;
        let begun = maren.begun(&app).await;
        let elsewhere = [
            Binding::browser(b"another browser"),
            Binding::program_with(BROWSER),
            Binding::browser(b""),
        ];
        for binding in elsewhere {
            let finish = Finish { state: begun.state.clone(), binding, credential: begun.credential.clone() };
            assert_eq!(refused(&app, finish).await, Refusal::Ceremony(BeginAgain));
        }
        app.sign_in().finish(&stranger(&app), begun, None).await.unwrap().unwrap();
    }

    fn f09_a_ceremony_lives_three_minutes(house) {
        let app = house.app().await;
        let mut maren = Person::named(&app, "maren").await;
        let begun = maren.begun(&app).await;
        house.clock.advance(LIFE);
        app.sign_in().finish(&stranger(&app), begun, None).await.unwrap().unwrap();
        let begun = maren.begun(&app).await;
        house.clock.advance(LIFE + SECOND);
        assert_eq!(refused(&app, begun).await, Refusal::Ceremony(BeginAgain));
    }

    fn f17_nothing_begun_before_a_restore_was_accepted_is_finished_after_it(house) {
        let app = house.app().await;
        let mut maren = Person::named(&app, "maren").await;
        let begun = maren.begun(&app).await;
        app.fence().accept_restore(&app.ctx(Actor::Operator)).await.unwrap();
        assert_eq!(refused(&app, begun).await, Refusal::Ceremony(BeginAgain));
        maren.sign_in(&app).await.unwrap();
        check_everything(&app).await;
    }

    fn f10_keys_rotate_between_begin_and_finish_and_nobody_notices(house) {
        let nodes = house.two_nodes().await;
        let mut maren = Person::named(&nodes[0], "maren").await;
        let begun = maren.begun(&nodes[0]).await;
        for use_for in app::keys::Use::ALL {
            nodes[0].keys().rotate(&nodes[0].ctx(Actor::Operator), use_for).await.unwrap().unwrap();
        }
        house.clock.advance(Duration::from_secs(61)); // the new keys have taken over
        nodes[1].sign_in().finish(&stranger(&nodes[1]), begun, None).await.unwrap().unwrap();
        let begun = maren.begun(&nodes[0]).await; // sealed under the new key, which the other node reads at once
        nodes[1].sign_in().finish(&stranger(&nodes[1]), begun, None).await.unwrap().unwrap();
        check_everything(&nodes[1]).await;
    }

    fn w09_what_was_not_proved_changes_no_byte_of_the_passkey(house) {
        let app = house.app().await;
        let mut maren = Person::new(&app, newcomer("maren"), Knobs::default()).await;
        maren.sign_in(&app).await.unwrap();
        let before = credential_rows(&app, &maren).await;
        let begun = app.sign_in().begin(&stranger(&app), here(), Asked::default()).await.unwrap();
        let options = serde_json::to_value(&begun.options).unwrap();
        let forged = Knobs { be: true, bs: true, count_by: 900, ..Knobs::default() };
        let mut copy = maren.passkey.clone();
        let mut answer = copy.sign_in(&options, &forged);
        answer["response"]["signature"] = maren.answer(&begun.options)["response"]["signature"].take();
        assert_eq!(refused(&app, finish(&begun.state, answer)).await, Refusal::Ceremony(NotAccepted));
        assert_eq!(credential_rows(&app, &maren).await, before);
        maren.sign_in(&app).await.unwrap();
        check_everything(&app).await;
    }

    fn w07_who_was_not_verified_is_not_signed_in(house) {
        let app = house.app().await;
        let mut maren = Person::named(&app, "maren").await;
        maren.knobs.uv = false;
        assert_eq!(maren.sign_in(&app).await.unwrap_err(), Refusal::Ceremony(NotAccepted));
        maren.knobs = Knobs { up: false, ..synced() };
        assert_eq!(maren.sign_in(&app).await.unwrap_err(), Refusal::Ceremony(NotAccepted));
    }

    fn w10_counters_go_up_and_a_copy_of_a_bound_key_is_turned_away(house) {
        let app = house.app().await;
        let mut maren = Person::new(&app, newcomer("maren"), Knobs::default()).await;
        house.clock.advance(SECOND);
        maren.sign_in(&app).await.unwrap();
        let mut copy = maren.passkey.clone();
        house.clock.advance(SECOND);
        maren.sign_in(&app).await.unwrap();
        house.clock.advance(SECOND);
        std::mem::swap(&mut maren.passkey, &mut copy);
        assert_eq!(maren.sign_in(&app).await.unwrap_err(), Refusal::Ceremony(NotAccepted), "the copy counts 2 where 2 was seen");
        std::mem::swap(&mut maren.passkey, &mut copy);
        maren.sign_in(&app).await.unwrap();
        let events = events_of(&app, maren.account).await;
        assert!(events.contains(&Event::CountRegressed) && events.contains(&Event::SignInDenied));
        check_everything(&app).await;
    }

    fn w10_no_number_of_other_refusals_hides_that_a_passkey_counted_backwards(house) {
        let app = house.app().await;
        let mut maren = Person::new(&app, newcomer("maren"), Knobs::default()).await;
        let mut copy = maren.clone();
        house.clock.advance(SECOND);
        maren.sign_in(&app).await.unwrap();
        let mut stranger = Person { knobs: Knobs { uv: false, ..Knobs::default() }, ..maren.clone() };
        for _ in 0..20 {
            house.clock.advance(SECOND);
            stranger.sign_in(&app).await.unwrap_err();
        }
        house.clock.advance(SECOND);
        copy.sign_in(&app).await.unwrap_err();
        let told = events_of(&app, maren.account).await;
        assert_eq!(told.iter().filter(|event| **event == Event::CountRegressed).count(), 1, "{told:?}");
    }

    fn w10_a_synced_passkey_that_counts_backwards_is_let_in_and_told_of(house) {
        let app = house.app().await;
        let counting = Knobs { count_by: 5, ..synced() };
        let mut maren = Person::new(&app, newcomer("maren"), counting).await;
        house.clock.advance(SECOND);
        maren.sign_in(&app).await.unwrap();
        house.clock.advance(SECOND);
        maren.passkey.count = 2;
        maren.knobs.count_by = 1;
        maren.sign_in(&app).await.unwrap();
        assert_eq!(credential_rows(&app, &maren).await[0].sign_count, 3);
        assert!(events_of(&app, maren.account).await.contains(&Event::CountRegressed));
        check_everything(&app).await;
    }

    fn w10_of_two_ceremonies_at_once_the_larger_count_stays(house) {
        let app = house.app().await;
        let mut maren = Person::new(&app, newcomer("maren"), Knobs { count_by: 6, ..Knobs::default() }).await;
        house.clock.advance(SECOND);
        let six = maren.begun(&app).await;
        maren.knobs.count_by = 1;
        let seven = maren.begun(&app).await;
        house.clock.advance(SECOND);
        app.sign_in().finish(&stranger(&app), seven, None).await.unwrap().unwrap();
        app.sign_in().finish(&stranger(&app), six, None).await.unwrap().unwrap();
        assert_eq!(credential_rows(&app, &maren).await[0].sign_count, 7);
        check_everything(&app).await;
    }

    fn w15_an_unknown_name_is_answered_like_a_known_one(house) {
        let nodes = house.two_nodes().await;
        Person::named(&nodes[0], "maren").await;
        let shape = |options: &Value| {
            let mut shape: Vec<String> = options.as_object().unwrap().keys().cloned().collect();
            shape.sort();
            let ids = options["allowCredentials"].as_array().unwrap();
            assert!((1..=5).contains(&ids.len()));
            assert!(ids.iter().all(|id| id["type"] == "public-key" && id["transports"].is_array()));
            shape
        };
        let asked = async |app: &App, name: &str| {
            let begun = app.sign_in().begin(&stranger(app), here(), called(Some(name))).await.unwrap();
            serde_json::to_value(&begun.options).unwrap()
        };
        let known = asked(&nodes[0], "maren").await;
        for name in ["nobody", "nobody@example.org", "+49 30 1234567", "no such name", "\u{0}", &"x".repeat(5_000)] {
            let unknown = asked(&nodes[0], name).await;
            assert_eq!(shape(&unknown), shape(&known), "{name:?}");
            assert_eq!(asked(&nodes[1], name).await["allowCredentials"], unknown["allowCredentials"], "{name:?}");
        }
        assert_eq!(asked(&nodes[0], "nobody").await["allowCredentials"], asked(&nodes[0], "NOBODY").await["allowCredentials"]);
        drop(nodes);
        let reopened = house.app().await;
        let again = asked(&reopened, "nobody").await;
        assert_eq!(again["allowCredentials"], asked(&reopened, "nobody").await["allowCredentials"]);
    }

    fn w15_an_id_that_was_listed_for_a_name_is_refused_alike_whether_or_not_somebody_has_it(house) {
        let nodes = house.two_nodes().await;
        let maren = Person::named(&nodes[0], "maren").await;
        let (mut forger, _) = strange();
        for (name, asked) in [("maren", None), ("nobody", None), ("maren", Some("maren")), ("nobody", Some("nobody"))] {
            let begun = nodes[0].sign_in().begin(&stranger(&nodes[0]), here(), called(Some(name))).await.unwrap();
            let listed = serde_json::to_value(&begun.options).unwrap()["allowCredentials"][0]["id"].clone();
            forger.id = authenticator::unbase64url(listed.as_str().unwrap());
            let begun = nodes[1].sign_in().begin(&stranger(&nodes[1]), here(), called(asked)).await.unwrap();
            let answer = forger.sign_in(&serde_json::to_value(&begun.options).unwrap(), &synced());
            let refused = refused(&nodes[1], finish(&begun.state, answer)).await;
            assert_eq!(refused, Refusal::Ceremony(NotAccepted), "{name} {asked:?}");
        }
        assert!(readmitted(&nodes[0], &maren.token).await.is_some());
        check_everything(&nodes[0]).await;
    }

    fn w15_only_an_honest_answer_is_told_that_its_passkey_is_nowhere(house) {
        let app = house.app().await;
        Person::named(&app, "maren").await;
        let (mut unknown, _) = strange();
        let elsewhere = Knobs::at("https://evil.example");
        for (knobs, asked, expected) in [
            (synced(), None, Refusal::PasskeyUnknown),
            (Knobs { be: false, bs: false, ..synced() }, None, Refusal::PasskeyUnknown),
            (Knobs { uv: false, ..synced() }, None, Refusal::Ceremony(NotAccepted)),
            (elsewhere, None, Refusal::Ceremony(NotAccepted)),
            (synced(), Some("maren"), Refusal::Ceremony(NotAccepted)),
            (synced(), Some("nobody"), Refusal::Ceremony(NotAccepted)),
        ] {
            let begun = app.sign_in().begin(&stranger(&app), here(), called(asked)).await.unwrap();
            let answer = unknown.sign_in(&serde_json::to_value(&begun.options).unwrap(), &knobs);
            assert_eq!(refused(&app, finish(&begun.state, answer)).await, expected, "{asked:?} {knobs:?}");
        }
        app.fence().accept_restore(&app.ctx(Actor::Operator)).await.unwrap();
        house.clock.advance(SECOND);
        let begun = app.sign_in().begin(&stranger(&app), here(), Asked::default()).await.unwrap();
        let answer = unknown.sign_in(&serde_json::to_value(&begun.options).unwrap(), &synced());
        let restored = refused(&app, finish(&begun.state, answer)).await;
        assert_eq!(restored, Refusal::Ceremony(NotAccepted), "a later backup may know it");
    }

    fn w16_a_closed_account_is_let_in_by_nothing_it_holds(house) {
        let app = house.app().await;
        let mut maren = Person::named(&app, "maren").await;
        let begun = maren.begun(&app).await;
        let why = Reason::parse("left the house").unwrap();
        let named = app::account::Named::Id(maren.account);
        app.accounts().disable(&app.ctx(Actor::Operator), &named, &why).await.unwrap().unwrap();
        assert!(readmitted(&app, &maren.token).await.is_none());
        assert_eq!(refused(&app, begun).await, Refusal::Ceremony(NotAccepted));
        assert_eq!(maren.sign_in(&app).await.unwrap_err(), Refusal::Ceremony(NotAccepted));
        check_everything(&app).await;
    }

    fn n6_a_session_ends_by_itself_when_nothing_is_done_in_it_or_after_a_day(house) {
        let app = house.app().await;
        let maren = Person::named(&app, "maren").await;
        house.clock.advance(HOUR - SECOND);
        assert!(readmitted(&app, &maren.token).await.is_some());
        for _ in 0..22 {
            house.clock.advance(HOUR - SECOND);
            assert!(readmitted(&app, &maren.token).await.is_some());
        }
        house.clock.advance(HOUR);
        assert!(readmitted(&app, &maren.token).await.is_none());
        check_everything(&app).await;
    }

    fn r09_strangers_fill_nobodys_past(house) {
        let app = house.app().await;
        let mut maren = Person::named(&app, "maren").await;
        maren.knobs.uv = false;
        let before = counts(&app).await;
        for _ in 0..20 {
            assert_eq!(maren.sign_in(&app).await.unwrap_err(), Refusal::Ceremony(NotAccepted));
        }
        let after = counts(&app).await;
        assert_eq!((after.entries - before.entries, after.spent - before.spent), (6, 20));
        check_everything(&app).await;
    }

    fn a_passkey_nobody_knows_is_turned_away_and_its_ceremony_is_spent(house) {
        let app = house.app().await;
        let begun = app.sign_in().begin(&stranger(&app), here(), Asked::default()).await.unwrap();
        let (mut passkey, _) = strange();
        let answer = passkey.sign_in(&serde_json::to_value(&begun.options).unwrap(), &synced());
        let before = counts(&app).await;
        assert_eq!(refused(&app, finish(&begun.state, answer.clone())).await, Refusal::PasskeyUnknown);
        assert_eq!(refused(&app, finish(&begun.state, answer)).await, Refusal::Ceremony(BeginAgain));
        let after = counts(&app).await;
        assert_eq!((after.entries, after.spent), (before.entries, before.spent + 1));
    }
}

async fn credential_rows(app: &App, person: &Person) -> Vec<store::CredentialRow> {
    app.store().read(person.account, |id, snapshot| Box::pin(snapshot.list_credentials(*id))).await.unwrap()
}

#[test]
fn states_of_other_ceremonies_and_states_that_were_touched_begin_again() {
    testkit::run(async {
        let house = testkit::House::sqlite();
        let app = house.app().await;
        let mut maren = Person::named(&app, "maren").await;
        let good = maren.begun(&app).await;
        let sign_up = app.sign_up().begin(&stranger(&app), here(), newcomer("olga")).await.unwrap().unwrap();
        let mut states: BTreeMap<&str, String> = BTreeMap::from([
            ("empty", String::new()),
            ("of a sign-up", sign_up.state),
            ("cut", good.state[..good.state.len() - 4].to_owned()),
            ("not base64url", format!("{}+", &good.state[..good.state.len() - 1])),
            ("huge", "A".repeat(100_000)),
        ]);
        for at in [0, 20, 30, 60, good.state.len() / 2, good.state.len() - 2] {
            let mut touched = good.state.clone().into_bytes();
            touched[at] = if touched[at] == b'A' { b'B' } else { b'A' };
            states.insert("touched", String::from_utf8(touched).unwrap());
            for (what, state) in &states {
                let finish = finish(state, good.credential.clone());
                assert_eq!(refused(&app, finish).await, Refusal::Ceremony(BeginAgain), "{what} {at}");
            }
        }
        let kinds: BTreeSet<_> = states.keys().collect();
        assert_eq!(kinds.len(), 6);
        app.sign_in().finish(&stranger(&app), good, None).await.unwrap().unwrap();
    });
}
