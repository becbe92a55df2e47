use std::any::Any;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use app::{Actor, Ctx};
use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::http::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;
use tokio::time::timeout;

use super::Gate;
use crate::context::Visit;
use crate::device::Program;
use crate::limit::{Limiters, Ticks};
use crate::problem::Problem;
use crate::route::{Authority, Face, Route};
use crate::{cookie, cross_site, pages};

/// A body that takes longer, or longer than its route may, is not coming.
const BODY_TIME: Duration = Duration::from_secs(10);

/// A row of the table with what it needs to be kept.
pub(crate) struct Guarded {
    pub(super) route: Route,
    limiters: Arc<Limiters>,
}

impl Guarded {
    pub(super) fn new(route: Route, ticks: &Ticks) -> Self {
        Self { limiters: Arc::new(Limiters::of(route.limits, ticks)), route }
    }

    /// The handler's answer, or a problem: too often, too large, too slow, or a panic.
    pub(super) async fn answer(&self, gate: &Gate, request: Request, ctx: Ctx) -> Response {
        let asked =
            (request.method().clone(), request.uri().path_and_query().map_or_else(String::new, ToString::to_string));
        let work = async {
            let request = self.admit(gate, request, ctx).await?;
            timeout(self.seconds(), self.route.handler.call(request, Arc::clone(&gate.web)))
                .await
                .map_err(|_| too_late(self))
        };
        match caught(work).await {
            Ok(Ok(response)) => response,
            Ok(Err(problem)) if self.is_a_page() && problem.is_sign_in_required() => pages::to_sign_in(&asked),
            Ok(Err(problem)) => problem.into_response(),
            Err(panic) => {
                tracing::error!(route = self.route.path, panic = words(&*panic), "a handler panicked");
                Problem::internal().into_response()
            }
        }
    }

    fn seconds(&self) -> Duration {
        Duration::from_secs(self.route.seconds)
    }

    fn is_a_page(&self) -> bool {
        self.route.face == Face::Page
    }

    /// INVARIANT (a context is earned): the authority was met when the row was chosen, or it is met here by a session;
    /// then it gets its actor.
    async fn admit(&self, gate: &Gate, request: Request, ctx: Ctx) -> Result<Request, Problem> {
        if let Some(address) = ctx.client.address {
            self.limiters.count_address(address).map_err(Problem::too_many)?;
        }
        let (mut parts, body) = request.into_parts();
        match self.route.authority {
            Authority::Anyone | Authority::Metrics => {}
            Authority::Operator => {
                parts.extensions.insert(Ctx { actor: Actor::Operator, ..ctx });
            }
            Authority::Visitor | Authority::Session => self.recognise(gate, &mut parts, ctx).await?,
        }
        let body = match self.route.body {
            0 => Body::empty(),
            at_most => match timeout(BODY_TIME.min(self.seconds()), whole(body, at_most)).await {
                Ok(body) => Body::from(body?),
                Err(_) => return Err(Problem::body_too_slow()),
            },
        };
        Ok(Request::from_parts(parts, body))
    }

    /// Whose request is it, and did it come from a page of ours?
    async fn recognise(&self, gate: &Gate, parts: &mut Parts, ctx: Ctx) -> Result<(), Problem> {
        if !cross_site::is_ours(&parts.method, &parts.headers, &gate.origin) {
            return Err(Problem::cross_site());
        }
        let who = match presented(&parts.headers)? {
            Some(token) => gate.web.app.sessions().readmit(ctx.now, token).await?,
            None => None,
        };
        if self.route.authority == Authority::Session && who.is_none() {
            return Err(Problem::sign_in_required());
        }
        if let Some(who) = &who {
            let whose = u128::from_be_bytes(*who.account.id.bytes());
            self.limiters.count_account(whose).map_err(Problem::too_many)?;
        }
        let ctx = who.as_ref().map_or_else(|| ctx.clone(), |who| ctx.acting(who.account.id));
        let browser = cookie::find(&parts.headers, cookie::BROWSER).map(str::to_owned);
        let names = ctx.client.address.map(|address| (Arc::clone(&self.limiters), address));
        let is_a_page = cross_site::is_from_a_page(&parts.headers);
        let program = parts.extensions.get::<Program>().copied().unwrap_or_default();
        parts.extensions.insert(Visit { who, browser, is_a_page, program, names });
        parts.extensions.insert(ctx);
        Ok(())
    }
}

/// The token of a session: in our cookie, or as a bearer. Both at once would be two people.
fn presented(headers: &HeaderMap) -> Result<Option<&str>, Problem> {
    let by_cookie = cookie::find(headers, cookie::SESSION);
    let mut lines = headers.get_all(AUTHORIZATION).iter();
    match (lines.next(), lines.next(), by_cookie) {
        (None, _, by_cookie) => Ok(by_cookie),
        (Some(line), None, None) => Ok(bearer(line)),
        _ => Err(Problem::ambiguous()),
    }
}

fn bearer(line: &HeaderValue) -> Option<&str> {
    let (scheme, token) = line.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token)
}

fn too_late(row: &Guarded) -> Problem {
    tracing::error!(route = row.route.path, seconds = row.route.seconds, "the time limit of the route has passed");
    Problem::too_late()
}

/// Reads a body that is not larger than `at_most`, and no more of one that is.
async fn whole(body: Body, at_most: usize) -> Result<Vec<u8>, Problem> {
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if announced > at_most {
        return Err(Problem::body_too_large(at_most));
    }
    let (mut body, mut bytes) = (pin!(body), Vec::with_capacity(announced));
    while let Some(frame) = poll_fn(|cx| body.as_mut().poll_frame(cx)).await {
        let frame = frame.map_err(|_| Problem::unreadable("The request broke off. Try again."))?;
        let Ok(data) = frame.into_data() else { continue }; // trailers
        if bytes.len() + data.len() > at_most {
            return Err(Problem::body_too_large(at_most));
        }
        bytes.extend_from_slice(&data);
    }
    Ok(bytes)
}

type Panic = Box<dyn Any + Send>;

/// The panic of one request is the end of that request only. What it touched is dropped; what it had written is a
/// transaction of the store, which commits whole or not at all.
async fn caught<T>(work: impl Future<Output = T>) -> Result<T, Panic> {
    let mut work = pin!(work);
    poll_fn(|cx| match catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(cx))) {
        Ok(Poll::Pending) => Poll::Pending,
        Ok(Poll::Ready(outcome)) => Poll::Ready(Ok(outcome)),
        Err(panic) => Poll::Ready(Err(panic)),
    })
    .await
}

fn words(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("without words")
}
