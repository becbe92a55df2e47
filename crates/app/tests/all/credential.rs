//! The passkeys of an account: added, renamed, removed, and who is told.

use app::account::Named;
use app::ceremony::Refusal::{BeginAgain, NotAccepted};
use app::credential::{Refusal, Unfit};
use app::sign_in::Asked;
use app::{Actor, App};
use audit::Event;
use authenticator::{Algorithm, Knobs, base64url, register};
use std::time::Duration;
use testkit::{House, check_everything};
use vocab::{Aaguid, CredentialId, DisplayName};

use crate::acts::{at_once, counts, events_of, reason};
use crate::people::{
    Person, finish, found_in_letter, here, json, listed_id, newcomer, readmitted, registered_as, stranger, synced,
    with_address,
};

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

async fn remove(app: &App, person: &Person, which: CredentialId) -> Result<(), Refusal> {
    let who = person.signed_in(app).await;
    app.credentials().remove(&stranger(app).acting(person.account), &who, which).await.unwrap()
}

/// Somebody whose address is confirmed.
async fn reachable(house: &House, app: &App, name: &str) -> Person {
    reachable_with(house, app, (name, synced())).await
}

async fn reachable_with(house: &House, app: &App, (name, knobs): (&str, Knobs)) -> Person {
    let address = format!("{name}@example.org");
    let person = Person::new(app, with_address(name, &address), knobs).await;
    app.outbox().work(10).await.unwrap();
    let token = found_in_letter(house, &address);
    let who = person.signed_in(app).await;
    app.addresses().confirm(&stranger(app).acting(person.account), &who, &token).await.unwrap().unwrap();
    person
}

/// A passkey that somebody keeps who says who they are.
fn of_a_provider() -> Knobs {
    Knobs { aaguid: *b"somebody's cloud", ..synced() }
}

/// Another of the same provider, which no quantum computer breaks.
fn lattice() -> Knobs {
    Knobs { algorithm: Algorithm::MlDsa44, ..of_a_provider() }
}

/// Makes such a passkey beside the one this person is signed in with.
async fn upgrade(app: &App, person: &Person, knobs: &Knobs) -> Result<Person, Refusal> {
    let (who, ctx) = (person.signed_in(app).await, stranger(app).acting(person.account));
    let first = who.session.credential();
    let begun = app.credentials().begin_adding(&ctx, here(), (&who, Some(first))).await.unwrap()?;
    let options = json(&begun.options);
    let offered: Vec<i64> =
        options["pubKeyCredParams"].as_array().unwrap().iter().map(|one| one["alg"].as_i64().unwrap()).collect();
    assert_eq!(offered, [-48, -49, -50]);
    let excluded = options["excludeCredentials"].as_array().unwrap();
    assert!(excluded.iter().all(|one| one["id"] != base64url(&person.passkey.id)), "{excluded:?}");
    let (passkey, answer) = register(&options, knobs);
    app.credentials().finish_adding(&ctx, finish(&begun.state, answer), &who).await.unwrap()?;
    Ok(Person { passkey, knobs: knobs.clone(), ..person.clone() })
}

testkit::on_both_engines! {
    fn a_second_passkey_signs_in_too_and_every_address_is_told(house) {
        let app = house.app().await;
        let mut maren = reachable(house, &app, "maren").await;
        let letters = house.mail.letters().len();
        let key = Knobs { transports: vec!["usb".to_owned()], attachment: Some("cross-platform".to_owned()), ..Knobs::default() };
        let (passkey, listed) = maren.add(&app, &key).await.unwrap();
        assert_eq!((listed.name.as_str(), listed.kind.as_str()), ("Security key", "security_key"));
        app.outbox().work(10).await.unwrap();
        let told = house.mail.letters().split_off(letters);
        assert_eq!(told.len(), 1);
        assert_eq!((told[0].to.as_str(), told[0].subject.as_str()), ("maren@example.org", "A passkey was added to your account"));
        assert!(told[0].text.contains("“Security key”"), "{}", told[0].text);
        (maren.passkey, maren.knobs) = (passkey, key);
        maren.sign_in(&app).await.unwrap();
        assert_eq!(maren.passkeys(&app).await.len(), 2);
        check_everything(&app).await;
    }

    fn w17_a_passkey_is_added_by_somebody_who_was_there_within_five_minutes(house) {
        let app = house.app().await;
        let mut maren = Person::named(&app, "maren").await;
        house.clock.advance(5 * MINUTE);
        maren.add(&app, &synced()).await.unwrap();
        house.clock.advance(Duration::from_secs(1));
        assert_eq!(maren.add(&app, &synced()).await.err(), Some(Refusal::StepUpRequired));
        let before = maren.token.clone();
        maren.step_up(&app).await;
        assert!(readmitted(&app, &before).await.is_none(), "the session that asked is replaced");
        maren.add(&app, &synced()).await.unwrap();
        check_everything(&app).await;
    }

    fn w13_a_beginning_belongs_to_its_session_and_its_account(house) {
        let app = house.app().await;
        let mut maren = Person::named(&app, "maren").await;
        let olga = Person::named(&app, "olga").await;
        let who = maren.signed_in(&app).await;
        let ctx = stranger(&app).acting(maren.account);
        let begun = app.credentials().begin_adding(&ctx, here(), (&who, None)).await.unwrap().unwrap();
        let (_, answer) = register(&serde_json::to_value(&begun.options).unwrap(), &synced());
        let as_olga = stranger(&app).acting(olga.account);
        let others = app.credentials().finish_adding(&as_olga, finish(&begun.state, answer.clone()), &olga.signed_in(&app).await).await;
        assert_eq!(others.unwrap().unwrap_err(), Refusal::Ceremony(BeginAgain));
        maren.step_up(&app).await;
        let newer = app.credentials().finish_adding(&ctx, finish(&begun.state, answer.clone()), &maren.signed_in(&app).await).await;
        assert_eq!(newer.unwrap().unwrap_err(), Refusal::Ceremony(BeginAgain));
        let ended = app.credentials().finish_adding(&ctx, finish(&begun.state, answer), &who).await;
        assert_eq!(ended.unwrap().unwrap_err(), Refusal::SignInRequired);
        assert_eq!(maren.passkeys(&app).await.len(), 1);
        check_everything(&app).await;
    }

    fn i02_of_thirty_two_who_finish_adding_one_passkey_one_adds_it(house) {
        let nodes = house.two_nodes().await;
        let maren = Person::named(&nodes[0], "maren").await;
        let who = maren.signed_in(&nodes[0]).await;
        let ctx = stranger(&nodes[0]).acting(maren.account);
        let begun = nodes[0].credentials().begin_adding(&ctx, here(), (&who, None)).await.unwrap().unwrap();
        let (_, answer) = register(&serde_json::to_value(&begun.options).unwrap(), &synced());
        let calls = (0..32).map(|n| {
            let (app, who, ctx) = (nodes[n % 2].clone(), who.clone(), ctx.clone());
            let finish = finish(&begun.state, answer.clone());
            async move { app.credentials().finish_adding(&ctx, finish, &who).await.unwrap().map(|_| ()) }
        });
        let outcomes = at_once(calls.collect::<Vec<_>>()).await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{outcomes:?}");
        assert!(outcomes.iter().all(|outcome| matches!(outcome, Ok(()) | Err(Refusal::Ceremony(BeginAgain)))), "{outcomes:?}");
        assert_eq!(counts(&nodes[1]).await.credentials, 2);
        check_everything(&nodes[1]).await;
    }

    fn a_passkey_is_called_what_its_owner_calls_it(house) {
        let app = house.app().await;
        let maren = Person::named(&app, "maren").await;
        let olga = Person::named(&app, "olga").await;
        let id = maren.passkeys(&app).await[0].id;
        let name = DisplayName::parse("Work laptop").unwrap();
        let rename = async |person: &Person, id| {
            let who = person.signed_in(&app).await;
            app.credentials().rename(&stranger(&app).acting(person.account), &who, (id, &name)).await.unwrap()
        };
        rename(&maren, id).await.unwrap();
        assert_eq!(maren.passkeys(&app).await[0].name, "Work laptop");
        assert_eq!(rename(&olga, id).await.unwrap_err(), Refusal::Unfit(Unfit::Unknown), "it is not hers");
        assert!(events_of(&app, maren.account).await.contains(&Event::CredentialRenamed));
        check_everything(&app).await;
    }

    fn a_removed_passkey_opens_nothing_its_sessions_end_and_it_never_comes_back(house) {
        let app = house.app().await;
        let maren = reachable(house, &app, "maren").await;
        let knobs = Knobs { seed: Some([9; 32]), ..synced() };
        let (passkey, listed) = maren.add(&app, &knobs).await.unwrap();
        let mut other = Person { account: maren.account, passkey, knobs: knobs.clone(), token: String::new() };
        other.sign_in(&app).await.unwrap();
        let letters = house.mail.letters().len();
        remove(&app, &maren, listed.id).await.unwrap();
        assert!(readmitted(&app, &other.token).await.is_none());
        let refused = other.sign_in(&app).await.unwrap_err();
        assert!(matches!(refused, app::sign_in::Refusal::PasskeyRemoved { .. }), "{refused:?}");
        assert_eq!(maren.add(&app, &knobs).await.err(), Some(Refusal::AlreadyRegistered));
        app.outbox().work(10).await.unwrap();
        let subjects: Vec<_> = house.mail.letters().split_off(letters).into_iter().map(|letter| letter.subject).collect();
        assert!(subjects.contains(&"A passkey was removed from your account".to_owned()), "{subjects:?}");
        check_everything(&app).await;
    }

    fn a_forged_use_of_a_removed_passkey_is_not_told_that_it_was_removed(house) {
        let app = house.app().await;
        let maren = Person::named(&app, "maren").await;
        let (passkey, listed) = maren.add(&app, &synced()).await.unwrap();
        remove(&app, &maren, listed.id).await.unwrap();
        let mut other = Person { account: maren.account, passkey, knobs: synced(), token: String::new() };
        let begun = app.sign_in().begin(&stranger(&app), here(), Asked::default()).await.unwrap();
        let mut answer = other.answer(&begun.options);
        other.passkey.count += 1;
        answer["response"]["signature"] = other.answer(&app.sign_in().begin(&stranger(&app), here(), Asked::default()).await.unwrap().options)["response"]["signature"].take();
        let refused = app.sign_in().finish(&stranger(&app), finish(&begun.state, answer), None).await.unwrap().unwrap_err();
        assert_eq!(refused, app::sign_in::Refusal::Ceremony(NotAccepted));
    }

    fn r24_the_last_passkey_stays(house) {
        let app = house.app().await;
        let maren = Person::named(&app, "maren").await;
        let id = maren.passkeys(&app).await[0].id;
        assert_eq!(remove(&app, &maren, id).await.unwrap_err(), Refusal::Unfit(Unfit::LastOne));
        let who = maren.signed_in(&app).await;
        let considered = app.credentials().consider_removal(&stranger(&app), &who, id).await.unwrap().unwrap();
        assert_eq!(considered.refusal, Some(Refusal::Unfit(Unfit::LastOne)));
        check_everything(&app).await;
    }

    fn r24_of_two_passkeys_removed_at_once_on_two_nodes_one_stays(house) {
        let nodes = house.two_nodes().await;
        for round in 0..10 {
            let maren = Person::named(&nodes[0], &format!("maren{round}")).await;
            let (passkey, second) = maren.add(&nodes[0], &synced()).await.unwrap();
            let first = maren.passkeys(&nodes[0]).await[0].id;
            let mut other = Person { account: maren.account, passkey, knobs: synced(), token: String::new() };
            other.sign_in(&nodes[0]).await.unwrap();
            let hands = [maren.signed_in(&nodes[0]).await, other.signed_in(&nodes[0]).await];
            let calls = (0..32).map(|n| {
                let (app, who) = (nodes[n % 2].clone(), hands[(n / 2) % 2].clone());
                let which = if n % 4 < 2 { first } else { second.id };
                let ctx = stranger(&app).acting(who.account.id);
                async move { app.credentials().remove(&ctx, &who, which).await.unwrap() }
            });
            let outcomes = at_once(calls.collect::<Vec<_>>()).await;
            assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{outcomes:?}");
            let rows = nodes[1].store().read(maren.account, |id, snapshot| Box::pin(snapshot.list_credentials(*id))).await.unwrap();
            assert_eq!(rows.iter().filter(|row| row.state == "active").count(), 1);
        }
        check_everything(&nodes[1]).await;
    }

    fn w14_removing_needs_somebody_who_was_there_within_five_minutes(house) {
        let app = house.app().await;
        let mut maren = Person::named(&app, "maren").await;
        let (_, listed) = maren.add(&app, &synced()).await.unwrap();
        house.clock.advance(6 * MINUTE);
        assert_eq!(remove(&app, &maren, listed.id).await.unwrap_err(), Refusal::StepUpRequired);
        maren.step_up(&app).await;
        remove(&app, &maren, listed.id).await.unwrap();
        check_everything(&app).await;
    }

    fn w17_a_passkey_of_today_does_not_push_out_one_of_yesterday(house) {
        let app = house.app().await;
        let mut maren = Person::named(&app, "maren").await;
        let first = maren.passkeys(&app).await[0].id;
        house.clock.advance(2 * DAY);
        maren.sign_in(&app).await.unwrap();
        let (passkey, second) = maren.add(&app, &synced()).await.unwrap();
        let mut sneaked = Person { account: maren.account, passkey, knobs: synced(), token: String::new() };
        sneaked.sign_in(&app).await.unwrap();
        let refusal = remove(&app, &sneaked, first).await.unwrap_err();
        assert_eq!(refusal, Refusal::Unfit(Unfit::TooNew { until: second.made_at.plus(DAY) }));
        house.clock.advance(DAY);
        sneaked.sign_in(&app).await.unwrap();
        remove(&app, &sneaked, first).await.unwrap();
        check_everything(&app).await;
    }

    fn w17_the_owners_own_session_does_not_push_out_her_only_older_passkey(house) {
        let app = house.app().await;
        let mut maren = Person::named(&app, "maren").await;
        let first = maren.passkeys(&app).await[0].id;
        house.clock.advance(2 * DAY);
        maren.sign_in(&app).await.unwrap();
        let (_, sneaked_in) = maren.add(&app, &synced()).await.unwrap();
        let refusal = remove(&app, &maren, first).await.unwrap_err();
        assert_eq!(refusal, Refusal::Unfit(Unfit::TooNew { until: sneaked_in.made_at.plus(DAY) }));
        remove(&app, &maren, sneaked_in.id).await.unwrap();
        check_everything(&app).await;
    }

    fn an_account_has_at_most_twenty_passkeys(house) {
        let app = house.app().await;
        let maren = Person::named(&app, "maren").await;
        for _ in 1..20 {
            maren.add(&app, &synced()).await.unwrap();
        }
        assert_eq!(maren.add(&app, &synced()).await.err(), Some(Refusal::Unfit(Unfit::TooMany)));
        assert_eq!(counts(&app).await.credentials, 20);
    }

    /// What is asked before an id is, is answered first: for an id that somebody has and for one that nobody has.
    fn w15_a_passkey_too_many_says_nothing_of_an_id(house) {
        let app = house.app().await;
        Person::named(&app, "olga").await;
        let maren = Person::named(&app, "maren").await;
        for _ in 2..20 {
            maren.add(&app, &synced()).await.unwrap();
        }
        let (who, ctx) = (maren.signed_in(&app).await, stranger(&app).acting(maren.account));
        let mut begun = Vec::new();
        for name in ["olga", "nobody"] {
            begun.push((name, app.credentials().begin_adding(&ctx, here(), (&who, None)).await.unwrap().unwrap()));
        }
        maren.add(&app, &synced()).await.unwrap();
        for (name, begun) in begun {
            let answer = registered_as(&begun.options, listed_id(&app, name).await, [0; 16]);
            let added = app.credentials().finish_adding(&ctx, finish(&begun.state, answer), &who).await.unwrap();
            assert_eq!(added.err(), Some(Refusal::Unfit(Unfit::TooMany)), "{name}");
        }
    }

    fn step_up_is_done_by_the_same_account_in_the_same_session(house) {
        let app = house.app().await;
        let maren = Person::named(&app, "maren").await;
        let mut olga = Person::new(&app, newcomer("olga"), synced()).await;
        let who = maren.signed_in(&app).await;
        let begun = app.sign_in().begin_step_up(&stranger(&app), here(), &who).await.unwrap();
        let answer = finish(&begun.state, olga.answer(&begun.options));
        let refused = app.sign_in().finish_step_up(&stranger(&app), answer, &who).await.unwrap().unwrap_err();
        assert_eq!(refused, app::sign_in::Refusal::Ceremony(NotAccepted));
        let begun = app.sign_in().begin_step_up(&stranger(&app), here(), &who).await.unwrap();
        let mut again = Person { account: maren.account, passkey: maren.passkey.clone(), knobs: synced(), token: String::new() };
        let answer = finish(&begun.state, again.answer(&begun.options));
        let refused = app.sign_in().finish(&stranger(&app), answer, None).await.unwrap().unwrap_err();
        assert_eq!(refused, app::sign_in::Refusal::Ceremony(BeginAgain), "outside its session it is nothing");
        check_everything(&app).await;
    }

    /// A3: use either; the older one goes when the new one is used and is no newcomer any more.
    fn w17_a_passkey_of_lattices_is_made_beside_an_older_one_and_takes_its_place(house) {
        let app = house.app().await;
        let mut maren = reachable_with(house, &app, ("maren", of_a_provider())).await;
        let refused = upgrade(&app, &maren, &lattice()).await.err().unwrap();
        assert_eq!(refused, Refusal::Unfit(Unfit::LastOne), "its provider may overwrite the only way in");
        maren.add(&app, &synced()).await.unwrap();
        let classical = upgrade(&app, &maren, &of_a_provider()).await.err().unwrap();
        assert_eq!(classical, Refusal::Ceremony(NotAccepted), "what was not offered is not taken");
        let mut new = upgrade(&app, &maren, &lattice()).await.unwrap();
        new.sign_in(&app).await.unwrap();
        maren.sign_in(&app).await.unwrap();
        house.clock.advance(DAY);
        maren.sign_in(&app).await.unwrap();
        new.sign_in(&app).await.unwrap();
        let refused = maren.sign_in(&app).await.unwrap_err();
        assert!(matches!(refused, app::sign_in::Refusal::PasskeyRemoved { .. }), "{refused:?}");
        assert!(readmitted(&app, &maren.token).await.is_none(), "what the older one opened has ended");
        assert_eq!(new.passkeys(&app).await.len(), 2);
        app.outbox().work(10).await.unwrap();
        let last = house.mail.letters().pop().unwrap();
        assert_eq!(last.subject, "A newer passkey took the place of an older one");
        check_everything(&app).await;
    }

    /// A provider that says nothing of itself, or another one, replaces nothing.
    fn w17_what_is_of_another_provider_takes_nobodys_place(house) {
        let app = house.app().await;
        let nameless = Knobs { aaguid: [0; 16], ..lattice() };
        let other = Knobs { aaguid: *b"another provider", ..lattice() };
        for (name, knobs, newer) in [("olga", of_a_provider(), other), ("pia", synced(), nameless)] {
            let mut first = Person::new(&app, newcomer(name), knobs).await;
            first.add(&app, &synced()).await.unwrap();
            let mut new = upgrade(&app, &first, &newer).await.unwrap();
            house.clock.advance(DAY);
            new.sign_in(&app).await.unwrap();
            first.sign_in(&app).await.unwrap();
        }
        check_everything(&app).await;
    }

    /// What may itself be broken is no reason to lose what is not.
    fn w14_a_doubted_passkey_takes_nobodys_place(house) {
        let app = house.app().await;
        let mut maren = Person::new(&app, newcomer("maren"), of_a_provider()).await;
        maren.add(&app, &synced()).await.unwrap();
        let mut new = upgrade(&app, &maren, &lattice()).await.unwrap();
        let named = Named::Id(maren.account);
        let which = {
            new.sign_in(&app).await.unwrap();
            new.signed_in(&app).await.session.credential()
        };
        app.credentials().hold(&app.ctx(Actor::Operator), (&named, which), &reason("seen elsewhere")).await.unwrap().unwrap();
        house.clock.advance(DAY);
        assert_eq!(new.sign_in(&app).await.unwrap_err(), app::sign_in::Refusal::PasskeyOnHold);
        maren.sign_in(&app).await.unwrap();
        app.credentials().release(&app.ctx(Actor::Operator), (&named, which), &reason("it was hers")).await.unwrap().unwrap();
        let doubts = format!(
            "[[rules]]\nname = \"Everyone\"\nfor = [\"everyone\"]\ndeny = [\"{}\"]\nunfit = \"doubt\"\n",
            Aaguid::from_bytes(of_a_provider().aaguid),
        );
        app.authenticators().adopt(&app.ctx(Actor::Operator), doubts).await.unwrap().unwrap();
        app.authenticators().reconcile().await.unwrap();
        new.sign_in(&app).await.unwrap();
        maren.sign_in(&app).await.unwrap();
        app.authenticators().adopt(&app.ctx(Actor::Operator), String::new()).await.unwrap().unwrap();
        app.authenticators().reconcile().await.unwrap();
        new.sign_in(&app).await.unwrap();
        let refused = maren.sign_in(&app).await.unwrap_err();
        assert!(matches!(refused, app::sign_in::Refusal::PasskeyRemoved { .. }), "{refused:?}");
        check_everything(&app).await;
    }

    /// R24: the newer takes the place of the older while the older removes the newer, on two nodes.
    fn r24_a_removal_and_a_replacement_at_once_leave_a_way_in(house) {
        let [one, other] = house.two_nodes().await;
        for n in 0..8 {
            let mut maren = Person::new(&one, newcomer(&format!("maren-{n}")), of_a_provider()).await;
            let (_, third) = maren.add(&one, &synced()).await.unwrap();
            let mut new = upgrade(&one, &maren, &lattice()).await.unwrap();
            house.clock.advance(DAY);
            maren.sign_in(&one).await.unwrap();
            remove(&one, &maren, third.id).await.unwrap();
            let (who, ctx) = (maren.signed_in(&one).await, stranger(&one).acting(maren.account));
            let listed = maren.passkeys(&one).await;
            let newer = listed.iter().find(|listed| listed.id != who.session.credential()).unwrap().id;
            let begun = new.begun(&other).await;
            let (client, passkeys, sign_in) = (stranger(&other), one.credentials(), other.sign_in());
            let (removed, signed_in) =
                tokio::join!(passkeys.remove(&ctx, &who, newer), sign_in.finish(&client, begun, None));
            let left = one.credentials().kept(&Named::Id(maren.account)).await.unwrap().unwrap();
            assert_eq!((left.len(), removed.unwrap().is_ok()), (1, signed_in.unwrap().is_err()), "{n}");
        }
        check_everything(&one).await;
    }
}
