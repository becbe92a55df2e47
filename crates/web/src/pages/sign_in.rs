//! Signing in.

use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;

use super::{NextQuery, frame, local, see, with_ceremony};
use crate::Shared;
use crate::context::Visit;
use crate::input::{Form, Query};
use crate::notice::{Notice, Noticed};
use crate::view::{self, SignIn};

/// The name that was typed, where there is no script to begin with it.
#[derive(Deserialize)]
pub(crate) struct NameForm {
    #[serde(default)]
    name: String,
    #[serde(default)]
    next: String,
}

/// GET /sign-in
pub(crate) async fn show(
    State(web): State<Shared>,
    visit: Visit,
    Query(query): Query<NextQuery>,
    noticed: Noticed,
) -> Response {
    let next = local(&query.next);
    if visit.who.is_some() {
        return see(next);
    }
    let view = SignIn {
        next: next.to_owned(),
        sign_up_open: web.app.sign_up().is_open(),
        former: former(&web),
        just_signed_out: noticed.0 == Some(Notice::SignedOut),
        ..SignIn::default()
    };
    noticed.once(with_ceremony(&web, &visit, view::sign_in(&frame(&web), &view)))
}

/// Domains of which passkeys sign in still.
fn former(web: &Shared) -> Vec<String> {
    web.app.site().former_rp_ids.iter().map(|id| id.as_str().to_owned()).collect()
}

/// POST /sign-in
pub(crate) async fn ask_for_passkey(State(web): State<Shared>, visit: Visit, Form(form): Form<NameForm>) -> Response {
    let fault = form.name.trim().is_empty().then(|| "Type your user name or e-mail address first.".to_owned());
    let view = SignIn {
        asked: fault.is_none(),
        name: form.name,
        next: local(&form.next).to_owned(),
        sign_up_open: web.app.sign_up().is_open(),
        former: former(&web),
        just_signed_out: false,
        fault,
    };
    with_ceremony(&web, &visit, view::sign_in(&frame(&web), &view))
}
