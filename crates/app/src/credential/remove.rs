//! A passkey goes, and the sessions it opened go with it. The last one stays.

use std::sync::Arc;

use audit::Event;
use identity::credential;
use policy::Action;
use serde_json::json;
use store::{Close, EntryRow, Fault, JobRow, ToEnd};
use vocab::{AccountId, CredentialId, RpId, SessionId, Timestamp};

use super::{Credentials, Listed, Refusal, facts, listed};
use crate::outbox::Notice;
use crate::session::{EndedBecause, Ending, SignedIn, hold};
use crate::{Ctx, Decided, anew};

/// What would happen if a passkey were removed now.
#[derive(Debug, Clone)]
pub struct Considered {
    pub credential: Listed,
    pub stay: Vec<Listed>,
    /// Open sessions that it opened, and that would end with it.
    pub sessions: usize,
    /// Why it would not be removed, if it would not.
    pub refusal: Option<Refusal>,
}

struct Removing {
    account: AccountId,
    which: CredentialId,
    hand: CredentialId,
    session: SessionId,
    rp_ids: Arc<[RpId]>,
    now: Timestamp,
    entry: EntryRow,
    ending: Ending,
    notices: Vec<JobRow>,
}

impl Credentials<'_> {
    /// What removing this passkey would do; nothing is done. `None`: the account has no such passkey.
    pub async fn consider_removal(
        &self,
        ctx: &Ctx,
        who: &SignedIn,
        which: CredentialId,
    ) -> Result<Option<Considered>, Fault> {
        let file = self.file(who).await?;
        let Some(row) = file.find(which) else { return Ok(None) };
        let hand = who.session.credential();
        let unfit = credential::remove(&facts(&file.credentials, self.0.rp_ids())?, (which, hand), ctx.now).err();
        let refusal = unfit.map(Refusal::Unfit).or(who.may(Action::RemoveCredential, ctx.now).err().map(Refusal::from));
        let place = (who.account.id, which);
        let opened = self
            .0
            .store
            .look(place, |&(account, which), snapshot| Box::pin(snapshot.count_sessions_opened_by(account, which)));
        Ok(Some(Considered {
            credential: listed(row, self.0.rp_ids())?,
            stay: file
                .usable(self.0.rp_ids())
                .filter(|other| other.id != which)
                .map(|row| listed(row, self.0.rp_ids()))
                .collect::<Result<_, _>>()?,
            sessions: usize::try_from(opened.await?).unwrap_or(0),
            refusal,
        }))
    }

    /// Remove a passkey, and end the sessions it opened. The last one stays, whoever else removes another meanwhile.
    pub async fn remove(&self, ctx: &Ctx, who: &SignedIn, which: CredentialId) -> Decided<(), Refusal> {
        if let Err(denial) = who.may(Action::RemoveCredential, ctx.now) {
            return Ok(Err(denial.into()));
        }
        anew(|| self.let_go(ctx, who, which)).await
    }

    async fn let_go(&self, ctx: &Ctx, who: &SignedIn, which: CredentialId) -> Decided<(), Refusal> {
        let file = self.file(who).await?;
        if let Err(refusal) = file.check_session() {
            return Ok(Err(refusal));
        }
        let Some(name) = file.find(which).map(|row| row.name.clone()) else {
            return Ok(Err(credential::Refusal::Unknown.into()));
        };
        let account = who.account.id;
        let subject = self.0.subject_of(account, file.subject_key, ctx.now).await?;
        let details = json!({ "credential": which.to_string(), "name": name });
        let notice = Notice::PasskeyRemoved { name, device: ctx.client.device.clone() };
        let removing = Removing {
            account,
            which,
            hand: who.session.credential(),
            session: who.session.id(),
            rp_ids: Arc::clone(self.0.rp_ids()),
            now: ctx.now,
            entry: self.0.entry(ctx, Event::CredentialRemoved, &subject, details)?,
            ending: self.0.ending(ctx, &subject, (ToEnd::OpenedBy(which), EndedBecause::CredentialRemoved)),
            notices: self.0.notices(ctx, account, &file.identifiers, &notice),
        };
        let removed = self.0.store.write(removing, record_removal).await?;
        if removed.is_ok() {
            self.0.work_is_due.notify_one();
        }
        Ok(removed.map_err(Refusal::Unfit))
    }
}

/// The account is locked first, so that of two removals at once the second sees what the first has left.
fn record_removal<'t>(
    removing: &'t Removing,
    tx: &'t mut store::Tx<'_>,
) -> store::Answer<'t, Close<Result<(), credential::Refusal>>> {
    Box::pin(async move {
        let Removing { account, which, hand, session, now, .. } = *removing;
        hold(tx, (account, session), now).await?;
        let all = facts(&tx.list_credentials(account).await?, &removing.rp_ids)?;
        let removed = match credential::remove(&all, (which, hand), now) {
            Ok(removed) => removed,
            Err(refusal) => return Ok(Close::Undo(Err(refusal))),
        };
        tx.mark_credential_removed((account, removed.id), removed.rev, removed.at).await?;
        tx.insert_entry(&removing.entry).await?;
        // Only now: who was signing in with it has come to an end and is seen here, and nobody comes after.
        removing.ending.record(tx).await?;
        for notice in &removing.notices {
            tx.insert_job(notice).await?;
        }
        Ok(Close::Commit(Ok(())))
    })
}
