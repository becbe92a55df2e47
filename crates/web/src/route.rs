//! The route table: every address this server answers, with who may ask, how often, how much and how long.
//!
//! A row here is what makes a route exist. The tests walk this table, so a new row is crawled, limited, measured and
//! compared with the OpenAPI document before anybody writes a test for it.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::http::Method;
use axum::response::Response;
use tower::service_fn;

use crate::gate::{Gate, Place, receive};
use crate::limit::Ticks;
use crate::{Shared, Web, account, health, metrics, openapi};

/// Who may use a route. To everybody else it does not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Authority {
    Anyone,
    /// The networks that may read the metrics, and the operator door.
    Metrics,
    /// The operator door alone.
    Operator,
}

/// How often. The operator door has no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// Per address, and per /64 in IPv6: at once a burst, then so many a minute.
    PerAddress {
        per_minute: u32,
        burst: u32,
    },
    Unlimited {
        why: &'static str,
    },
}

/// May a page of another origin read the answer?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cors {
    Closed,
    Open,
}

/// One row.
pub struct Route {
    /// A GET answers HEAD too.
    pub method: Method,
    pub path: &'static str,
    pub authority: Authority,
    pub limit: Limit,
    pub cors: Cors,
    /// The largest body in bytes; with 0 none is read.
    pub body: usize,
    /// The time limit of the handler.
    pub seconds: u64,
    pub handler: Handler,
}

type Answer = Pin<Box<dyn Future<Output = Response> + Send>>;

/// A handler, whatever it takes.
pub struct Handler(Box<dyn Fn(Request, Shared) -> Answer + Send + Sync>);

impl Handler {
    pub(crate) fn of<T, H: axum::handler::Handler<T, Shared>>(handler: H) -> Self {
        Self(Box::new(move |request, web| Box::pin(handler.clone().call(request, web))))
    }

    pub(crate) fn call(&self, request: Request, web: Shared) -> Answer {
        (self.0)(request, web)
    }
}

const KIB: usize = 1024;
const FROM_MEMORY: Limit =
    Limit::Unlimited { why: "answers from memory; a balancer that is told to wait takes the node out" };
const NO_STRANGERS: Limit = Limit::Unlimited { why: "strangers do not get here, and the operator door has no limit" };

/// Everything there is.
#[rustfmt::skip]
pub fn table() -> Vec<Route> {
    use Authority::{Anyone, Metrics, Operator};
    use Limit::PerAddress;
    vec![
        Route { method: Method::GET, path: "/healthz", handler: Handler::of(health::alive),
            authority: Anyone, limit: FROM_MEMORY, cors: Cors::Closed, body: 0, seconds: 5 },
        Route { method: Method::GET, path: "/readyz", handler: Handler::of(health::ready),
            authority: Anyone, limit: PerAddress { per_minute: 6_000, burst: 600 }, cors: Cors::Closed, body: 0, seconds: 5 },
        Route { method: Method::GET, path: "/metrics", handler: Handler::of(metrics::page),
            authority: Metrics, limit: PerAddress { per_minute: 120, burst: 20 }, cors: Cors::Closed, body: 0, seconds: 10 },
        Route { method: Method::GET, path: "/api/v1/openapi.json", handler: Handler::of(openapi::describe),
            authority: Anyone, limit: PerAddress { per_minute: 60, burst: 20 }, cors: Cors::Open, body: 0, seconds: 5 },
        Route { method: Method::POST, path: "/api/v1/accounts", handler: Handler::of(account::create),
            authority: Operator, limit: NO_STRANGERS, cors: Cors::Closed, body: 16 * KIB, seconds: 15 },
        Route { method: Method::GET, path: "/api/v1/accounts", handler: Handler::of(account::list),
            authority: Operator, limit: NO_STRANGERS, cors: Cors::Closed, body: 0, seconds: 15 },
        Route { method: Method::GET, path: "/api/v1/accounts/{id}", handler: Handler::of(account::find),
            authority: Operator, limit: NO_STRANGERS, cors: Cors::Closed, body: 0, seconds: 15 },
        Route { method: Method::POST, path: "/api/v1/accounts/{id}/disable", handler: Handler::of(account::disable),
            authority: Operator, limit: NO_STRANGERS, cors: Cors::Closed, body: 16 * KIB, seconds: 15 },
    ]
}

/// The router, from the table and nothing else. Both doors serve clones of one, so that they share its limits.
pub fn router(web: Web) -> Router {
    router_with(web, Ticks::monotonic())
}

/// [`router`] with a clock that a test may turn.
pub fn router_with(web: Web, ticks: Ticks) -> Router {
    from_table(web, ticks, table())
}

pub(crate) fn from_table(web: Web, ticks: Ticks, table: Vec<Route>) -> Router {
    let gate = Arc::new(Gate::new(Arc::new(web), ticks));
    let mut paths: BTreeMap<&'static str, Vec<Route>> = BTreeMap::new();
    for route in table {
        paths.entry(route.path).or_default().push(route);
    }
    let serve = |place: Place| {
        let place = Arc::new(place);
        service_fn(move |request| receive(Arc::clone(&place), request))
    };
    let nowhere = serve(Place::nowhere(Arc::clone(&gate)));
    let places = paths.into_iter().map(|(path, routes)| (path, Place::of(Arc::clone(&gate), path, routes)));
    places
        .fold(Router::new(), |router, (path, place)| router.route_service(path, serve(place)))
        .fallback_service(nowhere)
}
