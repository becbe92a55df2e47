//! Short machine names for nodes and regions, fit for a metric's label, a file name and a log line.

use std::fmt;
use std::str::FromStr;

const LONGEST: usize = 40;

/// `[a-z0-9-]{1,40}`, with a letter or digit at both ends.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Label(String);

/// The text is no label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotALabel;

impl Label {
    pub fn parse(text: &str) -> Result<Self, NotALabel> {
        let is_spelled = text.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'));
        let is_bounded = (1..=LONGEST).contains(&text.len()) && !text.starts_with('-') && !text.ends_with('-');
        if is_spelled && is_bounded { Ok(Self(text.to_owned())) } else { Err(NotALabel) }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Label {
    type Err = NotALabel;

    fn from_str(text: &str) -> Result<Self, NotALabel> {
        Self::parse(text)
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for NotALabel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("use 1 to 40 small letters, digits and hyphens, with no hyphen at either end, such as eu-west-1")
    }
}

impl std::error::Error for NotALabel {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_short_names_pass() {
        for text in ["a", "7", "eu-west-1", "n1", &"a".repeat(40)] {
            assert_eq!(Label::parse(text).unwrap().to_string(), text);
        }
        for text in ["", "-", "-a", "a-", "A", "a_b", "a.b", "a b", "a\n", "é", "a\"}", &"a".repeat(41)] {
            assert_eq!(Label::parse(text), Err(NotALabel), "{text:?}");
        }
    }
}
