//! How bytes of a fixed length stand in a sealed state. Serde would write a list of numbers, twice as long and more.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serializer};

pub(crate) fn serialize<const N: usize, S: Serializer>(bytes: &[u8; N], to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&URL_SAFE_NO_PAD.encode(bytes))
}

pub(crate) fn deserialize<'de, const N: usize, D: Deserializer<'de>>(from: D) -> Result<[u8; N], D::Error> {
    let bytes = URL_SAFE_NO_PAD.decode(<&str>::deserialize(from)?).ok();
    bytes.and_then(|bytes| bytes.try_into().ok()).ok_or_else(|| D::Error::custom("bytes of another length"))
}
