use super::{Answer, Pending};
use crate::attestation::{Format, Subject, Trust, Vouched};
use crate::cose::PublicKey;
use crate::refusal::{self, AuthenticatorData, Refusal};
use crate::{Algorithm, Attachment, Ceremony, RelyingParty, Transport};

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
    format: Format,
    vouched: Vouched,
    batch: Option<[u8; 20]>,
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

    /// The model of the authenticator, as it says itself; see [`Self::vouched`].
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

    /// The format of what was stated about where the credential was made.
    pub const fn format(&self) -> Format {
        self.format
    }

    /// Who vouches for that. Only where it is [`Vouched::Anchor`] is the AAGUID more than a claim.
    pub const fn vouched(&self) -> Vouched {
        self.vouched
    }

    /// Of a token of the first generation, which says no model: how its batch is known.
    pub const fn batch(&self) -> Option<[u8; 20]> {
        self.batch
    }
}

/// Every step of WebAuthn-3 §7.1 that rests on the answer alone. Whether the id is registered already (step 26) only
/// the store can say.
pub fn finish(rp: &RelyingParty, pending: &Pending, answer: &Answer, trust: &Trust<'_>) -> Result<Registered, Refusal> {
    // Steps 1 to 6, 12 and 13 made the answer: it is well-formed.
    // SPEC: WebAuthn-3 §7.1 steps 7 to 11
    answer.client_data.check(Ceremony::Registration, &pending.challenge, rp)?;
    // SPEC: WebAuthn-3 §7.1 steps 13 to 17 (18 and 19: we have no policy on what may be copied)
    let authenticator_data = &answer.attestation.authenticator_data;
    let credential = authenticator_data.credential.as_ref().ok_or(AuthenticatorData::NoCredential)?;
    authenticator_data.check(rp, pending.mediation, pending.user_verification)?;
    // SPEC: WebAuthn-3 §7.1 step 20
    let public_key = PublicKey::parse(&credential.public_key)?;
    if !pending.algorithms.contains(&public_key.algorithm()) {
        return Err(refusal::PublicKey::NotOffered.into());
    }
    public_key.check()?;
    // SPEC: WebAuthn-3 §7.1 steps 21 to 24
    let client_data_hash = answer.client_data.hash();
    let subject = Subject { authenticator_data, credential, client_data_hash, public_key: &public_key };
    let (format, vouched) = answer.attestation.verify(&subject, trust)?;
    // SPEC: WebAuthn-3 §7.1 step 27: the id to keep is the attested one (its length was step 25), and the browser
    // must mean the same.
    if credential.id != answer.raw_id() {
        return Err(refusal::Credential::IdDiffers.into());
    }
    // SPEC: WebAuthn-3 §7.1 step 28: extensions say nothing that counts here. Step 29: all passed.
    let flags = authenticator_data.flags;
    Ok(Registered {
        raw_id: credential.id.clone(),
        public_key: credential.public_key.clone(),
        algorithm: public_key.algorithm(),
        sign_count: authenticator_data.sign_count,
        aaguid: credential.aaguid,
        transports: answer.transports.clone(),
        attachment: answer.attachment,
        is_discoverable: answer.is_discoverable,
        is_backup_eligible: flags.is_backup_eligible(),
        is_backed_up: flags.is_backed_up(),
        is_user_verified: flags.is_user_verified(),
        format,
        vouched,
        batch: answer.claimed_batch(),
    })
}
