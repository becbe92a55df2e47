//! Models of authenticators: how each is named, and how far one was examined.

use std::fmt;
use std::str::FromStr;

/// The AAGUID of a model. An authenticator may claim any.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Aaguid([u8; 16]);

/// The text is no AAGUID in its one written form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAnAaguid;

impl Aaguid {
    /// Of those that do not say.
    pub const UNTOLD: Self = Self([0; 16]);

    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    pub const fn bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl FromStr for Aaguid {
    type Err = NotAnAaguid;

    fn from_str(text: &str) -> Result<Self, NotAnAaguid> {
        let read = uuid::Uuid::try_parse(text).map_err(|_| NotAnAaguid)?;
        let aaguid = Self(*read.as_bytes());
        if aaguid.to_string() == text.to_ascii_lowercase() { Ok(aaguid) } else { Err(NotAnAaguid) }
    }
}

impl fmt::Display for Aaguid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(uuid::Uuid::from_bytes(self.0).as_hyphenated(), f)
    }
}

impl fmt::Debug for Aaguid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Aaguid({self})")
    }
}

impl fmt::Display for NotAnAaguid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("this is not an AAGUID such as 2fc0579f-8113-47ea-b116-bb5a8db9202a")
    }
}

impl std::error::Error for NotAnAaguid {}

/// How far a model was examined by the FIDO Alliance. L1+ and so on lie between.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    L1,
    L1Plus,
    L2,
    L2Plus,
    L3,
    L3Plus,
}

impl Level {
    pub const ALL: [Self; 6] = [Self::L1, Self::L1Plus, Self::L2, Self::L2Plus, Self::L3, Self::L3Plus];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::L1 => "L1",
            Self::L1Plus => "L1+",
            Self::L2 => "L2",
            Self::L2Plus => "L2+",
            Self::L3 => "L3",
            Self::L3Plus => "L3+",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.as_str() == text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_aaguid_has_one_text() {
        let text = "2fc0579f-8113-47ea-b116-bb5a8db9202a";
        assert_eq!(text.parse::<Aaguid>().map(|read| read.to_string()), Ok(text.to_owned()));
        assert_eq!(text.to_uppercase().parse::<Aaguid>(), text.parse());
        for text in ["", "2fc0579f811347eab116bb5a8db9202a", "{2fc0579f-8113-47ea-b116-bb5a8db9202a}", "x"] {
            assert_eq!(text.parse::<Aaguid>(), Err(NotAnAaguid), "{text}");
        }
    }

    #[test]
    fn levels_rise_and_are_read_as_they_are_written() {
        assert!(Level::ALL.is_sorted());
        for level in Level::ALL {
            assert_eq!(Level::parse(level.as_str()), Some(level));
        }
        assert_eq!(Level::parse("L4"), None);
    }
}
