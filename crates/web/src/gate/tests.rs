use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as Waiting, Poll};

use app::{Fault, FaultKind};
use axum::Router;
use axum::body::{Body, Bytes, HttpBody, to_bytes};
use axum::extract::State;
use axum::http::{Method, Request, StatusCode};
use axum::response::Response;
use hyper::body::Frame;
use testkit::House;
use tower::ServiceExt;

use crate::context::Context;
use crate::problem::Problem;
use crate::route::{Authority, Cors, Face, Handler, Limit, Route, from_table};
use crate::{Door, Readiness, Shared, Ticks, Web, WebSettings};

const CANARY: &str = "canary-5f1c";

async fn faulty(State(web): State<Shared>) -> Result<Response, Problem> {
    // The writer refuses a body that waits; its words name an invariant.
    web.app.store().write((), |(), _| Box::pin(std::future::pending())).await?;
    Err(Fault::because(FaultKind::Corrupt, CANARY, CANARY).into())
}

async fn corrupt() -> Result<Response, Problem> {
    Err(Fault::because(FaultKind::Corrupt, CANARY, CANARY).into())
}

async fn panicking() -> Response {
    panic!("{CANARY}")
}

async fn endless() -> Response {
    std::future::pending().await
}

async fn bare() -> (StatusCode, &'static str) {
    (StatusCode::IM_A_TEAPOT, CANARY)
}

async fn greedy(Context(ctx): Context) -> String {
    format!("{CANARY} {:?}", ctx.actor)
}

fn table() -> Vec<Route> {
    let row = |path, handler| Route {
        method: Method::GET,
        path,
        handler,
        authority: Authority::Anyone,
        limits: &[Limit::Unlimited { why: "a test" }],
        face: Face::Api,
        cors: Cors::Closed,
        body: 0,
        seconds: 60,
    };
    vec![
        row("/faulty", Handler::of(faulty)),
        row("/corrupt", Handler::of(corrupt)),
        row("/panicking", Handler::of(panicking)),
        row("/bare", Handler::of(bare)),
        row("/greedy", Handler::of(greedy)),
        Route { seconds: 0, ..row("/endless", Handler::of(endless)) },
        Route { seconds: 0, body: 9, ..row("/reading", Handler::of(bare)) },
        Route { authority: Authority::Operator, ..row("/earned", Handler::of(greedy)) },
    ]
}

async fn router(house: &House) -> Router {
    let settings = WebSettings {
        help: None,
        android_apps: vec![],
        apple_apps: vec![],
        trusted_proxies: vec![],
        metrics_allow: vec![],
        max_connections: 1,
        grace: std::time::Duration::ZERO,
    };
    let web = Web {
        app: house.app().await,
        settings,
        readiness: Readiness::starting(),
        render_metrics: Arc::new(String::new),
    };
    from_table(web, Ticks::monotonic(), table())
}

async fn get(router: &Router, path: &str) -> (u16, String) {
    ask(router, Request::get(path).body(Body::empty()).unwrap()).await
}

async fn ask(router: &Router, mut request: Request<Body>) -> (u16, String) {
    request.extensions_mut().insert(Door::Operator);
    let (parts, body) = router.clone().oneshot(request).await.unwrap().into_parts();
    (parts.status.as_u16(), String::from_utf8(to_bytes(body, usize::MAX).await.unwrap().into()).unwrap())
}

#[test]
fn i14_whatever_goes_wrong_inside_is_told_as_a_problem_without_its_words() {
    testkit::run(async {
        let house = House::sqlite();
        let router = router(&house).await;
        for (path, status, slug) in [
            ("/faulty", 500, "internal-error"),
            ("/corrupt", 500, "internal-error"),
            ("/panicking", 500, "internal-error"),
            ("/bare", 500, "internal-error"),
            ("/greedy", 500, "internal-error"),
            ("/endless", 503, "too-late"),
        ] {
            let (told, text) = get(&router, path).await;
            assert_eq!(told, status, "{path}");
            assert!(text.contains(&format!("/problems/{slug}")), "{path}: {text}");
            assert!(text.contains("on our side") && text.contains("request_id"), "{path}: {text}");
            assert!(!text.contains(CANARY) && !text.contains("INVARIANT"), "{path}: {text}");
        }
    });
}

#[test]
fn a_context_is_earned_and_names_the_operator() {
    testkit::run(async {
        let house = House::sqlite();
        let (status, text) = get(&router(&house).await, "/earned").await;
        assert_eq!((status, text), (200, format!("{CANARY} Operator")));
    });
}

/// A body that never comes.
struct Silence;

impl HttpBody for Silence {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(self: Pin<&mut Self>, _: &mut Waiting<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Pending
    }
}

#[test]
fn f15_a_body_that_does_not_come_is_not_waited_for() {
    testkit::run(async {
        let house = House::sqlite();
        let request = Request::get("/reading").body(Body::new(Silence)).unwrap();
        let (status, text) = ask(&router(&house).await, request).await;
        assert_eq!(status, 408);
        assert!(text.contains("/problems/body-too-slow") && text.contains("Nothing was changed"), "{text}");
    });
}
