//! The account of whoever is signed in.

use app::account::Named;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::Shared;
use crate::context::{Context, Who};
use crate::problem::{Document, Problem};

/// What names the account.
#[derive(Serialize, ToSchema)]
struct OwnIdentifierView {
    /// `username`, `email` or `phone`.
    kind: String,
    typed: String,
    /// An address that is not confirmed names nobody yet.
    is_confirmed: bool,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct OwnAccountView {
    id: String,
    display_name: String,
    /// `person` or `owner`.
    role: &'static str,
    identifiers: Vec<OwnIdentifierView>,
    session_id: String,
    /// When an authenticator verified the person last, RFC 3339.
    verified_at: String,
}

/// The account, and the session that asks.
#[utoipa::path(
    get,
    path = "/api/v1/account",
    operation_id = "show_own_account",
    tag = "own account",
    responses(
        (status = 200, body = OwnAccountView),
        (status = 401, body = Document<'static>, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn show(State(web): State<Shared>, Who(who): Who, Context(ctx): Context) -> Result<Response, Problem> {
    let found = web.app.accounts().find(&Named::Id(who.account.id)).await?.ok_or_else(Problem::sign_in_required)?;
    let view =
        |kind: &str, typed: String, is_confirmed| OwnIdentifierView { kind: kind.to_owned(), typed, is_confirmed };
    let mut identifiers: Vec<_> = found.identifiers.into_iter().map(|row| view(&row.kind, row.typed, true)).collect();
    let waiting = web.app.addresses().waiting(&ctx, &who).await?;
    identifiers.extend(waiting.into_iter().map(|typed| view("email", typed, false)));
    let verified_at = who.session.verified_at().to_string();
    Ok(axum::Json(OwnAccountView {
        id: who.account.id.to_string(),
        display_name: who.account.display_name.clone(),
        role: who.account.role.as_str(),
        identifiers,
        session_id: who.session.id().to_string(),
        verified_at,
    })
    .into_response())
}
