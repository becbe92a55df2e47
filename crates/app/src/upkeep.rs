//! Upkeep: forgetting what need not be remembered, behind a mark that never goes back.

use std::time::Duration;

use store::fence::Fence;
use store::{Close, Fault, Kind, Lane, Setting};
use vocab::Timestamp;

use crate::App;
use crate::fence::fence_rows;

/// Spent ceremonies are remembered this long; whatever is older is refused by age alone.
const MEMORY: Duration = Duration::from_secs(24 * 60 * 60);
/// Finished work is shown this long.
const DONE_MEMORY: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// Work that was given up is shown this long: somebody must look into it.
const GIVEN_UP_MEMORY: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// Sessions and links are remembered this long after they could last have been used.
pub(crate) const SESSION_MEMORY: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// Rows forgotten in one transaction: few enough that nobody waits long for the writer.
const SLICE: i64 = 200;

pub struct Upkeep<'a>(&'a App);

impl App {
    pub fn upkeep(&self) -> Upkeep<'_> {
        Upkeep(self)
    }
}

impl Upkeep<'_> {
    /// The reconciler: move the mark, remember it outside the database, forget what lies behind it.
    pub async fn reconcile(&self) -> Result<(), Fault> {
        let now = self.0.now();
        let outside = Fence::load(&self.0.fence_folder)?;
        let rows = fence_rows(&self.0.store).await?;
        if outside.is_ahead_of(&rows.fence) {
            // Moving the mark would hide it from every later start.
            return Err(Fault::new(Kind::Unfit, "the database went back behind its fence while this node was running"));
        }
        let mark = now.minus(MEMORY);
        if mark > rows.fence.mark {
            self.move_mark(mark, rows.mark_rev).await?;
        }
        let fence = self.0.fence().remember().await?;
        self.forget(fence.mark, now).await
    }

    async fn move_mark(&self, mark: Timestamp, rev: i64) -> Result<(), Fault> {
        let moved = self
            .0
            .store
            .write((mark, rev), |&(mark, rev), tx| {
                Box::pin(async move {
                    tx.change_setting(Setting::PruneMark, &mark.micros().to_string(), rev).await?;
                    Ok(Close::Commit(()))
                })
            })
            .await;
        match moved {
            Err(fault) if fault.is_moved() => Ok(()), // another node has moved it
            outcome => outcome,
        }
    }

    async fn forget(&self, mark: Timestamp, now: Timestamp) -> Result<(), Fault> {
        loop {
            let more = self
                .0
                .store
                .write_in(Lane::Bulk, (), move |(), tx| {
                    Box::pin(async move {
                        let jobs = tx.prune_done_jobs(now.minus(DONE_MEMORY), SLICE).await?;
                        let given_up = tx.prune_given_up_jobs(now.minus(GIVEN_UP_MEMORY), SLICE).await?;
                        let ceremonies = tx.prune_spent_ceremonies(mark, SLICE).await?;
                        let sessions = tx.prune_sessions(now.minus(SESSION_MEMORY), SLICE).await?;
                        let links = tx.prune_links(now.minus(SESSION_MEMORY), SLICE).await?;
                        Ok(Close::Commit(jobs || given_up || ceremonies || sessions || links))
                    })
                })
                .await?;
            if !more {
                return Ok(());
            }
        }
    }
}
