//! Sign-up: an account for oneself, where that is open.

use app::sign_up::{Newcomer, Refusal};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use utoipa::ToSchema;
use vocab::DisplayName;
use vocab::identifier::Identifier;

use crate::Shared;
use crate::ceremony::{Beginner, BegunView, FinishForm, SignedInView, opened};
use crate::context::{Context, Visit};
use crate::input::Json;
use crate::problem::{Document, Problem};
use crate::tally::{self, Ceremony};

/// Who wants an account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignUpForm {
    display_name: String,
    username: String,
    /// Confirmed later, by a link that is sent there.
    email: Option<String>,
    /// For programs, as for signing in.
    binding: Option<String>,
}

/// Begin to sign up. Nothing is written until the passkey exists.
#[utoipa::path(
    post,
    path = "/api/v1/sign-up/begin",
    operation_id = "begin_sign_up",
    tag = "signing up",
    request_body = SignUpForm,
    responses(
        (status = 200, body = BegunView),
        (status = 403, body = Document<'static>, content_type = "application/problem+json"),
        (status = 409, body = Document<'static>, content_type = "application/problem+json"),
        (status = 422, body = Document<'static>, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn begin(
    State(web): State<Shared>,
    visit: Visit,
    Context(ctx): Context,
    Json(form): Json<SignUpForm>,
) -> Result<Response, Problem> {
    let newcomer = read_newcomer(&form.display_name, &form.username, form.email.as_deref())?;
    let beginner = Beginner::of(&web.app, &visit, form.binding.as_deref())?;
    let begun = web.app.sign_up().begin(&ctx, beginner.binding, newcomer).await??;
    tally::begun(Ceremony::SignUp, None);
    beginner.begun(begun)
}

/// Finish signing up: an account, its first passkey and a session.
#[utoipa::path(
    post,
    path = "/api/v1/sign-up/finish",
    operation_id = "finish_sign_up",
    tag = "signing up",
    request_body = FinishForm,
    responses(
        (status = 201, body = SignedInView),
        (status = 403, body = Document<'static>, content_type = "application/problem+json"),
        (status = 409, body = Document<'static>, content_type = "application/problem+json"),
        (status = 422, body = Document<'static>, content_type = "application/problem+json"),
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
    let outcome = web.app.sign_up().finish(&ctx, finish).await?;
    let new = tally::ended((Ceremony::SignUp, None), visit.program, outcome.map_err(|why| (why.into(), None)))?;
    Ok(opened(&new, ctx.now, StatusCode::CREATED, binding))
}

/// Each field by its own rules; an empty address is none.
pub(crate) fn read_newcomer(name: &str, username: &str, email: Option<&str>) -> Result<Newcomer, Problem> {
    let email = email.map(str::trim).filter(|email| !email.is_empty());
    Ok(Newcomer {
        display_name: DisplayName::parse(name).map_err(|why| Problem::unusable("display_name", why))?,
        username: Identifier::username(username.trim()).map_err(|why| Problem::unusable("username", why))?,
        email: email.map(Identifier::email).transpose().map_err(|why| Problem::unusable("email", why))?,
    })
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::SignUpClosed => Self::sign_up_closed(),
            Refusal::LinkEnded => Self::link_ended(),
            Refusal::Taken(kind) => Self::conflict(Some(kind.as_str()), refusal),
            Refusal::AlreadyRegistered => Self::already_registered(),
            Refusal::Ceremony(refusal) => Self::from(refusal),
        }
    }
}
