//! New passkeys that makers vouch for, made ahead: for the programs that verify them and do nothing else.

use authenticator::{Key, Knobs, Maker};
use serde_json::{Value, json};
use vocab::Timestamp;
use webauthn::registration::{Answer, Ask, Pending, User, begin, finish};
use webauthn::{Algorithm, Anchor, Challenge, Conveyance, Mediation, RelyingParty, Trust, Vouched};

use crate::{house, people};

/// So many different ones are made; a program comes by each many times.
const DIFFERENT: u32 = 1_000;
/// The end of 2026.
const NOW: Timestamp = Timestamp::from_micros(1_798_700_000_000_000);

pub(crate) struct Chained {
    challenge: [u8; 32],
    pending: Pending,
    credential: Vec<u8>,
    /// What is signed in it: by the batch, by the authority, by the root.
    pub(crate) signed: [Signed; 3],
}

pub(crate) struct Signed {
    /// The key, as a point of P-256.
    pub(crate) point: Vec<u8>,
    pub(crate) message: Vec<u8>,
    pub(crate) signature: Vec<u8>,
}

impl Signed {
    fn by(key: &Key, message: Vec<u8>) -> Self {
        Self { point: key.bytes(), signature: key.sign(&message), message }
    }
}

pub(crate) struct Believed {
    anchors: Vec<Anchor>,
    root: String,
}

/// With whoever vouches for them.
pub(crate) fn prepared(rp: &RelyingParty) -> (Vec<Chained>, Believed) {
    let maker = Maker::new(1);
    let anchors = vec![Anchor::parse(maker.root()).expect("a certificate")];
    let believed = Believed { anchors, root: authenticator::base64url(maker.root()) };
    ((1..=DIFFERENT).map(|number| prepare(rp, &maker, number)).collect(), believed)
}

fn prepare(rp: &RelyingParty, maker: &Maker, number: u32) -> Chained {
    let mut seed = [7; 32];
    seed[28..].copy_from_slice(&number.to_be_bytes());
    let ask = Ask {
        challenge: Challenge::from_bytes(seed),
        user: User { handle: seed[..16].to_vec(), name: "ann".to_owned(), display_name: "Ann".to_owned() },
        exclude: Vec::new(),
        timeout_ms: 180_000,
        mediation: Mediation::Modal,
        attestation: Conveyance::Direct,
        algorithms: Algorithm::ALL.to_vec(),
    };
    let (options, pending) = begin(rp, ask);
    let knobs = Knobs { seed: Some(seed), aaguid: [7; 16], ..people::knobs() };
    let (passkey, mut draft) = authenticator::draft(&json!(options), &knobs);
    let attestation = maker.attest("packed", &passkey, &draft, &[7; 16]);
    "packed".clone_into(&mut draft.format);
    draft.statement = attestation.statement();
    let certificate = attestation.certificate.signed_by(&attestation.issuer);
    let authority = attestation.others[0].clone();
    Chained {
        challenge: seed,
        pending,
        credential: draft.json().to_string().into_bytes(),
        // Of messages as long as the true ones: how a certificate lies in its bytes is not the floor's to know.
        signed: [
            Signed::by(&attestation.key, attestation.message.clone()),
            Signed::by(&attestation.issuer, certificate[..certificate.len() - 84].to_vec()),
            Signed::by(maker.root_key(), authority[..authority.len() - 84].to_vec()),
        ],
    }
}

impl Chained {
    /// From the text to the receipt.
    pub(crate) fn verify(&self, rp: &RelyingParty, believed: &Believed) {
        let json: Value = serde_json::from_slice(&self.credential).expect("JSON");
        let answer = Answer::parse(&json).expect("an answer");
        assert!(answer.answers(&self.pending));
        let trust = Trust { anchors: Some(&believed.anchors), ..Trust::nobody(NOW) };
        let registered = finish(rp, &self.pending, &answer, &trust).expect("a good answer");
        assert_eq!(registered.vouched(), Vouched::Anchor);
    }
    /// The same ceremony as a recorded case (`signet ceremony check`), which other verifiers read too.
    pub(crate) fn case(&self, rp: &RelyingParty, believed: &Believed) -> Value {
        json!({
            "kind": "registration",
            "rp_id": rp.id.as_str(),
            "origins": [house::public_url().origin()],
            "challenge": authenticator::base64url(self.challenge),
            "require_uv": true,
            "trust_roots": [believed.root],
            "verify_time": NOW.micros() / 1_000_000,
            "response": serde_json::from_slice::<Value>(&self.credential).expect("JSON"),
        })
    }
}
