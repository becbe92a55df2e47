use super::{Answer, Pending};
use crate::{Algorithm, Attachment, Refusal, RelyingParty};

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

pub fn finish(rp: &RelyingParty, pending: &Pending, answer: &Answer, known: &Known<'_>) -> Result<Verified, Refusal> {
    let _ = (rp, pending, answer, known);
    Err(Refusal::Signature)
}
