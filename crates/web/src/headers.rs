//! Headers that every answer carries, whatever it says.

use axum::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use vocab::RequestId;

use crate::route::Cors;

static REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
static PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");

/// Is a browser told to come back by https only? Where the public URL is https, and for that host alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Transport {
    Strict,
    Plain,
}

impl Transport {
    pub(crate) fn of(origin: &str) -> Self {
        if origin.starts_with("https://") { Self::Strict } else { Self::Plain }
    }
}

pub(crate) fn dress(headers: &mut HeaderMap, request_id: &RequestId, cors: Cors, transport: Transport) {
    let fixed = HeaderValue::from_static;
    headers.reserve(10);
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, fixed("nosniff"));
    headers.insert(header::REFERRER_POLICY, fixed("no-referrer"));
    headers.insert(header::CACHE_CONTROL, fixed("no-store"));
    headers.insert(header::CONTENT_SECURITY_POLICY, fixed("default-src 'none'; frame-ancestors 'none'"));
    headers.insert(&PERMISSIONS_POLICY, fixed("camera=(), geolocation=(), microphone=()"));
    if transport == Transport::Strict {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, fixed("max-age=63072000"));
    }
    if cors == Cors::Open {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, fixed("*"));
    }
    if let Ok(id) = HeaderValue::try_from(request_id.to_string()) {
        headers.insert(&REQUEST_ID, id);
    }
}
