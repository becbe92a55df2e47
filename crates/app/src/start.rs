//! From an open database to a working [`App`], or one sentence why not.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use audit::Event;
use serde_json::json;
use store::fence::Fence;
use store::{Bound, Close, EntryRow, Fault, Lane, Setting, SettingRow, Store, Stranded};
use tokio::sync::Notify;
use vocab::{Label, RpId};

use crate::audit_entry::{Scribe, Subject};
use crate::fence::fence_rows;
use crate::keys::{MasterKey, Ring, Use};
use crate::{Actor, App, Clock, Courier, Entropy, Fetcher, Site};

/// Rows that are brought up to date in one transaction.
const SLICE: i64 = 200;

/// What an [`App`] is made of.
pub struct Wiring {
    pub store: Store,
    pub master: MasterKey,
    pub clock: Arc<dyn Clock>,
    pub entropy: Arc<dyn Entropy>,
    pub courier: Arc<dyn Courier>,
    pub fetcher: Arc<dyn Fetcher>,
    pub site: Site,
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
    /// Passkeys are bound to another domain than the one that is configured.
    Strands {
        of: Stranded,
        /// The domains they are bound to.
        lost: Vec<String>,
    },
    /// The database's keys are wrapped under another master key.
    OtherMasterKey,
    /// It has a schema and nothing in it.
    NeverServed,
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
            Self::Strands { of, lost } => write!(
                f,
                "{} of {}, made for {}, would be of no use; name it in passkeys.former_rp_ids, put it back as \
                 passkeys.rp_id, or let them be lost with passkeys.danger_rp_id_changed = true",
                counted(of.credentials, "passkey"),
                counted(of.accounts, "account"),
                lost.join(" and "),
            ),
            Self::OtherMasterKey => f.write_str("the master key is not the one this database's keys are wrapped under"),
            Self::NeverServed => f.write_str("no server has used this database yet; start 'signet serve' once"),
            Self::Fault(fault) => write!(f, "{fault}"),
        }
    }
}

fn counted(number: i64, what: &str) -> String {
    let s = if number == 1 { "" } else { "s" };
    format!("{number} {what}{s}")
}

impl std::error::Error for Unready {}

/// What a database is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To serve: what is missing (settings, first keys) is made.
    Serve,
    /// To run one command beside a server, or without one: opening changes nothing.
    Command,
    /// To accept a restored database: the one purpose that may find it behind its fence.
    AcceptRestore,
}

/// May this node touch this database at all? Looks, and changes nothing.
pub async fn check_fit(store: &Store, folder: &Path, master: &MasterKey, purpose: Purpose) -> Result<(), Unready> {
    let remembered = Fence::load(folder)?;
    let database = fence_rows(store).await?.fence;
    if purpose != Purpose::AcceptRestore && remembered.is_ahead_of(&database) {
        return Err(Unready::BehindItsFence { database, remembered });
    }
    match store.look((), |(), snapshot| Box::pin(snapshot.setting(Setting::MasterKeyCheck))).await? {
        Some(row) if row.value == master.check() => Ok(()),
        Some(_) => Err(Unready::OtherMasterKey),
        None if purpose == Purpose::Serve => Ok(()),
        None => Err(Unready::NeverServed),
    }
}

/// Whether passkeys would be of no use any more with these domains, of which the first counts: how many, whose, and for
/// which they were made.
pub async fn check_rp_ids(store: &Store, rp_ids: Vec<RpId>) -> Result<(), Unready> {
    look_at_rp_id(store, &rp_ids.into()).await.map(drop)
}

/// The setting as it is.
async fn look_at_rp_id(store: &Store, rp_ids: &Arc<[RpId]>) -> Result<Option<SettingRow>, Unready> {
    let (setting, bound) = store.read(Arc::clone(rp_ids), bound_elsewhere).await?;
    let counts = |domain: &str| domain.is_empty() || rp_ids.iter().any(|id| id.as_str() == domain);
    let lost: Vec<Bound> = bound.into_iter().filter(|bound| !counts(&bound.rp_id)).collect();
    if lost.is_empty() {
        return Ok(setting);
    }
    let of = lost.iter().fold(Stranded::default(), |of, bound| Stranded {
        accounts: of.accounts + bound.accounts,
        credentials: of.credentials + bound.credentials,
    });
    Err(Unready::Strands { of, lost: lost.into_iter().map(|bound| bound.rp_id).collect() })
}

/// The setting, and what is bound to which domain; the latter only where a domain that counted may count no more.
fn bound_elsewhere<'s>(
    rp_ids: &'s Arc<[RpId]>,
    snapshot: &'s mut store::Snapshot<'_>,
) -> store::Answer<'s, (Option<SettingRow>, Vec<Bound>)> {
    Box::pin(async move {
        let [setting, _, known] = snapshot.settings([Setting::RpId, Setting::FirstRpId, Setting::RpIds]).await?;
        let counted = [&setting, &known].into_iter().flatten().flat_map(|row| row.value.split(' '));
        let is_lost = |domain: &str| !rp_ids.iter().any(|id| id.as_str() == domain);
        if !counted.into_iter().any(is_lost) {
            return Ok((setting, Vec::new()));
        }
        Ok((setting, snapshot.count_bound().await?))
    })
}

impl App {
    /// Everything a server checks and prepares before it answers anybody.
    pub async fn start(wiring: Wiring) -> Result<Self, Unready> {
        Self::open(wiring, Purpose::Serve).await
    }

    pub async fn open(wiring: Wiring, purpose: Purpose) -> Result<Self, Unready> {
        check_fit(&wiring.store, &wiring.fence_folder, &wiring.master, purpose).await?;
        let app = Self {
            store: wiring.store,
            ring: Arc::new(Ring::empty(wiring.master)),
            clock: wiring.clock,
            courier: wiring.courier,
            fetcher: wiring.fetcher,
            rp_ids: wiring.site.rp_ids().into(),
            site: Arc::new(wiring.site),
            quota: Arc::default(),
            failures: Arc::default(),
            models: Arc::default(),
            rules: Arc::default(),
            seen: Arc::default(),
            judged_under: Arc::default(),
            scribe: Arc::new(Scribe { node: wiring.node, region: wiring.region, entropy: wiring.entropy }),
            fence_folder: wiring.fence_folder,
            epoch: Arc::default(),
            work_is_due: Arc::new(Notify::new()),
        };
        match purpose {
            Purpose::Serve => app.prepare().await?,
            Purpose::Command | Purpose::AcceptRestore => app.ring.reload(&app.store, app.now()).await?,
        }
        Ok(app)
    }

    async fn prepare(&self) -> Result<(), Unready> {
        self.prepare_settings().await?;
        // Another node may have set them a moment ago, under a key of its own.
        check_fit(&self.store, &self.fence_folder, self.ring.master(), Purpose::Serve).await?;
        self.keys().make_missing(&self.ctx(Actor::System)).await?;
        self.prepare_rp_id().await?;
        self.prepare_rp_ids().await?;
        let had_memory = self.fence().is_remembered();
        if self.fence().remember().await? != Fence::START && !had_memory {
            tracing::warn!(
                "this node had no fence file: whether the database was restored from a backup cannot be told"
            );
        }
        Ok(())
    }

    /// Writes down which domain passkeys are bound to, once it is settled that nobody is left behind, or may be. Of two
    /// nodes that disagree, the second finds the domain moved, and looks again.
    async fn prepare_rp_id(&self) -> Result<(), Unready> {
        let is = &self.site.relying_party.id;
        let setting = match look_at_rp_id(&self.store, &self.rp_ids).await {
            Err(Unready::Strands { .. }) if self.site.may_strand => self.rp_id_setting().await?,
            looked => looked?,
        };
        let written = match setting {
            Some(row) if row.value == is.as_str() => return Ok(()),
            Some(row) => {
                let entry = self.domain_changed((&row.value, is.as_str()))?;
                self.store.write((is.as_str().to_owned(), row.rev, entry), change_rp_id).await
            }
            None => self.store.write((is.as_str().to_owned(),), take_rp_id).await,
        };
        match written {
            Ok(true) => Ok(()),
            Ok(false) => Box::pin(self.prepare_rp_id()).await,
            Err(fault) if fault.is_moved() => Box::pin(self.prepare_rp_id()).await,
            Err(fault) => Err(fault.into()),
        }
    }

    /// Writes down which domains count, so that the next start sees when one does no more.
    async fn prepare_rp_ids(&self) -> Result<(), Fault> {
        let all: Vec<&str> = self.rp_ids.iter().map(RpId::as_str).collect();
        let all = all.join(" ");
        let setting = self.store.look((), |(), snapshot| Box::pin(snapshot.setting(Setting::RpIds))).await?;
        if setting.as_ref().is_some_and(|row| row.value == all) {
            return Ok(());
        }
        if setting.is_none() {
            self.fill_rp_ids().await?;
        }
        // That another domain counts first was written down with it.
        let is_of_others = setting.as_ref().is_some_and(|row| row.value.split(' ').next() == all.split(' ').next());
        let entry = match &setting {
            Some(row) if is_of_others => Some(self.domain_changed((&row.value, &all))?),
            _ => None,
        };
        let written = self.store.write((all, setting, entry), |(all, setting, entry), tx| {
            Box::pin(async move {
                match setting {
                    Some(row) => tx.change_setting(Setting::RpIds, all, row.rev).await?,
                    None => drop(tx.take_setting(Setting::RpIds, all).await?),
                }
                if let Some(entry) = entry {
                    tx.insert_entry(entry).await?;
                }
                Ok(Close::Commit(()))
            })
        });
        match written.await {
            Err(fault) if fault.is_moved() => Ok(()), // another node has written its own
            outcome => outcome,
        }
    }

    fn domain_changed(&self, (was, is): (&str, &str)) -> Result<EntryRow, Fault> {
        let subject = Subject::Nobody(self.ring.active(Use::Audit, self.now())?);
        self.entry(&self.ctx(Actor::System), Event::DomainChanged, &subject, json!({ "was": was, "is": is }))
    }

    /// Passkeys of before domains were kept are bound to the first that there was.
    async fn fill_rp_ids(&self) -> Result<(), Fault> {
        let first = self.store.look((), |(), snapshot| Box::pin(snapshot.setting(Setting::FirstRpId))).await?;
        let Some(first) = first.map(|row| row.value) else { return Ok(()) };
        loop {
            let more = self.store.write_in(Lane::Bulk, first.clone(), |first, tx| {
                Box::pin(async move { Ok(Close::Commit(tx.fill_rp_id(first, SLICE).await?)) })
            });
            if !more.await? {
                return Ok(());
            }
        }
    }

    /// Writes a setting down that was read so. `false`: another node was faster, and it stays as that wrote it.
    pub(crate) async fn keep_setting(
        &self,
        setting: Setting,
        value: (String, Option<SettingRow>),
    ) -> Result<bool, Fault> {
        let written = self.store.write((setting, value), |(setting, (value, before)), tx| {
            Box::pin(async move {
                Ok(Close::Commit(match before {
                    Some(row) => tx.change_setting(*setting, value, row.rev).await.map(|()| true)?,
                    None => tx.take_setting(*setting, value).await?,
                }))
            })
        });
        match written.await {
            Err(fault) if fault.is_moved() => Ok(false),
            outcome => outcome,
        }
    }

    async fn rp_id_setting(&self) -> Result<Option<SettingRow>, Fault> {
        self.store.look((), |(), snapshot| Box::pin(snapshot.setting(Setting::RpId))).await
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
}

/// `false`: another node has just done so.
fn take_rp_id<'t>((is,): &'t (String,), tx: &'t mut store::Tx<'_>) -> store::Answer<'t, Close<bool>> {
    Box::pin(async move {
        let is_ours = tx.take_setting(Setting::RpId, is).await?;
        tx.take_setting(Setting::FirstRpId, is).await?;
        Ok(Close::Commit(is_ours))
    })
}

fn change_rp_id<'t>(
    (is, rev, entry): &'t (String, i64, EntryRow),
    tx: &'t mut store::Tx<'_>,
) -> store::Answer<'t, Close<bool>> {
    Box::pin(async move {
        tx.change_setting(Setting::RpId, is, *rev).await?;
        tx.insert_entry(entry).await?;
        Ok(Close::Commit(true))
    })
}
