//! What a page tells its browser of the passkeys of whoever is signed in, so that none is offered that signs in no more.

use app::credential::Signals;
use axum::extract::State;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use utoipa::ToSchema;

use crate::Shared;
use crate::context::Who;
use crate::problem::{Document, Problem};

/// For `PublicKeyCredential.signalAllAcceptedCredentials` and `signalCurrentUserDetails`.
// SPEC: WebAuthn-3 §5.1.10
#[derive(Serialize, ToSchema)]
pub(crate) struct SignalsView {
    rp_id: String,
    /// The user handle of this account, in base64url.
    user_id: String,
    name: String,
    display_name: String,
    /// Every passkey that signs this account in, by the id its authenticator gave it, in base64url.
    accepted: Vec<String>,
}

/// What a browser may be told of this account and its passkeys.
#[utoipa::path(
    get,
    path = "/api/v1/account/signals",
    operation_id = "show_signals",
    tag = "own account",
    responses(
        (status = 200, body = SignalsView),
        (status = 401, body = Document<'static>, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn show(State(web): State<Shared>, Who(who): Who) -> Result<axum::Json<SignalsView>, Problem> {
    let Signals { user_handle, name, display_name, accepted } = web.app.credentials().signals(&who).await?;
    Ok(axum::Json(SignalsView {
        rp_id: web.app.site().relying_party.id.as_str().to_owned(),
        user_id: URL_SAFE_NO_PAD.encode(user_handle),
        name,
        display_name,
        accepted: accepted.iter().map(|id| URL_SAFE_NO_PAD.encode(id)).collect(),
    }))
}
