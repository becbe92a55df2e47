//! Reads that only an examiner makes: is everything that must stand together still standing together?

use vocab::AccountId;

use crate::engine::Snapshot;
use crate::fault::Fault;
use crate::sql::statements;

statements! {
    read COUNT_ACCOUNTS = "SELECT count(*) FROM accounts";
    read COUNT_ENTRIES = "SELECT count(*) FROM audit_entries";
    read COUNT_SPENT = "SELECT count(*) FROM spent_ceremonies";
    read COUNT_DUE = "SELECT count(*) FROM outbox WHERE state = 'due'";
    read COUNT_GIVEN_UP = "SELECT count(*) FROM outbox WHERE state = 'given_up'";
    read ENTRIES_WITHOUT_ACCOUNT =
        "SELECT DISTINCT account_id FROM audit_entries e WHERE account_id <> $1 \
         AND NOT EXISTS (SELECT 1 FROM accounts a WHERE a.id = e.account_id) ORDER BY account_id LIMIT 20";
    read JOBS_WITHOUT_ACCOUNT =
        "SELECT DISTINCT account_id FROM outbox o WHERE account_id <> $1 \
         AND NOT EXISTS (SELECT 1 FROM accounts a WHERE a.id = o.account_id) ORDER BY account_id LIMIT 20";
    read CREDENTIALS_NOT_FOUND_BY_ID =
        "SELECT DISTINCT account_id FROM credentials c WHERE NOT EXISTS (SELECT 1 FROM credential_ids i \
         WHERE i.raw_id = c.raw_id AND i.account_id = c.account_id AND i.credential_id = c.id) \
         ORDER BY account_id LIMIT 20";
    read COUNT_CREDENTIALS = "SELECT count(*) FROM credentials";
    read COUNT_SESSIONS = "SELECT count(*) FROM sessions";
}

/// What can be counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Count {
    Accounts,
    Entries,
    SpentCeremonies,
    JobsDue,
    JobsGivenUp,
    Credentials,
    Sessions,
}

impl Snapshot<'_> {
    pub async fn count(&mut self, what: Count) -> Result<i64, Fault> {
        let sql = match what {
            Count::Accounts => &COUNT_ACCOUNTS,
            Count::Entries => &COUNT_ENTRIES,
            Count::SpentCeremonies => &COUNT_SPENT,
            Count::JobsDue => &COUNT_DUE,
            Count::JobsGivenUp => &COUNT_GIVEN_UP,
            Count::Credentials => &COUNT_CREDENTIALS,
            Count::Sessions => &COUNT_SESSIONS,
        };
        Ok(self.optional(sql, (), |row| row.get(0)).await?.unwrap_or(0))
    }

    /// Accounts that have a past but do not exist (the first twenty).
    pub async fn list_entries_without_account(&mut self) -> Result<Vec<AccountId>, Fault> {
        self.list(&ENTRIES_WITHOUT_ACCOUNT, (AccountId::NOBODY,), |row| row.get(0)).await
    }

    /// Accounts that have work waiting but do not exist (the first twenty).
    pub async fn list_jobs_without_account(&mut self) -> Result<Vec<AccountId>, Fault> {
        self.list(&JOBS_WITHOUT_ACCOUNT, (AccountId::NOBODY,), |row| row.get(0)).await
    }

    /// Accounts with a passkey that the lookup by id does not lead to (the first twenty).
    pub async fn list_credentials_not_found_by_id(&mut self) -> Result<Vec<AccountId>, Fault> {
        self.list(&CREDENTIALS_NOT_FOUND_BY_ID, (), |row| row.get(0)).await
    }
}
