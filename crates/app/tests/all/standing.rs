//! Rules of authenticators, and what becomes of passkeys when rules or what is known of models change.

use std::time::Duration;

use app::account::Named;
use app::authenticators::{Because, Stand, Standing, Survey};
use app::ceremony::Refusal::{NotAccepted, NotLetIn};
use app::credential::{Kept, Listed, StandingRefusal};
use app::session::NewSession;
use app::{Actor, App, Signer, Site, Wiring, credential, sign_in, sign_up};
use audit::Event;
use authenticator::certificate::revocation_list;
use authenticator::metadata::{entry, published};
use authenticator::{Knobs, Maker, Passkey, draft, pem, pem_of_revocations};
use testkit::{House, check_everything};
use vocab::{AccountId, CredentialId, Label};

use crate::acts::{events_of, reason};
use crate::people::{Person, finish, here, json, newcomer, readmitted, stranger, synced, with_address};

const MODEL: [u8; 16] = *b"a model of ours!";
const AAGUID: &str = "61206d6f-6465-6c20-6f66-206f75727321";
const MINUTE: Duration = Duration::from_secs(60);

async fn import(app: &App, number: u64, status: &str) {
    let known = entry(AAGUID, "Key of ours", &[Maker::new(1).root()], &[(status, "2026-01-01")]);
    let list = published(number, &[known]).into_bytes();
    app.authenticators().import(&app.ctx(Actor::Operator), list).await.unwrap().unwrap();
}

async fn adopt(app: &App, rules: &str) {
    app.authenticators().adopt(&app.ctx(Actor::Operator), rules.to_owned()).await.unwrap().unwrap();
}

/// A rule for everyone, with these lines.
fn everyone(lines: &str) -> String {
    format!("[[rules]]\nname = \"Everyone\"\nfor = [\"everyone\"]\n{lines}\n")
}

async fn judge(house: &House, app: &App) {
    house.clock.advance(MINUTE);
    app.authenticators().reconcile().await.unwrap();
}

async fn dry_run(app: &App, rules: &str) -> Survey {
    app.authenticators().dry_run(rules).await.unwrap().unwrap()
}

/// What an authenticator that this maker vouches for makes of options.
fn vouched(options: &impl serde::Serialize, maker: &Maker) -> (Passkey, serde_json::Value) {
    let knobs = Knobs { aaguid: MODEL, ..Knobs::default() };
    let (passkey, mut new) = draft(&json(options), &knobs);
    "packed".clone_into(&mut new.format);
    new.statement = maker.attest("packed", &passkey, &new, &MODEL).statement();
    (passkey, new.json())
}

async fn sign_up_with(app: &App, name: &str, maker: &Maker) -> Result<Person, sign_up::Refusal> {
    come_in(app, newcomer(name), maker).await
}

async fn come_in(app: &App, newcomer: sign_up::Newcomer, maker: &Maker) -> Result<Person, sign_up::Refusal> {
    let begun = app.sign_up().begin(&stranger(app), here(), newcomer).await.unwrap().unwrap();
    let (passkey, answer) = vouched(&begun.options, maker);
    let new = app.sign_up().finish(&stranger(app), finish(&begun.state, answer)).await.unwrap()?;
    Ok(Person { account: new.account, passkey, knobs: Knobs::default(), token: new.token.expose().clone() })
}

async fn kept(app: &App, account: AccountId) -> Vec<Kept> {
    app.credentials().kept(&Named::Id(account)).await.unwrap().unwrap()
}

/// How the first passkey of this account stands.
async fn stands(app: &App, account: AccountId) -> (Standing, Option<Because>) {
    let stand = kept(app, account).await.remove(0).stand;
    (stand.standing, stand.because)
}

/// A node that believes lists for this host alone.
async fn signed_by_another(house: &House, app: &App, host: &str) -> App {
    let list_signer = Signer { host: Some(host.to_owned()), ..testkit::site().list_signer };
    let site = Site { list_signer, ..testkit::site() };
    App::start(Wiring { site, ..house.wiring(app.store().clone()) }).await.unwrap()
}

/// With a model that is known, by whom somebody vouches.
async fn sign_up_vouched(app: &App, name: &str) -> Person {
    import(app, 1, "FIDO_CERTIFIED_L1").await;
    sign_up_with(app, name, &Maker::new(1)).await.unwrap()
}

fn elsewhere(person: &Person, (passkey, knobs): (Passkey, Knobs)) -> Person {
    Person { account: person.account, passkey, knobs, token: String::new() }
}

async fn refused(person: &mut Person, app: &App) -> sign_in::Refusal {
    person.sign_in(app).await.map(|new: NewSession| panic!("{new:?}")).unwrap_err()
}

testkit::on_both_engines! {
    /// M6: flagged, told, never deleted; and taken back when it turns out to be nothing.
    fn m6_what_becomes_known_of_a_model_reaches_the_passkeys_that_are_there(house) {
        let app = house.app().await;
        import(&app, 1, "FIDO_CERTIFIED_L1").await;
        let ann = sign_up_with(&app, "ann", &Maker::new(1)).await.unwrap();
        let bea = Person::named(&app, "bea").await;
        judge(house, &app).await;
        assert_eq!(stands(&app, ann.account).await, (Standing::Good, None));
        import(&app, 2, "USER_KEY_PHYSICAL_COMPROMISE").await;
        judge(house, &app).await;
        assert_eq!(stands(&app, ann.account).await, (Standing::Flagged, Some(Because::Breached)));
        assert_eq!(stands(&app, bea.account).await, (Standing::Good, None));
        let mut ann = ann;
        ann.sign_in(&app).await.unwrap();
        judge(house, &app).await;
        let changes = |events: Vec<Event>| events.into_iter().filter(|event| *event == Event::StandingChanged).count();
        assert_eq!(changes(events_of(&app, ann.account).await), 1, "said once");
        let new = sign_up_with(&app, "cleo", &Maker::new(1)).await.err().unwrap();
        assert_eq!(new, sign_up::Refusal::Ceremony(NotLetIn(Because::Breached)));
        import(&app, 3, "FIDO_CERTIFIED_L1").await;
        judge(house, &app).await;
        assert_eq!(stands(&app, ann.account).await, (Standing::Good, None));
        check_everything(&app).await;
    }

    fn w16_everybody_whose_passkey_stands_otherwise_is_told_at_every_address(house) {
        let app = house.app().await;
        let dora = Person::new(&app, with_address("dora", "dora@example.org"), synced()).await;
        app.outbox().work(10).await.unwrap();
        let token = crate::people::found_in_letter(house, "dora@example.org");
        let (who, ctx) = (dora.signed_in(&app).await, stranger(&app).acting(dora.account));
        app.addresses().confirm(&ctx, &who, &token).await.unwrap().unwrap();
        let which = kept(&app, dora.account).await[0].id;
        let named = Named::Id(dora.account);
        app.credentials().hold(&app.ctx(Actor::Operator), (&named, which), &reason("lost at an airport")).await.unwrap().unwrap();
        app.credentials().release(&app.ctx(Actor::Operator), (&named, which), &reason("found")).await.unwrap().unwrap();
        app.outbox().work(10).await.unwrap();
        let letters = house.mail.letters();
        let subjects: Vec<&str> = letters.iter().map(|letter| letter.subject.as_str()).collect();
        assert!(subjects.ends_with(&["One of your passkeys is on hold", "Your passkey is in order again"]), "{subjects:?}");
    }

    /// "Who would this break": what a dry run says is what then happens.
    fn m7_a_dry_run_says_beforehand_what_happens(house) {
        let app = house.app().await;
        import(&app, 1, "FIDO_CERTIFIED_L1").await;
        sign_up_with(&app, "ann", &Maker::new(1)).await.unwrap();
        sign_up_with(&app, "bea", &Maker::new(2)).await.unwrap();
        let cleo = Person::named(&app, "cleo").await;
        cleo.add(&app, &synced()).await.unwrap();
        let rules = everyone("attestation = \"direct\"\nlevel = \"L1\"\nunfit = \"suspend\"");
        let survey = dry_run(&app, &rules).await;
        assert_eq!((survey.passkeys, survey.people, survey.people_hit, survey.people_locked_out), (4, 3, 2, 2));
        let told: Vec<_> = survey.hits.iter().map(|hit| (hit.because, hit.standing, hit.passkeys, hit.people)).collect();
        let unvouched = Some(Because::NotVouchedFor);
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(told.contains(&(unvouched, Standing::Suspended, 2, 1)) && told.contains(&(unvouched, Standing::Suspended, 1, 1)));
        assert_eq!(survey.samples.len(), 3);
        assert_eq!(stands(&app, cleo.account).await, (Standing::Good, None), "nothing was changed");
        adopt(&app, &rules).await;
        judge(house, &app).await;
        let mut suspended = 0;
        for name in ["ann", "bea", "cleo"] {
            let listed = app.credentials().kept(&Named::parse(name).unwrap()).await.unwrap().unwrap();
            suspended += listed.iter().filter(|one| one.stand.standing == Standing::Suspended).count();
        }
        assert_eq!(suspended, 3);
        let again = dry_run(&app, &rules).await;
        assert_eq!((again.hits.len(), again.people_hit), (0, 0));
        check_everything(&app).await;
    }

    /// M7: an unknown model is kept, signs nobody in, and is released by an administrator and nobody else.
    fn m7_what_is_in_quarantine_signs_nobody_in_until_it_is_released(house) {
        let app = house.app().await;
        let ann = Person::named(&app, "ann").await;
        adopt(&app, &everyone("attestation = \"direct\"\nunknown = \"quarantine\"")).await;
        let (passkey, listed): (Passkey, Listed) = ann.add(&app, &Knobs::default()).await.unwrap();
        assert_eq!((listed.standing, listed.because, listed.is_usable), (Standing::Suspended, Some(Because::Unknown), false));
        let mut second = elsewhere(&ann, (passkey, Knobs::default()));
        assert_eq!(refused(&mut second, &app).await, sign_in::Refusal::PasskeyOnHold);
        judge(house, &app).await;
        assert_eq!(refused(&mut second, &app).await, sign_in::Refusal::PasskeyOnHold, "nor by any judgement");
        let newcomer = sign_up_with(&app, "bea", &Maker::new(1)).await.err().unwrap();
        assert_eq!(newcomer, sign_up::Refusal::Ceremony(NotLetIn(Because::Unknown)), "nobody has a way in on hold alone");
        for lines in ["attestation = \"direct\"\nunknown = \"deny\"", "attestation = \"direct\"\nlevel = \"L1\"\nunfit = \"flag\""] {
            adopt(&app, &everyone(lines)).await;
            judge(house, &app).await;
            assert_eq!(refused(&mut second, &app).await, sign_in::Refusal::PasskeyOnHold, "nor by {lines}");
        }
        adopt(&app, &everyone("attestation = \"direct\"\nunknown = \"quarantine\"")).await;
        let release = || async {
            let named = Named::Id(ann.account);
            let ctx = app.ctx(Actor::Operator);
            app.credentials().release(&ctx, (&named, listed.id), &reason("seen by the help desk")).await.unwrap()
        };
        release().await.unwrap();
        assert_eq!(release().await, Err(StandingRefusal::AsItIs));
        second.sign_in(&app).await.unwrap();
        adopt(&app, &everyone("attestation = \"direct\"\nunknown = \"quarantine\"\nunfit = \"suspend\"")).await;
        judge(house, &app).await;
        second.sign_in(&app).await.unwrap();
        check_everything(&app).await;
    }

    /// W16: what a passkey on hold has opened is over everywhere at once.
    fn w16_a_passkey_on_hold_opens_nothing_and_what_it_opened_has_ended(house) {
        let [one, other] = house.two_nodes().await;
        let mut ann = Person::named(&one, "ann").await;
        let (passkey, _) = ann.add(&one, &synced()).await.unwrap();
        let mut second = elsewhere(&ann, (passkey, synced()));
        second.sign_in(&one).await.unwrap();
        let which = second.signed_in(&one).await.session.credential();
        let begun = second.begun(&other).await;
        let named = Named::Id(ann.account);
        one.credentials().hold(&one.ctx(Actor::Operator), (&named, which), &reason("stolen")).await.unwrap().unwrap();
        assert!(readmitted(&other, &second.token).await.is_none());
        let late = other.sign_in().finish(&stranger(&other), begun, None).await.unwrap();
        assert_eq!(late.unwrap_err(), sign_in::Refusal::PasskeyOnHold);
        ann.sign_in(&other).await.unwrap();
        let last = ann.signed_in(&other).await.session.credential();
        house.clock.advance(25 * 60 * MINUTE);
        ann.sign_in(&other).await.unwrap();
        let ctx = stranger(&other).acting(ann.account);
        let who = ann.signed_in(&other).await;
        let gone = other.credentials().remove(&ctx, &who, last).await.unwrap();
        assert_eq!(gone, Err(credential::Refusal::Unfit(credential::Unfit::LastOne)), "what is on hold is no way in");
        other.credentials().remove(&ctx, &who, which).await.unwrap().unwrap();
        check_everything(&other).await;
    }

    /// A passkey under doubt lets its owner in and changes nobody's ways in.
    fn w14_what_a_doubted_passkey_may_not_do_another_one_may(house) {
        let app = house.app().await;
        import(&app, 1, "FIDO_CERTIFIED_L1").await;
        let mut ann = sign_up_with(&app, "ann", &Maker::new(1)).await.unwrap();
        let dora = come_in(&app, with_address("dora", "dora@example.org"), &Maker::new(1)).await.unwrap();
        let (passkey, _) = ann.add(&app, &synced()).await.unwrap();
        let mut sound = elsewhere(&ann, (passkey, synced()));
        adopt(&app, &everyone("breach = \"doubt\"")).await;
        import(&app, 2, "REVOKED").await;
        judge(house, &app).await;
        ann.sign_in(&app).await.unwrap();
        assert_eq!(ann.add(&app, &synced()).await.err().unwrap(), credential::Refusal::OtherPasskeyRequired);
        let who = ann.signed_in(&app).await;
        let ctx = stranger(&app).acting(ann.account);
        let ended = app.sessions().end_others(&ctx, &who).await.unwrap();
        assert_eq!(ended, Err(app::session::Refusal::OtherPasskeyRequired));
        let begun = app.sign_in().begin_step_up(&stranger(&app), here(), &who).await.unwrap();
        let named = json(&begun.options)["allowCredentials"].as_array().unwrap().len();
        assert_eq!(named, 1, "the sound one alone is asked for");
        let answer = finish(&begun.state, sound.answer(&begun.options));
        let new = app.sign_in().finish_step_up(&stranger(&app), answer, &who).await.unwrap().unwrap();
        sound.token = new.token.expose().clone();
        sound.add(&app, &synced()).await.unwrap();
        app.outbox().work(10).await.unwrap();
        let token = crate::people::found_in_letter(house, "dora@example.org");
        let (who, ctx) = (dora.signed_in(&app).await, stranger(&app).acting(dora.account));
        let confirmed = app.addresses().confirm(&ctx, &who, &token).await.unwrap();
        assert_eq!(confirmed, Err(app::address::Refusal::OtherPasskeyRequired));
        check_everything(&app).await;
    }

    /// W10: who was copied and is released signs in again, wherever the copy's count stands.
    fn w10_whoever_was_released_counts_from_anew(house) {
        let app = house.app().await;
        adopt(&app, &everyone("regression = { one_device = \"suspend\" }")).await;
        let mut ann = Person::new(&app, newcomer("ann"), Knobs::default()).await;
        let mut copy = ann.clone();
        for _ in 0..3 {
            copy.sign_in(&app).await.unwrap();
        }
        house.clock.advance(MINUTE);
        assert_eq!(refused(&mut ann, &app).await, sign_in::Refusal::Ceremony(NotAccepted));
        let (named, ctx) = (Named::Id(ann.account), app.ctx(Actor::Operator));
        let which = kept(&app, ann.account).await[0].id;
        let stand = app.credentials().release(&ctx, (&named, which), &reason("the copy is in our safe")).await.unwrap();
        assert_eq!(stand, Ok(Stand::GOOD));
        ann.sign_in(&app).await.unwrap();
        ann.sign_in(&app).await.unwrap();
        check_everything(&app).await;
    }

    /// One thing at a time is set aside, and what lies behind it is told.
    fn m6_a_release_sets_one_thing_aside(house) {
        let app = house.app().await;
        let ann = Person::new(&app, newcomer("ann"), Knobs { aaguid: MODEL, ..synced() }).await;
        let (which, named) = (kept(&app, ann.account).await[0].id, Named::Id(ann.account));
        adopt(&app, &everyone(&format!("deny = [\"{AAGUID}\"]"))).await;
        judge(house, &app).await;
        let ctx = app.ctx(Actor::Operator);
        let why = reason("what we know of it");
        let held = app.credentials().hold(&ctx, (&named, which), &why).await.unwrap();
        assert_eq!(held, Ok(Stand { standing: Standing::Suspended, because: Some(Because::Held) }));
        assert_eq!(app.credentials().hold(&ctx, (&named, which), &why).await.unwrap(), Err(StandingRefusal::AsItIs));
        let denied = Stand { standing: Standing::Flagged, because: Some(Because::Denied) };
        assert_eq!(app.credentials().release(&ctx, (&named, which), &why).await.unwrap(), Ok(denied));
        judge(house, &app).await;
        assert_eq!(kept(&app, ann.account).await[0].stand, denied, "as it was said");
        assert_eq!(app.credentials().release(&ctx, (&named, which), &why).await.unwrap(), Ok(Stand::GOOD));
        judge(house, &app).await;
        assert_eq!(kept(&app, ann.account).await[0].stand, Stand::GOOD);
        let other = CredentialId::from_bytes([7; 16]);
        let unknown = app.credentials().hold(&ctx, (&named, other), &why).await.unwrap();
        assert_eq!(unknown, Err(StandingRefusal::UnknownPasskey));
        let nobody = Named::parse("nobody").unwrap();
        let unknown = app.credentials().hold(&ctx, (&nobody, which), &why).await.unwrap();
        assert_eq!(unknown, Err(StandingRefusal::UnknownAccount));
        check_everything(&app).await;
    }

    /// What is said of a passkey is taken back one by one, and a hold hides nothing for good.
    fn w10_m7_what_lay_behind_a_hold_is_there_when_it_is_released(house) {
        let app = house.app().await;
        adopt(&app, &everyone("attestation = \"direct\"\nunknown = \"quarantine\"\nregression = { one_device = \"doubt\" }")).await;
        let ann = sign_up_vouched(&app, "ann").await;
        let (_, listed) = ann.add(&app, &Knobs::default()).await.unwrap();
        let ctx = app.ctx(Actor::Operator);
        let (named, why) = (Named::Id(ann.account), reason("looked at"));
        let hold = async |which| app.credentials().hold(&ctx, (&named, which), &why).await.unwrap().unwrap();
        let release = async |which| app.credentials().release(&ctx, (&named, which), &why).await.unwrap().unwrap();
        let suspended = |because| Stand { standing: Standing::Suspended, because: Some(because) };
        assert_eq!(hold(listed.id).await, suspended(Because::Held));
        assert_eq!(release(listed.id).await, suspended(Because::Unknown));
        assert_eq!(release(listed.id).await, Stand::GOOD);

        let mut copy = ann.clone();
        for _ in 0..3 {
            copy.sign_in(&app).await.unwrap();
        }
        house.clock.advance(MINUTE);
        let mut ann = ann;
        ann.sign_in(&app).await.unwrap();
        let first = ann.signed_in(&app).await.session.credential();
        let doubted = Stand { standing: Standing::Doubted, because: Some(Because::Regressed) };
        assert_eq!(hold(first).await, suspended(Because::Held));
        assert_eq!(release(first).await, doubted);
        let counts = "select count(*) from credentials where sign_count > 0 and last_used_at is not null";
        assert_eq!(house.number(counts).await, 1, "a hold forgets no count");
        assert_eq!(release(first).await, Stand::GOOD);
        assert_eq!(house.number(counts).await, 0);
        check_everything(&app).await;
    }

    /// M5: what a list told holds on without it, and another signer's list of the same number is another list.
    fn m5_what_two_signers_say_is_told_apart(house) {
        let app = house.app().await;
        import(&app, 1, "FIDO_CERTIFIED_L1").await;
        let ann = sign_up_with(&app, "ann", &Maker::new(1)).await.unwrap();
        judge(house, &app).await;
        let breached = (Standing::Flagged, Some(Because::Breached));
        let other = signed_by_another(house, &app, "lists.example.org").await;
        import(&other, 1, "REVOKED").await;
        judge(house, &other).await;
        assert_eq!(stands(&other, ann.account).await, breached);

        let third = signed_by_another(house, &app, "more.example.org").await;
        judge(house, &third).await;
        assert_eq!(stands(&third, ann.account).await, breached, "no list, nothing better known");
        adopt(&third, &everyone(&format!("deny = [\"{AAGUID}\"]\nunfit = \"suspend\""))).await;
        judge(house, &third).await;
        assert_eq!(stands(&third, ann.account).await, (Standing::Suspended, Some(Because::Denied)));
        check_everything(&third).await;
    }

    /// I12: what cannot be judged keeps nobody else from it.
    fn m5_what_cannot_be_read_keeps_no_judgement_from_others(house) {
        let app = house.app().await;
        let people = [Person::named(&app, "ann").await, Person::named(&app, "bea").await];
        adopt(&app, "[[rules]]\nname = \"Ledger\"\nfor = [\"group:ledger\"]\nattestation = \"direct\"\nunknown = \"deny\"\n").await;
        judge(house, &app).await;
        let ledger = Label::parse("ledger").unwrap();
        for person in &people {
            let named = Named::Id(person.account);
            app.groups().join(&app.ctx(Actor::Operator), &named, &ledger).await.unwrap().unwrap();
        }
        house.damage("update credentials set standing = 'good', standing_because = '', rev = rev + 1").await;
        house.damage(
            "update credentials set said = 'nonsense' where account_id = \
             (select account_id from identifiers where canonical = 'ann')",
        ).await;
        judge(house, &app).await;
        assert_eq!(stands(&app, people[1].account).await.0, Standing::Flagged);
        assert_eq!(house.number("select count(*) from judgements").await, 1, "and is asked for again");
        adopt(&app, &everyone(&format!("deny = [\"{}\"]", vocab::Aaguid::UNTOLD))).await;
        judge(house, &app).await;
        assert_eq!(stands(&app, people[1].account).await, (Standing::Flagged, Some(Because::Denied)));
    }

    /// Who comes into a group while a passkey of theirs is on its way is judged once more when it has come in.
    fn m7_whoever_comes_into_a_group_is_judged_again_when_nothing_is_on_its_way(house) {
        let app = house.app().await;
        let ann = Person::named(&app, "ann").await;
        adopt(&app, "[[rules]]\nname = \"Ledger\"\nfor = [\"group:ledger\"]\nattestation = \"direct\"\nunknown = \"deny\"\n").await;
        judge(house, &app).await;
        let named = Named::Id(ann.account);
        app.groups().join(&app.ctx(Actor::Operator), &named, &Label::parse("ledger").unwrap()).await.unwrap().unwrap();
        let asked = "select count(*) from judgements";
        assert_eq!(house.number(asked).await, 1);
        let way = "update credentials set standing = 'good', standing_because = '', said = '', rev = rev + 1";
        house.damage(way).await; // as one that was let in before would lie there
        app.authenticators().reconcile().await.unwrap();
        assert_eq!((stands(&app, ann.account).await.0, house.number(asked).await), (Standing::Good, 1));
        judge(house, &app).await;
        assert_eq!((stands(&app, ann.account).await.0, house.number(asked).await), (Standing::Flagged, 0));
    }

    /// W10, A7: a regression is an outcome that rules decide on.
    fn w10_what_counts_backwards_becomes_what_the_rules_say(house) {
        let app = house.app().await;
        for (word, is_in, standing) in [
            ("accept", true, Standing::Good),
            ("flag", true, Standing::Flagged),
            ("doubt", true, Standing::Doubted),
            ("suspend", false, Standing::Suspended),
            ("deny", false, Standing::Good),
        ] {
            for (place, be) in [("synced", true), ("one_device", false)] {
                adopt(&app, &everyone(&format!("regression = {{ {place} = \"{word}\" }}"))).await;
                let knobs = Knobs { be, bs: be, ..Knobs::default() };
                let name = format!("{word}-{}", if be { "synced" } else { "bound" });
                let mut ann = Person::new(&app, newcomer(&name), knobs).await;
                for _ in 0..3 {
                    ann.sign_in(&app).await.unwrap();
                }
                let opened = ann.token.clone();
                house.clock.advance(MINUTE);
                ann.passkey.count = 0;
                let outcome = ann.sign_in(&app).await;
                assert_eq!(outcome.is_ok(), is_in, "{name}");
                if let Err(refusal) = outcome {
                    assert_eq!(refusal, sign_in::Refusal::Ceremony(NotAccepted));
                }
                let because = (standing != Standing::Good).then_some(Because::Regressed);
                assert_eq!(stands(&app, ann.account).await, (standing, because), "{name}");
                let still_open = readmitted(&app, &opened).await.is_some();
                assert_eq!(still_open, standing != Standing::Suspended, "{name}");
                assert!(events_of(&app, ann.account).await.contains(&Event::CountRegressed));
            }
        }
        check_everything(&app).await;
    }

    fn m7_a_rule_for_a_group_counts_for_who_is_in_it_and_as_long(house) {
        let app = house.app().await;
        let ann = Person::named(&app, "ann").await;
        let rules = "[[rules]]\nname = \"Ledger\"\nfor = [\"group:ledger\"]\nattestation = \"direct\"\nhardware_bound = true\n";
        adopt(&app, rules).await;
        judge(house, &app).await;
        assert_eq!(stands(&app, ann.account).await, (Standing::Good, None));
        let (named, ledger, ctx) = (Named::Id(ann.account), Label::parse("ledger").unwrap(), app.ctx(Actor::Operator));
        app.groups().join(&ctx, &named, &ledger).await.unwrap().unwrap();
        assert_eq!(app.groups().join(&ctx, &named, &ledger).await.unwrap(), Err(app::group::Refusal::AlreadyIn));
        assert_eq!(stands(&app, ann.account).await, (Standing::Flagged, Some(Because::NotVouchedFor)));
        let asked = app.authenticators().asks_about(&ann.signed_in(&app).await).await.unwrap();
        assert!(asked, "who is in it is told that makers are asked");
        assert_eq!(ann.add(&app, &synced()).await.err().unwrap(), credential::Refusal::Ceremony(NotLetIn(Because::NotVouchedFor)));
        app.groups().leave(&ctx, &named, &ledger).await.unwrap().unwrap();
        assert_eq!(stands(&app, ann.account).await, (Standing::Good, None));
        assert_eq!(app.groups().of(&named).await.unwrap(), Ok(Vec::new()));
        check_everything(&app).await;
    }

    /// Custom models with their own roots.
    fn w19_a_model_that_an_administrator_describes_is_vouched_for_by_its_own_roots(house) {
        let app = house.app().await;
        let model = |level: &str| format!(
            "{}[[models]]\naaguid = \"{AAGUID}\"\nname = \"House key\"\nlevel = \"{level}\"\nhardware = true\nroots = \"\"\"\n{}\"\"\"\n",
            everyone("attestation = \"direct\"\nlevel = \"L2\"\nhardware_bound = true"),
            pem(Maker::new(7).root()),
        );
        adopt(&app, &model("L2")).await;
        let ann = sign_up_with(&app, "ann", &Maker::new(7)).await.unwrap();
        assert_eq!(kept(&app, ann.account).await[0].attestation, "chained");
        let posing = sign_up_with(&app, "bea", &Maker::new(8)).await.err().unwrap();
        assert_eq!(posing, sign_up::Refusal::Ceremony(NotLetIn(Because::NotVouchedFor)));
        adopt(&app, &model("L1")).await;
        let low = sign_up_with(&app, "cleo", &Maker::new(7)).await.err().unwrap();
        assert_eq!(low, sign_up::Refusal::Ceremony(NotLetIn(Because::LevelTooLow)));
        let broken = model("L2").replace("BEGIN", "BEGUN");
        let refusal = app.authenticators().adopt(&app.ctx(Actor::Operator), broken).await.unwrap().unwrap_err();
        assert_eq!(refusal.to_string(), "model “House key”: its roots are not certificates in PEM");
    }

    /// What a maker took back vouches for nothing, on every node that reads the rules.
    fn w19_what_a_maker_took_back_vouches_for_nothing(house) {
        let app = house.app().await;
        import(&app, 1, "FIDO_CERTIFIED_L1").await;
        let maker = Maker::new(1);
        sign_up_with(&app, "ann", &maker).await.unwrap();
        let begun = app.sign_up().begin(&stranger(&app), here(), newcomer("bea")).await.unwrap().unwrap();
        let knobs = Knobs { aaguid: MODEL, ..Knobs::default() };
        let (passkey, mut new) = draft(&json(&begun.options), &knobs);
        let statement = maker.attest("packed", &passkey, &new, &MODEL);
        let (subject, serial) = (maker.authority().subject, statement.certificate.serial.clone());
        let list = revocation_list(&subject, maker.authority_key(), &[serial], &[]);
        let issuer = pem(maker.authority().signed_by(maker.root_key()));
        let demanding = everyone("attestation = \"direct\"\nlevel = \"L1\"");
        let rules = |list: &str| format!("{demanding}[[revocations]]\nissuer = \"\"\"\n{issuer}\"\"\"\nlist = \"\"\"\n{list}\"\"\"\n");
        adopt(&app, &rules(&pem_of_revocations(&list))).await;
        "packed".clone_into(&mut new.format);
        new.statement = statement.statement();
        let refusal = app.sign_up().finish(&stranger(&app), finish(&begun.state, new.json())).await.unwrap().unwrap_err();
        assert_eq!(refusal, sign_up::Refusal::Ceremony(NotLetIn(Because::NotVouchedFor)));
        adopt(&app, &demanding).await;
        sign_up_with(&app, "cleo", &maker).await.unwrap();
        let forged = revocation_list(&subject, Maker::new(2).authority_key(), &[vec![1]], &[]);
        let refusal = app.authenticators().adopt(&app.ctx(Actor::Operator), rules(&pem_of_revocations(&forged))).await.unwrap();
        assert_eq!(
            refusal.unwrap_err().to_string(),
            "revocations, number 1: this is not a list in PEM (X509 CRL) that its issuer signed"
        );
    }

    /// Whoever was making a passkey while rules changed is judged once they have settled.
    fn m5_rules_reach_who_was_on_the_way_and_every_node(house) {
        let [one, other] = house.two_nodes().await;
        adopt(&one, &everyone("")).await;
        one.authenticators().reconcile().await.unwrap();
        let ann = Person::new(&one, newcomer("ann"), Knobs { aaguid: MODEL, ..synced() }).await;
        adopt(&other, &everyone(&format!("deny = [\"{AAGUID}\"]"))).await;
        let begun = one.sign_up().begin(&stranger(&one), here(), newcomer("bea")).await.unwrap().unwrap();
        let (_, answer) = vouched(&begun.options, &Maker::new(1));
        let refusal = one.sign_up().finish(&stranger(&one), finish(&begun.state, answer)).await.unwrap().unwrap_err();
        assert_eq!(refusal, sign_up::Refusal::Ceremony(NotLetIn(Because::Denied)), "the other node's rules count here");
        one.authenticators().reconcile().await.unwrap();
        assert_eq!(stands(&one, ann.account).await, (Standing::Flagged, Some(Because::Denied)));
        adopt(&one, "").await;
        house.clock.advance(MINUTE);
        let (first, second) = tokio::join!(async { one.authenticators().reconcile().await }, async { other.authenticators().reconcile().await });
        first.unwrap();
        second.unwrap();
        assert_eq!(stands(&one, ann.account).await, (Standing::Good, None));
        check_everything(&one).await;
    }
}
