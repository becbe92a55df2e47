//! The fence: where the database stands, beside what this node remembers outside it.

use std::sync::atomic::Ordering::Relaxed;

use audit::Event;
use serde_json::json;
use store::fence::Fence;
use store::{Close, EntryRow, Fault, Kind, Setting, SettingRow, Snapshot, Store};
use vocab::Timestamp;

use crate::audit_entry::Subject;
use crate::keys::Use;
use crate::{App, Ctx};

/// The revision of a setting that is not there.
const NEVER_SET: i64 = 0;

/// The settings that make up the fence, each with the revision it was read at.
pub(crate) struct FenceRows {
    pub(crate) fence: Fence,
    epoch_rev: i64,
    latch_rev: i64,
    pub(crate) mark_rev: i64,
}

pub struct Fences<'a>(&'a App);

impl App {
    pub fn fence(&self) -> Fences<'_> {
        Fences(self)
    }
}

impl Fences<'_> {
    /// A database came back from a backup and an operator says that this is known: nothing issued before now is
    /// honoured again.
    pub async fn accept_restore(&self, ctx: &Ctx) -> Result<Fence, Fault> {
        let rows = fence_rows(&self.0.store).await?;
        let outside = Fence::load(&self.0.fence_folder)?;
        let joined = rows.fence.joined(&outside);
        let fence = Fence { epoch: joined.epoch + 1, latch: joined.latch, mark: ctx.now };
        let details = json!({ "epoch": fence.epoch, "from_epoch": rows.fence.epoch, "latch": fence.latch });
        let subject = Subject::Nobody(self.0.ring.active(Use::Audit, ctx.now)?);
        let entry = self.0.entry(ctx, Event::RestoreAccepted, &subject, details)?;
        self.0.store.write((rows, fence, entry), record_restore).await?;
        self.0.epoch.store(fence.epoch, Relaxed);
        fence.save(&self.0.fence_folder)?;
        Ok(fence)
    }

    /// Does this node remember where the database stood? If not, it cannot tell a restored database from any other.
    pub fn is_remembered(&self) -> bool {
        Fence::is_in(&self.0.fence_folder)
    }

    /// What the database has reached is remembered outside it.
    pub(crate) async fn remember(&self) -> Result<Fence, Fault> {
        let fence = fence_rows(&self.0.store).await?.fence;
        self.0.epoch.store(fence.epoch, Relaxed);
        let outside = Fence::load(&self.0.fence_folder)?;
        if fence.is_ahead_of(&outside) {
            fence.joined(&outside).save(&self.0.fence_folder)?;
        }
        Ok(fence)
    }
}

fn record_restore<'t>(
    (rows, fence, entry): &'t (FenceRows, Fence, EntryRow),
    tx: &'t mut store::Tx<'_>,
) -> store::Answer<'t, Close<()>> {
    Box::pin(async move {
        tx.change_setting(Setting::RestoreEpoch, &fence.epoch.to_string(), rows.epoch_rev).await?;
        tx.change_setting(Setting::SetupLatch, &fence.latch.to_string(), rows.latch_rev).await?;
        tx.change_setting(Setting::PruneMark, &fence.mark.micros().to_string(), rows.mark_rev).await?;
        tx.insert_entry(entry).await?;
        Ok(Close::Commit(()))
    })
}

/// Where the database stands.
pub(crate) async fn fence_rows(store: &Store) -> Result<FenceRows, Fault> {
    store.look((), |(), snapshot| Box::pin(read_fence_rows(snapshot))).await
}

impl App {
    /// Where the database stands, and nothing else of it.
    pub(crate) async fn read_fence(&self) -> Result<Fence, Fault> {
        self.store.look((), |(), snapshot| Box::pin(read_fence(snapshot))).await
    }
}

/// Where the database stands, beside what else a snapshot shows. Every start sees to it that it says so: where it does
/// not, nobody is let in on the assumption that it stands at the beginning.
pub(crate) async fn read_fence(snapshot: &mut Snapshot<'_>) -> Result<Fence, Fault> {
    let rows = read_fence_rows(snapshot).await?;
    if [rows.epoch_rev, rows.latch_rev, rows.mark_rev].contains(&NEVER_SET) {
        return Err(Fault::new(Kind::Corrupt, "a setting of the fence is gone"));
    }
    Ok(rows.fence)
}

async fn read_fence_rows(snapshot: &mut Snapshot<'_>) -> Result<FenceRows, Fault> {
    let three = [Setting::RestoreEpoch, Setting::SetupLatch, Setting::PruneMark];
    let [epoch, latch, mark] = snapshot.settings(three).await?;
    let [epoch, latch, mark] = [number(epoch)?, number(latch)?, number(mark)?];
    Ok(FenceRows {
        fence: Fence { epoch: epoch.0, latch: latch.0, mark: Timestamp::from_micros(mark.0) },
        epoch_rev: epoch.1,
        latch_rev: latch.1,
        mark_rev: mark.1,
    })
}

/// A database that was never started stands at the beginning.
fn number(row: Option<SettingRow>) -> Result<(i64, i64), Fault> {
    let Some(SettingRow { value, rev }) = row else { return Ok((0, NEVER_SET)) };
    match value.parse() {
        Ok(number) => Ok((number, rev)),
        Err(_) => Err(Fault::new(Kind::Corrupt, format!("a setting of the fence is not a number: {value:?}"))),
    }
}
