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
use crate::{
    Shared, Web, account, address, authenticators, credential, group, health, metrics, openapi, own_account, pages,
    report, session, setup, sign_in, sign_up, signals, standing, well_known,
};

/// Who may use a route. To everybody else it does not exist; but where somebody signed in may, others are told so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Authority {
    /// Whoever asks, and whoever that is does not matter.
    Anyone,
    /// Whoever asks; the handler learns whether they are signed in.
    Visitor,
    /// Somebody who is signed in.
    Session,
    /// The networks that may read the metrics, and the operator door.
    Metrics,
    /// The operator door alone.
    Operator,
}

/// For whom the answer is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Face {
    /// Programs: JSON, and problem documents.
    Api,
    /// People: HTML, and pages that say what is wrong.
    Page,
    /// Styles and modules, under names that change with their content.
    Asset,
    /// What browsers, systems and apps look for under `/.well-known/`. It names nobody, and is kept for an hour.
    WellKnown,
}

/// At once a burst, then so many a minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    pub per_minute: u32,
    pub burst: u32,
}

/// How often, and for whom that is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// For one address; for one /64 in IPv6. The operator door has no addresses.
    PerAddress(Rate),
    /// For one account that is signed in, whichever addresses it comes from.
    PerAccount(Rate),
    /// For one name that is asked about, by the network it is asked from.
    PerName(Rate),
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
    /// Each counts for itself.
    pub limits: &'static [Limit],
    pub face: Face,
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
/// Each beginning costs a seal, each finish a signature and one transaction: a person needs a few a minute.
const CEREMONY: Limit = Limit::PerAddress(Rate { per_minute: 60, burst: 30 });
/// Links and new accounts: rarer still.
const NEWCOMER: Limit = Limit::PerAddress(Rate { per_minute: 20, burst: 10 });
const ACCOUNT: Limit = Limit::PerAddress(Rate { per_minute: 240, burst: 60 });
const PAGES: Limit = Limit::PerAddress(Rate { per_minute: 240, burst: 120 });
/// Whoever is signed in, on top of that: an account may be in many places.
const BY_ACCOUNT: Limit = Limit::PerAccount(Rate { per_minute: 120, burst: 60 });
/// One name, on top of that: nobody tries a name through a hundred spellings of it.
const BY_NAME: Limit = Limit::PerName(Rate { per_minute: 30, burst: 15 });

impl Route {
    fn new(method: Method, path: &'static str, handler: Handler) -> Self {
        Self {
            method,
            path,
            authority: Authority::Operator,
            limits: &[NO_STRANGERS],
            face: Face::Api,
            cors: Cors::Closed,
            body: 0,
            seconds: 15,
            handler,
        }
    }
}

/// Everything there is.
#[must_use]
pub fn table() -> Vec<Route> {
    [plain(), well_known(), operator(), ceremonies(), own_account(), pages()].into_iter().flatten().collect()
}

#[rustfmt::skip]
fn plain() -> Vec<Route> {
    use Authority::{Anyone, Metrics};
    const MONITORS: Limit = Limit::PerAddress(Rate { per_minute: 6_000, burst: 600 });
    const SCRAPERS: Limit = Limit::PerAddress(Rate { per_minute: 120, burst: 20 });
    const READERS: Limit = Limit::PerAddress(Rate { per_minute: 60, burst: 20 });
    let get = |path, handler| Route { seconds: 5, ..Route::new(Method::GET, path, handler) };
    vec![
        Route { authority: Anyone, limits: &[FROM_MEMORY], ..get("/healthz", Handler::of(health::check_alive)) },
        Route { authority: Anyone, limits: &[MONITORS], ..get("/readyz", Handler::of(health::check_ready)) },
        Route { authority: Metrics, limits: &[SCRAPERS], seconds: 10, ..get("/metrics", Handler::of(metrics::show)) },
        Route { authority: Anyone, limits: &[READERS], cors: Cors::Open, ..get("/api/v1/openapi.json", Handler::of(openapi::describe)) },
        Route { authority: Anyone, limits: &[PAGES], face: Face::Asset, ..get("/assets/{name}", Handler::of(pages::serve_asset)) },
    ]
}

#[rustfmt::skip]
fn well_known() -> Vec<Route> {
    let row = |path, handler| {
        Route { authority: Authority::Anyone, limits: &[PAGES], seconds: 5, ..Route::new(Method::GET, path, handler) }
    };
    let file = |path, handler| Route { face: Face::WellKnown, cors: Cors::Open, ..row(path, handler) };
    vec![
        file("/.well-known/webauthn", Handler::of(well_known::related_origins)),
        file("/.well-known/passkey-endpoints", Handler::of(well_known::passkey_endpoints)),
        file("/.well-known/assetlinks.json", Handler::of(well_known::asset_links)),
        file("/.well-known/apple-app-site-association", Handler::of(well_known::apple_apps)),
        row("/.well-known/change-password", Handler::of(well_known::change_password)),
    ]
}

#[rustfmt::skip]
fn operator() -> Vec<Route> {
    let (get, post) = (Method::GET, Method::POST);
    vec![
        Route { body: 16 * KIB, ..Route::new(post.clone(), "/api/v1/accounts", Handler::of(account::create)) },
        Route::new(get.clone(), "/api/v1/accounts", Handler::of(account::list)),
        Route::new(get.clone(), "/api/v1/accounts/{id}", Handler::of(account::find)),
        Route { body: 16 * KIB, ..Route::new(post.clone(), "/api/v1/accounts/{id}/disable", Handler::of(account::disable)) },
        Route::new(get.clone(), "/api/v1/accounts/{id}/credentials", Handler::of(standing::list)),
        Route { body: 16 * KIB, ..Route::new(post.clone(), "/api/v1/accounts/{id}/credentials/{credential}/hold", Handler::of(standing::hold)) },
        Route { body: 16 * KIB, ..Route::new(post.clone(), "/api/v1/accounts/{id}/credentials/{credential}/release", Handler::of(standing::release)) },
        Route::new(get.clone(), "/api/v1/accounts/{id}/groups", Handler::of(group::list)),
        Route::new(post.clone(), "/api/v1/accounts/{id}/groups/{group}/join", Handler::of(group::join)),
        Route::new(post.clone(), "/api/v1/accounts/{id}/groups/{group}/leave", Handler::of(group::leave)),
        Route::new(get.clone(), "/api/v1/authenticators/rules", Handler::of(authenticators::show)),
        Route { body: 128 * KIB, ..Route::new(post.clone(), "/api/v1/authenticators/rules", Handler::of(authenticators::adopt)) },
        Route { body: 128 * KIB, seconds: 60, ..Route::new(post, "/api/v1/authenticators/dry-run", Handler::of(authenticators::dry_run)) },
    ]
}

/// One route, one authority. A body holds a sealed state and the answer of an authenticator.
#[rustfmt::skip]
fn ceremonies() -> Vec<Route> {
    use Authority::{Anyone, Session, Visitor};
    let row = |path, authority, limits, handler| {
        Route { authority, limits, body: 128 * KIB, ..Route::new(Method::POST, path, handler) }
    };
    let signed_in = |path, handler| row(path, Session, &[CEREMONY, BY_ACCOUNT], handler);
    vec![
        Route { body: 4 * KIB, ..row("/api/v1/sign-in/passkey/begin", Visitor, &[CEREMONY, BY_NAME], Handler::of(sign_in::begin)) },
        row("/api/v1/sign-in/passkey/finish", Visitor, &[CEREMONY], Handler::of(sign_in::finish)),
        Route { body: 4 * KIB, ..row("/api/v1/sign-up/begin", Visitor, &[NEWCOMER], Handler::of(sign_up::begin)) },
        row("/api/v1/sign-up/finish", Visitor, &[NEWCOMER], Handler::of(sign_up::finish)),
        Route { body: 4 * KIB, ..row("/api/v1/setup/begin", Visitor, &[NEWCOMER], Handler::of(setup::begin)) },
        row("/api/v1/setup/finish", Visitor, &[NEWCOMER], Handler::of(setup::finish)),
        Route { body: 4 * KIB, ..signed_in("/api/v1/account/step-up/begin", Handler::of(sign_in::begin_step_up)) },
        signed_in("/api/v1/account/step-up/finish", Handler::of(sign_in::finish_step_up)),
        Route { body: 4 * KIB, ..signed_in("/api/v1/passkeys/register/begin", Handler::of(credential::begin_adding)) },
        signed_in("/api/v1/passkeys/register/finish", Handler::of(credential::finish_adding)),
        // For anyone: it is asked before anybody is signed in, and reads nothing but its form.
        Route { body: KIB, seconds: 5, ..row("/api/v1/ceremony-reports", Anyone, &[CEREMONY], Handler::of(report::take)) },
    ]
}

#[rustfmt::skip]
fn own_account() -> Vec<Route> {
    let row = |method, path, handler| {
        Route { authority: Authority::Session, limits: &[ACCOUNT, BY_ACCOUNT], ..Route::new(method, path, handler) }
    };
    let get = |path, handler| row(Method::GET, path, handler);
    let post = |path, handler| Route { body: 4 * KIB, ..row(Method::POST, path, handler) };
    vec![
        get("/api/v1/account", Handler::of(own_account::show)),
        get("/api/v1/account/credentials", Handler::of(credential::list)),
        get("/api/v1/account/signals", Handler::of(signals::show)),
        post("/api/v1/account/credentials/{id}/rename", Handler::of(credential::rename)),
        post("/api/v1/account/credentials/{id}/remove", Handler::of(credential::remove)),
        get("/api/v1/account/sessions", Handler::of(session::list)),
        post("/api/v1/account/sessions/{id}/end", Handler::of(session::end)),
        post("/api/v1/account/sessions/end-others", Handler::of(session::end_others)),
        post("/api/v1/account/sessions/end-all", Handler::of(session::end_all)),
        post("/api/v1/account/sign-out", Handler::of(session::sign_out)),
        post("/api/v1/account/addresses/confirm", Handler::of(address::confirm)),
    ]
}

#[rustfmt::skip]
fn pages() -> Vec<Route> {
    use Authority::{Session, Visitor};
    let row = |method, path, authority, handler| {
        Route { authority, limits: &[PAGES], face: Face::Page, ..Route::new(method, path, handler) }
    };
    let get = |path, authority, handler| row(Method::GET, path, authority, handler);
    let form = |path, authority, handler| Route { body: 4 * KIB, ..row(Method::POST, path, authority, handler) };
    let own = |path, handler| Route { limits: &[PAGES, BY_ACCOUNT], ..form(path, Session, handler) };
    vec![
        get("/", Visitor, Handler::of(pages::welcome)),
        get("/sign-in", Visitor, Handler::of(pages::sign_in::show)),
        form("/sign-in", Visitor, Handler::of(pages::sign_in::ask_for_passkey)),
        get("/sign-up", Visitor, Handler::of(pages::sign_up::show)),
        Route { limits: &[NEWCOMER], ..form("/sign-up", Visitor, Handler::of(pages::sign_up::check)) },
        get("/setup", Visitor, Handler::of(pages::setup::show)),
        get("/confirm", Visitor, Handler::of(pages::address::ask_to_confirm)),
        form("/confirm", Visitor, Handler::of(pages::address::confirm)),
        get("/account", Session, Handler::of(pages::own_account::show)),
        own("/account/credentials/{id}/rename", Handler::of(pages::credential::rename)),
        get("/account/credentials/{id}/remove", Session, Handler::of(pages::credential::ask_to_remove)),
        own("/account/credentials/{id}/remove", Handler::of(pages::credential::remove)),
        own("/account/sessions/{id}/end", Handler::of(pages::session::end)),
        own("/account/sessions/end-others", Handler::of(pages::session::end_others)),
        own("/sign-out", Handler::of(pages::session::sign_out)),
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
