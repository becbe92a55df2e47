use std::time::Duration;

use axum::Router;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use testkit::House;
use web::Door;

use crate::house::{ACCOUNTS, Answer, LOCAL, PROXY, STRANGER, ask, get, post, router, router_and_hand};

async fn ask_with(router: &Router, door: Door, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = get(path);
    for (name, value) in headers {
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        request.headers_mut().append(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
    }
    ask(router, door, request).await
}

const EVIL: &str = "evil.example";

/// What people have sent to make servers believe that they are called something else.
fn zoo() -> Vec<Vec<(&'static str, &'static str)>> {
    let mut zoo: Vec<Vec<_>> = [
        "host",
        "forwarded",
        "x-forwarded-host",
        "x-forwarded-server",
        "x-forwarded-proto",
        "x-forwarded-scheme",
        "x-forwarded-port",
        "x-forwarded-prefix",
        "x-forwarded-for",
        "x-forwarded-ssl",
        "front-end-https",
        "x-url-scheme",
        "x-original-host",
        "x-original-url",
        "x-rewrite-url",
        "x-http-method-override",
        "x-method-override",
        "x-real-ip",
        "true-client-ip",
        "cf-connecting-ip",
        "via",
        "origin",
        "referer",
        "x-request-id",
        "x-correlation-id",
        "traceparent",
        "authorization",
        "cookie",
        "x-signet-door",
        "x-operator",
    ]
    .into_iter()
    .map(|name| vec![(name, EVIL)])
    .collect();
    zoo.push(vec![("host", "localhost:8080"), ("host", EVIL)]);
    zoo.push(vec![("forwarded", "for=127.0.0.1;host=evil.example;proto=https")]);
    zoo.push(vec![("x-forwarded-proto", "https"), ("x-forwarded-host", EVIL), ("x-forwarded-for", "127.0.0.1")]);
    zoo
}

#[test]
fn r07_no_header_changes_what_is_answered() {
    testkit::run(async {
        let house = House::sqlite();
        let (router, hand) = router_and_hand(house.app().await);
        for path in ["/healthz", "/api/v1/openapi.json", ACCOUNTS, "/no/such/place"] {
            for door in [STRANGER, PROXY, LOCAL, Door::Operator] {
                let plain = ask_with(&router, door, path, &[]).await.likeness();
                for headers in zoo() {
                    hand.turn(Duration::from_secs(60)); // how often is not what is asked here
                    let answer = ask_with(&router, door, path, &headers).await;
                    assert_eq!(answer.likeness(), plain, "{path} {door:?} {headers:?}");
                }
            }
        }
    });
}

#[test]
fn r07_the_target_may_name_another_host_and_nobody_believes_it() {
    testkit::run(async {
        let house = House::sqlite();
        let router = router(house.app().await);
        let mut made = post("http://evil.example/api/v1/accounts", r#"{"display_name":"Maren","username":"maren"}"#);
        made.headers_mut().insert("host", HeaderValue::from_static("evil.example"));
        let made = ask(&router, Door::Operator, made).await;
        assert_eq!(made.status, StatusCode::CREATED);
        assert!(made.header("location").unwrap().starts_with("/api/v1/accounts/"));
        assert!(!format!("{:?}{}", made.headers, made.text()).contains("evil"));
    });
}

/// Asks until the limit says no; the answer that said so.
async fn exhaust(router: &Router, door: Door, path: &str, headers: &[(&str, &str)], burst: u32) -> Answer {
    for _ in 0..burst {
        assert_eq!(ask_with(router, door, path, headers).await.status, StatusCode::OK, "{path}");
    }
    ask_with(router, door, path, headers).await
}

#[test]
fn r11_no_header_of_a_stranger_gets_past_the_limit() {
    testkit::run(async {
        let house = House::sqlite();
        let router = router(house.app().await);
        assert_eq!(exhaust(&router, STRANGER, "/readyz", &[], 600).await.status.as_u16(), 429);
        let hops = ["198.51.100.7"; 200].join(", ");
        for claim in ["198.51.100.7", "127.0.0.1", "a", "unknown", "fe80::1%eth0", "198.51.100.7:80", &hops, ""] {
            for name in ["x-forwarded-for", "forwarded", "x-real-ip", "true-client-ip"] {
                let refused = ask_with(&router, STRANGER, "/readyz", &[(name, claim)]).await;
                assert_eq!(refused.status.as_u16(), 429, "{name}: {claim}");
            }
        }
    });
}

#[test]
fn r11_behind_a_trusted_proxy_each_client_has_its_own_limit_and_garbage_shares_the_proxys() {
    testkit::run(async {
        let house = House::sqlite();
        let router = router(house.app().await);
        let told = |claim: &'static str| [("x-forwarded-for", claim)];
        assert_eq!(exhaust(&router, PROXY, "/readyz", &told("198.51.100.7"), 600).await.status.as_u16(), 429);
        let forged = ask_with(&router, PROXY, "/readyz", &told("192.0.2.1, 198.51.100.7")).await;
        assert_eq!(forged.status.as_u16(), 429, "what the client wrote itself does not count");
        assert_eq!(ask_with(&router, PROXY, "/readyz", &told("198.51.100.8")).await.status.as_u16(), 200);
        assert_eq!(exhaust(&router, PROXY, "/readyz", &told("a"), 600).await.status.as_u16(), 429);
        for garbage in ["unknown", "198.51.100.9:80", "fe80::1%eth0", "10.0.0.1, 10.0.0.2"] {
            assert_eq!(ask_with(&router, PROXY, "/readyz", &told(garbage)).await.status.as_u16(), 429, "{garbage}");
        }
    });
}

#[test]
fn the_metrics_are_shown_to_sure_neighbours_and_hidden_from_all_others() {
    testkit::run(async {
        let house = House::sqlite();
        let router = router(house.app().await);
        let nothing = ask(&router, STRANGER, get("/no/such/place")).await.likeness();
        let shown = ask(&router, LOCAL, get("/metrics")).await;
        assert_eq!(
            (shown.text(), shown.header("content-type")),
            ("figures\n", Some("text/plain; version=0.0.4; charset=utf-8"))
        );
        for (door, headers, is_shown) in [
            (STRANGER, vec![], false),
            (STRANGER, vec![("x-forwarded-for", "127.0.0.1")], false),
            (LOCAL, vec![("x-forwarded-for", "127.0.0.1")], false),
            (LOCAL, vec![("x-forwarded-for", "203.0.113.9")], false),
            (LOCAL, vec![("forwarded", "for=203.0.113.9")], false),
            (LOCAL, vec![("via", "1.1 proxy")], false),
            (LOCAL, vec![("x-real-ip", "203.0.113.9")], false),
            (PROXY, vec![], true),
            (PROXY, vec![("x-forwarded-for", "127.0.0.1")], true),
            (PROXY, vec![("x-forwarded-for", "203.0.113.9")], false),
            (PROXY, vec![("x-forwarded-for", "127.0.0.1, 203.0.113.9")], false),
            (PROXY, vec![("x-forwarded-for", "garbage")], false),
            (PROXY, vec![("forwarded", "for=203.0.113.9")], false),
            (Door::Operator, vec![], true),
            (Door::Operator, vec![("x-forwarded-for", "203.0.113.9")], true),
        ] {
            let answer = ask_with(&router, door, "/metrics", &headers).await;
            assert_eq!(answer.status == StatusCode::OK, is_shown, "{door:?} {headers:?}");
            assert!(is_shown || answer.likeness() == nothing);
        }
    });
}
