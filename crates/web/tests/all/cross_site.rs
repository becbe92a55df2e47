//! Pages of other origins, and what they cannot do.

use std::time::Duration;

use axum::http::Method;
use serde_json::json;
use testkit::House;
use web::route::{Authority, Face, table};

use crate::browser::{Browser, ORIGIN};
use crate::house::{STRANGER, address_of, ask, body_for, router_and_hand};

#[test]
fn a_page_of_another_origin_changes_nothing_on_any_route() {
    testkit::run(async {
        let house = House::sqlite();
        let app = house.app().await;
        let (router, hand) = router_and_hand(app.clone());
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
