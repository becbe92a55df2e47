//! Addresses of whoever is signed in, and the links that confirm them.

use app::address::Refusal;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Shared;
use crate::context::{Context, Who};
use crate::input::Json;
use crate::problem::{Document, Problem};

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConfirmForm {
    /// The token of the link that was sent to the address.
    link: String,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct Confirmed {
    /// The address as it was typed.
    confirmed: String,
}

/// Confirm an address with the link that was sent to it.
#[utoipa::path(
    post,
    path = "/api/v1/account/addresses/confirm",
    operation_id = "confirm_address",
    tag = "own account",
    request_body = ConfirmForm,
    responses(
        (status = 200, body = Confirmed),
        (status = 401, body = Document<'static>, content_type = "application/problem+json"),
        (status = 403, body = Document<'static>, content_type = "application/problem+json"),
        (status = 409, body = Document<'static>, content_type = "application/problem+json"),
        (status = 410, body = Document<'static>, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn confirm(
    State(web): State<Shared>,
    Who(who): Who,
    Context(ctx): Context,
    Json(form): Json<ConfirmForm>,
) -> Result<axum::Json<Confirmed>, Problem> {
    let confirmed = web.app.addresses().confirm(&ctx, &who, &form.link).await??;
    Ok(axum::Json(Confirmed { confirmed }))
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::SignInRequired => Self::sign_in_required(),
            Refusal::StepUpRequired => Self::step_up_required(),
            Refusal::OtherPasskeyRequired => Self::other_passkey_required(),
            Refusal::LinkEnded => Self::link_ended(),
            Refusal::Taken => Self::conflict(None, refusal),
        }
    }
}
