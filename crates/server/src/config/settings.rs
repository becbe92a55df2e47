//! The table of settings: the one place where a setting is added.

use std::net::SocketAddr;
use std::path::PathBuf;

use app::Conveyance;
use ipnet::IpNet;
use outbound::Sender;
use tracing::Level;
use vocab::url::{PublicUrl, RemoteUrl};
use vocab::{Label, Origin, RpId};
use web::{AndroidApp, AppleApp, Help};

use super::database_url::DatabaseUrl;
use super::mail_url::MailUrl;
use super::read::{self, MasterKey, Migrate, one_of, optional, whole};
use super::sheet::Sheet;

use Preset::{Follows, Is, Nothing};
use Visibility::{Open, Secret};

/// The value of a setting that no source gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preset {
    /// These words, read as if the environment had said them.
    Is(&'static str),
    /// Made from something else; the words say from what.
    Follows(&'static str),
    Nothing,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visibility {
    Open,
    /// Never printed: not in errors, not in explanations.
    Secret,
}

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// `section.key`, as in the file.
    pub path: &'static str,
    pub preset: Preset,
    pub visibility: Visibility,
    /// What is accepted; completes "must be …".
    pub takes: &'static str,
    pub help: &'static str,
}

impl Setting {
    pub fn named(path: &str) -> Option<&'static Setting> {
        SETTINGS.iter().find(|setting| setting.path == path)
    }

    /// `SIGNET_SECTION__KEY`
    pub fn env_name(&self) -> String {
        format!("SIGNET_{}", self.path.replace('.', "__").to_uppercase())
    }

    pub fn is_secret(&self) -> bool {
        self.visibility == Secret
    }

    /// Whatever weakens security says so in its name; there is no other mark.
    pub fn is_danger(&self) -> bool {
        self.path.contains(".danger_")
    }
}

/// Makes the typed `Config` and the table `SETTINGS` from the same rows.
macro_rules! settings {
    ($(
        #[doc = $about:literal]
        $section:ident: $Section:ident {$(
            #[doc = $help:literal]
            $key:ident: $type:ty = $preset:expr, $visibility:ident, $read:expr, $takes:literal;
        )+}
    )+) => {
        /// Every setting, typed and checked.
        #[derive(Debug)]
        pub struct Config {$(
            #[doc = $about]
            pub $section: $Section,
        )+}

        impl Config {
            /// Reads every value before giving up on any, so that all errors are found.
            pub(super) fn read(sheet: &mut Sheet) -> Option<Self> {
                $(let $section = $Section::read(sheet);)+
                Some(Self { $($section: $section?,)+ })
            }
        }

        $(
            #[doc = $about]
            #[derive(Debug)]
            pub struct $Section {$(
                #[doc = $help]
                pub $key: $type,
            )+}

            impl $Section {
                fn read(sheet: &mut Sheet) -> Option<Self> {
                    $(let $key = sheet.take(concat!(stringify!($section), ".", stringify!($key)), $read);)+
                    Some(Self { $($key: $key?,)+ })
                }
            }
        )+

        /// Every setting there is.
        pub const SETTINGS: &[Setting] = &[$($(Setting {
            path: concat!(stringify!($section), ".", stringify!($key)),
            preset: $preset,
            visibility: $visibility,
            takes: $takes,
            help: $help.trim_ascii(),
        },)+)+];
    };
}

settings! {
    /// Where this node is reached and where it keeps its data.
    server: Server {
        /// Where to accept connections.
        listen: SocketAddr = Is("127.0.0.1:8080"), Open,
            read::address, "an address with a port, such as 127.0.0.1:8080";
        /// The address people type; links, cookies and passkeys are bound to it.
        public_url: PublicUrl = Follows("http://localhost: and the port of server.listen"), Open,
            read::public_url, "https:// and a host (http:// for localhost and loopback only), without a path";
        /// The folder for the embedded database, the master key and the lock.
        data: PathBuf = Is("./var"), Open,
            read::path, "a path";
        /// Proxies whose word about a client's address is believed.
        trusted_proxies: Vec<IpNet> = Is(""), Open,
            read::proxies, "a list of networks such as 10.0.0.0/8";
        /// Connections held open at once; the next one waits.
        max_connections: usize = Is("4096"), Open,
            whole(1..=1_000_000), "a whole number from 1 to 1000000";
        /// How long a stopping node waits for requests under way.
        shutdown_grace_seconds: u64 = Is("20"), Open,
            whole(0..=3600), "a whole number from 0 to 3600";
    }
    /// What this node is called in logs, metrics and audit entries.
    node: Node {
        /// The name of this node, different on every node.
        name: Label = Follows("the hostname, lower-cased and cleaned; else node-1"), Open,
            read::label, "1 to 40 small letters, digits and hyphens, with no hyphen at either end";
        /// The place or zone this node runs in.
        region: Label = Is("local"), Open,
            read::label, "1 to 40 small letters, digits and hyphens, with no hyphen at either end";
    }
    /// Where accounts and entries are kept.
    database: Database {
        /// PostgreSQL to use; without it, SQLite in server.data.
        url: Option<DatabaseUrl> = Nothing, Secret,
            optional(DatabaseUrl::read), "postgres:// or postgresql://, with one host";
        /// Connections to PostgreSQL.
        pool: usize = Is("16"), Open,
            whole(1..=200), "a whole number from 1 to 200";
        /// Certificates (PEM) that vouch for PostgreSQL; with it the connection is TLS.
        ca_file: Option<PathBuf> = Nothing, Open,
            optional(read::path), "a path";
        /// Who migrates: serve by itself, or a person with signet migrate.
        migrate: Migrate = Is("auto"), Open,
            one_of(&[("auto", Migrate::Auto), ("manual", Migrate::Manual)]), "auto or manual";
        /// Permits PostgreSQL on another machine without TLS.
        danger_plaintext: bool = Is("false"), Open,
            read::switch, "true or false";
        /// Permits PostgreSQL with fsync, synchronous_commit or full_page_writes off.
        danger_unsynced_commits: bool = Is("false"), Open,
            read::switch, "true or false";
    }
    /// The key that wraps all other keys.
    keys: Keys {
        /// The master key; without it, the file master.key in server.data.
        master_key: Option<MasterKey> = Nothing, Secret,
            optional(read::master_key), "32 bytes as 64 hexadecimal digits or as base64";
    }
    /// How letters leave.
    mail: Mail {
        /// The mail server that carries letters; without it, they are written to the folder mail in server.data.
        url: Option<MailUrl> = Nothing, Secret,
            optional(MailUrl::read), "smtps:// or smtp://, perhaps a user and a password, and one host";
        /// Who letters come from; needed with mail.url.
        from: Option<Sender> = Nothing, Open,
            optional(read::sender), "an address, alone or as in Signet <signet@id.example.org>";
        /// Certificates (PEM) that vouch for the mail server, instead of the system's; with it the connection is TLS.
        ca_file: Option<PathBuf> = Nothing, Open,
            optional(read::path), "a path";
        /// Permits a mail server on another machine without TLS.
        danger_plaintext: bool = Is("false"), Open,
            read::switch, "true or false";
    }
    /// Who may have an account.
    accounts: Accounts {
        /// May anybody make an account?
        sign_up: bool = Is("false"), Open,
            read::switch, "true or false";
    }
    /// Whose identity provider this is.
    organisation: Organisation {
        /// The name people see on pages, in letters and in the dialogs of their passkeys.
        name: String = Is("Signet"), Open,
            read::organisation_name, "1 to 60 characters on one line";
        /// Where people find help; every page says it at its foot.
        help: Option<Help> = Nothing, Open,
            optional(read::help),
            "an e-mail address, an https:// address, or 1 to 100 characters on one line such as a telephone number";
    }
    /// What passkeys are bound to.
    passkeys: Passkeys {
        /// The domain that passkeys are bound to; those made for another are of no more use.
        rp_id: Option<RpId> = Follows("the host of server.public_url, if it is a name"), Open,
            optional(read::rp_id), "the host of server.public_url, or a domain above it that has a dot";
        /// Where pages with a passkey dialog of ours live; server.public_url among them.
        origins: Vec<Origin> = Follows("server.public_url"), Open,
            read::origins, "a list of origins such as https://id.example.org (http:// for localhost and loopback only)";
        /// Are makers of authenticators asked to state where a passkey is made? Browsers may ask people first.
        attestation: Conveyance = Is("none"), Open,
            one_of(&[("none", Conveyance::None), ("direct", Conveyance::Direct)]), "none or direct";
        /// Domains that passkeys were bound to before: theirs go on signing in, and no new ones are made.
        former_rp_ids: Vec<RpId> = Is(""), Open,
            read::rp_ids, "a list of domains such as old.example.org";
        /// Start although passkeys are bound to another rp_id, and cannot be used any more?
        danger_rp_id_changed: bool = Is("false"), Open,
            read::switch, "true or false";
        /// Apps on Android that may use these passkeys.
        android_apps: Vec<AndroidApp> = Is(""), Open,
            read::android_apps, "a list of package@SHA-256, the digest of its certificate as keytool prints it";
        /// Apps on systems of Apple's that may use these passkeys.
        apple_apps: Vec<AppleApp> = Is(""), Open,
            read::apple_apps, "a list of team.bundle such as A1B2C3D4E5.org.example.app";
    }
    /// Who is believed about models of authenticators.
    authenticators: Authenticators {
        /// Where a list of models is published; it is asked for once a day. Without it, an operator brings one.
        url: Option<RemoteUrl> = Nothing, Open,
            optional(read::remote_url), "https:// and a host (http:// for localhost and loopback only), perhaps a path";
        /// Certificates (PEM) that vouch for the server of authenticators.url, instead of the system's.
        url_ca_file: Option<PathBuf> = Nothing, Open,
            optional(read::path), "a path";
        /// Certificates (PEM) under which a list of models may be signed, instead of the FIDO Alliance's.
        roots: Option<PathBuf> = Nothing, Open,
            optional(read::path), "the path of a file";
        /// The host that the certificate of whoever signs must be for: many are certified under a root.
        host: RpId = Is("mds.fidoalliance.org"), Open,
            read::rp_id, "the name of a host";
        /// Makers of TPMs that are believed beside those of the TCG's registry.
        tpm_vendors: Vec<String> = Is(""), Open,
            read::tpm_vendors, "a list of vendor ids, eight hexadecimal digits each, such as 46534C00";
        /// Take statements of TPMs that sign with RSA and SHA-1, as old ones do?
        danger_sha1_of_tpms: bool = Is("false"), Open,
            read::switch, "true or false";
    }
    /// What the log holds.
    log: Log {
        /// The least important lines that are still written.
        level: Level = Is("info"), Open,
            one_of(&[("error", Level::ERROR), ("warn", Level::WARN), ("info", Level::INFO),
                ("debug", Level::DEBUG), ("trace", Level::TRACE)]), "error, warn, info, debug or trace";
    }
    /// Who may look at the figures.
    metrics: Metrics {
        /// Networks that may read /metrics.
        allow: Vec<IpNet> = Is("127.0.0.0/8, ::1/128"), Open,
            read::networks, "a list of networks such as 10.0.0.0/8";
    }
}
