//! The groups an account is in, for the operator.

use app::account::Named;
use app::group;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;
use vocab::{AccountId, Label};

use crate::Shared;
use crate::context::Context;
use crate::input::{InPath, TwoInPath};
use crate::problem::{Document, Problem};

#[derive(Serialize, ToSchema)]
pub(crate) struct GroupList {
    groups: Vec<String>,
}

/// The groups an account is in.
#[utoipa::path(
    get,
    path = "/api/v1/accounts/{id}/groups",
    operation_id = "list_groups_of_account",
    tag = "accounts",
    params(("id" = String, Path, description = "The account's id.")),
    responses(
        (status = 200, body = GroupList),
        (status = 404, body = Document<'static>, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn list(
    State(web): State<Shared>,
    InPath(id): InPath<AccountId>,
) -> Result<axum::Json<GroupList>, Problem> {
    Ok(axum::Json(GroupList { groups: web.app.groups().of(&Named::Id(id)).await?? }))
}

/// Put an account into a group.
#[utoipa::path(
    post,
    path = "/api/v1/accounts/{id}/groups/{group}/join",
    operation_id = "join_group",
    tag = "accounts",
    params(
        ("id" = String, Path, description = "The account's id."),
        ("group" = String, Path, description = "Small letters, digits and hyphens."),
    ),
    responses(
        (status = 204),
        (status = 404, body = Document<'static>, content_type = "application/problem+json"),
        (status = 409, body = Document<'static>, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn join(
    State(web): State<Shared>,
    Context(ctx): Context,
    TwoInPath(account, group): TwoInPath<AccountId, Label>,
) -> Result<StatusCode, Problem> {
    web.app.groups().join(&ctx, &Named::Id(account), &group).await??;
    Ok(StatusCode::NO_CONTENT)
}

/// Take an account out of a group.
#[utoipa::path(
    post,
    path = "/api/v1/accounts/{id}/groups/{group}/leave",
    operation_id = "leave_group",
    tag = "accounts",
    params(
        ("id" = String, Path, description = "The account's id."),
        ("group" = String, Path, description = "Small letters, digits and hyphens."),
    ),
    responses(
        (status = 204),
        (status = 404, body = Document<'static>, content_type = "application/problem+json"),
        (status = 409, body = Document<'static>, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn leave(
    State(web): State<Shared>,
    Context(ctx): Context,
    TwoInPath(account, group): TwoInPath<AccountId, Label>,
) -> Result<StatusCode, Problem> {
    web.app.groups().leave(&ctx, &Named::Id(account), &group).await??;
    Ok(StatusCode::NO_CONTENT)
}

impl From<group::Refusal> for Problem {
    fn from(refusal: group::Refusal) -> Self {
        match refusal {
            group::Refusal::UnknownAccount => Self::not_found(),
            group::Refusal::AlreadyIn | group::Refusal::NotIn => Self::conflict(None, refusal),
        }
    }
}
