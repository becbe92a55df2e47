//! `none`: nothing is stated.
// SPEC: WebAuthn-3 §8.7

use crate::Refusal;
use crate::refusal::Attestation;

/// A map with nothing in it, in its one form.
const EMPTY_MAP: &[u8] = &[0xa0];

pub(super) fn verify(statement: &[u8]) -> Result<(), Refusal> {
    if statement == EMPTY_MAP { Ok(()) } else { Err(Attestation::NoneNotEmpty.into()) }
}
