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
         (SELECT id FROM spent_ceremonies WHERE spent_at < $1 ORDER BY spent_at LIMIT $2) RETURNING id";
}

impl Tx<'_> {
    /// Spend a ceremony. `false`: it was spent before, here or on another node.
    pub async fn take_ceremony(&mut self, id: CeremonyId, now: Timestamp) -> Result<bool, Fault> {
        self.touched(&TAKE_CEREMONY, (id, now)).await
    }

    /// Forget ceremonies spent before the high-water mark, which must have been moved first. Were there any?
    pub async fn prune_spent_ceremonies(&mut self, mark: Timestamp, limit: i64) -> Result<bool, Fault> {
        self.touched(&PRUNE_SPENT, (mark, limit)).await
    }
}
