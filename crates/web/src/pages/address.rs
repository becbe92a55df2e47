//! The page a confirmation letter links to.

use app::address::Refusal;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;

use super::{frame, html, local, see, with_ceremony};
use crate::Shared;
use crate::context::{Context, Visit};
use crate::input::{Form, Query};
use crate::problem::Problem;
use crate::view::{self, ConfirmAddress};

#[derive(Deserialize)]
pub(crate) struct LinkQuery {
    #[serde(default)]
    link: String,
}

impl LinkQuery {
    fn here(&self) -> String {
        local(&format!("/confirm?link={}", self.link)).to_owned()
    }
}

/// GET /confirm: changes nothing, for whatever follows links in letters comes by here too.
pub(crate) async fn ask_to_confirm(
    State(web): State<Shared>,
    visit: Visit,
    Context(ctx): Context,
    Query(query): Query<LinkQuery>,
) -> Result<Response, Problem> {
    let view = match &visit.who {
        _ if query.link.is_empty() => ConfirmAddress::Ended,
        None => ConfirmAddress::NeedsSignIn { next: query.here() },
        Some(who) => match web.app.addresses().asked(&ctx, who, &query.link).await? {
            None => ConfirmAddress::Ended,
            Some(address) if web.app.addresses().may_confirm(&ctx, who) => {
                ConfirmAddress::Ready { link: query.link, address }
            }
            Some(address) => ConfirmAddress::NeedsStepUp { next: query.here(), address },
        },
    };
    Ok(with_ceremony(&web, &visit, view::confirm_address(&frame(&web), &view)))
}

/// POST /confirm: whoever is no longer signed in, or was there too long ago, is asked first and comes back.
pub(crate) async fn confirm(
    State(web): State<Shared>,
    visit: Visit,
    Context(ctx): Context,
    Form(form): Form<LinkQuery>,
) -> Result<Response, Problem> {
    let Some(who) = &visit.who else { return Ok(see(&form.here())) };
    let address = web.app.addresses().asked(&ctx, who, &form.link).await?;
    let view = match (web.app.addresses().confirm(&ctx, who, &form.link).await?, address) {
        (Ok(address), _) => ConfirmAddress::Done { address },
        (Err(Refusal::SignInRequired | Refusal::StepUpRequired), _) => return Ok(see(&form.here())),
        (Err(Refusal::Taken), Some(address)) => ConfirmAddress::Taken { address },
        (Err(Refusal::Taken | Refusal::LinkEnded), _) => ConfirmAddress::Ended,
    };
    Ok(html(view::confirm_address(&frame(&web), &view)))
}
