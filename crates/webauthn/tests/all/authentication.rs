//! What only an authentication checks: which credential, whose, and that it is what it was.

use authenticator as soft;
use serde_json::json;
use webauthn::refusal::{ClientData, Credential, Flaw, Malformed, Member, Place, PublicKey};
use webauthn::{Algorithm, Refusal, UserVerification, authentication};

use crate::change::Change::{Bytes, Json, Remove, Set, Text};
use crate::change::{Case, Ceremony, refuses};
use crate::world::{Enrolled, begin_authentication, enrol, knobs, rp};

const fn member(member: Member, flaw: Flaw) -> Refusal {
    Refusal::Member(member, flaw)
}

const fn credential(reason: Credential) -> Refusal {
    Refusal::Credential(reason)
}

/// Step 3: what stands in the response. Step 6: where nobody was named.
pub(crate) const RESPONSE: &[Case] = &[
    ("no authenticatorData", Remove("response.authenticatorData"), member(Member::AuthenticatorData, Flaw::Missing)),
    (
        "authenticatorData null",
        Set("response.authenticatorData", "null"),
        member(Member::AuthenticatorData, Flaw::WrongType),
    ),
    (
        "authenticatorData empty",
        Text("response.authenticatorData", ""),
        member(Member::AuthenticatorData, Flaw::Length),
    ),
    (
        "authenticatorData not base64url",
        Text("response.authenticatorData", "AA="),
        member(Member::AuthenticatorData, Flaw::NotBase64url),
    ),
    (
        "authenticatorData of 8193 bytes",
        Bytes("response.authenticatorData", 8193),
        member(Member::AuthenticatorData, Flaw::Length),
    ),
    ("no signature", Remove("response.signature"), member(Member::Signature, Flaw::Missing)),
    ("signature a list", Set("response.signature", "[48, 6]"), member(Member::Signature, Flaw::WrongType)),
    ("signature empty", Text("response.signature", ""), member(Member::Signature, Flaw::Length)),
    ("signature not base64url", Text("response.signature", "****"), member(Member::Signature, Flaw::NotBase64url)),
    ("signature of 5001 bytes", Bytes("response.signature", 5001), member(Member::Signature, Flaw::Length)),
    ("userHandle a number", Set("response.userHandle", "1"), member(Member::UserHandle, Flaw::WrongType)),
    ("userHandle not base64url", Text("response.userHandle", "a b"), member(Member::UserHandle, Flaw::NotBase64url)),
    ("userHandle of 65 bytes", Bytes("response.userHandle", 65), member(Member::UserHandle, Flaw::Length)),
    ("step 6: nobody named by anybody", Set("response.userHandle", "null"), credential(Credential::UserHandleMissing)),
    (
        "step 6: nobody named, in an empty text",
        Text("response.userHandle", ""),
        credential(Credential::UserHandleMissing),
    ),
    ("step 6: another user", Bytes("response.userHandle", 16), credential(Credential::UserHandle)),
    ("step 6: a user who begins alike", Bytes("response.userHandle", 15), credential(Credential::UserHandle)),
    (
        "step 6: a credential that is not the one on record",
        Json(|json| (json["id"], json["rawId"]) = (json!("AAAA"), json!("AAAA"))),
        credential(Credential::NotTheKnownOne),
    ),
];

#[test]
fn steps_3_and_6_the_response_is_an_assertion_of_a_user() {
    refuses(&[Ceremony::Authentication], RESPONSE);
}

/// An authentication that was begun and honestly answered, and its record as a test wants it.
fn finish(
    enrolled: &mut Enrolled,
    allowed: Option<&[u8]>,
    knobs: &soft::Knobs,
    record: impl for<'a> FnOnce(&mut authentication::Known<'a>),
) -> Result<authentication::Verified, Refusal> {
    let (options, pending) = begin_authentication(allowed, UserVerification::Required);
    let answer = authentication::Answer::parse(&enrolled.passkey.sign_in(&options, knobs))?;
    let mut known = enrolled.known();
    record(&mut known);
    authentication::finish(&rp(), &pending, &answer, &known)
}

pub(crate) fn with_another_id_allowed(algorithm: soft::Algorithm) -> Result<authentication::Verified, Refusal> {
    finish(&mut enrol(&knobs(algorithm)), Some(b"another"), &knobs(algorithm), |_| {})
}

pub(crate) fn with_another_algorithm_on_record(
    algorithm: soft::Algorithm,
) -> Result<authentication::Verified, Refusal> {
    finish(&mut enrol(&knobs(algorithm)), None, &knobs(algorithm), |known| {
        known.algorithm = Algorithm::ALL.into_iter().find(|other| *other != known.algorithm).unwrap();
    })
}

pub(crate) fn with_backup_eligibility_gained(algorithm: soft::Algorithm) -> Result<authentication::Verified, Refusal> {
    let knobs = knobs(algorithm);
    finish(&mut enrol(&knobs), None, &soft::Knobs { be: true, ..knobs }, |_| {})
}

pub(crate) fn with_a_byte_behind_the_key_on_record() -> Result<authentication::Verified, Refusal> {
    let mut enrolled = enrol(&knobs(soft::Algorithm::Es256));
    let damaged = [enrolled.record.public_key(), &[0]].concat();
    let (options, pending) = begin_authentication(None, UserVerification::Required);
    let json = enrolled.passkey.sign_in(&options, &knobs(soft::Algorithm::Es256));
    let known = authentication::Known { public_key: &damaged, ..enrolled.known() };
    authentication::finish(&rp(), &pending, &authentication::Answer::parse(&json)?, &known)
}

#[test]
fn step_5_only_a_credential_that_was_asked_for() {
    for algorithm in soft::Algorithm::ALL {
        assert_eq!(with_another_id_allowed(algorithm), Err(credential(Credential::NotAllowed)));
        let mut enrolled = enrol(&knobs(algorithm));
        let id = enrolled.passkey.id.clone();
        let beginning = finish(&mut enrolled, Some(&id[..31]), &knobs(algorithm), |_| {});
        assert_eq!(beginning, Err(credential(Credential::NotAllowed)));
        assert!(finish(&mut enrolled, Some(&id), &knobs(algorithm), |_| {}).is_ok());
    }
}

/// Where somebody was named, the authenticator need not name anybody; if it does, it must be the same.
#[test]
fn step_6_a_user_handle_beside_an_allow_list_is_equal_or_absent() {
    for algorithm in soft::Algorithm::ALL {
        let mut enrolled = enrol(&knobs(algorithm));
        let id = enrolled.passkey.id.clone();
        let silent = soft::Knobs { names_user: false, ..knobs(algorithm) };
        assert!(finish(&mut enrolled, Some(&id), &silent, |_| {}).is_ok());
        assert_eq!(finish(&mut enrolled, None, &silent, |_| {}), Err(credential(Credential::UserHandleMissing)));
        enrolled.passkey.user_handle = b"somebody else".to_vec();
        let refusal = Err(credential(Credential::UserHandle));
        assert_eq!(finish(&mut enrolled, Some(&id), &knobs(algorithm), |_| {}), refusal);
    }
}

#[test]
fn step_6_the_record_is_that_of_the_credential_and_of_its_user() {
    for algorithm in soft::Algorithm::ALL {
        let mut enrolled = enrol(&knobs(algorithm));
        let id = enrolled.passkey.id.clone();
        for allowed in [None, Some(id.as_slice())] {
            let other_id = finish(&mut enrolled, allowed, &knobs(algorithm), |known| known.raw_id = b"another");
            assert_eq!(other_id, Err(credential(Credential::NotTheKnownOne)));
            let other_user = finish(&mut enrolled, allowed, &knobs(algorithm), |known| known.user_handle = b"bob");
            assert_eq!(other_user, Err(credential(Credential::UserHandle)));
        }
    }
}

#[test]
fn step_19_what_could_be_copied_still_can_and_what_could_not_still_cannot() {
    for algorithm in soft::Algorithm::ALL {
        let refusal = Err(credential(Credential::BackupEligibility));
        assert_eq!(with_backup_eligibility_gained(algorithm), refusal);
        let synced = soft::Knobs { be: true, bs: true, ..knobs(algorithm) };
        let mut enrolled = enrol(&synced);
        assert_eq!(finish(&mut enrolled, None, &knobs(algorithm), |_| {}), refusal);
        // The copy itself may come and go.
        let waiting = soft::Knobs { bs: false, ..synced.clone() };
        assert!(!finish(&mut enrolled, None, &waiting, |_| {}).unwrap().is_backed_up());
        assert!(finish(&mut enrolled, None, &synced, |_| {}).unwrap().is_backed_up());
    }
}

#[test]
fn step_21_the_key_on_record_is_used_with_its_own_algorithm() {
    for algorithm in soft::Algorithm::ALL {
        let refusal = Err(Refusal::PublicKey(PublicKey::OtherAlgorithm));
        assert_eq!(with_another_algorithm_on_record(algorithm), refusal);
        let mut enrolled = enrol(&knobs(algorithm));
        let empty = finish(&mut enrolled, None, &knobs(algorithm), |known| known.public_key = &[]);
        assert_eq!(empty, Err(Refusal::Cbor(Place::PublicKey, Malformed::Cut)));
    }
    let refusal = Err(Refusal::Cbor(Place::PublicKey, Malformed::Trailing));
    assert_eq!(with_a_byte_behind_the_key_on_record(), refusal);
}

/// W03: an answer that was captured is one to its own challenge for ever.
#[test]
fn w03_an_answer_to_one_challenge_is_none_to_another() {
    for algorithm in soft::Algorithm::ALL {
        let mut enrolled = enrol(&knobs(algorithm));
        let (options, first) = begin_authentication(None, UserVerification::Required);
        let mut captured = enrolled.passkey.sign_in(&options, &knobs(algorithm));
        let (_, second) = authentication::begin(
            &rp(),
            authentication::Ask {
                challenge: webauthn::Challenge::from_bytes([9; 32]),
                allow: vec![],
                user_verification: UserVerification::Required,
                timeout_ms: 1,
            },
        );
        // What a body says of its challenge beside the signed client data is not read.
        captured["challenge"] = json!(soft::base64url([9; 32]));
        captured["response"]["challenge"] = json!(soft::base64url([9; 32]));
        let answer = authentication::Answer::parse(&captured).unwrap();
        assert!(answer.answers(&first) && !answer.answers(&second));
        let refusal = authentication::finish(&rp(), &second, &answer, &enrolled.known());
        assert_eq!(refusal, Err(Refusal::ClientData(ClientData::Challenge)));
        assert!(authentication::finish(&rp(), &first, &answer, &enrolled.known()).is_ok());
    }
}

/// W07: the pending says what was asked, whatever the browser was told.
#[test]
fn w07_verification_is_required_by_the_pending_and_reported_by_the_receipt() {
    for algorithm in soft::Algorithm::ALL {
        let mut enrolled = enrol(&knobs(algorithm));
        let unverified = soft::Knobs { uv: false, ..knobs(algorithm) };
        for lenient in [UserVerification::Preferred, UserVerification::Discouraged] {
            let (mut options, pending) = begin_authentication(None, lenient);
            options["userVerification"] = json!("required");
            let answer = authentication::Answer::parse(&enrolled.passkey.sign_in(&options, &unverified)).unwrap();
            let verified = authentication::finish(&rp(), &pending, &answer, &enrolled.known()).unwrap();
            assert!(!verified.is_user_verified());
        }
    }
}
