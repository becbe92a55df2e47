//! What is known of models of authenticators.

use vocab::Timestamp;

use crate::engine::{Snapshot, Tx};
use crate::fault::Fault;
use crate::sql::statements;
use crate::value::Row;

statements! {
    read LIST_NUMBER = "SELECT number FROM authenticator_lists WHERE signer = $1";
    read LIST = "SELECT signer, number, list, imported_at FROM authenticator_lists WHERE signer = $1";
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

impl Snapshot<'_> {
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
}
