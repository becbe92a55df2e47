//! What a handler is told about the moment it runs in.

use std::net::IpAddr;
use std::sync::Arc;

use app::Ctx;
use app::session::SignedIn;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use crate::device::Program;
use crate::limit::Limiters;
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

/// Who asks, as far as the gate could tell.
#[derive(Clone)]
pub(crate) struct Visit {
    /// The session at hand, if it stands.
    pub(crate) who: Option<SignedIn>,
    /// The value by which this browser is known again.
    pub(crate) browser: Option<String>,
    /// Did a page in a browser ask?
    pub(crate) is_a_page: bool,
    /// What the browser or the program calls itself.
    pub(crate) program: Program,
    /// What counts the names that are asked about, and from where they are asked.
    pub(crate) names: Option<(Arc<Limiters>, IpAddr)>,
}

impl Visit {
    /// One name is asked about.
    pub(crate) fn count_name(&self, name: &str) -> Result<(), Problem> {
        let Some((limiters, address)) = &self.names else { return Ok(()) };
        limiters.count_name(name, *address).map_err(Problem::too_many)
    }
}

impl<S: Sync> FromRequestParts<S> for Visit {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts.extensions.remove::<Self>().ok_or_else(|| {
            tracing::error!("INVARIANT (a context is earned): a handler asks who visits and its row does not say");
            Problem::internal()
        })
    }
}

/// Somebody who is signed in. The gate admits nobody else to a row with that authority.
pub(crate) struct Who(pub(crate) SignedIn);

impl<S: Sync> FromRequestParts<S> for Who {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let who = parts.extensions.get::<Visit>().and_then(|visit| visit.who.clone());
        who.map(Self).ok_or_else(Problem::sign_in_required)
    }
}
