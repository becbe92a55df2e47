use super::Pending;
use crate::refusal::Refusal;

/// What the browser sent back: `RegistrationResponseJSON`.
// SPEC: WebAuthn-3 §5.1, §5.2.1
pub struct Answer {
    raw_id: Vec<u8>,
}

impl Answer {
    pub fn parse(json: &serde_json::Value) -> Result<Self, Refusal> {
        let _ = json;
        Err(Refusal::Signature)
    }

    pub fn raw_id(&self) -> &[u8] {
        &self.raw_id
    }

    /// Whether the signed client data are those of this ceremony: its type and its challenge.
    pub fn answers(&self, pending: &Pending) -> bool {
        let _ = pending;
        false
    }
}
