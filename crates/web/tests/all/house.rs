//! A house with a web room, asked through its router or through a socket.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use app::App;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use serde_json::Value;
use tower::ServiceExt;
use web::route::{Authority, Face, Route};
use web::{Door, Readiness, Ticks, Web, WebSettings};

pub(crate) const STRANGER: Door = Door::Public(IpAddr::V4(Ipv4Addr::new(203, 0, 113, 9)));
pub(crate) const PROXY: Door = Door::Public(IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1)));
pub(crate) const LOCAL: Door = Door::Public(IpAddr::V4(Ipv4Addr::LOCALHOST));
pub(crate) const ACCOUNTS: &str = "/api/v1/accounts";
pub(crate) const NEW_ACCOUNT: &str = r#"{"display_name":"Maren Holt","username":"maren"}"#;

pub(crate) const REPORT: &str = r#"{"code":"closed","ceremony":"sign_in","phase":"ask","name":"NotAllowedError",
    "elapsed_ms":60000,"is_visible":true,"capabilities":3735928559}"#;

/// A clock for limits that a test turns.
#[derive(Clone, Default)]
pub(crate) struct Hand(Arc<AtomicU64>);

impl Hand {
    pub(crate) fn turn(&self, by: Duration) {
        self.0.fetch_add(u64::try_from(by.as_millis()).unwrap(), Relaxed);
    }

    pub(crate) fn ticks(&self) -> Ticks {
        let millis = Arc::clone(&self.0);
        Ticks::from_fn(move || Duration::from_millis(millis.load(Relaxed)))
    }
}

pub(crate) fn web(app: App) -> Web {
    let readiness = Readiness::starting();
    readiness.set_ready();
    Web { app, settings: settings(), readiness, render_metrics: Arc::new(|| "figures\n".into()) }
}

pub(crate) fn settings() -> WebSettings {
    WebSettings {
        help: None,
        android_apps: vec![],
        apple_apps: vec![],
        trusted_proxies: vec!["10.0.0.0/8".parse().unwrap()],
        metrics_allow: vec!["127.0.0.0/8".parse().unwrap(), "10.0.0.0/8".parse().unwrap()],
        max_connections: 16,
        grace: Duration::from_secs(20),
    }
}

pub(crate) fn router(app: App) -> Router {
    router_and_hand(app).0
}

/// A router whose limits forget when the hand turns.
pub(crate) fn router_and_hand(app: App) -> (Router, Hand) {
    let hand = Hand::default();
    (web::router_with(web(app), hand.ticks()), hand)
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {:?}", self.text()))
    }

    /// The id of what it speaks of.
    pub(crate) fn id(&self) -> String {
        self.json()["id"].as_str().unwrap().to_owned()
    }

    /// The last part of the problem's type, after everything every problem has in common was checked.
    #[track_caller]
    pub(crate) fn problem(&self) -> String {
        let problem = self.json();
        assert_eq!(self.header("content-type"), Some("application/problem+json"));
        assert_eq!(problem["status"], self.status.as_u16());
        assert_eq!(problem["request_id"], self.header("x-request-id").unwrap());
        for words in ["title", "detail"] {
            assert!(!problem[words].as_str().unwrap().is_empty());
        }
        problem["type"].as_str().unwrap().strip_prefix("/problems/").unwrap().to_owned()
    }

    /// Everything but what differs from one request to the next.
    pub(crate) fn likeness(&self) -> (StatusCode, Vec<(String, String)>, String) {
        let id = self.header("x-request-id").unwrap();
        let mut headers: Vec<_> = self
            .headers
            .iter()
            .filter(|(name, _)| *name != "x-request-id")
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
            .collect();
        headers.sort();
        (self.status, headers, self.text().replace(id, "ID"))
    }
}

pub(crate) async fn ask(router: &Router, door: Door, mut request: Request<Body>) -> Answer {
    request.extensions_mut().insert(door);
    let (parts, body) = router.clone().oneshot(request).await.unwrap().into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap().to_vec();
    Answer { status: parts.status, headers: parts.headers, body }
}

pub(crate) fn request(method: Method, path: &str) -> Request<Body> {
    Request::builder().method(method).uri(path).body(Body::empty()).unwrap()
}

pub(crate) fn get(path: &str) -> Request<Body> {
    request(Method::GET, path)
}

pub(crate) fn post(path: &str, body: impl Into<Body>) -> Request<Body> {
    let builder = Request::builder().method(Method::POST).uri(path).header("content-type", "application/json");
    builder.body(body.into()).unwrap()
}

/// An address a row of the table answers: every parameter filled in with an id of nobody.
pub(crate) fn address_of(route: &Route) -> String {
    route
        .path
        .replace("{id}", "01936b5e-8c00-7a3f-9c7e-2f1b4d5e6a70")
        .replace("{credential}", "01936b5e-8c00-7a3f-9c7e-2f1b4d5e6a71")
        .replace("{group}", "ledger")
        .replace("{name}", "base.css")
}

/// A body that a row accepts, as far as its form goes.
pub(crate) fn body_for(route: &Route) -> (Option<&'static str>, &'static str) {
    if route.method != Method::POST {
        return (None, "");
    }
    if route.face == Face::Page {
        let form = match route.path {
            "/sign-up" => "display_name=Maren+Holt&username=maren",
            "/confirm" => "link=AAAA",
            _ => "name=maren",
        };
        return (Some("application/x-www-form-urlencoded"), form);
    }
    let json = match route.path {
        ACCOUNTS => NEW_ACCOUNT,
        "/api/v1/accounts/{id}/disable" => r#"{"reason":"left the company"}"#,
        path if path.ends_with("/hold") || path.ends_with("/release") => r#"{"reason":"lost"}"#,
        path if path.starts_with("/api/v1/authenticators/") => r#"{"rules":""}"#,
        "/api/v1/sign-up/begin" => r#"{"display_name":"Maren Holt","username":"newcomer"}"#,
        "/api/v1/setup/begin" => r#"{"link":"AAAA","display_name":"Maren Holt","username":"newcomer"}"#,
        "/api/v1/account/credentials/{id}/rename" => r#"{"name":"Work laptop"}"#,
        "/api/v1/account/addresses/confirm" => r#"{"link":"AAAA"}"#,
        "/api/v1/ceremony-reports" => REPORT,
        path if path.ends_with("/join") || path.ends_with("/leave") => "",
        path if path.ends_with("/finish") => r#"{"state":"AAAA","credential":{}}"#,
        _ => "{}",
    };
    (Some("application/json"), json)
}

/// A request that a row accepts, as far as its form goes.
pub(crate) fn request_for(route: &Route) -> Request<Body> {
    let (kind, body) = body_for(route);
    let builder = Request::builder().method(route.method.clone()).uri(address_of(route));
    let builder = kind.into_iter().fold(builder, |builder, kind| builder.header("content-type", kind));
    builder.body(Body::from(body)).unwrap()
}

/// Does the row exist for a stranger?
pub(crate) fn is_public(route: &Route) -> bool {
    matches!(route.authority, Authority::Anyone | Authority::Visitor | Authority::Session)
}
