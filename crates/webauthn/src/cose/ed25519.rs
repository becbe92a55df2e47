//! EdDSA over Ed25519.
// SPEC: RFC 9053 §7.2, WebAuthn-3 §5.8.5: with -8 the curve is Ed25519.

use aws_lc_rs::error::Unspecified;
use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};

use super::members::Members;
use crate::Refusal;
use crate::refusal::PublicKey as Reason;

pub(super) const KEY_TYPE: i64 = 1;
const CURVE: i64 = -1;
const X: i64 = -2;
const ED25519_CURVE: i64 = 6;

/// The y coordinate, little-endian, and in its topmost bit the sign of x.
pub(crate) struct Key<'a>(&'a [u8; 32]);

impl<'a> Key<'a> {
    pub(super) fn read(members: &mut Members<'a>) -> Result<Self, Reason> {
        if members.integer(CURVE)? != ED25519_CURVE {
            return Err(Reason::Curve);
        }
        members.bytes(X)?.try_into().map(Self).map_err(|_| Reason::Length)
    }

    /// Not a point of small order (under those, one signature passes for many messages, so it proves nothing), and a
    /// number below the prime, so that one point has one form. aws-lc checks neither. Nor does it say here whether the
    /// point is on the curve; a key that is not verifies no signature, so it harms only whoever registers it.
    pub(super) fn check(&self) -> Result<(), Refusal> {
        let mut y = *self.0;
        y.reverse();
        let [first, ..] = &mut y;
        *first &= 0x7f;
        if y >= PRIME || SMALL_ORDER.contains(&y) { Err(Reason::Point.into()) } else { Ok(()) }
    }

    pub(super) const fn bytes(&self) -> &'a [u8] {
        self.0
    }

    pub(super) fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), Unspecified> {
        UnparsedPublicKey::new(&ED25519, self.0).verify(message, signature)
    }
}

/// 2^255 - 19, big-endian.
const PRIME: [u8; 32] = hex("7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed");

/// The y coordinates of the eight points whose order divides 8, big-endian.
const SMALL_ORDER: [[u8; 32]; 5] = [
    hex("0000000000000000000000000000000000000000000000000000000000000000"),
    hex("0000000000000000000000000000000000000000000000000000000000000001"),
    hex("05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826"),
    hex("7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7"),
    hex("7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffec"),
];

const fn hex(text: &str) -> [u8; 32] {
    let mut bytes = [0; 32];
    let mut rest = text.as_bytes();
    let mut places = bytes.as_mut_slice();
    while let ([high, low, digits @ ..], [byte, others @ ..]) = (rest, places) {
        *byte = digit(*high) << 4 | digit(*low);
        (rest, places) = (digits, others);
    }
    bytes
}

const fn digit(ascii: u8) -> u8 {
    match ascii {
        b'0'..=b'9' => ascii - b'0',
        _ => ascii - b'a' + 10,
    }
}
