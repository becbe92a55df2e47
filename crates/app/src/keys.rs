//! The key ring: keys that live in the database, wrapped under a master key that does not.
//!
//! A use of keys has at any moment one key that makes new things and any number that still read old ones. A new key
//! waits for [`WARNING`] before its first use, so that every node has read it by then.

mod rotation;

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use aws_lc_rs::hmac;
use store::{Fault, KeyRow, Kind, Store};
use tokio::sync::Mutex;
use vocab::{KeyId, Secret, Timestamp};

use crate::seal::{KEY, NONCE, NotOurSeal, Sealer};

pub use rotation::{Refusal, Rotated};

/// A new key is readable this long before it is used.
pub const WARNING: Duration = Duration::from_secs(60);
/// An id we do not know sends us to the database at most this often: ids come from strangers.
const RELOAD_AT_MOST_EVERY: Duration = Duration::from_secs(1);

/// What a key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Use {
    /// State handed to a browser and taken back: ceremonies.
    Sealing,
    Cookie,
    /// Answers for names that do not exist. Rotated by hand only: decoys must stay what they were.
    Decoy,
    /// Wraps the key of each subject's past, and seals the system's own.
    Audit,
}

impl Use {
    pub const ALL: [Use; 4] = [Use::Sealing, Use::Cookie, Use::Decoy, Use::Audit];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sealing => "sealing",
            Self::Cookie => "cookie",
            Self::Decoy => "decoy",
            Self::Audit => "audit",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|use_for| use_for.as_str() == word)
    }
}

/// The key that wraps all others. It comes from outside the database and never goes there.
pub struct MasterKey {
    sealer: Sealer,
    check: String,
}

impl MasterKey {
    pub fn new(secret: Secret<[u8; KEY]>) -> Result<Self, Fault> {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose());
        let tag = hmac::sign(&key, b"signet: which master key is this");
        let check = tag.as_ref().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        Ok(Self { sealer: Sealer::new(&secret)?, check })
    }

    /// Tells master keys apart without telling anything about them.
    pub(crate) fn check(&self) -> &str {
        &self.check
    }

    fn wrap(&self, nonce: [u8; NONCE], place: &KeyPlace, secret: &Secret<[u8; KEY]>) -> Result<Vec<u8>, Fault> {
        self.sealer.seal(nonce, &place.purpose(), secret.expose())
    }

    fn unwrap(&self, row: &KeyRow) -> Result<Key, Fault> {
        let wrong = |what: &str| Fault::new(Kind::Corrupt, format!("key {}: {what}", row.id));
        let use_for = Use::parse(&row.use_for).ok_or_else(|| wrong("a use nobody knows"))?;
        let place = KeyPlace { use_for, serial: row.serial, id: row.id };
        let secret = self
            .sealer
            .open_key(&place.purpose(), &row.wrapped)
            .map_err(|NotOurSeal| wrong("it does not open under this master key"))?;
        Ok(Key {
            place,
            sealer: Sealer::new(&secret)?,
            secret,
            not_before: row.not_before,
            made_at: row.made_at,
            live: row.state == "live",
        })
    }
}

/// Which key this is; wrapped keys are bound to it, so that rows cannot be exchanged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct KeyPlace {
    pub(crate) use_for: Use,
    pub(crate) serial: i64,
    pub(crate) id: KeyId,
}

impl KeyPlace {
    fn purpose(&self) -> Vec<u8> {
        [b"signet key ", self.use_for.as_str().as_bytes(), &self.serial.to_be_bytes(), self.id.bytes()].concat()
    }
}

/// A key in memory.
pub struct Key {
    place: KeyPlace,
    sealer: Sealer,
    secret: Secret<[u8; KEY]>,
    not_before: Timestamp,
    made_at: Timestamp,
    live: bool,
}

impl Key {
    pub fn id(&self) -> KeyId {
        self.place.id
    }

    pub(crate) fn secret(&self) -> &Secret<[u8; KEY]> {
        &self.secret
    }

    pub(crate) fn seal(&self, nonce: [u8; NONCE], purpose: &[u8], plain: &[u8]) -> Result<Vec<u8>, Fault> {
        self.sealer.seal(nonce, purpose, plain)
    }

    pub(crate) fn open(&self, purpose: &[u8], sealed: &[u8]) -> Result<Vec<u8>, NotOurSeal> {
        self.sealer.open(purpose, sealed)
    }

    pub(crate) fn open_key(&self, purpose: &[u8], sealed: &[u8]) -> Result<Secret<[u8; KEY]>, NotOurSeal> {
        self.sealer.open_key(purpose, sealed)
    }
}

/// A key as people may see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeySummary {
    pub use_for: Use,
    pub serial: i64,
    pub id: KeyId,
    pub standing: Standing,
    pub made_at: Timestamp,
    pub not_before: Timestamp,
}

/// What a key does today.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Known to every node, not used yet.
    Next,
    /// Makes new things.
    Active,
    /// Still reads what it made.
    Reading,
    Retired,
}

impl Standing {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Next => "next",
            Self::Active => "active",
            Self::Reading => "reading",
            Self::Retired => "retired",
        }
    }
}

/// All keys, in memory, exchanged whole when they are read again.
pub struct Ring {
    master: MasterKey,
    keys: ArcSwap<Vec<Arc<Key>>>,
    /// When the keys were read last. Held while they are read: an older reading never replaces a newer one, and who
    /// waits for a reading has its keys.
    read_at: Mutex<Option<Timestamp>>,
}

impl Ring {
    pub(crate) fn empty(master: MasterKey) -> Self {
        Self { master, keys: ArcSwap::default(), read_at: Mutex::new(None) }
    }

    pub(crate) fn master(&self) -> &MasterKey {
        &self.master
    }

    /// Reads every key again.
    pub(crate) async fn reload(&self, store: &Store, now: Timestamp) -> Result<(), Fault> {
        self.read(&mut *self.read_at.lock().await, store, now).await
    }

    async fn read(&self, read_at: &mut Option<Timestamp>, store: &Store, now: Timestamp) -> Result<(), Fault> {
        *read_at = Some(now);
        let rows = store.look((), |(), snapshot| Box::pin(snapshot.list_keys())).await?;
        // A release that is newer than this one may have uses of its own; they are not ours to read.
        let ours = rows.iter().filter(|row| Use::parse(&row.use_for).is_some());
        let keys = ours.map(|row| self.master.unwrap(row).map(Arc::new)).collect::<Result<Vec<_>, _>>()?;
        self.keys.store(Arc::new(keys));
        Ok(())
    }

    /// The key that makes new things. When clocks disagree so much that no key has begun, the oldest live one serves:
    /// every node knows it.
    pub(crate) fn active(&self, use_for: Use, now: Timestamp) -> Result<Arc<Key>, Fault> {
        active_of(&self.keys.load(), use_for, now).cloned().ok_or_else(|| {
            Fault::new(Kind::Bug, format!("INVARIANT (never zero keys): no key for {}", use_for.as_str()))
        })
    }

    /// The key that made something. A key nobody here knows may be another node's newest: look once.
    pub(crate) async fn made_by(
        &self,
        store: &Store,
        (use_for, id): (Use, KeyId),
        now: Timestamp,
    ) -> Result<Option<Arc<Key>>, Fault> {
        if let Some(key) = self.known(use_for, id) {
            return Ok(Some(key));
        }
        let mut read_at = self.read_at.lock().await;
        let is_fresh = |last: Timestamp| now.since(last).max(last.since(now)) < RELOAD_AT_MOST_EVERY;
        if !read_at.is_some_and(is_fresh) {
            self.read(&mut read_at, store, now).await?;
        }
        Ok(self.known(use_for, id))
    }

    /// A retired audit key still reads the past; any other retired key reads nothing.
    fn known(&self, use_for: Use, id: KeyId) -> Option<Arc<Key>> {
        let readable = |key: &&Arc<Key>| key.live || use_for == Use::Audit;
        self.keys.load().iter().find(|key| key.place.use_for == use_for && key.place.id == id).filter(readable).cloned()
    }

    /// The keys of one use, oldest first. Whoever decides on them looks once: a second look may see another ring.
    pub(crate) fn of(&self, use_for: Use) -> Vec<Arc<Key>> {
        self.keys.load().iter().filter(|key| key.place.use_for == use_for).cloned().collect()
    }

    pub(crate) fn summaries(&self, now: Timestamp) -> Vec<KeySummary> {
        let keys = self.keys.load();
        let standing = |key: &Key| match active_of(&keys, key.place.use_for, now) {
            _ if !key.live => Standing::Retired,
            Some(active) if active.place == key.place => Standing::Active,
            _ if key.not_before > now => Standing::Next,
            _ => Standing::Reading,
        };
        let summary = |key: &Arc<Key>| KeySummary {
            use_for: key.place.use_for,
            serial: key.place.serial,
            id: key.place.id,
            standing: standing(key),
            made_at: key.made_at,
            not_before: key.not_before,
        };
        keys.iter().map(summary).collect()
    }
}

fn active_of(keys: &[Arc<Key>], use_for: Use, now: Timestamp) -> Option<&Arc<Key>> {
    let live = || keys.iter().filter(|key| key.place.use_for == use_for && key.live);
    let begun = live().filter(|key| key.not_before <= now).max_by_key(|key| key.place.serial);
    begun.or_else(|| live().min_by_key(|key| key.place.serial))
}

/// Has this database ever been given a master key? A new one must not be made for a database that has.
pub async fn has_master_key(store: &Store) -> Result<bool, Fault> {
    let setting = store::Setting::MasterKeyCheck;
    Ok(store.look(setting, |setting, snapshot| Box::pin(snapshot.setting(*setting))).await?.is_some())
}
