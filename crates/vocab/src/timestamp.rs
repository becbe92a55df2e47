//! A moment, as a value. Nobody in the house asks a clock; the edge hands the time in.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// Microseconds since 1970-01-01T00:00:00Z: what both engines store in an integer column.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// The text is not an RFC 3339 time, or is finer than a microsecond.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotATimestamp;

impl Timestamp {
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Later by `span`; stops at the end of time instead of wrapping round to the past.
    pub fn plus(self, span: Duration) -> Self {
        Self(self.0.saturating_add(micros_of(span)))
    }

    /// Earlier by `span`; stops at the beginning of time.
    pub fn minus(self, span: Duration) -> Self {
        Self(self.0.saturating_sub(micros_of(span)))
    }

    /// How long ago `earlier` was. Zero if it lies in the future: two nodes' clocks never agree entirely,
    /// and an age must not become a huge number for it.
    pub fn since(self, earlier: Self) -> Duration {
        if self <= earlier { Duration::ZERO } else { Duration::from_micros(self.0.abs_diff(earlier.0)) }
    }
}

fn micros_of(span: Duration) -> i64 {
    i64::try_from(span.as_micros()).unwrap_or(i64::MAX)
}

impl fmt::Display for Timestamp {
    /// RFC 3339 with microseconds and `Z`. A count that no calendar year holds is shown as the count.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_microsecond(self.0) {
            Ok(moment) => write!(f, "{moment:.6}"),
            Err(_) => write!(f, "{}us", self.0),
        }
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Timestamp({self})")
    }
}

impl FromStr for Timestamp {
    type Err = NotATimestamp;

    /// RFC 3339 with any offset (and what ISO 8601 allows beside it), never finer than a microsecond.
    fn from_str(text: &str) -> Result<Self, NotATimestamp> {
        let moment: jiff::Timestamp = text.parse().map_err(|_| NotATimestamp)?;
        if moment.subsec_nanosecond() % 1000 == 0 { Ok(Self(moment.as_microsecond())) } else { Err(NotATimestamp) }
    }
}

impl fmt::Display for NotATimestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("this is not a time such as 2026-11-21T09:30:00Z")
    }
}

impl std::error::Error for NotATimestamp {}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn shows_rfc_3339_with_microseconds() {
        assert_eq!(Timestamp::from_micros(0).to_string(), "1970-01-01T00:00:00.000000Z");
        assert_eq!(Timestamp::from_micros(1_795_253_400_000_007).to_string(), "2026-11-21T09:30:00.000007Z");
        assert_eq!(Timestamp::from_micros(i64::MAX).to_string(), "9223372036854775807us");
    }

    #[test]
    fn reads_any_offset_and_refuses_what_it_cannot_keep() {
        let noon = "2026-11-21T12:00:00Z".parse::<Timestamp>().unwrap();
        assert_eq!("2026-11-21T13:00:00+01:00".parse(), Ok(noon));
        for text in ["", "2026-11-21", "2026-11-21T12:00:00", "2026-11-21T12:00:00.0000001Z", "yesterday"] {
            assert_eq!(text.parse::<Timestamp>(), Err(NotATimestamp), "{text:?}");
        }
    }

    #[test]
    fn arithmetic_stops_at_the_ends() {
        let (first, last) = (Timestamp::from_micros(i64::MIN), Timestamp::from_micros(i64::MAX));
        assert_eq!(last.plus(Duration::from_micros(1)), last);
        assert_eq!(first.minus(Duration::MAX), first);
        assert_eq!(first.since(last), Duration::ZERO);
        assert_eq!(last.since(first), Duration::from_micros(u64::MAX));
    }

    proptest! {
        #[test]
        fn what_is_shown_is_read_back(micros in -60_000_000_000_000_000i64..250_000_000_000_000_000) {
            let moment = Timestamp::from_micros(micros);
            prop_assert_eq!(moment.to_string().parse(), Ok(moment));
        }

        #[test]
        fn since_undoes_plus(micros in -1_000_000_000_000_000_000i64.., span in 0u64..1_000_000_000_000) {
            let moment = Timestamp::from_micros(micros.min(i64::MAX - 1_000_000_000_000));
            let span = Duration::from_micros(span);
            prop_assert_eq!(moment.plus(span).since(moment), span);
            prop_assert_eq!(moment.plus(span).minus(span), moment);
        }

        #[test]
        fn parsing_never_panics(text in ".*") {
            let _ = text.parse::<Timestamp>();
        }
    }
}
