use xtask::layers;

use crate::planted::{Tree, told};

/// What the check says about a room that contains this one file.
fn said_of(room: &str, file: &str, text: &str) -> Vec<String> {
    let tree = Tree::new().with_room(room, "").with(&format!("crates/{room}/src/{file}"), text);
    told(&layers::check(tree.root()))
}

#[test]
fn an_import_planted_in_a_pure_room_is_found_where_it_stands() {
    let said = said_of("vocab", "email.rs", "//! Words.\n\nuse std::fs::File;\n");
    assert_eq!(said, ["crates/vocab/src/email.rs:3: vocab names std::fs::File"]);
}

#[test]
fn every_forbidden_thing_is_found_in_its_room() {
    let plants = [
        ("vocab", "fn f() { std::env::var(\"A\"); }", "vocab names std::env::var"),
        ("identity", "use std::net::{IpAddr, TcpStream};", "identity names std::net::TcpStream"),
        ("identity", "use std as s; fn f() { s::fs::read(p); }", "identity names std::fs::read"),
        ("policy", "use std::time; type T = time::SystemTime;", "policy names std::time::SystemTime"),
        ("policy", "use std::time::*;", "policy names std::time::*"),
        ("rollout", "fn f() -> f64 { rand::random() }", "rollout names rand::random"),
        ("audit", "use aws_lc_rs::rand::SystemRandom;", "audit names aws_lc_rs::rand::SystemRandom"),
        ("audit", "fn f() { jiff::Timestamp::now(); }", "audit names jiff::Timestamp::now"),
        ("webauthn", "#[tokio::test_like] fn f() {}", "webauthn names tokio::test_like"),
        ("webauthn", "pub async fn f() {}", "webauthn has async code"),
        ("jose", "fn f() { tracing::info!(\"x\"); }", "jose names tracing::info"),
        ("oidc", "use axum::Json;", "oidc names axum::Json"),
        ("oidc", "use saml::Assertion;", "oidc names saml::Assertion"),
        ("scim", "const Q: &str = \"SELECT a FROM t\";", "scim has SQL text"),
        ("saml", "use anyhow::Result;", "saml names anyhow::Result"),
        ("store", "use app::Clock;", "store names app::Clock"),
        ("store", "use policy::decide;", "store names policy::decide"),
        ("store", "use std::time::SystemTime;", "store names std::time::SystemTime"),
        ("app", "use http::HeaderMap;", "app names http::HeaderMap"),
        ("app", "use rusqlite::Connection;", "app names rusqlite::Connection"),
        ("app", "const Q: &str = r#\"\n DELETE FROM t\"#;", "app has SQL text"),
        ("app", "use web::Ctx;", "app names web::Ctx"),
        ("jobs", "use web::Ctx;", "jobs names web::Ctx"),
        ("jobs", "const Q: &str = \"UPDATE t SET a = $1\";", "jobs has SQL text"),
        ("outbound", "use store::Store;", "outbound names store::Store"),
        ("web", "use store::Store;", "web names store::Store"),
        ("web", "use tokio_postgres::Client;", "web names tokio_postgres::Client"),
        ("web", "use aws_lc_rs::signature::EcdsaKeyPair;", "web names aws_lc_rs::signature::EcdsaKeyPair"),
        ("web", "fn f() { identity::account::disable(a); }", "web names identity::account::disable"),
        (
            "web",
            "use identity::session::Session; fn f() { Session::open(e) }",
            "web names identity::session::Session::open",
        ),
        ("server", "use policy::decide;", "server names policy::decide"),
        ("server", "use identity::Account;", "server names identity::Account"),
    ];
    for (room, text, expected) in plants {
        let said = said_of(room, "plant.rs", text);
        assert!(said.iter().any(|line| line.ends_with(expected)), "{room}: {text}: {said:?}");
    }
}

#[test]
fn what_only_looks_forbidden_is_left_alone() {
    let innocent = [
        ("vocab", "//! Never `std::fs`.\n/* use tokio; */\nconst A: &str = \"use std::fs; async fn\";"),
        ("vocab", "use std::net::{IpAddr, Ipv4Addr, SocketAddr};\nuse std::time::Duration;"),
        ("vocab", "#[cfg(test)]\nmod tests { use std::fs; async fn f() {} }"),
        ("vocab", "mod policy; use policy::Word;"),
        ("identity", "use webauthn::Verified; use policy::Granted; use vocab::AccountId;"),
        ("oidc", "use jose::Jwt;"),
        ("app", "const HELP: &str = \"DELETE /api/v1/accounts\"; const S: &str = \"Select a plan\";"),
        ("web", "use identity::account::State; fn f(s: State) -> bool { s == State::Active }"),
        ("web", "use aws_lc_rs::digest;"),
        ("server", "mod policy; fn f() { policy::read() }"),
    ];
    for (room, text) in innocent {
        assert_eq!(said_of(room, "plant.rs", text), [""; 0], "{room}: {text}");
    }
}

#[test]
fn a_test_module_in_its_own_file_may_name_what_it_likes() {
    let tree = Tree::new().with_room("vocab", "");
    let tree = tree.with("crates/vocab/src/email.rs", "#[cfg(test)]\nmod walks;");
    let tree = tree.with("crates/vocab/src/email/walks.rs", "use std::fs;");
    assert_eq!(told(&layers::check(tree.root())), [""; 0]);
}

#[test]
fn a_manifest_is_held_to_the_table() {
    let plants = [
        ("vocab", "idna = \"1\"\nidentity.workspace = true", "vocab/Cargo.toml:6: vocab depends on identity"),
        ("policy", "tokio = \"1\"", "policy/Cargo.toml:5: policy depends on tokio"),
        (
            "policy",
            "quiet = { package = \"tracing\", version = \"1\" }",
            "policy/Cargo.toml:5: policy depends on tracing",
        ),
        ("web", "store = { path = \"../store\" }", "web/Cargo.toml:5: web depends on store"),
        ("app", "testkit.workspace = true", "app/Cargo.toml:5: app depends on testkit"),
        ("app", "[target.'cfg(unix)'.dependencies]\naxum = \"1\"", "app/Cargo.toml:6: app depends on axum"),
        ("jose", "[build-dependencies]\nrand = \"1\"", "jose/Cargo.toml:6: jose depends on rand"),
        ("store", "[dev-dependencies]\napp.workspace = true", "store/Cargo.toml:6: store depends (for tests) on app"),
        ("store", "[dependencies.web]\nworkspace = true", "store/Cargo.toml:5: store depends on web"),
    ];
    for (room, dependencies, expected) in plants {
        let tree = Tree::new().with_room(room, dependencies);
        let said = told(&layers::check(tree.root()));
        assert!(said.iter().any(|line| line.ends_with(expected)), "{room}: {dependencies}: {said:?}");
    }
}

#[test]
fn a_workspace_rename_does_not_hide_a_crate() {
    let tree = Tree::new()
        .with(
            "Cargo.toml",
            "[workspace]\nmembers = []\n[workspace.dependencies]\nquiet = { package = \"axum\", version = \"1\" }\n",
        )
        .with_room("app", "quiet.workspace = true");
    assert_eq!(told(&layers::check(tree.root())), ["crates/app/Cargo.toml:5: app depends on axum"]);
}

#[test]
fn tests_of_any_room_may_use_the_testkit_and_the_runtime() {
    let tree = Tree::new().with_room("vocab", "[dev-dependencies]\ntestkit.workspace = true\ntokio = \"1\"");
    assert_eq!(told(&layers::check(tree.root())), [""; 0]);
}

#[test]
fn a_room_without_a_line_in_the_table_is_found() {
    let tree = Tree::new()
        .with("Cargo.toml", "[workspace]\nmembers = [\"crates/*\", \"tools\"]\n")
        .with("crates/attic/notes.txt", "")
        .with_room("vocab", "")
        .with("crates/vocab/nested/Cargo.toml", "[package]\nname = \"nested\"\n");
    let said = told(&layers::check(tree.root()));
    let folders: Vec<&str> =
        said.iter().filter_map(|line| line.strip_suffix(":1: a room without a line in the table")).collect();
    assert_eq!(folders, ["crates/attic", "crates/vocab/nested", "tools"]);
}

#[test]
fn a_room_under_another_name_is_found() {
    let tree = Tree::new().with("crates/web/Cargo.toml", "[package]\nname = \"front\"\n");
    assert_eq!(
        told(&layers::check(tree.root())),
        ["crates/web/Cargo.toml:1: the crate in crates/web is not called web"]
    );
}

#[test]
fn inside_app_and_web_a_lower_module_never_names_a_higher_one() {
    let plants = [
        ("app", "session.rs", "use crate::admin;", "session names admin"),
        ("app", "session/token.rs", "use super::super::oidc::Client;", "session names oidc"),
        ("app", "sign_in.rs", "fn f() { super::saml::begin() }", "sign_in names saml"),
        ("app", "scim.rs", "fn f(&self) { self.admin().create() }", "scim names admin"),
        ("web", "session.rs", "use app::sign_in::Outcome;", "session names sign_in"),
        ("web", "recovery.rs", "async fn f(app: App) { app.oidc().begin().await }", "recovery names oidc"),
    ];
    for (room, file, text, expected) in plants {
        let said = said_of(room, file, text);
        assert!(said.iter().any(|line| line.ends_with(expected)), "{room}/{file}: {text}: {said:?}");
    }
    assert_eq!(said_of("app", "admin.rs", "use crate::{oidc, session};"), [""; 0]);
    assert_eq!(said_of("app", "sign_in.rs", "use crate::recovery; use super::session;"), [""; 0]);
    assert_eq!(said_of("app", "session/token.rs", "use super::admin;"), [""; 0]);
}

#[test]
fn rooms_and_imports_are_counted() {
    let tree = Tree::new().with_room("identity", "vocab.workspace = true");
    let tree = tree.with("crates/identity/src/lib.rs", "use vocab::{AccountId, Email};");
    let survey = layers::survey(tree.root());
    assert_eq!((survey.rooms, survey.imports, survey.findings.len()), (2, 3, 0));
}
