//! The test vectors of WebAuthn Level 3, one test for each ceremony under its own name.
//!
//! They are not in this repository. They are looked for in the folder that `SIGNET_W3C_VECTORS` names, else beside the
//! repository, in `../shared/vectors`. Where they are not, the tests say so and pass; under `CI=true` they fail.
// SPEC: WebAuthn-3 §16

use std::path::PathBuf;

use authenticator::unbase64url;
use serde_json::{Value, json};
use webauthn::recorded::{self, NoReceipt, Receipt};
use webauthn::refusal::{AndroidKey, ClientData, PublicKey};
use webauthn::{Ceremony, Refusal, Vouched};

use crate::world::NOW;

/// Who vouches for a new credential; for an assertion nobody does, and nobody is asked.
type Verdict = Result<Option<Vouched>, Refusal>;

const SIGNED: Verdict = Ok(None);
const NOBODY: Verdict = Ok(Some(Vouched::Nobody));
const ITSELF: Verdict = Ok(Some(Vouched::Itself));
const THE_ROOT: Verdict = Ok(Some(Vouched::Anchor));
/// Its AAGUID is not that of a U2F token, and nothing of the kind is signed: the root vouches for the key alone.
const SOMEBODY: Verdict = Ok(Some(Vouched::Somebody));
const ED448: Verdict = Err(Refusal::PublicKey(PublicKey::UnknownAlgorithm));
/// Both lists of authorizations are empty. §8.4 wants an origin that is GENERATED, so one that is missing is none.
const NO_ORIGIN: Verdict = Err(Refusal::AndroidKey(AndroidKey::Origin));
const IN_A_FRAME: Verdict = Err(Refusal::ClientData(ClientData::CrossOrigin));

macro_rules! ceremonies {
    ($($vector:ident $id:literal: $registration:ident, $assertion:ident;)+) => {
        $(mod $vector {
            #[test]
            fn registration() {
                super::runs(concat!("w3c/", $id, "/registration"), super::$registration);
            }

            #[test]
            fn assertion() {
                super::runs(concat!("w3c/", $id, "/assertion"), super::$assertion);
            }
        })+

        const VECTORS: &[&str] = &[$($id),+];
    };
}

ceremonies! {
    none_es256 "none-es256": NOBODY, SIGNED;
    w06_none_es256_cross_origin "none-es256-crossOrigin": NOBODY, SIGNED;
    w06_none_es256_top_origin "none-es256-topOrigin": NOBODY, SIGNED;
    none_es256_long_credential_id "none-es256-long-credential-id": NOBODY, SIGNED;
    packed_self_es256 "packed-self-es256": ITSELF, SIGNED;
    packed_es256 "packed-es256": THE_ROOT, SIGNED;
    packed_es384 "packed-es384": THE_ROOT, SIGNED;
    packed_es512 "packed-es512": THE_ROOT, SIGNED;
    packed_rs256 "packed-rs256": THE_ROOT, SIGNED;
    packed_eddsa "packed-eddsa": THE_ROOT, SIGNED;
    packed_ed448 "packed-ed448": ED448, ED448;
    tpm_es256 "tpm-es256": THE_ROOT, SIGNED;
    android_key_es256 "android-key-es256": NO_ORIGIN, SIGNED;
    apple_es256 "apple-es256": THE_ROOT, SIGNED;
    fido_u2f_es256 "fido-u2f-es256": SOMEBODY, SIGNED;
}

const CEREMONIES: usize = 30;

#[test]
fn every_ceremony_of_the_file_ran() {
    let Some(all) = cases() else { return };
    let named = VECTORS.iter().flat_map(|id| [format!("w3c/{id}/registration"), format!("w3c/{id}/assertion")]);
    let mut named: Vec<_> = named.collect();
    let mut there: Vec<_> = all.iter().map(|case| case["id"].as_str().unwrap().to_owned()).collect();
    named.sort();
    there.sort();
    assert_eq!((named.len(), named), (CEREMONIES, there));
    let accepted = all.iter().filter(|case| run(case).is_ok()).count();
    println!("W3C vectors: {CEREMONIES} ceremonies ran, {accepted} were accepted");
}

#[test]
fn w06_no_page_of_others_shows_ours_in_a_frame_by_default() {
    for vector in ["none-es256-crossOrigin", "none-es256-topOrigin"] {
        for kind in ["registration", "assertion"] {
            let Some(mut case) = find(&format!("w3c/{vector}/{kind}")) else { return };
            case["allow_cross_origin"] = json!(false);
            assert_eq!(run(&case), IN_A_FRAME, "{vector} {kind}");
        }
    }
}

/// Nobody vouches for what leads to another root, and without roots nobody is asked.
#[test]
fn w19_a_chain_leads_to_a_root_that_is_believed_or_nowhere() {
    let Some(mut case) = find("w3c/packed-es256/registration") else { return };
    case["trust_roots"] = json!([]);
    assert_eq!(run(&case).map_err(Refusal::audit), Err("certificate.chain"));
    case["trust_roots"] = Value::Null;
    assert_eq!(run(&case), Ok(Some(Vouched::Somebody)));
}

fn runs(id: &str, verdict: Verdict) {
    if let Some(case) = find(id) {
        assert_eq!(run(&case), verdict, "{id}");
    }
}

fn run(case: &Value) -> Verdict {
    match recorded::check(case, NOW) {
        Ok(Receipt::Registered(registered)) => {
            let stored = assertion_of(case)["stored"].clone();
            assert_eq!(registered.raw_id(), unbase64url(stored["credential_id"].as_str().unwrap()));
            assert_eq!(registered.public_key(), unbase64url(stored["public_key"].as_str().unwrap()));
            assert_eq!(json!(registered.is_backup_eligible()), stored["backup_eligible"]);
            assert_eq!((json!(registered.format().as_str()), registered.sign_count()), (case["format"].clone(), 0));
            Ok(Some(registered.vouched()))
        }
        Ok(Receipt::Verified { receipt, stored_sign_count }) => {
            assert_eq!((receipt.sign_count(), stored_sign_count), (0, 0));
            Ok(None)
        }
        Err(NoReceipt::Refused(ceremony, refusal)) => {
            let kind = if ceremony == Ceremony::Registration { "registration" } else { "assertion" };
            assert_eq!(case["kind"], kind);
            Err(refusal)
        }
        Err(NoReceipt::Unreadable(member)) => panic!("{member} of {}", case["id"]),
    }
}

fn assertion_of(registration: &Value) -> Value {
    find(&registration["id"].as_str().unwrap().replace("registration", "assertion")).unwrap()
}

fn find(id: &str) -> Option<Value> {
    let found = cases()?.into_iter().find(|case| case["id"] == id);
    Some(found.unwrap_or_else(|| panic!("{id} is not among the vectors")))
}

/// Every ceremony as it is recorded. `None`: there are no vectors here, and none are demanded.
fn cases() -> Option<Vec<Value>> {
    let file = folder().join("w3c.json");
    let Ok(text) = std::fs::read_to_string(&file) else {
        assert!(!must_run(), "{} must be there", file.display());
        println!("not run: there are no W3C vectors at {}", file.display());
        return None;
    };
    let file: Value = serde_json::from_str(&text).unwrap();
    let vectors = file["vectors"].as_array().unwrap().iter();
    Some(vectors.flat_map(|vector| vector["cases"].as_array().unwrap()).cloned().collect())
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
