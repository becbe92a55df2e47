//! What can be wrong with a statement, table by table. Which formats a table is about stands in [`super::TABLES`].

use super::*;

pub(super) const MEMBERS: &[Case] = &[
    ("a member more", OneMore("ecdaaKeyId", || cbor::bytes(&[7])), reason(Reason::Member)),
    ("a number for a name", OneMore("", || cbor::integer(1)), reason(Reason::Member)),
    ("a chain that is bytes", Member("x5c", || cbor::bytes(&[7])), reason(Reason::Member)),
    ("a chain that is a map", Member("x5c", || cbor::map(&[])), reason(Reason::Member)),
    ("certificates in words", Member("x5c", || cbor::array(&[cbor::text("MIIB")])), reason(Reason::Member)),
    ("an empty chain", Member("x5c", || cbor::array(&[])), reason(Reason::Certificates)),
    ("eleven certificates", Chain(|chain| chain.resize(11, chain[0].clone())), reason(Reason::Certificates)),
    ("a certificate without bytes", Member("x5c", || cbor::array(&[cbor::bytes(&[])])), reason(Reason::Certificate)),
    (
        "a certificate that is none",
        Member("x5c", || cbor::array(&[cbor::bytes(&[0x30, 0])])),
        reason(Reason::Certificate),
    ),
    ("half a certificate", Chain(|chain| chain[0].truncate(200)), reason(Reason::Certificate)),
    ("a byte behind the certificate", Chain(|chain| chain[0].push(0)), reason(Reason::Certificate)),
    (
        "something behind the certificates that is none",
        Chain(|chain| chain.push(vec![1, 2, 3])),
        reason(Reason::Certificate),
    ),
    ("one extension twice", Leaf(|leaf| leaf.extensions.push(leaf.extensions[0].clone())), reason(Reason::Certificate)),
    (
        "33 extensions",
        Leaf(|leaf| *leaf = (0..33).fold(leaf.clone(), |leaf, n| leaf.with(&format!("1.2.{n}"), false, &[5, 0]))),
        reason(Reason::Certificate),
    ),
    ("a time in words", Leaf(|leaf| leaf.not_after = "for ever".to_owned()), reason(Reason::Certificate)),
    ("a time without seconds", Leaf(|leaf| leaf.not_after = "209912312359Z".to_owned()), reason(Reason::Certificate)),
    (
        "a time of another zone",
        Leaf(|leaf| leaf.not_after = "20991231235959+0100".to_owned()),
        reason(Reason::Certificate),
    ),
    ("a key that is none", Leaf(|leaf| leaf.key = der::sequence(&[])), reason(Reason::Certificate)),
];

pub(super) const NO_CHAIN: &[Case] = &[("no chain", NoMember("x5c"), reason(Reason::Member))];

/// It would be the credential's own word, and is not signed by it.
pub(super) const NO_CHAIN_IN_PACKED: &[Case] = &[("no chain", NoMember("x5c"), reason(Reason::Signature))];

pub(super) const SIGNATURE: &[Case] = &[
    ("no signature", NoMember("sig"), reason(Reason::Member)),
    ("a signature in words", Member("sig", || cbor::text("sig")), reason(Reason::Member)),
    ("no byte of a signature", Member("sig", || cbor::bytes(&[])), reason(Reason::Signature)),
    ("a bit of the signature off", Bytes("sig", |sig| *sig.last_mut().unwrap() ^= 1), reason(Reason::Signature)),
    ("a signature cut off", Bytes("sig", cut), reason(Reason::Signature)),
    ("a byte behind the signature", Bytes("sig", |sig| sig.push(0)), reason(Reason::Signature)),
    ("zeros", Member("sig", || cbor::bytes(&[0x30, 6, 2, 1, 0, 2, 1, 0])), reason(Reason::Signature)),
    (
        "w19 the key of another batch",
        Otherwise(|it| it.key = Key::from_seed(ES256, &[99; 32])),
        reason(Reason::Signature),
    ),
];

pub(super) const ALGORITHM: &[Case] = &[
    ("no algorithm", NoMember("alg"), reason(Reason::Member)),
    ("an algorithm in words", Member("alg", || cbor::text("ES256")), reason(Reason::Member)),
    ("an algorithm that is none of ours", Otherwise(|it| it.algorithm = -47), reason(Reason::KeyAlgorithm)),
    ("RS1", Otherwise(|it| it.algorithm = -65535), reason(Reason::KeyAlgorithm)),
    ("w19 the algorithm of another kind of key", Otherwise(|it| it.algorithm = -257), reason(Reason::KeyAlgorithm)),
    ("no algorithm at all", Otherwise(|it| it.algorithm = 0), reason(Reason::KeyAlgorithm)),
    ("w19 the algorithm of another curve", Otherwise(|it| it.algorithm = -35), reason(Reason::KeyAlgorithm)),
    ("w19 the algorithm of another curve still", Otherwise(|it| it.algorithm = -36), reason(Reason::KeyAlgorithm)),
];

pub(super) const MESSAGE: &[Case] = &[
    ("nothing is signed", Otherwise(|it| it.message.clear()), reason(Reason::Signature)),
    ("a byte of what is signed is another", Otherwise(|it| it.message[3] ^= 1), reason(Reason::Signature)),
    ("what is signed lacks its end", Otherwise(|it| cut(&mut it.message)), reason(Reason::Signature)),
];

/// Step 24.
pub(super) const TRUST: &[Case] = &[
    ("w19 not valid yet", Leaf(|leaf| leaf.not_before = later()), profile(Profile::Time)),
    ("w19 not valid any more", Leaf(|leaf| leaf.not_after = earlier()), profile(Profile::Time)),
    ("w19 signed by another", Otherwise(|it| it.issuer = Key::from_seed(ES256, &[98; 32])), profile(Profile::Chain)),
    (
        "w19 an issuer of another name",
        Leaf(|leaf| leaf.issuer = name(&[("2.5.4.3", "Somebody")])),
        profile(Profile::Chain),
    ),
    (
        "w19 its own issuer",
        Otherwise(|it| {
            it.certificate.issuer = it.certificate.subject.clone();
            it.issuer = it.key.clone();
        }),
        profile(Profile::Chain),
    ),
    (
        "an extension that must be understood",
        Leaf(|leaf| *leaf = leaf.clone().with("1.2.3.4", true, &[5, 0])),
        profile(Profile::Critical),
    ),
    (
        "names that are constrained",
        Leaf(|leaf| *leaf = leaf.clone().with("2.5.29.30", true, &[0x30, 0])),
        profile(Profile::Critical),
    ),
];

pub(super) const PATH: &[Case] = &[
    ("w19 no authority between", Otherwise(|it| it.others.clear()), profile(Profile::Chain)),
    (
        "w19 the authority of another maker",
        Otherwise(|it| it.others = vec![Maker::new(2).authority().signed_by(Maker::new(2).root_key())]),
        profile(Profile::Chain),
    ),
    (
        "w19 an authority that somebody else signed",
        Otherwise(|it| it.others = vec![Maker::new(1).authority().signed_by(&it.key)]),
        profile(Profile::Chain),
    ),
    ("w19 an authority not valid yet", Authority(|ca| ca.not_before = later()), profile(Profile::Chain)),
    ("w19 an authority not valid any more", Authority(|ca| ca.not_after = earlier()), profile(Profile::Chain)),
    ("w19 an authority that does not say so", Authority(|ca| ca.remove(BASIC_CONSTRAINTS)), profile(Profile::Chain)),
    (
        "w19 an authority that denies it",
        Authority(|ca| ca.extension(BASIC_CONSTRAINTS).value = der::sequence(&[])),
        profile(Profile::Chain),
    ),
    (
        "w19 an authority whose limits cannot be read",
        Authority(|ca| ca.extension(BASIC_CONSTRAINTS).value = vec![5, 0]),
        profile(Profile::Chain),
    ),
    (
        "w19 an authority that may not sign certificates",
        Authority(|ca| ca.extension(KEY_USAGE).value = der::bits(&[0x80], 7)),
        profile(Profile::Chain),
    ),
    (
        "w19 an authority whose usage cannot be read",
        Authority(|ca| ca.extension(KEY_USAGE).value = vec![5, 0]),
        profile(Profile::Chain),
    ),
    ("w19 an authority of old, without extensions", Authority(|ca| ca.extensions.clear()), profile(Profile::Chain)),
    (
        "w19 an authority with something that must be understood",
        Authority(|ca| *ca = ca.clone().with("1.2.3.4", true, &[5, 0])),
        profile(Profile::Chain),
    ),
    (
        "w19 an authority with another key",
        Authority(|ca| ca.key = Key::from_seed(ES256, &[96; 32]).spki()),
        profile(Profile::Chain),
    ),
    ("w19 an authority below one that allows none", Otherwise(one_authority_more), profile(Profile::Chain)),
];

pub(super) const PROFILE: &[Case] = &[
    ("w19 version 1", Leaf(|leaf| leaf.version = None), profile(Profile::Version)),
    ("w19 version 2", Leaf(|leaf| leaf.version = Some(1)), profile(Profile::Version)),
    (
        "w19 an authority's",
        Leaf(|leaf| leaf.extension(BASIC_CONSTRAINTS).value = der::sequence(&[der::boolean(true)])),
        profile(Profile::Authority),
    ),
    (
        "w19 silent on whether it is an authority's",
        Leaf(|leaf| leaf.remove(BASIC_CONSTRAINTS)),
        profile(Profile::Authority),
    ),
    (
        "w19 unclear on whether it is an authority's",
        Leaf(|leaf| leaf.extension(BASIC_CONSTRAINTS).value = der::sequence(&[der::item(1, [1])])),
        profile(Profile::Authority),
    ),
    (
        "w19 for another model",
        Value(AAGUID, |value| *value = der::octets(b"a model of other")),
        profile(Profile::Aaguid),
    ),
    (
        "w19 for a model of 15 bytes",
        Value(AAGUID, |value| *value = der::octets(&MODEL[1..])),
        profile(Profile::AaguidForm),
    ),
    ("w19 for no model", Value(AAGUID, |value| *value = der::octets([])), profile(Profile::AaguidForm)),
    (
        "w19 for a model that is written bare",
        Value(AAGUID, |value| *value = MODEL.to_vec()),
        profile(Profile::AaguidForm),
    ),
    ("w19 for a model, and a byte more", Value(AAGUID, |value| value.push(0)), profile(Profile::AaguidForm)),
    (
        "w19 for a model that must be understood",
        Leaf(|leaf| leaf.extension(AAGUID).is_critical = true),
        profile(Profile::AaguidForm),
    ),
];

pub(super) const PACKED: &[Case] = &[
    ("no country", Subject([None, Some("Maker"), Some(UNIT), Some("Batch")]), profile(Profile::Subject)),
    (
        "a country of three letters",
        Subject([Some("DEU"), Some("Maker"), Some(UNIT), Some("Batch")]),
        profile(Profile::Subject),
    ),
    ("a country of digits", Subject([Some("49"), Some("Maker"), Some(UNIT), Some("Batch")]), profile(Profile::Subject)),
    ("no organisation", Subject([Some("DE"), None, Some(UNIT), Some("Batch")]), profile(Profile::Subject)),
    (
        "an organisation without a name",
        Subject([Some("DE"), Some(""), Some(UNIT), Some("Batch")]),
        profile(Profile::Subject),
    ),
    ("no unit", Subject([Some("DE"), Some("Maker"), None, Some("Batch")]), profile(Profile::Subject)),
    (
        "another unit",
        Subject([Some("DE"), Some("Maker"), Some("Attestation"), Some("Batch")]),
        profile(Profile::Subject),
    ),
    (
        "a unit in small letters",
        Subject([Some("DE"), Some("Maker"), Some("authenticator attestation"), Some("Batch")]),
        profile(Profile::Subject),
    ),
    ("no common name", Subject([Some("DE"), Some("Maker"), Some(UNIT), None]), profile(Profile::Subject)),
    ("no subject", Leaf(|leaf| leaf.subject = name(&[])), profile(Profile::Subject)),
    (
        "a subject that is none",
        Leaf(|leaf| leaf.subject = der::sequence(&[der::octets([7])])),
        profile(Profile::Subject),
    ),
];

pub(super) const FIDO_U2F: &[Case] = &[
    (
        "two certificates",
        Otherwise(|it| it.others = vec![Maker::new(1).root()]),
        Refusal::FidoU2f(FidoU2f::Certificates),
    ),
    (
        "a key of P-384",
        Otherwise(|it| attest_with(it, soft::Algorithm::Es384)),
        Refusal::FidoU2f(FidoU2f::CertificateKey),
    ),
    (
        "a key of RSA",
        Otherwise(|it| attest_with(it, soft::Algorithm::Rs256)),
        Refusal::FidoU2f(FidoU2f::CertificateKey),
    ),
    ("an algorithm named", OneMore("alg", || cbor::integer(-7)), reason(Reason::Member)),
];

/// What a token of the first generation signs, byte by byte: a zero, relying party, client data, id, point.
pub(super) const FIDO_U2F_MESSAGE: &[Case] = &[
    ("another first byte", Otherwise(|it| it.message[0] = 5), reason(Reason::Signature)),
    ("another relying party", Otherwise(|it| it.message[1] ^= 1), reason(Reason::Signature)),
    ("another challenge", Otherwise(|it| it.message[33] ^= 1), reason(Reason::Signature)),
    ("another credential", Otherwise(|it| it.message[65] ^= 1), reason(Reason::Signature)),
    ("a compressed point", Otherwise(|it| it.message[97] = 2), reason(Reason::Signature)),
    ("another point", Otherwise(|it| *it.message.last_mut().unwrap() ^= 1), reason(Reason::Signature)),
];

pub(super) const APPLE: &[Case] = &[
    ("a signature", OneMore("sig", || cbor::bytes(&[7])), reason(Reason::Member)),
    ("no nonce", Leaf(|leaf| leaf.remove(APPLE_NONCE)), Refusal::Apple(Apple::NonceForm)),
    ("a nonce written bare", Nonce(|nonce| nonce.to_vec()), Refusal::Apple(Apple::NonceForm)),
    ("a nonce in a list alone", Nonce(|nonce| der::sequence(&[der::octets(nonce)])), Refusal::Apple(Apple::NonceForm)),
    (
        "a nonce under another number",
        Nonce(|nonce| der::sequence(&[der::around(2, der::octets(nonce))])),
        Refusal::Apple(Apple::NonceForm),
    ),
    ("two nonces", Nonce(|nonce| [apple_nonce(nonce), apple_nonce(nonce)].concat()), Refusal::Apple(Apple::NonceForm)),
    (
        "two nonces in one list",
        Nonce(|nonce| der::sequence(&[der::around(1, der::octets(nonce)), der::around(1, der::octets(nonce))])),
        Refusal::Apple(Apple::NonceForm),
    ),
    (
        "something behind the nonce",
        Nonce(|nonce| der::sequence(&[der::around(1, [der::octets(nonce), vec![5, 0]].concat())])),
        Refusal::Apple(Apple::NonceForm),
    ),
    ("another nonce", Nonce(|_| apple_nonce(&[7; 32])), Refusal::Apple(Apple::Nonce)),
    ("half a nonce", Nonce(|nonce| apple_nonce(&nonce[..16])), Refusal::Apple(Apple::Nonce)),
    ("no byte of a nonce", Nonce(|_| apple_nonce(&[])), Refusal::Apple(Apple::Nonce)),
];

pub(super) const KEY: &[Case] =
    &[("w19 the certificate of another key", Otherwise(another_key), reason(Reason::KeyDiffers))];

pub(super) const ANDROID_KEY: &[Case] = &[
    ("no description", Leaf(|leaf| leaf.remove(ANDROID_KEY_DESCRIPTION)), android(AndroidKey::Description)),
    ("a description that is none", Description(|_, _, _| vec![0x30, 0]), android(AndroidKey::Description)),
    (
        "a description cut off",
        Leaf(|leaf| cut(&mut leaf.extension(ANDROID_KEY_DESCRIPTION).value)),
        android(AndroidKey::Description),
    ),
    (
        "a byte behind the description",
        Leaf(|leaf| leaf.extension(ANDROID_KEY_DESCRIPTION).value.push(0)),
        android(AndroidKey::Description),
    ),
    (
        "purposes without a set",
        Description(|c, sw, _| {
            key_description_of(c, sw, &[der::around(1, der::integer(2)), der::around(702, der::integer(0))])
        }),
        android(AndroidKey::Description),
    ),
    (
        "an origin below zero",
        Description(|c, sw, _| key_description_of(c, sw, &[purpose(&[2]), der::around(702, der::item(2, [0xff]))])),
        android(AndroidKey::Description),
    ),
    (
        "an authorization twice",
        Description(|c, sw, hw| key_description_of(c, sw, &[hw, &[der::around(702, der::integer(0))]].concat())),
        android(AndroidKey::Description),
    ),
    (
        "authorizations in another order",
        Value(ANDROID_KEY_DESCRIPTION, |value| {
            let last_two = value.len() - 13;
            value[last_two..].rotate_left(6);
        }),
        android(AndroidKey::Description),
    ),
    (
        "another challenge",
        Description(|_, sw, hw| key_description_of(&[7; 32], sw, hw)),
        android(AndroidKey::Challenge),
    ),
    ("no challenge", Description(|_, sw, hw| key_description_of(&[], sw, hw)), android(AndroidKey::Challenge)),
    (
        "half the challenge",
        Description(|c, sw, hw| key_description_of(&c[..16], sw, hw)),
        android(AndroidKey::Challenge),
    ),
    (
        "for all applications, by software",
        Description(|c, sw, hw| key_description_of(c, &[sw, &[der::around(600, der::item(5, []))]].concat(), hw)),
        android(AndroidKey::AllApplications),
    ),
    (
        "for all applications, by hardware",
        Description(|c, sw, hw| key_description_of(c, sw, &[hw, &[der::around(600, der::item(5, []))]].concat())),
        android(AndroidKey::AllApplications),
    ),
    ("no origin", Description(|c, sw, _| key_description_of(c, sw, &[purpose(&[2])])), android(AndroidKey::Origin)),
    ("no authorization at all", Description(|c, _, _| key_description_of(c, &[], &[])), android(AndroidKey::Origin)),
    (
        "imported",
        Description(|c, sw, _| key_description_of(c, sw, &[purpose(&[2]), der::around(702, der::integer(2))])),
        android(AndroidKey::Origin),
    ),
    (
        "imported by software, made by hardware",
        Description(|c, _, hw| key_description_of(c, &[der::around(702, der::integer(2))], hw)),
        android(AndroidKey::Origin),
    ),
    (
        "no purpose",
        Description(|c, sw, _| key_description_of(c, sw, &[der::around(702, der::integer(0))])),
        android(AndroidKey::Purpose),
    ),
    (
        "for no purpose",
        Description(|c, sw, _| key_description_of(c, sw, &[purpose(&[]), der::around(702, der::integer(0))])),
        android(AndroidKey::Purpose),
    ),
    (
        "for decrypting",
        Description(|c, sw, _| key_description_of(c, sw, &[purpose(&[1]), der::around(702, der::integer(0))])),
        android(AndroidKey::Purpose),
    ),
    (
        "for verifying and wrapping",
        Description(|c, sw, _| key_description_of(c, sw, &[purpose(&[3, 5]), der::around(702, der::integer(0))])),
        android(AndroidKey::Purpose),
    ),
];

pub(super) const TPM: &[Case] = &[
    ("no version", NoMember("ver"), reason(Reason::Member)),
    ("a version in numbers", Member("ver", || cbor::integer(2)), reason(Reason::Member)),
    ("TPM 1.2", OfTpm(|tpm| tpm.version = "1.2"), Refusal::Tpm(TpmReason::Version)),
    ("TPM 2", OfTpm(|tpm| tpm.version = "2"), Refusal::Tpm(TpmReason::Version)),
    ("no certInfo", NoMember("certInfo"), reason(Reason::Member)),
    ("certInfo in words", Member("certInfo", || cbor::text("")), reason(Reason::Member)),
    ("no pubArea", NoMember("pubArea"), reason(Reason::Member)),
    ("pubArea in words", Member("pubArea", || cbor::text("")), reason(Reason::Member)),
    ("pubArea cut off", Bytes("pubArea", cut), tpm(TpmReason::PublicArea)),
    ("a byte behind pubArea", Bytes("pubArea", |area| area.push(0)), tpm(TpmReason::PublicArea)),
    ("no byte of pubArea", Member("pubArea", || cbor::bytes(&[])), tpm(TpmReason::PublicArea)),
    ("a key of another type", Bytes("pubArea", |area| area[1] = 8), tpm(TpmReason::PublicArea)),
    ("a key called a key of RSA", Bytes("pubArea", |area| area[1] = 1), tpm(TpmReason::PublicArea)),
    (
        "a policy that is longer than the rest",
        Bytes("pubArea", |area| area[8..10].fill(0xff)),
        tpm(TpmReason::PublicArea),
    ),
    ("another curve", Bytes("pubArea", |area| area[47] = 4), reason(Reason::KeyDiffers)),
    ("an unheard-of curve", Bytes("pubArea", |area| area[47] = 0x20), reason(Reason::KeyDiffers)),
    ("another point", Bytes("pubArea", |area| *area.last_mut().unwrap() ^= 1), reason(Reason::KeyDiffers)),
    ("other attributes, another name", Bytes("pubArea", |area| area[7] ^= 1), tpm(TpmReason::Name)),
    ("a name by SHA-1", Bytes("pubArea", |area| area[3] = 4), tpm(TpmReason::Name)),
    ("a name by nothing", Bytes("pubArea", |area| area[3] = 0x10), tpm(TpmReason::Name)),
    ("a name by another hash than it says", OfTpm(|tpm| tpm.name[1] = 0x0c), tpm(TpmReason::Name)),
    ("another name", OfTpm(|tpm| tpm.name[9] ^= 1), tpm(TpmReason::Name)),
    ("half a name", OfTpm(|tpm| tpm.name.truncate(18)), tpm(TpmReason::Name)),
    ("no name", OfTpm(|tpm| tpm.name.clear()), tpm(TpmReason::Name)),
    ("another magic", OfTpm(|tpm| tpm.magic = 0xff54_4346), tpm(TpmReason::Magic)),
    ("magic the other way round", OfTpm(|tpm| tpm.magic = tpm.magic.swap_bytes()), tpm(TpmReason::Magic)),
    ("a quote", OfTpm(|tpm| tpm.kind = 0x8018), tpm(TpmReason::Type)),
    ("a creation", OfTpm(|tpm| tpm.kind = 0x801a), tpm(TpmReason::Type)),
    ("another challenge", OfTpm(|tpm| tpm.extra_data[0] ^= 1), tpm(TpmReason::ExtraData)),
    ("half a challenge", OfTpm(|tpm| tpm.extra_data.truncate(16)), tpm(TpmReason::ExtraData)),
    ("no challenge", OfTpm(|tpm| tpm.extra_data.clear()), tpm(TpmReason::ExtraData)),
    ("certInfo cut off", Bytes("certInfo", cut), tpm(TpmReason::CertInfo)),
    ("a byte behind certInfo", Bytes("certInfo", |info| info.push(0)), tpm(TpmReason::CertInfo)),
    ("three bytes of certInfo", Bytes("certInfo", |info| info.truncate(3)), tpm(TpmReason::CertInfo)),
    ("a signer longer than the rest", Bytes("certInfo", |info| info[6..8].fill(0xff)), tpm(TpmReason::CertInfo)),
    ("another clock than was signed", Bytes("certInfo", |info| info[50] ^= 1), reason(Reason::Signature)),
    ("a subject", Leaf(|leaf| leaf.subject = name(&[("2.5.4.3", "TPM")])), profile(Profile::Subject)),
    ("no alternative name", Leaf(|leaf| leaf.remove(SUBJECT_ALTERNATIVE_NAME)), profile(Profile::AlternativeName)),
    (
        "an alternative name that is none",
        Value(SUBJECT_ALTERNATIVE_NAME, |value| *value = vec![5, 0]),
        profile(Profile::AlternativeName),
    ),
    (
        "an alternative name of a host",
        Value(SUBJECT_ALTERNATIVE_NAME, |value| *value = der::sequence(&[der::item(0x82, "tpm.example.org")])),
        profile(Profile::AlternativeName),
    ),
    (
        "no manufacturer",
        Value(SUBJECT_ALTERNATIVE_NAME, |value| {
            *value = tpm_names_of(&[("2.23.133.2.2", "Model"), ("2.23.133.2.3", "id:1")])
        }),
        profile(Profile::AlternativeName),
    ),
    (
        "no model",
        Value(SUBJECT_ALTERNATIVE_NAME, |value| {
            *value = tpm_names_of(&[("2.23.133.2.1", "id:494E5443"), ("2.23.133.2.3", "id:1")])
        }),
        profile(Profile::AlternativeName),
    ),
    (
        "no version of the model",
        Value(SUBJECT_ALTERNATIVE_NAME, |value| {
            *value = tpm_names_of(&[("2.23.133.2.1", "id:494E5443"), ("2.23.133.2.2", "Model")])
        }),
        profile(Profile::AlternativeName),
    ),
    (
        "two manufacturers",
        Value(SUBJECT_ALTERNATIVE_NAME, |value| {
            let twice = ("2.23.133.2.1", "id:494E5443");
            *value = tpm_names_of(&[twice, twice, ("2.23.133.2.2", "Model"), ("2.23.133.2.3", "id:1")])
        }),
        profile(Profile::AlternativeName),
    ),
    (
        "a manufacturer by its initials",
        Value(SUBJECT_ALTERNATIVE_NAME, |value| *value = tpm_names("INTC")),
        profile(Profile::AlternativeName),
    ),
    (
        "an unknown manufacturer",
        Value(SUBJECT_ALTERNATIVE_NAME, |value| *value = tpm_names("id:00000000")),
        profile(Profile::Vendor),
    ),
    (
        "a manufacturer of five bytes",
        Value(SUBJECT_ALTERNATIVE_NAME, |value| *value = tpm_names("id:494E544300")),
        profile(Profile::Vendor),
    ),
    ("no purpose", Leaf(|leaf| leaf.remove(EXTENDED_KEY_USAGE)), profile(Profile::Usage)),
    ("for no purpose", Value(EXTENDED_KEY_USAGE, |value| *value = der::sequence(&[])), profile(Profile::Usage)),
    (
        "for servers",
        Value(EXTENDED_KEY_USAGE, |value| *value = der::sequence(&[der::oid("1.3.6.1.5.5.7.3.1")])),
        profile(Profile::Usage),
    ),
    ("for a purpose that is none", Value(EXTENDED_KEY_USAGE, |value| *value = vec![5, 0]), profile(Profile::Usage)),
];
