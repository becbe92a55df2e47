use super::{Answer, Pending};
use crate::{Algorithm, Attachment, Refusal, RelyingParty, Transport};

/// A receipt: the answer passed every check, and this is what it says. Only [`finish`] makes one.
#[derive(Debug, PartialEq, Eq)]
pub struct Registered {
    raw_id: Vec<u8>,
    public_key: Vec<u8>,
    algorithm: Algorithm,
    sign_count: u32,
    aaguid: [u8; 16],
    transports: Vec<Transport>,
    attachment: Option<Attachment>,
    is_discoverable: Option<bool>,
    is_backup_eligible: bool,
    is_backed_up: bool,
    is_user_verified: bool,
    attestation_format: &'static str,
}

impl Registered {
    /// The id that stands in the authenticator data.
    pub fn raw_id(&self) -> &[u8] {
        &self.raw_id
    }

    /// The COSE key, byte for byte as the authenticator wrote it.
    pub fn public_key(&self) -> &[u8] {
        &self.public_key
    }

    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    pub const fn sign_count(&self) -> u32 {
        self.sign_count
    }

    /// The model of the authenticator, as it says itself; with attestation `none` nobody vouches for it.
    pub const fn aaguid(&self) -> [u8; 16] {
        self.aaguid
    }

    pub fn transports(&self) -> &[Transport] {
        &self.transports
    }

    pub const fn attachment(&self) -> Option<Attachment> {
        self.attachment
    }

    /// Whether it can be found without being named, if the browser says (`credProps`).
    pub const fn is_discoverable(&self) -> Option<bool> {
        self.is_discoverable
    }

    pub const fn is_backup_eligible(&self) -> bool {
        self.is_backup_eligible
    }

    pub const fn is_backed_up(&self) -> bool {
        self.is_backed_up
    }

    pub const fn is_user_verified(&self) -> bool {
        self.is_user_verified
    }

    pub const fn attestation_format(&self) -> &'static str {
        self.attestation_format
    }
}

pub fn finish(rp: &RelyingParty, pending: &Pending, answer: &Answer) -> Result<Registered, Refusal> {
    let _ = (rp, pending, answer);
    Err(Refusal::Signature)
}
