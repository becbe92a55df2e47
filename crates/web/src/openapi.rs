//! The description of the API for programs: made from the handlers, served as it was at the start.

use std::sync::LazyLock;

use axum::body::Bytes;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use utoipa::OpenApi;

use crate::problem::Document;
use crate::{
    account, address, authenticators, credential, group, own_account, report, session, setup, sign_in, sign_up,
    signals, standing,
};

#[derive(OpenApi)]
#[openapi(
    info(title = "Signet", description = "The API of Signet, an identity provider that begins with passkeys."),
    paths(
        account::create, account::list, account::find, account::disable,
        standing::list, standing::hold, standing::release,
        group::list, group::join, group::leave,
        authenticators::show, authenticators::adopt, authenticators::dry_run,
        sign_in::begin, sign_in::finish, sign_in::begin_step_up, sign_in::finish_step_up,
        sign_up::begin, sign_up::finish, setup::begin, setup::finish,
        report::take, own_account::show, signals::show, address::confirm,
        credential::begin_adding, credential::finish_adding, credential::list, credential::rename, credential::remove,
        session::list, session::end, session::end_others, session::end_all, session::sign_out,
        describe,
    ),
    components(schemas(Document<'static>)),
    tags(
        (name = "signing in", description = "Ceremonies with a passkey: begin, ask the authenticator, finish."),
        (name = "signing up", description = "An account for oneself, where that is open."),
        (name = "set-up", description = "The first administrator, by the link that the server prints."),
        (name = "own account", description = "For whoever is signed in, by cookie or by bearer token."),
        (name = "accounts", description = "For the operator: reached through the operator door only."),
        (name = "authenticators", description = "For the operator too: which authenticators may be used by whom."),
    )
)]
struct Api;

static DOCUMENT: LazyLock<Bytes> = LazyLock::new(|| Bytes::from(Api::openapi().to_json().unwrap_or_default()));

/// This document.
#[utoipa::path(
    get,
    path = "/api/v1/openapi.json",
    operation_id = "describe_api",
    responses((status = 200, description = "The description of this API (OpenAPI 3.1)."))
)]
pub(crate) async fn describe() -> Response {
    ([(CONTENT_TYPE, "application/json")], DOCUMENT.clone()).into_response()
}
