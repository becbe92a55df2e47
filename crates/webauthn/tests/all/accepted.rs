//! What honest authenticators make is accepted, and the receipts say what they did.

use authenticator as soft;
use authenticator::cbor;
use serde_json::{Value, json};
use webauthn::{
    Attachment, Format, Mediation, Refusal, Transport, Trust, UserVerification, Vouched, authentication, registration,
};

use crate::change::Change::{
    AuthenticatorData as Data, ClientData as Client, ExpectedFrame, Extensions, Frame, Json, Origin, Remove, Set, Text,
};
use crate::change::{Change, register, sign_in};
use crate::world::{NOW, USER, begin_authentication, begin_registration, enrol, knobs, ours, rp, rp_in_a_frame};

#[test]
fn a_passkey_of_each_algorithm_is_registered_and_signs_in() {
    for algorithm in soft::Algorithm::ALL {
        let knobs = soft::Knobs { aaguid: *b"ProtonPassProton", ..knobs(algorithm) };
        let mut enrolled = enrol(&knobs);
        let record = &enrolled.record;
        assert_eq!((record.raw_id(), record.algorithm()), (&enrolled.passkey.id[..], ours(algorithm)));
        assert_eq!(record.public_key(), enrolled.passkey.key.cose());
        assert_eq!((record.sign_count(), record.aaguid()), (0, *b"ProtonPassProton"));
        assert_eq!(
            (record.transports(), record.attachment()),
            (&[Transport::Internal][..], Some(Attachment::Platform))
        );
        assert_eq!((record.is_discoverable(), record.is_user_verified()), (Some(true), true));
        assert_eq!((record.is_backup_eligible(), record.is_backed_up()), (false, false));
        assert_eq!((record.format(), record.vouched()), (Format::None, Vouched::Nobody));
        for count in 1..=3 {
            let (options, pending) = begin_authentication(None, UserVerification::Required);
            let answer = authentication::Answer::parse(&enrolled.passkey.sign_in(&options, &knobs)).unwrap();
            assert_eq!((answer.raw_id(), answer.user_handle()), (enrolled.record.raw_id(), Some(&USER[..])));
            assert!(answer.answers(&pending));
            let verified = authentication::finish(&rp(), &pending, &answer, &enrolled.known()).unwrap();
            assert_eq!((verified.raw_id(), verified.user_handle()), (enrolled.record.raw_id(), &USER[..]));
            assert_eq!((verified.sign_count(), verified.attachment()), (count, Some(Attachment::Platform)));
            assert_eq!((verified.is_user_verified(), verified.is_backed_up()), (true, false));
        }
    }
}

const HARMLESS: &[(&str, Change)] = &[
    ("a byte order mark", Client(|text| format!("\u{feff}{text}").into())),
    ("white space", Client(|text| text.replace(':', " :\n\t").replace("https :\n\t", "https:").into())),
    (
        "members that are unheard of",
        Client(|text| {
            text.replace('}', r#","tokenBinding":{"status":"supported"},"a":[1,[2.5e9,null]],"a":{}}"#).into()
        }),
    ),
    (
        "a member of no interest nested beyond reason",
        Client(|text| text.replace('}', &format!(",\"a\":{}{}}}", "[".repeat(1900), "]".repeat(1900))).into()),
    ),
    ("escaped slashes", Client(|text| text.replace('/', "\\/").into())),
    ("escaped letters", Client(|text| text.replace("\"type\"", "\"\\u0074ype\"").into())),
    ("nothing said of a frame", Frame(None, None)),
    ("the other page of ours", Origin("https://id.example.org:8443")),
    ("in no frame, where one is expected", ExpectedFrame(Some(false), None)),
    ("in a frame of the listed page", ExpectedFrame(Some(true), Some("https://portal.example.com"))),
    ("in a frame, and the browser does not say whose", ExpectedFrame(Some(true), None)),
    ("extensions that nobody asked for", Extensions(extensions)),
    ("extensions, and none of them", Extensions(|| cbor::map(&[]))),
    ("a reserved flag", Data(|bytes| bytes[32] |= 0b10)),
    ("an attachment that is unheard of", Text("authenticatorAttachment", "implant")),
    ("an attachment of nothing", Set("authenticatorAttachment", "null")),
    ("no extension results", Remove("clientExtensionResults")),
    ("extension results of another type", Set("clientExtensionResults", "{\"credProps\": 7, \"prf\": []}")),
    (
        "members of the answer that are unheard of",
        Json(|json| (json["a"], json["response"]["b"]) = (json!(1), json!([]))),
    ),
];

#[test]
fn what_does_not_matter_is_passed_over() {
    for (name, change) in HARMLESS {
        for algorithm in soft::Algorithm::ALL {
            assert!(register(algorithm, *change).is_ok(), "{name}: registration, {algorithm:?}");
            assert!(sign_in(algorithm, *change).is_ok(), "{name}: authentication, {algorithm:?}");
        }
    }
}

#[test]
fn ids_have_1_to_1023_bytes() {
    for id_length in [1, 16, 23, 24, 255, 256, 1023] {
        let knobs = soft::Knobs { id_length, ..knobs(soft::Algorithm::Es256) };
        let mut enrolled = enrol(&knobs);
        let (options, pending) = begin_authentication(Some(&enrolled.passkey.id), UserVerification::Required);
        let answer = authentication::Answer::parse(&enrolled.passkey.sign_in(&options, &knobs)).unwrap();
        let verified = authentication::finish(&rp(), &pending, &answer, &enrolled.known()).unwrap();
        assert_eq!(verified.raw_id().len(), id_length);
    }
}

#[test]
fn a_synchronised_passkey_never_counts() {
    let knobs = soft::Knobs { be: true, bs: true, count_by: 0, ..knobs(soft::Algorithm::EdDsa) };
    let mut enrolled = enrol(&knobs);
    assert!(enrolled.record.is_backup_eligible() && enrolled.record.is_backed_up());
    let (options, pending) = begin_authentication(None, UserVerification::Required);
    let answer = authentication::Answer::parse(&enrolled.passkey.sign_in(&options, &knobs)).unwrap();
    let verified = authentication::finish(&rp(), &pending, &answer, &enrolled.known()).unwrap();
    assert_eq!((verified.sign_count(), verified.is_backed_up()), (0, true));
}

/// The standard tells authenticators not to show a credential again (§6.1) and asks nobody to refuse one that does:
/// it is read to its end and passed over.
#[test]
fn a_credential_shown_again_at_sign_in_is_passed_over() {
    for algorithm in soft::Algorithm::ALL {
        let verified = sign_in(
            algorithm,
            Data(|bytes| {
                bytes[32] |= 0x40;
                let key = soft::Key::from_seed(soft::Algorithm::EdDsa, &[9; 32]);
                bytes.extend(soft::attested_credential(&[0; 16], b"another", &key.cose()));
            }),
        );
        assert!(verified.is_ok());
    }
}

/// What browsers say of transports and of discoverability is unsigned, and kept as far as it is known.
#[test]
fn what_the_browser_says_is_kept_as_far_as_it_is_known() {
    let receipt = |change: fn(&mut Value)| register(soft::Algorithm::Es256, Json(change)).unwrap();
    let heard = receipt(|json| json["response"]["transports"] = json!(["nfc", "cable", "usb", "nfc", "smart-card"]));
    assert_eq!(heard.transports(), [Transport::Usb, Transport::Nfc, Transport::SmartCard]);
    let silent = register(soft::Algorithm::Es256, Remove("response.transports")).unwrap();
    assert!(silent.transports().is_empty());
    let roaming = receipt(|json| json["authenticatorAttachment"] = json!("cross-platform"));
    assert_eq!(roaming.attachment(), Some(Attachment::CrossPlatform));
    let known = receipt(|json| json["clientExtensionResults"] = json!({"credProps": {"rk": false}}));
    assert_eq!(known.is_discoverable(), Some(false));
    for unknown in [
        receipt(|json| json["clientExtensionResults"] = json!({})),
        receipt(|json| json["clientExtensionResults"] = json!({"credProps": {}})),
        receipt(|json| json["clientExtensionResults"] = json!({"credProps": {"rk": "yes"}})),
    ] {
        assert_eq!(unknown.is_discoverable(), None);
    }
}

/// What the browser copies out of the attestation object is not looked at, so it cannot mislead.
#[test]
fn only_the_attestation_object_says_what_the_credential_is() {
    let honest = soft::Key::from_seed(soft::Algorithm::Es256, &[3; 32]);
    let knobs = soft::Knobs { seed: Some([3; 32]), ..knobs(soft::Algorithm::Es256) };
    let (options, pending) = begin_registration(Mediation::Modal);
    let (_, mut json) = soft::register(&options, &knobs);
    json["response"]["publicKey"] = json!("AAAA");
    json["response"]["publicKeyAlgorithm"] = json!(-257);
    json["response"]["authenticatorData"] = json!("AAAA");
    let answer = registration::Answer::parse(&json).unwrap();
    let registered = registration::finish(&rp(), &pending, &answer, &Trust::nobody(NOW)).unwrap();
    assert_eq!(registered.public_key(), honest.cose());
}

/// Frames are a matter of configuration alone: the same answer, two relying parties.
#[test]
fn w06_a_frame_is_accepted_where_its_page_is_listed_and_nowhere_else() {
    let (options, pending) = begin_registration(Mediation::Modal);
    let knobs = soft::Knobs {
        cross_origin: Some(true),
        top_origin: Some("https://portal.example.com".to_owned()),
        ..knobs(soft::Algorithm::Es256)
    };
    let answer = registration::Answer::parse(&soft::register(&options, &knobs).1).unwrap();
    let refusal = Refusal::ClientData(webauthn::refusal::ClientData::CrossOrigin);
    assert_eq!(registration::finish(&rp(), &pending, &answer, &Trust::nobody(NOW)), Err(refusal));
    assert!(registration::finish(&rp_in_a_frame(), &pending, &answer, &Trust::nobody(NOW)).is_ok());
}

/// Some that exist, and every kind of value that a later one may have.
fn extensions() -> Vec<u8> {
    let list = cbor::array(&[cbor::integer(-1), cbor::map(&[(cbor::integer(1), vec![0xf6])]), cbor::boolean(false)]);
    cbor::map(&[
        (cbor::text("credProtect"), cbor::integer(99)),
        (cbor::text("hmac-secret"), cbor::boolean(true)),
        (cbor::text("minPinLength"), cbor::integer(4)),
        (cbor::text("credBlob"), cbor::bytes(&[1, 2, 3])),
        (cbor::text("a"), list),
        (cbor::integer(7), cbor::text("ключ")),
    ])
}
