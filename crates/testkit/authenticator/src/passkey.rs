use aws_lc_rs::digest::{SHA256, digest};
use serde_json::Value;

use crate::{Assertion, AuthenticatorData, ClientData, Key, Knobs, Registration, attested_credential, unbase64url};

/// One credential. A clone is a copy that counts for itself: what a cloned authenticator is.
#[derive(Clone)]
pub struct Passkey {
    pub id: Vec<u8>,
    pub key: Key,
    pub rp_id: String,
    pub user_handle: Vec<u8>,
    /// The count of the last answer.
    pub count: u32,
}

/// Make a passkey: the answer to the options of a registration.
pub fn register(options: &Value, knobs: &Knobs) -> (Passkey, Value) {
    let (passkey, registration) = draft(options, knobs);
    (passkey, registration.json())
}

/// Make a passkey, and the answer in parts.
pub fn draft(options: &Value, knobs: &Knobs) -> (Passkey, Registration) {
    let seed = knobs.seed.unwrap_or_else(noise);
    let passkey = Passkey {
        id: stretch(&seed, knobs.id_length),
        key: Key::from_seed(knobs.algorithm, &seed),
        rp_id: text(&options["rp"]["id"]).to_owned(),
        user_handle: unbase64url(text(&options["user"]["id"])),
        count: 0,
    };
    let authenticator_data = AuthenticatorData {
        rp_id: knobs.rp_id.clone().unwrap_or_else(|| passkey.rp_id.clone()),
        flags: knobs.flags(),
        sign_count: passkey.count,
        credential: Some(attested_credential(&knobs.aaguid, &passkey.id, &passkey.key.cose())),
        extensions: knobs.extensions.clone(),
    };
    let registration = Registration {
        id: passkey.id.clone(),
        client_data: client_data("webauthn.create", options, knobs).json(),
        authenticator_data: authenticator_data.bytes(),
        format: "none".to_owned(),
        statement: crate::cbor::map(&[]),
        transports: knobs.transports.clone(),
        attachment: knobs.attachment.clone(),
    };
    (passkey, registration)
}

impl Passkey {
    /// The answer to the options of an authentication.
    pub fn sign_in(&mut self, options: &Value, knobs: &Knobs) -> Value {
        self.assert(options, knobs).json()
    }

    /// The same in parts.
    pub fn assert(&mut self, options: &Value, knobs: &Knobs) -> Assertion {
        self.count = self.count.wrapping_add(knobs.count_by);
        let authenticator_data = AuthenticatorData {
            rp_id: knobs.rp_id.clone().unwrap_or_else(|| self.rp_id.clone()),
            flags: knobs.flags(),
            sign_count: self.count,
            credential: None,
            extensions: knobs.extensions.clone(),
        };
        let unsigned = Assertion {
            id: self.id.clone(),
            client_data: client_data("webauthn.get", options, knobs).json(),
            authenticator_data: authenticator_data.bytes(),
            signature: Vec::new(),
            user_handle: knobs.names_user.then(|| self.user_handle.clone()),
            attachment: knobs.attachment.clone(),
        };
        self.signed(unsigned)
    }

    /// The assertion with a signature over what it says now.
    pub fn signed(&self, assertion: Assertion) -> Assertion {
        Assertion { signature: self.key.sign(&assertion.signed()), ..assertion }
    }
}

fn client_data(kind: &str, options: &Value, knobs: &Knobs) -> ClientData {
    ClientData {
        kind: kind.to_owned(),
        challenge: knobs.challenge.clone().unwrap_or_else(|| text(&options["challenge"]).to_owned()),
        origin: knobs.origin.clone(),
        cross_origin: knobs.cross_origin,
        top_origin: knobs.top_origin.clone(),
    }
}

fn text(value: &Value) -> &str {
    value.as_str().expect("options with a challenge, and at registration with rp.id and user.id")
}

/// As many bytes as wanted, always the same ones of the same seed.
fn stretch(seed: &[u8; 32], length: usize) -> Vec<u8> {
    let block = |number: u32| digest(&SHA256, &[seed.as_slice(), &number.to_be_bytes()].concat()).as_ref().to_vec();
    (0..).flat_map(block).take(length).collect()
}

#[expect(clippy::disallowed_methods, reason = "a testing tool makes its own randomness, as a real authenticator does")]
fn noise() -> [u8; 32] {
    let mut noise = [0; 32];
    aws_lc_rs::rand::fill(&mut noise).expect("randomness");
    noise
}
