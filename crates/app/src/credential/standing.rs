//! How much a passkey is worth changes: by what becomes known of its model, by how it counts, by an administrator.

use std::fmt;

use audit::Event;
use policy::Standing;
use policy::authenticator::Because;
use serde_json::json;
use store::{Close, CredentialRow, EntryRow, Fault, JobRow, StandingRow, ToEnd};
use vocab::{CredentialId, Reason, Timestamp};

use super::{Credentials, is_active};
use crate::account::Named;
use crate::outbox::Notice;
use crate::session::{EndedBecause, Ending};
use crate::{App, Ctx, Decided, anew};

/// A passkey as an administrator sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnRecord {
    pub id: CredentialId,
    pub name: String,
    pub aaguid: [u8; 16],
    /// Who vouches for the model: `none`, `self`, `unchained` or `chained`.
    pub attestation: String,
    pub is_synced: bool,
    pub rp_id: String,
    pub standing: Standing,
    pub because: Option<Because>,
    pub made_at: Timestamp,
    pub last_used_at: Option<Timestamp>,
}

/// Why an administrator's word changed nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StandingRefusal {
    UnknownAccount,
    UnknownPasskey,
    /// It stands so already.
    AsItIs,
}

impl fmt::Display for StandingRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UnknownAccount => "there is no such account",
            Self::UnknownPasskey => "the account has no such passkey",
            Self::AsItIs => "it stands so already",
        })
    }
}

impl std::error::Error for StandingRefusal {}

/// Another standing, with all that goes with it.
pub(crate) struct Change {
    row: StandingRow,
    entry: EntryRow,
    /// What a passkey on hold has opened.
    ending: Option<Ending>,
    notices: Vec<JobRow>,
}

impl Change {
    /// A guard: the record is the one that was read.
    pub(crate) async fn record(&self, tx: &mut store::Tx<'_>) -> Result<(), Fault> {
        tx.mark_standing(&self.row).await?;
        tx.insert_entry(&self.entry).await?;
        if let Some(ending) = &self.ending {
            ending.record(tx).await?;
        }
        for notice in &self.notices {
            tx.insert_job(notice).await?;
        }
        Ok(())
    }
}

/// What an administrator does, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Word {
    Hold,
    Release,
}

impl App {
    /// Every confirmed address is told.
    pub(crate) async fn change_of_standing(
        &self,
        ctx: &Ctx,
        row: &CredentialRow,
        to: (Standing, Option<Because>),
    ) -> Result<Change, Fault> {
        self.change_with(ctx, row, to, (row.released.clone(), None)).await
    }

    async fn change_with(
        &self,
        ctx: &Ctx,
        row: &CredentialRow,
        (standing, because): (Standing, Option<Because>),
        (released, reason): (String, Option<&Reason>),
    ) -> Result<Change, Fault> {
        let account = row.account_id;
        let (key, identifiers) = self
            .store
            .read(account, |account, snapshot| {
                Box::pin(async move {
                    Ok((snapshot.subject_key(*account).await?, snapshot.list_identifiers(*account).await?))
                })
            })
            .await?;
        let subject = self.subject_of(account, key, ctx.now).await?;
        let because_word = because.map_or("", Because::as_str);
        let details = json!({
            "credential": row.id.to_string(),
            "name": row.name,
            "was": row.standing,
            "was_because": row.standing_because,
            "standing": standing.as_str(),
            "because": because_word,
            "reason": reason.map(Reason::as_str),
        });
        let notice = Notice::PasskeyStanding { name: row.name.clone(), standing, because };
        let is_suspended = standing == Standing::Suspended;
        let opened = (ToEnd::OpenedBy(row.id), EndedBecause::CredentialSuspended);
        Ok(Change {
            row: StandingRow {
                account_id: account,
                id: row.id,
                rev: row.rev,
                standing: standing.as_str().to_owned(),
                because: because_word.to_owned(),
                released,
            },
            entry: self.entry(ctx, Event::StandingChanged, &subject, details)?,
            ending: is_suspended.then(|| self.ending(ctx, &subject, opened)),
            notices: self.notices(ctx, account, &identifiers, &notice),
        })
    }
}

impl Credentials<'_> {
    /// The active passkeys of an account, for an administrator.
    pub async fn on_record(&self, named: &Named) -> Decided<Vec<OnRecord>, StandingRefusal> {
        let Some(rows) = self.rows_of(named).await? else { return Ok(Err(StandingRefusal::UnknownAccount)) };
        Ok(Ok(rows.iter().filter(|row| is_active(row)).map(on_record).collect()))
    }

    /// It signs nobody in until it is released.
    pub async fn hold(&self, ctx: &Ctx, of: (&Named, CredentialId), reason: &Reason) -> Decided<(), StandingRefusal> {
        anew(|| self.say(ctx, of, (Word::Hold, reason))).await
    }

    /// What is held against it is set aside.
    pub async fn release(
        &self,
        ctx: &Ctx,
        of: (&Named, CredentialId),
        reason: &Reason,
    ) -> Decided<(), StandingRefusal> {
        anew(|| self.say(ctx, of, (Word::Release, reason))).await
    }

    async fn say(
        &self,
        ctx: &Ctx,
        (named, which): (&Named, CredentialId),
        (word, reason): (Word, &Reason),
    ) -> Decided<(), StandingRefusal> {
        let Some(rows) = self.rows_of(named).await? else { return Ok(Err(StandingRefusal::UnknownAccount)) };
        let Some(row) = rows.iter().find(|row| row.id == which && is_active(row)) else {
            return Ok(Err(StandingRefusal::UnknownPasskey));
        };
        let to = match word {
            Word::Hold => (Standing::Suspended, Some(Because::Held)),
            Word::Release => (Standing::Good, None),
        };
        if row.standing == to.0.as_str() {
            return Ok(Err(StandingRefusal::AsItIs));
        }
        let of_the_model = Because::parse(&row.standing_because).filter(|because| because.is_of_the_model());
        let released = match (word, of_the_model) {
            (Word::Release, Some(because)) => because.as_str().to_owned(),
            _ => row.released.clone(),
        };
        let change = self.0.change_with(ctx, row, to, (released, Some(reason))).await?;
        self.0
            .store
            .write(change, |change, tx| {
                Box::pin(async move {
                    change.record(tx).await?;
                    Ok(Close::Commit(()))
                })
            })
            .await?;
        self.0.work_is_due.notify_one();
        Ok(Ok(()))
    }

    async fn rows_of(&self, named: &Named) -> Result<Option<Vec<CredentialRow>>, Fault> {
        let Some(found) = self.0.accounts().find(named).await? else { return Ok(None) };
        let id = found.account.id;
        self.0.store.look(id, |id, snapshot| Box::pin(snapshot.list_credentials(*id))).await.map(Some)
    }
}

fn on_record(row: &CredentialRow) -> OnRecord {
    OnRecord {
        id: row.id,
        name: row.name.clone(),
        aaguid: row.aaguid,
        attestation: row.attestation.clone(),
        is_synced: row.is_backup_eligible,
        rp_id: row.rp_id.clone(),
        standing: Standing::parse(&row.standing).unwrap_or(Standing::Suspended),
        because: Because::parse(&row.standing_because),
        made_at: row.made_at,
        last_used_at: row.last_used_at,
    }
}
