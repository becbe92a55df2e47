//! Headers that every answer carries, whatever it says.

use axum::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use vocab::RequestId;

use crate::route::{Cors, Face};

static REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
static PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");
static OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
static RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

const NOTHING: &str = "default-src 'none'; frame-ancestors 'none'";
/// No script, style or handler stands inside a page, and no script can make markup of a string.
const OUR_OWN: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
     form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; \
     trusted-types 'none'";

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

pub(crate) fn dress(headers: &mut HeaderMap, request_id: &RequestId, (face, cors): (Face, Cors), transport: Transport) {
    let fixed = HeaderValue::from_static;
    headers.reserve(12);
    let (security, referrer, permissions) = match face {
        // A page's own forms must say where they come from, and `no-referrer` would have them say "null".
        Face::Page => (
            OUR_OWN,
            "same-origin",
            "camera=(), geolocation=(), microphone=(), publickey-credentials-create=(self), \
             publickey-credentials-get=(self)",
        ),
        Face::Api | Face::Asset | Face::WellKnown => (
            NOTHING,
            "no-referrer",
            "camera=(), geolocation=(), microphone=(), publickey-credentials-create=(), publickey-credentials-get=()",
        ),
    };
    let keep = match face {
        Face::Api | Face::Page => "no-store",
        Face::Asset => "public, max-age=31536000, immutable",
        Face::WellKnown => "public, max-age=3600",
    };
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, fixed("nosniff"));
    headers.insert(header::REFERRER_POLICY, fixed(referrer));
    headers.insert(header::CACHE_CONTROL, fixed(keep));
    headers.insert(header::CONTENT_SECURITY_POLICY, fixed(security));
    headers.insert(&PERMISSIONS_POLICY, fixed(permissions));
    headers.insert(&OPENER_POLICY, fixed("same-origin"));
    if cors == Cors::Closed {
        headers.insert(&RESOURCE_POLICY, fixed("same-origin"));
    }
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
