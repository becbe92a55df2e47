//! What is taken in: one form, nothing unknown, nothing twice, nothing of another shape.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use serde_json::{Value, json};
use testkit::House;
use web::Door;
use web::route::{Authority, Face, table};

use crate::browser::Browser;
use crate::house::{ACCOUNTS, NEW_ACCOUNT, STRANGER, address_of, ask, body_for, get, post, router, router_and_hand};

#[test]
fn r05_whatever_is_not_the_one_form_is_refused_with_the_members_name() {
    testkit::run(async {
        let house = House::sqlite();
        let app = house.app().await;
        let router = router(app.clone());
        for (body, member) in [
            (r#"{"display_name":"M","email":["m@example.com"]}"#, Some("email")),
            (r#"{"display_name":"M","email":{"0":"m@example.com"}}"#, Some("email")),
            (r#"{"display_name":"M","email":"m@example.com","email":"n@example.com"}"#, Some("email")),
            (r#"{"display_name":"M","email":"m@example.com,n@example.com"}"#, Some("email")),
            (r#"{"display_name":"M","email":"m@example.com n@example.com"}"#, Some("email")),
            (r#"{"display_name":"M","email":"m@example.com\r\nBcc: n@example.com"}"#, Some("email")),
            (r#"{"display_name":"M","email":"a@x,b@y"}"#, Some("email")),
            (r#"{"display_name":"M","email":7}"#, Some("email")),
            (r#"{"display_name":"M","email":true}"#, Some("email")),
            (r#"{"display_name":"","username":"m"}"#, Some("display_name")),
            (r#"{"display_name":null,"username":"m"}"#, Some("display_name")),
            (r#"{"username":"m"}"#, Some("display_name")),
            (r#"{"display_name":"M","username":"m","role":"owner"}"#, Some("role")),
            (r#"{"display_name":"M","username":"m","Email":"m@example.com"}"#, Some("Email")),
            (r#"{"display_name":"M","username":"m","<script>":1}"#, None),
            (r#"{"display_name":"M"}"#, None),
            (r#"["M","m",null,null]"#, None),
            (r#""M""#, None),
            ("null", None),
        ] {
            let refused = ask(&router, Door::Operator, post(ACCOUNTS, body)).await;
            assert_eq!((refused.status.as_u16(), refused.problem().as_str()), (422, "unusable"), "{body}");
            assert_eq!(refused.json()["member"].as_str(), member, "{body}");
            assert!(
                !refused.text().contains("script") && !refused.text().contains("example.com"),
                "{}",
                refused.text()
            );
        }
        for body in [
            "",
            "{",
            r#"{"display_name":"M","username":"m"}{}"#,
            "{\"display_name\":\"\u{0}\"}",
            "{'a':1}",
            r#"{"display_name":"M","username":"m",}"#,
            "\u{feff}{}",
        ] {
            let unread = ask(&router, Door::Operator, post(ACCOUNTS, body)).await;
            assert_eq!((unread.status.as_u16(), unread.problem().as_str()), (400, "unreadable"), "{body:?}");
        }
        let deep = format!("{}{}", "{\"display_name\":".repeat(900), "}".repeat(900));
        let deep = ask(&router, Door::Operator, post(ACCOUNTS, deep)).await;
        assert!([400, 422].contains(&deep.status.as_u16()));
        assert_eq!(testkit::check_everything(&app).await.accounts, 0);
    });
}

#[test]
fn r05_only_json_called_json_is_read() {
    testkit::run(async {
        let house = House::sqlite();
        let router = router(house.app().await);
        let ask_as = |types: &[&str]| {
            let mut request = Request::builder().method(Method::POST).uri(ACCOUNTS);
            for one in types {
                request = request.header("content-type", *one);
            }
            request.body(Body::from(NEW_ACCOUNT)).unwrap()
        };
        for types in [
            &[][..],
            &["text/plain"],
            &["application/x-www-form-urlencoded"],
            &["multipart/form-data; boundary=x"],
            &["application/json-patch+json"],
            &["text/plain; application/json"],
            &["application/json", "text/plain"],
        ] {
            let refused = ask(&router, Door::Operator, ask_as(types)).await;
            assert_eq!((refused.status.as_u16(), refused.problem().as_str()), (415, "not-json"), "{types:?}");
        }
        let taken = ask(&router, Door::Operator, ask_as(&["Application/JSON; charset=utf-8"])).await;
        assert_eq!(taken.status, StatusCode::CREATED);
    });
}

#[test]
fn a_query_is_as_strict_as_a_form() {
    testkit::run(async {
        let house = House::sqlite();
        let router = router(house.app().await);
        let list = async |query: &str| ask(&router, Door::Operator, get(&format!("{ACCOUNTS}{query}"))).await;
        for (query, member) in [
            ("?state=gone", "state"),
            ("?state=active&state=disabled", "state"),
            ("?State=active", "State"),
            ("?after=1", "after"),
            ("?after=01936B5E-8C00-7A3F-9C7E-2F1B4D5E6A70", "after"),
            ("?page=2", "page"),
        ] {
            let refused = list(query).await;
            assert_eq!((refused.status.as_u16(), refused.json()["member"].as_str()), (422, Some(member)), "{query}");
            assert_eq!(refused.problem(), "unusable");
        }
        assert_eq!(list("?").await.status, StatusCode::OK);
    });
}

#[test]
fn r19_no_member_that_is_not_asked_for_is_taken() {
    testkit::run(async {
        let house = House::sqlite();
        let app = house.app().await;
        let (router, hand) = router_and_hand(app.clone());
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
fn r02_an_empty_submission_passes_no_stage() {
    testkit::run(async {
        let house = House::sqlite();
        let app = house.app().await;
        let (router, hand) = router_and_hand(app.clone());
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
