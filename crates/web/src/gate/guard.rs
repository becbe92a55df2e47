use std::any::Any;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use app::{Actor, Ctx};
use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;
use tokio::time::timeout;

use super::Gate;
use crate::limit::{Limiter, Ticks};
use crate::problem::Problem;
use crate::route::{Authority, Route};

/// A body that takes longer, or longer than its route may, is not coming.
const BODY_TIME: Duration = Duration::from_secs(10);

/// A row of the table with what it needs to be kept.
pub(crate) struct Guarded {
    pub(super) route: Route,
    limiter: Option<Limiter>,
}

impl Guarded {
    pub(super) fn new(route: Route, ticks: &Ticks) -> Self {
        Self { limiter: Limiter::of(route.limit, ticks), route }
    }

    /// The handler's answer, or a problem: too often, too large, too slow, or a panic.
    pub(super) async fn answer(&self, gate: &Gate, request: Request, ctx: Ctx) -> Response {
        let work = async {
            let request = self.admit(request, ctx).await?;
            timeout(self.seconds(), self.route.handler.call(request, Arc::clone(&gate.web)))
                .await
                .map_err(|_| too_late(self))
        };
        match caught(work).await {
            Ok(outcome) => outcome.unwrap_or_else(Problem::into_response),
            Err(panic) => {
                tracing::error!(route = self.route.path, panic = words(&*panic), "a handler panicked");
                Problem::internal().into_response()
            }
        }
    }

    fn seconds(&self) -> Duration {
        Duration::from_secs(self.route.seconds)
    }

    /// INVARIANT (a context is earned): the authority was met when the row was chosen; here it gets its actor.
    async fn admit(&self, request: Request, ctx: Ctx) -> Result<Request, Problem> {
        if let (Some(limiter), Some(address)) = (&self.limiter, ctx.client.address) {
            limiter.count(address).map_err(Problem::too_many)?;
        }
        let (mut parts, body) = request.into_parts();
        let body = match self.route.body {
            0 => Body::empty(),
            at_most => match timeout(BODY_TIME.min(self.seconds()), whole(body, at_most)).await {
                Ok(body) => Body::from(body?),
                Err(_) => return Err(Problem::body_too_slow()),
            },
        };
        if self.route.authority == Authority::Operator {
            parts.extensions.insert(Ctx { actor: Actor::Operator, ..ctx });
        }
        Ok(Request::from_parts(parts, body))
    }
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
