use std::time::{SystemTime, UNIX_EPOCH};

use vocab::Timestamp;

/// The machine's wall clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl app::Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is where the wall clock enters")]
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
    }
}
