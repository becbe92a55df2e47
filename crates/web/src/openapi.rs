//! The description of the API for programs: made from the handlers, served as it was at the start.

use std::sync::LazyLock;

use axum::body::Bytes;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use utoipa::OpenApi;

use crate::account;
use crate::problem::Document;

#[derive(OpenApi)]
#[openapi(
    info(title = "Signet", description = "The API of Signet, an identity provider that begins with passkeys."),
    paths(account::create, account::list, account::find, account::disable, describe),
    components(schemas(Document<'static>)),
    tags((name = "accounts", description = "For the operator: reached through the operator door only."))
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
