//! The page a confirmation letter links to.

use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;

use super::{frame, html, local};
use crate::Shared;
use crate::context::{Context, Visit, Who};
use crate::input::{Form, Query};
use crate::problem::Problem;
use crate::view::{self, ConfirmAddress};

#[derive(Deserialize)]
pub(crate) struct LinkQuery {
    #[serde(default)]
    link: String,
}

/// GET /confirm: looks at nothing, so that whatever follows links in letters changes nothing.
pub(crate) async fn ask_to_confirm(
    State(web): State<Shared>,
    visit: Visit,
    Query(query): Query<LinkQuery>,
) -> Response {
    let view = match (&visit.who, query.link.is_empty()) {
        (_, true) => ConfirmAddress::Ended,
        (None, _) => ConfirmAddress::NeedsSignIn { next: local(&format!("/confirm?link={}", query.link)).to_owned() },
        (Some(_), _) => ConfirmAddress::Ready { link: query.link, address: None },
    };
    html(view::confirm_address(&frame(&web), &view))
}

/// POST /confirm
pub(crate) async fn confirm(
    State(web): State<Shared>,
    Who(who): Who,
    Context(ctx): Context,
    Form(form): Form<LinkQuery>,
) -> Result<Response, Problem> {
    let view = match web.app.addresses().confirm(&ctx, &who, &form.link).await? {
        Ok(typed) => ConfirmAddress::Done { address: Some(typed) },
        Err(_) => ConfirmAddress::Ended,
    };
    Ok(html(view::confirm_address(&frame(&web), &view)))
}
