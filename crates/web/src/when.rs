//! Times as people read them. The server does not know anybody's zone, so it says which one it uses.

use std::time::Duration;

use vocab::Timestamp;

use crate::view::Moment;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// Inside a sentence: “today at 08:12 UTC”, “on 2 September”.
pub(crate) fn inside(at: Timestamp, now: Timestamp) -> Moment {
    let text = match near(at, now) {
        Some(day) => format!("{day} at {} UTC", clock(at)),
        None => format!("on {}", date(at, now)),
    };
    Moment { text, datetime: at.to_string() }
}

/// On its own: “Today 08:12”, “2 September 2025”.
pub(crate) fn alone(at: Timestamp, now: Timestamp) -> Moment {
    let text = match near(at, now) {
        Some("today") => format!("Today {}", clock(at)),
        Some(_) => format!("Yesterday {}", clock(at)),
        None => date(at, now),
    };
    Moment { text, datetime: at.to_string() }
}

/// When something becomes possible: “at 14:40 UTC”, “tomorrow at 14:40 UTC”.
pub(crate) fn from(at: Timestamp, now: Timestamp) -> Moment {
    let day = match () {
        () if day(at) == day(now) => String::new(),
        () if day(at) == day(now.plus(DAY)) => "tomorrow ".to_owned(),
        () => format!("on {} ", date(at, now)),
    };
    Moment { text: format!("{day}at {} UTC", clock(at)), datetime: at.to_string() }
}

fn near(at: Timestamp, now: Timestamp) -> Option<&'static str> {
    match () {
        () if day(at) == day(now) => Some("today"),
        () if day(at) == day(now.minus(DAY)) => Some("yesterday"),
        () => None,
    }
}

/// `2026-11-25`
fn day(at: Timestamp) -> String {
    at.to_string().chars().take(10).collect()
}

fn clock(at: Timestamp) -> String {
    at.to_string().chars().skip(11).take(5).collect()
}

/// “2 September”, with the year when it is another one.
fn date(at: Timestamp, now: Timestamp) -> String {
    let (text, now) = (day(at), day(now));
    let mut parts = text.splitn(3, '-');
    let (Some(year), Some(month), Some(day)) = (parts.next(), parts.next(), parts.next()) else { return text };
    let name = month.parse::<usize>().ok().and_then(|month| MONTHS.get(month.checked_sub(1)?));
    let (day, name) = (day.trim_start_matches('0'), name.copied().unwrap_or(month));
    if now.starts_with(year) { format!("{day} {name}") } else { format!("{day} {name} {year}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_said_as_near_as_they_are() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let now = at("2026-11-25T09:00:00Z");
        for (moment, inside_it, on_its_own) in [
            ("2026-11-25T08:12:59Z", "today at 08:12 UTC", "Today 08:12"),
            ("2026-11-24T23:59:00Z", "yesterday at 23:59 UTC", "Yesterday 23:59"),
            ("2026-09-02T08:12:00Z", "on 2 September", "2 September"),
            ("2025-12-31T08:12:00Z", "on 31 December 2025", "31 December 2025"),
        ] {
            assert_eq!(inside(at(moment), now).text, inside_it);
            assert_eq!(alone(at(moment), now).text, on_its_own);
        }
        assert_eq!(from(at("2026-11-25T14:40:00Z"), now).text, "at 14:40 UTC");
        assert_eq!(from(at("2026-11-26T08:40:00Z"), now).text, "tomorrow at 08:40 UTC");
        assert_eq!(from(at("2026-11-29T08:40:00Z"), now).text, "on 29 November at 08:40 UTC");
        assert_eq!(inside(at("2026-09-02T08:12:00Z"), now).datetime, "2026-09-02T08:12:00.000000Z");
    }
}
