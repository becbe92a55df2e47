//! Sign-up, and the address that waits for its owner's click.

use app::address;
use app::authenticators::Because;
use app::ceremony::Begun;
use app::ceremony::Refusal::{BeginAgain, NotAccepted, NotLetIn};
use app::sign_up::Refusal;
use app::{App, SignUps, Site, Wiring};
use audit::Event;
use authenticator::{Knobs, register};
use std::time::Duration;
use testkit::{House, check_everything};

use webauthn::registration::Options;

use crate::acts::{at_once, counts, events_of, found};
use crate::people::{
    Person, finish, here, listed_id, newcomer, readmitted, registered_as, stranger, synced, with_address,
};

/// The token of the link in the only letter to this address.
fn token_in(house: &House, to: &str) -> String {
    let letters = house.mail.letters();
    let [letter] = &letters.iter().filter(|letter| letter.to == to).collect::<Vec<_>>()[..] else {
        panic!("not one letter to {to}: {letters:?}")
    };
    let (_, rest) = letter.text.split_once("http://localhost:8080/confirm?link=").unwrap();
    rest.split_whitespace().next().unwrap().to_owned()
}

/// Somebody takes an id that the sign-in of this name lists for their own new passkey's.
async fn register_what_is_listed(app: &App, name: &str, aaguid: [u8; 16]) -> Refusal {
    let begun = app.sign_up().begin(&stranger(app), here(), newcomer("eve")).await.unwrap().unwrap();
    register_listed(app, &begun, name, aaguid).await
}

async fn register_listed(app: &App, begun: &Begun<Options>, name: &str, aaguid: [u8; 16]) -> Refusal {
    let answer = registered_as(&begun.options, listed_id(app, name).await, aaguid);
    app.sign_up().finish(&stranger(app), finish(&begun.state, answer)).await.unwrap().unwrap_err()
}

testkit::on_both_engines! {
    fn a_name_is_taken_once_and_who_comes_second_is_told_before_making_a_passkey(house) {
        let app = house.app().await;
        Person::named(&app, "maren").await;
        let second = app.sign_up().begin(&stranger(&app), here(), newcomer("Maren")).await.unwrap();
        assert_eq!(second.unwrap_err(), Refusal::Taken(vocab::identifier::Kind::Username));
    }

    fn of_thirty_two_who_want_one_name_one_gets_it_and_the_others_leave_nothing(house) {
        let nodes = house.two_nodes().await;
        let mut calls = Vec::new();
        for n in 0..32 {
            let app = nodes[n % 2].clone();
            let begun = app.sign_up().begin(&stranger(&app), here(), newcomer("maren")).await.unwrap().unwrap();
            let (_, answer) = register(&serde_json::to_value(&begun.options).unwrap(), &synced());
            calls.push(async move {
                app.sign_up().finish(&stranger(&app), finish(&begun.state, answer)).await.unwrap().map(|new| new.account)
            });
        }
        let outcomes = at_once(calls).await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{outcomes:?}");
        let counted = counts(&nodes[0]).await;
        assert_eq!((counted.accounts, counted.credentials, counted.sessions, counted.spent), (1, 1, 1, 32));
        check_everything(&nodes[1]).await;
    }

    fn w11_a_passkey_is_registered_once_over_all_accounts(house) {
        let app = house.app().await;
        let knobs = Knobs { seed: Some([7; 32]), ..synced() };
        let mut ann = Person::new(&app, newcomer("ann"), knobs.clone()).await;
        let begun = app.sign_up().begin(&stranger(&app), here(), newcomer("bob")).await.unwrap().unwrap();
        let (_, answer) = register(&serde_json::to_value(&begun.options).unwrap(), &knobs);
        let refusal = app.sign_up().finish(&stranger(&app), finish(&begun.state, answer)).await.unwrap().unwrap_err();
        assert_eq!(refusal, Refusal::AlreadyRegistered);
        assert!(found(&app, "bob").await.is_none());
        ann.sign_in(&app).await.unwrap();
        check_everything(&app).await;
    }

    fn w08_what_was_not_offered_is_not_registered(house) {
        let app = house.app().await;
        let begin = async || app.sign_up().begin(&stranger(&app), here(), newcomer("maren")).await.unwrap().unwrap();
        for knobs in [Knobs { uv: false, ..synced() }, Knobs { up: false, ..synced() }, Knobs { be: false, bs: true, ..synced() }] {
            let begun = begin().await;
            let (_, answer) = register(&serde_json::to_value(&begun.options).unwrap(), &knobs);
            let refusal = app.sign_up().finish(&stranger(&app), finish(&begun.state, answer.clone())).await.unwrap().unwrap_err();
            assert_eq!(refusal, Refusal::Ceremony(NotAccepted));
            let again = app.sign_up().finish(&stranger(&app), finish(&begun.state, answer)).await.unwrap().unwrap_err();
            assert_eq!(again, Refusal::Ceremony(BeginAgain));
        }
        assert_eq!(counts(&app).await.accounts, 0);
    }

    fn where_sign_up_is_closed_nothing_begins_and_nothing_ends(house) {
        let open = house.app().await;
        let begun = open.sign_up().begin(&stranger(&open), here(), newcomer("maren")).await.unwrap().unwrap();
        let (_, answer) = register(&serde_json::to_value(&begun.options).unwrap(), &synced());
        let wiring = house.wiring(open.store().clone());
        let site = Site { sign_ups: SignUps::Closed, ..testkit::site() };
        let closed = app::App::start(Wiring { site, ..wiring }).await.unwrap();
        let refused = closed.sign_up().begin(&stranger(&closed), here(), newcomer("maren")).await.unwrap().unwrap_err();
        assert_eq!(refused, Refusal::SignUpClosed);
        let refused = closed.sign_up().finish(&stranger(&closed), finish(&begun.state, answer)).await.unwrap().unwrap_err();
        assert_eq!(refused, Refusal::SignUpClosed);
    }

    fn an_address_names_its_owner_once_they_have_clicked_while_signed_in(house) {
        let app = house.app().await;
        let maren = Person::new(&app, with_address("maren", "Maren@Example.org"), synced()).await;
        assert!(found(&app, "maren@example.org").await.is_none());
        let who = maren.signed_in(&app).await;
        assert_eq!(app.addresses().waiting(&stranger(&app), &who).await.unwrap(), ["Maren@Example.org"]);
        app.outbox().work(10).await.unwrap();
        let token = token_in(house, "Maren@Example.org");
        let ctx = stranger(&app).acting(maren.account);
        assert_eq!(app.addresses().confirm(&ctx, &who, &token).await.unwrap().unwrap(), "Maren@Example.org");
        assert_eq!(found(&app, "maren@example.org").await.unwrap().account.id, maren.account);
        assert!(app.addresses().waiting(&ctx, &who).await.unwrap().is_empty());
        let again = app.addresses().confirm(&ctx, &who, &token).await.unwrap().unwrap_err();
        assert_eq!(again, address::Refusal::LinkEnded);
        assert!(events_of(&app, maren.account).await.contains(&Event::AddressConfirmed));
        check_everything(&app).await;
    }

    fn r18_whoever_signs_up_with_somebody_elses_address_cannot_have_it_confirmed(house) {
        let app = house.app().await;
        let eve = Person::new(&app, with_address("eve", "maren@example.org"), synced()).await;
        let maren = Person::new(&app, newcomer("maren"), synced()).await;
        app.outbox().work(10).await.unwrap();
        let token = token_in(house, "maren@example.org");
        let who = maren.signed_in(&app).await;
        let ctx = stranger(&app).acting(maren.account);
        let refused = app.addresses().confirm(&ctx, &who, &token).await.unwrap().unwrap_err();
        assert_eq!(refused, address::Refusal::LinkEnded, "Maren clicks, signed in as herself, and nothing happens");
        assert!(found(&app, "maren@example.org").await.is_none());
        drop(eve);
        check_everything(&app).await;
    }

    fn r22_signing_up_with_an_address_in_use_looks_the_same_and_its_owner_is_told(house) {
        let app = house.app().await;
        let maren = Person::new(&app, with_address("maren", "maren@example.org"), synced()).await;
        app.outbox().work(10).await.unwrap();
        let who = maren.signed_in(&app).await;
        let ctx = stranger(&app).acting(maren.account);
        app.addresses().confirm(&ctx, &who, &token_in(house, "maren@example.org")).await.unwrap().unwrap();

        let eve = Person::new(&app, with_address("eve", "MAREN@example.org"), synced()).await;
        assert_eq!(app.addresses().waiting(&ctx, &eve.signed_in(&app).await).await.unwrap(), ["MAREN@example.org"]);
        app.outbox().work(10).await.unwrap();
        let letters = house.mail.letters();
        let letter = letters.last().unwrap();
        assert_eq!((letter.to.as_str(), letter.subject.as_str()), ("maren@example.org", "Your address was used for a sign-up"));
        assert!(!letter.text.contains("/confirm"), "no link in it: {}", letter.text);
        check_everything(&app).await;
    }

    fn r05_letters_go_to_the_stored_address_and_carry_the_configured_link(house) {
        let app = house.app().await;
        Person::new(&app, with_address("maren", "Maren.Holt@Example.org"), synced()).await;
        app.outbox().work(10).await.unwrap();
        let letters = house.mail.letters();
        assert_eq!(letters.len(), 1);
        assert_eq!(letters[0].to, "Maren.Holt@Example.org");
        assert_eq!(letters[0].text.matches("http").count(), 1);
    }

    fn i14_the_link_is_nowhere_in_the_database(house) {
        let app = house.app().await;
        let maren = Person::new(&app, with_address("maren", "maren@example.org"), synced()).await;
        app.outbox().work(10).await.unwrap();
        let token = token_in(house, "maren@example.org");
        let job = store_bodies(&app, maren.account).await;
        assert!(!job.is_empty() && job.iter().all(|body| !body.contains(&token) && !body.contains("maren@")), "{job:?}");
        assert!(readmitted(&app, &token).await.is_none(), "a link opens no session");
    }

    fn r22_an_address_gets_few_letters_whatever_strangers_do(house) {
        let app = house.app().await;
        for n in 0..6 {
            Person::new(&app, with_address(&format!("eve{n}"), "Maren@example.org"), synced()).await;
        }
        app.outbox().work(20).await.unwrap();
        let letters = house.mail.letters();
        assert_eq!(letters.len(), 3);
        assert!(letters.iter().all(|letter| !letter.text.contains("eve")), "nothing of it is in a stranger's words");
        check_everything(&app).await;
    }

    fn w15_registering_an_id_that_was_listed_says_the_same_for_known_and_unknown_names(house) {
        let app = house.app().await;
        let mut maren = Person::named(&app, "maren").await;
        for name in ["maren", "nobody", "nobody@example.org"] {
            assert_eq!(register_what_is_listed(&app, name, [0; 16]).await, Refusal::AlreadyRegistered, "{name}");
        }
        let aaguid = *b"turned away here";
        let rules = format!(
            "[[rules]]\nname = \"Everyone\"\nfor = [\"everyone\"]\ndeny = [\"{}\"]\n",
            vocab::Aaguid::from_bytes(aaguid)
        );
        app.authenticators().adopt(&app.ctx(app::Actor::Operator), rules).await.unwrap().unwrap();
        for name in ["maren", "nobody", "nobody@example.org"] {
            let said = register_what_is_listed(&app, name, aaguid).await;
            assert_eq!(said, Refusal::Ceremony(NotLetIn(Because::Denied)), "rules say nothing of a name: {name}");
        }
        maren.sign_in(&app).await.unwrap();
        check_everything(&app).await;
    }

    /// Whatever is asked before an id is, is answered first: for an id that somebody has and for one that nobody has.
    fn w15_a_name_that_was_taken_meanwhile_says_nothing_of_an_id(house) {
        let app = house.app().await;
        Person::named(&app, "maren").await;
        let mut begun = Vec::new();
        for name in ["maren", "nobody"] {
            begun.push((name, app.sign_up().begin(&stranger(&app), here(), newcomer("eve")).await.unwrap().unwrap()));
        }
        Person::named(&app, "eve").await;
        for (name, begun) in begun {
            let said = register_listed(&app, &begun, name, [0; 16]).await;
            assert_eq!(said, Refusal::Taken(vocab::identifier::Kind::Username), "{name}");
        }
    }

    fn a_confirmation_is_good_for_a_day(house) {
        let app = house.app().await;
        let mut maren = Person::new(&app, with_address("maren", "maren@example.org"), synced()).await;
        app.outbox().work(10).await.unwrap();
        let token = token_in(house, "maren@example.org");
        house.clock.advance(Duration::from_secs(24 * 60 * 60));
        maren.sign_in(&app).await.unwrap();
        let who = maren.signed_in(&app).await;
        let ctx = stranger(&app).acting(maren.account);
        let refused = app.addresses().confirm(&ctx, &who, &token).await.unwrap().unwrap_err();
        assert_eq!(refused, address::Refusal::LinkEnded);
        check_everything(&app).await;
    }
}

async fn store_bodies(app: &app::App, account: vocab::AccountId) -> Vec<String> {
    let rows =
        app.store().browse(account, |account, snapshot| Box::pin(snapshot.list_jobs_of(*account))).await.unwrap();
    rows.into_iter().map(|job| format!("{job:?}")).collect()
}
