//! Signing in with a passkey, and using one again inside a session.

use app::sign_in::{Asked, Refusal};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use utoipa::ToSchema;
use vocab::identifier::Identifier;
use webauthn::Mediation;

use crate::Shared;
use crate::ceremony::{Beginner, BegunView, FinishForm, SignedInView, opened};
use crate::context::{Context, Visit, Who};
use crate::input::Json;
use crate::notice::Notice;
use crate::problem::{Document, Problem};
use crate::tally::{self, Ceremony, Model};

/// How a sign-in begins.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BeginForm {
    /// Username, e-mail address or phone number. Without one the person's authenticator chooses.
    identifier: Option<String>,
    /// A domain that passkeys were bound to before, for a passkey of that time.
    domain: Option<String>,
    /// `conditional` where passkeys are offered beside a field, and most of them are never chosen.
    #[schema(value_type = Option<String>)]
    mediation: Option<Mediation>,
    /// For programs: SHA-256 of a secret that is shown at `finish`, in base64url. Then the session's token is in the
    /// answer and no cookie is set.
    binding: Option<String>,
}

/// How a program or a page begins anything else that needs no more words.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BindingForm {
    /// For programs, as for signing in.
    pub(crate) binding: Option<String>,
}

/// Begin to sign in.
#[utoipa::path(
    post,
    path = "/api/v1/sign-in/passkey/begin",
    operation_id = "begin_sign_in",
    tag = "signing in",
    request_body = BeginForm,
    responses(
        (status = 200, body = BegunView),
        (status = 422, body = Document<'static>, content_type = "application/problem+json"),
        (status = 429, body = Document<'static>, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn begin(
    State(web): State<Shared>,
    visit: Visit,
    Context(ctx): Context,
    Json(form): Json<BeginForm>,
) -> Result<Response, Problem> {
    let name = form.identifier.as_deref().map(str::trim).filter(|name| !name.is_empty());
    if let Some(name) = name {
        visit.count_name(&canonical(name))?;
    }
    let beginner = Beginner::of(&web.app, &visit, form.binding.as_deref())?;
    let domain = form.domain.as_deref();
    if domain.is_some_and(|domain| !web.app.site().former_rp_ids.iter().any(|id| id.as_str() == domain)) {
        return Err(Problem::unusable("domain", "no passkeys of this domain count here"));
    }
    let begun = web.app.sign_in().begin(&ctx, beginner.binding, Asked { name, domain }).await?;
    tally::begun(Ceremony::SignIn, form.mediation);
    beginner.begun(begun)
}

/// R10: one count for a name, however it is spelled, whether or not it is somebody's.
fn canonical(name: &str) -> String {
    let identifier = Identifier::guess(name).map(|name| format!("{} {}", name.kind().as_str(), name.canonical()));
    identifier.unwrap_or_else(|_| name.to_owned())
}

/// Finish a sign-in: a new session, in place of one of the same account that is at hand.
#[utoipa::path(
    post,
    path = "/api/v1/sign-in/passkey/finish",
    operation_id = "finish_sign_in",
    tag = "signing in",
    request_body = FinishForm,
    responses(
        (status = 200, body = SignedInView),
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
    let (which, finish) = ((Ceremony::SignIn, form.mediation), form.read(&visit)?);
    let binding = finish.binding;
    let outcome = web.app.sign_in().finish(&ctx, finish, visit.who.as_ref()).await?;
    let new = tally::ended(which, visit.program, outcome.map_err(told))?;
    let answer = opened(&new, ctx.now, StatusCode::OK, binding);
    Ok(match visit.is_a_page {
        true if new.is_of_before => Notice::OfBefore.after(answer),
        true if new.is_from_elsewhere => Notice::FromElsewhere.after(answer),
        _ => answer,
    })
}

/// Begin to use a passkey of this account again.
#[utoipa::path(
    post,
    path = "/api/v1/account/step-up/begin",
    operation_id = "begin_step_up",
    tag = "signing in",
    request_body = BindingForm,
    responses(
        (status = 200, body = BegunView),
        (status = 401, body = Document<'static>, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn begin_step_up(
    State(web): State<Shared>,
    Who(who): Who,
    visit: Visit,
    Context(ctx): Context,
    Json(form): Json<BindingForm>,
) -> Result<Response, Problem> {
    let beginner = Beginner::of(&web.app, &visit, form.binding.as_deref())?;
    let begun = web.app.sign_in().begin_step_up(&ctx, beginner.binding, &who).await?;
    tally::begun(Ceremony::StepUp, None);
    beginner.begun(begun)
}

/// Finish a step-up.
#[utoipa::path(
    post,
    path = "/api/v1/account/step-up/finish",
    operation_id = "finish_step_up",
    tag = "signing in",
    request_body = FinishForm,
    responses(
        (status = 200, body = SignedInView),
        (status = 401, body = Document<'static>, content_type = "application/problem+json"),
        (status = 403, body = Document<'static>, content_type = "application/problem+json"),
        (status = 409, body = Document<'static>, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn finish_step_up(
    State(web): State<Shared>,
    Who(who): Who,
    visit: Visit,
    Context(ctx): Context,
    Json(form): Json<FinishForm>,
) -> Result<Response, Problem> {
    let finish = form.read(&visit)?;
    let binding = finish.binding;
    let outcome = web.app.sign_in().finish_step_up(&ctx, finish, &who).await?;
    let new = tally::ended((Ceremony::StepUp, None), visit.program, outcome.map_err(told))?;
    Ok(opened(&new, ctx.now, StatusCode::OK, binding))
}

/// What is said, and of which model of passkey, where the ceremony proved that.
fn told(refusal: Refusal) -> (Problem, Model) {
    match refusal {
        Refusal::Ceremony(refusal) => (refusal.into(), None),
        Refusal::PasskeyRemoved { aaguid } => (Problem::passkey_removed(), Some(aaguid)),
        Refusal::PasskeyOnHold => (Problem::passkey_on_hold(), None),
        Refusal::PasskeyUnknown => (Problem::passkey_unknown(), None),
    }
}
