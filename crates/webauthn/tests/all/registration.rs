//! What only a registration checks: the envelope, the new credential, the attestation statement, its id.

use authenticator as soft;
use authenticator::cbor;
use serde_json::json;
use webauthn::refusal::{
    Attestation, AttestationObject, AuthenticatorData, Credential, Flaw, Malformed, Member, Place,
};
use webauthn::{Conveyance, Format, Mediation, Refusal, Trust, Vouched, registration};

use crate::change::Change::{
    Attestation as Statement, AttestationObject as Object, AuthenticatorData as Data, Bytes, Envelope, Json, Remove,
    Set, Text,
};
use crate::change::{Case, Ceremony, refuses};
use crate::world::{NOW, begin_registration, knobs, rp};

const fn member(member: Member, flaw: Flaw) -> Refusal {
    Refusal::Member(member, flaw)
}

const fn envelope(malformed: Malformed) -> Refusal {
    Refusal::Cbor(Place::AttestationObject, malformed)
}

const fn object(reason: AttestationObject) -> Refusal {
    Refusal::AttestationObject(reason)
}

const fn data(reason: AuthenticatorData) -> Refusal {
    Refusal::AuthenticatorData(reason)
}

const fn attestation(reason: Attestation) -> Refusal {
    Refusal::Attestation(reason)
}

/// Step 3: what stands in the response.
pub(crate) const RESPONSE: &[Case] = &[
    ("no attestationObject", Remove("response.attestationObject"), member(Member::AttestationObject, Flaw::Missing)),
    (
        "attestationObject a number",
        Set("response.attestationObject", "1"),
        member(Member::AttestationObject, Flaw::WrongType),
    ),
    (
        "attestationObject empty",
        Text("response.attestationObject", ""),
        member(Member::AttestationObject, Flaw::Length),
    ),
    (
        "attestationObject not base64url",
        Text("response.attestationObject", "oA=="),
        member(Member::AttestationObject, Flaw::NotBase64url),
    ),
    (
        "attestationObject of more than 64 KiB",
        Bytes("response.attestationObject", 65_537),
        member(Member::AttestationObject, Flaw::Length),
    ),
    ("transports a text", Text("response.transports", "usb"), member(Member::Transports, Flaw::WrongType)),
    ("transports of numbers", Set("response.transports", "[1]"), member(Member::Transports, Flaw::WrongType)),
];

/// Step 13: the envelope. (What else CBOR can be wrong in: `reasons.rs`.)
pub(crate) const ENVELOPE: &[Case] = &[
    ("a list", Object(|_| cbor::array(&[])), envelope(Malformed::WrongType)),
    ("a text", Object(|_| cbor::text("none")), envelope(Malformed::WrongType)),
    ("cut", Object(|draft| draft.attestation_object()[..100].to_vec()), envelope(Malformed::Cut)),
    ("a byte behind it", Object(|draft| [draft.attestation_object(), vec![0]].concat()), envelope(Malformed::Trailing)),
    ("nothing in it", Object(|_| cbor::map(&[])), object(AttestationObject::MissingMember)),
    ("no fmt", Object(|draft| cbor::map(&draft.members()[1..])), object(AttestationObject::MissingMember)),
    ("no attStmt", Object(|draft| cbor::map(&without_statement(draft))), object(AttestationObject::MissingMember)),
    ("no authData", Object(|draft| cbor::map(&draft.members()[..2])), object(AttestationObject::MissingMember)),
    (
        "a member more",
        Object(|draft| cbor::map(&[&draft.members()[..], &[enterprise()]].concat())),
        object(AttestationObject::UnknownMember),
    ),
    ("CTAP's members, by number", Object(by_number), envelope(Malformed::WrongType)),
    (
        "fmt twice",
        Object(|draft| cbor::map(&[&draft.members()[..], &draft.members()[..1]].concat())),
        envelope(Malformed::Repeated),
    ),
    (
        "authData twice, the second another",
        Object(|draft| cbor::map(&[&draft.members()[..], &[other_data()]].concat())),
        envelope(Malformed::Repeated),
    ),
    ("fmt bytes", Envelope("fmt", || cbor::bytes(b"none")), envelope(Malformed::WrongType)),
    ("fmt null", Envelope("fmt", || vec![0xf6]), envelope(Malformed::WrongType)),
    ("attStmt a text", Envelope("attStmt", || cbor::text("")), object(AttestationObject::Statement)),
    ("attStmt null", Envelope("attStmt", || vec![0xf6]), object(AttestationObject::Statement)),
    ("attStmt a list", Envelope("attStmt", || cbor::array(&[])), object(AttestationObject::Statement)),
    (
        "the statement of a compound a map",
        Statement("compound", || cbor::map(&[])),
        object(AttestationObject::Statement),
    ),
    ("authData a text", Envelope("authData", || cbor::text("abc")), envelope(Malformed::WrongType)),
    (
        "authData a list of numbers",
        Envelope("authData", || cbor::array(&[cbor::integer(1)])),
        envelope(Malformed::WrongType),
    ),
    ("authData empty", Envelope("authData", || cbor::bytes(&[])), data(AuthenticatorData::Cut)),
];

/// Step 13: the new credential within the authenticator data. They begin with 37 bytes; then stand the AAGUID in 16,
/// the length of the id in 2, the id (32 bytes here) and the key.
pub(crate) const CREDENTIAL: &[Case] = &[
    (
        "no new credential, and no flag for one",
        Data(|bytes| {
            bytes.truncate(37);
            bytes[32] &= !0x40;
        }),
        data(AuthenticatorData::NoCredential),
    ),
    ("a flag for a credential, and none there", Data(|bytes| bytes.truncate(37)), data(AuthenticatorData::Cut)),
    ("a credential, and no flag for one", Data(|bytes| bytes[32] &= !0x40), data(AuthenticatorData::Trailing)),
    (
        "a credential, and the flag for extensions instead",
        Data(|bytes| bytes[32] ^= 0xc0),
        Refusal::Cbor(Place::Extensions, Malformed::WrongType),
    ),
    ("half an AAGUID", Data(|bytes| bytes.truncate(45)), data(AuthenticatorData::Cut)),
    ("no length of the id", Data(|bytes| bytes.truncate(54)), data(AuthenticatorData::Cut)),
    ("half an id", Data(|bytes| bytes.truncate(71)), data(AuthenticatorData::Cut)),
    ("no key", Data(|bytes| bytes.truncate(87)), Refusal::Cbor(Place::PublicKey, Malformed::Cut)),
    ("half a key", Data(|bytes| bytes.truncate(100)), Refusal::Cbor(Place::PublicKey, Malformed::Cut)),
    (
        "an id that is longer than the rest",
        Data(|bytes| {
            bytes[53..55].copy_from_slice(&[3, 0xe8]);
            bytes.truncate(600); // keys of ML-DSA are longer than any id
        }),
        data(AuthenticatorData::Cut),
    ),
    (
        "an id one shorter than it is: the key begins with its end",
        Data(|bytes| {
            bytes[86] = 0x80;
            bytes[54] -= 1;
        }),
        Refusal::Cbor(Place::PublicKey, Malformed::WrongType),
    ),
    (
        "an id one longer than it is: the key lacks its beginning",
        Data(|bytes| bytes[54] += 1),
        Refusal::Cbor(Place::PublicKey, Malformed::WrongType),
    ),
    (
        "no id",
        Data(|bytes| {
            bytes[53..55].fill(0);
            bytes.drain(55..87);
        }),
        data(AuthenticatorData::CredentialIdLength),
    ),
    (
        "w11 step 25: an id of 1024 bytes",
        Data(|bytes| {
            bytes[53..55].copy_from_slice(&[4, 0]);
            bytes.splice(55..87, [7; 1024]);
        }),
        data(AuthenticatorData::CredentialIdLength),
    ),
    (
        "w11 step 25: an id of 65535 bytes",
        Data(|bytes| bytes[53..55].fill(0xff)),
        data(AuthenticatorData::CredentialIdLength),
    ),
    (
        "w11 step 27: the answer has another id",
        Json(|json| (json["id"], json["rawId"]) = (json!("AAAA"), json!("AAAA"))),
        Refusal::Credential(Credential::IdDiffers),
    ),
    (
        "w11 step 27: the new credential has another id",
        Data(|bytes| bytes[60] ^= 1),
        Refusal::Credential(Credential::IdDiffers),
    ),
];

/// Steps 21 and 22. (What is wrong with statements of makers: `attestation.rs`.)
pub(crate) const ATTESTATION: &[Case] = &[
    ("in capitals", Statement("None", || cbor::map(&[])), attestation(Attestation::UnknownFormat)),
    ("with a space", Statement("none ", || cbor::map(&[])), attestation(Attestation::UnknownFormat)),
    ("empty", Statement("", || cbor::map(&[])), attestation(Attestation::UnknownFormat)),
    ("unheard of", Statement("self", || cbor::map(&[])), attestation(Attestation::UnknownFormat)),
    ("packed, in capitals", Statement("PACKED", || cbor::map(&[])), attestation(Attestation::UnknownFormat)),
    ("packed, and nothing stated", Statement("packed", || cbor::map(&[])), attestation(Attestation::Member)),
    ("tpm, and nothing stated", Statement("tpm", || cbor::map(&[])), attestation(Attestation::Member)),
    ("android-key, and nothing stated", Statement("android-key", || cbor::map(&[])), attestation(Attestation::Member)),
    ("fido-u2f, and nothing stated", Statement("fido-u2f", || cbor::map(&[])), attestation(Attestation::Member)),
    ("apple, and nothing stated", Statement("apple", || cbor::map(&[])), attestation(Attestation::Member)),
    (
        "android-safetynet, and nothing stated",
        Statement("android-safetynet", || cbor::map(&[])),
        attestation(Attestation::Member),
    ),
    ("none, with a packed statement", Envelope("attStmt", packed), attestation(Attestation::NoneNotEmpty)),
    (
        "none, with an empty list of certificates",
        Envelope("attStmt", || cbor::map(&[(cbor::text("x5c"), cbor::array(&[]))])),
        attestation(Attestation::NoneNotEmpty),
    ),
];

#[test]
fn step_3_the_response_is_a_new_credentials() {
    refuses(&[Ceremony::Registration], RESPONSE);
}

#[test]
fn step_13_the_attestation_object_has_its_three_members() {
    refuses(&[Ceremony::Registration], ENVELOPE);
}

#[test]
fn w11_steps_13_25_and_27_the_new_credential_is_whole_and_the_one_that_the_answer_names() {
    refuses(&[Ceremony::Registration], CREDENTIAL);
}

#[test]
fn steps_21_and_22_a_format_is_known_and_what_it_must_state_is_there() {
    refuses(&[Ceremony::Registration], ATTESTATION);
}

/// Step 15 with conditional mediation: nobody need be there, and all else is as ever.
#[test]
fn only_a_registration_on_the_side_is_possible_without_anyone() {
    let absent = soft::Knobs { up: false, uv: false, ..knobs(soft::Algorithm::Es256) };
    let finish = |mediation: Mediation, knobs: &soft::Knobs| {
        let (options, pending) = begin_registration(mediation);
        let answer = registration::Answer::parse(&soft::register(&options, knobs).1).unwrap();
        registration::finish(&rp(), &pending, &answer, &Trust::nobody(NOW))
    };
    assert!(!finish(Mediation::Conditional, &absent).unwrap().is_user_verified());
    assert_eq!(finish(Mediation::Modal, &absent), Err(data(AuthenticatorData::UserNotPresent)));
    let impossible = soft::Knobs { bs: true, ..absent };
    let refusal = Err(data(AuthenticatorData::BackedUpButNotEligible));
    assert_eq!(finish(Mediation::Conditional, &impossible), refusal);
}

/// W03: an answer says itself which challenge was signed; whichever it is sent for makes no difference.
#[test]
fn w03_an_answer_belongs_to_the_ceremony_whose_challenge_it_signs() {
    let (options, pending) = begin_registration(Mediation::Modal);
    let other = registration::begin(
        &rp(),
        registration::Ask {
            challenge: webauthn::Challenge::from_bytes([9; 32]),
            user: registration::User { handle: vec![1], name: String::new(), display_name: String::new() },
            exclude: vec![],
            timeout_ms: 1,
            mediation: Mediation::Modal,
            attestation: Conveyance::None,
            algorithms: webauthn::Algorithm::ALL.to_vec(),
        },
    );
    let (mut passkey, json) = soft::register(&options, &knobs(soft::Algorithm::Es256));
    let answer = registration::Answer::parse(&json).unwrap();
    assert!(answer.answers(&pending) && !answer.answers(&other.1));
    // An assertion over the same challenge answers no registration, whatever it is sent as.
    let assertion = passkey.assert(&options, &knobs(soft::Algorithm::Es256));
    let mut json = json;
    json["response"]["clientDataJSON"] = json!(soft::base64url(assertion.client_data));
    assert!(!registration::Answer::parse(&json).unwrap().answers(&pending));
}

fn by_number(draft: &soft::Registration) -> Vec<u8> {
    let values = draft.members().map(|(_, value)| value);
    cbor::map(&(1..).map(cbor::integer).zip(values).collect::<Vec<_>>())
}

fn without_statement(draft: &soft::Registration) -> [(Vec<u8>, Vec<u8>); 2] {
    let [format, _, authenticator_data] = draft.members();
    [format, authenticator_data]
}

fn enterprise() -> (Vec<u8>, Vec<u8>) {
    (cbor::text("epAtt"), cbor::boolean(true))
}

fn other_data() -> (Vec<u8>, Vec<u8>) {
    (cbor::text("authData"), cbor::bytes(&[0; 37]))
}

/// Step 22, §8.2: the statement of a credential that vouches for itself, otherwise than honest. It is handed an honest
/// one's algorithm and signature.
type Restate = fn(i64, Vec<u8>) -> Vec<u8>;

fn state(members: &[(&str, Vec<u8>)]) -> Vec<u8> {
    cbor::map(&members.iter().map(|(name, value)| (cbor::text(name), value.clone())).collect::<Vec<_>>())
}

pub(crate) const SELF: &[(&str, Restate, Attestation)] = &[
    ("no algorithm", |_, sig| state(&[("sig", cbor::bytes(&sig))]), Attestation::Member),
    ("no signature", |alg, _| state(&[("alg", cbor::integer(alg))]), Attestation::Member),
    (
        "an algorithm in words",
        |_, sig| state(&[("alg", cbor::text("ES256")), ("sig", cbor::bytes(&sig))]),
        Attestation::Member,
    ),
    (
        "a signature in words",
        |alg, _| state(&[("alg", cbor::integer(alg)), ("sig", cbor::text("sig"))]),
        Attestation::Member,
    ),
    (
        "ECDAA",
        |alg, sig| state(&[("alg", cbor::integer(alg)), ("sig", cbor::bytes(&sig)), ("ecdaaKeyId", cbor::bytes(&[7]))]),
        Attestation::Member,
    ),
    (
        "a chain without certificates",
        |alg, sig| state(&[("alg", cbor::integer(alg)), ("sig", cbor::bytes(&sig)), ("x5c", cbor::array(&[]))]),
        Attestation::Certificates,
    ),
    (
        "w08 another algorithm than the credential's",
        |alg, sig| state(&[("alg", cbor::integer(alg - 1)), ("sig", cbor::bytes(&sig))]),
        Attestation::Algorithm,
    ),
    ("RS1", |_, sig| state(&[("alg", cbor::integer(-65535)), ("sig", cbor::bytes(&sig))]), Attestation::Algorithm),
    (
        "no byte of a signature",
        |alg, _| state(&[("alg", cbor::integer(alg)), ("sig", cbor::bytes(&[]))]),
        Attestation::Signature,
    ),
    (
        "one bit of the signature off",
        |alg, mut sig| {
            *sig.last_mut().unwrap() ^= 1;
            state(&[("alg", cbor::integer(alg)), ("sig", cbor::bytes(&sig))])
        },
        Attestation::Signature,
    ),
    (
        "a byte too many",
        |alg, mut sig| {
            sig.push(0);
            state(&[("alg", cbor::integer(alg)), ("sig", cbor::bytes(&sig))])
        },
        Attestation::Signature,
    ),
];

/// A new credential that vouches for itself. `sign` makes the signature, of what an honest one signs.
pub(crate) fn vouch(
    algorithm: soft::Algorithm,
    sign: impl FnOnce(&soft::Key, &[u8]) -> Vec<u8>,
    restate: Restate,
) -> Result<registration::Registered, Refusal> {
    let (options, pending) = begin_registration(Mediation::Modal);
    let (passkey, mut draft) = soft::draft(&options, &knobs(algorithm));
    "packed".clone_into(&mut draft.format);
    draft.statement = restate(algorithm.number(), sign(&passkey.key, &draft.signed()));
    registration::finish(&rp(), &pending, &registration::Answer::parse(&draft.json())?, &Trust::nobody(NOW))
}

type Sign = fn(&soft::Key, &[u8]) -> Vec<u8>;

const HONEST: Restate = |alg, sig| state(&[("alg", cbor::integer(alg)), ("sig", cbor::bytes(&sig))]);

#[test]
fn step_22_a_credential_may_vouch_for_itself() {
    for algorithm in soft::Algorithm::ALL {
        let registered = vouch(algorithm, soft::Key::sign, HONEST).unwrap();
        assert_eq!((registered.format(), registered.vouched()), (Format::Packed, Vouched::Itself), "{algorithm:?}");
    }
}

#[test]
fn step_22_who_vouches_for_itself_signs_what_was_sent_with_its_own_key_and_states_no_more() {
    for algorithm in soft::Algorithm::ALL {
        for (name, restate, reason) in SELF {
            let refusal = vouch(algorithm, soft::Key::sign, *restate).err();
            assert_eq!(refusal, Some(attestation(*reason)), "{name} ({algorithm:?})");
        }
    }
    let others: [(&str, Sign); 3] = [
        ("another key", |key, signed| soft::Key::from_seed(key.algorithm(), &[5; 32]).sign(signed)),
        ("nothing", |key, _| key.sign(b"")),
        ("the authenticator data alone", |key, signed| key.sign(&signed[..signed.len() - 32])),
    ];
    for algorithm in [soft::Algorithm::Es256, soft::Algorithm::EdDsa, soft::Algorithm::MlDsa44] {
        for (name, sign) in others {
            let refusal = vouch(algorithm, sign, HONEST).err();
            assert_eq!(refusal, Some(attestation(Attestation::Signature)), "{name} ({algorithm:?})");
        }
    }
}

fn packed() -> Vec<u8> {
    cbor::map(&[(cbor::text("alg"), cbor::integer(-7)), (cbor::text("sig"), cbor::bytes(&[0x30, 0]))])
}
