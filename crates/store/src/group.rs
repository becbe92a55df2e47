//! Who is in which group.

use vocab::{AccountId, Timestamp};

use crate::engine::{Snapshot, Tx};
use crate::fault::Fault;
use crate::sql::statements;

statements! {
    write TAKE_MEMBERSHIP =
        "INSERT INTO memberships (account_id, name, since) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING name";
    write END_MEMBERSHIP = "DELETE FROM memberships WHERE account_id = $1 AND name = $2 RETURNING name";
    read GROUPS_OF = "SELECT name FROM memberships WHERE account_id = $1 ORDER BY name";
}

impl Snapshot<'_> {
    pub async fn list_groups_of(&mut self, account: AccountId) -> Result<Vec<String>, Fault> {
        self.list(&GROUPS_OF, (account,), |row| row.get(0)).await
    }
}

impl Tx<'_> {
    /// `false`: they were in it already.
    pub async fn take_membership(&mut self, account: AccountId, name: &str, now: Timestamp) -> Result<bool, Fault> {
        self.touched(&TAKE_MEMBERSHIP, (account, name, now)).await
    }

    /// `false`: they were not in it.
    pub async fn end_membership(&mut self, account: AccountId, name: &str) -> Result<bool, Fault> {
        self.touched(&END_MEMBERSHIP, (account, name)).await
    }
}
