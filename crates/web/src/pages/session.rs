//! The sessions of a person's own page.

use app::session::Refusal;
use axum::extract::State;
use axum::response::Response;
use vocab::SessionId;

use super::{HOME, frame, see, with_ceremony};
use crate::Shared;
use crate::context::{Context, Visit, Who};
use crate::input::InPath;
use crate::notice::Notice;
use crate::problem::Problem;
use crate::session::without_session;
use crate::view::{self, Before, StepUp};

/// POST /account/sessions/{id}/end
pub(crate) async fn end(
    State(web): State<Shared>,
    Who(who): Who,
    visit: Visit,
    Context(ctx): Context,
    InPath(id): InPath<SessionId>,
) -> Result<Response, Problem> {
    match web.app.sessions().end(&ctx, &who, id).await? {
        Ok(()) if id == who.session.id() => Ok(signed_out()),
        Ok(()) => Ok(Notice::SessionEnded.after(see(HOME))),
        Err(refusal) => asked_first(&web, &visit, refusal),
    }
}

/// POST /account/sessions/end-others
pub(crate) async fn end_others(
    State(web): State<Shared>,
    Who(who): Who,
    visit: Visit,
    Context(ctx): Context,
) -> Result<Response, Problem> {
    match web.app.sessions().end_others(&ctx, &who).await? {
        Ok(_) => Ok(Notice::OtherSessionsEnded.after(see(HOME))),
        Err(refusal) => asked_first(&web, &visit, refusal),
    }
}

/// Who was there too long ago uses a passkey, and comes back to where the sessions are listed.
fn asked_first(web: &Shared, visit: &Visit, refusal: Refusal) -> Result<Response, Problem> {
    match refusal {
        Refusal::StepUpRequired => {
            let question = StepUp { before: Before::EndingSessions, next: HOME };
            Ok(with_ceremony(web, visit, view::step_up(&frame(web), &question)))
        }
        Refusal::Unknown | Refusal::OtherPasskeyRequired | Refusal::SignInRequired => Err(refusal.into()),
    }
}

/// POST /sign-out
pub(crate) async fn sign_out(
    State(web): State<Shared>,
    Who(who): Who,
    Context(ctx): Context,
) -> Result<Response, Problem> {
    web.app.sessions().end(&ctx, &who, who.session.id()).await??;
    Ok(signed_out())
}

fn signed_out() -> Response {
    Notice::SignedOut.after(without_session(see("/sign-in")))
}
