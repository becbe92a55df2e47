//! Base64url without padding (RFC 4648, section 5), the only form in which bytes travel in WebAuthn's JSON.
//! One byte string has one text: padding, the other alphabet, white space and bits left over at the end are refused.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub(crate) fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// The other alphabet, with padding: what certificates stand in outside of WebAuthn.
pub(crate) fn decode_standard(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

/// The length of the text of so many bytes.
pub(crate) const fn text_length(bytes: usize) -> usize {
    (bytes * 4).div_ceil(3)
}

/// Bytes that are written as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Base64url(pub(crate) Vec<u8>);

impl Serialize for Base64url {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Base64url {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        decode(&text).map(Self).ok_or_else(|| D::Error::custom("not base64url without padding"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_byte_string_has_one_text() {
        for (bytes, text) in [(&b""[..], ""), (b"f", "Zg"), (b"fo", "Zm8"), (b"foo", "Zm9v"), (&[0xfb, 0xff], "-_8")] {
            assert_eq!((encode(bytes).as_str(), decode(text).as_deref()), (text, Some(bytes)));
            assert_eq!(text_length(bytes.len()), text.len());
        }
        for other in ["Zg==", "Zg=", "Zh", "Zm9", "+/8", " Zg", "Zg\n", "Z", "Zм"] {
            assert_eq!(decode(other), None, "{other:?}");
        }
    }
}
