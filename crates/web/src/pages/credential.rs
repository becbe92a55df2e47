//! The passkeys of a person's own page, and the question before one is removed.

use app::credential::{Considered, Refusal, Unfit};
use axum::extract::State;
use axum::response::Response;
use vocab::{CredentialId, DisplayName, Timestamp};

use super::own_account::kind;
use super::{HOME, frame, see, with_ceremony};
use crate::Shared;
use crate::context::{Context, Visit, Who};
use crate::credential::{RenameForm, refused};
use crate::input::{Form, InPath};
use crate::notice::Notice;
use crate::problem::Problem;
use crate::session::without_session;
use crate::view::{self, Impression, Removal, RemovePasskey};
use crate::when;

/// POST /account/credentials/{id}/rename
pub(crate) async fn rename(
    State(web): State<Shared>,
    Who(who): Who,
    Context(ctx): Context,
    InPath(id): InPath<CredentialId>,
    Form(form): Form<RenameForm>,
) -> Result<Response, Problem> {
    let name = DisplayName::parse(&form.name).map_err(|why| Problem::unusable("name", why))?;
    refused(web.app.credentials().rename(&ctx, &who, (id, &name)).await?, ctx.now)?;
    Ok(Notice::PasskeyRenamed.after(see(HOME)))
}

/// GET /account/credentials/{id}/remove
pub(crate) async fn ask_to_remove(
    State(web): State<Shared>,
    Who(who): Who,
    visit: Visit,
    Context(ctx): Context,
    InPath(id): InPath<CredentialId>,
) -> Result<Response, Problem> {
    let considered = web.app.credentials().consider_removal(&ctx, &who, id).await?.ok_or_else(Problem::not_found)?;
    let view = asked(considered, ctx.now)?;
    Ok(with_ceremony(&web, &visit, view::remove_passkey(&frame(&web), &view)))
}

fn asked(considered: Considered, now: Timestamp) -> Result<RemovePasskey, Problem> {
    let removal = match considered.refusal {
        None => Removal::Possible {
            sessions: considered.sessions,
            staying: considered.stay.into_iter().map(|passkey| passkey.name).collect(),
        },
        Some(Refusal::StepUpRequired) => Removal::NeedsStepUp,
        Some(Refusal::Unfit(Unfit::LastOne)) => Removal::LastPasskey,
        Some(Refusal::Unfit(Unfit::TooNew { until })) => Removal::TooNew { from: when::from(until, now) },
        Some(other) => return refused(Err(other), now),
    };
    let passkey = considered.credential;
    Ok(RemovePasskey {
        id: passkey.id.to_string(),
        name: passkey.name,
        impression: Impression::of(&passkey.impression),
        kind: kind(passkey.kind),
        removal,
    })
}

/// POST /account/credentials/{id}/remove
pub(crate) async fn remove(
    State(web): State<Shared>,
    Who(who): Who,
    Context(ctx): Context,
    InPath(id): InPath<CredentialId>,
) -> Result<Response, Problem> {
    match web.app.credentials().remove(&ctx, &who, id).await? {
        Ok(()) if who.session.credential() == id => Ok(without_session(see("/sign-in"))),
        Ok(()) => Ok(Notice::PasskeyRemoved.after(see(HOME))),
        // The page of the question says what stands in the way.
        Err(Refusal::StepUpRequired | Refusal::Unfit(Unfit::LastOne | Unfit::TooNew { .. })) => {
            Ok(see(&format!("{HOME}/credentials/{id}/remove")))
        }
        Err(other) => refused(Err(other), ctx.now),
    }
}
