//! The first administrator: a link that works once, for an hour, and a latch that closes behind whoever used it.

use audit::Event;
use serde_json::json;
use store::{Close, EntryRow, Fault, LinkRow, Setting};
use vocab::{AccountId, Reason, Secret, Timestamp};
use webauthn::registration::Options;

use crate::audit_entry::Subject;
use crate::ceremony::{Begun, Binding, Denied, Finish};
use crate::enrolment::{Door, SetupLink, Way};
use crate::fence::read_fence;
use crate::keys::Use;
use crate::link::{Purpose, SETUP_LIFE, is_good};
use crate::session::NewSession;
use crate::{App, Ctx, Decided};

pub use crate::enrolment::{Newcomer, Refusal};

pub struct Setup<'a>(&'a App);

impl App {
    pub fn setup(&self) -> Setup<'_> {
        Setup(self)
    }
}

impl Setup<'_> {
    /// Is there nothing to set up: has there been a first administrator, and no operator asked for another?
    pub async fn is_done(&self, ctx: &Ctx) -> Result<bool, Fault> {
        let (fence, links) = self
            .0
            .store
            .read((), |(), snapshot| {
                Box::pin(async move {
                    let fence = read_fence(snapshot).await?;
                    Ok((fence, snapshot.list_links(AccountId::NOBODY).await?))
                })
            })
            .await?;
        let again = |link: &LinkRow| Purpose::of(link) == Some(Purpose::SetupAgain) && is_good(link, ctx.now);
        Ok(fence.latch != 0 && !links.iter().any(again))
    }

    /// A link for the first administrator; every older one is void. `None`: there has been a first administrator.
    pub async fn offer(&self, ctx: &Ctx) -> Result<Option<Secret<String>>, Fault> {
        let fence = self.0.read_fence().await?;
        if fence.latch != 0 {
            return Ok(None);
        }
        self.make(ctx, Purpose::Setup, (Event::SetupLinkMade, json!({}))).await.map(Some)
    }

    /// Another first administrator, by the word of whoever holds the machine. The latch stays as it is.
    pub async fn reopen(&self, ctx: &Ctx, reason: &Reason) -> Result<Secret<String>, Fault> {
        self.make(ctx, Purpose::SetupAgain, (Event::SetupReopened, json!({ "reason": reason.as_str() }))).await
    }

    async fn make(
        &self,
        ctx: &Ctx,
        purpose: Purpose,
        (event, details): (Event, serde_json::Value),
    ) -> Result<Secret<String>, Fault> {
        let (token, link) = self.0.new_link(ctx, (AccountId::NOBODY, purpose), SETUP_LIFE);
        let subject = Subject::Nobody(self.0.ring.active(Use::Audit, ctx.now)?);
        let entry = self.0.entry(ctx, event, &subject, details)?;
        self.0.store.write((link, entry, ctx.now), record_link).await?;
        let token = token.write();
        Ok(Secret::new(self.0.site.url(&format!("/setup#{}", token.expose()))))
    }

    pub async fn begin(
        &self,
        ctx: &Ctx,
        binding: Binding,
        (token, newcomer): (&str, Newcomer),
    ) -> Decided<Begun<Options>, Refusal> {
        let begun = match self.0.look_at_link(ctx, token).await? {
            Some(link) if Purpose::of(&link).is_some_and(|purpose| Purpose::SETUP.contains(&purpose)) => {
                self.0.begin_enrolment(ctx, binding, (newcomer, Way::Setup(SetupLink::of(&link)))).await
            }
            _ => Ok(Err(Denied::link_ended())),
        };
        self.0.counted(ctx, begun)
    }

    pub async fn finish(&self, ctx: &Ctx, finish: Finish) -> Decided<NewSession, Refusal> {
        let finished = self.0.finish_enrolment(ctx, finish, Door::Setup).await;
        self.0.counted(ctx, finished)
    }
}

/// A new link voids those of both purposes: at any moment there is at most one way to become the owner.
fn record_link<'t>(
    (link, entry, now): &'t (LinkRow, EntryRow, Timestamp),
    tx: &'t mut store::Tx<'_>,
) -> store::Answer<'t, Close<()>> {
    Box::pin(async move {
        tx.lock_setting(Setting::SetupLatch).await?;
        for purpose in Purpose::SETUP {
            tx.void_links(AccountId::NOBODY, purpose.as_str(), *now).await?;
        }
        tx.insert_link(link).await?;
        tx.insert_entry(entry).await?;
        Ok(Close::Commit(()))
    })
}
