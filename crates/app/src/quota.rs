//! How many entries strangers may cause in somebody's past: a few an hour, whatever they try.

use std::collections::HashMap;
use std::sync::Mutex;

use vocab::{AccountId, Timestamp};

/// Denials of one account that are written down in an hour; the rest is counted with the failures of strangers.
pub(crate) const ENTRIES_PER_HOUR: u32 = 6;
/// Accounts remembered; when there are more, the hour begins anew for everybody.
const ACCOUNTS_AT_MOST: usize = 65_536;
const HOUR: i64 = 60 * 60 * 1_000_000;

#[derive(Default)]
pub(crate) struct Quota(Mutex<Counted>);

#[derive(Default)]
struct Counted {
    hour: i64,
    entries: HashMap<AccountId, u32>,
}

impl Quota {
    /// One more?
    pub(crate) fn admits(&self, account: AccountId, now: Timestamp) -> bool {
        let mut counted = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let hour = now.micros().div_euclid(HOUR);
        if counted.hour != hour || counted.entries.len() >= ACCOUNTS_AT_MOST {
            *counted = Counted { hour, ..Counted::default() };
        }
        let entries = counted.entries.entry(account).or_default();
        *entries = entries.saturating_add(1);
        *entries <= ENTRIES_PER_HOUR
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_an_hour_for_each_account() {
        let (quota, now) = (Quota::default(), Timestamp::from_micros(0));
        let [ann, bob] = [1, 2].map(|n| AccountId::from_bytes([n; 16]));
        let admitted = |account, now| (0..20).filter(|_| quota.admits(account, now)).count();
        assert_eq!((admitted(ann, now), admitted(bob, now), admitted(ann, now)), (6, 6, 0));
        assert_eq!(admitted(ann, Timestamp::from_micros(HOUR)), 6);
    }
}
