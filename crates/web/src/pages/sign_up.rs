//! Making an account for oneself.

use app::account::{Named, Role};
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use vocab::DisplayName;
use vocab::identifier::Identifier;

use super::{NextQuery, frame, html, local, see, with_ceremony};
use crate::Shared;
use crate::context::Visit;
use crate::input::{Form, Query};
use crate::problem::{Problem, capital};
use crate::view::{self, SignUp, Typed};

#[derive(Deserialize)]
pub(crate) struct PersonForm {
    #[serde(default)]
    display_name: String,
    #[serde(default)]
    username: String,
    #[serde(default)]
    email: String,
    #[serde(default)]
    next: String,
}

/// GET /sign-up
pub(crate) async fn show(
    State(web): State<Shared>,
    visit: Visit,
    Query(query): Query<NextQuery>,
) -> Result<Response, Problem> {
    let (frame, next) = (frame(&web), local(&query.next));
    Ok(match () {
        () if visit.who.is_some() => see(next),
        () if !web.app.sign_up().is_open() => html(view::sign_up_closed(&frame, next)),
        () => {
            let asks_makers = web.app.authenticators().asks_about_newcomers(Role::Person).await?;
            let blank = SignUp { next: next.to_owned(), asks_makers, ..SignUp::default() };
            with_ceremony(&web, &visit, view::sign_up(&frame, &blank))
        }
    })
}

/// POST /sign-up, where there is no script to begin with it
pub(crate) async fn check(
    State(web): State<Shared>,
    visit: Visit,
    Form(form): Form<PersonForm>,
) -> Result<Response, Problem> {
    if !web.app.sign_up().is_open() {
        return Err(Problem::sign_up_closed());
    }
    let mut view = form.checked();
    view.asks_makers = web.app.authenticators().asks_about_newcomers(Role::Person).await?;
    if view.checked {
        let named = Identifier::username(form.username.trim()).ok().map(Named::Identifier);
        let is_taken = match named {
            Some(named) => web.app.accounts().find(&named).await?.is_some(),
            None => false,
        };
        view.checked = !is_taken;
        view.username.fault = is_taken.then(|| "Somebody has this name already. Choose another one.".to_owned());
    }
    Ok(with_ceremony(&web, &visit, view::sign_up(&frame(&web), &view)))
}

impl PersonForm {
    fn checked(&self) -> SignUp {
        let typed = |value: &str, fault: Option<String>| Typed { value: value.to_owned(), fault };
        let email = self.email.trim();
        let view = SignUp {
            display_name: typed(&self.display_name, fault(DisplayName::parse(&self.display_name))),
            username: typed(&self.username, fault(Identifier::username(self.username.trim()))),
            email: typed(email, if email.is_empty() { None } else { fault(Identifier::email(email)) }),
            next: local(&self.next).to_owned(),
            checked: false,
            asks_makers: false, // the caller knows
        };
        let faults = [&view.display_name.fault, &view.username.fault, &view.email.fault];
        SignUp { checked: faults.iter().all(|fault| fault.is_none()), ..view }
    }
}

/// What is wrong with it, as a sentence of its own.
fn fault<T, E: std::fmt::Display>(read: Result<T, E>) -> Option<String> {
    read.err().map(|refusal| capital(&format!("{refusal}.")))
}
