//! The configuration as an operator meets it: which source wins, what each mistake says, what never shows.
#![cfg(test)]

mod desk;
mod mail;
mod passkeys;

use std::fs;
use std::path::PathBuf;

use desk::Desk;
use server::config::{Loaded, Migrate, Place, Preset, SETTINGS, Setting, explain, load, warnings};

const CANARY: &str = "canary7f3e";

fn with_database(url: &str) -> Desk {
    Desk::new().env("SIGNET_DATABASE__URL", url)
}

// ---- which source wins ----

#[test]
fn nothing_given_is_a_working_configuration() {
    let config = Desk::new().load().config;
    assert_eq!(config.server.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(config.server.public_url.origin(), "http://localhost:8080");
    assert_eq!(config.server.data, PathBuf::from("./var"));
    assert!(config.server.trusted_proxies.is_empty());
    assert_eq!(config.server.max_connections, 4096);
    assert_eq!(config.server.shutdown_grace_seconds, 20);
    assert_eq!(config.node.name.as_str(), "node-1");
    assert_eq!(config.node.region.as_str(), "local");
    assert!(config.database.url.is_none());
    assert_eq!(config.database.pool, 16);
    assert!(config.database.ca_file.is_none());
    assert_eq!(config.database.migrate, Migrate::Auto);
    assert!(!config.database.danger_plaintext && !config.database.danger_unsynced_commits);
    assert!(config.keys.master_key.is_none());
    assert!(config.relay().is_none() && config.mail.from.is_none() && config.mail.ca_file.is_none());
    assert!(!config.mail.danger_plaintext && !config.accounts.sign_up);
    assert_eq!(config.organisation.name, "Signet");
    assert_eq!(config.passkeys.rp_id.unwrap().as_str(), "localhost");
    assert_eq!(
        config.passkeys.origins.iter().map(vocab::Origin::as_str).collect::<Vec<_>>(),
        ["http://localhost:8080"]
    );
    assert_eq!(config.log.level, tracing::Level::INFO);
    let allowed: Vec<_> = config.metrics.allow.iter().map(ToString::to_string).collect();
    assert_eq!(allowed, ["127.0.0.0/8", "::1/128"]);
}

#[test]
fn each_source_beats_the_weaker_one() {
    let port = |desk: &Desk| desk.load().config.server.listen.port();
    let desk = Desk::new();
    assert_eq!(port(&desk), 8080);
    let desk = desk.file("[server]\nlisten = '127.0.0.1:1001'\n");
    assert_eq!(port(&desk), 1001);
    let desk = desk.env("SIGNET_SERVER__LISTEN", "127.0.0.1:1002");
    assert_eq!(port(&desk), 1002);
    let desk = desk.listen("127.0.0.1:1003");
    assert_eq!(port(&desk), 1003);
}

#[test]
fn the_three_flags_reach_their_settings() {
    let mut desk = Desk::new().listen("[::1]:9000");
    desk.flags.data = Some("/srv/signet".into());
    desk.flags.public_url = Some("https://id.example.org".to_owned());
    let config = desk.load().config;
    assert_eq!(config.server.listen.to_string(), "[::1]:9000");
    assert_eq!(config.server.data, PathBuf::from("/srv/signet"));
    assert_eq!(config.server.public_url.origin(), "https://id.example.org");
}

#[test]
fn the_file_is_the_flag_then_signet_config_then_the_working_folder() {
    let pool = |desk: &Desk| desk.load().config.database.pool;
    let mut desk = Desk::new()
        .file("database.pool = 1")
        .holding("second.toml", "database.pool = 2")
        .holding("third.toml", "database.pool = 3");
    assert_eq!(pool(&desk), 1);
    desk = desk.env("SIGNET_CONFIG", "second.toml");
    assert_eq!(pool(&desk), 2);
    desk.flags.config = Some("third.toml".into());
    assert_eq!(pool(&desk), 3);
}

#[test]
fn a_value_may_come_through_a_file_without_its_last_newline() {
    for ending in ["", "\n", "\r\n"] {
        let desk = Desk::new().holding("region", &format!("north{ending}")).env("SIGNET_NODE__REGION_FILE", "region");
        assert_eq!(desk.load().config.node.region.as_str(), "north");
    }
}

#[test]
fn the_environment_says_lists_with_commas_and_the_file_with_brackets() {
    let desk = Desk::new().env("SIGNET_SERVER__TRUSTED_PROXIES", "10.1.2.3/8, fd00::/8,192.0.2.7");
    let in_file = Desk::new().file("server.trusted_proxies = ['10.1.2.3/8', 'fd00::/8', '192.0.2.7']");
    for desk in [desk, in_file] {
        let networks: Vec<_> = desk.load().config.server.trusted_proxies.iter().map(ToString::to_string).collect();
        assert_eq!(networks, ["10.0.0.0/8", "fd00::/8", "192.0.2.7/32"]);
    }
}

const ANDROID_APP: &str = "org.example.app@BB:AE:1A:AA:E4:41:0E:DD:82:57:A6:3F:53:5E:6C:E8:BF:43:55:9A:\
                           FE:52:3A:A5:7C:22:BA:77:5E:B0:AE:C4";

#[test]
fn every_setting_can_be_given_in_the_file_and_in_the_environment() {
    let words = |setting: &Setting| match (setting.path, setting.preset) {
        ("server.public_url", _) => "https://id.example.org",
        ("node.name", _) => "web-1",
        ("server.trusted_proxies", _) => "10.0.0.0/8",
        ("database.url", _) => "postgres://signet@localhost/signet",
        ("database.ca_file", _) => "ca.pem",
        ("mail.url", _) => "smtps://mail.example.org",
        ("mail.from", _) => "Signet <signet@id.example.org>",
        ("mail.ca_file", _) => "ca.pem",
        ("organisation.help", _) => "help@example.org",
        ("passkeys.rp_id", _) => "localhost",
        ("passkeys.origins", _) => "http://localhost:8080",
        ("passkeys.former_rp_ids", _) => "old.example.org",
        ("passkeys.android_apps", _) => ANDROID_APP,
        ("passkeys.apple_apps", _) => "A1B2C3D4E5.org.example.app",
        ("authenticators.url", _) => "https://mds.example.org/list",
        ("authenticators.url_ca_file", _) => "ca.pem",
        ("authenticators.roots", _) => "roots.pem",
        ("authenticators.tpm_vendors", _) => "46534C00",
        ("keys.master_key", _) => "0000000000000000000000000000000000000000000000000000000000000001",
        (_, Preset::Is(words)) => words,
        (path, _) => panic!("say what {path} takes"),
    };
    for setting in SETTINGS {
        let desk = || match setting.path {
            "mail.url" => Desk::new().env("SIGNET_MAIL__FROM", "signet@id.example.org"),
            _ => Desk::new(),
        };
        let in_environment = desk().env(&setting.env_name(), words(setting));
        let from = |loaded: Loaded| loaded.explained.into_iter().find(|one| one.path == setting.path).unwrap().from;
        assert_eq!(from(in_environment.load()), Place::Environment(setting.env_name()));

        let as_toml = match words(setting) {
            words if setting.takes.starts_with("a list") => format!("[{words:?}]").replace(", ", "\", \""),
            words if words.len() < 6 && words.parse::<u64>().is_ok() || setting.takes == "true or false" => {
                words.to_owned()
            }
            words => format!("{words:?}"),
        };
        let in_file = desk().file(&format!("\n{} = {as_toml}", setting.path));
        assert_eq!(from(in_file.load()), Place::File { name: "signet.toml".to_owned(), line: 2 });
    }
}

// ---- what follows from what ----

#[test]
fn a_public_url_that_nobody_gave_follows_the_port() {
    let origin = |loaded: &Loaded| {
        let origin = loaded.config.server.public_url.origin().to_owned();
        assert_eq!(loaded.config.passkeys.origins.iter().map(vocab::Origin::as_str).collect::<Vec<_>>(), [&origin]);
        origin
    };
    let mut free_port = Desk::new().listen("127.0.0.1:0").load();
    free_port.bound_to("127.0.0.1:4242".parse().unwrap());
    assert_eq!(origin(&free_port), "http://localhost:4242");

    let desk = Desk::new().listen("127.0.0.1:9001");
    assert_eq!(origin(&desk.load()), "http://localhost:9001");

    let mut given = desk.env("SIGNET_SERVER__PUBLIC_URL", "https://id.example.org").load();
    given.bound_to("127.0.0.1:4242".parse().unwrap());
    assert_eq!(origin(&given), "https://id.example.org");
}

#[test]
fn the_name_of_a_node_is_its_cleaned_hostname() {
    let long = "x".repeat(80);
    for (hostname, name) in
        [("Web7", "web7"), ("web_7.Example.org", "web-7-example-org"), ("-é-", "node-1"), ("", "node-1")]
    {
        let mut desk = Desk::new();
        desk.around.hostname = Some(hostname.to_owned());
        assert_eq!(desk.load().config.node.name.as_str(), name);
    }
    let mut desk = Desk::new();
    desk.around.hostname = Some(long.clone());
    assert!(long.starts_with(desk.load().config.node.name.as_str()));
}

#[test]
fn a_master_key_is_hexadecimal_or_base64() {
    let key =
        |text: &str| *Desk::new().env("SIGNET_KEYS__MASTER_KEY", text).load().config.keys.master_key.unwrap().expose();
    let bytes: [u8; 32] = std::array::from_fn(|i| 0xe0 + i as u8);
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(key(&hex), bytes);
    assert_eq!(key(&hex.to_uppercase()), bytes);
    assert_eq!(key("4OHi4+Tl5ufo6err7O3u7/Dx8vP09fb3+Pn6+/z9/v8="), bytes);
    assert_eq!(key("4OHi4-Tl5ufo6err7O3u7_Dx8vP09fb3-Pn6-_z9_v8"), bytes);
}

// ---- what each mistake says ----

#[test]
fn an_unknown_key_is_named_with_its_line_and_the_likely_meant_key() {
    let unknown = |text: &str| Desk::new().file(text).only_error();
    assert_eq!(
        unknown("# Signet\n\n[server]\nlisten = '127.0.0.1:1'\n\n[database]\nulr = 'x'\n"),
        "signet.toml:7: there is no setting database.ulr; did you mean database.url?"
    );
    assert_eq!(unknown("listen = ''"), "signet.toml:1: there is no setting listen; did you mean server.listen?");
    assert_eq!(
        unknown("server.pool = 3"),
        "signet.toml:1: there is no setting server.pool; did you mean database.pool?"
    );
    assert_eq!(unknown("[databse]\nurl = 'x'"), "signet.toml:1: there is no section databse; did you mean database?");
    assert_eq!(unknown("server = 3"), "signet.toml:1: server is a section; write [server]");
    assert_eq!(unknown("[[server]]\nlisten = ''"), "signet.toml:1: server is a section; write [server]");
    assert_eq!(unknown("[server]\nbanana = 3"), "signet.toml:2: there is no setting server.banana");
    assert_eq!(
        unknown("[server.listen]\nport = 3"),
        "signet.toml:1: server.listen must be an address with a port, such as 127.0.0.1:8080; found a section"
    );
}

#[test]
fn d09_a_hostile_key_or_value_cannot_forge_a_line() {
    assert_eq!(
        Desk::new().file("\"\\u001b[2J\\nforged\" = 1").only_error(),
        "signet.toml:1: there is no setting \\u{1b}[2J\\nforged"
    );
    assert_eq!(
        Desk::new().env("SIGNET_LOG__LEVEL", "info\nforged").only_error(),
        "SIGNET_LOG__LEVEL: log.level must be error, warn, info, debug or trace; found \"info\\nforged\""
    );
    assert_eq!(Desk::new().env("SIGNET_A\nforged", "1").only_error(), "SIGNET_A\\nforged: there is no such setting");
    let desk = Desk::new().env("SIGNET_SERVER__DATA", "a\nforged");
    assert!(explain(&desk.load()).contains("\"a\\nforged\""));
}

#[test]
fn a_wrong_value_is_named_with_what_was_expected_and_found() {
    let pool = |value: &str| Desk::new().file(&format!("[database]\npool = {value}")).only_error();
    let expected = "signet.toml:2: database.pool must be a whole number from 1 to 200; found ";
    for (value, found) in [
        ("'16'", "\"16\""),
        ("0", "0"),
        ("201", "201"),
        ("1.5", "a number with a fraction"),
        ("true", "true"),
        ("[1]", "a list"),
        ("2026-01-01", "a date"),
        ("99999999999999999999", "a number too large"),
    ] {
        assert_eq!(pool(value), format!("{expected}{found}"));
    }
    assert_eq!(
        Desk::new().env("SIGNET_DATABASE__POOL", "many").only_error(),
        "SIGNET_DATABASE__POOL: database.pool must be a whole number from 1 to 200; found \"many\""
    );
    assert_eq!(
        Desk::new().listen("8080").only_error(),
        "--listen: server.listen must be an address with a port, such as 127.0.0.1:8080; found \"8080\""
    );
    assert_eq!(
        Desk::new().file("[metrics]\nallow = [\n  '10.0.0.0/8',\n  'here',\n]").only_error(),
        "signet.toml:2: metrics.allow must be a list of networks such as 10.0.0.0/8; found \"here\""
    );
    assert_eq!(
        Desk::new().env("SIGNET_SERVER__DATA", "").only_error(),
        "SIGNET_SERVER__DATA: server.data must be a path; found \"\""
    );
}

#[test]
fn a_public_url_in_the_clear_is_for_this_machine_only() {
    assert_eq!(
        Desk::new().env("SIGNET_SERVER__PUBLIC_URL", "http://id.example.org").only_error(),
        "SIGNET_SERVER__PUBLIC_URL: server.public_url must be https:// and a host (http:// for localhost and loopback \
         only), without a path; found \"http://id.example.org\""
    );
}

#[test]
fn i14_a_public_url_with_a_password_is_refused_without_showing_it() {
    let url = format!("https://signet:{CANARY}@id.example.org");
    assert_eq!(
        Desk::new().env("SIGNET_SERVER__PUBLIC_URL", &url).only_error(),
        "SIGNET_SERVER__PUBLIC_URL: server.public_url cannot contain a user name or password"
    );
}

#[test]
fn r11_a_proxy_cannot_be_everyone() {
    for everyone in ["0.0.0.0/0", "10.0.0.0/8,::/0"] {
        assert_eq!(
            Desk::new().env("SIGNET_SERVER__TRUSTED_PROXIES", everyone).only_error(),
            "SIGNET_SERVER__TRUSTED_PROXIES: server.trusted_proxies names the whole internet; \
             name the networks of your own proxies"
        );
    }
}

#[test]
fn an_unknown_name_in_the_environment_is_an_error_with_the_likely_meant_name() {
    let unknown = |name: &str| Desk::new().env(name, CANARY).only_error();
    for (name, meant) in [
        ("SIGNET_DATABASE__ULR", "SIGNET_DATABASE__URL"),
        ("SIGNET_DATABASE_URL", "SIGNET_DATABASE__URL"),
        ("SIGNET_Database__Url", "SIGNET_DATABASE__URL"),
        ("SIGNET_LISTEN", "SIGNET_SERVER__LISTEN"),
        ("SIGNET_MASTER_KEY_FILE", "SIGNET_KEYS__MASTER_KEY_FILE"),
    ] {
        assert_eq!(unknown(name), format!("{name}: there is no such setting; did you mean {meant}?"));
    }
    assert_eq!(unknown("SIGNET_BANANA"), "SIGNET_BANANA: there is no such setting");
    for name in ["SIGNET_PORT_8080_TCP_ADDR", "SIGNET_SERVICE_HOST"] {
        assert_eq!(
            unknown(name),
            format!("{name}: there is no such setting; if Kubernetes put it here, set enableServiceLinks: false")
        );
    }
}

#[test]
fn names_of_the_program_and_of_others_are_left_alone() {
    let desk = Desk::new().env("SIGNET_TEST_CLOCK", "1").env("SIGNET_SHIM_DELAY", "2").env("HOME", "/root");
    desk.env("SIGNETS", "3").load();
}

#[test]
fn a_value_given_directly_and_through_a_file_is_an_error() {
    let desk = Desk::new().env("SIGNET_NODE__REGION", "north").env("SIGNET_NODE__REGION_FILE", "region");
    assert_eq!(
        desk.only_error(),
        "SIGNET_NODE__REGION: given together with SIGNET_NODE__REGION_FILE; keep one of them"
    );
}

#[test]
fn a_file_that_cannot_be_read_is_an_error_unless_nobody_asked_for_it() {
    let missing = "No such file or directory (os error 2)";
    let mut desk = Desk::new();
    desk.flags.config = Some("other.toml".into());
    assert_eq!(desk.only_error(), format!("--config: cannot read \"other.toml\": {missing}"));
    assert_eq!(
        Desk::new().env("SIGNET_CONFIG", "other.toml").only_error(),
        format!("SIGNET_CONFIG: cannot read \"other.toml\": {missing}")
    );
    assert_eq!(
        Desk::new().env("SIGNET_NODE__REGION_FILE", "region").only_error(),
        format!("SIGNET_NODE__REGION_FILE: cannot read \"region\": {missing}")
    );
    let desk = Desk::new();
    fs::create_dir(desk.path("signet.toml")).unwrap();
    assert_eq!(desk.only_error(), "signet.toml:1: cannot be read: Is a directory (os error 21)");
}

#[test]
fn a_file_that_is_not_toml_names_each_broken_line() {
    let desk = Desk::new().file("[server]\nlisten = \n\n[database\npool = 16\n[log]\nlevel = 'info'\nlevel = 'warn'\n");
    assert_eq!(
        desk.errors(),
        [
            "signet.toml:2: string values must be quoted, expected literal string",
            "signet.toml:4: unclosed table, expected `]`",
            "signet.toml:8: duplicate key",
        ]
    );
}

#[test]
fn all_errors_are_shown_at_once_flags_first_then_the_environment_then_the_file_by_line() {
    let desk = Desk::new()
        .file("[server]\nmax_connections = 0\nlisen = ''\n[log]\nlevel = 'loud'\n[keys]\nmaster_key = 7\n")
        .env("SIGNET_SERVER__MAX_CONNECTIONS", "12")
        .env("SIGNET_NODE__NAME", "Not A Label")
        .listen("nowhere");
    let text = load(&desk.flags, &desk.around).unwrap_err().to_string();
    assert_eq!(
        text,
        "the configuration has 6 errors, nothing was started:\n\
         --listen: server.listen must be an address with a port, such as 127.0.0.1:8080; found \"nowhere\"\n\
         SIGNET_NODE__NAME: node.name must be 1 to 40 small letters, digits and hyphens, \
         with no hyphen at either end; found \"Not A Label\"\n\
         signet.toml:2: server.max_connections must be a whole number from 1 to 1000000; found 0\n\
         signet.toml:3: there is no setting server.lisen; did you mean server.listen?\n\
         signet.toml:5: log.level must be error, warn, info, debug or trace; found \"loud\"\n\
         signet.toml:7: keys.master_key must be 32 bytes as 64 hexadecimal digits or as base64; \
         found something that is not shown, because it is secret"
    );
    let one = Desk::new().listen("nowhere");
    let text = load(&one.flags, &one.around).unwrap_err().to_string();
    assert!(text.starts_with("the configuration has 1 error, nothing was started:\n--listen: "));
}

// ---- the address of the database ----

#[test]
fn a_database_on_another_machine_needs_tls_or_the_danger_setting() {
    let away = || with_database("postgres://signet:pw@db.example.org:5432/signet");
    assert_eq!(
        away().only_error(),
        "SIGNET_DATABASE__URL: database.url names another machine, and nothing would encrypt the connection; \
         give database.ca_file, or database.danger_plaintext = true"
    );
    assert_eq!(
        away().env("SIGNET_DATABASE__CA_FILE", "ca.pem").load().config.database.url.unwrap().host(),
        "db.example.org"
    );
    away().env("SIGNET_DATABASE__DANGER_PLAINTEXT", "true").load();
    for near in ["localhost", "LocalHost:5432", "127.0.0.1", "127.9.9.9:1", "[::1]", "[::ffff:127.0.0.1]:5432"] {
        with_database(&format!("postgresql://signet@{near}/signet?keepalives=1")).load();
    }
    for away in ["10.0.0.1", "[fd00::1]", "127.1", "localhost.example.org", "0.0.0.0", "2130706433"] {
        let error = with_database(&format!("postgres://{away}/signet")).only_error();
        assert!(error.contains("names another machine"), "{away}: {error}");
    }
}

#[test]
fn a_database_url_has_one_plain_host_and_no_way_to_another() {
    let at_sign = "may hold @ once, before the host; write @, / and ? elsewhere as %40, %2F and %3F";
    let parameter = "has a parameter that is not accepted here; see docs/ops/configuration.md";
    let tls = "may not hold sslmode or its like: the connection is TLS when database.ca_file is given";
    let brackets = "names something in brackets that is not an IPv6 address";
    let character = "names a host with a character that hosts do not have";
    let port = "has a port that is not a number from 1 to 65535";
    for (url, why) in [
        ("postgres://localhost,db.example.org/signet", "names several hosts; one is accepted"),
        ("postgres://%6cocalhost/signet", "has percent-encoding in its host; write the host plainly"),
        ("postgres://%2Frun%2Fpostgresql/signet", "has percent-encoding in its host; write the host plainly"),
        ("postgres:///signet", "names no host"),
        ("postgres://", "names no host"),
        ("postgres://signet:p@ss@localhost/signet", at_sign),
        ("postgres://localhost/signet?keepalives=x@db.example.org", at_sign),
        ("postgres://signet:p/w@localhost/signet", at_sign),
        ("postgres://signet:p?w@localhost/signet", at_sign),
        ("postgres://localhost/signet?host=db.example.org", parameter),
        ("postgres://localhost/signet?%68ost=db.example.org", parameter),
        ("postgres://localhost/signet?hostaddr=10.0.0.1", parameter),
        ("postgres://localhost/signet?keepalives=1&port=1", parameter),
        ("postgres://localhost/signet?sslmode=disable", tls),
        ("postgres://[localhost]/signet", brackets),
        ("postgres://[::1/signet", character),
        ("postgres://local host/signet", character),
        ("postgres://localhost#db.example.org/signet", character),
        ("postgres://localhost:/signet", port),
        ("postgres://localhost:0/signet", port),
        ("postgres://localhost:70000/signet", port),
        ("postgres://[::1]x/signet", port),
    ] {
        assert_eq!(with_database(url).only_error(), format!("SIGNET_DATABASE__URL: database.url {why}"), "{url}");
    }
    for url in ["", "mysql://localhost/signet", "localhost", "host=localhost", "Postgres://localhost"] {
        assert_eq!(
            with_database(url).only_error(),
            "SIGNET_DATABASE__URL: database.url must be postgres:// or postgresql://, with one host; \
             found something that is not shown, because it is secret"
        );
    }
}

// ---- what never shows, and what is shown ----

#[test]
fn i14_secrets_appear_in_no_error_explanation_or_debug() {
    let key = format!("{CANARY}{}", "a".repeat(64 - CANARY.len()));
    let url = format!("postgres://signet:{CANARY}@localhost/signet");
    for secret in [
        format!("{CANARY} not a value"),
        format!("postgres://u:{CANARY}@{CANARY}@h/d"),
        format!("postgres://{CANARY}:{CANARY}/"),
    ] {
        let lines =
            format!("[database]\nurl = {secret:?}\n[keys]\nmaster_key = {secret:?}\n[mail]\nurl = {secret:?}\n");
        let desks = [
            Desk::new().file(&lines),
            Desk::new().file(&format!("{lines}broken {secret}\n")),
            Desk::new().file(&format!("[database]\nurl = [{secret:?}]\nulr = {secret:?}\n")),
            Desk::new().env("SIGNET_DATABASE__URL", &secret).env("SIGNET_KEYS__MASTER_KEY", &secret),
            Desk::new().env("SIGNET_DATABASE__ULR", &secret).env("SIGNET_MASTER_KEY", &secret),
            Desk::new().holding("secret", &secret).env("SIGNET_KEYS__MASTER_KEY_FILE", "secret"),
        ];
        for desk in desks {
            let errors = load(&desk.flags, &desk.around).unwrap_err();
            assert!(!format!("{errors} {errors:?}").contains(CANARY), "{errors}");
        }
    }
    let desk = Desk::new()
        .env("SIGNET_DATABASE__URL", &url)
        .holding("key", &key.replace(CANARY, "cafe7f3e00"))
        .env("SIGNET_KEYS__MASTER_KEY_FILE", "key");
    let loaded = desk.load();
    let everything = format!("{} {loaded:?} {:?}", explain(&loaded), warnings(&loaded.config));
    assert!(!everything.contains(CANARY) && !everything.contains("cafe7f3e"), "{everything}");
    assert_eq!(loaded.config.database.url.unwrap().expose(), url);
}

#[test]
fn an_explanation_is_a_table_of_setting_value_and_source() {
    let desk = Desk::new()
        .file("[node]\nname = 'web-1'\n\n[database]\ndanger_plaintext = true\n")
        .holding("url", "postgres://signet@db.example.org/signet\n")
        .env("SIGNET_DATABASE__URL_FILE", "url")
        .env("SIGNET_SERVER__PUBLIC_URL", "https://id.example.org")
        .listen("0.0.0.0:8080");
    assert_eq!(
        explain(&desk.load()),
        "\
setting                             value                   from
server.listen                       0.0.0.0:8080            --listen
server.public_url                   https://id.example.org  SIGNET_SERVER__PUBLIC_URL
server.data                         ./var                   default
server.trusted_proxies              none                    default
server.max_connections              4096                    default
server.shutdown_grace_seconds       20                      default
node.name                           web-1                   signet.toml:2
node.region                         local                   default
database.url                        [secret]                SIGNET_DATABASE__URL_FILE
database.pool                       16                      default
database.ca_file                    none                    default
database.migrate                    auto                    default
database.danger_plaintext           true                    signet.toml:5  DANGER, see docs/ops/dangers.md
database.danger_unsynced_commits    false                   default
keys.master_key                     none                    default
mail.url                            none                    default
mail.from                           none                    default
mail.ca_file                        none                    default
mail.danger_plaintext               false                   default
accounts.sign_up                    false                   default
organisation.name                   Signet                  default
organisation.help                   none                    default
passkeys.rp_id                      id.example.org          default
passkeys.origins                    https://id.example.org  default
passkeys.attestation                none                    default
passkeys.former_rp_ids              none                    default
passkeys.danger_rp_id_changed       false                   default
passkeys.android_apps               none                    default
passkeys.apple_apps                 none                    default
authenticators.url                  none                    default
authenticators.url_ca_file          none                    default
authenticators.roots                none                    default
authenticators.host                 mds.fidoalliance.org    default
authenticators.tpm_vendors          none                    default
authenticators.danger_sha1_of_tpms  false                   default
log.level                           info                    default
metrics.allow                       127.0.0.0/8, ::1/128    default
"
    );
}

#[test]
fn warnings_name_what_is_permitted_and_still_worth_a_word() {
    let local = "server.public_url is plain http: people can sign in from this machine only";
    assert_eq!(warnings(&Desk::new().load().config), [local]);
    assert_eq!(
        warnings(&Desk::new().listen("0.0.0.0:8080").load().config),
        [local, "server.listen is reachable from other machines, but server.public_url is not: give server.public_url"]
    );
    let desk = Desk::new()
        .env("SIGNET_SERVER__PUBLIC_URL", "https://id.example.org")
        .env("SIGNET_METRICS__ALLOW", "0.0.0.0/0")
        .env("SIGNET_DATABASE__CA_FILE", "ca.pem");
    assert_eq!(
        warnings(&desk.load().config),
        [
            "server.public_url is https and server.trusted_proxies is empty: \
             every client will seem to come from the address of your proxy",
            "metrics.allow lets everyone read /metrics",
            "database.ca_file has no effect without database.url",
        ]
    );
    let quiet = desk
        .env("SIGNET_METRICS__ALLOW", "10.0.0.0/8")
        .env("SIGNET_SERVER__TRUSTED_PROXIES", "10.0.0.0/8")
        .env("SIGNET_DATABASE__URL", "postgres://db.example.org/signet");
    assert_eq!(warnings(&quiet.load().config), [""; 0]);
}

#[test]
fn every_danger_that_is_on_is_a_warning_and_marked_in_the_explanation() {
    for danger in SETTINGS.iter().filter(|setting| setting.is_danger()) {
        assert_eq!(danger.preset, Preset::Is("false"), "{} is off by default", danger.path);
        let loaded = Desk::new().env(&danger.env_name(), "true").load();
        let warning = format!("{} is on; what it risks is in docs/ops/dangers.md", danger.path);
        assert!(warnings(&loaded.config).contains(&warning));
        let marked = explain(&loaded).lines().any(|line| line.starts_with(danger.path) && line.contains("DANGER"));
        assert!(marked, "{}", explain(&loaded));
    }
}

// ---- the table and the documentation ----

#[test]
fn no_environment_name_means_two_settings() {
    let mut names: Vec<_> = SETTINGS.iter().flat_map(|one| [one.env_name(), one.env_name() + "_FILE"]).collect();
    let all = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), all);
}

#[test]
fn every_setting_stands_in_the_documentation_as_in_the_table() {
    let page = page("configuration.md");
    for setting in SETTINGS {
        let preset = match setting.preset {
            Preset::Is("") => "none".to_owned(),
            Preset::Is(words) => format!("`{words}`"),
            Preset::Follows(words) => words.to_owned(),
            Preset::Nothing => "none".to_owned(),
        };
        let secret = if setting.is_secret() { " Secret." } else { "" };
        let row = format!("| `{}` | {} | {preset} | {}{secret} |", setting.path, setting.takes, setting.help);
        assert!(page.lines().any(|line| line == row), "docs/ops/configuration.md needs the line\n{row}");
    }
    let rows = page.lines().filter(|line| line.starts_with("| `")).count();
    assert_eq!(rows, SETTINGS.len(), "docs/ops/configuration.md describes a setting that does not exist");
}

#[test]
fn every_danger_stands_in_the_list_of_dangers() {
    let page = page("dangers.md");
    for danger in SETTINGS.iter().filter(|setting| setting.is_danger()) {
        let heading = format!("## `{}`", danger.path);
        assert!(page.lines().any(|line| line == heading), "docs/ops/dangers.md needs the heading\n{heading}");
    }
}

fn page(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/ops").join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
