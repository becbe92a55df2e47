//! A passkey that was made beside an older one of the same provider takes its place.

use audit::Event;
use identity::credential::{self, Removed};
use serde_json::json;
use store::{CredentialRow, EntryRow, Fault, JobRow, ToEnd};
use vocab::{AccountId, CredentialId};

use super::facts;
use crate::outbox::Notice;
use crate::session::{EndedBecause, Ending};
use crate::{App, Ctx};

/// The older one goes, in the transaction of the sign-in with the new one.
pub(crate) struct Replacement {
    account: AccountId,
    new: CredentialId,
    goes: Removed,
    entry: EntryRow,
    ending: Ending,
    notices: Vec<JobRow>,
}

impl App {
    /// `None`: nothing is replaced, or not yet.
    pub(crate) async fn replacement(&self, ctx: &Ctx, new: &CredentialRow) -> Result<Option<Replacement>, Fault> {
        let Some(old) = new.replaces else { return Ok(None) };
        let account = new.account_id;
        let (all, key, identifiers) = self
            .store
            .read(account, |account, snapshot| {
                Box::pin(async move {
                    let all = snapshot.list_credentials(*account).await?;
                    Ok((all, snapshot.subject_key(*account).await?, snapshot.list_identifiers(*account).await?))
                })
            })
            .await?;
        let Some(goes) = credential::replace(&facts(&all, self.rp_ids())?, (new.id, old), ctx.now) else {
            return Ok(None);
        };
        let name = all.iter().find(|row| row.id == old).map_or_else(String::new, |row| row.name.clone());
        let subject = self.subject_of(account, key, ctx.now).await?;
        let details = json!({ "credential": old.to_string(), "name": name, "replaced_by": new.id.to_string() });
        let notice = Notice::PasskeyReplaced { name: name.clone() };
        Ok(Some(Replacement {
            account,
            new: new.id,
            goes,
            entry: self.entry(ctx, Event::CredentialRemoved, &subject, details)?,
            ending: self.ending(ctx, &subject, (ToEnd::OpenedBy(old), EndedBecause::CredentialRemoved)),
            notices: self.notices(ctx, account, &identifiers, &notice),
        }))
    }
}

impl Replacement {
    /// A guard: the older one is as it was read.
    pub(crate) async fn record(&self, tx: &mut store::Tx<'_>) -> Result<(), Fault> {
        tx.end_replacement((self.account, self.new)).await?;
        tx.mark_credential_removed((self.account, self.goes.id), self.goes.rev, self.goes.at).await?;
        tx.insert_entry(&self.entry).await?;
        self.ending.record(tx).await?;
        for notice in &self.notices {
            tx.insert_job(notice).await?;
        }
        Ok(())
    }
}
