//! The commands, beside a running server and without one.

use serde_json::{Value, json};
use testkit::WebSink;

use crate::Site;

const MAREN: [&str; 9] =
    ["admin", "account", "create", "--name", "Maren Holt", "--username", "Maren", "--email", "maren@example.com"];

#[test]
fn accounts_are_created_listed_and_disabled_beside_a_running_server() {
    let site = Site::new();
    let _server = site.serve();
    let id = site.said(&MAREN).trim().to_owned();
    let taken = site.run(&["admin", "account", "create", "--name", "Other", "--username", "maren"]);
    assert_eq!((taken.status, taken.err.as_str()), (Some(1), "another account has this username\n"));
    assert!(site.said(&["admin", "account", "list"]).contains("Maren Holt"));
    let gone = site.said(&["admin", "account", "disable", "MAREN@example.com", "--reason", "left"]);
    assert_eq!(gone, format!("{id} is disabled.\n"));
    let again = site.run(&["admin", "account", "disable", &id, "--reason", "again"]);
    assert_eq!((again.status, again.err.as_str()), (Some(1), "this account is disabled already\n"));
    assert!(site.said(&["admin", "account", "list", "--state", "disabled"]).contains(&id));
    assert!(site.said(&["admin", "account", "list", "--state", "active"]).starts_with("There are no accounts here."));
    assert!(site.said(&["doctor"]).contains("looked at 1 accounts"));
}

#[test]
fn keys_are_listed_and_followed() {
    let site = Site::served_once();
    let list = site.said(&["keys", "list"]);
    for use_for in ["sealing", "cookie", "decoy", "audit"] {
        let line = list.lines().find(|line| line.starts_with(use_for)).unwrap();
        assert!(line.contains("active"), "{line}");
    }
    assert!(site.said(&["keys", "rotate", "sealing"]).contains("takes over at"));
    let second = site.run(&["keys", "rotate", "sealing"]);
    assert_eq!(second.status, Some(1));
    assert!(second.err.contains("is waiting already"), "{}", second.err);
    assert!(site.said(&["keys", "list"]).lines().any(|line| line.starts_with("sealing") && line.contains("next")));
    assert!(site.said(&["doctor"]).contains("stands together"));
}

#[test]
fn doctor_finds_what_was_changed_behind_its_back() {
    let site = Site::served_once();
    site.said(&MAREN);
    let database = rusqlite::Connection::open(site.data().join("signet.db")).unwrap();
    database.execute("UPDATE accounts SET state = 'disabled'", []).unwrap();
    database.close().unwrap();
    let doctor = site.run(&["doctor"]);
    assert_eq!(doctor.status, Some(1));
    assert!(doctor.out.contains("BROKEN") && doctor.out.contains("its entries say otherwise"), "{}", doctor.out);
}

#[test]
fn configuration_is_checked_and_explained() {
    let site = Site::new();
    assert!(site.said(&["check-config"]).contains("The configuration is sound."));
    let explained = site.said(&["config", "--explain"]);
    assert!(explained.lines().any(|line| line.contains("server.listen") && line.contains("default")), "{explained}");
    assert!(!site.data().exists(), "looking at the configuration makes nothing");
}

#[test]
fn f17_doctor_says_when_this_node_remembers_nothing() {
    let site = Site::served_once();
    assert!(!site.said(&["doctor"]).contains("no fence file"));
    std::fs::remove_file(site.data().join("fence")).unwrap();
    assert!(site.said(&["doctor"]).contains("this node has no fence file"));
}

#[test]
fn recorded_ceremonies_are_judged_one_a_line_whatever_they_are() {
    let site = Site::new();
    let challenge = authenticator::base64url([7; 32]);
    let options = json!({"rp": {"id": "example.org"}, "user": {"id": "YW5u"}, "challenge": challenge});
    let knobs = authenticator::Knobs::at("https://example.org");
    let (mut passkey, registration) = authenticator::register(&options, &knobs);
    let expected = json!({"rp_id": "example.org", "origins": ["https://example.org"], "challenge": challenge});
    let case = |id: &str, members: Value| {
        let mut case = expected.clone();
        case["id"] = id.into();
        case.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        case
    };
    let stored = json!({
        "credential_id": authenticator::base64url(&passkey.id),
        "public_key": authenticator::base64url(passkey.key.cose()),
        "sign_count": 1,
    });
    let first = passkey.sign_in(&options, &knobs);
    let second = passkey.sign_in(&options, &knobs);
    let cases = json!({"cases": [
        case("made", json!({"kind": "registration", "response": registration})),
        case("elsewhere", json!({"kind": "registration", "response": registration, "origins": ["https://example.com"]})),
        7,
        case("without a kind", json!({"response": registration})),
        case("a count that stands", json!({"kind": "assertion", "response": first, "stored": stored})),
        case("a count that rises", json!({"kind": "assertion", "response": second, "stored": stored})),
    ]});
    std::fs::write(site.folder().join("cases.json"), cases.to_string()).unwrap();
    let said = site.said(&["ceremony", "check", "cases.json"]);
    let lines: Vec<_> = said.lines().collect();
    assert_eq!(
        lines,
        [
            r#"{"id":"made","verdict":"accept","reason":null,"step":null,"format":"none","vouched":"none"}"#,
            r#"{"id":"elsewhere","verdict":"reject","reason":"client_data.origin","step":"7.1.9"}"#,
            r#"{"id":null,"verdict":"reject","reason":"case.kind","step":null}"#,
            r#"{"id":"without a kind","verdict":"reject","reason":"case.kind","step":null}"#,
            r#"{"id":"a count that stands","verdict":"reject","reason":"credential.sign_count","step":"7.2.22"}"#,
            r#"{"id":"a count that rises","verdict":"accept","reason":null,"step":null}"#,
        ]
    );
    assert!(!site.data().exists(), "looking at ceremonies makes nothing");
    for (file, words) in [("no.json", "no.json: No such file"), ("empty.json", "no list of ceremonies")] {
        std::fs::write(site.folder().join("empty.json"), "{}").unwrap();
        let ended = site.run(&["ceremony", "check", file]);
        assert_eq!(ended.status, Some(2));
        assert!(ended.err.contains(words), "{}", ended.err);
    }
}

#[test]
fn lists_of_models_are_imported_and_shown() {
    let site = Site::served_once();
    std::fs::write(site.folder().join("roots.pem"), pem(authenticator::metadata::root())).unwrap();
    let settings = "[authenticators]\nroots = \"roots.pem\"\nhost = \"lists.example.org\"\n";
    std::fs::write(site.folder().join("signet.toml"), settings).unwrap();
    assert!(site.said(&["authenticators", "list"]).starts_with("Nothing is known"));
    let aaguid = "61206d6f-6465-6c20-6f66-206f75727321";
    let key = authenticator::metadata::entry(aaguid, "Key of ours", &[], &[("REVOKED", "2026-01-01")]);
    let list = authenticator::metadata::published(7, &[key, json!({"aaguid": "none"})]);
    std::fs::write(site.folder().join("list.jwt"), &list).unwrap();
    let imported = site.said(&["authenticators", "import", "list.jwt"]);
    assert!(imported.starts_with("List 7 is known now; models in it: 1.\n"), "{imported}");
    assert!(imported.contains("warning: left out, because they cannot be read: 1"), "{imported}");
    let again = site.run(&["authenticators", "import", "list.jwt"]);
    assert_eq!((again.status, again.err.as_str()), (Some(1), "list 7 is known already\n"));
    let shown = site.said(&["authenticators", "list"]);
    let line = shown.lines().find(|line| line.starts_with("Key of ours")).unwrap();
    assert!(line.contains(aaguid) && line.contains("REVOKED") && line.contains("in hardware"), "{line}");
    std::fs::write(site.folder().join("signet.toml"), "").unwrap();
    let stranger = site.run(&["authenticators", "import", "list.jwt"]);
    assert_eq!(stranger.status, Some(1));
    assert!(stranger.err.contains("does not lead to a root"), "{}", stranger.err);
}

#[test]
fn lists_of_models_are_fetched_by_whoever_serves_and_whenever_somebody_asks() {
    testkit::run(async {
        let (site, published) = (Site::new(), WebSink::plain().await);
        std::fs::write(site.folder().join("roots.pem"), pem(authenticator::metadata::root())).unwrap();
        let url = format!("http://localhost:{}/list", published.port());
        let trusted = "roots = 'roots.pem'\nhost = 'lists.example.org'\n";
        let settings =
            |url: &str| std::fs::write(site.folder().join("signet.toml"), format!("[authenticators]\n{trusted}{url}"));
        settings(&format!("url = '{url}'\n")).unwrap();
        published.answer("503 Service Unavailable", b"");
        let server = site.serve();
        while published.heard().is_empty() {
            tokio::task::yield_now().await;
        }
        assert_eq!(server.stop().code(), Some(0));
        let warning =
            |said: &str| said.contains("comes since 20") && said.contains("it answers 503 Service Unavailable");
        let doctor = site.said(&["doctor"]);
        assert!(warning(&doctor), "{doctor}");
        published.answer("200 OK", authenticator::metadata::published(7, &[]).as_bytes());
        assert_eq!(site.said(&["authenticators", "import"]), "List 7 is known now; models in it: 0.\n");
        let again = "List 7 is the newest there, and is known already.\n";
        assert_eq!(site.said(&["authenticators", "import", &url]), again);
        settings("").unwrap();
        assert!(!warning(&site.said(&["doctor"])));
        for (from, words) in [
            (vec![], "name a file or an address, or set authenticators.url"),
            (vec!["http://mds.example.org/"], "plain http is accepted for localhost and loopback addresses only"),
            (vec!["https://ann:pw@mds.example.org/"], "cannot contain a user name"),
        ] {
            let ended = site.run(&[vec!["authenticators", "import"], from].concat());
            assert_eq!(ended.status, Some(2));
            assert!(ended.err.contains(words) && !ended.err.contains("pw@"), "{}", ended.err);
        }
    });
}

fn pem(der: Vec<u8>) -> String {
    let text = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, der);
    format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n")
}

#[test]
fn another_domain_is_refused_while_somebody_has_passkeys_for_this_one() {
    let site = Site::served_once();
    let moved = |url: &str| format!("[server]\npublic_url = \"{url}\"\n");
    std::fs::write(site.folder().join("signet.toml"), moved("http://localhost:8080")).unwrap();
    assert!(site.said(&["check-config"]).contains("The configuration is sound."));
    let database = rusqlite::Connection::open(site.data().join("signet.db")).unwrap();
    let account = site.said(&MAREN).trim().to_owned();
    database
        .execute_batch(
            "INSERT INTO credentials (account_id, id, raw_id, public_key, algorithm, sign_count, aaguid, attestation, \
             transports, is_backup_eligible, is_backed_up, is_user_verified, name, state, rev, made_at, rp_id) \
             SELECT id, id, id, id, -7, 0, id, 'none', '', 0, 0, 1, 'Key', 'active', 1, 0, 'localhost' FROM accounts",
        )
        .unwrap();
    assert!(!account.is_empty());
    std::fs::write(site.folder().join("signet.toml"), moved("https://id.example.org")).unwrap();
    for command in [&["check-config"][..], &["serve", "--listen", "127.0.0.1:0"]] {
        let ended = site.run(command);
        assert!(matches!(ended.status, Some(1 | 2)), "{command:?}: {ended:?}");
        assert!(
            ended.err.contains("1 passkey of 1 account, made for localhost, would be of no use"),
            "{command:?}: {}",
            ended.err
        );
    }
}
