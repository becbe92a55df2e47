//! One clear sentence, exit code 2, nothing changed.

use std::os::unix::fs::PermissionsExt;

use crate::Site;

fn refused(site: &Site, arguments: &[&str]) -> String {
    let before = site.contents();
    let ended = site.run(arguments);
    assert_eq!(ended.status, Some(2), "{}{}", ended.out, ended.err);
    assert_eq!(site.contents(), before, "something was changed");
    let sentence: Vec<&str> = ended.err.lines().filter(|line| !line.starts_with('{')).collect();
    assert_eq!(sentence.len(), 1, "{}", ended.err);
    sentence[0].to_owned()
}

const SERVE: [&str; 3] = ["serve", "--listen", "127.0.0.1:0"];

#[test]
fn a_port_that_is_taken() {
    let site = Site::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let sentence = refused(&site, &["serve", "--listen", &address]);
    assert!(sentence.contains(&address) && sentence.contains("in use"), "{sentence}");
    assert!(!site.data().exists(), "the data folder was made before the port was had");
}

#[test]
fn a_configuration_that_cannot_be_read() {
    let site = Site::new();
    std::fs::write(site.folder().join("signet.toml"), "[database]\nulr = 'postgres://localhost/signet'\n").unwrap();
    let ended = site.run(&SERVE);
    assert_eq!(ended.status, Some(2));
    assert!(ended.err.contains("signet.toml:2") && ended.err.contains("database.url"), "{}", ended.err);
    assert!(!site.data().exists());
}

#[test]
fn a_folder_another_server_uses() {
    let site = Site::new();
    let _first = site.serve();
    let ended = site.run(&SERVE);
    assert_eq!(ended.status, Some(2), "{}{}", ended.out, ended.err);
    assert!(ended.err.contains("another server is using the data folder"), "{}", ended.err);
}

#[test]
fn a_schema_newer_than_this_signet() {
    let site = Site::served_once();
    let database = rusqlite::Connection::open(site.data().join("signet.db")).unwrap();
    database.execute("INSERT INTO migrations VALUES (99, 'later', x'00', 99)", []).unwrap();
    database.close().unwrap();
    let sentence = refused(&site, &SERVE);
    assert!(sentence.contains("schema 99") && sentence.contains("newer signet"), "{sentence}");
}

#[test]
fn f17_a_database_behind_its_fence_until_an_operator_accepts_it() {
    let site = Site::served_once();
    std::fs::write(site.data().join("fence"), "epoch 0\nlatch 0\nmark 9000000000000000\n").unwrap();
    let sentence = refused(&site, &SERVE);
    assert!(sentence.contains("restored from a backup") && sentence.contains("accept-restore"), "{sentence}");
    assert!(site.said(&["admin", "accept-restore"]).contains("restore epoch is 1"));
    assert_eq!(site.serve().stop().code(), Some(0));
    assert!(site.said(&["doctor"]).contains("stands together"));
}

#[test]
fn a_master_key_that_others_may_read_is_another_one_or_is_missing() {
    let site = Site::served_once();
    let key = site.data().join("master.key");
    let right = std::fs::read(&key).unwrap();
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o640)).unwrap();
    assert!(refused(&site, &SERVE).contains("chmod 600"));
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
    std::fs::write(&key, "0f".repeat(32)).unwrap();
    assert!(refused(&site, &SERVE).contains("not the one this database's keys are wrapped under"));
    std::fs::remove_file(&key).unwrap();
    assert!(refused(&site, &SERVE).contains("master.key is missing"));
    std::fs::write(&key, right).unwrap();
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(site.serve().stop().code(), Some(0));
}

#[test]
fn a_command_on_a_folder_without_a_database() {
    let site = Site::new();
    let sentence = refused(&site, &["admin", "account", "list"]);
    assert!(sentence.contains("there is no database in"), "{sentence}");
}

#[test]
fn a_schema_behind_when_migrations_are_manual() {
    let site = Site::new();
    std::fs::write(site.folder().join("signet.toml"), "[database]\nmigrate = 'manual'\n").unwrap();
    let ended = site.run(&SERVE);
    assert_eq!(ended.status, Some(2));
    assert!(ended.err.contains("run 'signet migrate --apply'"), "{}", ended.err);
    assert!(site.said(&["migrate", "--plan"]).contains("CREATE TABLE accounts"));
    let applied = site.said(&["migrate", "--apply"]);
    assert!(applied.starts_with("applied 1 ground\n"), "{applied}");
    assert!(applied.lines().all(|step| step.starts_with("applied ")), "{applied}");
    assert_eq!(site.said(&["migrate", "--apply"]), "The schema is up to date.\n");
    assert_eq!(site.serve().stop().code(), Some(0));
}

/// A backup brought back under a running server: it ends, instead of answering from a past that was taken back.
#[test]
fn f17_a_server_whose_database_goes_back_ends_with_2() {
    let site = Site::new();
    let server = site.serve();
    // The first round moves the mark and remembers it; the next one comes in ten seconds and finds a later epoch.
    let fence = site.data().join("fence");
    while !std::fs::read_to_string(&fence).is_ok_and(|text| !text.contains("mark 0\n")) {
        std::thread::yield_now();
    }
    std::fs::write(&fence, "epoch 9\nlatch 0\nmark 0\n").unwrap();
    assert_eq!(server.wait().code(), Some(2));
}
