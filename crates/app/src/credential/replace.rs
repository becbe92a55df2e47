//! A passkey that was made beside an older one of the same provider takes its place.

use std::sync::Arc;

use audit::Event;
use identity::credential;
use serde_json::json;
use store::{CredentialRow, EntryRow, Fault, JobRow, ToEnd};
use vocab::{AccountId, CredentialId, RpId, Timestamp};

use super::facts;
use crate::outbox::Notice;
use crate::session::{EndedBecause, Ending};
use crate::{App, Ctx};

/// The older one goes, in the transaction of the sign-in with the new one.
pub(crate) struct Replacement {
    pub(crate) account: AccountId,
    new: CredentialId,
    old: CredentialId,
    rp_ids: Arc<[RpId]>,
    now: Timestamp,
    entry: EntryRow,
    ending: Ending,
    notices: Vec<JobRow>,
}

impl App {
    /// `None`: nothing is replaced, or not yet. Whether it still is when this sign-in is written, its transaction decides.
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
        if credential::replace(&facts(&all, self.rp_ids())?, (new.id, old), ctx.now).is_none() {
            return Ok(None);
        }
        let name = all.iter().find(|row| row.id == old).map_or_else(String::new, |row| row.name.clone());
        let subject = self.subject_of(account, key, ctx.now).await?;
        let details = json!({ "credential": old.to_string(), "name": name, "replaced_by": new.id.to_string() });
        let notice = Notice::PasskeyReplaced { name: name.clone() };
        Ok(Some(Replacement {
            account,
            new: new.id,
            old,
            rp_ids: Arc::clone(self.rp_ids()),
            now: ctx.now,
            entry: self.entry(ctx, Event::CredentialRemoved, &subject, details)?,
            ending: self.ending(ctx, &subject, (ToEnd::OpenedBy(old), EndedBecause::CredentialRemoved)),
            notices: self.notices(ctx, account, &identifiers, &notice),
        }))
    }
}

impl Replacement {
    /// Whoever calls this has locked the account: of a replacement and a removal at once one sees what the other left.
    pub(crate) async fn record(&self, tx: &mut store::Tx<'_>) -> Result<(), Fault> {
        let all = facts(&tx.list_credentials(self.account).await?, &self.rp_ids)?;
        let Some(goes) = credential::replace(&all, (self.new, self.old), self.now) else { return Ok(()) };
        tx.end_replacement((self.account, self.new)).await?;
        tx.mark_credential_removed((self.account, goes.id), goes.rev, goes.at).await?;
        tx.insert_entry(&self.entry).await?;
        self.ending.record(tx).await?;
        for notice in &self.notices {
            tx.insert_job(notice).await?;
        }
        Ok(())
    }
}
