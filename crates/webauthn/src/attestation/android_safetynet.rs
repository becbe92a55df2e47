//! `android-safetynet`: what Google's servers once said of a whole phone. They say it no more, so it is read and nothing
//! is believed.
// SPEC: WebAuthn-3 §8.5, deprecated

use super::statement::Members;
use crate::refusal::Attestation as Reason;

pub(super) fn verify(statement: &[u8]) -> Result<(), Reason> {
    let members = Members::read(statement, &["ver", "response"])?;
    if members.version()?.is_empty() || members.response()?.is_empty() { Err(Reason::Member) } else { Ok(()) }
}
