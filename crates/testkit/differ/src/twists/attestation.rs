//! What makers state: WebAuthn-3 §8, §7.1 steps 21 to 24, RFC 5280 §6.

use authenticator::attestation::{
    AAGUID, ANDROID_KEY_DESCRIPTION, APPLE_NONCE, EXTENDED_KEY_USAGE, apple_nonce, authorizations, key_description_of,
    tpm_names, tpm_names_of,
};
use authenticator::certificate::{BASIC_CONSTRAINTS, KEY_USAGE, SUBJECT_ALTERNATIVE_NAME, name};
use authenticator::{Algorithm, Attestation, Certificate, Maker, base64url, cbor, der};
use serde_json::json;

use super::Twist;
use crate::ceremony::{another_key, maker, of_compound, root};
use crate::change::Change::{
    Attestation as It, Authority, Bit, Chain, Description, Leaf, Members, Record, Statements, Tpm,
};
use crate::change::member;

const LATER: &str = "20450101000000Z";
const EARLIER: &str = "20231231235959Z";

pub(super) const HARMLESS: &[Twist] = &[
    (
        "roots-many",
        Record(|record| {
            record["trust_roots"] = json!([base64url(Maker::new(2).root()), base64url(root())]);
        }),
    ),
    ("leaf-with-an-extension-more", Leaf(|leaf| *leaf = leaf.clone().with("1.2.3.4", false, &[5, 0]))),
    ("leaf-with-a-long-serial", Leaf(|leaf| leaf.serial = vec![0x7f; 20])),
    ("leaf-since-the-year-1990", Leaf(|leaf| leaf.not_before = "19900101000000Z".to_owned())),
];

pub(super) const HARMLESS_PATHS: &[Twist] = &[
    ("chain-with-the-root", Chain(|chain| chain.push(root()))),
    (
        "chain-to-a-believed-authority",
        Record(|record| {
            record["trust_roots"] = json!([base64url(maker().authority().signed_by(maker().root_key()))]);
        }),
    ),
    (
        "authority-without-a-limit",
        Authority(|authority| {
            authority.extension(BASIC_CONSTRAINTS).value = der::sequence(&[der::boolean(true)]);
        }),
    ),
];

pub(super) const MAKERS_ALGORITHMS: &[Twist] = &[
    ("maker-signs-es384", It(|it| sign_with(it, Algorithm::Es384))),
    ("maker-signs-es512", It(|it| sign_with(it, Algorithm::Es512))),
    ("maker-signs-eddsa", It(|it| sign_with(it, Algorithm::EdDsa))),
    ("maker-signs-rs256", It(|it| sign_with(it, Algorithm::Rs256))),
    ("maker-signs-ps256", It(|it| sign_with(it, Algorithm::Ps256))),
    ("leaf-for-no-model", Leaf(|leaf| leaf.remove(AAGUID))),
];

pub(super) const HARMLESS_OF_TPMS: &[Twist] = &[
    ("tpm-signs-rs256", It(|it| sign_with(it, Algorithm::Rs256))),
    ("tpm-for-no-model", Leaf(|leaf| leaf.remove(AAGUID))),
    (
        "tpm-of-an-allowed-manufacturer",
        Record(|record| {
            record["allowed_tpm_vendors"] = json!(["00000001"]);
        }),
    ),
];

pub(super) const HARMLESS_OF_ANDROID: &[Twist] = &[
    (
        "android-by-software",
        Description(|challenge| {
            let [by_software, by_hardware] = authorizations();
            key_description_of(challenge, &[by_software, by_hardware].concat(), &[])
        }),
    ),
    (
        "android-for-signing-and-verifying",
        Description(|challenge| described(challenge, &[purposes(&[2, 3]), origin(0)])),
    ),
];

pub(super) const SIGNATURES: &[Twist] = &[
    ("sig-missing", Members(|members| members.retain(|(name, _)| *name != "sig"))),
    ("sig-in-words", Members(|members| *member(members, "sig") = cbor::text("sig"))),
    ("sig-empty", Members(|members| *member(members, "sig") = cbor::bytes(&[]))),
    ("sig-with-a-bit-off", Members(|members| *member(members, "sig").last_mut().expect("a byte") ^= 1)),
    ("sig-by-another-key", It(|it| it.key = another_key(Algorithm::Es256))),
    ("sig-zero", Members(|members| *member(members, "sig") = cbor::bytes(&[0x30, 6, 2, 1, 0, 2, 1, 0]))),
    ("statement-with-a-member-more", Members(|members| members.push(("ecdaaKeyId", cbor::bytes(&[7]))))),
];

pub(super) const MESSAGES: &[Twist] = &[
    ("message-empty", It(|it| it.message.clear())),
    ("message-with-a-bit-off", It(|it| it.message[3] ^= 1)),
    ("message-cut", It(|it| it.message.truncate(it.message.len() - 1))),
    ("message-with-another-hash", It(|it| it.message.iter_mut().rev().take(32).for_each(|byte| *byte ^= 0x55))),
];

pub(super) const ALGORITHMS: &[Twist] = &[
    ("alg-missing", Members(|members| members.retain(|(name, _)| *name != "alg"))),
    ("alg-in-words", Members(|members| *member(members, "alg") = cbor::text("ES256"))),
    ("alg-rs1", It(|it| it.algorithm = -65535)),
    ("alg-es256k", It(|it| it.algorithm = -47)),
    ("alg-zero", It(|it| it.algorithm = 0)),
    ("alg-of-another-kind", It(|it| it.algorithm = if it.algorithm == -257 { -7 } else { -257 })),
    ("alg-of-another-curve", It(|it| it.algorithm = if it.algorithm == -35 { -36 } else { -35 })),
];

/// The certificates as they are written, whoever is believed.
pub(super) const CERTIFICATES: &[Twist] = &[
    ("x5c-empty", Members(|members| *member(members, "x5c") = cbor::array(&[]))),
    ("x5c-bytes", Members(|members| *member(members, "x5c") = cbor::bytes(&[7]))),
    ("x5c-missing", Members(|members| members.retain(|(name, _)| *name != "x5c"))),
    ("leaf-empty", Chain(|chain| chain[0].clear())),
    ("leaf-cut", Chain(|chain| chain[0].truncate(200))),
    ("leaf-and-a-byte-more", Chain(|chain| chain[0].push(0))),
    (
        "leaf-with-an-extension-twice",
        Leaf(|leaf| {
            let twice = leaf.extensions.first().expect("an extension").clone();
            leaf.extensions.push(twice);
        }),
    ),
    ("leaf-with-a-key-that-is-none", Leaf(|leaf| leaf.key = der::sequence(&[]))),
    ("leaf-of-another-key", Leaf(|leaf| leaf.key = another_key(Algorithm::Es256).spki())),
    ("leaf-with-a-time-in-words", Leaf(|leaf| leaf.not_after = "for ever".to_owned())),
];

/// Step 24.
pub(super) const TRUST: &[Twist] = &[
    ("leaf-expired", Leaf(|leaf| leaf.not_after = EARLIER.to_owned())),
    ("leaf-not-valid-yet", Leaf(|leaf| leaf.not_before = LATER.to_owned())),
    ("leaf-signed-by-another", It(|it| it.issuer = another_key(Algorithm::Es256))),
    ("leaf-of-another-issuer", Leaf(|leaf| leaf.issuer = name(&[("2.5.4.3", "Somebody")]))),
    (
        "leaf-its-own-issuer",
        It(|it| {
            it.certificate.issuer = it.certificate.subject.clone();
            it.issuer = it.key.clone();
        }),
    ),
    ("leaf-with-something-critical", Leaf(|leaf| *leaf = leaf.clone().with("1.2.3.4", true, &[5, 0]))),
    ("roots-of-another-maker", Record(|record| record["trust_roots"] = json!([base64url(Maker::new(2).root())]))),
    ("roots-of-nobody", Record(|record| record["trust_roots"] = json!([]))),
    (
        "roots-alike-of-another-key",
        Record(|record| {
            let mut root = maker().root_certificate();
            root.key = another_key(Algorithm::Es256).spki();
            record["trust_roots"] = json!([base64url(root.signed_by(&another_key(Algorithm::Es256)))]);
        }),
    ),
    ("verified-before-the-chain", Record(|record| record["verify_time"] = json!(1_500_000_000))),
    ("verified-after-the-chain", Record(|record| record["verify_time"] = json!(4_200_000_000_u32))),
];

pub(super) const PATHS: &[Twist] = &[
    ("authority-missing", Chain(|chain| chain.truncate(1))),
    (
        "authority-of-another-maker",
        It(|it| {
            it.others = vec![Maker::new(2).authority().signed_by(Maker::new(2).root_key())];
        }),
    ),
    (
        "authority-signed-by-another",
        It(|it| {
            it.others = vec![maker().authority().signed_by(&another_key(Algorithm::Es256))];
        }),
    ),
    ("authority-expired", Authority(|authority| authority.not_after = EARLIER.to_owned())),
    ("authority-not-valid-yet", Authority(|authority| authority.not_before = LATER.to_owned())),
    ("authority-that-does-not-say-so", Authority(|authority| authority.remove(BASIC_CONSTRAINTS))),
    (
        "authority-that-denies-it",
        Authority(|authority| {
            authority.extension(BASIC_CONSTRAINTS).value = der::sequence(&[]);
        }),
    ),
    (
        "authority-not-for-certificates",
        Authority(|authority| {
            authority.extension(KEY_USAGE).value = der::bits(&[0x80], 7);
        }),
    ),
    ("authority-of-old", Authority(|authority| authority.extensions.clear())),
    (
        "authority-of-version-1",
        Authority(|authority| {
            (authority.version, authority.extensions) = (None, vec![]);
        }),
    ),
    (
        "authority-with-something-critical",
        Authority(|authority| {
            *authority = authority.clone().with("1.2.3.4", true, &[5, 0]);
        }),
    ),
    ("authority-of-another-key", Authority(|authority| authority.key = another_key(Algorithm::Es256).spki())),
    ("authority-below-one-that-allows-none", It(one_authority_more)),
    ("chain-with-another-leaf-first", Chain(|chain| chain.insert(0, Maker::new(2).root()))),
    ("chain-the-other-way-round", Chain(|chain| chain.reverse())),
];

/// Every bit of these counts: what is not signed leads to who signs.
pub(super) const BITS: &[Twist] = &[("object-with-a-bit-off", Bit("attestationObject"))];

/// §8.2.1, §8.3.1
pub(super) const PROFILES: &[Twist] = &[
    ("leaf-of-version-1", Leaf(|leaf| (leaf.version, leaf.extensions) = (None, vec![]))),
    ("leaf-of-version-2", Leaf(|leaf| leaf.version = Some(1))),
    (
        "leaf-an-authority",
        Leaf(|leaf| {
            leaf.extension(BASIC_CONSTRAINTS).value = der::sequence(&[der::boolean(true)]);
        }),
    ),
    ("leaf-silent-on-being-an-authority", Leaf(|leaf| leaf.remove(BASIC_CONSTRAINTS))),
    ("leaf-for-another-model", Leaf(|leaf| leaf.extension(AAGUID).value = der::octets(b"a model of other"))),
    ("leaf-for-a-model-of-15-bytes", Leaf(|leaf| leaf.extension(AAGUID).value = der::octets([7; 15]))),
    (
        "leaf-for-a-model-written-bare",
        Leaf(|leaf| {
            leaf.extension(AAGUID).value.drain(..2);
        }),
    ),
    ("leaf-for-a-model-critical", Leaf(|leaf| leaf.extension(AAGUID).is_critical = true)),
];

pub(super) const OF_PACKED: &[Twist] = &[
    ("subject-without-a-country", Leaf(|leaf| leaf.subject = subject([None, MAKER, UNIT, BATCH]))),
    ("subject-in-a-long-country", Leaf(|leaf| leaf.subject = subject([Some("DEU"), MAKER, UNIT, BATCH]))),
    ("subject-in-a-country-of-digits", Leaf(|leaf| leaf.subject = subject([Some("49"), MAKER, UNIT, BATCH]))),
    ("subject-without-an-organisation", Leaf(|leaf| leaf.subject = subject([LAND, None, UNIT, BATCH]))),
    ("subject-without-a-unit", Leaf(|leaf| leaf.subject = subject([LAND, MAKER, None, BATCH]))),
    ("subject-of-another-unit", Leaf(|leaf| leaf.subject = subject([LAND, MAKER, Some("Attestation"), BATCH]))),
    (
        "subject-of-a-unit-in-small-letters",
        Leaf(|leaf| {
            leaf.subject = subject([LAND, MAKER, Some("authenticator attestation"), BATCH]);
        }),
    ),
    ("subject-without-a-name", Leaf(|leaf| leaf.subject = subject([LAND, MAKER, UNIT, None]))),
    ("subject-empty", Leaf(|leaf| leaf.subject = name(&[]))),
];

pub(super) const OF_U2F: &[Twist] = &[
    ("u2f-with-two-certificates", Chain(|chain| chain.push(root()))),
    ("u2f-with-a-key-of-p384", It(|it| sign_with(it, Algorithm::Es384))),
    ("u2f-with-a-key-of-rsa", It(|it| sign_with(it, Algorithm::Rs256))),
    ("u2f-with-another-first-byte", It(|it| it.message[0] = 5)),
    ("u2f-with-another-relying-party", It(|it| it.message[1] ^= 1)),
    ("u2f-with-another-credential", It(|it| it.message[65] ^= 1)),
    ("u2f-with-another-point", It(|it| *it.message.last_mut().expect("a byte") ^= 1)),
];

pub(super) const CREDENTIAL_KEYS: &[Twist] =
    &[("leaf-of-another-key-than-the-credential", It(|it| sign_with(it, Algorithm::Es256)))];

pub(super) const OF_APPLE: &[Twist] = &[
    ("nonce-missing", Leaf(|leaf| leaf.remove(APPLE_NONCE))),
    ("nonce-another", Leaf(|leaf| leaf.extension(APPLE_NONCE).value = apple_nonce(&[7; 32]))),
    ("nonce-cut", Leaf(|leaf| nonce(leaf, |nonce| apple_nonce(&nonce[..16])))),
    ("nonce-bare", Leaf(|leaf| nonce(leaf, <[u8]>::to_vec))),
    ("nonce-in-a-list-alone", Leaf(|leaf| nonce(leaf, |nonce| der::sequence(&[der::octets(nonce)])))),
    (
        "nonce-under-another-number",
        Leaf(|leaf| {
            nonce(leaf, |nonce| der::sequence(&[der::around(2, der::octets(nonce))]));
        }),
    ),
    (
        "nonce-and-more",
        Leaf(|leaf| {
            nonce(leaf, |nonce| der::sequence(&[der::around(1, der::octets(nonce)), der::integer(7)]));
        }),
    ),
    ("apple-with-a-signature", Members(|members| members.push(("sig", cbor::bytes(&[7]))))),
];

pub(super) const OF_ANDROID: &[Twist] = &[
    ("android-without-a-description", Leaf(|leaf| leaf.remove(ANDROID_KEY_DESCRIPTION))),
    ("android-description-empty", Description(|_| der::sequence(&[]))),
    ("android-description-and-more", Leaf(|leaf| leaf.extension(ANDROID_KEY_DESCRIPTION).value.push(0))),
    (
        "android-with-an-origin-twice",
        Description(|challenge| described(challenge, &[purposes(&[2]), origin(0), origin(0)])),
    ),
    (
        "android-out-of-order",
        Leaf(|leaf| {
            let value = &mut leaf.extension(ANDROID_KEY_DESCRIPTION).value;
            let last_two = value.len() - 13;
            value[last_two..].rotate_left(6);
        }),
    ),
    ("android-challenge-another", Description(|_| described(&[7; 32], &[purposes(&[2]), origin(0)]))),
    ("android-challenge-empty", Description(|_| described(&[], &[purposes(&[2]), origin(0)]))),
    (
        "android-for-all-applications",
        Description(|challenge| described(challenge, &[purposes(&[2]), der::around(600, der::item(5, [])), origin(0)])),
    ),
    (
        "android-for-all-applications-by-software",
        Description(|challenge| {
            key_description_of(challenge, &[der::around(600, der::item(5, []))], &[purposes(&[2]), origin(0)])
        }),
    ),
    ("android-without-an-origin", Description(|challenge| described(challenge, &[purposes(&[2])]))),
    ("android-imported", Description(|challenge| described(challenge, &[purposes(&[2]), origin(2)]))),
    (
        "android-imported-by-software",
        Description(|challenge| key_description_of(challenge, &[origin(2)], &[purposes(&[2]), origin(0)])),
    ),
    ("android-without-a-purpose", Description(|challenge| described(challenge, &[origin(0)]))),
    ("android-for-decrypting", Description(|challenge| described(challenge, &[purposes(&[1]), origin(0)]))),
];

pub(super) const OF_TPMS: &[Twist] = &[
    ("tpm-of-version-1-2", Tpm(|tpm| tpm.version = "1.2")),
    ("tpm-with-another-magic", Tpm(|tpm| tpm.magic ^= 1)),
    ("tpm-quotes", Tpm(|tpm| tpm.kind = 0x8018)),
    ("tpm-with-other-extra-data", Tpm(|tpm| tpm.extra_data[0] ^= 1)),
    ("tpm-without-extra-data", Tpm(|tpm| tpm.extra_data.clear())),
    ("tpm-with-another-name", Tpm(|tpm| tpm.name[9] ^= 1)),
    ("tpm-with-a-name-by-another-hash", Tpm(|tpm| tpm.name[1] = 0x0c)),
    ("tpm-without-a-name", Tpm(|tpm| tpm.name.clear())),
    (
        "tpm-with-another-key",
        Tpm(|tpm| {
            tpm.public_area = another_key(Algorithm::Es256).tpm_public_area();
            tpm.name = authenticator::attestation::Tpm::name_of(&tpm.public_area);
        }),
    ),
    ("tpm-with-other-attributes", Tpm(|tpm| tpm.public_area[7] ^= 1)),
    (
        "tpm-public-area-cut",
        Tpm(|tpm| {
            tpm.public_area.pop();
            tpm.name = authenticator::attestation::Tpm::name_of(&tpm.public_area);
        }),
    ),
    (
        "tpm-public-area-and-more",
        Tpm(|tpm| {
            tpm.public_area.push(0);
            tpm.name = authenticator::attestation::Tpm::name_of(&tpm.public_area);
        }),
    ),
    ("tpm-without-cert-info", Members(|members| members.retain(|(name, _)| *name != "certInfo"))),
    ("tpm-without-a-public-area", Members(|members| members.retain(|(name, _)| *name != "pubArea"))),
    ("tpm-without-a-version", Members(|members| members.retain(|(name, _)| *name != "ver"))),
    ("tpm-with-a-subject", Leaf(|leaf| leaf.subject = name(&[("2.5.4.3", "TPM")]))),
    ("tpm-without-names", Leaf(|leaf| leaf.remove(SUBJECT_ALTERNATIVE_NAME))),
    (
        "tpm-of-an-unknown-manufacturer",
        Leaf(|leaf| {
            leaf.extension(SUBJECT_ALTERNATIVE_NAME).value = tpm_names("id:00000000");
        }),
    ),
    (
        "tpm-of-a-manufacturer-by-initials",
        Leaf(|leaf| {
            leaf.extension(SUBJECT_ALTERNATIVE_NAME).value = tpm_names("INTC");
        }),
    ),
    (
        "tpm-without-a-model",
        Leaf(|leaf| {
            leaf.extension(SUBJECT_ALTERNATIVE_NAME).value =
                tpm_names_of(&[("2.23.133.2.1", "id:494E5443"), ("2.23.133.2.3", "id:1")]);
        }),
    ),
    ("tpm-without-a-purpose", Leaf(|leaf| leaf.remove(EXTENDED_KEY_USAGE))),
    (
        "tpm-for-servers",
        Leaf(|leaf| {
            leaf.extension(EXTENDED_KEY_USAGE).value = der::sequence(&[der::oid("1.3.6.1.5.5.7.3.1")]);
        }),
    ),
];

pub(super) const COMPOUNDS: &[Twist] = &[
    ("compound-of-none", Statements(Vec::clear)),
    ("compound-of-one", Statements(|statements| statements.truncate(1))),
    (
        "compound-within-a-compound",
        Statements(|statements| {
            let within = cbor::array(statements);
            statements.push(of_compound("compound", within));
        }),
    ),
    (
        "compound-with-one-unheard-of",
        Statements(|statements| {
            statements.push(of_compound("signet", cbor::map(&[])));
        }),
    ),
    (
        "compound-with-a-broken-one",
        Statements(|statements| {
            statements.push(of_compound("packed", cbor::map(&[])));
        }),
    ),
];

fn sign_with(it: &mut Attestation, algorithm: Algorithm) {
    it.key = another_key(algorithm);
    it.certificate.key = it.key.spki();
    it.algorithm = algorithm.number();
}

/// Root, authority that allows none below it, authority, batch.
fn one_authority_more(it: &mut Attestation) {
    let (authority, key, below) = (maker().authority(), another_key(Algorithm::Es256), name(&[("2.5.4.3", "Below")]));
    let second = Certificate::authority(&authority.subject, &below, &key, None).signed_by(maker().authority_key());
    it.others = vec![second, authority.signed_by(maker().root_key())];
    it.certificate.issuer = below;
    it.issuer = key;
}

const LAND: Option<&str> = Some("DE");
const MAKER: Option<&str> = Some("Maker");
const UNIT: Option<&str> = Some("Authenticator Attestation");
const BATCH: Option<&str> = Some("Batch 7");

/// Country, organisation, unit and common name.
fn subject(parts: [Option<&str>; 4]) -> Vec<u8> {
    let stated = ["2.5.4.6", "2.5.4.10", "2.5.4.11", "2.5.4.3"].into_iter().zip(parts);
    name(&stated.filter_map(|(kind, text)| Some((kind, text?))).collect::<Vec<_>>())
}

/// What stands for Apple's nonce, which is its own last 32 bytes.
fn nonce(leaf: &mut Certificate, write: fn(&[u8]) -> Vec<u8>) {
    let value = &mut leaf.extension(APPLE_NONCE).value;
    *value = write(&value[value.len() - 32..]);
}

fn purposes(numbers: &[u32]) -> Vec<u8> {
    der::around(1, der::set(&numbers.iter().map(|number| der::integer(*number)).collect::<Vec<_>>()))
}

fn origin(number: u32) -> Vec<u8> {
    der::around(702, der::integer(number))
}

fn described(challenge: &[u8], by_hardware: &[Vec<u8>]) -> Vec<u8> {
    let [by_software, _] = authorizations();
    key_description_of(challenge, &by_software, by_hardware)
}
