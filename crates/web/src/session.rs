//! The sessions of whoever is signed in.

use app::session::{Listed, Refusal};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;
use vocab::SessionId;

use crate::Shared;
use crate::context::{Context, Who};
use crate::cookie;
use crate::input::InPath;
use crate::problem::{Document, Problem};

/// A session, as its owner sees it.
#[derive(Serialize, ToSchema)]
pub(crate) struct SessionView {
    id: String,
    /// Is it the one that asks?
    is_current: bool,
    /// What the program called itself.
    device: String,
    /// The address it was opened from.
    address: Option<String>,
    /// The passkey that opened it.
    credential_id: String,
    /// RFC 3339, like those below.
    opened_at: String,
    last_seen_at: String,
    ends_at: String,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct SessionList {
    sessions: Vec<SessionView>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct Ended {
    /// How many sessions were ended.
    ended: usize,
}

/// The open sessions of this account, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/account/sessions",
    operation_id = "list_sessions",
    tag = "own account",
    responses(
        (status = 200, body = SessionList),
        (status = 401, body = Document<'static>, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn list(
    State(web): State<Shared>,
    Who(who): Who,
    Context(ctx): Context,
) -> Result<axum::Json<SessionList>, Problem> {
    let own = who.session.id();
    let sessions = web.app.sessions().list(&ctx, &who).await?.into_iter().map(|listed| view(listed, own)).collect();
    Ok(axum::Json(SessionList { sessions }))
}

/// End one session of this account.
#[utoipa::path(
    post,
    path = "/api/v1/account/sessions/{id}/end",
    operation_id = "end_session",
    tag = "own account",
    params(("id" = String, Path, description = "The session's id.")),
    responses(
        (status = 204),
        (status = 401, body = Document<'static>, content_type = "application/problem+json"),
        (status = 403, body = Document<'static>, content_type = "application/problem+json"),
        (status = 404, body = Document<'static>, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn end(
    State(web): State<Shared>,
    Who(who): Who,
    Context(ctx): Context,
    InPath(id): InPath<SessionId>,
) -> Result<StatusCode, Problem> {
    web.app.sessions().end(&ctx, &who, id).await??;
    Ok(StatusCode::NO_CONTENT)
}

/// End every session of this account but this one.
#[utoipa::path(
    post,
    path = "/api/v1/account/sessions/end-others",
    operation_id = "end_other_sessions",
    tag = "own account",
    responses(
        (status = 200, body = Ended),
        (status = 401, body = Document<'static>, content_type = "application/problem+json"),
        (status = 403, body = Document<'static>, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn end_others(
    State(web): State<Shared>,
    Who(who): Who,
    Context(ctx): Context,
) -> Result<axum::Json<Ended>, Problem> {
    Ok(axum::Json(Ended { ended: web.app.sessions().end_others(&ctx, &who).await?? }))
}

/// Sign out everywhere: end every session of this account.
#[utoipa::path(
    post,
    path = "/api/v1/account/sessions/end-all",
    operation_id = "end_all_sessions",
    tag = "own account",
    responses(
        (status = 200, body = Ended),
        (status = 401, body = Document<'static>, content_type = "application/problem+json"),
        (status = 403, body = Document<'static>, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn end_all(
    State(web): State<Shared>,
    Who(who): Who,
    Context(ctx): Context,
) -> Result<Response, Problem> {
    let ended = web.app.sessions().end_all(&ctx, &who).await??;
    Ok(without_session(axum::Json(Ended { ended }).into_response()))
}

/// Sign out here.
#[utoipa::path(
    post,
    path = "/api/v1/account/sign-out",
    operation_id = "sign_out",
    tag = "own account",
    responses(
        (status = 204),
        (status = 401, body = Document<'static>, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn sign_out(
    State(web): State<Shared>,
    Who(who): Who,
    Context(ctx): Context,
) -> Result<Response, Problem> {
    web.app.sessions().end(&ctx, &who, who.session.id()).await??;
    Ok(without_session(StatusCode::NO_CONTENT.into_response()))
}

/// The answer, and the browser forgets its session.
pub(crate) fn without_session(response: Response) -> Response {
    cookie::with(response, cookie::no_session())
}

fn view(listed: Listed, own: SessionId) -> SessionView {
    SessionView {
        id: listed.id.to_string(),
        is_current: listed.id == own,
        device: listed.device,
        address: listed.address,
        credential_id: listed.credential.to_string(),
        opened_at: listed.opened_at.to_string(),
        last_seen_at: listed.last_seen_at.to_string(),
        ends_at: listed.ends_at.to_string(),
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Unknown => Self::not_found(),
            Refusal::StepUpRequired => Self::step_up_required(),
            Refusal::OtherPasskeyRequired => Self::other_passkey_required(),
            Refusal::SignInRequired => Self::sign_in_required(),
        }
    }
}
