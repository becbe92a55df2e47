//! The only room that knows HTTP.
//!
//! A request comes in through a [`Door`], meets the one [`route`] table, and is handed to a handler of at most twenty
//! lines that parses, calls one use case of `app`, and maps the outcome to an answer or a problem document. What
//! surrounds a handler (who may, how often, how large, how long, what is logged and counted) is one function,
//! `gate::receive`, and one row of the table; no handler can forget it.
//!
//! ```text
//! let router = web::router(Web { app, settings, readiness: Readiness::starting(), render_metrics });
//! let operator = OperatorSocket::bind(&folder.join("operator.sock"))?;
//! tokio::join!(
//!     web::serve(Listener::Public(tcp), router.clone(), limits, stopping()),
//!     web::serve(Listener::Operator(operator), router, limits, stopping()),
//! );
//! ```
//!
//! What it refuses: store, SQL, private keys, transitions of states; to learn anything from `Host`, `Forwarded` or
//! `X-Forwarded-…` but the client's address, and that only from a trusted proxy; to say in an answer why the machine
//! failed.
//!
//! Invariants:
//! - `one table`: what is not in [`route::table`] does not exist, and looks exactly like what does not exist.
//! - `a context is earned`: a handler gets a `Ctx` only where its row names an authority, and that authority was met.
//! - `every failure is a problem`: no answer of 400 or more leaves without an RFC 9457 document and a request id.
//! - `the door is a fact`: it comes from the listener that accepted the connection, never from a header.
//! - `bounded`: body, headers, time, connections, limiter keys and label values all have a largest number.

mod account;
mod address;
mod authenticators;
mod ceremony;
mod client;
mod connection;
mod context;
mod cookie;
mod credential;
mod cross_site;
mod device;
mod door;
mod gate;
mod group;
mod headers;
mod health;
mod help;
mod input;
mod limit;
mod metrics;
mod native_app;
mod notice;
mod openapi;
mod own_account;
mod pages;
mod problem;
mod report;
pub mod route;
mod session;
mod setup;
mod sign_in;
mod sign_up;
mod signals;
mod standing;
mod tally;
mod view;
mod well_known;
mod when;

use std::sync::Arc;
use std::time::Duration;

use app::App;
use ipnet::IpNet;

pub use connection::{Limits, serve};
pub use door::{Door, Listener, OperatorSocket};
pub use health::Readiness;
pub use help::Help;
pub use limit::Ticks;
pub use native_app::{AndroidApp, AppleApp};
pub use route::{router, router_with};

/// What the router is made of.
pub struct Web {
    pub app: App,
    pub settings: WebSettings,
    pub readiness: Readiness,
    /// The text of the metrics page. The recorder it reads must be installed before [`router`] is called.
    pub render_metrics: Arc<dyn Fn() -> String + Send + Sync>,
}

/// What the operator said about this room.
#[derive(Debug, Clone)]
pub struct WebSettings {
    /// Where people find help, if the operator said so.
    pub help: Option<Help>,
    /// Apps of ours that share passkeys with our pages.
    pub android_apps: Vec<AndroidApp>,
    pub apple_apps: Vec<AppleApp>,
    /// Proxies whose word about a client's address is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Networks that may read the metrics page.
    pub metrics_allow: Vec<IpNet>,
    pub max_connections: usize,
    /// How long requests in flight may take once the node is stopping.
    pub grace: Duration,
}

/// What handlers share.
type Shared = Arc<Web>;
