use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::base64url;

/// Random bytes that the caller made for one ceremony. What the authenticator signs contains them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge(Vec<u8>);

// SPEC: WebAuthn-3 §13.4.3: at least 16 bytes.
const SHORTEST: usize = 16;

impl Challenge {
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes.to_vec())
    }

    /// One that others made, with as many bytes as they liked: that of a recorded ceremony.
    pub(crate) const fn recorded(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// As it stands in the client data.
    pub(crate) fn text(&self) -> String {
        base64url::encode(&self.0)
    }
}

impl Serialize for Challenge {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.text())
    }
}

impl<'de> Deserialize<'de> for Challenge {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let base64url::Base64url(bytes) = Deserialize::deserialize(from)?;
        let is_long_enough = bytes.len() >= SHORTEST;
        is_long_enough.then_some(Self(bytes)).ok_or_else(|| D::Error::custom("a challenge has at least 16 bytes"))
    }
}
