//! From a configuration to an open store and a working application. No rules: only which piece goes where.

use std::fs;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::sync::Arc;

use app::{
    Anchor, App, Clock, Courier, Entropy, Fetcher, MasterKey, Purpose, RelyingParty, SignUps, Signer, Site, Wiring,
};
use outbound::{Https, MailFolder, Smtp, master_key};
use store::{Kind, MIGRATIONS, Migration, Opening, Place, PostgresPlace, Role, Store};
use vocab::{RpId, Secret};
use web::AndroidApp;

use crate::config::{Config, Migrate};
use crate::terminal::Failure;

/// Time and randomness: the machine's own, or a test's.
#[derive(Clone)]
pub struct World {
    pub clock: Arc<dyn Clock>,
    pub entropy: Arc<dyn Entropy>,
}

impl World {
    pub fn real() -> Self {
        Self::with_clock(Arc::new(outbound::SystemClock))
    }

    /// Real but for the time.
    pub fn with_clock(clock: Arc<dyn Clock>) -> Self {
        Self { clock, entropy: Arc::new(outbound::SystemEntropy) }
    }
}

/// Make the data folder, readable by its owner only.
pub fn make_folder(folder: &Path) -> Result<(), Failure> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(|error| Failure::not_started(format!("the data folder {} cannot be used: {error}", folder.display())))
}

/// Where the data lives.
pub fn place(config: &Config) -> Place {
    match &config.database.url {
        None => Place::Folder(config.server.data.clone()),
        Some(url) => Place::Postgres(PostgresPlace {
            url: Secret::new(url.expose().to_owned()),
            pool: config.database.pool,
            ca_file: config.database.ca_file.clone(),
            danger_plaintext: config.database.danger_plaintext,
            danger_unsynced_commits: config.database.danger_unsynced_commits,
        }),
    }
}

pub async fn open_store(config: &Config, role: Role) -> Result<Store, Failure> {
    let opened = Store::open(Opening { place: place(config), role, seam: None }).await;
    opened.map_err(|fault| match &config.database.url {
        Some(url) if fault.kind() == Kind::Unavailable => Failure::not_started(format!(
            "the PostgreSQL at {} does not answer; look at database.url, and at whether it runs: {fault}",
            url.host()
        )),
        _ => Failure::not_started(fault),
    })
}

/// The folder is made before an embedded database, and after a PostgreSQL was reached: what cannot be served leaves
/// no folder behind.
pub async fn open_for_server(config: &Config) -> Result<Store, Failure> {
    let _letters_can_leave = courier(config)?;
    if config.database.url.is_none() {
        make_folder(&config.server.data)?;
    }
    let store = open_store(config, Role::Server).await?;
    make_folder(&config.server.data)?;
    Ok(store)
}

/// A command looks at a database; it does not make one by mistyping a folder.
pub async fn open_existing(config: &Config) -> Result<Store, Failure> {
    if !place(config).exists() {
        let folder = config.server.data.display();
        return Err(Failure::not_started(format!("there is no database in {folder}; 'signet serve' makes one")));
    }
    let store = open_store(config, Role::Command).await?;
    match store.plan(MIGRATIONS).await.map_err(Failure::not_started)?.len() {
        0 => Ok(store),
        pending => Err(Failure::not_started(format!(
            "the database's schema is {pending} step(s) behind this signet; run 'signet migrate --apply'"
        ))),
    }
}

/// A server brings its schema up to date by itself, unless it was told not to. A database that it must not serve is
/// refused before that: nothing of it is changed.
pub async fn migrate(config: &Config, store: &Store, known: &'static [Migration]) -> Result<(), Failure> {
    let pending = store.plan(known).await.map_err(Failure::not_started)?;
    let is_new = pending.len() == known.len();
    if !is_new && let Some(secret) = given_secret(config)? {
        let master = MasterKey::new(secret).map_err(Failure::not_started)?;
        let fit = app::check_fit(store, &config.server.data, &master, Purpose::Serve).await;
        fit.map_err(Failure::not_started)?;
    }
    if pending.is_empty() {
        return Ok(());
    }
    if config.database.migrate == Migrate::Manual {
        return Err(Failure::not_started(format!(
            "the database's schema is {} step(s) behind and database.migrate is \"manual\"; run 'signet migrate --apply'",
            pending.len()
        )));
    }
    for step in store.migrate(known).await.map_err(Failure::not_started)? {
        tracing::info!(version = step.version, name = step.name, "schema migrated");
    }
    Ok(())
}

pub async fn start(config: &Config, store: Store, world: &World, purpose: Purpose) -> Result<App, Failure> {
    let secret = master_secret(config, &store, world).await?;
    let wiring = Wiring {
        store,
        master: MasterKey::new(secret).map_err(Failure::not_started)?,
        clock: Arc::clone(&world.clock),
        entropy: Arc::clone(&world.entropy),
        courier: courier(config)?,
        fetcher: fetcher(config)?,
        site: site(config)?,
        node: config.node.name.clone(),
        region: config.node.region.clone(),
        fence_folder: config.server.data.clone(),
    };
    App::open(wiring, purpose).await.map_err(Failure::not_started)
}

/// What this installation says of itself.
fn site(config: &Config) -> Result<Site, Failure> {
    let apps = config.passkeys.android_apps.iter().filter_map(AndroidApp::origin);
    let relying_party = RelyingParty {
        id: rp_id(config),
        name: config.organisation.name.clone(),
        origins: config.passkeys.origins.iter().cloned().chain(apps).collect(),
        top_origins: None,
    };
    Ok(Site {
        public_url: config.server.public_url.clone(),
        relying_party,
        former_rp_ids: config.passkeys.former_rp_ids.clone(),
        may_strand: config.passkeys.danger_rp_id_changed,
        sign_ups: if config.accounts.sign_up { SignUps::Open } else { SignUps::Closed },
        attestation: config.passkeys.attestation,
        tpm_vendors: config.authenticators.tpm_vendors.clone(),
        takes_sha1_of_tpms: config.authenticators.danger_sha1_of_tpms,
        list_signer: list_signer(config)?,
        list_url: config.authenticators.url.clone(),
    })
}

/// The domain that passkeys are bound to.
pub fn rp_id(config: &Config) -> RpId {
    config.passkeys.rp_id.clone().unwrap_or_else(RpId::localhost)
}

/// With those before.
pub fn rp_ids(config: &Config) -> Vec<RpId> {
    [rp_id(config)].into_iter().chain(config.passkeys.former_rp_ids.iter().cloned()).collect()
}

fn list_signer(config: &Config) -> Result<Signer, Failure> {
    let unusable =
        |why: &dyn std::fmt::Display| Failure::not_started(format!("authenticators.roots cannot be used: {why}"));
    let Some(file) = &config.authenticators.roots else {
        return Signer::fido().ok_or_else(|| unusable(&"the root of the FIDO Alliance cannot be read"));
    };
    let pem = fs::read_to_string(file).map_err(|error| unusable(&format_args!("{}: {error}", file.display())))?;
    let roots = Anchor::parse_pem(&pem);
    let roots = roots.ok_or_else(|| unusable(&format_args!("{} holds no certificates in PEM", file.display())))?;
    Ok(Signer { roots, host: Some(config.authenticators.host.as_str().to_owned()) })
}

fn courier(config: &Config) -> Result<Arc<dyn Courier>, Failure> {
    Ok(match smtp(config)? {
        Some(smtp) => Arc::new(smtp),
        None => Arc::new(MailFolder::new(config.server.data.join("mail"))),
    })
}

fn fetcher(config: &Config) -> Result<Arc<dyn Fetcher>, Failure> {
    let unusable = |why| Failure::not_started(format!("authenticators.url_ca_file cannot be used: {why}"));
    Https::new(config.authenticators.url_ca_file.as_deref()).map(|https| Arc::new(https) as _).map_err(unusable)
}

/// The way to the configured mail server.
pub fn smtp(config: &Config) -> Result<Option<Smtp>, Failure> {
    let smtp = config.relay().map(Smtp::new).transpose();
    smtp.map_err(|unusable| Failure::not_started(format!("mail.ca_file cannot be used: {unusable}")))
}

/// The configured master key, or the file's. A new one is made only for a database that has never had one.
async fn master_secret(config: &Config, store: &Store, world: &World) -> Result<Secret<[u8; 32]>, Failure> {
    if let Some(secret) = given_secret(config)? {
        return Ok(secret);
    }
    let folder = &config.server.data;
    if app::keys::has_master_key(store).await.map_err(Failure::not_started)? {
        return Err(Failure::not_started(format!(
            "{}/master.key is missing and the database's keys cannot be opened without it; put it back, or give it as \
             keys.master_key",
            folder.display()
        )));
    }
    master_key::make(folder, &*world.entropy).map_err(Failure::not_started)
}

fn given_secret(config: &Config) -> Result<Option<Secret<[u8; 32]>>, Failure> {
    match &config.keys.master_key {
        Some(secret) => Ok(Some(secret.clone())),
        None => master_key::load(&config.server.data).map_err(Failure::not_started),
    }
}

/// A fault of a command that has already started.
pub fn failed(fault: store::Fault) -> Failure {
    match fault.kind() {
        Kind::Unfit => Failure::not_started(fault),
        _ => Failure::refused(format!("that did not work: {fault}")),
    }
}
