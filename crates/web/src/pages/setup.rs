//! The first administrator.

use app::account::Role;
use axum::extract::State;
use axum::response::Response;

use super::{frame, with_ceremony};
use crate::Shared;
use crate::context::{Context, Visit};
use crate::problem::Problem;
use crate::view::{self, Setup};

/// GET /setup
pub(crate) async fn show(State(web): State<Shared>, visit: Visit, Context(ctx): Context) -> Result<Response, Problem> {
    let view = match web.app.setup().is_done(&ctx).await? {
        true => Setup::Done,
        false => Setup::Open {
            command: r#"signet admin setup-link --reason "…""#.to_owned(),
            asks_makers: web.app.authenticators().asks_about_newcomers(Role::Owner).await?,
        },
    };
    Ok(with_ceremony(&web, &visit, view::setup(&frame(&web), &view)))
}
