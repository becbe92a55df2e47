//! What a handler is told about the moment it runs in.

use app::Ctx;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use crate::problem::Problem;

/// The frozen context of a request whose authority was met. The gate puts it there; a row of the table without an
/// authority gives none, and its handler cannot act in anybody's name.
pub(crate) struct Context(pub(crate) Ctx);

impl<S: Sync> FromRequestParts<S> for Context {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts.extensions.remove::<Ctx>().map(Self).ok_or_else(|| {
            tracing::error!("INVARIANT (a context is earned): a handler asks for one and its row names no authority");
            Problem::internal()
        })
    }
}
