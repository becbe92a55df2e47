use std::time::Duration;

use crate::house::{ACCOUNTS, Answer, ask, get, post, router};
use axum::Router;
use axum::http::StatusCode;
use serde_json::{Value, json};
use testkit::House;
use web::Door;

async fn create(router: &Router, form: Value) -> Answer {
    ask(router, Door::Operator, post(ACCOUNTS, form.to_string())).await
}

async fn list(router: &Router, query: &str) -> Answer {
    ask(router, Door::Operator, get(&format!("{ACCOUNTS}{query}"))).await
}

fn maren() -> Value {
    json!({ "display_name": "Maren Holt", "username": "Maren", "email": "maren@example.com", "phone": "+49 30 1234567" })
}

testkit::on_both_engines! {
    fn an_account_is_made_found_listed_and_ended(house) {
        let app = house.app().await;
        let router = router(app.clone());
        let made = create(&router, maren()).await;
        assert_eq!(made.status, StatusCode::CREATED);
        let id = made.id();
        let place = format!("{ACCOUNTS}/{id}");
        assert_eq!(made.header("location"), Some(place.as_str()));

        let found = ask(&router, Door::Operator, get(&place)).await.json();
        assert_eq!(found["identifiers"].as_array().unwrap().len(), 3);
        assert_eq!(by_kind(&found), by_kind(&made.json()));
        assert_eq!(found["made_at"], made.json()["made_at"]);
        assert_eq!((&found["state"], &found["disabled_at"]), (&json!("active"), &Value::Null));

        house.clock.advance(Duration::from_secs(60));
        let end = || post(&format!("{place}/disable"), json!({ "reason": "left the company" }).to_string());
        let ended = ask(&router, Door::Operator, end()).await;
        assert_eq!(ended.json(), json!({ "id": id, "state": "disabled" }));
        let again = ask(&router, Door::Operator, end()).await;
        assert_eq!((again.status, again.problem()), (StatusCode::CONFLICT, "conflict".into()));

        let listed = list(&router, "?state=disabled").await.json();
        assert_eq!(listed["accounts"][0]["id"], id.as_str());
        assert!(listed["accounts"][0]["disabled_at"].as_str().unwrap() > listed["accounts"][0]["made_at"].as_str().unwrap());
        assert_eq!(list(&router, "?state=active").await.json(), json!({ "accounts": [], "next": null }));
        testkit::check_everything(&app).await;
    }

    fn a_taken_name_is_a_conflict_that_names_the_member(house) {
        let app = house.app().await;
        let router = router(app.clone());
        create(&router, maren()).await;
        for (member, typed) in [("username", "MAREN"), ("email", "Maren@EXAMPLE.com"), ("phone", "+49301234567")] {
            let taken = create(&router, json!({ "display_name": "Another", member: typed })).await;
            assert_eq!((taken.status, taken.problem()), (StatusCode::CONFLICT, "conflict".into()));
            assert_eq!(taken.json()["member"], member);
        }
        assert_eq!(testkit::check_everything(&app).await.accounts, 1);
    }

    fn c03_pages_have_a_first_and_a_last_size_and_follow_one_another(house) {
        let router = router(house.app().await);
        for n in 0..5 {
            house.clock.advance(Duration::from_secs(1));
            create(&router, json!({ "display_name": "Somebody", "username": format!("somebody{n}") })).await;
        }
        let (mut seen, mut after) = (Vec::new(), String::new());
        for size in [2, 2, 1] {
            let page = list(&router, &format!("?limit=2{after}")).await.json();
            let accounts = page["accounts"].as_array().unwrap();
            assert_eq!(accounts.len(), size);
            seen.extend(accounts.iter().map(|account| account["id"].as_str().unwrap().to_owned()));
            match page["next"].as_str() {
                Some(next) => after = format!("&after={next}"),
                None => assert_eq!(size, 1),
            }
        }
        assert!(seen.len() == 5 && seen.is_sorted());
        for limit in ["0", "-1", "201", "65536", "18446744073709551616", "ten", "", "1e1", "+1%00"] {
            let refused = list(&router, &format!("?limit={limit}")).await;
            assert_eq!((refused.status.as_u16(), refused.json()["member"].as_str()), (422, Some("limit")), "{limit}");
        }
    }
}

fn by_kind(account: &Value) -> Vec<(String, String)> {
    let of = |identifier: &Value, name: &str| identifier[name].as_str().unwrap().to_owned();
    let identifiers = account["identifiers"].as_array().unwrap().iter();
    let mut sorted: Vec<_> = identifiers.map(|one| (of(one, "kind"), of(one, "typed"))).collect();
    sorted.sort();
    sorted
}

#[test]
fn a_reason_is_one_line_that_says_something() {
    testkit::run(async {
        let house = House::sqlite();
        let router = router(house.app().await);
        let id = create(&router, maren()).await.id();
        let end = |reason: String| {
            let body = json!({ "reason": reason }).to_string();
            ask(&router, Door::Operator, post(&format!("{ACCOUNTS}/{id}/disable"), body))
        };
        for reason in [String::new(), "  ".into(), "two\nlines".into(), "x".repeat(501), "\u{7}".into()] {
            let refused = end(reason).await;
            assert_eq!((refused.status.as_u16(), refused.json()["member"].as_str()), (422, Some("reason")));
        }
        assert_eq!(end("ü".repeat(500)).await.status, StatusCode::OK);
    });
}

#[test]
fn an_account_that_is_not_there_is_not_found_however_it_is_written() {
    testkit::run(async {
        let house = House::sqlite();
        let router = router(house.app().await);
        let id = create(&router, maren()).await.id();
        for other in
            ["01936b5e-8c00-7a3f-9c7e-2f1b4d5e6a70", "maren", "00000000-0000-0000-0000-000000000000", "1", ".."]
        {
            let missing = ask(&router, Door::Operator, get(&format!("{ACCOUNTS}/{other}"))).await;
            assert_eq!((missing.status.as_u16(), missing.problem().as_str()), (404, "not-found"), "{other}");
        }
        for spelling in [id.to_uppercase(), id.replace('-', ""), format!("%30{}", &id[1..])] {
            let missing = ask(&router, Door::Operator, get(&format!("{ACCOUNTS}/{spelling}"))).await;
            assert_eq!(missing.status.as_u16(), 404, "{spelling}");
        }
    });
}
