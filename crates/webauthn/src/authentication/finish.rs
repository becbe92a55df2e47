use super::{Answer, Pending};
use crate::cose::PublicKey;
use crate::refusal::{self, Credential, Refusal};
use crate::{Algorithm, Attachment, Ceremony, Mediation, RelyingParty};

/// A credential as it stands on record.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    pub raw_id: &'a [u8],
    pub public_key: &'a [u8],
    pub algorithm: Algorithm,
    pub user_handle: &'a [u8],
    pub is_backup_eligible: bool,
}

/// A receipt: the answer passed every check, and this is what it says. Only [`finish`] makes one.
#[derive(Debug, PartialEq, Eq)]
pub struct Verified {
    raw_id: Vec<u8>,
    user_handle: Vec<u8>,
    sign_count: u32,
    is_backed_up: bool,
    is_user_verified: bool,
    attachment: Option<Attachment>,
}

impl Verified {
    pub fn raw_id(&self) -> &[u8] {
        &self.raw_id
    }

    /// The user of the credential on record; where the authenticator named one, it is the same.
    pub fn user_handle(&self) -> &[u8] {
        &self.user_handle
    }

    /// As the authenticator asserts it. What it means against the one on record is not judged here.
    pub const fn sign_count(&self) -> u32 {
        self.sign_count
    }

    pub const fn is_backed_up(&self) -> bool {
        self.is_backed_up
    }

    pub const fn is_user_verified(&self) -> bool {
        self.is_user_verified
    }

    pub const fn attachment(&self) -> Option<Attachment> {
        self.attachment
    }
}

/// Every step of WebAuthn-3 §7.2 that rests on the answer and the record alone; what the sign count means (step 22) is
/// for the policy to say. A refusal is no fact about the credential: up to the signature, all of it was written by
/// whoever sent it.
pub fn finish(rp: &RelyingParty, pending: &Pending, answer: &Answer, known: &Known<'_>) -> Result<Verified, Refusal> {
    // Steps 1 to 4 and 7 to 9 made the answer: it is well-formed.
    let (flags, said) = (answer.authenticator_data.flags, check_said(rp, pending, answer));
    // Looked at before anything is said that depends on the record: an answer that could be somebody's takes as long
    // whatever is on record, and nobody learns from the time whether it is.
    let signed = said.is_ok().then(|| check_signature(answer, known));
    // SPEC: WebAuthn-3 §7.2 steps 5 and 6
    check_credential(pending, answer, known)?;
    // SPEC: WebAuthn-3 §7.2 steps 10 to 18
    said?;
    // SPEC: WebAuthn-3 §7.2 step 19
    if flags.is_backup_eligible() != known.is_backup_eligible {
        return Err(Credential::BackupEligibility.into());
    }
    // SPEC: WebAuthn-3 §7.2 steps 20 and 21
    signed.transpose()?;
    // SPEC: WebAuthn-3 §7.2 step 23: extensions say nothing that counts here. Step 25: all passed.
    Ok(Verified {
        raw_id: known.raw_id.to_vec(),
        user_handle: known.user_handle.to_vec(),
        sign_count: answer.authenticator_data.sign_count,
        is_backed_up: flags.is_backed_up(),
        is_user_verified: flags.is_user_verified(),
        attachment: answer.attachment,
    })
}

/// Steps 10 to 18: whatever does not depend on the record.
fn check_said(rp: &RelyingParty, pending: &Pending, answer: &Answer) -> Result<(), Refusal> {
    answer.client_data.check(Ceremony::Authentication, &pending.challenge, rp)?;
    answer.authenticator_data.check(rp, Mediation::Modal, pending.user_verification)?;
    Ok(())
}

/// Steps 20 and 21: by the key on record and its algorithm, whatever the answer suggests.
fn check_signature(answer: &Answer, known: &Known<'_>) -> Result<(), Refusal> {
    let public_key = PublicKey::parse(known.public_key)?;
    if public_key.algorithm() != known.algorithm {
        return Err(refusal::PublicKey::OtherAlgorithm.into());
    }
    public_key.verify(&answer.authenticator_data.signed(answer.client_data.hash()), &answer.signature)?;
    Ok(())
}

/// Whether the record is that of the credential that answered, and of the user that the authenticator names.
fn check_credential(pending: &Pending, answer: &Answer, known: &Known<'_>) -> Result<(), Credential> {
    let was_named = !pending.allowed.is_empty();
    match answer.user_handle() {
        _ if was_named && !pending.allows(answer.raw_id()) => Err(Credential::NotAllowed),
        _ if known.raw_id != answer.raw_id() => Err(Credential::NotTheKnownOne),
        None if !was_named => Err(Credential::UserHandleMissing),
        Some(handle) if handle != known.user_handle => Err(Credential::UserHandle),
        _ => Ok(()),
    }
}
