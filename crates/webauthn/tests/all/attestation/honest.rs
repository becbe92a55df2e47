//! Statements that hold, and how far they lead.

use super::*;

#[test]
fn honest_statements_are_believed_as_far_as_they_lead() {
    for format in FORMATS {
        let draft = draft(format, ES256).changed(Otherwise(|_| {}));
        // A U2F token signs neither model nor flags; see below.
        let vouched = if format == "fido-u2f" { Vouched::Somebody } else { Vouched::Anchor };
        assert_eq!(draft.is_believed(&[draft.maker.root()]), Ok(vouched), "{format}");
        let registered = draft.finish(&Trust::nobody(NOW)).unwrap();
        assert_eq!((registered.vouched(), registered.format().as_str()), (Vouched::Somebody, format));
        assert_eq!(registered.aaguid(), MODEL);
        assert_eq!(draft.is_believed(&[]), Err(profile(Profile::Chain)), "{format}");
        assert_eq!(draft.is_believed(&[Maker::new(2).root()]), Err(profile(Profile::Chain)), "{format}");
    }
}

/// What a U2F token signs says nothing of model, flags and count, so whoever writes something there says it alone.
#[test]
fn w19_a_u2f_token_vouches_for_no_more_than_it_signs() {
    let vouched = |change: fn(&mut soft::Knobs)| {
        let (options, pending) = begin_registration(Mediation::Conditional); // nobody need be verified
        let mut knobs = soft::Knobs { uv: false, seed: Some([77; 32]), ..knobs(ES256) };
        change(&mut knobs);
        let (passkey, mut registration) = soft::draft(&options, &knobs);
        "fido-u2f".clone_into(&mut registration.format);
        let maker = Maker::new(1);
        let attestation = maker.attest("fido-u2f", &passkey, &registration, &[0; 16]);
        registration.statement = attestation.statement();
        let draft = Draft { pending, passkey, registration, attestation, maker };
        draft.is_believed(&[draft.maker.root()]).unwrap()
    };
    assert_eq!(vouched(|_| {}), Vouched::Anchor);
    let lies: [fn(&mut soft::Knobs); 4] =
        [|it| it.aaguid = MODEL, |it| it.uv = true, |it| it.be = true, |it| (it.be, it.bs) = (true, true)];
    for lie in lies {
        assert_eq!(vouched(lie), Vouched::Somebody);
    }
}

/// What software says of a key in a phone, any software can say.
#[test]
fn w19_android_is_believed_where_hardware_speaks() {
    let by_software = Description(|challenge, by_software, by_hardware| {
        key_description_of(challenge, &[by_software, by_hardware].concat(), &[])
    });
    let level = |place: usize| {
        let mut draft = draft("android-key", ES256);
        let value = &mut draft.attestation.certificate.extension(ANDROID_KEY_DESCRIPTION).value;
        let levels: Vec<_> = (0..value.len() - 2).filter(|at| value[*at..*at + 3] == [0x0a, 1, 1]).collect();
        value[levels[place] + 2] = 0;
        draft.changed(Otherwise(|_| {}))
    };
    for draft in [draft("android-key", ES256).changed(by_software), level(0), level(1)] {
        assert_eq!(draft.is_believed(&[draft.maker.root()]), Ok(Vouched::Somebody));
    }
}

/// With every algorithm of the credential, and with every algorithm of the maker's key.
#[test]
fn statements_are_signed_in_every_algorithm() {
    for algorithm in soft::Algorithm::ALL {
        for format in ["packed", "apple", "android-key"] {
            let draft = draft(format, algorithm).changed(Otherwise(|_| {}));
            assert_eq!(draft.is_believed(&[draft.maker.root()]), Ok(Vouched::Anchor), "{format} {algorithm:?}");
        }
        let mut draft = draft("packed", ES256);
        attest_with(&mut draft.attestation, algorithm);
        let draft = draft.changed(Otherwise(|_| {}));
        assert_eq!(draft.is_believed(&[draft.maker.root()]), Ok(Vouched::Anchor), "{algorithm:?}");
    }
    for algorithm in soft::Algorithm::ECDSA.into_iter().chain(soft::Algorithm::RSA) {
        let draft = draft("tpm", algorithm).changed(Otherwise(|_| {}));
        assert_eq!(draft.is_believed(&[draft.maker.root()]), Ok(Vouched::Anchor), "{algorithm:?}");
    }
}

/// A TPM attests with RSA or on a curve; what it is asked is hashed by the same hash.
#[test]
fn a_tpm_attests_with_each_of_its_algorithms() {
    for algorithm in soft::Algorithm::ECDSA.into_iter().chain(soft::Algorithm::RSA) {
        let mut draft = draft("tpm", ES256);
        attest_with(&mut draft.attestation, algorithm);
        let message = draft.attestation.message.clone();
        draft.attestation.tpm = Some(Tpm::of(&draft.passkey.key, algorithm, &message));
        let draft = draft.changed(Otherwise(|_| {}));
        assert_eq!(draft.is_believed(&[draft.maker.root()]), Ok(Vouched::Anchor), "{algorithm:?}");
    }
}

#[test]
fn a_token_of_the_first_generation_has_keys_of_p256_alone() {
    for algorithm in soft::Algorithm::ALL.into_iter().filter(|algorithm| *algorithm != ES256) {
        let refusal = refusal_with("fido-u2f", algorithm, Otherwise(|_| {}));
        assert_eq!(refusal, Some(Refusal::FidoU2f(FidoU2f::CredentialKey)), "{algorithm:?}");
    }
}

#[test]
fn no_tpm_keeps_a_key_of_another_kind() {
    for algorithm in [soft::Algorithm::EdDsa, soft::Algorithm::MlDsa44] {
        let mut draft = draft("packed", algorithm);
        draft.attestation.format = "tpm";
        "tpm".clone_into(&mut draft.registration.format);
        let other = Key::from_seed(ES256, &[93; 32]);
        draft.attestation.tpm = Some(Tpm::of(&other, ES256, &draft.attestation.message));
        let draft = draft.changed(Otherwise(|_| {}));
        assert_eq!(draft.finish(&Trust::nobody(NOW)).err(), Some(reason(Reason::KeyDiffers)), "{algorithm:?}");
    }
}

/// Android says that software keeps the key, and an operator demands hardware.
#[test]
fn an_operator_may_demand_that_hardware_speaks_for_an_android_key() {
    let by_software = Description(|challenge, by_software, by_hardware| {
        key_description_of(challenge, &[by_software, by_hardware].concat(), &[])
    });
    let draft = draft("android-key", ES256).changed(by_software);
    let trust = Trust::nobody(NOW);
    assert!(draft.finish(&trust).is_ok());
    let demanding = Trust { demands_android_hardware: true, ..trust };
    assert_eq!(draft.finish(&demanding).err(), Some(android(AndroidKey::Origin)));
}

#[test]
fn an_operator_may_know_makers_of_tpms_that_the_registry_does_not() {
    let draft = draft("tpm", ES256).changed(Value(SUBJECT_ALTERNATIVE_NAME, |value| *value = tpm_names("id:00000000")));
    let vendors = ["00000000".to_owned()];
    assert!(draft.finish(&Trust { tpm_vendors: &vendors, ..Trust::nobody(NOW) }).is_ok());
}

/// A registration by an independent program: a TPM of old, which signs with RSA and SHA-1 and names its keys by SHA-1.
#[test]
fn w08_tpms_sign_with_sha1_where_an_operator_allows_it() {
    let mut case: serde_json::Value = serde_json::from_str(include_str!("../tpm-sha1.json")).unwrap();
    let run = |case: &serde_json::Value| match webauthn::recorded::check(case, NOW) {
        Ok(webauthn::recorded::Receipt::Registered(registered)) => Ok(registered.vouched()),
        other => Err(format!("{other:?}")),
    };
    assert_eq!(run(&case), Ok(Vouched::Anchor));
    case["allow_sha1_of_tpms"] = serde_json::json!(false);
    assert!(run(&case).unwrap_err().contains("Attestation(KeyAlgorithm)"));
}

#[test]
fn a_path_is_found_whatever_stands_around_it() {
    let other = || Maker::new(2).authority().signed_by(Maker::new(2).root_key());
    /// Of the same name and another key: what a maker has after it renewed its authority.
    fn renewed() -> Vec<u8> {
        let mut authority = Maker::new(1).authority();
        authority.key = Key::from_seed(ES256, &[92; 32]).spki();
        authority.signed_by(Maker::new(1).root_key())
    }
    type Order = (&'static str, fn(&mut Attestation));
    let orders: [Order; 6] = [
        ("another maker's before it", |it| it.others.insert(0, Maker::new(2).root())),
        ("the root behind it", |it| it.others.push(Maker::new(1).root())),
        ("the root before it", |it| it.others.insert(0, Maker::new(1).root())),
        ("one of its name before it", |it| it.others.insert(0, renewed())),
        ("twice", |it| it.others.push(it.others[0].clone())),
        ("a signature with bits to spare", |it| it.certificate.unused_bits = 3),
    ];
    for format in ["packed", "apple", "android-key", "tpm"] {
        for (name, order) in orders {
            let draft = draft(format, ES256).changed(Otherwise(order));
            assert_eq!(draft.is_believed(&[draft.maker.root()]), Ok(Vouched::Anchor), "{format}: {name}");
        }
        let draft = draft(format, ES256).changed(Otherwise(|it| it.others.clear()));
        let authority = draft.maker.authority().signed_by(draft.maker.root_key());
        assert_eq!(
            draft.is_believed(&[other(), authority]),
            Ok(Vouched::Anchor),
            "{format}: the authority is believed"
        );
        let itself = draft.attestation.certificate.signed_by(&draft.attestation.issuer);
        let believed = draft.with_chain(std::slice::from_ref(&itself));
        assert_eq!(believed.is_believed(&[other(), itself]), Ok(Vouched::Anchor), "{format}: it is believed itself");
    }
}

/// Makers' roots are old: without extensions, of version 1, past the time they gave themselves.
#[test]
fn an_anchor_is_a_name_and_a_key() {
    let draft = draft("packed", ES256).changed(Otherwise(|_| {}));
    let root = |change: fn(&mut Certificate)| {
        let (mut root, key) = (draft.maker.root_certificate(), draft.maker.root_key());
        change(&mut root);
        root.signed_by(key)
    };
    for old in [
        root(|root| root.extensions.clear()),
        root(|root| (root.version, root.extensions) = (None, vec![])),
        root(|root| root.not_after = earlier()),
        root(|root| root.unused_bits = 7),
        root(|root| *root = root.clone().with("1.2.3.4", true, &[5, 0])),
    ] {
        assert_eq!(draft.is_believed(&[old]), Ok(Vouched::Anchor));
    }
    let no_authority = root(|root| root.extension(BASIC_CONSTRAINTS).value = der::sequence(&[]));
    assert_eq!(draft.is_believed(&[no_authority]), Err(profile(Profile::Chain)), "it says that it is none");
    let renamed = root(|root| root.subject = name(&[("2.5.4.3", "Root")]));
    assert_eq!(draft.is_believed(&[renamed]), Err(profile(Profile::Chain)));
}

/// Of many certificates that all could have issued one another, not every path is walked.
#[test]
fn i18_a_thicket_of_authorities_ends() {
    let (maker, key) = (Maker::new(1), Key::from_seed(ES256, &[91; 32]));
    let ring = name(&[("2.5.4.3", "Ring")]);
    let mut draft = draft("packed", ES256);
    draft.attestation.certificate.issuer = ring.clone();
    draft.attestation.issuer = key.clone();
    draft.attestation.others = (0..9)
        .map(|n| {
            let mut one = Certificate::authority(&ring, &ring, &key, None);
            one.serial = vec![1, n];
            one.signed_by(&key)
        })
        .collect();
    let draft = draft.changed(Otherwise(|_| {}));
    assert_eq!(draft.is_believed(&[maker.root()]), Err(profile(Profile::Chain)));
}
/// A moment that the chain is judged at is the caller's, not the machine's.
#[test]
fn a_chain_is_judged_at_a_given_time() {
    let draft = draft("packed", ES256).changed(Otherwise(|_| {}));
    let at = |text: &str| {
        let trust = Trust { anchors: Some(&draft.anchors()), ..Trust::nobody(text.parse::<Timestamp>().unwrap()) };
        draft.finish(&trust).map(|registered| registered.vouched())
    };
    assert_eq!(at("2019-12-31T23:59:59Z"), Err(profile(Profile::Time)));
    assert_eq!(at("2020-01-01T00:00:00Z"), Ok(Vouched::Anchor));
    assert_eq!(at("2099-12-31T23:59:59Z"), Ok(Vouched::Anchor));
    assert_eq!(at("2100-01-01T00:00:00Z"), Err(profile(Profile::Time)));
}

/// An algorithm that was not offered stays refused, whoever vouches for it.
#[test]
fn w08_who_vouches_for_a_credential_does_not_change_what_was_offered() {
    let mut draft = draft("packed", ES256).changed(Otherwise(|_| {}));
    let mut pending = serde_json::to_value(&draft.pending).unwrap();
    pending["a"] = serde_json::json!([-257]);
    draft.pending = serde_json::from_value(pending).unwrap();
    assert_eq!(draft.is_believed(&[draft.maker.root()]), Err(Refusal::PublicKey(PublicKey::NotOffered)));
}
