//! The key ring's rows. A key is wrapped before it comes here; this room never sees one.

use vocab::{KeyId, Timestamp};

use crate::engine::{Snapshot, Tx};
use crate::fault::Fault;
use crate::sql::statements;
use crate::value::Row;

statements! {
    write TAKE_KEY_SERIAL =
        "INSERT INTO keys (use_for, serial, id, wrapped, state, not_before, made_at) \
         VALUES ($1, $2, $3, $4, 'live', $5, $6) ON CONFLICT DO NOTHING RETURNING serial";
    guard MARK_RETIRED = "UPDATE keys SET state = 'retired' WHERE id = $1 AND state = 'live' RETURNING id";
    read KEYS = "SELECT use_for, serial, id, wrapped, state, not_before, made_at FROM keys ORDER BY use_for, serial";
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRow {
    pub use_for: String,
    pub serial: i64,
    pub id: KeyId,
    pub wrapped: Vec<u8>,
    pub state: String,
    pub not_before: Timestamp,
    pub made_at: Timestamp,
}

impl Snapshot<'_> {
    pub async fn list_keys(&mut self) -> Result<Vec<KeyRow>, Fault> {
        let key = |row: &Row<'_>| {
            Ok(KeyRow {
                use_for: row.get(0)?,
                serial: row.get(1)?,
                id: row.get(2)?,
                wrapped: row.get(3)?,
                state: row.get(4)?,
                not_before: row.get(5)?,
                made_at: row.get(6)?,
            })
        };
        self.list(&KEYS, (), key).await
    }
}

impl Tx<'_> {
    /// Add a key under the next serial of its use. `false`: another node has just done so.
    pub async fn take_key_serial(&mut self, row: &KeyRow) -> Result<bool, Fault> {
        let params = (row.use_for.as_str(), row.serial, row.id, row.wrapped.as_slice(), row.not_before, row.made_at);
        self.touched(&TAKE_KEY_SERIAL, params).await
    }

    /// A guard: the key is still live.
    pub async fn mark_key_retired(&mut self, id: KeyId) -> Result<(), Fault> {
        self.run(&MARK_RETIRED, (id,)).await
    }
}
