//! How the passkeys of an account stand, for the operator: listed, held, released.

use app::account::Named;
use app::authenticators::{Because, Stand};
use app::credential::{Kept, StandingRefusal};
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vocab::{Aaguid, AccountId, CredentialId, Reason, Timestamp};

use crate::Shared;
use crate::context::Context;
use crate::input::{InPath, Json, TwoInPath};
use crate::problem::{Document, Problem};

/// A passkey, as an administrator sees it.
#[derive(Serialize, ToSchema)]
pub(crate) struct KeptView {
    id: String,
    name: String,
    /// As it claims to be; believed only where `attestation` is `chained`.
    aaguid: String,
    /// Who vouches for that: `none`, `self`, `unchained` or `chained`.
    attestation: String,
    is_synced: bool,
    /// The domain it is bound to.
    rp_id: String,
    /// `good`, `flagged`, `doubted` or `suspended`.
    standing: &'static str,
    /// What is held against it.
    because: Option<&'static str>,
    /// RFC 3339.
    made_at: String,
    last_used_at: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct KeptList {
    credentials: Vec<KeptView>,
}

/// How a passkey stands.
#[derive(Serialize, ToSchema)]
pub(crate) struct StandView {
    /// `good`, `flagged`, `doubted` or `suspended`.
    standing: &'static str,
    /// What is held against it.
    because: Option<&'static str>,
}

/// Why; kept in the audit entry.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReasonForm {
    #[schema(min_length = 1, max_length = 500)]
    reason: String,
}

/// The active passkeys of an account.
#[utoipa::path(
    get,
    path = "/api/v1/accounts/{id}/credentials",
    operation_id = "list_passkeys_of_account",
    tag = "accounts",
    params(("id" = String, Path, description = "The account's id.")),
    responses(
        (status = 200, body = KeptList),
        (status = 404, body = Document<'static>, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn list(
    State(web): State<Shared>,
    InPath(id): InPath<AccountId>,
) -> Result<axum::Json<KeptList>, Problem> {
    let listed = web.app.credentials().kept(&Named::Id(id)).await??;
    Ok(axum::Json(KeptList { credentials: listed.into_iter().map(KeptView::from).collect() }))
}

/// Put a passkey on hold: it signs nobody in, and what it opened ends.
#[utoipa::path(
    post,
    path = "/api/v1/accounts/{id}/credentials/{credential}/hold",
    operation_id = "hold_passkey",
    tag = "accounts",
    params(
        ("id" = String, Path, description = "The account's id."),
        ("credential" = String, Path, description = "The passkey's id."),
    ),
    request_body = ReasonForm,
    responses(
        (status = 200, body = StandView),
        (status = 404, body = Document<'static>, content_type = "application/problem+json"),
        (status = 409, body = Document<'static>, content_type = "application/problem+json"),
        (status = 422, body = Document<'static>, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn hold(
    State(web): State<Shared>,
    Context(ctx): Context,
    TwoInPath(account, credential): TwoInPath<AccountId, CredentialId>,
    Json(form): Json<ReasonForm>,
) -> Result<axum::Json<StandView>, Problem> {
    let stand = web.app.credentials().hold(&ctx, (&Named::Id(account), credential), &form.read()?).await??;
    Ok(axum::Json(stand.into()))
}

/// Set aside the one reason by which a passkey stands as it does. It answers how it stands then.
#[utoipa::path(
    post,
    path = "/api/v1/accounts/{id}/credentials/{credential}/release",
    operation_id = "release_passkey",
    tag = "accounts",
    params(
        ("id" = String, Path, description = "The account's id."),
        ("credential" = String, Path, description = "The passkey's id."),
    ),
    request_body = ReasonForm,
    responses(
        (status = 200, body = StandView),
        (status = 404, body = Document<'static>, content_type = "application/problem+json"),
        (status = 409, body = Document<'static>, content_type = "application/problem+json"),
        (status = 422, body = Document<'static>, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn release(
    State(web): State<Shared>,
    Context(ctx): Context,
    TwoInPath(account, credential): TwoInPath<AccountId, CredentialId>,
    Json(form): Json<ReasonForm>,
) -> Result<axum::Json<StandView>, Problem> {
    let stand = web.app.credentials().release(&ctx, (&Named::Id(account), credential), &form.read()?).await??;
    Ok(axum::Json(stand.into()))
}

impl ReasonForm {
    fn read(self) -> Result<Reason, Problem> {
        Reason::parse(&self.reason).map_err(|why| Problem::unusable("reason", why))
    }
}

impl From<Stand> for StandView {
    fn from(stand: Stand) -> Self {
        Self { standing: stand.standing.as_str(), because: stand.because.map(Because::as_str) }
    }
}

impl From<StandingRefusal> for Problem {
    fn from(refusal: StandingRefusal) -> Self {
        match refusal {
            StandingRefusal::UnknownAccount | StandingRefusal::UnknownPasskey => Self::not_found(),
            StandingRefusal::AsItIs => Self::conflict(None, refusal),
        }
    }
}

impl From<Kept> for KeptView {
    fn from(record: Kept) -> Self {
        Self {
            id: record.id.to_string(),
            name: record.name,
            aaguid: Aaguid::from_bytes(record.aaguid).to_string(),
            attestation: record.attestation,
            is_synced: record.is_synced,
            rp_id: record.rp_id,
            standing: record.stand.standing.as_str(),
            because: record.stand.because.map(Because::as_str),
            made_at: record.made_at.to_string(),
            last_used_at: record.last_used_at.as_ref().map(Timestamp::to_string),
        }
    }
}
