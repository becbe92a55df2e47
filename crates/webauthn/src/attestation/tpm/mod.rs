//! `tpm`: a Trusted Platform Module certifies a key that it keeps, by another key of its own.
// SPEC: WebAuthn-3 §8.3; TCG TPM 2.0 Library, part 2 (structures) and part 1 §16 (names).

mod identity;
mod structures;

use aws_lc_rs::digest;

use super::statement::Members;
use super::{Subject, Trust, Vouched, check_aaguid};
use crate::Algorithm;
use crate::refusal::{Attestation as Reason, Refusal, Tpm};
use crate::x509::{Certificate, Hash, Scheme};
pub(crate) use structures::{Certified, PublicArea};

/// RSASSA-PKCS1-v1_5 with SHA-1 (RFC 8812 §2), which is none of our algorithms.
const RS1: i64 = -65535;

pub(super) fn verify(statement: &[u8], subject: &Subject<'_>, trust: &Trust<'_>) -> Result<Vouched, Refusal> {
    let mut members = Members::read(statement, &["ver", "alg", "x5c", "sig", "certInfo", "pubArea"])?;
    if members.version()? != "2.0" {
        return Err(Tpm::Version.into());
    }
    let (algorithm, signature) = (members.algorithm()?, members.signature()?);
    let chain = members.chain().ok_or(Reason::Member)?;
    let public_area = PublicArea::parse(members.public_area()?).map_err(|_| Tpm::PublicArea)?;
    if !public_area.holds(subject.public_key) {
        return Err(Reason::KeyDiffers.into());
    }
    let scheme = scheme(&chain.leaf, algorithm, trust).ok_or(Reason::KeyAlgorithm)?;
    let certified = Certified::parse(members.certified()?)?;
    if certified.extra_data != hash(scheme, &subject.signed()).ok_or(Reason::KeyAlgorithm)?.as_ref() {
        return Err(Tpm::ExtraData.into());
    }
    if !public_area.is_called(certified.name, trust.takes_sha1_of_tpms) {
        return Err(Tpm::Name.into());
    }
    if !chain.leaf.key().verifies(scheme, certified.whole, signature) {
        return Err(Reason::Signature.into());
    }
    identity::check(&chain.leaf, trust)?;
    check_aaguid(&chain.leaf, subject)?;
    trust.follow(&chain)
}

fn scheme(certificate: &Certificate<'_>, algorithm: i64, trust: &Trust<'_>) -> Option<Scheme> {
    match algorithm {
        RS1 => trust.takes_sha1_of_tpms.then_some(Scheme::RsaPkcs1(Hash::Sha1)),
        other => Algorithm::from_cose(other).filter(|other| certificate.key().suits(*other)).map(Scheme::from),
    }
}

/// By the hash that the algorithm of the statement employs. A scheme that employs none is none of a TPM's.
fn hash(scheme: Scheme, message: &[u8]) -> Option<digest::Digest> {
    match scheme {
        Scheme::Ecdsa(hash) | Scheme::RsaPkcs1(hash) | Scheme::RsaPss(hash) => {
            Some(digest::digest(hash.digest(), message))
        }
        _ => None,
    }
}
