//! The passkeys of whoever is signed in.

use app::authenticators::Because;
use app::credential::{Listed, Refusal, Unfit};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vocab::{CredentialId, DisplayName, Timestamp};

use crate::Shared;
use crate::ceremony::{Beginner, BegunView, FinishForm};
use crate::context::{Context, Visit, Who};
use crate::input::{InPath, Json};
use crate::notice::Notice;
use crate::problem::{Document, Problem};
use crate::tally::{self, Ceremony};
use crate::when;

/// A passkey, as its owner sees it.
#[derive(Serialize, ToSchema)]
pub(crate) struct CredentialView {
    id: String,
    name: String,
    /// `synced`, `this_device` or `security_key`.
    kind: &'static str,
    /// Who made it, where that is known.
    provider: Option<&'static str>,
    is_backed_up: bool,
    /// `good`, `flagged`, `doubted` or `suspended`.
    standing: &'static str,
    /// What is held against it.
    because: Option<&'static str>,
    /// Can it be found without naming its owner?
    is_discoverable: Option<bool>,
    /// RFC 3339.
    made_at: String,
    last_used_at: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct CredentialList {
    credentials: Vec<CredentialView>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RenameForm {
    #[schema(min_length = 1, max_length = 100)]
    pub(crate) name: String,
}

/// How adding a passkey begins.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AddForm {
    /// For programs, as for signing in.
    binding: Option<String>,
    /// The id of a passkey beside which the same provider shall make one that signs with ML-DSA. The older one goes when
    /// the new one is used and a day old.
    upgrades: Option<String>,
}

/// Begin to add a passkey. Needs one to have been used within the last five minutes.
#[utoipa::path(
    post,
    path = "/api/v1/passkeys/register/begin",
    operation_id = "begin_adding_passkey",
    tag = "own account",
    request_body = AddForm,
    responses(
        (status = 200, body = BegunView),
        (status = 401, body = Document<'static>, content_type = "application/problem+json"),
        (status = 403, body = Document<'static>, content_type = "application/problem+json"),
        (status = 409, body = Document<'static>, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn begin_adding(
    State(web): State<Shared>,
    Who(who): Who,
    visit: Visit,
    Context(ctx): Context,
    Json(form): Json<AddForm>,
) -> Result<Response, Problem> {
    let beginner = Beginner::of(&web.app, &visit, form.binding.as_deref())?;
    let upgrades = form.upgrades.as_deref().map(str::parse).transpose();
    let upgrades = upgrades.map_err(|why| Problem::unusable("upgrades", why))?;
    let begun = web.app.credentials().begin_adding(&ctx, beginner.binding, (&who, upgrades)).await?;
    let begun = refused(begun, ctx.now)?;
    tally::begun(Ceremony::AddPasskey, None);
    beginner.begun(begun)
}

/// Finish adding a passkey. Every confirmed address is told.
#[utoipa::path(
    post,
    path = "/api/v1/passkeys/register/finish",
    operation_id = "finish_adding_passkey",
    tag = "own account",
    request_body = FinishForm,
    responses(
        (status = 201, body = CredentialView),
        (status = 401, body = Document<'static>, content_type = "application/problem+json"),
        (status = 403, body = Document<'static>, content_type = "application/problem+json"),
        (status = 409, body = Document<'static>, content_type = "application/problem+json"),
        (status = 422, body = Document<'static>, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn finish_adding(
    State(web): State<Shared>,
    Who(who): Who,
    visit: Visit,
    Context(ctx): Context,
    Json(form): Json<FinishForm>,
) -> Result<Response, Problem> {
    let finish = form.read(&visit)?;
    let outcome = refused(web.app.credentials().finish_adding(&ctx, finish, &who).await?, ctx.now);
    let outcome = outcome.map_err(|problem| (problem, None));
    let listed = tally::ended((Ceremony::AddPasskey, None), visit.program, outcome)?;
    let answer = (StatusCode::CREATED, axum::Json(CredentialView::from(listed))).into_response();
    Ok(if visit.is_a_page { Notice::PasskeyAdded.after(answer) } else { answer })
}

/// The passkeys of this account.
#[utoipa::path(
    get,
    path = "/api/v1/account/credentials",
    operation_id = "list_passkeys",
    tag = "own account",
    responses(
        (status = 200, body = CredentialList),
        (status = 401, body = Document<'static>, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn list(State(web): State<Shared>, Who(who): Who) -> Result<axum::Json<CredentialList>, Problem> {
    let credentials = web.app.credentials().list(&who).await?.into_iter().map(CredentialView::from).collect();
    Ok(axum::Json(CredentialList { credentials }))
}

/// Call a passkey something else.
#[utoipa::path(
    post,
    path = "/api/v1/account/credentials/{id}/rename",
    operation_id = "rename_passkey",
    tag = "own account",
    params(("id" = String, Path, description = "The passkey's id.")),
    request_body = RenameForm,
    responses(
        (status = 204),
        (status = 401, body = Document<'static>, content_type = "application/problem+json"),
        (status = 404, body = Document<'static>, content_type = "application/problem+json"),
        (status = 422, body = Document<'static>, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn rename(
    State(web): State<Shared>,
    Who(who): Who,
    Context(ctx): Context,
    InPath(id): InPath<CredentialId>,
    Json(form): Json<RenameForm>,
) -> Result<StatusCode, Problem> {
    let name = DisplayName::parse(&form.name).map_err(|why| Problem::unusable("name", why))?;
    refused(web.app.credentials().rename(&ctx, &who, (id, &name)).await?, ctx.now)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Remove a passkey and end the sessions it opened. Needs one to have been used within the last five minutes; the last
/// one stays.
#[utoipa::path(
    post,
    path = "/api/v1/account/credentials/{id}/remove",
    operation_id = "remove_passkey",
    tag = "own account",
    params(("id" = String, Path, description = "The passkey's id.")),
    responses(
        (status = 204),
        (status = 401, body = Document<'static>, content_type = "application/problem+json"),
        (status = 403, body = Document<'static>, content_type = "application/problem+json"),
        (status = 404, body = Document<'static>, content_type = "application/problem+json"),
        (status = 409, body = Document<'static>, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn remove(
    State(web): State<Shared>,
    Who(who): Who,
    Context(ctx): Context,
    InPath(id): InPath<CredentialId>,
) -> Result<StatusCode, Problem> {
    refused(web.app.credentials().remove(&ctx, &who, id).await?, ctx.now)?;
    Ok(StatusCode::NO_CONTENT)
}

/// A refusal in the words of whoever asked, some of which say until when.
pub(crate) fn refused<T>(outcome: Result<T, Refusal>, now: Timestamp) -> Result<T, Problem> {
    outcome.map_err(|refusal| match refusal {
        Refusal::SignInRequired => Problem::sign_in_required(),
        Refusal::StepUpRequired => Problem::step_up_required(),
        Refusal::OtherPasskeyRequired => Problem::other_passkey_required(),
        Refusal::Ceremony(refusal) => Problem::from(refusal),
        Refusal::AlreadyRegistered => Problem::already_registered(),
        Refusal::Unfit(Unfit::Unknown) => Problem::not_found(),
        Refusal::Unfit(Unfit::LastOne) => Problem::last_passkey(),
        Refusal::Unfit(Unfit::TooNew { until }) => Problem::too_new(&when::from(until, now).text),
        Refusal::Unfit(Unfit::TooMany) => Problem::conflict(None, refusal),
    })
}

impl From<Listed> for CredentialView {
    fn from(listed: Listed) -> Self {
        Self {
            id: listed.id.to_string(),
            name: listed.name,
            kind: listed.kind.as_str(),
            provider: listed.provider,
            is_backed_up: listed.is_backed_up,
            standing: listed.standing.as_str(),
            because: listed.because.map(Because::as_str),
            is_discoverable: listed.is_discoverable,
            made_at: listed.made_at.to_string(),
            last_used_at: listed.last_used_at.as_ref().map(Timestamp::to_string),
        }
    }
}
