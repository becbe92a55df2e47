//! A passkey is called something else.

use audit::Event;
use identity::credential;
use policy::Action;
use serde_json::json;
use store::{Close, EntryRow};
use vocab::{AccountId, CredentialId, DisplayName, SessionId, Timestamp};

use super::{Credentials, Refusal, facts};
use crate::session::{SignedIn, hold};
use crate::{Ctx, Decided, anew};

struct Renaming {
    account: AccountId,
    session: SessionId,
    renamed: credential::Renamed,
    name: String,
    now: Timestamp,
    entry: EntryRow,
}

impl Credentials<'_> {
    pub async fn rename(
        &self,
        ctx: &Ctx,
        who: &SignedIn,
        (which, name): (CredentialId, &DisplayName),
    ) -> Decided<(), Refusal> {
        if let Err(denial) = who.may(Action::RenameCredential, ctx.now) {
            return Ok(Err(denial.into()));
        }
        anew(|| self.call(ctx, who, (which, name))).await
    }

    async fn call(
        &self,
        ctx: &Ctx,
        who: &SignedIn,
        (which, name): (CredentialId, &DisplayName),
    ) -> Decided<(), Refusal> {
        let file = self.file(who).await?;
        if let Err(refusal) = file.check_session() {
            return Ok(Err(refusal));
        }
        let hand = who.session.credential();
        let renamed = match credential::rename(&facts(&file.credentials, self.0.rp_ids())?, (which, hand), ctx.now) {
            Ok(renamed) => renamed,
            Err(refusal) => return Ok(Err(refusal.into())),
        };
        let was = file.find(which).map(|row| row.name.as_str());
        if was == Some(name.as_str()) {
            return Ok(Ok(())); // it is called that already
        }
        let details = json!({ "credential": which.to_string(), "name": name.as_str(), "was": was });
        let subject = self.0.subject_of(who.account.id, file.subject_key, ctx.now).await?;
        let renaming = Renaming {
            account: who.account.id,
            session: who.session.id(),
            renamed,
            name: name.as_str().to_owned(),
            now: ctx.now,
            entry: self.0.entry(ctx, Event::CredentialRenamed, &subject, details)?,
        };
        self.0.store.write(renaming, record_renaming).await?;
        Ok(Ok(()))
    }
}

fn record_renaming<'t>(renaming: &'t Renaming, tx: &'t mut store::Tx<'_>) -> store::Answer<'t, Close<()>> {
    Box::pin(async move {
        let Renaming { account, session, renamed, now, .. } = *renaming;
        hold(tx, (account, session), now).await?;
        tx.rename_credential((account, renamed.id), renamed.rev, &renaming.name).await?;
        tx.insert_entry(&renaming.entry).await?;
        Ok(Close::Commit(()))
    })
}
