use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering::SeqCst};
use std::time::Duration;

use vocab::Timestamp;

/// A clock that stands still until it is told to move. Clones share the time.
#[derive(Debug, Clone)]
pub struct FakeClock(Arc<AtomicI64>);

impl Default for FakeClock {
    /// 2026-11-21T08:00:00Z
    fn default() -> Self {
        Self(Arc::new(AtomicI64::new(1_795_248_000_000_000)))
    }
}

impl FakeClock {
    pub fn advance(&self, by: Duration) {
        self.0.fetch_add(i64::try_from(by.as_micros()).unwrap(), SeqCst);
    }

    pub fn time(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(SeqCst))
    }

    pub fn set(&self, now: Timestamp) {
        self.0.store(now.micros(), SeqCst);
    }
}

impl app::Clock for FakeClock {
    fn now(&self) -> Timestamp {
        self.time()
    }
}
