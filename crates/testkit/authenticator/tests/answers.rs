#![cfg(test)]
//! The tool itself: what its seeds fix, what its knobs turn, and that its signatures are right.

use authenticator::{Algorithm, Knobs, base64url, cbor, draft, register, unbase64url};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P384_SHA384_ASN1, ECDSA_P521_SHA512_ASN1, ED25519, ML_DSA_44, ML_DSA_65, ML_DSA_87,
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, RSA_PSS_2048_8192_SHA256,
    RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512, RsaPublicKeyComponents, UnparsedPublicKey,
    VerificationAlgorithm,
};
use serde_json::{Value, json};

fn creation() -> Value {
    json!({"rp": {"id": "id.example.org"}, "user": {"id": "BwcH"}, "challenge": base64url([1; 32])})
}

fn request() -> Value {
    json!({"rpId": "id.example.org", "challenge": base64url([2; 32])})
}

#[test]
fn the_same_seed_gives_the_same_credential_and_no_seed_another_each_time() {
    for algorithm in [Algorithm::Es256, Algorithm::EdDsa] {
        let knobs = Knobs { algorithm, ..Knobs::at("https://id.example.org") };
        let seeded = Knobs { seed: Some([9; 32]), ..knobs.clone() };
        assert_eq!(register(&creation(), &seeded).1, register(&creation(), &seeded).1);
        assert_ne!(register(&creation(), &knobs).1["id"], register(&creation(), &knobs).1["id"]);
    }
}

/// By the public key as the test reads it out of the COSE key, not as the tool knows it.
#[test]
fn what_it_signs_verifies_under_the_key_that_it_shows() {
    for algorithm in Algorithm::ALL {
        let knobs = Knobs { algorithm, ..Knobs::at("https://id.example.org") };
        let (mut passkey, _) = draft(&creation(), &knobs);
        let assertion = passkey.assert(&request(), &knobs);
        let (cose, signed) = (passkey.key.cose(), assertion.signed());
        let tail = |length: usize| &cose[cose.len() - length..];
        // x, then the label of y and its head of two bytes, then y.
        let point = |length: usize| [&[4], &tail(2 * length + 3)[..length], tail(length)].concat();
        let by = |algorithm: &'static dyn VerificationAlgorithm, key: &[u8]| {
            UnparsedPublicKey::new(algorithm, key).verify(&signed, &assertion.signature)
        };
        let rsa = |parameters| {
            let key = RsaPublicKeyComponents { n: &cose[cose.len() - 261..cose.len() - 5], e: &cose[cose.len() - 3..] };
            key.verify(parameters, &signed, &assertion.signature)
        };
        let verified = match algorithm {
            Algorithm::Es256 => by(&ECDSA_P256_SHA256_ASN1, &point(32)),
            Algorithm::Es384 => by(&ECDSA_P384_SHA384_ASN1, &point(48)),
            Algorithm::Es512 => by(&ECDSA_P521_SHA512_ASN1, &point(66)),
            Algorithm::EdDsa => by(&ED25519, tail(32)),
            Algorithm::MlDsa44 => by(&ML_DSA_44, tail(1312)),
            Algorithm::MlDsa65 => by(&ML_DSA_65, tail(1952)),
            Algorithm::MlDsa87 => by(&ML_DSA_87, tail(2592)),
            Algorithm::Ps256 => rsa(&RSA_PSS_2048_8192_SHA256),
            Algorithm::Ps384 => rsa(&RSA_PSS_2048_8192_SHA384),
            Algorithm::Ps512 => rsa(&RSA_PSS_2048_8192_SHA512),
            Algorithm::Rs256 => rsa(&RSA_PKCS1_2048_8192_SHA256),
            Algorithm::Rs384 => rsa(&RSA_PKCS1_2048_8192_SHA384),
            Algorithm::Rs512 => rsa(&RSA_PKCS1_2048_8192_SHA512),
        };
        assert!(verified.is_ok(), "{algorithm:?}");
    }
}

#[test]
fn client_data_are_written_as_browsers_write_them() {
    let knobs = Knobs { top_origin: Some("https://a.example".to_owned()), ..Knobs::at("https://id.example.org") };
    let (_, registration) = draft(&creation(), &knobs);
    let challenge = base64url([1; 32]);
    let expected = [
        format!(r#"{{"type":"webauthn.create","challenge":"{challenge}","origin":"https://id.example.org""#),
        r#","crossOrigin":false,"topOrigin":"https://a.example"}"#.to_owned(),
    ];
    assert_eq!(str::from_utf8(&registration.client_data).unwrap(), expected.concat());
}

#[test]
fn knobs_turn_flags_counter_and_names() {
    let knobs = Knobs::at("https://id.example.org");
    let (mut passkey, json) = register(&creation(), &knobs);
    assert_eq!(json["response"]["transports"], json!(["internal"]));
    let data = |json: &Value| unbase64url(json["response"]["authenticatorData"].as_str().unwrap());
    let first = data(&passkey.sign_in(&request(), &knobs));
    assert_eq!((first.len(), first[32], &first[33..]), (37, 0b101, &[0, 0, 0, 1][..]));
    let synced = Knobs { be: true, bs: true, uv: false, count_by: 0, names_user: false, ..knobs };
    let json = passkey.sign_in(&request(), &synced);
    assert_eq!((data(&json)[32], data(&json)[36]), (0b1_1001, 1));
    assert_eq!(json["response"]["userHandle"], Value::Null);
    let extended = Knobs { extensions: Some(cbor::map(&[])), rp_id: Some("other.example".to_owned()), ..synced };
    let other = data(&passkey.sign_in(&request(), &extended));
    assert_eq!((other.len(), other[32]), (38, 0b1001_1001));
    assert_ne!(other[..32], first[..32]);
}

/// RFC 8949, appendix A.
#[test]
fn cbor_is_written_as_the_standard_shows_it() {
    let shown: [(Vec<u8>, &[u8]); 9] = [
        (cbor::integer(23), &[0x17]),
        (cbor::integer(24), &[0x18, 0x18]),
        (cbor::integer(1000), &[0x19, 0x03, 0xe8]),
        (cbor::integer(-1000), &[0x39, 0x03, 0xe7]),
        (cbor::integer(1_000_000), &[0x1a, 0x00, 0x0f, 0x42, 0x40]),
        (cbor::bytes(&[1, 2, 3, 4]), &[0x44, 1, 2, 3, 4]),
        (cbor::text("IETF"), &[0x64, b'I', b'E', b'T', b'F']),
        (cbor::array(&[cbor::integer(1), cbor::boolean(false)]), &[0x82, 1, 0xf4]),
        (cbor::map(&[(cbor::integer(1), cbor::integer(2))]), &[0xa1, 1, 2]),
    ];
    for (written, bytes) in shown {
        assert_eq!(written, bytes);
    }
}
