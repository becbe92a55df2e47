//! Signing in, over HTTP.

use axum::http::Method;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;
use testkit::House;
use vocab::Timestamp;

use crate::browser::{BROWSER, Browser, SESSION, knobs};
use crate::house::{get, router, router_and_hand};

const BEGIN: &str = "/api/v1/sign-in/passkey/begin";
const FINISH: &str = "/api/v1/sign-in/passkey/finish";

testkit::on_both_engines! {
    fn a_browser_signs_up_out_and_in_and_its_token_is_nowhere_but_in_its_cookie(house) {
        let app = house.app().await;
        let mut browser = Browser::new(&router(app.clone()));
        let mut passkey = browser.sign_up("maren").await;
        let token = browser.cookies[SESSION].clone();
        let own = browser.get("/api/v1/account").await;
        assert_eq!(own.json()["identifiers"][0], json!({ "kind": "username", "typed": "maren", "is_confirmed": true }));
        assert!(!own.text().contains(&token));
        assert_eq!(browser.post("/api/v1/account/sign-out", &json!({})).await.status.as_u16(), 204);
        assert!(!browser.cookies.contains_key(SESSION) && browser.cookies.contains_key(BROWSER));
        assert_eq!(browser.get("/api/v1/account").await.problem(), "sign-in-required");
        let signed_in = browser.sign_in(&mut passkey).await;
        assert_eq!(signed_in.status.as_u16(), 200);
        assert!(signed_in.json().get("token").is_none());
        assert_ne!(browser.cookies[SESSION], token);
        browser.cookies.insert(SESSION.to_owned(), token);
        assert_eq!(browser.get("/api/v1/account").await.problem(), "sign-in-required", "the old one is over");
        testkit::check_everything(&app).await;
    }

    fn a_program_gets_its_token_once_and_no_cookie(house) {
        let app = house.app().await;
        let mut browser = Browser::new(&router(app.clone()));
        let mut passkey = browser.sign_up("maren").await;
        let mut program = Browser::new(&router(app.clone()));
        program.origin = None;
        let secret = [7; 32];
        let binding = URL_SAFE_NO_PAD.encode(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &secret));
        let (state, options) = program.begin("/api/v1/sign-in/passkey", &json!({ "binding": binding })).await;
        let finish = json!({ "state": state, "credential": passkey.sign_in(&options, &knobs()) });
        for wrong in [json!(null), json!(URL_SAFE_NO_PAD.encode([8; 32]))] {
            let mut finish = finish.clone();
            finish["secret"] = wrong;
            assert_eq!(program.post(FINISH, &finish).await.problem(), "begin-again");
        }
        let mut finish = finish;
        finish["secret"] = json!(URL_SAFE_NO_PAD.encode(secret));
        let answer = program.post(FINISH, &finish).await;
        assert_eq!((answer.status.as_u16(), answer.header("set-cookie")), (200, None));
        assert!(program.cookies.is_empty());
        let bearer = format!("Bearer {}", answer.json()["token"].as_str().unwrap());
        let asked = || {
            let mut asked = get("/api/v1/account");
            asked.headers_mut().insert("authorization", bearer.parse().unwrap());
            asked
        };
        assert_eq!(program.ask(asked()).await.status.as_u16(), 200);
        let mut both = asked();
        both.headers_mut().insert("cookie", format!("{SESSION}={}", browser.cookies[SESSION]).parse().unwrap());
        assert_eq!(program.ask(both).await.problem(), "ambiguous");
        assert_eq!(program.post(FINISH, &finish).await.problem(), "begin-again");
        testkit::check_everything(&app).await;
    }

    fn a_browser_keeps_its_cookie_for_as_long_as_the_session_can_last(house) {
        let app = house.app().await;
        let mut browser = Browser::new(&router(app.clone()));
        let mut passkey = browser.sign_up("maren").await;
        let signed_in = browser.sign_in(&mut passkey).await;
        house.clock.advance(Duration::from_secs(100));
        let (state, options) = browser.begin("/api/v1/account/step-up", &json!({})).await;
        let finish = json!({ "state": state, "credential": passkey.sign_in(&options, &knobs()) });
        let stepped_up = browser.post("/api/v1/account/step-up/finish", &finish).await;
        for (answer, since) in [(signed_in, 100), (stepped_up, 0)] {
            let ends_at: Timestamp = answer.json()["session"]["ends_at"].as_str().unwrap().parse().unwrap();
            let left = ends_at.since(house.clock.time()).as_secs() + since;
            let cookie = answer.header("set-cookie").unwrap();
            assert!(left > 0 && cookie.ends_with(&format!("; Max-Age={left}")), "{left} {cookie}");
        }
        testkit::check_everything(&app).await;
    }

    fn w15_known_and_unknown_names_cannot_be_told_apart(house) {
        let app = house.app().await;
        let (router, hand) = router_and_hand(app.clone());
        let mut browser = Browser::new(&router);
        for n in 0..20 {
            browser.cookies.remove(SESSION);
            browser.sign_up(&format!("person{n}")).await;
            hand.turn(Duration::from_secs(60));
        }
        let shape = |options: &Value| -> Vec<String> { options.as_object().unwrap().keys().cloned().collect() };
        let mut shapes = BTreeSet::new();
        for n in 0..20 {
            for name in [format!("person{n}"), format!("nobody{n}")] {
                hand.turn(Duration::from_secs(60));
                let (_, options) = browser.begin("/api/v1/sign-in/passkey", &json!({ "identifier": name })).await;
                assert!(!options["allowCredentials"].as_array().unwrap().is_empty());
                shapes.insert(shape(&options));
            }
        }
        assert_eq!(shapes.len(), 1);
    }
}

#[test]
fn every_refusal_of_a_sign_in_has_its_problem() {
    testkit::run(async {
        let house = House::sqlite();
        let app = house.app().await;
        let mut browser = Browser::new(&router(app.clone()));
        let mut passkey = browser.sign_up("maren").await;
        let (state, options) = browser.begin("/api/v1/sign-in/passkey", &json!({})).await;
        let good = json!({ "state": state, "credential": passkey.sign_in(&options, &knobs()) });
        let with = |member: &str, value: Value| {
            let mut changed = good.clone();
            changed[member] = value;
            changed
        };
        for (body, problem) in [
            (with("state", json!("AAAA")), "begin-again"),
            (with("state", json!(7)), "unusable"),
            (with("credential", json!({})), "unusable"),
            (with("credential", json!("x")), "unusable"),
            (with("user_id", json!("somebody")), "unusable"),
            (with("challenge", json!("AAAA")), "unusable"),
            (with("secret", json!("short")), "unusable"),
            (json!([]), "unusable"),
        ] {
            assert_eq!(browser.post(FINISH, &body).await.problem(), problem, "{body}");
        }
        assert_eq!(browser.post(FINISH, &good).await.status.as_u16(), 200, "nothing of that spent it");
        let mut unverified = knobs();
        unverified.uv = false;
        let (state, options) = browser.begin("/api/v1/sign-in/passkey", &json!({})).await;
        let bad = json!({ "state": state, "credential": passkey.sign_in(&options, &unverified) });
        assert_eq!(browser.post(FINISH, &bad).await.problem(), "not-accepted");
        let digest = "A".repeat(43);
        assert_eq!(browser.post(BEGIN, &json!({ "binding": digest })).await.problem(), "unusable", "w24: it is a page");
        assert_eq!(browser.post(FINISH, &with("secret", json!(digest))).await.problem(), "unusable");
        let mut program = Browser { origin: None, cookies: Default::default(), ..Browser::new(&router(app.clone())) };
        for wrong in ["", "AAAA", &"A".repeat(44), "+++"] {
            assert_eq!(program.post(BEGIN, &json!({ "binding": wrong })).await.problem(), "unusable", "{wrong:?}");
        }
        let many = format!("{{\"state\":\"A\",\"credential\":[{}0]}}", "{},".repeat(2_000));
        let bomb = program.request(Method::POST, FINISH, Some("application/json"), many);
        assert_eq!(program.ask(bomb).await.problem(), "unusable", "i18");
        browser.cookies.clear();
        assert_eq!(browser.post(FINISH, &good).await.problem(), "begin-again", "without the browser's cookie");
    });
}

#[test]
fn o18_after_signing_in_a_browser_goes_nowhere_else() {
    testkit::run(async {
        let house = House::sqlite();
        let app = house.app().await;
        let mut browser = Browser::new(&router(app));
        let page = browser.get("/sign-in?next=//evil.example").await;
        assert!(!page.text().contains("evil"), "{}", page.text());
        let guarded = browser.get("/account").await;
        assert_eq!((guarded.status.as_u16(), guarded.header("location")), (303, Some("/sign-in?next=/account")));
        browser.sign_up("maren").await;
        let there = browser.get("/sign-in?next=https://evil.example").await;
        assert_eq!((there.status.as_u16(), there.header("location")), (303, Some("/account")));
    });
}
