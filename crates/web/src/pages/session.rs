//! The sessions of a person's own page.

use axum::extract::State;
use axum::response::Response;
use vocab::SessionId;

use super::{HOME, see};
use crate::Shared;
use crate::context::{Context, Who};
use crate::input::InPath;
use crate::notice::Notice;
use crate::problem::Problem;
use crate::session::without_session;

/// POST /account/sessions/{id}/end
pub(crate) async fn end(
    State(web): State<Shared>,
    Who(who): Who,
    Context(ctx): Context,
    InPath(id): InPath<SessionId>,
) -> Result<Response, Problem> {
    web.app.sessions().end(&ctx, &who, id).await??;
    Ok(match id == who.session.id() {
        true => without_session(see("/sign-in")),
        false => Notice::SessionEnded.after(see(HOME)),
    })
}

/// POST /account/sessions/end-others
pub(crate) async fn end_others(
    State(web): State<Shared>,
    Who(who): Who,
    Context(ctx): Context,
) -> Result<Response, Problem> {
    web.app.sessions().end_others(&ctx, &who).await??;
    Ok(Notice::OtherSessionsEnded.after(see(HOME)))
}

/// POST /sign-out
pub(crate) async fn sign_out(
    State(web): State<Shared>,
    Who(who): Who,
    Context(ctx): Context,
) -> Result<Response, Problem> {
    web.app.sessions().end(&ctx, &who, who.session.id()).await??;
    Ok(without_session(see("/sign-in")))
}
