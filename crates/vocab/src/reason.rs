//! Why somebody did something: one line that an audit entry keeps.

use std::fmt;

const CHARACTERS_AT_MOST: usize = 500;

/// Why a text is no reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReasonRefusal {
    Empty,
    TooLong,
    ControlOrLineBreak,
}

impl fmt::Display for ReasonRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "say why; the audit entry keeps it",
            Self::TooLong => "a reason can have 500 characters at most",
            Self::ControlOrLineBreak => "a reason stands on one line and has no control characters",
        })
    }
}

impl std::error::Error for ReasonRefusal {}

/// One line, 1 to 500 characters, without blanks around it.
#[derive(Clone, PartialEq, Eq)]
pub struct Reason(String);

impl Reason {
    pub fn parse(typed: &str) -> Result<Self, ReasonRefusal> {
        let text = typed.trim();
        if text.is_empty() {
            return Err(ReasonRefusal::Empty);
        }
        if text.chars().count() > CHARACTERS_AT_MOST {
            return Err(ReasonRefusal::TooLong);
        }
        if text.chars().any(|c| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')) {
            return Err(ReasonRefusal::ControlOrLineBreak);
        }
        Ok(Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Reason {
    /// It may speak of a person.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Reason([personal])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_one_line_that_says_something() {
        assert_eq!(Reason::parse("  left the company ").unwrap().as_str(), "left the company");
        assert!(Reason::parse(&"é".repeat(500)).is_ok());
        for (typed, refusal) in [
            ("", ReasonRefusal::Empty),
            (" \t\n", ReasonRefusal::Empty),
            ("two\nlines", ReasonRefusal::ControlOrLineBreak),
            ("two\u{2028}lines", ReasonRefusal::ControlOrLineBreak),
            ("nul\0", ReasonRefusal::ControlOrLineBreak),
            (&"e".repeat(501), ReasonRefusal::TooLong),
        ] {
            assert_eq!(Reason::parse(typed), Err(refusal), "{typed:?}");
        }
    }
}
