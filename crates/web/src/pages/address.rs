//! The page a confirmation letter links to.

use app::Ctx;
use app::address::Refusal;
use app::session::SignedIn;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;

use super::{frame, local, with_ceremony};
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
    let view = question(&web, (&ctx, visit.who.as_ref()), query).await?;
    Ok(with_ceremony(&web, &visit, view::confirm_address(&frame(&web), &view)))
}

/// POST /confirm: whoever is no longer signed in, or was there too long ago, is asked that first.
pub(crate) async fn confirm(
    State(web): State<Shared>,
    visit: Visit,
    Context(ctx): Context,
    Form(form): Form<LinkQuery>,
) -> Result<Response, Problem> {
    let view = match &visit.who {
        Some(who) => confirmed(&web, (&ctx, who), form).await?,
        None => ConfirmAddress::NeedsSignIn { next: form.here() },
    };
    Ok(with_ceremony(&web, &visit, view::confirm_address(&frame(&web), &view)))
}

async fn confirmed(web: &Shared, (ctx, who): (&Ctx, &SignedIn), form: LinkQuery) -> Result<ConfirmAddress, Problem> {
    let address = web.app.addresses().asked(ctx, who, &form.link).await?;
    Ok(match (web.app.addresses().confirm(ctx, who, &form.link).await?, address) {
        (Ok(address), _) => ConfirmAddress::Done { address },
        (Err(Refusal::Taken), Some(address)) => ConfirmAddress::Taken { address },
        (Err(Refusal::SignInRequired), _) => question(web, (ctx, None), form).await?,
        (Err(Refusal::StepUpRequired), _) => question(web, (ctx, Some(who)), form).await?,
        (Err(Refusal::OtherPasskeyRequired), _) => return Err(Problem::other_passkey_required()),
        (Err(Refusal::LinkEnded | Refusal::Taken), _) => ConfirmAddress::Ended,
    })
}

/// What is asked of whoever follows the link.
async fn question(
    web: &Shared,
    (ctx, who): (&Ctx, Option<&SignedIn>),
    query: LinkQuery,
) -> Result<ConfirmAddress, Problem> {
    if query.link.is_empty() {
        return Ok(ConfirmAddress::Ended);
    }
    let Some(who) = who else { return Ok(ConfirmAddress::NeedsSignIn { next: query.here() }) };
    Ok(match web.app.addresses().asked(ctx, who, &query.link).await? {
        None => ConfirmAddress::Ended,
        Some(address) if web.app.addresses().may_confirm(ctx, who) => {
            ConfirmAddress::Ready { link: query.link, address }
        }
        Some(address) => ConfirmAddress::NeedsStepUp { next: query.here(), address },
    })
}
