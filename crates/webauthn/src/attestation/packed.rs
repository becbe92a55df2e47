//! `packed`: signed by the new credential itself. (Signed by a key of the maker's, with a chain of certificates, it is
//! not accepted yet.)
// SPEC: WebAuthn-3 §8.2. A browser may pass such a statement on even where none was asked for (§5.1.3, `none`).

use super::Subject;
use crate::Refusal;
use crate::cbor::Reader;
use crate::refusal::{Attestation as Reason, Place};

/// What is stated: with which algorithm it is signed, and the signature.
struct Statement<'a> {
    algorithm: i64,
    signature: &'a [u8],
}

impl<'a> Statement<'a> {
    fn read(statement: &'a [u8]) -> Result<Self, Reason> {
        let mut from = Reader::new(Place::AttestationObject, statement);
        let (mut algorithm, mut signature) = (None, None);
        for _ in 0..from.map().map_err(|_| Reason::Member)? {
            match from.text().map_err(|_| Reason::Member)? {
                "alg" => algorithm = Some(from.integer().map_err(|_| Reason::Member)?),
                "sig" => signature = Some(from.bytes().map_err(|_| Reason::Member)?),
                "x5c" => return Err(Reason::FormatNotAccepted),
                _ => return Err(Reason::Member),
            }
        }
        match (algorithm, signature) {
            (Some(algorithm), Some(signature)) => Ok(Self { algorithm, signature }),
            _ => Err(Reason::Member),
        }
    }
}

// SPEC: WebAuthn-3 §8.2, verification procedure, without `x5c`.
pub(super) fn verify(statement: &[u8], subject: &Subject<'_>) -> Result<(), Refusal> {
    let Statement { algorithm, signature } = Statement::read(statement)?;
    if algorithm != subject.public_key.algorithm().cose() {
        return Err(Reason::Algorithm.into());
    }
    subject.public_key.verify(&subject.signed(), signature).map_err(|_| Reason::Signature.into())
}
