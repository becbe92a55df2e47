//! What the software authenticator makes is accepted, and the receipts say what it did.
use authenticator as soft;
use serde_json::json;
#[test]
fn x() {
    let rp = webauthn::RelyingParty {
        id: vocab::RpId::parse("id.example.org").unwrap(),
        name: "x".into(),
        origins: vec![vocab::Origin::parse("https://id.example.org").unwrap()],
        top_origins: vec![],
    };
    for algorithm in soft::Algorithm::ALL {
        let (options, pending) = webauthn::registration::begin(
            &rp,
            webauthn::registration::Ask {
                challenge: webauthn::Challenge::from_bytes([1; 32]),
                user: webauthn::registration::User { handle: vec![1], name: "a".into(), display_name: "b".into() },
                exclude: vec![],
                timeout_ms: 1,
                mediation: webauthn::Mediation::Modal,
            },
        );
        let options = json!(options);
        println!("{options}");
        let knobs = soft::Knobs { algorithm, ..soft::Knobs::at("https://id.example.org") };
        let (mut passkey, answer) = soft::register(&options, &knobs);
        let answer = webauthn::registration::Answer::parse(&answer).unwrap();
        assert!(answer.answers(&pending));
        let reg = webauthn::registration::finish(&rp, &pending, &answer).unwrap();
        let (options, pending) = webauthn::authentication::begin(
            &rp,
            webauthn::authentication::Ask {
                challenge: webauthn::Challenge::from_bytes([2; 32]),
                allow: vec![],
                user_verification: webauthn::UserVerification::Required,
                timeout_ms: 1,
            },
        );
        let answer = passkey.sign_in(&json!(options), &knobs);
        let answer = webauthn::authentication::Answer::parse(&answer).unwrap();
        let known = webauthn::authentication::Known {
            raw_id: reg.raw_id(),
            public_key: reg.public_key(),
            algorithm: reg.algorithm(),
            user_handle: &[1],
            is_backup_eligible: false,
        };
        let t = std::time::Instant::now;
        let _ = t;
        let verified = webauthn::authentication::finish(&rp, &pending, &answer, &known).unwrap();
        println!("{verified:?}");
    }
}
