//! From an open database to a working [`App`], or one sentence why not.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use store::fence::Fence;
use store::{Close, Fault, Setting, Store};
use tokio::sync::Notify;
use vocab::Label;

use crate::keys::{MasterKey, Ring};
use crate::upkeep::fence_rows;
use crate::{Actor, App, Clock, Courier, Entropy};

/// What an [`App`] is made of.
pub struct Wiring {
    pub store: Store,
    pub master: MasterKey,
    pub clock: Arc<dyn Clock>,
    pub entropy: Arc<dyn Entropy>,
    pub courier: Arc<dyn Courier>,
    pub node: Label,
    pub region: Label,
    /// Where the fence is remembered outside the database.
    pub fence_folder: PathBuf,
}

/// Why a server must not start on this database.
#[derive(Debug)]
pub enum Unready {
    /// The database is older than the fence beside it remembers.
    BehindItsFence {
        database: Fence,
        remembered: Fence,
    },
    /// The database's keys are wrapped under another master key.
    OtherMasterKey,
    Fault(Fault),
}

impl From<Fault> for Unready {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl fmt::Display for Unready {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BehindItsFence { .. } => f.write_str(
                "the database is older than this node remembers: it was restored from a backup; if that was meant, \
                 run 'signet admin accept-restore', and nothing issued before will be honoured again",
            ),
            Self::OtherMasterKey => f.write_str("the master key is not the one this database's keys are wrapped under"),
            Self::Fault(fault) => write!(f, "{fault}"),
        }
    }
}

impl std::error::Error for Unready {}

/// Does a start insist on the fence?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Insist {
    OnFence,
    /// Only for the command that accepts a restored database.
    OnNothing,
}

impl App {
    /// Everything a server checks and prepares before it answers anybody.
    pub async fn start(wiring: Wiring) -> Result<Self, Unready> {
        Self::begin(wiring, Insist::OnFence).await
    }

    /// The same for the one command that accepts a restored database.
    pub async fn start_behind_fence(wiring: Wiring) -> Result<Self, Unready> {
        Self::begin(wiring, Insist::OnNothing).await
    }

    async fn begin(wiring: Wiring, insist: Insist) -> Result<Self, Unready> {
        let app = Self {
            store: wiring.store,
            ring: Arc::new(Ring::empty(wiring.master)),
            clock: wiring.clock,
            entropy: wiring.entropy,
            courier: wiring.courier,
            node: wiring.node,
            region: wiring.region,
            fence_folder: wiring.fence_folder,
            work_is_due: Arc::new(Notify::new()),
        };
        let remembered = Fence::load(&app.fence_folder)?;
        let database = fence_rows(&app.store).await?.fence;
        if insist == Insist::OnFence && remembered.is_ahead_of(&database) {
            return Err(Unready::BehindItsFence { database, remembered });
        }
        app.prepare_settings().await?;
        app.check_master_key().await?;
        app.keys().make_missing(&app.ctx(Actor::System)).await?;
        if database.is_ahead_of(&remembered) {
            database.joined(&remembered).save(&app.fence_folder)?;
        }
        Ok(app)
    }

    async fn prepare_settings(&self) -> Result<(), Fault> {
        let check = self.ring.master().check().to_owned();
        self.store
            .write(check, |check, tx| {
                Box::pin(async move {
                    tx.take_setting(Setting::RestoreEpoch, "0").await?;
                    tx.take_setting(Setting::SetupLatch, "0").await?;
                    tx.take_setting(Setting::PruneMark, "0").await?;
                    tx.take_setting(Setting::MasterKeyCheck, check).await?;
                    Ok(Close::Commit(()))
                })
            })
            .await
    }

    async fn check_master_key(&self) -> Result<(), Unready> {
        let stored = self.store.read((), |(), snapshot| Box::pin(snapshot.setting(Setting::MasterKeyCheck))).await?;
        match stored {
            Some(row) if row.value == self.ring.master().check() => Ok(()),
            _ => Err(Unready::OtherMasterKey),
        }
    }
}
