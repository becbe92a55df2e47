//! ECDSA over P-256 with SHA-256.
// SPEC: RFC 9053 §7.1.1, WebAuthn-3 §5.8.5

use aws_lc_rs::error::Unspecified;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};

use super::members::Members;
use crate::Refusal;
use crate::refusal::PublicKey as Reason;

pub(super) const KEY_TYPE: i64 = 2;
const CURVE: i64 = -1;
const X: i64 = -2;
const Y: i64 = -3;
const P256: i64 = 1;
const UNCOMPRESSED: u8 = 4;

/// The point in the uncompressed form of SEC 1.
pub(crate) struct Key([u8; 65]);

impl Key {
    pub(super) fn read(members: &mut Members<'_>) -> Result<Self, Reason> {
        if members.integer(CURVE)? != P256 {
            return Err(Reason::Curve);
        }
        let coordinate = |bytes: &[u8]| <[u8; 32]>::try_from(bytes).map_err(|_| Reason::Length);
        let (x, y) = (coordinate(members.bytes(X)?)?, coordinate(members.bytes(Y)?)?);
        let mut point = [UNCOMPRESSED; 65];
        for (to, from) in point.iter_mut().skip(1).zip(x.iter().chain(&y)) {
            *to = *from;
        }
        Ok(Self(point))
    }

    /// On the curve.
    pub(super) fn check(&self) -> Result<(), Refusal> {
        self.unparsed().parse().map(drop).map_err(|_| Reason::Point.into())
    }

    // The signature is DER in its one form; aws-lc reads no other.
    pub(super) fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), Unspecified> {
        self.unparsed().verify(message, signature)
    }

    fn unparsed(&self) -> UnparsedPublicKey<&[u8]> {
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, &self.0)
    }
}
