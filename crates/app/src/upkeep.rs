//! Upkeep: forgetting what need not be remembered, behind a mark that never goes back, and the fence.

use std::time::Duration;

use audit::Event;
use serde_json::json;
use store::fence::Fence;
use store::{Close, EntryRow, Fault, Kind, Lane, Setting, SettingRow, Snapshot, Store};
use vocab::Timestamp;

use crate::audit_entry::Subject;
use crate::keys::Use;
use crate::{App, Ctx};

/// Spent ceremonies are remembered this long; whatever is older is refused by age alone.
const MEMORY: Duration = Duration::from_secs(24 * 60 * 60);
/// Finished work is shown this long.
const DONE_MEMORY: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// Rows forgotten in one transaction: a slice stays under 5 ms.
const SLICE: i64 = 200;

/// The settings that make up the fence, each with the revision it was read at.
pub(crate) struct FenceRows {
    pub(crate) fence: Fence,
    epoch_rev: i64,
    mark_rev: i64,
}

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
        let fence = fence_rows(&self.0.store).await?.fence;
        if fence.is_ahead_of(&outside) {
            fence.joined(&outside).save(&self.0.fence_folder)?;
        }
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
                        tx.prune_done_jobs(now.minus(DONE_MEMORY), SLICE).await?;
                        Ok(Close::Commit(tx.prune_spent_ceremonies(mark, SLICE).await?))
                    })
                })
                .await?;
            if !more {
                return Ok(());
            }
        }
    }

    /// A database came back from a backup and an operator says that this is known: nothing issued before now is
    /// honoured again.
    pub async fn accept_restore(&self, ctx: &Ctx) -> Result<Fence, Fault> {
        let rows = fence_rows(&self.0.store).await?;
        let outside = Fence::load(&self.0.fence_folder)?;
        let joined = rows.fence.joined(&outside);
        let fence = Fence { epoch: joined.epoch + 1, latch: joined.latch, mark: ctx.now.max(joined.mark) };
        let details = json!({ "epoch": fence.epoch, "from_epoch": rows.fence.epoch });
        let subject = Subject::Nobody(self.0.ring.active(Use::Audit, ctx.now)?);
        let entry = self.0.entry(ctx, Event::RestoreAccepted, &subject, &details)?;
        self.0.store.write((rows, fence, entry), record_restore).await?;
        fence.save(&self.0.fence_folder)?;
        Ok(fence)
    }
}

fn record_restore<'t>(
    (rows, fence, entry): &'t (FenceRows, Fence, EntryRow),
    tx: &'t mut store::Tx<'_>,
) -> store::Answer<'t, Close<()>> {
    Box::pin(async move {
        tx.change_setting(Setting::RestoreEpoch, &fence.epoch.to_string(), rows.epoch_rev).await?;
        tx.change_setting(Setting::PruneMark, &fence.mark.micros().to_string(), rows.mark_rev).await?;
        tx.insert_entry(entry).await?;
        Ok(Close::Commit(()))
    })
}

/// Where the database stands.
pub(crate) async fn fence_rows(store: &Store) -> Result<FenceRows, Fault> {
    store
        .read((), |(), snapshot| {
            Box::pin(async move {
                let epoch = number(snapshot, Setting::RestoreEpoch).await?;
                let latch = number(snapshot, Setting::SetupLatch).await?;
                let mark = number(snapshot, Setting::PruneMark).await?;
                Ok(FenceRows {
                    fence: Fence { epoch: epoch.0, latch: latch.0, mark: Timestamp::from_micros(mark.0) },
                    epoch_rev: epoch.1,
                    mark_rev: mark.1,
                })
            })
        })
        .await
}

/// A database that was never started stands at the beginning.
async fn number(snapshot: &mut Snapshot<'_>, setting: Setting) -> Result<(i64, i64), Fault> {
    match snapshot.setting(setting).await? {
        None => Ok((0, 0)),
        Some(SettingRow { value, rev }) => match value.parse() {
            Ok(number) => Ok((number, rev)),
            Err(_) => Err(Fault::new(Kind::Corrupt, format!("{setting:?} is not a number: {value:?}"))),
        },
    }
}
