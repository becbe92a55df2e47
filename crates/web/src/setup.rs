//! The first administrator, by a link that works once.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::Shared;
use crate::ceremony::{Beginner, BegunView, FinishForm, SignedInView, opened};
use crate::context::{Context, Visit};
use crate::input::Json;
use crate::problem::{Document, Problem};
use crate::sign_up::read_newcomer;
use crate::tally::{self, Ceremony};

/// Who becomes the first administrator.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetupForm {
    /// What stands behind the `#` of the link.
    link: String,
    display_name: String,
    username: String,
    /// Confirmed later, by a link that is sent there.
    email: Option<String>,
    /// For programs, as for signing in.
    binding: Option<String>,
}

/// Begin to become the first administrator.
#[utoipa::path(
    post,
    path = "/api/v1/setup/begin",
    operation_id = "begin_setup",
    tag = "set-up",
    request_body = SetupForm,
    responses(
        (status = 200, body = BegunView),
        (status = 409, body = Document<'static>, content_type = "application/problem+json"),
        (status = 410, body = Document<'static>, content_type = "application/problem+json"),
        (status = 422, body = Document<'static>, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn begin(
    State(web): State<Shared>,
    visit: Visit,
    Context(ctx): Context,
    Json(form): Json<SetupForm>,
) -> Result<Response, Problem> {
    let newcomer = read_newcomer(&form.display_name, &form.username, form.email.as_deref())?;
    let beginner = Beginner::of(&web.app, &visit, form.binding.as_deref())?;
    let begun = web.app.setup().begin(&ctx, beginner.binding, (&form.link, newcomer)).await??;
    tally::begun(Ceremony::Setup, None);
    beginner.begun(begun)
}

/// Finish: an owner's account, its first passkey and a session; the link is spent and the latch closed.
#[utoipa::path(
    post,
    path = "/api/v1/setup/finish",
    operation_id = "finish_setup",
    tag = "set-up",
    request_body = FinishForm,
    responses(
        (status = 201, body = SignedInView),
        (status = 403, body = Document<'static>, content_type = "application/problem+json"),
        (status = 409, body = Document<'static>, content_type = "application/problem+json"),
        (status = 410, body = Document<'static>, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn finish(
    State(web): State<Shared>,
    visit: Visit,
    Context(ctx): Context,
    Json(form): Json<FinishForm>,
) -> Result<Response, Problem> {
    let finish = form.read(&visit)?;
    let binding = finish.binding;
    let outcome = web.app.setup().finish(&ctx, finish).await?;
    let new = tally::ended((Ceremony::Setup, None), visit.program, outcome.map_err(|why| (why.into(), None)))?;
    Ok(opened(&new, ctx.now, StatusCode::CREATED, binding))
}
