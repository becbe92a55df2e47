//! Who letters come from.

use std::fmt;

use lettre::Address;
use lettre::message::Mailbox;
use vocab::DisplayName;

use crate::letter::address;

/// `signet@id.example.org`, or a name before it: `Signet <signet@id.example.org>`.
#[derive(Clone, PartialEq, Eq)]
pub struct Sender {
    name: Option<String>,
    address: Address,
}

/// Why a text names no sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotASender {
    Address,
    /// Not every mail server carries such an address, and each letter would depend on one that does.
    NotAscii,
    Name,
}

impl Sender {
    pub fn parse(text: &str) -> Result<Self, NotASender> {
        let (name, typed) = match text.strip_suffix('>').and_then(|rest| rest.rsplit_once('<')) {
            None => (None, text),
            Some((name, typed)) => (Some(read_name(name.trim())?), typed),
        };
        let address = address(typed).map_err(|_| NotASender::Address)?;
        if !address.user().is_ascii() {
            return Err(NotASender::NotAscii);
        }
        Ok(Self { name, address })
    }

    /// The domain in A-labels.
    pub fn domain(&self) -> &str {
        self.address.domain()
    }

    pub(crate) fn address(&self) -> &Address {
        &self.address
    }

    pub(crate) fn mailbox(&self) -> Mailbox {
        Mailbox::new(self.name.clone(), self.address.clone())
    }
}

/// A name may stand in quotation marks, as in the header it goes to.
fn read_name(text: &str) -> Result<String, NotASender> {
    let bare = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(text);
    let name = DisplayName::parse(bare).map_err(|_| NotASender::Name)?;
    let is_plain = !name.as_str().contains(['<', '>', '"', '\\']);
    is_plain.then(|| name.as_str().to_owned()).ok_or(NotASender::Name)
}

impl fmt::Display for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "{name} <{}>", self.address),
            None => write!(f, "{}", self.address),
        }
    }
}

impl fmt::Debug for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sender({self})")
    }
}

impl fmt::Display for NotASender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Address => "holds no address that mail can be sent from",
            Self::NotAscii => "has letters outside ASCII before the @, which not every mail server carries",
            Self::Name => "has a name that cannot stand before an address",
        })
    }
}

impl std::error::Error for NotASender {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sender_is_an_address_with_or_without_a_name() {
        for (text, shown) in [
            ("signet@id.example.org", "signet@id.example.org"),
            ("Signet <signet@id.example.org>", "Signet <signet@id.example.org>"),
            ("\"Signet, Inc.\" <signet@id.example.org>", "Signet, Inc. <signet@id.example.org>"),
            ("Zoë’s Haus <post@bücher.example>", "Zoë’s Haus <post@xn--bcher-kva.example>"),
        ] {
            assert_eq!(Sender::parse(text).unwrap().to_string(), shown);
        }
    }

    #[test]
    fn r05_what_could_be_two_addresses_or_two_headers_is_no_sender() {
        for (text, why) in [
            ("", NotASender::Address),
            ("Signet", NotASender::Address),
            ("Signet <signet@id.example.org", NotASender::Address),
            ("a@id.example.org, b@id.example.org", NotASender::Address),
            ("a@id.example.org\r\nBcc: b@id.example.org", NotASender::Address),
            ("Signet <a@id.example.org\r\nBcc: b@id.example.org>", NotASender::Address),
            ("Signet\r\nBcc: <b@id.example.org>", NotASender::Name),
            ("Signet <a@id.example.org> <b@id.example.org>", NotASender::Name),
            ("<signet@id.example.org>", NotASender::Name),
            ("\"\" <signet@id.example.org>", NotASender::Name),
            ("Sig\"net <signet@id.example.org>", NotASender::Name),
            ("zoë@example.org", NotASender::NotAscii),
        ] {
            assert_eq!(Sender::parse(text), Err(why), "{text:?}");
        }
    }
}
