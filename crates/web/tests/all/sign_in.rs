//! Signing in, signing up and being signed in, over HTTP.

use axum::body::Body;
use axum::http::Method;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;
use testkit::House;
use web::route::{Authority, Face, table};

use crate::browser::{BROWSER, Browser, ORIGIN, SESSION, knobs};
use crate::house::{Hand, STRANGER, address_of, ask, body_for, get, post, router, web};

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

    fn w15_known_and_unknown_names_cannot_be_told_apart(house) {
        let app = house.app().await;
        let hand = Hand::default();
        let router = web::router_with(web(app.clone()), hand.ticks());
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
fn w13_w14_every_route_of_an_account_needs_its_session() {
    testkit::run(async {
        let house = House::sqlite();
        let app = house.app().await;
        let (hand, mut seen) = (Hand::default(), 0);
        let router = web::router_with(web(app.clone()), hand.ticks());
        let mut owner = Browser::new(&router);
        owner.sign_up("maren").await;
        let passkey = owner.passkeys().await.remove(0);
        let session = owner.get("/api/v1/account").await.json()["session_id"].as_str().unwrap().to_owned();
        let mut other = Browser::new(&router);
        other.sign_up("eve").await;
        for row in table().into_iter().filter(|row| row.authority == Authority::Session) {
            hand.turn(Duration::from_secs(60));
            let id = if row.path.contains("/sessions/") { &session } else { &passkey };
            let path = row.path.replace("{id}", id);
            let (kind, body) = body_for(&row);
            for token in [None, Some("AAAA".to_owned()), Some("A".repeat(86)), Some("%00".to_owned())] {
                let mut nobody = Browser::new(&router);
                nobody.cookies.extend(token.map(|token| (SESSION.to_owned(), token)));
                let answer = nobody.ask(nobody.request(row.method.clone(), &path, kind, body)).await;
                match row.face {
                    Face::Page => {
                        assert_eq!(answer.status.as_u16(), 303, "{path}");
                        assert!(answer.header("location").unwrap().starts_with("/sign-in"), "{path}");
                    }
                    _ => assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (401, "sign-in-required")),
                }
            }
            if row.path.contains("{id}") {
                let answer = other.ask(other.request(row.method.clone(), &path, kind, body)).await;
                assert_eq!(answer.status.as_u16(), 404, "{path} is somebody else's");
            }
            seen += 1;
        }
        assert!(seen >= 20, "{seen}");
        assert_eq!(owner.get("/api/v1/account").await.status.as_u16(), 200);
        assert_eq!(owner.passkeys().await, [passkey]);
        testkit::check_everything(&app).await;
    });
}

#[test]
fn r19_no_member_that_is_not_asked_for_is_taken() {
    testkit::run(async {
        let house = House::sqlite();
        let (app, hand) = (house.app().await, Hand::default());
        let router = web::router_with(web(app.clone()), hand.ticks());
        let mut browser = Browser::new(&router);
        browser.sign_up("maren").await;
        let protected =
            ["user_id", "account_id", "role", "state", "verified_at", "is_confirmed", "id", "origin", "rp_id"];
        for row in table()
            .into_iter()
            .filter(|row| row.method == Method::POST && row.face == Face::Api && row.authority != Authority::Operator)
        {
            let (_, body) = body_for(&row);
            let Ok(Value::Object(good)) = serde_json::from_str::<Value>(body) else { continue };
            if good.is_empty() && !row.path.ends_with("begin") {
                continue; // it reads no body
            }
            for member in protected.iter().filter(|member| !good.contains_key(**member)) {
                hand.turn(Duration::from_secs(60));
                let mut body = good.clone();
                body.insert((*member).to_owned(), json!("anything"));
                let answer = browser.post(&address_of(&row), &Value::Object(body)).await;
                assert_eq!(answer.status.as_u16(), 422, "{} {member}: {}", row.path, answer.text());
            }
        }
        assert_eq!(browser.get("/api/v1/account").await.json()["role"], "person");
    });
}

#[test]
fn a_page_of_another_origin_changes_nothing_on_any_route() {
    testkit::run(async {
        let house = House::sqlite();
        let (app, hand) = (house.app().await, Hand::default());
        let router = web::router_with(web(app.clone()), hand.ticks());
        let mut browser = Browser::new(&router);
        browser.sign_up("maren").await;
        let cookies = browser.cookies.clone();
        let mut seen = 0;
        for row in table().into_iter().filter(|row| {
            row.method == Method::POST && matches!(row.authority, Authority::Session | Authority::Visitor)
        }) {
            let (kind, body) = body_for(&row);
            let asked =
                |headers: &[(&'static str, &str)]| {
                    let mut asked = Browser { origin: None, cookies: cookies.clone(), ..Browser::new(&router) }
                        .request(row.method.clone(), &address_of(&row), kind, body);
                    for (name, value) in headers {
                        asked.headers_mut().append(*name, value.parse().unwrap());
                    }
                    asked.headers_mut().remove("accept");
                    asked
                };
            for foreign in [
                &[("origin", "https://evil.example")][..],
                &[("origin", "null")],
                &[("origin", "http://localhost:8081")],
                &[("origin", "http://localhost:8080.evil.example")],
                &[("origin", ORIGIN), ("origin", "https://evil.example")],
                &[("sec-fetch-site", "cross-site")],
                &[("sec-fetch-site", "same-site")],
                &[("sec-fetch-site", "none")],
                &[],
            ] {
                hand.turn(Duration::from_secs(60));
                let answer = ask(&router, STRANGER, asked(foreign)).await;
                assert_eq!(answer.status.as_u16(), 403, "{} {foreign:?}", row.path);
                if row.face == Face::Api {
                    assert_eq!(answer.problem(), "cross-site");
                }
            }
            seen += 1;
        }
        assert!(seen >= 25, "{seen}");
        let mut still = Browser { cookies, ..Browser::new(&router) };
        assert_eq!(still.get("/api/v1/account").await.status.as_u16(), 200);
        let signed_out = still.post("/api/v1/account/sign-out", &json!({})).await;
        assert_eq!(signed_out.status.as_u16(), 204, "and a page of ours may");
        testkit::check_everything(&app).await;
    });
}

#[test]
fn r10_one_account_and_one_name_have_their_own_limits_whatever_the_address() {
    testkit::run(async {
        let house = House::sqlite();
        let (app, hand) = (house.app().await, Hand::default());
        let router = web::router_with(web(app.clone()), hand.ticks());
        let address = |n: usize| web::Door::Public(format!("198.51.100.{}", n % 250).parse().unwrap());
        let mut browser = Browser::new(&router);
        browser.sign_up("maren").await;
        let (mut tripped, mut newcomers) = (0, 0);
        for row in table().into_iter().filter(|row| row.per_account.is_some()) {
            let rate = row.per_account.unwrap();
            let (kind, body) = body_for(&row);
            let is_by_name = row.path == BEGIN;
            let spellings = [r#"{"identifier":"maren"}"#, r#"{"identifier":" MAREN "}"#, r#"{"identifier":"Maren"}"#];
            let mut limited = None;
            for n in 0..=rate.burst as usize {
                browser.door = if is_by_name { STRANGER } else { address(n) };
                let body = if is_by_name { spellings[n % 3] } else { body };
                let asked = browser.request(row.method.clone(), &address_of(&row), kind, body);
                let answer = ask(&router, browser.door, asked).await;
                if answer.status.as_u16() == 429 {
                    limited = Some((n, answer));
                    break;
                }
                if row.path.contains("sign-out") || row.path.contains("end-all") {
                    break; // once it is done nobody is there to be limited
                }
            }
            if row.path.contains("sign-out") || row.path.contains("end-all") {
                browser.cookies.clear();
                newcomers += 1;
                browser.sign_up(&format!("maren{newcomers}")).await;
                continue;
            }
            if is_by_name {
                browser.door = address(1);
                let elsewhere = browser.request(row.method.clone(), BEGIN, kind, spellings[0]);
                let status = ask(&router, browser.door, elsewhere).await.status.as_u16();
                assert_eq!(status, 200, "i04: no stranger uses up a name for its owner");
            }
            let (n, answer) = limited.unwrap_or_else(|| panic!("{} was never limited", row.path));
            assert_eq!(n, rate.burst as usize, "{}", row.path);
            assert!(answer.header("retry-after").is_some());
            hand.turn(Duration::from_secs(120));
            tripped += 1;
        }
        assert!(tripped >= 15, "{tripped}");
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

#[test]
fn r02_an_empty_submission_passes_no_stage() {
    testkit::run(async {
        let house = House::sqlite();
        let (app, hand) = (house.app().await, Hand::default());
        let router = web::router_with(web(app.clone()), hand.ticks());
        for row in table().into_iter().filter(|row| row.method == Method::POST && row.path.ends_with("finish")) {
            for (kind, body) in [
                ("application/json", "{}"),
                ("application/json", ""),
                ("text/plain", "{}"),
                ("application/json", "null"),
            ] {
                hand.turn(Duration::from_secs(60));
                let mut asked = post(row.path, Body::from(body));
                asked.headers_mut().insert("content-type", kind.parse().unwrap());
                let status = ask(&router, STRANGER, asked).await.status.as_u16();
                let expected: &[u16] = if row.authority == Authority::Session { &[401] } else { &[400, 415, 422] };
                assert!(expected.contains(&status), "{} {kind} {body:?}: {status}", row.path);
            }
        }
        assert_eq!(testkit::check_everything(&app).await.accounts, 0);
    });
}
