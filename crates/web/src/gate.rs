//! What happens around every handler, in one function: who asks, is it allowed, how often, how large, how long; and
//! afterwards the same headers, figures and log line for every answer, whoever made it.

mod guard;
#[cfg(test)]
mod tests;

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use app::Actor;
use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::http::header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
use axum::http::{Method, Uri};
use axum::response::{IntoResponse, Response};
use tracing::Instrument;
use vocab::{RequestId, Timestamp};

use crate::client::Client;
use crate::device::Program;
use crate::door::Door;
use crate::headers::{self, Transport};
use crate::limit::Ticks;
use crate::metrics::{self, Figures};
use crate::problem::Problem;
use crate::route::{Authority, Cors, Face, Route};
use crate::view::{self, Frame};
use crate::{Shared, pages};
pub(crate) use guard::Guarded;

/// What all routes share.
pub(crate) struct Gate {
    web: Shared,
    ticks: Ticks,
    transport: Transport,
    /// Where pages come from that may ask for changes. Where passkeys may be used is another list.
    origin: String,
    frame: Frame,
    /// The figures of whatever does not exist.
    nowhere: Figures,
}

impl Gate {
    pub(crate) fn new(web: Shared, ticks: Ticks) -> Self {
        let origin = web.app.site().public_url.origin().to_owned();
        let transport = Transport::of(&origin);
        let frame = pages::frame(&web);
        Self { web, ticks, transport, origin, frame, nowhere: Figures::of("none") }
    }
}

/// One path of the table with its methods; for whatever is not in the table, a place without any.
pub(crate) struct Place {
    gate: Arc<Gate>,
    routes: Vec<Guarded>,
    figures: Option<Figures>,
}

/// Which row answers, and if none, what is said instead. Somebody who may use none of a path's methods is told the
/// same as on a path that does not exist.
enum Choice<'p> {
    Row(&'p Guarded, &'p Figures),
    Refused(Problem, &'p Figures),
}

impl Place {
    pub(crate) fn nowhere(gate: Arc<Gate>) -> Self {
        Self { gate, routes: Vec::new(), figures: None }
    }

    pub(crate) fn of(gate: Arc<Gate>, path: &'static str, routes: Vec<Route>) -> Self {
        let routes = routes.into_iter().map(|route| Guarded::new(route, &gate.ticks)).collect();
        Self { gate, routes, figures: Some(Figures::of(path)) }
    }

    fn choose(&self, request: &Request, door: Door, client: &Client) -> Choice<'_> {
        let admits = |row: &&Guarded| match (row.route.authority, door) {
            (Authority::Anyone | Authority::Visitor | Authority::Session, _) | (_, Door::Operator) => true,
            (Authority::Metrics, Door::Public(_)) => {
                client.is_surely_from(&self.gate.web.settings.metrics_allow, request.headers())
            }
            (Authority::Operator, Door::Public(_)) => false,
        };
        let mut open = self.routes.iter().filter(admits).peekable();
        let figures = match (&self.figures, open.peek()) {
            (Some(figures), Some(_)) if is_plain(request.uri()) => figures,
            _ => return Choice::Refused(Problem::not_found(), &self.gate.nowhere),
        };
        let method = if request.method() == Method::HEAD { &Method::GET } else { request.method() };
        match open.clone().find(|row| row.route.method == *method) {
            Some(row) => Choice::Row(row, figures),
            None => Choice::Refused(Problem::wrong_method(allowed(open)), figures),
        }
    }
}

/// Our paths need no encoding and no dots to walk by. Whoever writes some wants two readers to read two things.
fn is_plain(uri: &Uri) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    uri.path().split('/').all(|part| part.bytes().all(is_plain) && part != "." && part != "..")
}

fn allowed<'p>(rows: impl Iterator<Item = &'p Guarded>) -> String {
    let names = rows.map(|row| if row.route.method == Method::GET { "GET, HEAD" } else { row.route.method.as_str() });
    names.collect::<Vec<_>>().join(", ")
}

/// Every request comes through here.
pub(crate) async fn receive(place: Arc<Place>, mut request: Request) -> Result<Response, Infallible> {
    let gate = &place.gate;
    let begun = gate.ticks.elapsed();
    // A request that came in through no door of ours is a stranger's, from nowhere.
    let door = request.extensions().get().copied().unwrap_or(Door::Public(IpAddr::V4(Ipv4Addr::UNSPECIFIED)));
    let client = Client::of(door, request.headers(), &gate.web.settings.trusted_proxies);
    let mut ctx = gate.web.app.ctx(Actor::Anonymous); // freezes the time, numbers the request; a row names the actor
    ctx.client.address = client.address;
    let program = Program::of(request.headers());
    (ctx.client.device, ctx.client.system) = program.words();
    request.extensions_mut().insert(program);
    let (request_id, now) = (ctx.request_id, ctx.now);
    let method = request.method().clone();
    let somewhere = face_for(&request);

    let span = tracing::error_span!("request", %request_id); // on at every level: errors must find their request
    let (response, figures, (face, cors)) = match place.choose(&request, door, &client) {
        Choice::Row(row, figures) => {
            let dress = (row.route.face, row.route.cors);
            (row.answer(gate, request, ctx).instrument(span.clone()).await, figures, dress)
        }
        Choice::Refused(problem, figures) => (problem.into_response(), figures, (somewhere, Cors::Closed)),
    };

    let _entered = span.enter();
    let (mut response, face) = written(response, (&request_id, now, &gate.frame), (face, somewhere), &method);
    headers::dress(response.headers_mut(), &request_id, (face, cors), gate.transport);
    let took = gate.ticks.elapsed().saturating_sub(begun);
    figures.record(&method, response.status(), took);
    tracing::info!(
        target: "access",
        route = figures.path(),
        method = metrics::bounded(&method),
        status = response.status().as_u16(),
        ms = took.as_secs_f64() * 1e3,
        client = client.address.map(tracing::field::display),
    );
    Ok(response)
}

/// A browser that looks for a page is answered with one, wherever it got lost.
fn face_for(request: &Request) -> Face {
    let wants_a_page = |accept: &HeaderValue| accept.as_bytes().starts_with(b"text/html");
    let is_api = request.uri().path().starts_with("/api/");
    if !is_api && request.headers().get(ACCEPT).is_some_and(wants_a_page) { Face::Page } else { Face::Api }
}

/// INVARIANT (every failure is a problem): whatever says 400 or more leaves as a document, or as a page that says the
/// same; on HEAD nothing but its length does.
fn written(
    mut response: Response,
    (request_id, now, frame): (&RequestId, Timestamp, &Frame),
    (face, somewhere): (Face, Face),
    method: &Method,
) -> (Response, Face) {
    let status = response.status();
    let is_failure = status.is_client_error() || status.is_server_error();
    // A failure is written for whoever asked, and is nothing to keep.
    let face = if is_failure && matches!(face, Face::Asset | Face::WellKnown) { somewhere } else { face };
    if is_failure {
        if response.extensions().get::<Problem>().is_none() {
            response = Problem::for_status(status).into_response();
        }
        if let Some(problem) = response.extensions_mut().remove::<Problem>() {
            let (kind, body) = match face {
                Face::Page => (pages::HTML, view::problem(frame, &problem.view(request_id, now)).into_bytes()),
                Face::Api | Face::Asset | Face::WellKnown => ("application/problem+json", problem.document(request_id)),
            };
            response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
            *response.body_mut() = Body::from(body);
        }
    }
    if method == Method::HEAD {
        if let Some(length) = response.body().size_hint().exact() {
            response.headers_mut().insert(CONTENT_LENGTH, length.into());
        }
        *response.body_mut() = Body::empty();
    }
    (response, face)
}
