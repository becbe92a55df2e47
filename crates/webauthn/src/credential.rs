use serde::ser::SerializeStruct;
use serde::{Deserialize, Serialize, Serializer};

use crate::base64url;

/// A way to reach an authenticator.
// SPEC: WebAuthn-3 §5.8.4
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Transport {
    Usb,
    Nfc,
    Ble,
    SmartCard,
    Hybrid,
    Internal,
}

impl Transport {
    pub const ALL: [Self; 6] = [Self::Usb, Self::Nfc, Self::Ble, Self::SmartCard, Self::Hybrid, Self::Internal];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Usb => "usb",
            Self::Nfc => "nfc",
            Self::Ble => "ble",
            Self::SmartCard => "smart-card",
            Self::Hybrid => "hybrid",
            Self::Internal => "internal",
        }
    }

    /// `None`: a word of a later standard, which the standard asks us to pass over.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|transport| transport.as_str() == text)
    }
}

impl Serialize for Transport {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.as_str())
    }
}

/// Whether the authenticator is part of the device the person sat at.
// SPEC: WebAuthn-3 §5.4.5
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Attachment {
    Platform,
    CrossPlatform,
}

impl Attachment {
    pub const ALL: [Self; 2] = [Self::Platform, Self::CrossPlatform];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Platform => "platform",
            Self::CrossPlatform => "cross-platform",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|attachment| attachment.as_str() == text)
    }
}

/// A credential as it is named to a browser.
// SPEC: WebAuthn-3 §5.8.3
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Descriptor {
    pub id: Vec<u8>,
    pub transports: Vec<Transport>,
}

impl Serialize for Descriptor {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let has_transports = !self.transports.is_empty();
        let mut object = to.serialize_struct("Descriptor", if has_transports { 3 } else { 2 })?;
        object.serialize_field("type", PUBLIC_KEY)?;
        object.serialize_field("id", &base64url::encode(&self.id))?;
        if has_transports {
            object.serialize_field("transports", &self.transports)?;
        }
        object.end()
    }
}

/// The one type of credential there is.
pub(crate) const PUBLIC_KEY: &str = "public-key";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_read_back_and_unknown_ones_are_nothing() {
        for transport in Transport::ALL {
            assert_eq!(Transport::parse(transport.as_str()), Some(transport));
        }
        for attachment in Attachment::ALL {
            assert_eq!(Attachment::parse(attachment.as_str()), Some(attachment));
            assert_eq!(serde_json::to_value(attachment).unwrap(), attachment.as_str());
        }
        for other in ["", "USB", "cable", "cross_platform"] {
            assert_eq!((Transport::parse(other), Attachment::parse(other)), (None, None));
        }
    }
}
