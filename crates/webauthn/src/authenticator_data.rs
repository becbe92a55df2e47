//! The authenticator data: whose credential it is, what happened at the authenticator, and at registration the new
//! credential itself. The bytes agree with the flags exactly, or they are refused.
// SPEC: WebAuthn-3 §6.1

use aws_lc_rs::digest;

use crate::cbor::Reader;
use crate::refusal::{AuthenticatorData as Reason, Place};
use crate::{Mediation, Refusal, RelyingParty, UserVerification};

pub(crate) const LONGEST: usize = 8192;
pub(crate) const LONGEST_CREDENTIAL_ID: usize = 1023;

#[derive(Debug)]
pub(crate) struct AuthenticatorData {
    bytes: Vec<u8>,
    rp_id_hash: [u8; 32],
    pub(crate) flags: Flags,
    pub(crate) sign_count: u32,
    pub(crate) credential: Option<AttestedCredential>,
}

/// A credential that was just made.
#[derive(Debug)]
pub(crate) struct AttestedCredential {
    pub(crate) aaguid: [u8; 16],
    pub(crate) id: Vec<u8>,
    /// COSE, as it is written.
    pub(crate) public_key: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Flags(u8);

impl Flags {
    const USER_PRESENT: u8 = 1;
    const USER_VERIFIED: u8 = 1 << 2;
    const BACKUP_ELIGIBLE: u8 = 1 << 3;
    const BACKED_UP: u8 = 1 << 4;
    const CREDENTIAL: u8 = 1 << 6;
    const EXTENSIONS: u8 = 1 << 7;

    const fn has(self, flag: u8) -> bool {
        self.0 & flag != 0
    }

    /// Somebody is there, and nothing is said of who, or of copies.
    pub(crate) const fn says_presence_alone(self) -> bool {
        self.0 & !(Self::CREDENTIAL | Self::EXTENSIONS) == Self::USER_PRESENT
    }

    pub(crate) const fn is_user_verified(self) -> bool {
        self.has(Self::USER_VERIFIED)
    }

    pub(crate) const fn is_backup_eligible(self) -> bool {
        self.has(Self::BACKUP_ELIGIBLE)
    }

    pub(crate) const fn is_backed_up(self) -> bool {
        self.has(Self::BACKED_UP)
    }
}

impl AuthenticatorData {
    // SPEC: WebAuthn-3 §7.1 step 13, §7.2 step 15: the CBOR of keys and extensions ends where the data end. Whatever
    // extensions say is passed over (§7.1 step 28, §7.2 step 23).
    pub(crate) fn parse(bytes: Vec<u8>) -> Result<Self, Refusal> {
        let (rp_id_hash, rest) = bytes.split_first_chunk::<32>().ok_or(Reason::Cut)?;
        let (&flags, rest) = rest.split_first().ok_or(Reason::Cut)?;
        let (sign_count, rest) = rest.split_first_chunk::<4>().ok_or(Reason::Cut)?;
        let flags = Flags(flags);
        let (credential, rest) = match flags.has(Flags::CREDENTIAL) {
            true => AttestedCredential::parse(rest).map(|(credential, rest)| (Some(credential), rest))?,
            false => (None, rest),
        };
        let mut extensions = Reader::new(Place::Extensions, rest);
        if flags.has(Flags::EXTENSIONS) {
            extensions.whole_map()?;
        }
        let rest = extensions.rest();
        if !rest.is_empty() {
            return Err(Reason::Trailing.into());
        }
        let (rp_id_hash, sign_count) = (*rp_id_hash, u32::from_be_bytes(*sign_count));
        Ok(Self { rp_id_hash, flags, sign_count, credential, bytes })
    }

    pub(crate) const fn rp_id_hash(&self) -> &[u8] {
        &self.rp_id_hash
    }

    /// What the authenticator signed.
    // SPEC: WebAuthn-3 §7.2 step 21
    pub(crate) fn signed(&self, client_data_hash: &[u8]) -> Vec<u8> {
        [&self.bytes, client_data_hash].concat()
    }

    // SPEC: WebAuthn-3 §7.1 steps 14 to 17, §7.2 steps 15 to 18.
    pub(crate) fn check(
        &self,
        rp: &RelyingParty,
        mediation: Mediation,
        user_verification: UserVerification,
    ) -> Result<(), Refusal> {
        let rp_id_hash = digest::digest(&digest::SHA256, rp.id.as_str().as_bytes());
        let must_be_present = mediation != Mediation::Conditional;
        let must_be_verified = user_verification == UserVerification::Required;
        let reason = match () {
            () if rp_id_hash.as_ref() != self.rp_id_hash => Reason::RpId,
            () if must_be_present && !self.flags.has(Flags::USER_PRESENT) => Reason::UserNotPresent,
            () if must_be_verified && !self.flags.is_user_verified() => Reason::UserNotVerified,
            () if self.flags.is_backed_up() && !self.flags.is_backup_eligible() => Reason::BackedUpButNotEligible,
            () => return Ok(()),
        };
        Err(reason.into())
    }
}

impl AttestedCredential {
    // SPEC: WebAuthn-3 §6.5.1
    fn parse(bytes: &[u8]) -> Result<(Self, &[u8]), Refusal> {
        let (aaguid, rest) = bytes.split_first_chunk::<16>().ok_or(Reason::Cut)?;
        let (length, rest) = rest.split_first_chunk::<2>().ok_or(Reason::Cut)?;
        let length = usize::from(u16::from_be_bytes(*length));
        if length == 0 || length > LONGEST_CREDENTIAL_ID {
            return Err(Reason::CredentialIdLength.into());
        }
        let (id, rest) = rest.split_at_checked(length).ok_or(Reason::Cut)?;
        let mut rest = Reader::new(Place::PublicKey, rest);
        let public_key = rest.whole_map()?.to_vec();
        Ok((Self { aaguid: *aaguid, id: id.to_vec(), public_key }, rest.rest()))
    }
}
