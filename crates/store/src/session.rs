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
         c.state, c.standing, (SELECT value FROM settings WHERE settings.name = $3) \
         FROM sessions s JOIN accounts a ON a.id = s.account_id \
         JOIN credentials c ON c.account_id = s.account_id AND c.id = s.credential_id \
         WHERE s.account_id = $1 AND s.id = $2";
    read SESSIONS_OF =
        "SELECT account_id, id, digest, credential_id, opened_at, verified_at, ends_at, last_seen_at, device, \
         address, ended_at FROM sessions WHERE account_id = $1 ORDER BY id";
    read OPEN_SESSIONS_OF =
        "SELECT account_id, id, digest, credential_id, opened_at, verified_at, ends_at, last_seen_at, device, \
         address, ended_at FROM sessions WHERE account_id = $1 AND ended_at IS NULL ORDER BY id DESC LIMIT $2";
    read COUNT_OPENED_BY =
        "SELECT count(*) FROM sessions WHERE account_id = $1 AND credential_id = $2 AND ended_at IS NULL";
    write TOUCH_SESSION =
        "UPDATE sessions SET last_seen_at = $3 \
         WHERE account_id = $1 AND id = $2 AND ended_at IS NULL AND last_seen_at < $3 RETURNING id";
    guard MARK_SESSION_SEEN =
        "UPDATE sessions SET last_seen_at = $3 WHERE account_id = $1 AND id = $2 AND ended_at IS NULL RETURNING id";
    write END_SPAN =
        "UPDATE sessions SET ended_at = $2 \
         WHERE account_id = $1 AND id >= $3 AND id <= $4 AND id <> $5 AND ended_at IS NULL RETURNING id";
    write END_OPENED_BY =
        "UPDATE sessions SET ended_at = $2 \
         WHERE account_id = $1 AND credential_id = $3 AND id <= $4 AND ended_at IS NULL RETURNING id";
    write PRUNE_SESSIONS =
        "DELETE FROM sessions WHERE (account_id, id) IN \
         (SELECT account_id, id FROM sessions WHERE ends_at < $1 ORDER BY ends_at LIMIT $2) RETURNING id";
}

/// Which open sessions of an account come to an end together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ToEnd {
    This(SessionId),
    All,
    AllBut(SessionId),
    OpenedBy(CredentialId),
    /// This one, and whatever was opened before it with the same passkey.
    OpenedBefore(CredentialId, SessionId),
}

/// A session with what it stands on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionFacts {
    pub session: SessionRow,
    pub account: AccountRow,
    pub credential_state: String,
    pub credential_standing: String,
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
    pub async fn session(&mut self, account: AccountId, id: SessionId) -> Result<Option<SessionFacts>, Fault> {
        let marked = |row: &Row<'_>| {
            let mark = row.get::<Option<String>>(20)?.and_then(|mark| mark.parse().ok()).map(Timestamp::from_micros);
            let facts = SessionFacts {
                session: session(row)?,
                account: account_at(row, 11)?,
                credential_state: row.get(18)?,
                credential_standing: row.get(19)?,
            };
            Ok((facts, mark))
        };
        let found = self.optional(&SESSION, (account, id, Setting::PruneMark.name()), marked).await?;
        let is_good = |(facts, mark): &(SessionFacts, Option<Timestamp>)| {
            mark.is_some_and(|mark| facts.session.opened_at >= mark)
        };
        Ok(found.filter(is_good).map(|(facts, _)| facts))
    }

    /// Those that nobody has ended, newest first. Their time may be over all the same.
    pub async fn list_open_sessions(&mut self, account: AccountId, limit: i64) -> Result<Vec<SessionRow>, Fault> {
        self.list(&OPEN_SESSIONS_OF, (account, limit), session).await
    }

    pub async fn count_sessions_opened_by(
        &mut self,
        account: AccountId,
        credential: CredentialId,
    ) -> Result<i64, Fault> {
        Ok(self.optional(&COUNT_OPENED_BY, (account, credential), |row| row.get(0)).await?.unwrap_or(0))
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

    /// End these, whichever are open now; nobody can open others faster than they end. Which were they, in order?
    pub async fn end_sessions(
        &mut self,
        account: AccountId,
        those: ToEnd,
        now: Timestamp,
    ) -> Result<Vec<SessionId>, Fault> {
        let id = |row: &Row<'_>| row.get::<SessionId>(0);
        let [first, last] = [0, u8::MAX].map(|byte| SessionId::from_bytes([byte; 16]));
        let mut ended = match those {
            ToEnd::This(this) => self.all_returned(&END_SPAN, (account, now, this, this, first), id).await?,
            ToEnd::All => self.all_returned(&END_SPAN, (account, now, first, last, first), id).await?,
            ToEnd::AllBut(but) => self.all_returned(&END_SPAN, (account, now, first, last, but), id).await?,
            ToEnd::OpenedBy(passkey) => self.all_returned(&END_OPENED_BY, (account, now, passkey, last), id).await?,
            ToEnd::OpenedBefore(passkey, newest) => {
                self.all_returned(&END_OPENED_BY, (account, now, passkey, newest), id).await?
            }
        };
        ended.sort_unstable();
        Ok(ended)
    }

    /// Forget sessions that could not have lived past this. Were there any?
    pub async fn prune_sessions(&mut self, before: Timestamp, limit: i64) -> Result<bool, Fault> {
        self.touched(&PRUNE_SESSIONS, (before, limit)).await
    }
}
