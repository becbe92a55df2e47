//! How often one address, account or name may ask: a rate for each, in bounded memory.

use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};

use crate::route::{Limit, Rate};

/// Addresses, accounts or names remembered by one limiter, about 4 MB.
const KEYS_AT_MOST: usize = 65_536;
/// Buckets that everybody shares once there are more of them than that.
const SHARED_BUCKETS: u64 = 1_024;
/// Those that have been quiet long enough are forgotten this often.
const SWEEP_EVERY: Duration = Duration::from_secs(10);

/// A clock that only goes forward, counted from its making. Tests turn it by hand.
#[derive(Clone)]
pub struct Ticks(Arc<dyn Fn() -> Duration + Send + Sync>);

impl Ticks {
    pub fn monotonic() -> Self {
        let begun = instant();
        Self(Arc::new(move || instant().saturating_duration_since(begun)))
    }

    pub fn from_fn(now: impl Fn() -> Duration + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    pub(crate) fn elapsed(&self) -> Duration {
        (self.0)()
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the edge measures latency and rates; no decision about a person uses it"
)]
fn instant() -> Instant {
    Instant::now()
}

impl Clock for Ticks {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.elapsed()
    }
}

/// What one rate is counted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Key {
    Address(IpAddr),
    /// An account, or the digest of a name.
    Whose(u128),
    Shared(u64),
}

/// The limits of one row, with what they have counted. `Err` of each: how long to wait.
#[derive(Default)]
pub(crate) struct Limiters {
    per_address: Option<Limiter>,
    per_account: Option<Limiter>,
    per_name: Option<Limiter>,
}

impl Limiters {
    pub(crate) fn of(limits: &[Limit], ticks: &Ticks) -> Self {
        let mut limiters = Self::default();
        for limit in limits {
            match *limit {
                Limit::PerAddress(rate) => limiters.per_address = Some(Limiter::new(rate, ticks)),
                Limit::PerAccount(rate) => limiters.per_account = Some(Limiter::new(rate, ticks)),
                Limit::PerName(rate) => limiters.per_name = Some(Limiter::new(rate, ticks)),
                Limit::Unlimited { .. } => {}
            }
        }
        limiters
    }

    /// Counts one request from this address.
    pub(crate) fn count_address(&self, address: IpAddr) -> Result<(), Duration> {
        let network = network_of(address);
        let count = |limiter: &Limiter| limiter.count(Key::Address(network), fold(network));
        self.per_address.as_ref().map_or(Ok(()), count)
    }

    /// Counts one request of an account, whichever addresses it comes from.
    pub(crate) fn count_account(&self, account: u128) -> Result<(), Duration> {
        let shared = fold_number(account as u64 ^ (account >> 64) as u64);
        self.per_account.as_ref().map_or(Ok(()), |limiter| limiter.count(Key::Whose(account), shared))
    }

    /// Counts one question about a name, by the network it comes from. (I04: were it counted for the name alone, any
    /// stranger could use it up for its owner; so a crowd shares by network too, and never by names it chose.)
    pub(crate) fn count_name(&self, name: &str, address: IpAddr) -> Result<(), Duration> {
        let network = network_of(address);
        let key = Key::Whose(number_of(format!("{network} {name}").as_bytes()));
        self.per_name.as_ref().map_or(Ok(()), |limiter| limiter.count(key, fold(network)))
    }
}

struct Limiter {
    rate: RateLimiter<Key, HashMapStateStore<Key>, Ticks, NoOpMiddleware<Duration>>,
    ticks: Ticks,
    swept: AtomicU64,
    at_most: usize,
}

impl Limiter {
    fn new(Rate { per_minute, burst }: Rate, ticks: &Ticks) -> Self {
        let some = |number| NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN);
        let quota = Quota::per_minute(some(per_minute)).allow_burst(some(burst));
        let rate = RateLimiter::hashmap_with_clock(quota, ticks.clone());
        Self { rate, ticks: ticks.clone(), swept: AtomicU64::new(0), at_most: KEYS_AT_MOST }
    }

    /// `shared`: the bucket it is counted in once there are too many keys to remember.
    fn count(&self, key: Key, shared: u64) -> Result<(), Duration> {
        self.sweep();
        let is_crowded = self.rate.len() >= self.at_most;
        let key = if is_crowded { Key::Shared(shared) } else { key };
        self.rate.check_key(&key).map_err(|until| until.wait_time_from(self.ticks.elapsed()))
    }

    /// Forgetting costs a walk over all of them, so one caller does it now and then.
    fn sweep(&self) {
        let now = u64::try_from(self.ticks.elapsed().as_millis()).unwrap_or(u64::MAX);
        let swept = self.swept.load(Relaxed);
        let is_due = u128::from(now.saturating_sub(swept)) >= SWEEP_EVERY.as_millis();
        if is_due && self.swept.compare_exchange(swept, now, Relaxed, Relaxed).is_ok() {
            self.rate.retain_recent();
        }
    }
}

/// Whoever has one IPv6 address has 2^64 of them.
pub(crate) fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64))),
    }
}

/// A number for a text, to count by. Two texts that shared one would only share a rate.
fn number_of(text: &[u8]) -> u128 {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text);
    digest.as_ref().first_chunk().map_or(0, |bytes| u128::from_be_bytes(*bytes))
}

/// Neighbours share: a crowd from one network crowds itself first.
fn fold(network: IpAddr) -> u64 {
    let wide = match network {
        IpAddr::V4(address) => u64::from(address.to_bits() >> 8),
        IpAddr::V6(address) => (address.to_bits() >> 96) as u64,
    };
    fold_number(wide)
}

fn fold_number(number: u64) -> u64 {
    (number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) & (SHARED_BUCKETS - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Turned(Arc<AtomicU64>);

    impl Turned {
        fn by(&self, seconds: u64) {
            self.0.fetch_add(seconds * 1_000, Relaxed);
        }
    }

    fn limiters(per_minute: u32, burst: u32) -> (Limiters, Turned) {
        let millis = Arc::new(AtomicU64::new(0));
        let clock = Arc::clone(&millis);
        let ticks = Ticks::from_fn(move || Duration::from_millis(clock.load(Relaxed)));
        (Limiters::of(&[Limit::PerAddress(Rate { per_minute, burst })], &ticks), Turned(millis))
    }

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_burst_is_served_then_one_waits_and_is_served_again() {
        let (limiters, clock) = limiters(60, 3);
        let ann = address("203.0.113.9");
        for _ in 0..3 {
            assert_eq!(limiters.count_address(ann), Ok(()));
        }
        assert_eq!(limiters.count_address(ann), Err(Duration::from_secs(1)));
        assert_eq!(limiters.count_address(address("203.0.113.10")), Ok(()), "another address has its own rate");
        clock.by(1);
        assert_eq!(limiters.count_address(ann), Ok(()));
        assert!(limiters.count_address(ann).is_err());
    }

    #[test]
    fn one_ipv6_network_is_one_client() {
        let (limiters, _) = limiters(60, 1);
        assert!(limiters.count_address(address("2001:db8:1:2::1")).is_ok());
        assert!(limiters.count_address(address("2001:db8:1:2:ffff::9")).is_err());
        assert!(limiters.count_address(address("2001:db8:1:3::1")).is_ok());
        assert!(limiters.count_address(address("::ffff:203.0.113.9")).is_ok());
        assert!(limiters.count_address(address("203.0.113.9")).is_err(), "the same address in IPv6's clothes");
    }

    #[test]
    fn memory_is_bounded_and_a_crowd_shares() {
        let (mut limiters, clock) = limiters(60, 1);
        limiters.per_address.as_mut().unwrap().at_most = 1_000;
        let host = |n: u32| IpAddr::V6(Ipv6Addr::from_bits(u128::from(n) << 64 | 0x2001 << 112));
        let served = (0..100_000).filter(|n| limiters.count_address(host(*n)).is_ok()).count();
        let remembered = |limiters: &Limiters| limiters.per_address.as_ref().unwrap().rate.len();
        assert!(remembered(&limiters) <= 1_000 + SHARED_BUCKETS as usize);
        assert!(served <= 1_000 + SHARED_BUCKETS as usize);
        clock.by(120);
        assert!(limiters.count_address(host(200_000)).is_ok());
        assert_eq!(remembered(&limiters), 1, "those who were quiet are forgotten");
    }

    #[test]
    fn each_limit_counts_for_itself_and_what_has_none_is_not_limited() {
        let once = Rate { per_minute: 1, burst: 1 };
        let ann = address("203.0.113.9");
        let limiters = |limits: &[Limit]| Limiters::of(limits, &Ticks::from_fn(|| Duration::ZERO));
        let all = limiters(&[Limit::PerAddress(once), Limit::PerAccount(once), Limit::PerName(once)]);
        let none = limiters(&[Limit::Unlimited { why: "a test" }]);
        for (count, is_limited) in [(0, false), (1, true)] {
            assert_eq!(all.count_address(ann).is_err(), is_limited, "{count}");
            assert_eq!(all.count_account(7).is_err(), is_limited, "{count}");
            assert_eq!(all.count_name("maren", ann).is_err(), is_limited, "{count}");
            assert!(none.count_address(ann).is_ok() && none.count_account(7).is_ok());
            assert!(none.count_name("maren", ann).is_ok());
        }
        assert!(all.count_account(8).is_ok() && all.count_name("nobody", ann).is_ok());
        assert!(all.count_name("maren", address("198.51.100.1")).is_ok(), "i04: from another network");
    }
}
