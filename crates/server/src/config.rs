//! Configuration: what the operator said, checked as a whole before anything is started.
//!
//! Four sources, strongest first: command-line flags, the environment (`SIGNET_SECTION__KEY`, or
//! `SIGNET_SECTION__KEY_FILE` for a file that holds the value), `signet.toml`, defaults. One table in
//! [`settings`](SETTINGS) names every setting; the typed [`Config`], the environment names, the error texts,
//! [`explain`] and the tests of the documentation all come from it.
//!
//! This room refuses to guess: an unknown key, an unknown `SIGNET_` name, a value of the wrong kind (even one that a
//! stronger source overrides) or a combination that weakens security without saying `danger_` is an error, and all
//! errors are shown at once. It never reads the environment itself: [`Surroundings`] arrive as values.
//!
//! ```
//! use server::config::{Flags, Surroundings, load};
//!
//! let loaded = load(&Flags::default(), &Surroundings::in_folder("/nowhere")).unwrap();
//! assert_eq!(loaded.config.server.listen.port(), 8080);
//! ```
//!
//! Invariants:
//! - the value of a secret setting appears in no error, no explanation and no `Debug`;
//! - a `Config` exists only when every source was free of errors;
//! - whatever weakens security is called `danger_…`, is off by default, and is listed in `docs/ops/dangers.md`.

mod authority;
mod database_url;
mod environment;
mod error;
mod explain;
mod file;
mod mail_url;
mod raw;
mod read;
mod rules;
mod settings;
mod sheet;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use vocab::url::PublicUrl;
use vocab::{Label, Origin, RpId};

pub use database_url::DatabaseUrl;
pub use error::{Errors, Place};
pub use explain::{Explained, explain};
pub use mail_url::MailUrl;
pub use read::{MasterKey, Migrate};
pub use rules::warnings;
pub use settings::{
    Accounts, Config, Database, Keys, Log, Mail, Metrics, Node, Organisation, Passkeys, Preset, SETTINGS, Server,
    Setting,
};

use raw::Raw;
use sheet::Sheet;

/// What the command line said.
#[derive(Clone, Debug, Default)]
pub struct Flags {
    pub config: Option<PathBuf>,
    pub data: Option<PathBuf>,
    pub listen: Option<String>,
    pub public_url: Option<String>,
}

/// What the process found around itself. No `Debug`: the environment may hold secrets.
#[derive(Clone, Default)]
pub struct Surroundings {
    pub env: BTreeMap<String, String>,
    pub hostname: Option<String>,
    /// The working folder; relative paths to files that are read here start from it.
    pub folder: PathBuf,
}

impl Surroundings {
    /// An empty environment in a folder.
    pub fn in_folder(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into(), ..Self::default() }
    }
}

/// A configuration without errors, and where each value of it came from.
#[derive(Debug)]
pub struct Loaded {
    pub config: Config,
    pub explained: Vec<Explained>,
}

impl Loaded {
    /// With port 0 the system chooses the port once it is bound; a public URL that nobody gave follows it.
    pub fn bound_to(&mut self, at: SocketAddr) {
        if self.is_default("server.public_url")
            && let Ok(url) = PublicUrl::parse(&local_url(at.port()))
        {
            if self.is_default("passkeys.origins") {
                self.config.passkeys.origins = vec![Origin::of(&url)];
            }
            self.config.server.public_url = url;
        }
    }

    fn is_default(&self, path: &str) -> bool {
        self.explained.iter().any(|one| one.path == path && one.from == Place::Default)
    }
}

/// Reads every source, checks every value and every rule across them.
pub fn load(flags: &Flags, around: &Surroundings) -> Result<Loaded, Errors> {
    let mut sheet = Sheet::default();
    gather_flags(flags, &mut sheet);
    environment::gather(around, &mut sheet);
    file::gather(flags, around, &mut sheet);
    fill_defaults(around.hostname.as_deref(), &mut sheet);

    let config = Config::read(&mut sheet);
    if let Some(config) = &config
        && sheet.errors.is_empty()
    {
        rules::check(config, &mut sheet);
    }
    match config {
        Some(config) if sheet.errors.is_empty() => Ok(Loaded { config, explained: explain::rows(&sheet) }),
        _ => Err(sheet.errors),
    }
}

fn gather_flags(flags: &Flags, sheet: &mut Sheet) {
    let mut give = |flag, path, words: &str| sheet.give(path, Place::Flag(flag), Raw::Words(words.to_owned()));
    if let Some(listen) = &flags.listen {
        give("--listen", "server.listen", listen);
    }
    if let Some(url) = &flags.public_url {
        give("--public-url", "server.public_url", url);
    }
    match flags.data.as_deref().map(Path::to_str) {
        Some(Some(data)) => give("--data", "server.data", data),
        Some(None) => sheet.errors.push(Place::Flag("--data"), "the path is not UTF-8".to_owned()),
        None => {}
    }
}

/// The weakest source. Comes last, because some defaults follow from what the others said; those that follow a default
/// stand below it in the table.
fn fill_defaults(hostname: Option<&str>, sheet: &mut Sheet) {
    for setting in SETTINGS {
        let raw = match (setting.preset, setting.path) {
            (Preset::Is(words), _) => Raw::Words(words.to_owned()),
            (Preset::Follows(_), "node.name") => Raw::Words(node_name(hostname)),
            (Preset::Follows(_), "passkeys.rp_id") => {
                let host = sheet.public_url().and_then(|url| RpId::of(&url));
                host.map_or(Raw::Nothing, |host| Raw::Words(host.as_str().to_owned()))
            }
            (Preset::Follows(_), "passkeys.origins") => {
                Raw::Words(sheet.public_url().map_or_else(String::new, |url| url.origin().to_owned()))
            }
            (Preset::Follows(_), _) => Raw::Words(local_url(sheet.port_to_listen_on())),
            (Preset::Nothing, _) => Raw::Nothing,
        };
        sheet.give(setting.path, Place::Default, raw);
    }
}

/// Port 0 is not known yet; `bound_to` puts it right.
fn local_url(port: u16) -> String {
    let port = if port == 0 { 8080 } else { port };
    format!("http://localhost:{port}")
}

/// A hostname made into a label: lower case, and `-` for whatever a label may not hold.
fn node_name(hostname: Option<&str>) -> String {
    let cleaned: String = hostname
        .unwrap_or_default()
        .to_lowercase()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .take(40)
        .collect();
    match Label::parse(cleaned.trim_matches('-')) {
        Ok(label) => label.as_str().to_owned(),
        Err(_) => "node-1".to_owned(),
    }
}
