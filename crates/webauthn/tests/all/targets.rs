//! What is fuzzed: whatever reads bytes that come from the network. The replay of the seeds and the fuzzer (`fuzz/`)
//! both stand on this table; a target more is a line here and a folder of seeds.

use std::sync::LazyLock;

use authenticator::certificate::name;
use authenticator::{Algorithm, Certificate, Key, Knobs, Maker};
use serde_json::{Value, json};
use vocab::{Origin, RpId, Timestamp};
use webauthn::{
    Anchor, Challenge, Conveyance, Mediation, RelyingParty, RevocationList, Trust, authentication, parsers,
    registration,
};

use crate::counting::{within, within_bounds};

/// Reads an input in its bounds, and says whether it was taken.
pub(crate) type Target = fn(&[u8]) -> bool;

pub(crate) const TARGETS: &[(&str, Target)] = &[
    ("cbor", |input| allocating_nothing(|| parsers::cbor(input))),
    ("attestation_object", |input| in_proportion(input, || parsers::attestation_object(input))),
    ("authenticator_data", |input| in_proportion(input, || parsers::authenticator_data(input))),
    ("client_data_json", |input| in_proportion(input, || parsers::client_data_json(input))),
    ("cose_key", |input| in_proportion(input, || parsers::cose_key(input))),
    ("tpm_public_area", |input| allocating_nothing(|| parsers::tpm_public_area(input))),
    ("tpm_cert_info", |input| allocating_nothing(|| parsers::tpm_cert_info(input))),
    ("android_key_description", |input| allocating_nothing(|| parsers::android_key_description(input))),
    ("certificate", |input| allocating_nothing(|| parsers::certificate(input))),
    ("revocation_list", revocation_list),
    ("registration_answer", registration_answer),
    ("assertion_answer", assertion_answer),
    ("metadata", metadata),
    ("chain", chain),
];

fn allocating_nothing<E>(parse: impl FnOnce() -> Result<(), E>) -> bool {
    within("what borrows all it reads", 0, parse).is_ok()
}

fn in_proportion<E>(input: &[u8], parse: impl FnOnce() -> Result<(), E>) -> bool {
    within_bounds("what is read", input.len(), parse).is_ok()
}

/// Each serial number is kept, in a set: what takes five bytes in a list takes forty there at most.
fn revocation_list(list: &[u8]) -> bool {
    let issuer = &CEREMONY.anchors[0];
    within("a list", 8 * list.len() + 1024, || RevocationList::parse(list, issuer)).is_ok()
}

/// What is signed of a list of models. Of an entry that cannot be read it is said why, which is longer than `{}`.
fn metadata(json: &[u8]) -> bool {
    within("a list of models", 96 * json.len() + 1024, || parsers::metadata(json)).is_ok()
}

/// Text that is no JSON never comes as far as here.
fn registration_answer(text: &[u8]) -> bool {
    let Ok(json) = serde_json::from_slice(text) else { return false };
    in_proportion(text, || registration::Answer::parse(&json).map(drop))
}

fn assertion_answer(text: &[u8]) -> bool {
    let Ok(json) = serde_json::from_slice(text) else { return false };
    in_proportion(text, || authentication::Answer::parse(&json).map(drop))
}

/// A whole registration, down to the makers who are believed. What the browser adds has targets of its own, so the
/// input is the attestation object alone, as it comes.
fn chain(attestation_object: &[u8]) -> bool {
    let Ceremony { rp, pending, anchors, answer } = &*CEREMONY;
    let json = answer.json_around(attestation_object);
    let trust = Trust { anchors: Some(anchors), demands_android_hardware: true, ..Trust::nobody(NOW) };
    let walk = || registration::finish(rp, pending, &registration::Answer::parse(&json)?, &trust).map(drop);
    // What arrives is copied once, its two halves again, and what is signed for each of four statements; and each reads
    // up to ten certificates at once.
    within("a registration", 8 * attestation_object.len() + 24 * 1024, walk).is_ok()
}

const ORIGIN: &str = "https://id.example.org";
/// 2026-11-21
const NOW: Timestamp = Timestamp::from_micros(1_795_219_200_000_000);
/// Of every credential that is registered in [`chain`].
const SEED: [u8; 32] = [77; 32];

struct Ceremony {
    rp: RelyingParty,
    pending: registration::Pending,
    anchors: Vec<Anchor>,
    answer: authenticator::Registration,
}

static CEREMONY: LazyLock<Ceremony> = LazyLock::new(|| {
    let rp = rp();
    let (options, pending) = begin(&rp);
    let (_, answer) = authenticator::draft(&options, &knobs(Algorithm::Es256));
    let roots = [Maker::new(1).root(), root(Algorithm::Es384).1, root(Algorithm::MlDsa44).1];
    Ceremony { pending, answer, anchors: roots.map(|root| Anchor::parse(root).unwrap()).into(), rp }
});

pub(crate) fn rp() -> RelyingParty {
    RelyingParty {
        id: RpId::parse("id.example.org").unwrap(),
        name: "Example".to_owned(),
        origins: vec![Origin::parse(ORIGIN).unwrap()],
        top_origins: None,
    }
}

pub(crate) fn begin(rp: &RelyingParty) -> (Value, registration::Pending) {
    let ask = registration::Ask {
        challenge: Challenge::from_bytes([1; 32]),
        user: registration::User { handle: vec![7; 16], name: "ann".to_owned(), display_name: "Ann".to_owned() },
        exclude: vec![],
        timeout_ms: 180_000,
        mediation: Mediation::Modal,
        attestation: Conveyance::None,
        algorithms: webauthn::Algorithm::ALL.to_vec(),
    };
    let (options, pending) = registration::begin(rp, ask);
    (json!(options), pending)
}

pub(crate) fn knobs(algorithm: Algorithm) -> Knobs {
    Knobs { algorithm, seed: Some(SEED), aaguid: *b"a model of ours!", ..Knobs::at(ORIGIN) }
}

/// The key of another maker's root, and its certificate.
pub(crate) fn root(algorithm: Algorithm) -> (Key, Vec<u8>) {
    let (key, root) = (Key::from_seed(algorithm, &[61; 32]), name(&[("2.5.4.3", "Another root")]));
    let certificate = Certificate::authority(&root, &root, &key, None).signed_by(&key);
    (key, certificate)
}
