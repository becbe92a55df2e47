//! Ceremonies that have been spent: each is accepted at most once, over all nodes, for ever.

use vocab::{CeremonyId, Timestamp};

use crate::engine::Tx;
use crate::fault::Fault;
use crate::sql::statements;

statements! {
    write TAKE_CEREMONY =
        "INSERT INTO spent_ceremonies (id, spent_at) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING id";
    write PRUNE_SPENT =
        "DELETE FROM spent_ceremonies WHERE id IN \
         (SELECT id FROM spent_ceremonies WHERE id < $1 ORDER BY id LIMIT $2) RETURNING id";
}

impl Tx<'_> {
    /// Spend a ceremony. `false`: it was spent before, here or on another node.
    pub async fn take_ceremony(&mut self, id: CeremonyId, now: Timestamp) -> Result<bool, Fault> {
        self.touched(&TAKE_CEREMONY, (id, now)).await
    }

    /// Forget ceremonies begun before the high-water mark, which must have been moved first: they are refused by age
    /// alone. Were there any?
    pub async fn prune_spent_ceremonies(&mut self, mark: Timestamp, limit: i64) -> Result<bool, Fault> {
        let first_kept = CeremonyId::made(mark, [0; 10]); // an id begins with the time it was made at
        self.touched(&PRUNE_SPENT, (first_kept, limit)).await
    }
}
