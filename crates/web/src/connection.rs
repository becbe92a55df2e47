//! Accepting connections, speaking HTTP on each, and letting go in time.

mod crowd;
mod pulse;

use std::convert::Infallible;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tower::Service;

use crate::WebSettings;
use crate::door::{Door, Listener, Stream};
use crowd::{Crowd, Guest};
use pulse::{Patience, Pulse, Watched};

/// All headers of a request together. Their number is hyper's own limit of 100.
const HEADER_BYTES: usize = 16 * 1024;
const STREAMS_PER_CONNECTION: u32 = 32;
/// So many addresses fill the hall; one alone cannot.
const PLACES_PER_CROWD: usize = 8;
/// After a failed accept (usually: too many files are open) the next one is not tried at once.
const BREATH: Duration = Duration::from_millis(50);

/// How many connections, and how long each may keep us waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    pub connections: usize,
    /// Of these, so many for one address (one /64 in IPv6).
    pub per_address: usize,
    /// From the first byte of a request's headers to the last.
    pub header: Duration,
    /// Between two requests.
    pub idle: Duration,
    /// For requests in flight once the door closes.
    pub grace: Duration,
}

impl From<&WebSettings> for Limits {
    fn from(settings: &WebSettings) -> Self {
        Self {
            connections: settings.max_connections,
            // Behind a proxy everybody comes from the proxy's address.
            per_address: match settings.trusted_proxies.is_empty() {
                true => (settings.max_connections / PLACES_PER_CROWD).max(1),
                false => settings.max_connections,
            },
            header: Duration::from_secs(10),
            idle: Duration::from_secs(75),
            grace: settings.grace,
        }
    }
}

/// Serves one door until `shutdown` resolves: then nobody new is let in, requests in flight may finish within the
/// grace period, and what is left is cut.
pub async fn serve(listener: Listener, router: Router, limits: Limits, shutdown: impl Future<Output = ()>) {
    let (stop, stopping) = watch::channel(false);
    let hall = Arc::new(Hall { builder: builder(), router, limits, stopping });
    let places = Arc::new(Semaphore::new(limits.connections));
    let crowd = Crowd::new(limits.per_address);
    let mut connections = JoinSet::new();
    let mut shutdown = pin!(shutdown);
    loop {
        tokio::select! {
            biased;
            () = &mut shutdown => break,
            Some(_) = connections.join_next() => {}
            Some((place, stream, door)) = next(&listener, &places) => {
                if let Some(guest) = crowd.enter(door) {
                    connections.spawn(Arc::clone(&hall).converse((place, guest), stream, door));
                }
            }
        }
    }
    drop(listener);
    let _nobody_is_here = stop.send(true);
    let all_gone = async { while connections.join_next().await.is_some() {} };
    if timeout(limits.grace, all_gone).await.is_err() {
        tracing::warn!(connections = connections.len(), "requests in flight are cut: the grace period is over");
        connections.shutdown().await;
    }
}

/// Waits for a free place first: who finds none waits at the system's door, not in our memory.
async fn next(listener: &Listener, places: &Arc<Semaphore>) -> Option<(OwnedSemaphorePermit, Box<dyn Stream>, Door)> {
    loop {
        let place = Arc::clone(places).acquire_owned().await.ok()?;
        match listener.accept().await {
            Ok((stream, door)) => return Some((place, stream, door)),
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                breathe().await;
            }
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "nothing signals that files are free again; this is no way to wait for work"
)]
async fn breathe() {
    tokio::time::sleep(BREATH).await;
}

fn builder() -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    // Times are kept by `Pulse`, over both versions and without a timer per request.
    builder.http1().timer(TokioTimer::new()).header_read_timeout(None).max_buf_size(HEADER_BYTES);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS_PER_CONNECTION)
        .max_header_list_size(HEADER_BYTES as u32);
    builder
}

/// What all connections of one door share.
struct Hall {
    builder: Builder<TokioExecutor>,
    router: Router,
    limits: Limits,
    stopping: watch::Receiver<bool>,
}

impl Hall {
    async fn converse(self: Arc<Self>, _place: (OwnedSemaphorePermit, Guest), stream: Box<dyn Stream>, door: Door) {
        let _counted = Counted::new(door);
        let pulse = Arc::new(Pulse::default());
        let io = TokioIo::new(Watched::new(stream, Arc::clone(&pulse)));
        let answer = service_fn(|request| answer(&self.router, &pulse, door, request));
        let mut connection = pin!(self.builder.serve_connection(io, answer));
        let mut patience = Patience::new(self.limits);
        let mut ticks = interval(patience.tick());
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        ticks.tick().await; // the first comes at once
        let mut stopping = self.stopping.clone();
        let mut is_leaving = false;
        loop {
            tokio::select! {
                biased;
                _ended = connection.as_mut() => return,
                _ = stopping.wait_for(|stopping| *stopping), if !is_leaving => {}
                _ = ticks.tick() => match patience.is_over(&pulse) {
                    false => continue,
                    true if is_leaving => return,
                    true => {}
                },
            }
            is_leaving = true;
            connection.as_mut().graceful_shutdown();
        }
    }
}

fn answer(
    router: &Router,
    pulse: &Arc<Pulse>,
    door: Door,
    mut request: Request<Incoming>,
) -> impl Future<Output = Result<Response<Body>, Infallible>> + use<> {
    let beat = pulse.beat(request.version());
    request.extensions_mut().insert(door);
    let answer = router.clone().call(request);
    async move {
        let answer = answer.await;
        drop(beat);
        answer
    }
}

/// One connection in the figures.
struct Counted(::metrics::Gauge);

impl Counted {
    fn new(door: Door) -> Self {
        let gauge = ::metrics::gauge!("signet_http_connections", "door" => door.as_str());
        gauge.increment(1);
        Self(gauge)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.decrement(1);
    }
}
