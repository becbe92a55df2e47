//! The name by which people see an account. It is shown, never compared.

use crate::characters::{composed, is_ignorable};
use std::fmt;

const LONGEST: usize = 100;

/// 1 to 100 characters, trimmed, precomposed, on one line, reading in one direction.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct DisplayName(String);

/// Why a text is no display name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Refusal {
    Empty,
    TooLong,
    ControlOrLineBreak,
    /// A bidi embedding, override or isolate: it turns round the text that stands after the name.
    Direction,
}

impl DisplayName {
    pub fn parse(typed: &str) -> Result<Self, Refusal> {
        let name = composed(typed.trim());
        match () {
            () if name.chars().all(|c| c.is_whitespace() || is_ignorable(c)) => Err(Refusal::Empty),
            () if name.chars().count() > LONGEST => Err(Refusal::TooLong),
            () if name.contains(is_control_or_line_break) => Err(Refusal::ControlOrLineBreak),
            () if name.contains(turns_direction) => Err(Refusal::Direction),
            () => Ok(Self(name)),
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_control_or_line_break(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

fn turns_direction(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

impl fmt::Debug for DisplayName {
    /// A log line must not keep what erasure has to reach.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DisplayName([personal])")
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "a name must stand here",
            Self::TooLong => "a name can have 100 characters at most",
            Self::ControlOrLineBreak => "a name stands on one line and has no control characters",
            Self::Direction => "a name cannot contain characters that turn the direction of the text",
        })
    }
}

impl std::error::Error for Refusal {}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_of_people_pass() {
        for name in ["Ann", "Zoë O’Brien-Łuczak", "山田 太郎", "مریم", "Dr. X (Night shift)", "Ann 👩‍🚒"]
        {
            assert_eq!(DisplayName::parse(&format!("  {name}\t")).unwrap().as_str(), name);
        }
        assert_eq!(DisplayName::parse("Zoe\u{308}").unwrap().as_str(), "Zo\u{eb}");
        assert_eq!(DisplayName::parse(&"é".repeat(100)).unwrap().as_str().chars().count(), 100);
    }

    #[test]
    fn hostile_names_are_refused() {
        let table = [
            ("", Refusal::Empty),
            (" \u{3000}\n", Refusal::Empty),
            ("\u{200b}\u{ad}\u{2060}", Refusal::Empty),
            ("\u{3164}", Refusal::Empty),
            ("a\0b", Refusal::ControlOrLineBreak),
            ("a\r\nBcc: b", Refusal::ControlOrLineBreak),
            ("a\u{85}b", Refusal::ControlOrLineBreak),
            ("a\u{2028}b", Refusal::ControlOrLineBreak),
            ("a\u{1b}[2Jb", Refusal::ControlOrLineBreak),
            ("nimda\u{202e}", Refusal::Direction),
            ("a\u{2066}b", Refusal::Direction),
        ];
        for (typed, refusal) in table {
            assert_eq!(DisplayName::parse(typed), Err(refusal), "{typed:?}");
        }
        assert_eq!(DisplayName::parse(&"a".repeat(101)), Err(Refusal::TooLong));
    }

    proptest! {
        #[test]
        fn a_parsed_name_parses_to_itself(typed in any::<String>()) {
            if let Ok(name) = DisplayName::parse(&typed) {
                prop_assert_eq!(DisplayName::parse(name.as_str()), Ok(name));
            }
        }
    }
}
