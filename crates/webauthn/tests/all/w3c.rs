//! The test vectors of WebAuthn Level 3, one test for each ceremony under its own name.
//!
//! They are not in this repository. They are looked for in the folder that `SIGNET_W3C_VECTORS` names, else beside the
//! repository, in `../shared/vectors`. Where they are not, the tests say so and pass; under `CI=true` they fail.
// SPEC: WebAuthn-3 §16

use std::path::PathBuf;

use authenticator::unbase64url;
use serde_json::{Value, json};
use vocab::{Origin, RpId};
use webauthn::refusal::{Attestation, ClientData, PublicKey};
use webauthn::{
    Algorithm, Challenge, Descriptor, Refusal, RelyingParty, UserVerification, authentication, registration,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Accepted,
    Refused(Refusal),
}

use Verdict::{Accepted, Refused};

const NOT_ACCEPTED: Verdict = Refused(Refusal::Attestation(Attestation::FormatNotAccepted));
const UNKNOWN_ALGORITHM: Verdict = Refused(Refusal::PublicKey(PublicKey::UnknownAlgorithm));
const IN_A_FRAME: Verdict = Refused(Refusal::ClientData(ClientData::CrossOrigin));

/// Whether the pages that the vectors name may show ours in a frame.
#[derive(Clone, Copy)]
enum Frames {
    Listed,
    Refused,
}

macro_rules! ceremonies {
    ($($test:ident: $id:literal, $frames:ident => $verdict:expr;)+) => {
        $(
            #[test]
            fn $test() {
                if let Some(ceremony) = find($id) {
                    assert_eq!(run(&ceremony, Frames::$frames), $verdict, $id);
                }
            }
        )+

        /// Of every ceremony above: what it is called, and what comes of it now.
        fn all() -> Vec<(&'static str, Option<Verdict>)> {
            vec![$(($id, find($id).map(|ceremony| run(&ceremony, Frames::$frames)))),+]
        }
    };
}

ceremonies! {
    none_es256_registration: "w3c/none-es256/registration", Refused => Accepted;
    none_es256_assertion: "w3c/none-es256/assertion", Refused => Accepted;
    w06_none_es256_cross_origin_registration: "w3c/none-es256-crossOrigin/registration", Listed => Accepted;
    w06_none_es256_cross_origin_assertion: "w3c/none-es256-crossOrigin/assertion", Listed => Accepted;
    w06_none_es256_cross_origin_creation_by_default: "w3c/none-es256-crossOrigin/registration", Refused => IN_A_FRAME;
    w06_none_es256_cross_origin_assertion_by_default: "w3c/none-es256-crossOrigin/assertion", Refused => IN_A_FRAME;
    w06_none_es256_top_origin_registration: "w3c/none-es256-topOrigin/registration", Listed => Accepted;
    w06_none_es256_top_origin_assertion: "w3c/none-es256-topOrigin/assertion", Listed => Accepted;
    w06_none_es256_top_origin_registration_by_default: "w3c/none-es256-topOrigin/registration", Refused => IN_A_FRAME;
    w06_none_es256_top_origin_assertion_by_default: "w3c/none-es256-topOrigin/assertion", Refused => IN_A_FRAME;
    none_es256_long_credential_id_registration: "w3c/none-es256-long-credential-id/registration", Refused => Accepted;
    none_es256_long_credential_id_assertion: "w3c/none-es256-long-credential-id/assertion", Refused => Accepted;
    packed_self_es256_registration: "w3c/packed-self-es256/registration", Refused => Accepted;
    packed_self_es256_assertion: "w3c/packed-self-es256/assertion", Refused => Accepted;
    packed_es256_registration: "w3c/packed-es256/registration", Refused => NOT_ACCEPTED;
    packed_es256_assertion: "w3c/packed-es256/assertion", Refused => Accepted;
    packed_es384_registration: "w3c/packed-es384/registration", Refused => NOT_ACCEPTED;
    packed_es384_assertion: "w3c/packed-es384/assertion", Refused => Accepted;
    packed_es512_registration: "w3c/packed-es512/registration", Refused => NOT_ACCEPTED;
    packed_es512_assertion: "w3c/packed-es512/assertion", Refused => Accepted;
    packed_rs256_registration: "w3c/packed-rs256/registration", Refused => NOT_ACCEPTED;
    packed_rs256_assertion: "w3c/packed-rs256/assertion", Refused => Accepted;
    packed_eddsa_registration: "w3c/packed-eddsa/registration", Refused => NOT_ACCEPTED;
    packed_eddsa_assertion: "w3c/packed-eddsa/assertion", Refused => Accepted;
    packed_ed448_registration: "w3c/packed-ed448/registration", Refused => UNKNOWN_ALGORITHM;
    tpm_es256_registration: "w3c/tpm-es256/registration", Refused => NOT_ACCEPTED;
    tpm_es256_assertion: "w3c/tpm-es256/assertion", Refused => Accepted;
    android_key_es256_registration: "w3c/android-key-es256/registration", Refused => NOT_ACCEPTED;
    android_key_es256_assertion: "w3c/android-key-es256/assertion", Refused => Accepted;
    apple_es256_registration: "w3c/apple-es256/registration", Refused => NOT_ACCEPTED;
    apple_es256_assertion: "w3c/apple-es256/assertion", Refused => Accepted;
    fido_u2f_es256_registration: "w3c/fido-u2f-es256/registration", Refused => NOT_ACCEPTED;
    fido_u2f_es256_assertion: "w3c/fido-u2f-es256/assertion", Refused => Accepted;
}

/// Registrations and assertions of the four `none` vectors, the assertions of the `packed` ones in our algorithms with
/// the registration that vouches for itself, and the assertions of the other formats.
const NONE: usize = 8;
const PACKED: usize = 7;
const OTHER_ASSERTIONS: usize = 4;

#[test]
fn as_many_ceremonies_ran_as_must() {
    let all = all();
    let accepted = |kind: &str| {
        let of_kind = all.iter().filter(|(id, verdict)| id.starts_with(kind) && *verdict == Some(Accepted));
        of_kind.count()
    };
    let ran = all.iter().filter(|(_, verdict)| verdict.is_some()).count();
    println!("W3C vectors: {ran} of {} ceremonies ran, {} were accepted", all.len(), accepted("w3c/"));
    if ran > 0 || must_run() {
        assert_eq!(ran, all.len());
        assert_eq!((accepted("w3c/none-"), accepted("w3c/packed-")), (NONE, PACKED));
        assert_eq!(accepted("w3c/"), NONE + PACKED + OTHER_ASSERTIONS);
    }
}

fn run(ceremony: &Value, frames: Frames) -> Verdict {
    let accepted = match ceremony["kind"].as_str().unwrap() {
        "registration" => register(ceremony, frames),
        "assertion" => sign_in(ceremony, frames),
        other => panic!("a ceremony of the kind {other}"),
    };
    accepted.map_or_else(Refused, |()| Accepted)
}

fn register(ceremony: &Value, frames: Frames) -> Result<(), Refusal> {
    // The vectors do not verify their users, and `begin` never asks for less than that.
    let pending = json!({
        "c": ceremony["challenge"],
        "a": Algorithm::ALL.map(Algorithm::cose),
        "v": "discouraged",
        "m": "modal",
    });
    let pending: registration::Pending = serde_json::from_value(pending).unwrap();
    let answer = registration::Answer::parse(&ceremony["response"])?;
    assert!(answer.answers(&pending));
    let registered = registration::finish(&relying_party(ceremony, frames), &pending, &answer)?;
    let vector = find(&ceremony["id"].as_str().unwrap().replace("registration", "assertion")).unwrap();
    let stored = &vector["stored"];
    assert_eq!(registered.raw_id(), bytes(&stored["credential_id"]));
    assert_eq!(registered.public_key(), bytes(&stored["public_key"]));
    assert_eq!(json!(registered.is_backup_eligible()), stored["backup_eligible"]);
    let stated = if ceremony["id"] == "w3c/packed-self-es256/registration" { "self" } else { "none" };
    assert_eq!((registered.sign_count(), registered.attestation()), (0, stated));
    Ok(())
}

fn sign_in(ceremony: &Value, frames: Frames) -> Result<(), Refusal> {
    let rp = relying_party(ceremony, frames);
    let stored = &ceremony["stored"];
    let (id, public_key) = (bytes(&stored["credential_id"]), bytes(&stored["public_key"]));
    let ask = authentication::Ask {
        challenge: Challenge::recorded(bytes(&ceremony["challenge"])).unwrap(),
        allow: vec![Descriptor { id: id.clone(), transports: vec![] }],
        user_verification: UserVerification::Discouraged,
        timeout_ms: 1,
    };
    let (_, pending) = authentication::begin(&rp, ask);
    let answer = authentication::Answer::parse(&ceremony["response"])?;
    assert!(answer.answers(&pending));
    let known = authentication::Known {
        raw_id: &id,
        public_key: &public_key,
        algorithm: Algorithm::from_cose(ceremony["alg"].as_i64().unwrap()).unwrap(),
        user_handle: b"ann",
        is_backup_eligible: stored["backup_eligible"].as_bool().unwrap(),
    };
    authentication::finish(&rp, &pending, &answer, &known).map(drop)
}

fn relying_party(ceremony: &Value, frames: Frames) -> RelyingParty {
    let origins = |origins: &Value| {
        let origins = origins.as_array().unwrap().iter();
        origins.map(|origin| Origin::parse(origin.as_str().unwrap()).unwrap()).collect()
    };
    let top_origins = match frames {
        // One vector names no page around its frame; that any is listed is what makes a frame expected.
        Frames::Listed => vec![Origin::parse("https://example.com").unwrap()],
        Frames::Refused => vec![],
    };
    RelyingParty {
        id: RpId::parse(ceremony["rp_id"].as_str().unwrap()).unwrap(),
        name: "W3C".to_owned(),
        origins: origins(&ceremony["origins"]),
        top_origins,
    }
}

fn bytes(value: &Value) -> Vec<u8> {
    unbase64url(value.as_str().unwrap())
}

/// The ceremony as it is recorded. `None`: there are no vectors here, and none are demanded.
fn find(id: &str) -> Option<Value> {
    let file = folder().join("w3c.json");
    let Ok(text) = std::fs::read_to_string(&file) else {
        assert!(!must_run(), "{} must be there", file.display());
        println!("not run: there are no W3C vectors at {}", file.display());
        return None;
    };
    let file: Value = serde_json::from_str(&text).unwrap();
    let cases = file["vectors"].as_array().unwrap().iter().flat_map(|vector| vector["cases"].as_array().unwrap());
    Some(cases.clone().find(|case| case["id"] == id).unwrap_or_else(|| panic!("{id} is not among the vectors")).clone())
}

#[expect(clippy::disallowed_methods, reason = "the test asks where the vectors are, and no setting of ours says it")]
fn folder() -> PathBuf {
    let beside = || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/vectors"));
    std::env::var_os("SIGNET_W3C_VECTORS").map_or_else(beside, PathBuf::from)
}

#[expect(clippy::disallowed_methods, reason = "the test asks whether it may be passed over")]
fn must_run() -> bool {
    std::env::var_os("CI").is_some_and(|value| value == "true")
}
