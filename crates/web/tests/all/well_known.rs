//! What programs look for under `/.well-known/`.

use app::{App, RelyingParty, Site, Wiring};
use axum::Router;
use serde_json::json;
use testkit::House;
use vocab::url::PublicUrl;
use vocab::{Origin, RpId};
use web::{AndroidApp, AppleApp, Ticks, Web, WebSettings};

use crate::house::{Answer, STRANGER, ask, get, settings, web};

const SIGNERS: [&str; 2] = ["AB", "CD"];

fn android(package: &str, pair: &str) -> AndroidApp {
    AndroidApp::parse(&format!("{package}@{}", [pair; 32].join(":"))).unwrap()
}

/// A house of `example.org` with pages elsewhere and apps.
async fn configured(house: &House) -> Router {
    let public_url = PublicUrl::parse("https://id.example.org").unwrap();
    let origins = ["https://id.example.org", "https://shop.example.org", "https://example.com", "https://example.net"];
    let relying_party = RelyingParty {
        id: RpId::parse("example.org").unwrap(),
        origins: origins.map(|origin| Origin::parse(origin).unwrap()).into(),
        ..testkit::site().relying_party
    };
    let site = Site { public_url, relying_party, ..testkit::site() };
    let wiring = Wiring { site, ..house.wiring(house.open(None).await) };
    let [one, two] = SIGNERS;
    let settings = WebSettings {
        android_apps: vec![android("org.example.b", one), android("org.example.a", one), android("org.example.b", two)],
        apple_apps: ["A1B2C3D4E5.org.example.app", "F6G7H8I9J0.org.example"]
            .map(|app| AppleApp::parse(app).unwrap())
            .into(),
        ..settings()
    };
    web::router_with(Web { settings, ..web(App::start(wiring).await.unwrap()) }, Ticks::monotonic())
}

#[track_caller]
fn is_a_file_for_everybody(answer: &Answer) {
    assert_eq!(answer.status.as_u16(), 200);
    for (name, value) in [
        ("content-type", Some("application/json")),
        ("cache-control", Some("public, max-age=3600")),
        ("access-control-allow-origin", Some("*")),
        ("cross-origin-resource-policy", None),
        ("set-cookie", None),
        ("x-content-type-options", Some("nosniff")),
    ] {
        assert_eq!(answer.header(name), value, "{name}");
    }
}

#[test]
fn what_is_configured_is_found_in_the_form_that_its_readers_know() {
    testkit::run(async {
        let house = House::sqlite();
        let router = configured(&house).await;
        let [one, two] = SIGNERS.map(|pair| [pair; 32].join(":"));
        let relation = ["delegate_permission/common.handle_all_urls", "delegate_permission/common.get_login_creds"];
        let statement = |package: &str, signers: &[&String]| {
            json!({ "relation": relation, "target": {
                "namespace": "android_app", "package_name": package, "sha256_cert_fingerprints": signers,
            } })
        };
        for (path, expected) in [
            ("webauthn", json!({ "origins": ["https://example.com", "https://example.net"] })),
            (
                "passkey-endpoints",
                json!({ "enroll": "https://id.example.org/account", "manage": "https://id.example.org/account" }),
            ),
            (
                "assetlinks.json",
                json!([statement("org.example.a", &[&one]), statement("org.example.b", &[&one, &two])]),
            ),
            (
                "apple-app-site-association",
                json!({ "webcredentials": { "apps": ["A1B2C3D4E5.org.example.app", "F6G7H8I9J0.org.example"] } }),
            ),
        ] {
            let answer = ask(&router, STRANGER, get(&format!("/.well-known/{path}"))).await;
            is_a_file_for_everybody(&answer);
            assert_eq!(answer.json(), expected, "{path}");
        }
    });
}

/// To the passkeys of a domain of before, our own pages are those of another.
#[test]
fn a_domain_of_before_is_told_of_our_own_pages() {
    testkit::run(async {
        let house = House::sqlite();
        let site = Site { former_rp_ids: vec![RpId::parse("old.example").unwrap()], ..testkit::site() };
        let wiring = Wiring { site, ..house.wiring(house.open(None).await) };
        let router = crate::house::router(App::start(wiring).await.unwrap());
        let answer = ask(&router, STRANGER, get("/.well-known/webauthn")).await;
        is_a_file_for_everybody(&answer);
        assert_eq!(answer.json(), json!({ "origins": ["http://localhost:8080"] }));
    });
}

#[test]
fn what_is_not_configured_is_not_there() {
    testkit::run(async {
        let house = House::sqlite();
        let router = crate::house::router(house.app().await);
        for path in ["webauthn", "assetlinks.json", "apple-app-site-association"] {
            let answer = ask(&router, STRANGER, get(&format!("/.well-known/{path}"))).await;
            assert_eq!((answer.problem().as_str(), answer.header("cache-control")), ("not-found", Some("no-store")));
        }
        is_a_file_for_everybody(&ask(&router, STRANGER, get("/.well-known/passkey-endpoints")).await);
    });
}

#[test]
fn who_looks_for_a_password_to_change_is_led_to_the_account() {
    testkit::run(async {
        let house = House::sqlite();
        let router = crate::house::router(house.app().await);
        let answer = ask(&router, STRANGER, get("/.well-known/change-password")).await;
        assert_eq!((answer.status.as_u16(), answer.header("location")), (302, Some("/account")));
        assert_eq!((answer.header("cache-control"), answer.header("set-cookie")), (Some("no-store"), None));
        let trap = "/.well-known/resource-that-should-not-exist-whose-status-code-should-not-be-200";
        assert_eq!(ask(&router, STRANGER, get(trap)).await.status.as_u16(), 404);
    });
}
