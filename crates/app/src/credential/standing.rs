//! How much a passkey is worth changes: by what becomes known of its model, by how it counts, by an administrator.
//!
//! Two kinds of things are on record. What is *said* of it (it is held, it counted backwards, it was held back when it
//! came in) stays until somebody releases it, one by one; what rules hold against it follows from them and may pass. It
//! stands as the gravest of all says.

use std::fmt;

use audit::Event;
use policy::Standing;
use policy::authenticator::{Because, Stand};
use serde_json::{Value, json};
use store::{Close, CredentialRow, EntryRow, Fault, JobRow, StandingRow, ToEnd};
use vocab::{AccountId, CredentialId, Reason, Timestamp};

use super::{Credentials, corrupt, is_active};
use crate::account::Named;
use crate::outbox::Notice;
use crate::session::{EndedBecause, Ending};
use crate::{App, Ctx, Decided, anew};

/// A passkey as an administrator sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    pub id: CredentialId,
    pub name: String,
    pub aaguid: [u8; 16],
    /// Who vouches for the model: `none`, `self`, `unchained` or `chained`.
    pub attestation: String,
    pub is_synced: bool,
    pub rp_id: String,
    pub stand: Stand,
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

/// What is on record of how a passkey stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OnRecord {
    pub(crate) stand: Stand,
    /// One of each reason, the newest first.
    pub(crate) said: Vec<Stand>,
    pub(crate) released: Vec<Because>,
}

impl OnRecord {
    pub(crate) fn of(row: &CredentialRow) -> Result<Self, Fault> {
        let released = row.released.split_ascii_whitespace().map(|word| reason(row, word));
        let said = row.said.split_ascii_whitespace().map(|words| {
            let (because, word) =
                words.split_once(':').ok_or_else(|| corrupt(row, "something said that is no sentence"))?;
            Ok(Stand { standing: standing(row, word)?, because: Some(reason(row, because)?) })
        });
        Ok(Self {
            stand: Stand { standing: standing(row, &row.standing)?, because: some_reason(row, &row.standing_because)? },
            said: said.collect::<Result<_, Fault>>()?,
            released: released.collect::<Result<_, _>>()?,
        })
    }

    /// The same, with this said of it too.
    pub(crate) fn with(&self, new: Stand) -> Self {
        let is_of_it = |said: &Stand| said.because == new.because;
        if self.said.iter().any(|said| is_of_it(said) && said.standing >= new.standing) {
            return self.clone();
        }
        let others = self.said.iter().copied().filter(|said| !is_of_it(said));
        let said = [new].into_iter().chain(others).collect();
        Self { stand: new.or_graver(self.stand), said, released: self.released.clone() }
    }

    /// What is written in the place of what is there.
    fn instead_of(&self, row: &CredentialRow) -> Result<StandingRow, Fault> {
        let Stand { standing, because } = self.stand;
        let released: Vec<&str> = self.released.iter().map(|because| because.as_str()).collect();
        // Released, it counts from anew: what a copy has counted is not held against the genuine one.
        let is_forgiven = Self::of(row)?.says(Because::Regressed) && !self.says(Because::Regressed);
        Ok(StandingRow {
            account_id: row.account_id,
            id: row.id,
            rev: row.rev,
            standing: standing.as_str().to_owned(),
            because: because.map_or("", Because::as_str).to_owned(),
            said: written(&self.said),
            released: released.join(" "),
            sign_count: is_forgiven.then_some(0),
        })
    }

    fn says(&self, because: Because) -> bool {
        self.said.iter().any(|said| said.because == Some(because))
    }
}

/// As it lies in the row.
pub(crate) fn written(said: &[Stand]) -> String {
    let words = said.iter().filter_map(|said| Some(format!("{}:{}", said.because?.as_str(), said.standing.as_str())));
    words.collect::<Vec<_>>().join(" ")
}

fn standing(row: &CredentialRow, word: &str) -> Result<Standing, Fault> {
    Standing::parse(word).ok_or_else(|| corrupt(row, "a standing nobody knows"))
}

fn reason(row: &CredentialRow, word: &str) -> Result<Because, Fault> {
    Because::parse(word).ok_or_else(|| corrupt(row, "a reason nobody knows"))
}

fn some_reason(row: &CredentialRow, word: &str) -> Result<Option<Because>, Fault> {
    if word.is_empty() { Ok(None) } else { reason(row, word).map(Some) }
}

/// Another standing, with all that goes with it.
pub(crate) struct Change {
    row: StandingRow,
    entry: EntryRow,
    /// What a passkey on hold has opened.
    ending: Option<Ending>,
    notices: Vec<JobRow>,
}

impl Change {
    /// A guard: the record is the one that was read. Whoever calls this has locked the account.
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

    pub(crate) fn account(&self) -> AccountId {
        self.row.account_id
    }
}

/// For the owner's past.
fn details(was: &CredentialRow, is: &StandingRow, reason: Option<&Reason>) -> Value {
    json!({
        "credential": was.id.to_string(),
        "name": was.name,
        "was": was.standing,
        "was_because": was.standing_because,
        "standing": is.standing,
        "because": is.because,
        "said": is.said,
        "released": is.released,
        "reason": reason.map(Reason::as_str),
    })
}

/// What an administrator does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Hold,
    Release,
}

impl App {
    /// Every confirmed address is told, if it stands otherwise.
    pub(crate) async fn change_of_standing(
        &self,
        ctx: &Ctx,
        row: &CredentialRow,
        (to, reason): (OnRecord, Option<&Reason>),
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
        let Stand { standing, because } = to.stand;
        let is_another = row.standing != standing.as_str();
        let notice = Notice::PasskeyStanding { name: row.name.clone(), standing, because };
        let opened = (ToEnd::OpenedBy(row.id), EndedBecause::CredentialSuspended);
        let new = to.instead_of(row)?;
        Ok(Change {
            entry: self.entry(ctx, Event::StandingChanged, &subject, details(row, &new, reason))?,
            row: new,
            ending: (standing == Standing::Suspended).then(|| self.ending(ctx, &subject, opened)),
            notices: if is_another { self.notices(ctx, account, &identifiers, &notice) } else { Vec::new() },
        })
    }
}

impl Credentials<'_> {
    /// The active passkeys of an account, for an administrator.
    pub async fn kept(&self, named: &Named) -> Decided<Vec<Kept>, StandingRefusal> {
        let Some((_, rows)) = self.rows_of(named).await? else { return Ok(Err(StandingRefusal::UnknownAccount)) };
        let kept: Result<Vec<_>, _> = rows.iter().filter(|row| is_active(row)).map(kept).collect();
        kept.map(Ok)
    }

    /// It signs nobody in until it is released.
    pub async fn hold(
        &self,
        ctx: &Ctx,
        of: (&Named, CredentialId),
        reason: &Reason,
    ) -> Decided<Stand, StandingRefusal> {
        anew(|| self.pronounce(ctx, of, (Verdict::Hold, reason))).await
    }

    /// The one thing by which it stands as it does is set aside. How does it stand then?
    pub async fn release(
        &self,
        ctx: &Ctx,
        of: (&Named, CredentialId),
        reason: &Reason,
    ) -> Decided<Stand, StandingRefusal> {
        anew(|| self.pronounce(ctx, of, (Verdict::Release, reason))).await
    }

    async fn pronounce(
        &self,
        ctx: &Ctx,
        (named, which): (&Named, CredentialId),
        (verdict, reason): (Verdict, &Reason),
    ) -> Decided<Stand, StandingRefusal> {
        let Some((role, rows)) = self.rows_of(named).await? else {
            return Ok(Err(StandingRefusal::UnknownAccount));
        };
        let Some(row) = rows.iter().find(|row| row.id == which && is_active(row)) else {
            return Ok(Err(StandingRefusal::UnknownPasskey));
        };
        let is = OnRecord::of(row)?;
        let held = Stand { standing: Standing::Suspended, because: Some(Because::Held) };
        let to = match verdict {
            Verdict::Hold if is.says(Because::Held) => return Ok(Err(StandingRefusal::AsItIs)),
            Verdict::Hold => is.with(held),
            Verdict::Release if is.stand == Stand::GOOD => return Ok(Err(StandingRefusal::AsItIs)),
            Verdict::Release => {
                let known = self.0.authenticators().everything_known().await?;
                let owner = self.0.owner(&known.rules, (row.account_id, &role)).await?;
                known.released((row, &is), &owner)
            }
        };
        let stand = to.stand;
        let change = self.0.change_of_standing(ctx, row, (to, Some(reason))).await?;
        self.0
            .store
            .write(change, |change, tx| {
                Box::pin(async move {
                    tx.lock_account(change.account()).await?;
                    change.record(tx).await?;
                    Ok(Close::Commit(()))
                })
            })
            .await?;
        self.0.work_is_due.notify_one();
        Ok(Ok(stand))
    }

    /// Of an active account, with its role.
    async fn rows_of(&self, named: &Named) -> Result<Option<(String, Vec<CredentialRow>)>, Fault> {
        let found = self.0.accounts().find(named).await?;
        let Some(found) = found.filter(|found| found.account.is_active()) else { return Ok(None) };
        let id = found.account.id;
        let rows = self.0.store.look(id, |id, snapshot| Box::pin(snapshot.list_credentials(*id))).await?;
        Ok(Some((found.account.role.as_str().to_owned(), rows)))
    }
}

fn kept(row: &CredentialRow) -> Result<Kept, Fault> {
    Ok(Kept {
        id: row.id,
        name: row.name.clone(),
        aaguid: row.aaguid,
        attestation: row.attestation.clone(),
        is_synced: row.is_backup_eligible,
        rp_id: row.rp_id.clone(),
        stand: OnRecord::of(row)?.stand,
        made_at: row.made_at,
        last_used_at: row.last_used_at,
    })
}
