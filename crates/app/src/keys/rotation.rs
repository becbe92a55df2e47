//! Making, following and retiring keys.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use audit::Event;
use serde_json::json;
use store::{Close, EntryRow, Fault, KeyRow, SubjectKeyRow};
use vocab::{AccountId, KeyId, Secret, Timestamp};

use super::{Key, KeyPlace, KeySummary, Use, WARNING};
use crate::audit_entry::Subject;
use crate::{Actor, App, Ctx, Decided};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// Subject keys wrapped again in one go.
const REWRAP_SLICE: i64 = 100;

/// How old the active key of a use may become before the reconciler makes the next one.
fn lifetime(use_for: Use) -> Option<Duration> {
    match use_for {
        Use::Sealing | Use::Cookie => Some(30 * DAY),
        Use::Audit => Some(365 * DAY),
        Use::Decoy => None,
    }
}

/// How long a key goes on reading after another took over. `None`: for ever.
fn reading_time(use_for: Use) -> Option<Duration> {
    match use_for {
        Use::Sealing => Some(DAY),
        Use::Cookie => Some(30 * DAY),
        Use::Audit | Use::Decoy => None,
    }
}

/// Why no key was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The next key exists already and waits for its first use.
    NextIsWaiting(Timestamp),
    /// Another node has just made it.
    MadeElsewhere,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NextIsWaiting(since) => write!(f, "the next key is waiting already; it takes over at {since}"),
            Self::MadeElsewhere => f.write_str("another node has just made the next key"),
        }
    }
}

/// A new key and when it takes over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rotated {
    pub id: KeyId,
    pub takes_over_at: Timestamp,
}

struct NewKey {
    row: KeyRow,
    entry: EntryRow,
}

pub struct Keys<'a>(pub(crate) &'a App);

impl App {
    pub fn keys(&self) -> Keys<'_> {
        Keys(self)
    }
}

impl Keys<'_> {
    /// Every key there is, read from the database now.
    pub async fn list(&self) -> Result<Vec<KeySummary>, Fault> {
        let now = self.0.now();
        self.0.ring.reload(&self.0.store, now).await?;
        Ok(self.0.ring.summaries(now))
    }

    /// Seal something under the active key: key id ‖ nonce ‖ ciphertext.
    pub fn seal(&self, use_for: Use, purpose: &[u8], plain: &[u8], now: Timestamp) -> Result<Vec<u8>, Fault> {
        let key = self.0.ring.active(use_for, now)?;
        Ok([key.id().bytes().as_slice(), &key.seal(self.0.noise(), purpose, plain)?].concat())
    }

    /// Open what some node sealed. `None`: not ours, not for this, or touched.
    pub async fn open(
        &self,
        use_for: Use,
        purpose: &[u8],
        sealed: &[u8],
        now: Timestamp,
    ) -> Result<Option<Vec<u8>>, Fault> {
        let Some((id, rest)) = sealed.split_first_chunk::<16>() else {
            return Ok(None);
        };
        let key = self.0.ring.made_by(&self.0.store, (use_for, KeyId::from_bytes(*id)), now).await?;
        Ok(key.and_then(|key| key.open(purpose, rest).ok()))
    }

    /// Make the next key of a use. Every node learns of it before it is used.
    pub async fn rotate(&self, ctx: &Ctx, use_for: Use) -> Decided<Rotated, Refusal> {
        self.0.ring.reload(&self.0.store, ctx.now).await?;
        let keys = self.0.ring.of(use_for);
        // A key that waits for longer than any key does was made under a wrong clock, and keeps nobody waiting.
        let waits =
            |key: &&Arc<Key>| key.live && key.not_before > ctx.now && key.not_before <= ctx.now.plus(2 * WARNING);
        if let Some(next) = keys.iter().find(waits) {
            return Ok(Err(Refusal::NextIsWaiting(next.not_before)));
        }
        self.make(ctx, (use_for, next_serial(&keys)), ctx.now.plus(WARNING)).await
    }

    /// Make sure that every use has a key. Two nodes that start at once collide on the serial, and one of them reads.
    pub(crate) async fn make_missing(&self, ctx: &Ctx) -> Result<(), Fault> {
        self.0.ring.reload(&self.0.store, ctx.now).await?;
        // The audit key first: the entries about all others are sealed under it.
        for use_for in [Use::Audit, Use::Sealing, Use::Cookie, Use::Decoy] {
            let keys = self.0.ring.of(use_for);
            if !keys.iter().any(|key| key.live)
                && let Err(Refusal::MadeElsewhere) = self.make(ctx, (use_for, next_serial(&keys)), ctx.now).await?
            {
                self.0.ring.reload(&self.0.store, ctx.now).await?;
            }
        }
        Ok(())
    }

    async fn make(&self, ctx: &Ctx, (use_for, serial): (Use, i64), not_before: Timestamp) -> Decided<Rotated, Refusal> {
        let place = KeyPlace { use_for, serial, id: KeyId::made(ctx.now, self.0.noise()) };
        let row = self.wrapped(place, not_before, ctx.now)?;
        let key = Arc::new(self.0.ring.master().unwrap(&row)?);
        let sealed_under = match self.0.ring.active(Use::Audit, ctx.now) {
            Err(_) if use_for == Use::Audit => Arc::clone(&key), // the first of all: it seals the entry about itself
            active => active?,
        };
        let details = json!({ "use": use_for.as_str(), "serial": place.serial, "key": place.id.to_string() });
        let entry = self.0.entry(ctx, Event::KeyMade, &Subject::Nobody(sealed_under), details)?;
        let made = self
            .0
            .store
            .write(NewKey { row, entry }, |new, tx| {
                Box::pin(async move {
                    if !tx.take_key_serial(&new.row).await? {
                        return Ok(Close::Undo(false));
                    }
                    tx.insert_entry(&new.entry).await?;
                    Ok(Close::Commit(true))
                })
            })
            .await?;
        if !made {
            return Ok(Err(Refusal::MadeElsewhere));
        }
        self.0.ring.reload(&self.0.store, ctx.now).await?;
        Ok(Ok(Rotated { id: place.id, takes_over_at: not_before }))
    }

    fn wrapped(&self, place: KeyPlace, not_before: Timestamp, now: Timestamp) -> Result<KeyRow, Fault> {
        let secret = Secret::new(self.0.noise());
        Ok(KeyRow {
            use_for: place.use_for.as_str().to_owned(),
            serial: place.serial,
            id: place.id,
            wrapped: self.0.ring.master().wrap(self.0.noise(), &place, &secret)?,
            state: "live".to_owned(),
            not_before,
            made_at: now,
        })
    }

    /// The reconciler: read what other nodes did, follow keys that are old, retire keys nobody needs, wrap subject
    /// keys under the newest audit key.
    pub async fn reconcile(&self) -> Result<(), Fault> {
        let ctx = self.0.ctx(Actor::System);
        self.0.ring.reload(&self.0.store, ctx.now).await?;
        for use_for in Use::ALL {
            let active = self.0.ring.active(use_for, ctx.now)?;
            if lifetime(use_for).is_some_and(|lifetime| ctx.now.since(active.not_before) >= lifetime) {
                let _waiting_or_made_elsewhere = self.rotate(&ctx, use_for).await?;
            }
            self.retire(&ctx, use_for).await?;
        }
        self.rewrap(&ctx).await
    }

    /// A key's time to read begins when the next one takes over, however often keys are followed after that.
    async fn retire(&self, ctx: &Ctx, use_for: Use) -> Result<(), Fault> {
        let Some(reading_time) = reading_time(use_for) else {
            return Ok(());
        };
        let keys = self.0.ring.of(use_for);
        let is_outdated = |key: &&Arc<Key>| {
            let mut followers = keys.iter().filter(|other| other.place.serial > key.place.serial);
            key.live && followers.any(|other| ctx.now.since(other.not_before) >= reading_time)
        };
        for key in keys.iter().filter(is_outdated) {
            let details = json!({ "use": use_for.as_str(), "serial": key.place.serial, "key": key.id().to_string() });
            let sealed_under = self.0.ring.active(Use::Audit, ctx.now)?;
            let entry = self.0.entry(ctx, Event::KeyRetired, &Subject::Nobody(sealed_under), details)?;
            let retired = self
                .0
                .store
                .write((key.id(), entry), |(id, entry), tx| {
                    Box::pin(async move {
                        tx.mark_key_retired(*id).await?;
                        tx.insert_entry(entry).await?;
                        Ok(Close::Commit(()))
                    })
                })
                .await;
            match retired {
                Err(fault) if fault.is_moved() => {} // another node was faster
                outcome => outcome?,
            }
        }
        self.0.ring.reload(&self.0.store, ctx.now).await
    }

    /// Only keys that took over before the active one have anything to hand on, so this costs a look for each of them.
    async fn rewrap(&self, ctx: &Ctx) -> Result<(), Fault> {
        let active = self.0.ring.active(Use::Audit, ctx.now)?;
        for older in self.0.ring.of(Use::Audit).iter().filter(|key| key.place.serial < active.place.serial) {
            let mut after = Some(AccountId::NOBODY);
            while let Some(place) = after {
                after = self.rewrap_slice(ctx, (older, &active), place).await?;
            }
        }
        Ok(())
    }

    /// Where to go on, while there is more.
    async fn rewrap_slice(
        &self,
        ctx: &Ctx,
        (older, active): (&Key, &Key),
        after: AccountId,
    ) -> Result<Option<AccountId>, Fault> {
        let rows = self
            .0
            .store
            .browse((older.id(), after), |&(key, after), snapshot| {
                Box::pin(snapshot.list_subject_keys_under(key, after, REWRAP_SLICE))
            })
            .await?;
        let Some(last) = rows.last().map(|row| row.account_id) else {
            return Ok(None);
        };
        let mut slice = Vec::with_capacity(rows.len());
        for row in rows {
            slice.push((self.wrapped_again(&row, active, ctx.now).await?, row.key_id));
        }
        let wrapped = self
            .0
            .store
            .write_in(store::Lane::Bulk, slice, |slice, tx| {
                Box::pin(async move {
                    for (row, from) in slice {
                        tx.rewrap_subject_key(row, *from).await?;
                    }
                    Ok(Close::Commit(()))
                })
            })
            .await;
        match wrapped {
            Err(fault) if !fault.is_moved() => Err(fault),
            _ => Ok(Some(last)), // what another node moved, the next round looks at again
        }
    }

    async fn wrapped_again(&self, row: &SubjectKeyRow, active: &Key, now: Timestamp) -> Result<SubjectKeyRow, Fault> {
        let secret = self.0.subject_secret(row, now).await?;
        self.0.wrap_subject(row.account_id, active, &secret)
    }
}

fn next_serial(keys: &[Arc<Key>]) -> i64 {
    keys.iter().map(|key| key.place.serial).max().unwrap_or(0) + 1
}
