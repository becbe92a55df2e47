//! What is known of models of authenticators, and what is written of them.

use vocab::{AccountId, Timestamp};

use crate::engine::{Snapshot, Tx};
use crate::fault::Fault;
use crate::sql::statements;
use crate::value::Row;

statements! {
    read LIST_NUMBER = "SELECT number FROM authenticator_lists WHERE signer = $1";
    read LIST = "SELECT signer, number, list, imported_at FROM authenticator_lists WHERE signer = $1";
    read RULES_NUMBER = "SELECT COALESCE(max(number), 0) FROM authenticator_rules";
    read RULES = "SELECT number, text, made_at FROM authenticator_rules ORDER BY number DESC LIMIT 1";
    write TAKE_RULES =
        "INSERT INTO authenticator_rules (number, text, made_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING \
         RETURNING number";
    write ASK_JUDGEMENT =
        "INSERT INTO judgements (account_id, asked_at) VALUES ($1, $2) \
         ON CONFLICT (account_id) DO UPDATE SET asked_at = excluded.asked_at";
    write END_JUDGEMENT = "DELETE FROM judgements WHERE account_id = $1 AND asked_at = $2 RETURNING account_id";
    read JUDGEMENTS =
        "SELECT account_id, asked_at FROM judgements WHERE asked_at <= $1 ORDER BY asked_at, account_id LIMIT $2";
    write TAKE_LIST =
        "INSERT INTO authenticator_lists (signer, number, list, imported_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (signer) DO UPDATE SET number = excluded.number, list = excluded.list, \
         imported_at = excluded.imported_at WHERE authenticator_lists.number < excluded.number RETURNING number";
}

/// A list as it was published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListRow {
    /// Numbers are each signer's own.
    pub signer: String,
    pub number: i64,
    pub list: Vec<u8>,
    pub imported_at: Timestamp,
}

/// Rules as they were written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RulesRow {
    pub number: i64,
    pub text: String,
    pub made_at: Timestamp,
}

impl Snapshot<'_> {
    /// Zero: none were written yet.
    pub async fn authenticator_rules_number(&mut self) -> Result<i64, Fault> {
        Ok(self.optional(&RULES_NUMBER, (), |row| row.get(0)).await?.unwrap_or(0))
    }

    /// Accounts that are to be judged again, asked for until then.
    pub async fn list_judgements(
        &mut self,
        until: Timestamp,
        limit: i64,
    ) -> Result<Vec<(AccountId, Timestamp)>, Fault> {
        self.list(&JUDGEMENTS, (until, limit), |row| Ok((row.get(0)?, row.get(1)?))).await
    }

    /// Those that count.
    pub async fn authenticator_rules(&mut self) -> Result<Option<RulesRow>, Fault> {
        let rules = |row: &Row<'_>| Ok(RulesRow { number: row.get(0)?, text: row.get(1)?, made_at: row.get(2)? });
        self.optional(&RULES, (), rules).await
    }

    pub async fn authenticator_list_number(&mut self, signer: &str) -> Result<Option<i64>, Fault> {
        self.optional(&LIST_NUMBER, (signer,), |row| row.get(0)).await
    }

    pub async fn authenticator_list(&mut self, signer: &str) -> Result<Option<ListRow>, Fault> {
        let list = |row: &Row<'_>| {
            Ok(ListRow { signer: row.get(0)?, number: row.get(1)?, list: row.get(2)?, imported_at: row.get(3)? })
        };
        self.optional(&LIST, (signer,), list).await
    }
}

impl Tx<'_> {
    /// Take a list in the place of the one before. `false`: the one there is as new, or newer.
    pub async fn take_authenticator_list(&mut self, row: &ListRow) -> Result<bool, Fault> {
        self.touched(&TAKE_LIST, (row.signer.as_str(), row.number, row.list.as_slice(), row.imported_at)).await
    }

    /// Other rules count for this account: its passkeys are to be judged again.
    pub async fn ask_judgement(&mut self, account: AccountId, now: Timestamp) -> Result<(), Fault> {
        self.run(&ASK_JUDGEMENT, (account, now)).await
    }

    /// It was judged, unless it was asked for once more.
    pub async fn end_judgement(&mut self, (account, asked_at): (AccountId, Timestamp)) -> Result<(), Fault> {
        self.run(&END_JUDGEMENT, (account, asked_at)).await
    }

    /// `false`: somebody else has just written rules with this number.
    pub async fn take_authenticator_rules(&mut self, row: &RulesRow) -> Result<bool, Fault> {
        self.touched(&TAKE_RULES, (row.number, row.text.as_str(), row.made_at)).await
    }
}
