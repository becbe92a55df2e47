//! What happened to an account lately, as its owner may read it: from its audit entries.

pub use audit::Event;
use audit::{Entry, EntryPlace};
use serde_json::Value;
use store::{EntryRow, Fault};
use vocab::{AccountId, Timestamp};

use crate::audit_entry::Subject;
use crate::session::SignedIn;
use crate::{App, Ctx};

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happened {
    pub event: Event,
    pub at: Timestamp,
    details: Value,
}

impl Happened {
    /// A word of its details; empty if it has none of that name.
    pub fn said(&self, field: &str) -> &str {
        self.details.get(field).and_then(Value::as_str).unwrap_or_default()
    }
}

impl App {
    /// The newest first: the newest `limit` entries, and the newest `limit` changes of the account and the newest word
    /// of a copied passkey where they are not among them. Nobody makes a change disappear from here by coming, going, or being turned away often.
    pub async fn activity(&self, ctx: &Ctx, who: &SignedIn, limit: i64) -> Result<Vec<Happened>, Fault> {
        let account = who.account.id;
        let (key, mut rows) = self
            .store
            .read((account, limit), |&(account, limit), snapshot| {
                Box::pin(async move {
                    let mut rows = snapshot.list_newest_entries(account, limit).await?;
                    rows.extend(snapshot.list_newest_changes(account, limit).await?);
                    rows.extend(snapshot.newest_copy(account).await?);
                    Ok((snapshot.subject_key(account).await?, rows))
                })
            })
            .await?;
        // Of one moment: an account is made, a passkey with it, a session is opened, in the order of their codes.
        rows.sort_unstable_by_key(|row| std::cmp::Reverse((row.at, row.event, row.place.id)));
        rows.dedup_by_key(|row| row.place.id);
        let subject = self.subject_of(account, key, ctx.now).await?;
        Ok(rows.iter().filter_map(|row| happened(account, &subject, row)).collect())
    }
}

/// What does not open is `signet doctor`'s to report; nobody is shown it as having happened.
fn happened(account: AccountId, subject: &Subject, row: &EntryRow) -> Option<Happened> {
    let Subject::Account(_, key) = subject else { return None };
    let entry = Entry::decode(&row.bytes).ok()?;
    let place = EntryPlace { account, entry: row.place.id, header: entry.header() };
    let details = key.open(&place, &row.details).ok()?;
    Some(Happened { event: entry.event, at: entry.at, details: serde_json::from_slice(details.expose()).ok()? })
}
