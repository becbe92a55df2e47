//! Accounts, what names them, and the key of each one's past.

use std::fmt;

use vocab::{AccountId, KeyId, Timestamp};

use crate::engine::{Snapshot, Tx};
use crate::fault::Fault;
use crate::sql::statements;
use crate::value::Row;

statements! {
    write INSERT_ACCOUNT =
        "INSERT INTO accounts (id, state, display_name, rev, made_at, role) VALUES ($1, 'active', $2, 1, $3, $4)";
    write TAKE_IDENTIFIER =
        "INSERT INTO identifiers (kind, canonical, account_id, typed, made_at) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT DO NOTHING RETURNING account_id";
    write INSERT_SUBJECT_KEY = "INSERT INTO subject_keys (account_id, key_id, wrapped) VALUES ($1, $2, $3)";
    guard MARK_DISABLED =
        "UPDATE accounts SET state = 'disabled', disabled_at = $2, rev = rev + 1 \
         WHERE id = $1 AND state = 'active' RETURNING id";
    guard REWRAP_SUBJECT_KEY =
        "UPDATE subject_keys SET key_id = $3, wrapped = $4 WHERE account_id = $1 AND key_id = $2 RETURNING account_id";
    guard LOCK_ACCOUNT = "UPDATE accounts SET rev = rev + 1 WHERE id = $1 AND state = 'active' RETURNING id";
    read ACCOUNT = "SELECT id, state, display_name, rev, made_at, disabled_at, role FROM accounts WHERE id = $1";
    read OWNERS = "SELECT count(*) FROM accounts WHERE role = 'owner' AND state = 'active'";
    read ACCOUNT_NAMED = "SELECT account_id FROM identifiers WHERE kind = $1 AND canonical = $2";
    read IDENTIFIERS =
        "SELECT kind, canonical, typed FROM identifiers WHERE account_id = $1 ORDER BY kind DESC, canonical";
    read IDENTIFIERS_OF_PAGE =
        "SELECT account_id, kind, canonical, typed FROM identifiers \
         WHERE account_id IN (SELECT id FROM accounts WHERE id > $1 ORDER BY id LIMIT $2) \
         ORDER BY account_id, kind DESC, canonical";
    read IDENTIFIERS_OF_PAGE_IN_STATE =
        "SELECT account_id, kind, canonical, typed FROM identifiers \
         WHERE account_id IN (SELECT id FROM accounts WHERE state = $3 AND id > $1 ORDER BY id LIMIT $2) \
         ORDER BY account_id, kind DESC, canonical";
    read SUBJECT_KEY = "SELECT account_id, key_id, wrapped FROM subject_keys WHERE account_id = $1";
    read SUBJECT_KEYS_UNDER =
        "SELECT account_id, key_id, wrapped FROM subject_keys WHERE key_id = $1 AND account_id > $2 \
         ORDER BY account_id LIMIT $3";
    read ACCOUNTS =
        "SELECT id, state, display_name, rev, made_at, disabled_at, role FROM accounts WHERE id > $1 ORDER BY id LIMIT $2";
    read ACCOUNTS_IN_STATE =
        "SELECT id, state, display_name, rev, made_at, disabled_at, role FROM accounts \
         WHERE state = $3 AND id > $1 ORDER BY id LIMIT $2";
}

/// An account as it lies in its row.
#[derive(Clone, PartialEq, Eq)]
pub struct AccountRow {
    pub id: AccountId,
    pub state: String,
    pub display_name: String,
    pub rev: i64,
    pub made_at: Timestamp,
    pub disabled_at: Option<Timestamp>,
    pub role: String,
}

impl fmt::Debug for AccountRow {
    /// Names and addresses stay out of log lines: erasure could not reach them there.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AccountRow({} {} rev {})", self.id, self.state, self.rev)
    }
}

#[derive(Clone, PartialEq, Eq)]
pub struct NewAccountRow {
    pub id: AccountId,
    pub display_name: String,
    pub made_at: Timestamp,
    pub role: &'static str,
}

impl fmt::Debug for NewAccountRow {
    /// Names and addresses stay out of log lines: erasure could not reach them there.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NewAccountRow({})", self.id)
    }
}

#[derive(Clone, PartialEq, Eq)]
pub struct IdentifierRow {
    pub kind: String,
    pub canonical: String,
    pub typed: String,
}

impl fmt::Debug for IdentifierRow {
    /// Names and addresses stay out of log lines: erasure could not reach them there.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IdentifierRow({} [personal])", self.kind)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubjectKeyRow {
    pub account_id: AccountId,
    pub key_id: KeyId,
    pub wrapped: Vec<u8>,
}

/// Which accounts to list: those after `after`, in the order of their ids.
#[derive(Debug, Clone)]
pub struct AccountPage {
    pub after: AccountId,
    pub state: Option<&'static str>,
    pub limit: i64,
}

fn account(row: &Row<'_>) -> Result<AccountRow, Fault> {
    account_at(row, 0)
}

/// An account whose columns begin at `at`.
pub(crate) fn account_at(row: &Row<'_>, at: usize) -> Result<AccountRow, Fault> {
    Ok(AccountRow {
        id: row.get(at)?,
        state: row.get(at + 1)?,
        display_name: row.get(at + 2)?,
        rev: row.get(at + 3)?,
        made_at: row.get(at + 4)?,
        disabled_at: row.get(at + 5)?,
        role: row.get(at + 6)?,
    })
}

fn subject_key(row: &Row<'_>) -> Result<SubjectKeyRow, Fault> {
    subject_key_at(row, 0)
}

/// A subject key whose columns begin at `at`.
pub(crate) fn subject_key_at(row: &Row<'_>, at: usize) -> Result<SubjectKeyRow, Fault> {
    Ok(SubjectKeyRow { account_id: row.get(at)?, key_id: row.get(at + 1)?, wrapped: row.get(at + 2)? })
}

impl Snapshot<'_> {
    /// Owners whose accounts are active.
    pub async fn count_owners(&mut self) -> Result<i64, Fault> {
        Ok(self.optional(&OWNERS, (), |row| row.get(0)).await?.unwrap_or(0))
    }

    pub async fn account(&mut self, id: AccountId) -> Result<Option<AccountRow>, Fault> {
        self.optional(&ACCOUNT, (id,), account).await
    }

    pub async fn account_named(&mut self, kind: &str, canonical: &str) -> Result<Option<AccountId>, Fault> {
        self.optional(&ACCOUNT_NAMED, (kind, canonical), |row| row.get(0)).await
    }

    pub async fn list_identifiers(&mut self, id: AccountId) -> Result<Vec<IdentifierRow>, Fault> {
        let identifier =
            |row: &Row<'_>| Ok(IdentifierRow { kind: row.get(0)?, canonical: row.get(1)?, typed: row.get(2)? });
        self.list(&IDENTIFIERS, (id,), identifier).await
    }

    /// What names the accounts of a page, in the page's order.
    pub async fn list_identifiers_of_page(
        &mut self,
        page: &AccountPage,
    ) -> Result<Vec<(AccountId, IdentifierRow)>, Fault> {
        let named = |row: &Row<'_>| {
            Ok((row.get(0)?, IdentifierRow { kind: row.get(1)?, canonical: row.get(2)?, typed: row.get(3)? }))
        };
        match page.state {
            None => self.list(&IDENTIFIERS_OF_PAGE, (page.after, page.limit), named).await,
            Some(state) => self.list(&IDENTIFIERS_OF_PAGE_IN_STATE, (page.after, page.limit, state), named).await,
        }
    }

    pub async fn subject_key(&mut self, id: AccountId) -> Result<Option<SubjectKeyRow>, Fault> {
        self.optional(&SUBJECT_KEY, (id,), subject_key).await
    }

    /// Subject keys wrapped under this key.
    pub async fn list_subject_keys_under(
        &mut self,
        key: KeyId,
        after: AccountId,
        limit: i64,
    ) -> Result<Vec<SubjectKeyRow>, Fault> {
        self.list(&SUBJECT_KEYS_UNDER, (key, after, limit), subject_key).await
    }

    pub async fn list_accounts(&mut self, page: &AccountPage) -> Result<Vec<AccountRow>, Fault> {
        match page.state {
            None => self.list(&ACCOUNTS, (page.after, page.limit), account).await,
            Some(state) => self.list(&ACCOUNTS_IN_STATE, (page.after, page.limit, state), account).await,
        }
    }
}

impl Tx<'_> {
    pub async fn insert_account(&mut self, row: &NewAccountRow) -> Result<(), Fault> {
        self.run(&INSERT_ACCOUNT, (row.id, row.display_name.as_str(), row.made_at, row.role)).await
    }

    /// A guard: the account is active. Whoever decides on a set of its rows takes this first: until the end of the
    /// transaction nobody else on any node decides on them.
    pub async fn lock_account(&mut self, id: AccountId) -> Result<(), Fault> {
        self.run(&LOCK_ACCOUNT, (id,)).await
    }

    /// Give an identifier to an account. `false`: somebody has it already.
    pub async fn take_identifier(
        &mut self,
        owner: AccountId,
        row: &IdentifierRow,
        now: Timestamp,
    ) -> Result<bool, Fault> {
        let params = (row.kind.as_str(), row.canonical.as_str(), owner, row.typed.as_str(), now);
        self.touched(&TAKE_IDENTIFIER, params).await
    }

    pub async fn insert_subject_key(&mut self, row: &SubjectKeyRow) -> Result<(), Fault> {
        self.run(&INSERT_SUBJECT_KEY, (row.account_id, row.key_id, row.wrapped.as_slice())).await
    }

    /// A guard: the account is active, whatever else of it has changed since it was read.
    pub async fn mark_disabled(&mut self, id: AccountId, now: Timestamp) -> Result<(), Fault> {
        self.run(&MARK_DISABLED, (id, now)).await
    }

    /// A guard: the key is still wrapped under the key it was read under.
    pub async fn rewrap_subject_key(&mut self, row: &SubjectKeyRow, from: KeyId) -> Result<(), Fault> {
        self.run(&REWRAP_SUBJECT_KEY, (row.account_id, from, row.key_id, row.wrapped.as_slice())).await
    }
}
