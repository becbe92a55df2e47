//! Refusals of strangers, counted together: how many, why, from which network, in which minute.
//!
//! Whoever is refused before an account is known must not be able to fill the audit log, so they are counted in
//! memory, and a reconciler writes one entry for each minute, reason and network. What a node has counted and not yet
//! written is lost when it crashes; a write whose acknowledgement was lost is counted twice.
//!
//! Invariants:
//! - `never in the way`: counting takes a short lock, waits for nothing and cannot fail.
//! - `bounded`: at most [`MINUTES_AT_MOST`] minutes of [`KINDS_AT_MOST`] counts each, whoever tries what.

use std::collections::BTreeMap;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::{Mutex, MutexGuard, PoisonError};

use audit::Event;
use serde_json::{Value, json};
use store::{Close, Fault};
use vocab::Timestamp;

use crate::account::shown;
use crate::audit_entry::Subject;
use crate::keys::Use;
use crate::{Actor, App, Ctx};

/// Entries about one minute; where there would be more, the largest counts have one each and all others one together.
pub const ENTRIES_PER_MINUTE: usize = 64;
/// Pairs of reason and network told apart within one minute; what comes after them is counted with the others.
const KINDS_AT_MOST: usize = 1_024;
/// Minutes that may wait while the database takes no entries; then the oldest is forgotten.
const MINUTES_AT_MOST: usize = 15;
const MINUTE: i64 = 60 * 1_000_000;

/// Refusals of one kind in one minute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    pub minute: Timestamp,
    pub reason: &'static str,
    /// `203.0.113.0/24`, `2001:db8:1::/48`, `unknown`, or `other` for all networks that were not told apart.
    pub network: String,
    pub count: u64,
}

impl Counted {
    fn details(&self) -> Value {
        let Self { minute, reason, network, count } = self;
        json!({ "minute": shown(*minute), "reason": reason, "network": network, "count": count })
    }
}

/// A neighbourhood of addresses: precise enough to act on, too coarse to be somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Network {
    V4(Ipv4Addr),
    V6(Ipv6Addr),
    Unknown,
}

impl Network {
    fn of(address: Option<IpAddr>) -> Self {
        match address.map(|address| address.to_canonical()) {
            Some(IpAddr::V4(address)) => Self::V4(Ipv4Addr::from_bits(address.to_bits() & (u32::MAX << 8))),
            Some(IpAddr::V6(address)) => Self::V6(Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 80))),
            None => Self::Unknown,
        }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::V4(first) => write!(f, "{first}/24"),
            Self::V6(first) => write!(f, "{first}/48"),
            Self::Unknown => f.write_str("unknown"),
        }
    }
}

/// One minute's counts.
#[derive(Debug, Default)]
struct Minute {
    told_apart: BTreeMap<(&'static str, Network), u64>,
    others: u64,
}

impl Minute {
    fn add(&mut self, kind: (&'static str, Network), count: u64) {
        let is_full = self.told_apart.len() >= KINDS_AT_MOST;
        let counted = match self.told_apart.get_mut(&kind) {
            Some(counted) => counted,
            None if is_full => &mut self.others,
            None => self.told_apart.entry(kind).or_default(),
        };
        *counted = counted.saturating_add(count);
    }

    /// As it is written down: the largest counts, and all others together.
    fn folded(&self, minute: Timestamp) -> Vec<Counted> {
        let mut kinds: Vec<_> = self.told_apart.iter().map(|(kind, count)| (*kind, *count)).collect();
        kinds.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let rest = kinds.split_off(kinds.len().min(ENTRIES_PER_MINUTE));
        let others = rest.iter().fold(self.others, |sum, (_, count)| sum.saturating_add(*count));
        let told_apart = kinds.into_iter().map(|((reason, network), count)| (reason, network.to_string(), count));
        let others = (others > 0).then(|| ("any", "other".to_owned(), others));
        let all = told_apart.chain(others);
        all.map(|(reason, network, count)| Counted { minute, reason, network, count }).collect()
    }
}

/// Minutes by their number.
#[derive(Default)]
pub(crate) struct Tally(Mutex<BTreeMap<i64, Minute>>);

impl Tally {
    fn minutes(&self) -> MutexGuard<'_, BTreeMap<i64, Minute>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, minute: i64, kind: (&'static str, Network)) {
        let mut minutes = self.minutes();
        minutes.entry(minute).or_default().add(kind, 1);
        forget_oldest(&mut minutes);
    }

    /// The oldest minute that is not `present`. One under a clock that was wrong need not have passed.
    fn take_but(&self, present: Option<i64>) -> Option<(i64, Minute)> {
        let mut minutes = self.minutes();
        let number = minutes.keys().copied().find(|number| Some(*number) != present)?;
        minutes.remove_entry(&number)
    }

    fn put_back(&self, number: i64, minute: Minute) {
        let mut minutes = self.minutes();
        let newer = minutes.insert(number, minute).unwrap_or_default();
        let counted = minutes.entry(number).or_default();
        counted.others = counted.others.saturating_add(newer.others);
        newer.told_apart.into_iter().for_each(|(kind, count)| counted.add(kind, count));
        forget_oldest(&mut minutes);
    }
}

fn forget_oldest(minutes: &mut BTreeMap<i64, Minute>) {
    while minutes.len() > MINUTES_AT_MOST {
        minutes.pop_first();
    }
}

fn begin_of(number: i64) -> Timestamp {
    Timestamp::from_micros(number.saturating_mul(MINUTE))
}

fn number_of(at: Timestamp) -> i64 {
    at.micros().div_euclid(MINUTE)
}

pub struct Failures<'a>(&'a App);

impl App {
    pub fn failures(&self) -> Failures<'_> {
        Failures(self)
    }
}

impl Failures<'_> {
    /// One more stranger was refused. `reason` is a word of ours, never one of theirs.
    pub fn count(&self, ctx: &Ctx, reason: &'static str) {
        self.0.failures.add(number_of(ctx.now), (reason, Network::of(ctx.client.address)));
    }

    /// What waits to be written down, as it would be.
    pub fn waiting(&self) -> Vec<Counted> {
        self.0.failures.minutes().iter().flat_map(|(number, minute)| minute.folded(begin_of(*number))).collect()
    }

    /// The reconciler: minutes that are over become entries.
    pub async fn write_down(&self) -> Result<(), Fault> {
        let present = number_of(self.0.now());
        self.write_down_but(Some(present)).await
    }

    /// The minute that is not over too: nobody will be refused here any more.
    pub async fn write_everything_down(&self) -> Result<(), Fault> {
        self.write_down_but(None).await
    }

    async fn write_down_but(&self, present: Option<i64>) -> Result<(), Fault> {
        while let Some((number, minute)) = self.0.failures.take_but(present) {
            if let Err(fault) = self.record(&minute.folded(begin_of(number))).await {
                self.0.failures.put_back(number, minute);
                return Err(fault);
            }
        }
        Ok(())
    }

    async fn record(&self, minute: &[Counted]) -> Result<(), Fault> {
        let ctx = self.0.ctx(Actor::System);
        let subject = Subject::Nobody(self.0.ring.active(Use::Audit, ctx.now)?);
        let entry = |counted: &Counted| self.0.entry(&ctx, Event::FailuresCounted, &subject, counted.details());
        let entries = minute.iter().map(entry).collect::<Result<Vec<_>, _>>()?;
        self.0
            .store
            .write(entries, |entries, tx| {
                Box::pin(async move {
                    for entry in entries {
                        tx.insert_entry(entry).await?;
                    }
                    Ok(Close::Commit(()))
                })
            })
            .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(address: &str) -> String {
        Network::of(Some(address.parse().unwrap())).to_string()
    }

    fn from(number: u32) -> Network {
        Network::of(Some(Ipv4Addr::from_bits(number << 8).into()))
    }

    #[test]
    fn an_address_is_counted_with_its_neighbours() {
        assert_eq!(network("203.0.113.9"), "203.0.113.0/24");
        assert_eq!(network("::ffff:203.0.113.9"), "203.0.113.0/24");
        assert_eq!(network("2001:db8:1:2:3:4:5:6"), "2001:db8:1::/48");
        assert_eq!(Network::of(None).to_string(), "unknown");
    }

    #[test]
    fn what_is_put_back_meets_what_was_counted_meanwhile() {
        let tally = Tally::default();
        tally.add(7, ("reason", from(1)));
        let (number, minute) = tally.take_but(Some(8)).unwrap();
        tally.add(7, ("reason", from(1)));
        tally.add(7, ("reason", from(2)));
        tally.put_back(number, minute);
        let counts: Vec<u64> = tally.minutes()[&7].told_apart.values().copied().collect();
        assert_eq!(counts, [2, 1]);
        assert!(tally.take_but(Some(7)).is_none());
    }

    #[test]
    fn i18_neither_networks_nor_minutes_make_it_grow() {
        let tally = Tally::default();
        for minute in 0..40 {
            for number in 0..5_000 {
                tally.add(minute, ("reason", from(number)));
            }
        }
        let minutes = tally.minutes();
        assert_eq!((minutes.len(), minutes.keys().next()), (MINUTES_AT_MOST, Some(&25)));
        assert!(minutes.values().all(|minute| (minute.told_apart.len(), minute.others) == (KINDS_AT_MOST, 3_976)));
        assert!(minutes.values().all(|minute| minute.folded(begin_of(1)).len() == ENTRIES_PER_MINUTE + 1));
    }
}
