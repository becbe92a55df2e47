//! What browsers are handed, member by member, and what is kept meanwhile.

use serde_json::json;
use webauthn::{
    Challenge, Conveyance, Descriptor, Mediation, Transport, UserVerification, authentication, registration,
};

use crate::world::{begin_authentication, begin_registration, rp};

#[test]
fn creation_options_are_those_of_the_standard() {
    let ask = registration::Ask {
        challenge: Challenge::from_bytes([1; 32]),
        user: registration::User { handle: vec![7; 16], name: "ann".into(), display_name: "Ann <b>\u{202e}\0".into() },
        exclude: vec![
            Descriptor { id: vec![0xfb, 0xff], transports: vec![Transport::Hybrid, Transport::Internal] },
            Descriptor { id: vec![1], transports: vec![] },
        ],
        timeout_ms: 180_000,
        mediation: Mediation::Modal,
        attestation: Conveyance::None,
        algorithms: webauthn::Algorithm::ALL.to_vec(),
    };
    let (options, pending) = registration::begin(&rp(), ask);
    let expected = json!({
        "rp": {"id": "id.example.org", "name": "Example"},
        "user": {"id": "BwcHBwcHBwcHBwcHBwcHBw", "name": "ann", "displayName": "Ann <b>\u{202e}\0"},
        "challenge": "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE",
        "pubKeyCredParams": [
            {"type": "public-key", "alg": -7},
            {"type": "public-key", "alg": -8},
            {"type": "public-key", "alg": -35},
            {"type": "public-key", "alg": -36},
            {"type": "public-key", "alg": -48},
            {"type": "public-key", "alg": -49},
            {"type": "public-key", "alg": -50},
            {"type": "public-key", "alg": -37},
            {"type": "public-key", "alg": -38},
            {"type": "public-key", "alg": -39},
            {"type": "public-key", "alg": -257},
            {"type": "public-key", "alg": -258},
            {"type": "public-key", "alg": -259},
        ],
        "timeout": 180_000,
        "excludeCredentials": [
            {"type": "public-key", "id": "-_8", "transports": ["hybrid", "internal"]},
            {"type": "public-key", "id": "AQ"},
        ],
        "authenticatorSelection": {
            "residentKey": "preferred",
            "requireResidentKey": false,
            "userVerification": "required",
        },
        "attestation": "none",
        "extensions": {"credProps": true},
    });
    assert_eq!(json!(options), expected);
    let kept = json!({
        "c": "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE",
        "a": [-7, -8, -35, -36, -48, -49, -50, -37, -38, -39, -257, -258, -259],
        "v": "required",
        "m": "modal",
    });
    assert_eq!(json!(pending), kept);
}

#[test]
fn on_the_side_verification_is_not_asked_for() {
    let (options, pending) = begin_registration(Mediation::Conditional);
    assert_eq!(options["authenticatorSelection"]["userVerification"], "preferred");
    assert_eq!((&json!(pending)["v"], &json!(pending)["m"]), (&json!("preferred"), &json!("conditional")));
}

#[test]
fn request_options_are_those_of_the_standard() {
    let ask = authentication::Ask {
        challenge: Challenge::from_bytes([1; 32]),
        allow: vec![Descriptor { id: vec![0xfb, 0xff], transports: vec![Transport::Usb] }],
        user_verification: UserVerification::Preferred,
        timeout_ms: 120_000,
    };
    let (options, pending) = authentication::begin(&rp(), ask);
    let expected = json!({
        "challenge": "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE",
        "timeout": 120_000,
        "rpId": "id.example.org",
        "allowCredentials": [{"type": "public-key", "id": "-_8", "transports": ["usb"]}],
        "userVerification": "preferred",
    });
    assert_eq!(json!(options), expected);
    let kept = json!({"c": "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE", "i": ["-_8"], "v": "preferred"});
    assert_eq!(json!(pending), kept);
    let nobody = begin_authentication(None, UserVerification::Required);
    assert_eq!((&nobody.0["allowCredentials"], &json!(nobody.1)["i"]), (&json!([]), &json!([])));
}

#[test]
fn a_pending_reads_back_and_nothing_else_does() {
    let (_, pending) = begin_registration(Mediation::Conditional);
    assert_eq!(serde_json::from_value::<registration::Pending>(json!(pending)).unwrap(), pending);
    let (_, asked) = begin_authentication(Some(b"id"), UserVerification::Discouraged);
    assert_eq!(serde_json::from_value::<authentication::Pending>(json!(asked)).unwrap(), asked);
    for (key, value) in [
        ("c", json!("AQE")),
        ("c", json!("AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQF")),
        ("a", json!([-65535])),
        ("v", json!("Required")),
        ("m", json!("silent")),
        ("x", json!(1)),
    ] {
        let mut other = json!(pending);
        other[key] = value;
        assert!(serde_json::from_value::<registration::Pending>(other).is_err(), "{key}");
    }
    // One kind of ceremony's is not the other's.
    assert!(serde_json::from_value::<authentication::Pending>(json!(pending)).is_err());
    assert!(serde_json::from_value::<registration::Pending>(json!(asked)).is_err());
}
