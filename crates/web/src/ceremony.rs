//! What all ceremonies have in common at the door: who begins and finishes them, and what both are answered.

use app::App;
use app::ceremony::{Begun, Binding, Finish, Refusal};
use app::session::NewSession;
use axum::http::StatusCode;
use axum::http::header::HeaderValue;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};
use utoipa::ToSchema;
use vocab::Timestamp;
use webauthn::Mediation;

use crate::context::Visit;
use crate::cookie;
use crate::input::AnyJson;
use crate::problem::Problem;

/// A secret of a program is at least as long as a key.
const SECRET_AT_LEAST: usize = 32;

/// How a ceremony is finished.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FinishForm {
    /// As `begin` gave it.
    state: String,
    /// What the browser made of `options`: the standard's `RegistrationResponseJSON` or `AuthenticationResponseJSON`.
    #[schema(value_type = Object)]
    credential: AnyJson,
    /// As it was at `begin`, if anything was said of it there.
    #[schema(value_type = Option<String>)]
    pub(crate) mediation: Option<Mediation>,
    /// For programs: the secret (base64url, at least 32 bytes) whose SHA-256 was the `binding` at `begin`.
    secret: Option<String>,
}

/// A ceremony that has begun.
#[derive(Serialize, ToSchema)]
pub(crate) struct BegunView {
    /// To be sent back with `finish`, by the same browser or program.
    state: String,
    /// For `navigator.credentials`: the standard's options in their JSON form.
    #[schema(value_type = Object)]
    options: Box<RawValue>,
    /// Seconds until it must be finished.
    expires_in: u64,
}

/// A session that was opened. A browser gets its token in a cookie, and only there.
#[derive(Serialize, ToSchema)]
pub(crate) struct SignedInView {
    account_id: String,
    session: OpenedSessionView,
    /// For programs, once: to be sent as `Authorization: Bearer`.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
}

#[derive(Serialize, ToSchema)]
struct OpenedSessionView {
    id: String,
    /// RFC 3339.
    ends_at: String,
}

/// Who begins: a browser, known by its cookie, or a program that brings a binding. A browser that has no cookie yet
/// gets one with the answer.
pub(crate) struct Beginner {
    pub(crate) binding: Binding,
    new_cookie: Option<HeaderValue>,
}

impl Beginner {
    pub(crate) fn of(app: &App, visit: &Visit, binding: Option<&str>) -> Result<Self, Problem> {
        if let Some(text) = binding {
            no_page(visit, "binding")?;
            let wrong = || Problem::unusable("binding", "it is the SHA-256 of a secret, in base64url");
            let digest = URL_SAFE_NO_PAD.decode(text).ok().and_then(|bytes| bytes.try_into().ok()).ok_or_else(wrong)?;
            return Ok(Self { binding: Binding::program(digest), new_cookie: None });
        }
        if let Some(cookie) = &visit.browser {
            return Ok(Self { binding: Binding::browser(cookie.as_bytes()), new_cookie: None });
        }
        let secret = app.browser_secret();
        Ok(Self { binding: Binding::browser(secret.expose().as_bytes()), new_cookie: cookie::browser(&secret) })
    }

    pub(crate) fn begun<O: Serialize>(self, begun: Begun<O>) -> Result<Response, Problem> {
        let options = to_raw_value(&begun.options).map_err(|error| {
            tracing::error!(%error, "options that are no JSON");
            Problem::internal()
        })?;
        let view = BegunView { state: begun.state, options, expires_in: begun.expires_in.as_secs() };
        Ok(cookie::with(axum::Json(view).into_response(), self.new_cookie))
    }
}

impl FinishForm {
    /// A ceremony ends where it began: a browser without its cookie finishes nothing.
    pub(crate) fn read(self, visit: &Visit) -> Result<Finish, Problem> {
        let binding = match (&self.secret, &visit.browser) {
            (Some(secret), _) => {
                no_page(visit, "secret")?;
                let bytes = URL_SAFE_NO_PAD.decode(secret).ok().filter(|bytes| bytes.len() >= SECRET_AT_LEAST);
                let bytes =
                    bytes.ok_or_else(|| Problem::unusable("secret", "it is at least 32 bytes, in base64url"))?;
                Binding::program_with(&bytes)
            }
            (None, Some(cookie)) => Binding::browser(cookie.as_bytes()),
            (None, None) => return Err(Problem::begin_again()),
        };
        Ok(Finish { state: self.state, binding, credential: self.credential.0 })
    }
}

/// A page's session lives in a cookie that its scripts cannot read. No page is handed a token instead.
fn no_page(visit: &Visit, member: &'static str) -> Result<(), Problem> {
    match visit.is_a_page {
        true => Err(Problem::unusable(member, "it is for programs, and this comes from a page")),
        false => Ok(()),
    }
}

/// The session goes where the ceremony came from: into the browser's cookie, or to the program, once.
pub(crate) fn opened(new: &NewSession, now: Timestamp, status: StatusCode, binding: Binding) -> Response {
    let session = OpenedSessionView { id: new.id.to_string(), ends_at: new.ends_at.to_string() };
    let token = binding.is_program().then(|| new.token.expose().clone());
    let cookie = if binding.is_program() { None } else { cookie::session(&new.token, new.ends_at.since(now)) };
    let view = SignedInView { account_id: new.account.to_string(), session, token };
    cookie::with((status, axum::Json(view)).into_response(), cookie)
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::BeginAgain => Self::begin_again(),
            Refusal::Unreadable => Self::unusable("credential", refusal),
            Refusal::NotAccepted => Self::not_accepted(),
            Refusal::NotLetIn(because) => Self::not_let_in(because),
        }
    }
}
