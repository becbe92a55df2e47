//! RSA, with either encoding and each of three hashes.
// SPEC: RFC 8230 §2 and §4, RFC 8812 §2: the salt of PSS is as long as the hash, and its mask is made with that hash.

use aws_lc_rs::error::Unspecified;
use aws_lc_rs::signature::{RsaParameters, RsaPublicKeyComponents};

use super::members::Members;
use crate::Refusal;
use crate::refusal::PublicKey as Reason;

pub(super) const KEY_TYPE: i64 = 3;
const MODULUS: i64 = -1;
const EXPONENT: i64 = -2;

/// Both big-endian, without zeros before them.
pub(crate) struct Key<'a> {
    modulus: &'a [u8],
    exponent: &'a [u8],
}

impl<'a> Key<'a> {
    pub(super) fn read(members: &mut Members<'a>) -> Result<Self, Reason> {
        Ok(Self { modulus: members.bytes(MODULUS)?, exponent: members.bytes(EXPONENT)? })
    }

    /// 2048 bits is what TPMs make and the least that is still safe; above 4096 a verification costs us more than any
    /// authenticator's key is worth. The exponent fits the 32 bits that a TPM has for it.
    pub(super) fn check(&self) -> Result<(), Refusal> {
        let is_odd = |number: &[u8]| number.last().is_some_and(|last| last & 1 == 1);
        let is_exponent = matches!(bits(self.exponent), 2..=32) && is_odd(self.exponent);
        match () {
            () if !(matches!(bits(self.modulus), 2048..=4096) && is_odd(self.modulus)) => Err(Reason::Modulus.into()),
            () if !is_exponent => Err(Reason::Exponent.into()),
            () => Ok(()),
        }
    }

    pub(super) const fn numbers(&self) -> (&'a [u8], &'a [u8]) {
        (self.modulus, self.exponent)
    }

    pub(super) fn verify(
        &self,
        parameters: &'static RsaParameters,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), Unspecified> {
        RsaPublicKeyComponents { n: self.modulus, e: self.exponent }.verify(parameters, message, signature)
    }
}

/// The length of a number in bits; 0 for one that begins with a zero byte, which is not its form.
fn bits(number: &[u8]) -> usize {
    match number {
        [] | [0, ..] => 0,
        [first, rest @ ..] => (u8::BITS - first.leading_zeros()) as usize + rest.len() * 8,
    }
}
