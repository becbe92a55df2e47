//! What is known of models of authenticators, and whom that lets us believe about new passkeys.

use app::authenticators::{Because, Refusal};
use app::ceremony::Refusal::NotLetIn;
use app::{Actor, App, Conveyance, Signer, Site, Unready, Wiring, sign_up};
use audit::Event;
use authenticator::metadata::{entry, published};
use authenticator::{Knobs, Maker, draft};
use serde_json::Value;
use store::CredentialRow;
use testkit::{House, check_everything};
use vocab::{AccountId, RpId};
use webauthn::metadata::NotTaken;

use crate::acts::events;
use crate::people::{Person, finish, here, json, newcomer, stranger, synced};

const MODEL: [u8; 16] = *b"a model of ours!";

/// A list that knows one model, of the first maker.
fn list(number: u64) -> Vec<u8> {
    let aaguid = "61206d6f-6465-6c20-6f66-206f75727321";
    let known = entry(aaguid, "Key of ours", &[Maker::new(1).root()], &[("FIDO_CERTIFIED_L1", "2026-01-01")]);
    published(number, &[known]).into_bytes()
}

async fn import(app: &App, list: Vec<u8>) -> Result<u64, Refusal> {
    app.authenticators().import(&app.ctx(Actor::Operator), list).await.unwrap().map(|read| read.number)
}

async fn known(app: &App) -> Option<u64> {
    app.authenticators().known().await.unwrap().map(|known| known.number)
}

/// Somebody who signs up with an authenticator that this maker vouches for.
async fn with_statement(app: &App, name: &str, maker: &Maker) -> CredentialRow {
    row_of(app, signed_up(app, name, maker).await.unwrap()).await
}

async fn signed_up(app: &App, name: &str, maker: &Maker) -> Result<AccountId, sign_up::Refusal> {
    let begun = app.sign_up().begin(&stranger(app), here(), newcomer(name)).await.unwrap().unwrap();
    let knobs = Knobs { aaguid: MODEL, ..Knobs::default() };
    let (passkey, mut new) = draft(&json(&begun.options), &knobs);
    "packed".clone_into(&mut new.format);
    new.statement = maker.attest("packed", &passkey, &new, &MODEL).statement();
    let session = app.sign_up().finish(&stranger(app), finish(&begun.state, new.json())).await.unwrap()?;
    Ok(session.account)
}

async fn row_of(app: &App, account: AccountId) -> CredentialRow {
    let read = app.store().look(account, |account, snapshot| Box::pin(snapshot.list_credentials(*account)));
    read.await.unwrap().remove(0)
}

/// A node that is configured for another domain.
pub(crate) async fn moved(house: &House, rp_id: &str, may_strand: bool) -> Result<App, Unready> {
    let wiring = Wiring { fence_folder: house.folder().to_owned(), ..house.wiring(house.open(None).await) };
    let relying_party = app::RelyingParty { id: RpId::parse(rp_id).unwrap(), ..testkit::site().relying_party };
    App::start(Wiring { site: Site { relying_party, may_strand, ..testkit::site() }, ..wiring }).await
}

testkit::on_both_engines! {
    /// M2: what was once known is not forgotten for an older list, whoever sends it.
    fn a_list_takes_the_place_of_an_older_one_and_no_other(house) {
        let app = house.app().await;
        assert_eq!(known(&app).await, None);
        assert_eq!(import(&app, list(7)).await, Ok(7));
        for number in [7, 6, 0] {
            assert_eq!(import(&app, list(number)).await, Err(Refusal::NotNewer { known: 7, published: i64::try_from(number).unwrap() }));
        }
        assert_eq!(import(&app, list(8)).await, Ok(8));
        assert_eq!(import(&app, b"no list".to_vec()).await, Err(Refusal::NotTaken(NotTaken::NotSigned)));
        assert_eq!(import(&app, list(u64::MAX)).await, Err(Refusal::Number));
        assert_eq!(known(&app).await, Some(8), "the last good one is kept");
        assert_eq!(events(&app).await[&Event::MetadataImported.code()], 2);
        check_everything(&app).await;
    }

    fn what_one_node_learns_every_node_knows(house) {
        let [one, other] = house.two_nodes().await;
        import(&one, list(7)).await.unwrap();
        assert_eq!(known(&other).await, Some(7));
        import(&other, list(8)).await.unwrap();
        assert_eq!(known(&one).await, Some(8));
    }

    /// M4: a model is believed where its own root says so; anybody may call itself anything.
    fn w19_a_passkey_is_kept_with_whoever_vouches_for_it(house) {
        let app = house.app().await;
        let before = with_statement(&app, "ann", &Maker::new(1)).await;
        assert_eq!((before.attestation.as_str(), before.format.as_str()), ("unchained", "packed"));
        import(&app, list(7)).await.unwrap();
        let genuine = with_statement(&app, "bea", &Maker::new(1)).await;
        assert_eq!((genuine.attestation.as_str(), genuine.aaguid), ("chained", MODEL));
        let posing = with_statement(&app, "cleo", &Maker::new(2)).await;
        assert_eq!((posing.attestation.as_str(), posing.aaguid), ("unchained", MODEL));
        let aaguid = "61206d6f-6465-6c20-6f66-206f75727321";
        let broken = entry(aaguid, "Key of ours", &[Maker::new(1).root()], &[("ATTESTATION_KEY_COMPROMISE", "2026-02-01")]);
        import(&app, published(8, &[broken]).into_bytes()).await.unwrap();
        let broken = signed_up(&app, "eve", &Maker::new(1)).await.unwrap_err();
        assert_eq!(broken, sign_up::Refusal::Ceremony(NotLetIn(Because::Breached)), "M5: a claim is enough to stay outside");
        let silent = Person::named(&app, "dora").await;
        let silent = row_of(&app, silent.account).await;
        assert_eq!((silent.attestation.as_str(), silent.format.as_str()), ("none", "none"));
        check_everything(&app).await;
    }

    fn makers_are_asked_where_an_operator_wants_it(house) {
        let app = house.app().await;
        let asked = |begun: &Value| begun["attestation"].clone();
        let begun = app.sign_up().begin(&stranger(&app), here(), newcomer("ann")).await.unwrap().unwrap();
        assert_eq!(asked(&json(&begun.options)), "none");
        let wiring = house.wiring(app.store().clone());
        let site = Site { attestation: Conveyance::Direct, ..testkit::site() };
        let app = App::start(Wiring { site, ..wiring }).await.unwrap();
        let begun = app.sign_up().begin(&stranger(&app), here(), newcomer("ann")).await.unwrap().unwrap();
        assert_eq!(asked(&json(&begun.options)), "direct");
    }

    /// M1: whoever may not sign any more is not believed any more.
    fn a_list_counts_as_long_as_its_signer_does(house) {
        let app = house.app().await;
        import(&app, list(7)).await.unwrap();
        let nobody = Signer { roots: vec![], host: None };
        let wiring = house.wiring(app.store().clone());
        let other = App::start(Wiring { site: Site { list_signer: nobody, ..testkit::site() }, ..wiring }).await.unwrap();
        assert_eq!(import(&other, list(8)).await, Err(Refusal::NotTaken(NotTaken::Chain)));
        assert_eq!((known(&other).await, known(&app).await), (None, Some(7)));
        let renamed = Signer { host: Some("lists.example.org".to_owned()), ..testkit::site().list_signer };
        let wiring = house.wiring(app.store().clone());
        let third = App::start(Wiring { site: Site { list_signer: renamed, ..testkit::site() }, ..wiring }).await.unwrap();
        assert_eq!(known(&third).await, None);
        assert_eq!(import(&third, list(1)).await, Ok(1), "numbers are each signer's own");
    }

    fn nobody_is_left_behind_by_another_domain_unless_somebody_says_so(house) {
        let app = house.app().await;
        drop(app);
        drop(moved(house, "example.com", false).await.unwrap()); // nobody has a passkey yet
        let app = house.app().await;
        let ann = Person::new(&app, newcomer("ann"), synced()).await;
        Person::named(&app, "bea").await.add(&app, &synced()).await.unwrap();
        assert_eq!(row_of(&app, ann.account).await.rp_id, testkit::site().relying_party.id.as_str());
        drop(app);
        let unready = moved(house, "example.com", false).await.err().unwrap();
        assert!(unready.to_string().starts_with("3 passkeys of 2 accounts, made for "), "{unready}");
        drop(house.app().await);
        drop(moved(house, "example.com", true).await.unwrap());
        let back = house.app().await; // they are where they were
        check_everything(&back).await;
    }
}
