//! `fido-u2f`: a token of FIDO's first generation, signed by the key of its batch.
// SPEC: WebAuthn-3 §8.6

use super::statement::Members;
use super::{Subject, Trust, Vouched, check_aaguid};
use crate::refusal::{Attestation as Reason, FidoU2f, Refusal};
use crate::x509::{Hash, Scheme};

/// A mark and two coordinates of 32 bytes.
const P256_POINT: usize = 65;

pub(super) fn verify(statement: &[u8], subject: &Subject<'_>, trust: &Trust<'_>) -> Result<Vouched, Refusal> {
    let mut members = Members::read(statement, &["sig", "x5c"])?;
    let (signature, chain) = (members.signature()?, members.chain().ok_or(Reason::Member)?);
    if !chain.others.is_empty() {
        return Err(FidoU2f::Certificates.into());
    }
    if !chain.leaf.key().is_p256() {
        return Err(FidoU2f::CertificateKey.into());
    }
    let point = subject.public_key.point().filter(|point| point.len() == P256_POINT).ok_or(FidoU2f::CredentialKey)?;
    let signed =
        [&[0], subject.authenticator_data.rp_id_hash(), subject.client_data_hash, &subject.credential.id, point]
            .concat();
    if !chain.leaf.key().verifies(Scheme::Ecdsa(Hash::Sha256), &signed, signature) {
        return Err(Reason::Signature.into());
    }
    check_aaguid(&chain.leaf, subject)?;
    // What is signed says nothing of model, flags and count: whoever writes more there than such tokens do says it
    // alone.
    let is_plain = subject.credential.aaguid == [0; 16] && subject.authenticator_data.flags.says_presence_alone();
    let vouched = trust.follow(&chain)?;
    Ok(if is_plain { vouched } else { vouched.min(Vouched::Somebody) })
}
