//! The figures of this room, and the page that shows everybody's.

use std::sync::OnceLock;
use std::time::Duration;

use ::metrics::{Counter, Histogram};
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::Shared;

/// GET /metrics
pub(crate) async fn show(State(web): State<Shared>) -> Response {
    ([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], (web.render_metrics)()).into_response()
}

/// Methods and statuses have few values here, whatever a stranger sends: the last of each stands for all others.
const METHODS: [&str; 4] = ["GET", "HEAD", "POST", "other"];
#[rustfmt::skip]
const STATUSES: [&str; 21] = [
    "200", "201", "204", "302", "303", "304", "400", "401", "403", "404", "405", "408", "409", "410", "413", "415", "422",
    "429", "500", "503", "other",
];
const SERIES: usize = METHODS.len() * STATUSES.len();

/// The counters of one path, looked up once each: counting a request is then one addition.
pub(crate) struct Figures {
    path: &'static str,
    requests: [OnceLock<Counter>; SERIES],
    seconds: Histogram,
}

impl Figures {
    pub(crate) fn of(path: &'static str) -> Self {
        let seconds = metrics::histogram!("signet_http_request_seconds", "route" => path);
        Self { path, requests: [const { OnceLock::new() }; SERIES], seconds }
    }

    pub(crate) fn path(&self) -> &'static str {
        self.path
    }

    /// Counts one answer. Labels come from the table and from the two lists above, never from a request.
    pub(crate) fn record(&self, method: &Method, status: StatusCode, took: Duration) {
        let (at, method) = find(&METHODS, method.as_str());
        let (column, status) = find(&STATUSES, status.as_str());
        let series = self.requests.get(at * STATUSES.len() + column).map(|counter| {
            counter.get_or_init(|| {
                metrics::counter!("signet_http_requests_total", "route" => self.path, "method" => method, "status" => status)
            })
        });
        series.inspect(|counter| counter.increment(1));
        self.seconds.record(took.as_secs_f64());
    }
}

/// The method, if it is one we have a word for.
pub(crate) fn bounded(method: &Method) -> &'static str {
    find(&METHODS, method.as_str()).1
}

/// Where the word stands, or the last word.
fn find<const N: usize>(words: &[&'static str; N], word: &str) -> (usize, &'static str) {
    let known = words.iter().copied().enumerate().find(|(_, known)| *known == word);
    known.unwrap_or((N - 1, "other"))
}
