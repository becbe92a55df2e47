//! `packed`: signed by a key of the maker's, with a chain of certificates; or by the new credential itself.
// SPEC: WebAuthn-3 §8.2. A browser may pass such a statement on even where none was asked for (§5.1.3, `none`).

use super::statement::{Chain, Members};
use super::{Subject, Trust, Vouched, check_aaguid, check_is_no_authority, check_signature};
use crate::refusal::{Attestation as Reason, Certificate as Profile, Refusal};
use crate::x509::{Certificate, oid};

pub(super) fn verify(statement: &[u8], subject: &Subject<'_>, trust: &Trust<'_>) -> Result<Vouched, Refusal> {
    let mut members = Members::read(statement, &["alg", "sig", "x5c"])?;
    let (algorithm, signature) = (members.algorithm()?, members.signature()?);
    match members.chain() {
        Some(chain) => verify_certified(&chain, algorithm, signature, subject, trust),
        None => verify_by_itself(algorithm, signature, subject).map(|()| Vouched::Itself),
    }
}

// SPEC: WebAuthn-3 §8.2, verification procedure, without `x5c`.
fn verify_by_itself(algorithm: i64, signature: &[u8], subject: &Subject<'_>) -> Result<(), Refusal> {
    if algorithm != subject.public_key.algorithm().cose() {
        return Err(Reason::Algorithm.into());
    }
    subject.public_key.verify(&subject.signed(), signature).map_err(|_| Reason::Signature.into())
}

// SPEC: WebAuthn-3 §8.2, verification procedure, with `x5c`.
fn verify_certified(
    chain: &Chain<'_>,
    algorithm: i64,
    signature: &[u8],
    subject: &Subject<'_>,
    trust: &Trust<'_>,
) -> Result<Vouched, Refusal> {
    check_signature(&chain.leaf, algorithm, signature, &subject.signed())?;
    check_profile(&chain.leaf)?;
    check_aaguid(&chain.leaf, subject)?;
    trust.follow(chain)
}

// SPEC: WebAuthn-3 §8.2.1
fn check_profile(certificate: &Certificate<'_>) -> Result<(), Profile> {
    let is_stated = |kind| certificate.subject_attribute(kind).is_some_and(|text| !text.is_empty());
    let country = certificate.subject_attribute(oid::COUNTRY).unwrap_or_default();
    let is_country = country.len() == 2 && country.bytes().all(|letter| letter.is_ascii_alphabetic());
    let unit = certificate.subject_attribute(oid::ORGANISATIONAL_UNIT);
    match () {
        () if certificate.version() != 3 => Err(Profile::Version),
        () if !is_country || !is_stated(oid::ORGANISATION) || !is_stated(oid::COMMON_NAME) => Err(Profile::Subject),
        () if unit != Some("Authenticator Attestation") => Err(Profile::Subject),
        () => check_is_no_authority(certificate),
    }
}
