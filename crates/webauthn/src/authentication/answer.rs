use serde_json::Value;

use super::Pending;
use crate::answer::Envelope;
use crate::authenticator_data::{self, AuthenticatorData};
use crate::client_data::{self, ClientData};
use crate::refusal::{Member, Refusal};
use crate::{Attachment, Ceremony};

/// Longer than any signature in an algorithm of ours; one of ML-DSA-87 has 4627 bytes.
const LONGEST_SIGNATURE: usize = 5000;
const LONGEST_USER_HANDLE: usize = 64;

/// What the browser sent back: `AuthenticationResponseJSON`. It is well-formed; nothing of it is verified.
// SPEC: WebAuthn-3 §5.1, §5.2.2
#[derive(Debug)]
pub struct Answer {
    raw_id: Vec<u8>,
    user_handle: Option<Vec<u8>>,
    pub(super) client_data: ClientData,
    pub(super) authenticator_data: AuthenticatorData,
    pub(super) signature: Vec<u8>,
    pub(super) attachment: Option<Attachment>,
}

impl Answer {
    pub fn parse(json: &Value) -> Result<Self, Refusal> {
        let Envelope { raw_id, response, attachment, .. } = Envelope::open(json)?;
        let client_data = response.bytes(Member::ClientDataJson, client_data::LONGEST)?;
        let authenticator_data = response.bytes(Member::AuthenticatorData, authenticator_data::LONGEST)?;
        Ok(Self {
            raw_id,
            user_handle: response.optional_bytes(Member::UserHandle, LONGEST_USER_HANDLE)?,
            signature: response.bytes(Member::Signature, LONGEST_SIGNATURE)?,
            client_data: ClientData::parse(&client_data)?,
            authenticator_data: AuthenticatorData::parse(authenticator_data)?,
            attachment,
        })
    }

    pub fn raw_id(&self) -> &[u8] {
        &self.raw_id
    }

    pub(crate) const fn is_backup_eligible(&self) -> bool {
        self.authenticator_data.flags.is_backup_eligible()
    }

    pub fn user_handle(&self) -> Option<&[u8]> {
        self.user_handle.as_deref()
    }

    /// Whether the signed client data are those of this ceremony: its type and its challenge.
    pub fn answers(&self, pending: &Pending) -> bool {
        self.client_data.answers(Ceremony::Authentication, &pending.challenge)
    }
}
