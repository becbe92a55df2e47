//! Answers of authenticators, made ahead, with what is known of each: for the programs that verify and do nothing else.

use authenticator::{Assertion, Knobs};
use serde_json::{Value, json};
use webauthn::authentication::{Answer, Ask, Known, Pending, begin, finish};
use webauthn::{Algorithm, Challenge, RelyingParty, UserVerification};

use crate::{house, people};

/// So many different ones are made; a program comes by each many times.
const DIFFERENT: u32 = 1_000;

pub(crate) struct Prepared {
    challenge: [u8; 32],
    pending: Pending,
    cose: Vec<u8>,
    algorithm: Algorithm,
    assertion: Assertion,
    /// The credential as a browser sends it.
    pub(crate) credential: Vec<u8>,
    /// The key, as a point of P-256.
    pub(crate) point: [u8; 65],
    pub(crate) message: Vec<u8>,
}

pub(crate) fn prepared(rp: &RelyingParty, algorithm: authenticator::Algorithm) -> Vec<Prepared> {
    (1..=DIFFERENT).map(|number| prepare(rp, algorithm, number)).collect()
}

fn prepare(rp: &RelyingParty, algorithm: authenticator::Algorithm, number: u32) -> Prepared {
    let mut seed = [7; 32];
    seed[28..].copy_from_slice(&number.to_be_bytes());
    let knobs = Knobs { seed: Some(seed), algorithm, ..people::knobs() };
    let user = authenticator::base64url(&seed[16..]);
    let creation = json!({ "rp": { "id": rp.id.as_str() }, "user": { "id": user }, "challenge": "" });
    let (mut passkey, _) = authenticator::register(&creation, &knobs);
    let ask = Ask {
        challenge: Challenge::from_bytes(seed),
        allow: Vec::new(),
        user_verification: UserVerification::Required,
        timeout_ms: 180_000,
    };
    let (options, pending) = begin(rp, ask);
    let assertion = passkey.assert(&people::json(&options), &knobs);
    let cose = passkey.key.cose();
    Prepared {
        challenge: seed,
        pending,
        credential: assertion.json().to_string().into_bytes(),
        point: point(&cose),
        message: assertion.signed(),
        algorithm: Algorithm::from_cose(algorithm.number()).expect("one of ours"),
        cose,
        assertion,
    }
}

/// Of a key whose members come in CTAP's order: x and y end it, with three bytes of CBOR between them.
fn point(cose: &[u8]) -> [u8; 65] {
    let mut point = [4; 65];
    let end = cose.len();
    point[1..33].copy_from_slice(&cose[end - 67..end - 35]);
    point[33..].copy_from_slice(&cose[end - 32..]);
    point
}

impl Prepared {
    pub(crate) fn signature(&self) -> &[u8] {
        &self.assertion.signature
    }

    /// From the text to the receipt, as the application does it.
    pub(crate) fn verify(&self, rp: &RelyingParty) {
        let json: Value = serde_json::from_slice(&self.credential).expect("JSON");
        let answer = Answer::parse(&json).expect("an answer");
        assert!(answer.answers(&self.pending));
        let known = Known {
            raw_id: &self.assertion.id,
            public_key: &self.cose,
            algorithm: self.algorithm,
            user_handle: self.assertion.user_handle.as_deref().expect("a user"),
            is_backup_eligible: false,
        };
        let verified = finish(rp, &self.pending, &answer, &known).expect("a good answer");
        assert_eq!(verified.sign_count(), 1);
    }

    /// The same ceremony as a recorded case (`signet ceremony check`), which other verifiers read too.
    pub(crate) fn case(&self, rp: &RelyingParty) -> Value {
        let assertion = &self.assertion;
        let user = assertion.user_handle.as_deref().expect("a user");
        json!({
            "kind": "assertion",
            "rp_id": rp.id.as_str(),
            "origins": [house::public_url().origin()],
            "challenge": authenticator::base64url(self.challenge),
            "require_uv": true,
            "response": assertion.json(),
            "stored": {
                "credential_id": authenticator::base64url(&assertion.id),
                "public_key": authenticator::base64url(&self.cose),
                "sign_count": 0,
                "backup_eligible": false,
                "backup_state": false,
                "user_handle": authenticator::base64url(user),
            },
        })
    }

    /// What finishes a sign-in, around this credential.
    pub(crate) fn finish_body(&self, state: &str) -> Vec<u8> {
        let credential: Value = serde_json::from_slice(&self.credential).expect("JSON");
        let secret = authenticator::base64url([7; 32]);
        json!({ "state": state, "credential": credential, "secret": secret }).to_string().into_bytes()
    }
}
