//! A relying party, and people who have passkeys there.

use authenticator as soft;
use serde_json::{Value, json};
use vocab::{Origin, RpId, Timestamp};
use webauthn::{
    Algorithm, Challenge, Conveyance, Descriptor, Mediation, RelyingParty, Trust, UserVerification, authentication,
    registration,
};

pub(crate) const ORIGIN: &str = "https://id.example.org";
pub(crate) const USER: [u8; 16] = [7; 16];
/// 2026-11-21
pub(crate) const NOW: Timestamp = Timestamp::from_micros(1_795_219_200_000_000);

pub(crate) fn rp() -> RelyingParty {
    RelyingParty {
        id: RpId::parse("id.example.org").unwrap(),
        name: "Example".to_owned(),
        origins: vec![Origin::parse(ORIGIN).unwrap(), Origin::parse("https://id.example.org:8443").unwrap()],
        top_origins: None,
    }
}

/// The same, and one foreign page may show it in a frame.
pub(crate) fn rp_in_a_frame() -> RelyingParty {
    RelyingParty { top_origins: Some(vec![Origin::parse("https://portal.example.com").unwrap()]), ..rp() }
}

fn challenge(seed: u8) -> Challenge {
    Challenge::from_bytes(std::array::from_fn(|at| (at as u8).wrapping_mul(11) ^ seed))
}

pub(crate) fn knobs(algorithm: soft::Algorithm) -> soft::Knobs {
    soft::Knobs { algorithm, ..soft::Knobs::at(ORIGIN) }
}

pub(crate) fn ours(algorithm: soft::Algorithm) -> Algorithm {
    Algorithm::from_cose(algorithm.number()).unwrap()
}

pub(crate) fn begin_registration(mediation: Mediation) -> (Value, registration::Pending) {
    let ask = registration::Ask {
        challenge: challenge(1),
        user: registration::User { handle: USER.to_vec(), name: "ann".to_owned(), display_name: "Ann".to_owned() },
        exclude: vec![],
        timeout_ms: 180_000,
        mediation,
        attestation: Conveyance::None,
        algorithms: webauthn::Algorithm::ALL.to_vec(),
    };
    let (options, pending) = registration::begin(&rp(), ask);
    (json!(options), pending)
}

/// `None`: nobody was named.
pub(crate) fn begin_authentication(
    allowed: Option<&[u8]>,
    user_verification: UserVerification,
) -> (Value, authentication::Pending) {
    let ask = authentication::Ask {
        challenge: challenge(2),
        allow: allowed.into_iter().map(|id| Descriptor { id: id.to_vec(), transports: vec![] }).collect(),
        user_verification,
        timeout_ms: 180_000,
    };
    let (options, pending) = authentication::begin(&rp(), ask);
    (json!(options), pending)
}

/// A person with a passkey, and what we keep of it.
pub(crate) struct Enrolled {
    pub(crate) passkey: soft::Passkey,
    pub(crate) record: registration::Registered,
}

pub(crate) fn enrol(knobs: &soft::Knobs) -> Enrolled {
    let (options, pending) = begin_registration(Mediation::Modal);
    let (passkey, json) = soft::register(&options, knobs);
    let answer = registration::Answer::parse(&json).unwrap();
    Enrolled { passkey, record: registration::finish(&rp(), &pending, &answer, &Trust::nobody(NOW)).unwrap() }
}

impl Enrolled {
    pub(crate) fn known(&self) -> authentication::Known<'_> {
        authentication::Known {
            raw_id: self.record.raw_id(),
            public_key: self.record.public_key(),
            algorithm: self.record.algorithm(),
            user_handle: &USER,
            is_backup_eligible: self.record.is_backup_eligible(),
        }
    }
}
