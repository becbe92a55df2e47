//! Audit entries: the record of a security act, written in the transaction of the act.

use vocab::{AccountId, EntryId, Timestamp};

use crate::engine::{Snapshot, Tx};
use crate::fault::Fault;
use crate::sql::statements;
use crate::value::Row;

statements! {
    write INSERT_ENTRY =
        "INSERT INTO audit_entries (account_id, id, at, event, bytes, digest, details) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)";
    read ENTRIES_OF =
        "SELECT account_id, id, at, event, bytes, digest, details, leaf FROM audit_entries \
         WHERE account_id = $1 ORDER BY id";
    read NEWEST_ENTRIES =
        "SELECT account_id, id, at, event, bytes, digest, details, leaf FROM audit_entries \
         WHERE account_id = $1 ORDER BY id DESC LIMIT $2";
    read NEWEST_CHANGES =
        "SELECT account_id, id, at, event, bytes, digest, details, leaf FROM audit_entries \
         WHERE account_id = $1 AND (event < 7 OR event = 8 OR event > 12) ORDER BY id DESC LIMIT $2";
    read NEWEST_COPY =
        "SELECT account_id, id, at, event, bytes, digest, details, leaf FROM audit_entries \
         WHERE account_id = $1 AND event = 12 ORDER BY id DESC LIMIT 1";
    read ENTRIES_AFTER =
        "SELECT account_id, id, at, event, bytes, digest, details, leaf FROM audit_entries \
         WHERE (account_id, id) > ($1, $2) ORDER BY account_id, id LIMIT $3";
}

/// An entry as it lies in its row. `bytes` is the truth; `at` and `event` repeat it so that it can be found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryRow {
    pub place: EntryPlaceRow,
    pub at: Timestamp,
    pub event: i64,
    pub bytes: Vec<u8>,
    pub digest: Vec<u8>,
    pub details: Vec<u8>,
    pub leaf: Option<i64>,
}

/// Whose past an entry belongs to ([`AccountId::NOBODY`] for the system's own) and which one it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EntryPlaceRow {
    pub account_id: AccountId,
    pub id: EntryId,
}

fn entry(row: &Row<'_>) -> Result<EntryRow, Fault> {
    Ok(EntryRow {
        place: EntryPlaceRow { account_id: row.get(0)?, id: row.get(1)? },
        at: row.get(2)?,
        event: row.get(3)?,
        bytes: row.get(4)?,
        digest: row.get(5)?,
        details: row.get(6)?,
        leaf: row.get(7)?,
    })
}

impl Snapshot<'_> {
    pub async fn list_entries_of(&mut self, account: AccountId) -> Result<Vec<EntryRow>, Fault> {
        self.list(&ENTRIES_OF, (account,), entry).await
    }

    pub async fn list_newest_entries(&mut self, account: AccountId, limit: i64) -> Result<Vec<EntryRow>, Fault> {
        self.list(&NEWEST_ENTRIES, (account, limit), entry).await
    }

    /// What was changed, apart from names of passkeys, and from who came, went, or was turned away: of those there can
    /// be any number.
    pub async fn list_newest_changes(&mut self, account: AccountId, limit: i64) -> Result<Vec<EntryRow>, Fault> {
        self.list(&NEWEST_CHANGES, (account, limit), entry).await
    }

    /// The newest that tells of a passkey which counted backwards.
    pub async fn newest_copy(&mut self, account: AccountId) -> Result<Option<EntryRow>, Fault> {
        self.optional(&NEWEST_COPY, (account,), entry).await
    }

    pub async fn list_entries_after(&mut self, after: EntryPlaceRow, limit: i64) -> Result<Vec<EntryRow>, Fault> {
        self.list(&ENTRIES_AFTER, (after.account_id, after.id, limit), entry).await
    }
}

impl Tx<'_> {
    pub async fn insert_entry(&mut self, row: &EntryRow) -> Result<(), Fault> {
        let params = (
            row.place.account_id,
            row.place.id,
            row.at,
            row.event,
            row.bytes.as_slice(),
            row.digest.as_slice(),
            row.details.as_slice(),
        );
        self.run(&INSERT_ENTRY, params).await
    }
}
