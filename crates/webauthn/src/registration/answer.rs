use serde_json::Value;

use super::Pending;
use crate::answer::Envelope;
use crate::attestation::{self, AttestationObject};
use crate::client_data::{self, ClientData};
use crate::refusal::{Member, Refusal};
use crate::{Attachment, Ceremony, Transport};

/// What the browser sent back: `RegistrationResponseJSON`. It is well-formed; nothing of it is verified.
// SPEC: WebAuthn-3 §5.1, §5.2.1. What the browser takes out of the attestation object for pages that read no CBOR
// (`authenticatorData`, `publicKey`, `publicKeyAlgorithm`) is never looked at.
#[derive(Debug)]
pub struct Answer {
    raw_id: Vec<u8>,
    pub(super) client_data: ClientData,
    pub(super) attestation: AttestationObject,
    pub(super) transports: Vec<Transport>,
    pub(super) attachment: Option<Attachment>,
    pub(super) is_discoverable: Option<bool>,
}

impl Answer {
    pub fn parse(json: &Value) -> Result<Self, Refusal> {
        let Envelope { raw_id, response, attachment, extensions } = Envelope::open(json)?;
        let client_data = response.bytes(Member::ClientDataJson, client_data::LONGEST)?;
        let attestation = response.bytes(Member::AttestationObject, attestation::LONGEST)?;
        let transports = response.texts(Member::Transports)?;
        Ok(Self {
            raw_id,
            client_data: ClientData::parse(&client_data)?,
            attestation: AttestationObject::parse(&attestation)?,
            transports: Transport::ALL.into_iter().filter(|known| transports.contains(&known.as_str())).collect(),
            attachment,
            // SPEC: WebAuthn-3 §10.1.3 (`credProps`)
            is_discoverable: extensions.and_then(|all| all.get("credProps")?.get("rk")?.as_bool()),
        })
    }

    pub fn raw_id(&self) -> &[u8] {
        &self.raw_id
    }

    /// The model that the authenticator says it is, for choosing who may vouch for it. Nobody has vouched yet.
    pub fn claimed_aaguid(&self) -> Option<[u8; 16]> {
        self.attestation.authenticator_data.credential.as_ref().map(|credential| credential.aaguid)
    }

    /// The same for tokens of FIDO's first generation, which say no model: what the key of their batch is known by.
    // SPEC: RFC 5280 §4.2.1.2 (1); FIDO Metadata Service 3.1 §3.1.1
    pub fn claimed_batch(&self) -> Option<[u8; 20]> {
        self.attestation.batch()
    }

    /// Whether it comes with a statement of a maker's, so that it matters whom one believes.
    pub fn has_a_maker(&self) -> bool {
        self.attestation.has_a_maker()
    }

    /// Whether the signed client data are those of this ceremony: its type and its challenge.
    pub fn answers(&self, pending: &Pending) -> bool {
        self.client_data.answers(Ceremony::Registration, &pending.challenge)
    }
}
