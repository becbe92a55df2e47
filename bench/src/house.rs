//! The application as the server wires it, on a folder or on a PostgreSQL, with the machine's own clock and randomness.

use std::path::PathBuf;
use std::sync::Arc;

use app::keys::Use;
use app::{Actor, App, Conveyance, MasterKey, RelyingParty, SignUps, Signer, Site, Wiring};
use identity::account::NewAccount;
use outbound::{Https, MailFolder, SystemClock, SystemEntropy, master_key};
use store::{MIGRATIONS, Opening, PostgresPlace, Role, Store, SubjectKeyRow};
use vocab::identifier::Identifier;
use vocab::url::PublicUrl;
use vocab::{AccountId, DisplayName, Label, Origin, RpId, Secret};

use crate::load;

/// Connections to PostgreSQL, ours and the floor's alike: the default of `database.pool`.
pub(crate) const POOL: usize = 16;
const SEEDING_CLIENTS: usize = 256;
const PAGE: i64 = 1_000;

#[derive(Clone)]
pub(crate) enum Place {
    Folder(PathBuf),
    /// The address of the database, and a folder for the master key and the fence.
    Postgres {
        url: String,
        folder: PathBuf,
    },
}

impl Place {
    fn folder(&self) -> &PathBuf {
        match self {
            Self::Folder(folder) | Self::Postgres { folder, .. } => folder,
        }
    }
}

pub(crate) async fn open(place: &Place) -> Arc<App> {
    let folder = place.folder().clone();
    let place = match place {
        Place::Folder(folder) => store::Place::Folder(folder.clone()),
        Place::Postgres { url, .. } => store::Place::Postgres(PostgresPlace {
            url: Secret::new(url.clone()),
            pool: POOL,
            ca_file: None,
            danger_plaintext: false,
            danger_unsynced_commits: false,
        }),
    };
    let opening = Opening { place, role: Role::Server, seam: None };
    let store = Store::open(opening).await.expect("a store");
    store.migrate(MIGRATIONS).await.expect("a schema");
    let wiring = Wiring {
        store,
        master: MasterKey::new(master_key::make(&folder, &SystemEntropy).expect("a master key")).expect("32 bytes"),
        clock: Arc::new(SystemClock),
        entropy: Arc::new(SystemEntropy),
        courier: Arc::new(MailFolder::new(folder.join("mail"))),
        fetcher: Arc::new(Https::new(None).expect("a fetcher")),
        site: site(),
        node: Label::parse("bench").expect("a label"),
        region: Label::parse("local").expect("a label"),
        fence_folder: folder,
    };
    Arc::new(App::start(wiring).await.expect("an application"))
}

/// Where the house is found.
fn site() -> Site {
    Site {
        public_url: public_url(),
        relying_party: relying_party(),
        sign_ups: SignUps::Open,
        former_rp_ids: Vec::new(),
        may_strand: false,
        attestation: Conveyance::None,
        tpm_vendors: Vec::new(),
        takes_sha1_of_tpms: false,
        list_url: None,
        list_signer: Signer { roots: vec![], host: None },
    }
}

pub(crate) fn relying_party() -> RelyingParty {
    RelyingParty {
        id: RpId::localhost(),
        name: "Bench".to_owned(),
        origins: vec![Origin::of(&public_url())],
        top_origins: None,
    }
}

pub(crate) fn public_url() -> PublicUrl {
    PublicUrl::parse("http://localhost:8080").expect("an address")
}

/// People who want an account. Usernames only: a letter to each would be another measurement.
pub(crate) fn newcomers(numbers: std::ops::Range<u64>) -> Vec<NewAccount> {
    numbers
        .map(|number| {
            let name = DisplayName::parse(&format!("Person {number}")).expect("a name");
            // Scattered, as names are: neighbours in time are not neighbours in the index.
            let scattered = number.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 24;
            let username = Identifier::username(&format!("person-{scattered:010x}-{number}")).expect("a username");
            NewAccount::new(name, vec![username]).expect("an account")
        })
        .collect()
}

pub(crate) async fn create(app: Arc<App>, new: NewAccount) {
    let ctx = app.ctx(Actor::Operator);
    app.accounts().create(&ctx, new).await.expect("no fault").expect("no refusal");
}

pub(crate) async fn seed(app: &Arc<App>, accounts: u64) {
    let app = Arc::clone(app);
    load::drive(newcomers(0..accounts), SEEDING_CLIENTS, move |new| create(Arc::clone(&app), new)).await;
}

/// The subject keys of all accounts: on a house of its own, all lie under the one audit key.
pub(crate) async fn subject_keys(app: &App) -> Vec<SubjectKeyRow> {
    let listed = app.keys().list().await.expect("keys");
    let audit = listed.iter().find(|key| key.use_for == Use::Audit).expect("an audit key").id;
    let mut keys: Vec<SubjectKeyRow> = Vec::new();
    loop {
        let after = keys.last().map_or(AccountId::NOBODY, |key| key.account_id);
        let page = app
            .store()
            .browse((audit, after), |&(audit, after), snapshot| {
                Box::pin(snapshot.list_subject_keys_under(audit, after, PAGE))
            })
            .await
            .expect("subject keys");
        if page.is_empty() {
            return keys;
        }
        keys.extend(page);
    }
}
