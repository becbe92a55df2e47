//! ML-DSA, pure and without a context.
// SPEC: FIPS 204, RFC 9964 §3 and §4: the key of its type is its bytes, and nothing else stands in it.

use aws_lc_rs::error::Unspecified;
use aws_lc_rs::signature::{ML_DSA_44, ML_DSA_65, ML_DSA_87, PqdsaVerificationAlgorithm, UnparsedPublicKey};

use super::members::Members;
use crate::Refusal;
use crate::refusal::PublicKey as Reason;

pub(super) const KEY_TYPE: i64 = 7;
const PUBLIC: i64 = -1;

pub(super) struct Parameters {
    /// Of a public key, in bytes.
    length: usize,
    verification: &'static PqdsaVerificationAlgorithm,
}

pub(super) static SMALL: Parameters = Parameters { length: 1312, verification: &ML_DSA_44 };
pub(super) static MIDDLE: Parameters = Parameters { length: 1952, verification: &ML_DSA_65 };
pub(super) static LARGE: Parameters = Parameters { length: 2592, verification: &ML_DSA_87 };

pub(crate) struct Key<'a> {
    parameters: &'static Parameters,
    bytes: &'a [u8],
}

impl<'a> Key<'a> {
    pub(super) fn read(members: &mut Members<'a>, parameters: &'static Parameters) -> Result<Self, Reason> {
        let bytes = members.bytes(PUBLIC)?;
        // aws-lc would also read a key that is wrapped in DER.
        if bytes.len() == parameters.length { Ok(Self { parameters, bytes }) } else { Err(Reason::Length) }
    }

    /// Any bytes of its length are a key; whether somebody has the other half shows when it signs.
    pub(super) fn check(&self) -> Result<(), Refusal> {
        self.unparsed().parse().map(drop).map_err(|_| Reason::Point.into())
    }

    pub(super) const fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    pub(super) fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), Unspecified> {
        self.unparsed().verify(message, signature)
    }

    fn unparsed(&self) -> UnparsedPublicKey<&'a [u8]> {
        UnparsedPublicKey::new(self.parameters.verification, self.bytes)
    }
}
