use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::base64url;

/// 32 random bytes that the caller made for one ceremony. What the authenticator signs contains them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Challenge([u8; 32]);

impl Challenge {
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// As it stands in the client data.
    pub(crate) fn text(&self) -> String {
        base64url::encode(self.0)
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
        bytes.try_into().map(Self).map_err(|_| D::Error::custom("a challenge has 32 bytes"))
    }
}
