//! What is known of models of authenticators.

use vocab::Timestamp;

use crate::engine::{Snapshot, Tx};
use crate::fault::Fault;
use crate::sql::statements;

statements! {
    read LIST_NUMBER = "SELECT number FROM authenticator_lists WHERE name = 'models'";
    read LIST = "SELECT number, list, imported_at FROM authenticator_lists WHERE name = 'models'";
    write TAKE_LIST =
        "INSERT INTO authenticator_lists (name, number, list, imported_at) VALUES ('models', $1, $2, $3) \
         ON CONFLICT (name) DO UPDATE SET number = excluded.number, list = excluded.list, \
         imported_at = excluded.imported_at WHERE authenticator_lists.number < excluded.number RETURNING number";
}

/// A list as it was published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListRow {
    pub number: i64,
    pub list: Vec<u8>,
    pub imported_at: Timestamp,
}

impl Snapshot<'_> {
    pub async fn authenticator_list_number(&mut self) -> Result<Option<i64>, Fault> {
        self.optional(&LIST_NUMBER, (), |row| row.get(0)).await
    }

    pub async fn authenticator_list(&mut self) -> Result<Option<ListRow>, Fault> {
        let list = |row: &crate::value::Row<'_>| {
            Ok(ListRow { number: row.get(0)?, list: row.get(1)?, imported_at: row.get(2)? })
        };
        self.optional(&LIST, (), list).await
    }
}

impl Tx<'_> {
    /// Take a list in the place of the one before. `false`: the one there is as new, or newer.
    pub async fn take_authenticator_list(&mut self, row: &ListRow) -> Result<bool, Fault> {
        self.touched(&TAKE_LIST, (row.number, row.list.as_slice(), row.imported_at)).await
    }
}
