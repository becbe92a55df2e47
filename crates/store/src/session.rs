//! Sessions: one row each, found by its key on every request.

use std::fmt;

use vocab::{AccountId, CredentialId, SessionId, Timestamp};

use crate::account::{AccountRow, account_at};
use crate::engine::{Snapshot, Tx};
use crate::fault::Fault;
use crate::setting::Setting;
use crate::sql::statements;
use crate::value::Row;

statements! {
    write INSERT_SESSION =
        "INSERT INTO sessions (account_id, id, digest, credential_id, opened_at, verified_at, ends_at, last_seen_at, \
         device, address) VALUES ($1, $2, $3, $4, $5, $6, $7, $5, $8, $9)";
    read SESSION =
        "SELECT s.account_id, s.id, s.digest, s.credential_id, s.opened_at, s.verified_at, s.ends_at, s.last_seen_at, \
         s.device, s.address, s.ended_at, a.id, a.state, a.display_name, a.rev, a.made_at, a.disabled_at, a.role, \
         (SELECT value FROM settings WHERE settings.name = $3) \
         FROM sessions s JOIN accounts a ON a.id = s.account_id WHERE s.account_id = $1 AND s.id = $2";
    read SESSIONS_OF =
        "SELECT account_id, id, digest, credential_id, opened_at, verified_at, ends_at, last_seen_at, device, \
         address, ended_at FROM sessions WHERE account_id = $1 ORDER BY id";
    write TOUCH_SESSION =
        "UPDATE sessions SET last_seen_at = $3 \
         WHERE account_id = $1 AND id = $2 AND ended_at IS NULL AND last_seen_at < $3 RETURNING id";
    guard MARK_SESSION_SEEN =
        "UPDATE sessions SET last_seen_at = $3 WHERE account_id = $1 AND id = $2 AND ended_at IS NULL RETURNING id";
    guard MARK_SESSION_ENDED =
        "UPDATE sessions SET ended_at = $3 WHERE account_id = $1 AND id = $2 AND ended_at IS NULL RETURNING id";
    write PRUNE_SESSIONS =
        "DELETE FROM sessions WHERE (account_id, id) IN \
         (SELECT account_id, id FROM sessions WHERE ends_at < $1 ORDER BY ends_at LIMIT $2) RETURNING id";
}

/// A session as it lies in its row.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionRow {
    pub account_id: AccountId,
    pub id: SessionId,
    pub digest: [u8; 32],
    pub credential_id: CredentialId,
    pub opened_at: Timestamp,
    pub verified_at: Timestamp,
    pub ends_at: Timestamp,
    pub last_seen_at: Timestamp,
    pub device: String,
    pub address: Option<String>,
    pub ended_at: Option<Timestamp>,
}

impl fmt::Debug for SessionRow {
    /// Where somebody was stays out of log lines: erasure could not reach it there.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SessionRow({} of {})", self.id, self.account_id)
    }
}

fn session(row: &Row<'_>) -> Result<SessionRow, Fault> {
    Ok(SessionRow {
        account_id: row.get(0)?,
        id: row.get(1)?,
        digest: row.get(2)?,
        credential_id: row.get(3)?,
        opened_at: row.get(4)?,
        verified_at: row.get(5)?,
        ends_at: row.get(6)?,
        last_seen_at: row.get(7)?,
        device: row.get(8)?,
        address: row.get(9)?,
        ended_at: row.get(10)?,
    })
}

impl Snapshot<'_> {
    /// A session and whose it is: the one read of every request. Nothing opened before the high-water mark is good.
    pub async fn session(
        &mut self,
        account: AccountId,
        id: SessionId,
    ) -> Result<Option<(SessionRow, AccountRow)>, Fault> {
        let marked = |row: &Row<'_>| {
            let mark = row.get::<Option<String>>(18)?.and_then(|mark| mark.parse().ok()).map(Timestamp::from_micros);
            Ok((session(row)?, account_at(row, 11)?, mark))
        };
        let found = self.optional(&SESSION, (account, id, Setting::PruneMark.name()), marked).await?;
        let is_good = |(row, _, mark): &(SessionRow, AccountRow, Option<Timestamp>)| {
            mark.is_some_and(|mark| row.opened_at >= mark)
        };
        Ok(found.filter(is_good).map(|(row, account, _)| (row, account)))
    }

    /// Those that ended too, as long as they are remembered.
    pub async fn list_sessions(&mut self, account: AccountId) -> Result<Vec<SessionRow>, Fault> {
        self.list(&SESSIONS_OF, (account,), session).await
    }
}

impl Tx<'_> {
    pub async fn insert_session(&mut self, row: &SessionRow) -> Result<(), Fault> {
        let params = (
            row.account_id,
            row.id,
            row.digest,
            row.credential_id,
            row.opened_at,
            row.verified_at,
            row.ends_at,
            row.device.as_str(),
            row.address.as_deref(),
        );
        self.run(&INSERT_SESSION, params).await
    }

    /// It was seen. Nothing happens where it has ended meanwhile.
    pub async fn touch_session(&mut self, account: AccountId, id: SessionId, now: Timestamp) -> Result<(), Fault> {
        self.run(&TOUCH_SESSION, (account, id, now)).await
    }

    /// A guard: it is open, and whatever is done in it now is done in an open session.
    pub async fn mark_session_seen(&mut self, account: AccountId, id: SessionId, now: Timestamp) -> Result<(), Fault> {
        self.run(&MARK_SESSION_SEEN, (account, id, now)).await
    }

    /// A guard: it was still open.
    pub async fn mark_session_ended(&mut self, account: AccountId, id: SessionId, now: Timestamp) -> Result<(), Fault> {
        self.run(&MARK_SESSION_ENDED, (account, id, now)).await
    }

    /// Forget sessions that could not have lived past this. Were there any?
    pub async fn prune_sessions(&mut self, before: Timestamp, limit: i64) -> Result<bool, Fault> {
        self.touched(&PRUNE_SESSIONS, (before, limit)).await
    }
}
