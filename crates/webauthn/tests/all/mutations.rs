//! Whatever bytes come, nothing panics; and of what was signed, nothing can be changed.

use authenticator as soft;
use authenticator::cbor;
use proptest::prelude::*;
use serde_json::{Value, json};
use webauthn::{Mediation, Refusal, Trust, UserVerification, authentication, parsers, registration};

use crate::world::{NOW, begin_authentication, begin_registration, enrol, knobs, rp};

/// Every single bit of everything that the signature covers or is.
#[test]
fn any_bit_of_what_was_signed_changed_is_refused() {
    for algorithm in soft::Algorithm::ALL {
        let mut enrolled = enrol(&knobs(algorithm));
        let (options, pending) = begin_authentication(None, UserVerification::Required);
        let honest = enrolled.passkey.assert(&options, &knobs(algorithm));
        let known = enrolled.known();
        let verify = |assertion: &soft::Assertion, known: &authentication::Known<'_>| {
            let answer = authentication::Answer::parse(&assertion.json())?;
            authentication::finish(&rp(), &pending, &answer, known)
        };
        assert!(verify(&honest, &known).is_ok());
        let parts: [fn(&mut soft::Assertion) -> &mut Vec<u8>; 3] = [
            |assertion| &mut assertion.client_data,
            |assertion| &mut assertion.authenticator_data,
            |assertion| &mut assertion.signature,
        ];
        for part in parts {
            for bit in 0..part(&mut honest.clone()).len() * 8 {
                let mut changed = honest.clone();
                part(&mut changed)[bit / 8] ^= 1 << (bit % 8);
                assert!(verify(&changed, &known).is_err(), "{algorithm:?}, bit {bit}");
            }
        }
        for bit in 0..known.public_key.len() * 8 {
            let mut public_key = known.public_key.to_vec();
            public_key[bit / 8] ^= 1 << (bit % 8);
            let known = authentication::Known { public_key: &public_key, ..known };
            assert!(verify(&honest, &known).is_err(), "{algorithm:?}, bit {bit} of the key");
        }
    }
}

/// Any CBOR that authenticators may write, no deeper than is read.
fn item() -> impl Strategy<Value = Vec<u8>> {
    let leaf = prop_oneof![
        any::<i64>().prop_map(cbor::integer),
        any::<u64>().prop_map(|number| cbor::head(1, number)),
        proptest::collection::vec(any::<u8>(), 0..40).prop_map(|bytes| cbor::bytes(&bytes)),
        ".{0,40}".prop_map(|text| cbor::text(&text)),
        any::<bool>().prop_map(cbor::boolean),
        Just(vec![0xf6]),
    ];
    leaf.prop_recursive(8, 64, 8, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..8).prop_map(|items| cbor::array(&items)),
            proptest::collection::btree_map(inner.clone(), inner, 0..8)
                .prop_map(|pairs| cbor::map(&pairs.into_iter().collect::<Vec<_>>())),
        ]
    })
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,20}".prop_map(Value::from),
        proptest::collection::vec(any::<u8>(), 0..200).prop_map(|bytes| soft::base64url(bytes).into()),
    ];
    let key = prop_oneof![
        Just("id"),
        Just("rawId"),
        Just("type"),
        Just("response"),
        Just("clientDataJSON"),
        Just("attestationObject"),
        Just("authenticatorData"),
        Just("signature"),
        Just("userHandle"),
        Just("clientExtensionResults"),
    ];
    leaf.prop_recursive(3, 32, 8, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::hash_map(key.clone().prop_map(str::to_owned), inner, 0..8)
                .prop_map(|members| json!(members)),
        ]
    })
}

/// The algorithm for readers without a JSON parser, as far as a page in no frame needs it.
// SPEC: WebAuthn-3 §5.8.1.2
fn limited_verification(client_data: &[u8], kind: &str, challenge: &str, origin: &str) -> bool {
    let expected = soft::ClientData {
        kind: kind.to_owned(),
        challenge: challenge.to_owned(),
        origin: origin.to_owned(),
        cross_origin: Some(false),
        top_origin: None,
    };
    let expected = expected.json();
    let (head, end) = expected.split_at(expected.len() - 1);
    assert_eq!(end, b"}");
    client_data.strip_prefix(head).is_some_and(|rest| matches!(rest, [b'}'] | [b',', .., b'}']))
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let _ = parsers::cbor(&bytes);
        let _ = parsers::attestation_object(&bytes);
        let _ = parsers::authenticator_data(&bytes);
        let _ = parsers::cose_key(&bytes);
        let _ = parsers::client_data_json(&bytes);
    }

    #[test]
    fn any_json_is_read_or_refused(json in any_json()) {
        let _ = registration::Answer::parse(&json);
        let _ = authentication::Answer::parse(&json);
    }

    #[test]
    fn any_text_within_an_honest_answer_is_read_or_refused(member in 0..4usize, text in ".{0,60}") {
        let (options, _) = begin_registration(Mediation::Modal);
        let (mut passkey, mut new) = soft::register(&options, &knobs(soft::Algorithm::EdDsa));
        let mut signed = passkey.sign_in(&options, &knobs(soft::Algorithm::EdDsa));
        new["response"][["clientDataJSON", "attestationObject", "transports", "publicKey"][member]] = json!(text);
        signed["response"][["clientDataJSON", "authenticatorData", "signature", "userHandle"][member]] = json!(text);
        let _ = registration::Answer::parse(&new);
        let _ = authentication::Answer::parse(&signed);
    }

    #[test]
    fn any_well_formed_cbor_is_read_and_ends_where_it_ends(item in item()) {
        // As many containers within one another as the strategy makes are within bounds.
        prop_assert_eq!(parsers::cbor(&item), Ok(()));
        prop_assert!(parsers::cbor(&[item.as_slice(), &[0]].concat()).is_err());
        prop_assert!(parsers::cbor(&item[..item.len() - 1]).is_err());
    }

    #[test]
    fn extensions_of_any_content_are_passed_over(name in "[a-zA-Z-]{1,20}", output in item()) {
        // One level more is the map of the extensions themselves.
        prop_assume!(parsers::cbor(&cbor::array(std::slice::from_ref(&output))).is_ok());
        let extensions = Some(cbor::map(&[(cbor::text(&name), output)]));
        let knobs = soft::Knobs { extensions, ..knobs(soft::Algorithm::EdDsa) };
        let (options, pending) = begin_registration(Mediation::Modal);
        let answer = registration::Answer::parse(&soft::register(&options, &knobs).1).unwrap();
        prop_assert!(registration::finish(&rp(), &pending, &answer, &Trust::nobody(NOW)).is_ok());
    }

    /// Two readers, one meaning: what the limited algorithm takes for the right client data, we never take for other
    /// ones; at most we do not take them for client data at all.
    #[test]
    fn limited_verification_and_the_full_parser_agree(
        at in 0..200usize,
        byte: u8,
        tail in "(,\"[a-z]{0,9}\":[0-9]{0,2}){0,2}",
    ) {
        let (options, pending) = begin_registration(Mediation::Modal);
        let (_, mut draft) = soft::draft(&options, &knobs(soft::Algorithm::EdDsa));
        let end = draft.client_data.len() - 1;
        draft.client_data.splice(end..end, tail.bytes());
        if let Some(changed) = draft.client_data.get_mut(at) {
            *changed = byte;
        }
        let challenge = options["challenge"].as_str().unwrap();
        let limited = limited_verification(&draft.client_data, "webauthn.create", challenge, crate::world::ORIGIN);
        let full = registration::Answer::parse(&draft.json()).and_then(|answer| {
            registration::finish(&rp(), &pending, &answer, &Trust::nobody(NOW))
        });
        match full {
            Ok(_) => {}
            Err(Refusal::ClientData(reason)) if limited => {
                let reason = Refusal::ClientData(reason);
                prop_assert_eq!(reason.public(), webauthn::Public::Unreadable);
            }
            Err(other) => prop_assert!(!limited, "{other}"),
        }
    }
}
