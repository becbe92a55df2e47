//! Another domain: the old one beside the new one, and whoever is on the way between them.

use app::sign_in::Asked;
use app::{App, RelyingParty, Site, Unready, Wiring};
use audit::Event;
use testkit::{House, check_everything};
use vocab::{AccountId, RpId};

use crate::acts::events;
use crate::people::{Person, finish, here, json, stranger, synced};

const NEW: &str = "example.com";

/// A node that knows this domain, and others of before.
async fn at(house: &House, rp_id: &str, former: &[&str]) -> Result<App, Unready> {
    let wiring = Wiring { fence_folder: house.folder().to_owned(), ..house.wiring(house.open(None).await) };
    let id = |text: &str| RpId::parse(text).unwrap();
    let relying_party = RelyingParty { id: id(rp_id), ..testkit::site().relying_party };
    let former_rp_ids = former.iter().map(|text| id(text)).collect();
    App::start(Wiring { site: Site { relying_party, former_rp_ids, ..testkit::site() }, ..wiring }).await
}

fn old() -> RpId {
    testkit::site().relying_party.id
}

/// Signs in with a passkey of this domain.
async fn sign_in(app: &App, person: &mut Person, domain: Option<&str>) -> Result<bool, app::sign_in::Refusal> {
    let asked = Asked { domain, ..Asked::default() };
    let begun = app.sign_in().begin(&stranger(app), here(), asked).await.unwrap();
    let answer = finish(&begun.state, person.answer(&begun.options));
    let new = app.sign_in().finish(&stranger(app), answer, None).await.unwrap()?;
    person.token = new.token.expose().clone();
    Ok(new.is_of_before)
}

async fn behind(app: &App) -> Vec<AccountId> {
    let found = app.domains().behind(&RpId::parse(NEW).unwrap(), AccountId::NOBODY, 10).await.unwrap();
    found.into_iter().map(|behind| behind.account).collect()
}

testkit::on_both_engines! {
    /// A11: whoever has a passkey of the old domain signs in with it, and makes one of the new.
    fn passkeys_of_a_former_domain_sign_in_beside_those_of_the_new_one(house) {
        let app = house.app().await;
        let mut ann = Person::named(&app, "ann").await;
        let bea = Person::named(&app, "bea").await;
        drop(app);
        let app = at(house, NEW, &[old().as_str()]).await.unwrap();
        let mut both = [ann.account, bea.account];
        both.sort_unstable();
        assert_eq!(behind(&app).await, both);
        let new = sign_in(&app, &mut ann, None).await.unwrap_err();
        assert_eq!(new, app::sign_in::Refusal::Ceremony(app::ceremony::Refusal::NotAccepted), "asked for one domain, answered for another");
        assert!(sign_in(&app, &mut ann, Some(old().as_str())).await.unwrap(), "and is told to make a new one");
        ann.step_up(&app).await;
        let (passkey, listed) = ann.add(&app, &synced()).await.unwrap();
        assert!(listed.is_usable);
        let mut anew = Person { passkey, ..ann.clone() };
        assert!(!sign_in(&app, &mut anew, None).await.unwrap());
        assert_eq!(behind(&app).await, [bea.account]);
        let bound: Vec<_> = app.domains().bound().await.unwrap().into_iter().map(|one| (one.rp_id, one.credentials)).collect();
        assert_eq!(bound, [(NEW.to_owned(), 1), (old().as_str().to_owned(), 2)]);
        assert_eq!(events(&app).await[&Event::DomainChanged.code()], 1);
        check_everything(&app).await;
    }

    /// W15: a name says nothing of which domain its passkeys are of.
    fn w15_names_are_asked_for_the_domain_that_was_said_and_no_other(house) {
        let app = house.app().await;
        Person::named(&app, "ann").await;
        drop(app);
        let app = at(house, NEW, &[old().as_str()]).await.unwrap();
        for name in ["ann", "nobody", "nobody@example.org"] {
            let mut listed = Vec::new();
            for (domain, rp_id) in [(None, NEW), (Some(old().as_str()), old().as_str()), (Some("evil.example"), NEW)] {
                let asked = Asked { name: Some(name), domain };
                let options = json(&app.sign_in().begin(&stranger(&app), here(), asked).await.unwrap().options);
                assert_eq!(options["rpId"], rp_id, "{name}");
                listed.push(options["allowCredentials"].clone());
            }
            assert!(listed.iter().all(|list| !list.as_array().unwrap().is_empty()), "{name}");
            assert_ne!(listed[0], listed[1], "{name}: two domains know nothing of each other");
            assert_eq!(listed[0], listed[2], "{name}");
        }
    }

    fn nobody_is_left_behind_when_a_former_domain_counts_no_more(house) {
        let app = house.app().await;
        let ann = Person::named(&app, "ann").await;
        drop(app);
        drop(at(house, NEW, &[old().as_str()]).await.unwrap());
        let unready = at(house, NEW, &[]).await.err().unwrap();
        let sentence = format!(
            "1 passkey of 1 account, made for {}, would be of no use; name it in passkeys.former_rp_ids, put it back as \
             passkeys.rp_id, or let them be lost with passkeys.danger_rp_id_changed = true",
            old().as_str()
        );
        assert_eq!(unready.to_string(), sentence);
        let app = at(house, NEW, &[old().as_str()]).await.unwrap();
        let mut ann = ann;
        sign_in(&app, &mut ann, Some(old().as_str())).await.unwrap();
        ann.step_up(&app).await;
        let (passkey, _) = ann.add(&app, &synced()).await.unwrap();
        let which = app.credentials().list(&ann.signed_in(&app).await).await.unwrap();
        assert!(which.iter().all(|listed| listed.is_usable));
        house.clock.advance(std::time::Duration::from_secs(25 * 60 * 60));
        let mut anew = Person { passkey, ..ann.clone() };
        sign_in(&app, &mut anew, None).await.unwrap();
        let who = anew.signed_in(&app).await;
        let ctx = stranger(&app).acting(ann.account);
        let older = which.iter().map(|listed| listed.id).find(|id| *id != who.session.credential()).unwrap();
        app.credentials().remove(&ctx, &who, older).await.unwrap().unwrap();
        drop(app);
        let app = at(house, NEW, &[]).await.unwrap();
        check_everything(&app).await;
    }

    /// What is in doubt is asked for by nothing that wants to be sure, as long as there is another.
    fn w14_a_step_up_asks_for_the_sound_passkey_of_the_domain_before(house) {
        let app = house.app().await;
        let mut ann = Person::named(&app, "ann").await;
        drop(app);
        let app = at(house, NEW, &[old().as_str()]).await.unwrap();
        sign_in(&app, &mut ann, Some(old().as_str())).await.unwrap();
        let rp_id = async |who: app::session::SignedIn| {
            let begun = app.sign_in().begin_step_up(&stranger(&app), here(), &who).await.unwrap();
            json(&begun.options)["rpId"].as_str().unwrap().to_owned()
        };
        assert_eq!(rp_id(ann.signed_in(&app).await).await, old().as_str());
        let doubtful = authenticator::Knobs { aaguid: *b"not to be sure o", ..synced() };
        ann.add(&app, &doubtful).await.unwrap();
        assert_eq!(rp_id(ann.signed_in(&app).await).await, NEW);
        let rules = format!(
            "[[rules]]\nname = \"Everyone\"\nfor = [\"everyone\"]\ndeny = [\"{}\"]\nunfit = \"doubt\"\n",
            vocab::Aaguid::from_bytes(doubtful.aaguid)
        );
        app.authenticators().adopt(&app.ctx(app::Actor::Operator), rules).await.unwrap().unwrap();
        app.authenticators().reconcile().await.unwrap();
        assert_eq!(rp_id(ann.signed_in(&app).await).await, old().as_str());
        check_everything(&app).await;
    }

    /// A passkey that is bound elsewhere is no way in: the last one that is stays.
    fn r24_what_is_bound_to_a_lost_domain_is_no_way_in(house) {
        let app = house.app().await;
        let mut ann = Person::named(&app, "ann").await;
        let bea = Person::named(&app, "bea").await;
        drop(app);
        let app = at(house, NEW, &[old().as_str()]).await.unwrap();
        sign_in(&app, &mut ann, Some(old().as_str())).await.unwrap();
        ann.step_up(&app).await;
        let (passkey, listed) = ann.add(&app, &synced()).await.unwrap();
        drop(app);
        let app = crate::authenticators::moved(house, NEW, true).await.unwrap();
        house.clock.advance(std::time::Duration::from_secs(25 * 60 * 60));
        let mut anew = Person { passkey, ..ann.clone() };
        sign_in(&app, &mut anew, None).await.unwrap();
        let who = anew.signed_in(&app).await;
        let ctx = stranger(&app).acting(ann.account);
        assert_eq!(app.credentials().list(&who).await.unwrap().len(), 2);
        let refused = app.credentials().remove(&ctx, &who, listed.id).await.unwrap();
        assert_eq!(refused, Err(app::credential::Refusal::Unfit(app::credential::Unfit::LastOne)));
        assert_eq!(behind(&app).await, [bea.account]);
        check_everything(&app).await;
    }
}
