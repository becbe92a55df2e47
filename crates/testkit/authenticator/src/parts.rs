//! What an answer is made of, with every part open to change.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use crate::cbor;

pub fn base64url(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

pub fn unbase64url(text: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text).expect("base64url without padding")
}

#[derive(Clone, Debug)]
pub struct ClientData {
    pub kind: String,
    /// In base64url.
    pub challenge: String,
    pub origin: String,
    pub cross_origin: Option<bool>,
    pub top_origin: Option<String>,
}

impl ClientData {
    /// As browsers write it: no white space, and these members in this order.
    // SPEC: WebAuthn-3 §5.8.1.1
    pub fn json(&self) -> Vec<u8> {
        let quoted = |text: &str| Value::from(text).to_string();
        let (kind, challenge, origin) = (quoted(&self.kind), quoted(&self.challenge), quoted(&self.origin));
        let mut text = format!(r#"{{"type":{kind},"challenge":{challenge},"origin":{origin}"#);
        if let Some(cross_origin) = self.cross_origin {
            text += &format!(r#","crossOrigin":{cross_origin}"#);
        }
        if let Some(top_origin) = &self.top_origin {
            text += &format!(r#","topOrigin":{}"#, quoted(top_origin));
        }
        text.push('}');
        text.into_bytes()
    }
}

#[derive(Clone, Debug)]
pub struct AuthenticatorData {
    pub rp_id: String,
    /// The flags, but for the two that say what follows: those are set by what follows.
    pub flags: u8,
    pub sign_count: u32,
    /// See [`attested_credential`].
    pub credential: Option<Vec<u8>>,
    /// A CBOR map.
    pub extensions: Option<Vec<u8>>,
}

impl AuthenticatorData {
    // SPEC: WebAuthn-3 §6.1
    pub fn bytes(&self) -> Vec<u8> {
        let follows = u8::from(self.credential.is_some()) << 6 | u8::from(self.extensions.is_some()) << 7;
        let mut bytes = digest(&SHA256, self.rp_id.as_bytes()).as_ref().to_vec();
        bytes.push(self.flags | follows);
        bytes.extend(self.sign_count.to_be_bytes());
        bytes.extend(self.credential.iter().chain(&self.extensions).flatten());
        bytes
    }
}

/// An id longer than 65535 bytes has no form.
// SPEC: WebAuthn-3 §6.5.1
pub fn attested_credential(aaguid: &[u8; 16], id: &[u8], cose: &[u8]) -> Vec<u8> {
    let length = u16::try_from(id.len()).expect("an id that has a length");
    [aaguid, length.to_be_bytes().as_slice(), id, cose].concat()
}

/// A new credential on its way.
#[derive(Clone, Debug)]
pub struct Registration {
    pub id: Vec<u8>,
    pub client_data: Vec<u8>,
    pub authenticator_data: Vec<u8>,
    pub format: String,
    /// CBOR.
    pub statement: Vec<u8>,
    pub transports: Vec<String>,
    pub attachment: Option<String>,
}

impl Registration {
    /// What is signed where the credential vouches for itself.
    // SPEC: WebAuthn-3 §8.2
    pub fn signed(&self) -> Vec<u8> {
        [self.authenticator_data.as_slice(), digest(&SHA256, &self.client_data).as_ref()].concat()
    }

    // SPEC: WebAuthn-3 §6.5
    pub fn attestation_object(&self) -> Vec<u8> {
        cbor::map(&self.members())
    }

    /// The members of the attestation object.
    pub fn members(&self) -> [(Vec<u8>, Vec<u8>); 3] {
        [
            (cbor::text("fmt"), cbor::text(&self.format)),
            (cbor::text("attStmt"), self.statement.clone()),
            (cbor::text("authData"), cbor::bytes(&self.authenticator_data)),
        ]
    }

    /// `RegistrationResponseJSON`.
    pub fn json(&self) -> Value {
        self.json_around(&self.attestation_object())
    }

    /// The same around any attestation object.
    pub fn json_around(&self, attestation_object: &[u8]) -> Value {
        let response = json!({
            "clientDataJSON": base64url(&self.client_data),
            "attestationObject": base64url(attestation_object),
            "transports": self.transports,
        });
        let mut answer = envelope(&self.id, response, self.attachment.as_deref());
        answer.insert("clientExtensionResults".to_owned(), json!({"credProps": {"rk": true}}));
        Value::Object(answer)
    }
}

/// A signed answer on its way.
#[derive(Clone, Debug)]
pub struct Assertion {
    pub id: Vec<u8>,
    pub client_data: Vec<u8>,
    pub authenticator_data: Vec<u8>,
    pub signature: Vec<u8>,
    pub user_handle: Option<Vec<u8>>,
    pub attachment: Option<String>,
}

impl Assertion {
    /// What the authenticator signs.
    // SPEC: WebAuthn-3 §6.3.3 step 11
    pub fn signed(&self) -> Vec<u8> {
        [self.authenticator_data.as_slice(), digest(&SHA256, &self.client_data).as_ref()].concat()
    }

    /// `AuthenticationResponseJSON`.
    pub fn json(&self) -> Value {
        let response = json!({
            "clientDataJSON": base64url(&self.client_data),
            "authenticatorData": base64url(&self.authenticator_data),
            "signature": base64url(&self.signature),
            "userHandle": self.user_handle.as_ref().map(base64url),
        });
        let mut answer = envelope(&self.id, response, self.attachment.as_deref());
        answer.insert("clientExtensionResults".to_owned(), json!({}));
        Value::Object(answer)
    }
}

fn envelope(id: &[u8], response: Value, attachment: Option<&str>) -> Map<String, Value> {
    let mut answer = Map::new();
    answer.insert("id".to_owned(), base64url(id).into());
    answer.insert("rawId".to_owned(), base64url(id).into());
    answer.insert("type".to_owned(), "public-key".into());
    answer.insert("response".to_owned(), response);
    if let Some(attachment) = attachment {
        answer.insert("authenticatorAttachment".to_owned(), attachment.into());
    }
    answer
}
