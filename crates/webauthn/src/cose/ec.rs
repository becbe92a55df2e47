//! ECDSA over the curves of NIST, each with the hash of its size.
// SPEC: RFC 9053 §2.1 and §7.1.1, WebAuthn-3 §5.8.5: with -7 the curve is P-256, with -35 P-384, with -36 P-521.

use aws_lc_rs::error::Unspecified;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P384_SHA384_ASN1, ECDSA_P521_SHA512_ASN1, EcdsaVerificationAlgorithm,
    UnparsedPublicKey,
};

use super::members::Members;
use crate::Refusal;
use crate::refusal::PublicKey as Reason;

pub(super) const KEY_TYPE: i64 = 2;
const CURVE: i64 = -1;
const X: i64 = -2;
const Y: i64 = -3;
const UNCOMPRESSED: u8 = 4;

pub(super) struct Curve {
    number: i64,
    /// Of a coordinate, in bytes.
    length: usize,
    verification: &'static EcdsaVerificationAlgorithm,
}

pub(super) static P256: Curve = Curve { number: 1, length: 32, verification: &ECDSA_P256_SHA256_ASN1 };
pub(super) static P384: Curve = Curve { number: 2, length: 48, verification: &ECDSA_P384_SHA384_ASN1 };
pub(super) static P521: Curve = Curve { number: 3, length: 66, verification: &ECDSA_P521_SHA512_ASN1 };

/// A mark and two coordinates of P-521.
const LONGEST_POINT: usize = 1 + 2 * 66;

/// A point in the uncompressed form of SEC 1.
pub(crate) struct Key {
    curve: &'static Curve,
    point: [u8; LONGEST_POINT],
}

impl Key {
    pub(super) fn read(members: &mut Members<'_>, curve: &'static Curve) -> Result<Self, Reason> {
        if members.integer(CURVE)? != curve.number {
            return Err(Reason::Curve);
        }
        let (x, y) = (members.bytes(X)?, members.bytes(Y)?);
        if x.len() != curve.length || y.len() != curve.length {
            return Err(Reason::Length);
        }
        let mut point = [UNCOMPRESSED; LONGEST_POINT];
        for (to, from) in point.iter_mut().skip(1).zip(x.iter().chain(y)) {
            *to = *from;
        }
        Ok(Self { curve, point })
    }

    /// On the curve.
    pub(super) fn check(&self) -> Result<(), Refusal> {
        self.unparsed().parse().map(drop).map_err(|_| Reason::Point.into())
    }

    // The signature is DER in its one form; aws-lc reads no other.
    pub(super) fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), Unspecified> {
        self.unparsed().verify(message, signature)
    }

    pub(super) fn point(&self) -> &[u8] {
        self.point.get(..1 + 2 * self.curve.length).unwrap_or_default()
    }

    fn unparsed(&self) -> UnparsedPublicKey<&[u8]> {
        UnparsedPublicKey::new(self.curve.verification, self.point())
    }
}
