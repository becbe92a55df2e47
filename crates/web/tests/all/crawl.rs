use std::collections::BTreeSet;

use crate::browser::SESSION;
use crate::house::{
    ACCOUNTS, LOCAL, PROXY, STRANGER, address_of, ask, get, is_public, post, request, request_for, router,
};
use app::{App, Site, Wiring};
use axum::http::{Method, StatusCode};
use testkit::House;
use vocab::url::PublicUrl;
use web::Door;
use web::route::{Authority, Face, Limit, Route, table};

#[test]
fn no_two_rows_are_the_same_and_every_unlimited_one_says_why() {
    let rows = table();
    let distinct: BTreeSet<_> = rows.iter().map(|row| (row.path, row.method.as_str().to_owned())).collect();
    assert_eq!(distinct.len(), rows.len());
    for row in &rows {
        let told = |limit: &Limit| match limit {
            Limit::Unlimited { why } => why.len() > 20 && row.limits.len() == 1 && row.authority != Authority::Metrics,
            Limit::PerAddress(rate) => rate.per_minute > 0 && rate.burst > 0,
            Limit::PerAccount(rate) => rate.per_minute > 0 && rate.burst > 0 && row.authority == Authority::Session,
            Limit::PerName(rate) => rate.per_minute > 0 && rate.burst > 0 && row.authority == Authority::Visitor,
        };
        let is_bounded = |limit: &Limit| matches!(limit, Limit::PerAddress(_) | Limit::Unlimited { .. });
        assert!(row.limits.iter().all(told), "{}", row.path);
        assert_eq!(row.limits.iter().filter(|limit| is_bounded(limit)).count(), 1, "{}", row.path);
        assert!((1..=60).contains(&row.seconds) && row.body <= 128 * 1024, "{}", row.path);
    }
}

/// A status by which somebody who may use this row without a session is answered to a request that leads nowhere.
fn is_known(row: &Route, status: StatusCode) -> bool {
    let leads_nowhere: &[u16] = match (row.authority, row.face) {
        (Authority::Session, Face::Page) => &[303],
        (Authority::Session, _) => &[401],
        _ if row.path.contains('{') => &[404],
        _ if row.path.ends_with("/finish") => &[409],
        _ if row.path == "/api/v1/setup/begin" => &[410],
        _ if row.path == "/" => &[303],
        _ if row.path == "/.well-known/change-password" => &[302],
        _ if row.face == Face::WellKnown => &[404],
        _ => &[],
    };
    status.is_success() || leads_nowhere.contains(&status.as_u16())
}

testkit::on_both_engines! {
    fn every_row_answers_each_authority_as_the_table_says(house) {
        let app = house.app().await;
        let router = router(app.clone());
        let nothing = ask(&router, STRANGER, get("/no/such/place")).await.likeness();
        assert_eq!(nothing.0, StatusCode::NOT_FOUND);
        for row in table() {
            let place = format!("{} {}", row.method, row.path);
            for (door, admitted) in [
                (STRANGER, is_public(&row)),
                (PROXY, row.authority != Authority::Operator),
                (LOCAL, row.authority != Authority::Operator),
                (Door::Operator, true),
            ] {
                let answer = ask(&router, door, request_for(&row)).await;
                if admitted {
                    assert!(is_known(&row, answer.status), "{place} {door:?}: {}", answer.status);
                } else {
                    assert_eq!(answer.likeness(), nothing, "{place} {door:?} must look like nothing");
                }
            }
        }
        testkit::check_everything(&app).await;
    }
}

#[test]
fn a_method_that_a_path_does_not_have_is_told_to_those_who_may_use_the_path_and_to_nobody_else() {
    testkit::run(async {
        let house = House::sqlite();
        let router = router(house.app().await);
        let nothing = ask(&router, STRANGER, get("/no/such/place")).await.likeness();
        for row in table() {
            let methods: Vec<Method> = table().into_iter().filter(|r| r.path == row.path).map(|r| r.method).collect();
            for method in ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "QUERY", "GET", "POST"] {
                let method = Method::from_bytes(method.as_bytes()).unwrap();
                if methods.contains(&method) {
                    continue;
                }
                let asked = || request(method.clone(), &address_of(&row));
                let inside = ask(&router, Door::Operator, asked()).await;
                assert_eq!(inside.problem(), "wrong-method");
                let allow = inside.header("allow").unwrap();
                assert!(methods.iter().all(|method| allow.contains(method.as_str())), "{allow}");
                assert_eq!(allow.contains("HEAD"), methods.contains(&Method::GET));
                let outside = ask(&router, STRANGER, asked()).await;
                if is_public(&row) {
                    assert_eq!(outside.likeness(), inside.likeness());
                } else {
                    assert_eq!(outside.likeness(), nothing, "{method} {}", row.path);
                }
            }
        }
    });
}

/// Whoever has no passkey gets no session, by whichever door, whatever else they say; with one, by these and no others.
#[test]
fn w20_w23_every_door_that_opens_a_session_asks_for_a_passkey() {
    testkit::run(async {
        let house = House::sqlite();
        let router = router(house.app().await);
        for row in table() {
            for door in [STRANGER, Door::Operator] {
                let answer = ask(&router, door, request_for(&row)).await;
                let cookies = answer.headers.get_all("set-cookie").iter().filter_map(|line| line.to_str().ok());
                let opened = cookies.filter(|line| line.starts_with(SESSION) && !line.contains("Max-Age=0")).count();
                assert_eq!(opened, 0, "{} {}", row.method, row.path);
                assert!(!answer.text().contains("\"token\":\""), "{} {}", row.method, row.path);
            }
        }
        let document = ask(&router, STRANGER, get("/api/v1/openapi.json")).await.json();
        let paths = document["paths"].as_object().unwrap().iter();
        let opens = paths.filter(|(_, acts)| acts.to_string().contains("#/components/schemas/SignedInView"));
        let opens: Vec<&str> = opens.map(|(path, _)| path.as_str()).collect();
        let doors = [
            "/api/v1/account/step-up/finish",
            "/api/v1/setup/finish",
            "/api/v1/sign-in/passkey/finish",
            "/api/v1/sign-up/finish",
        ];
        assert_eq!(opens, doors);
    });
}

#[test]
fn head_answers_like_get_without_the_body() {
    testkit::run(async {
        let house = House::sqlite();
        let router = router(house.app().await);
        for row in table().into_iter().filter(|row| row.method == Method::GET) {
            let got = ask(&router, Door::Operator, get(&address_of(&row))).await;
            let head = ask(&router, Door::Operator, request(Method::HEAD, &address_of(&row))).await;
            assert_eq!(
                (head.status, head.header("content-type")),
                (got.status, got.header("content-type")),
                "{}",
                row.path
            );
            assert_eq!(head.header("content-length").unwrap(), got.body.len().to_string());
            assert!(head.body.is_empty());
        }
    });
}

/// Spellings of an address that another reader could take for the address itself.
fn odd_spellings(address: &str) -> Vec<String> {
    let (front, last) = address.rsplit_once('/').unwrap();
    let first = last.chars().next().unwrap();
    let coded = format!("%{:02x}{}", u32::from(first), &last[1..]);
    vec![
        format!("{address}/"),
        format!("{address}//"),
        format!("/{address}"),
        format!("{front}//{last}"),
        format!("{front}/./{last}"),
        format!("{front}/x/../{last}"),
        format!("{front}/%2e/{last}"),
        format!("{front}/%2e%2e{address}"),
        format!("{front}%2f{last}"),
        format!("{front}%2F{last}"),
        format!("{front}%252f{last}"),
        format!("{front}/{coded}"),
        format!("{address}%00"),
        format!("{address}%20"),
        format!("{address};"),
        format!("{address};a=b"),
        format!("{address}.json"),
        format!("{address}%3fa=b"),
        format!("{address}/.."),
        format!("{address}/%2e%2e"),
        address.to_uppercase(),
        format!("/%2f{}", &address[1..]),
        format!("{front}/\\{last}").replace('\\', "%5c"),
    ]
}

#[test]
fn c02_no_other_spelling_of_an_address_leads_anywhere_through_either_door() {
    testkit::run(async {
        let house = House::sqlite();
        let router = router(house.app().await);
        let nothing = ask(&router, STRANGER, get("/no/such/place")).await.likeness();
        for row in table().into_iter().filter(|row| row.path != "/") {
            for odd in odd_spellings(&address_of(&row)) {
                if !odd.starts_with('/') || table().iter().any(|row| odd == address_of(row)) {
                    continue;
                }
                for door in [STRANGER, LOCAL, Door::Operator] {
                    let asked = request(row.method.clone(), &odd);
                    let answer = ask(&router, door, asked).await;
                    assert_eq!(answer.likeness(), nothing, "{} {odd} {door:?}", row.method);
                }
            }
        }
    });
}

#[test]
fn a_request_that_came_through_no_door_is_a_stranger() {
    testkit::run(async {
        use tower::ServiceExt;
        let house = House::sqlite();
        let router = router(house.app().await);
        for (path, status) in [("/metrics", 404), (ACCOUNTS, 404), ("/healthz", 200)] {
            assert_eq!(router.clone().oneshot(get(path)).await.unwrap().status().as_u16(), status);
        }
    });
}

#[test]
fn every_answer_wears_the_same_headers() {
    testkit::run(async {
        let house = House::sqlite();
        let router = router(house.app().await);
        let rows = table().into_iter().filter(|row| row.face == Face::Api);
        let mut requests: Vec<_> = rows.map(|row| request_for(&row)).collect();
        requests.push(get("/no/such/place"));
        requests.push(request(Method::DELETE, "/healthz"));
        requests.push(post(ACCOUNTS, "{"));
        for asked in requests {
            let (path, method) = (asked.uri().clone(), asked.method().clone());
            let answer = ask(&router, Door::Operator, asked).await;
            for (name, value) in [
                ("x-content-type-options", "nosniff"),
                ("referrer-policy", "no-referrer"),
                ("cache-control", "no-store"),
                ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
                (
                    "permissions-policy",
                    "camera=(), geolocation=(), microphone=(), publickey-credentials-create=(), \
                     publickey-credentials-get=()",
                ),
                ("cross-origin-opener-policy", "same-origin"),
            ] {
                assert_eq!(answer.header(name), Some(value), "{path}");
            }
            assert!(answer.header("x-request-id").unwrap().parse::<vocab::RequestId>().is_ok());
            assert_eq!(answer.header("strict-transport-security"), None, "the public URL is http://localhost");
            let open = (path.path() == "/api/v1/openapi.json").then_some("*");
            assert_eq!(answer.header("access-control-allow-origin"), open);
            for name in ["server", "x-powered-by", "access-control-allow-credentials"] {
                assert_eq!(answer.header(name), None);
            }
            let begins = method == Method::POST && path.path().ends_with("/begin") && answer.status.is_success();
            assert_eq!(
                answer.header("set-cookie").is_some(),
                begins,
                "only a ceremony gives a browser a cookie: {path}"
            );
        }
    });
}

#[test]
fn only_an_https_installation_demands_https() {
    testkit::run(async {
        let house = House::sqlite();
        let site = Site { public_url: PublicUrl::parse("https://id.example.org").unwrap(), ..testkit::site() };
        let wiring = Wiring { site, ..house.wiring(house.open(None).await) };
        let router = router(App::start(wiring).await.unwrap());
        let answer = ask(&router, STRANGER, get("/healthz")).await;
        assert_eq!(answer.header("strict-transport-security"), Some("max-age=63072000"));
    });
}
