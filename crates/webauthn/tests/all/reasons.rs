//! Every reason there is was given by a test.

use std::collections::{BTreeSet, HashSet};

use authenticator as soft;
use soft::Algorithm::{EdDsa, Es256, MlDsa44, Rs256};
use webauthn::Refusal;
use webauthn::refusal::{AuthenticatorData as Data, Certificate, ClientData, Malformed, Party, Place};

use crate::change::Ceremony::{Authentication, Registration};
use crate::change::Change::{AttestationObject as Object, Envelope, Extensions, Key};
use crate::change::{Case, Ceremony, refuses};
use crate::{attestation, authentication, both, client_data, keys, registration, signatures};

const fn refusal(place: Place, malformed: Malformed) -> Refusal {
    Refusal::Cbor(place, malformed)
}

/// The same malformed CBOR in each place where CBOR stands. (In hundredfold: `hostile_cbor.rs`.)
const OBJECT: &[Case] = &[
    ("cut", Object(|_| vec![0xa3]), refusal(Place::AttestationObject, Malformed::Cut)),
    ("not shortest", Object(|_| vec![0xb8, 3]), refusal(Place::AttestationObject, Malformed::NotShortest)),
    ("indefinite", Object(|_| vec![0xbf, 0xff]), refusal(Place::AttestationObject, Malformed::Indefinite)),
    ("reserved", Object(|_| vec![0xbc]), refusal(Place::AttestationObject, Malformed::Reserved)),
    (
        "tag",
        Object(|draft| [vec![0xd9, 0xd9, 0xf7], draft.attestation_object()].concat()),
        refusal(Place::AttestationObject, Malformed::Tag),
    ),
    (
        "float",
        Envelope("attStmt", || statement(&[0xfb, 0, 0, 0, 0, 0, 0, 0, 0])),
        refusal(Place::AttestationObject, Malformed::Float),
    ),
    (
        "not UTF-8",
        Envelope("attStmt", || statement(&[0x61, 0xff])),
        refusal(Place::AttestationObject, Malformed::NotUtf8),
    ),
    ("too deep", Envelope("attStmt", || statement(&[0x81; 9])), refusal(Place::AttestationObject, Malformed::TooDeep)),
    ("too many", Object(|_| vec![0xb8, 33]), refusal(Place::AttestationObject, Malformed::TooMany)),
];

const KEY: &[Case] = &[
    ("not shortest", Key(|_| vec![0xa1, 0x18, 1, 2]), refusal(Place::PublicKey, Malformed::NotShortest)),
    ("indefinite", Key(|_| vec![0xbf, 1, 2, 0xff]), refusal(Place::PublicKey, Malformed::Indefinite)),
    ("reserved", Key(|_| vec![0xa1, 1, 0xf7]), refusal(Place::PublicKey, Malformed::Reserved)),
    ("tag", Key(|_| vec![0xa1, 1, 0xc2, 0x41, 2]), refusal(Place::PublicKey, Malformed::Tag)),
    ("float", Key(|_| vec![0xa1, 1, 0xf9, 0x40, 0]), refusal(Place::PublicKey, Malformed::Float)),
    ("not UTF-8", Key(|_| vec![0xa1, 1, 0x62, 0xc3, 0x28]), refusal(Place::PublicKey, Malformed::NotUtf8)),
    ("too deep", Key(|_| [vec![0xa1, 1], vec![0x81; 9]].concat()), refusal(Place::PublicKey, Malformed::TooDeep)),
];

const EXTENSIONS: &[Case] = &[
    ("not shortest", Extensions(|| vec![0xa1, 0x18, 1, 2]), refusal(Place::Extensions, Malformed::NotShortest)),
    ("indefinite", Extensions(|| vec![0xbf, 1, 2, 0xff]), refusal(Place::Extensions, Malformed::Indefinite)),
    ("reserved", Extensions(|| vec![0xa1, 1, 0xf7]), refusal(Place::Extensions, Malformed::Reserved)),
    ("tag", Extensions(|| vec![0xa1, 1, 0xc2, 0x41, 2]), refusal(Place::Extensions, Malformed::Tag)),
    ("float", Extensions(|| vec![0xa1, 1, 0xf9, 0x40, 0]), refusal(Place::Extensions, Malformed::Float)),
    ("not UTF-8", Extensions(|| vec![0xa1, 1, 0x62, 0xc3, 0x28]), refusal(Place::Extensions, Malformed::NotUtf8)),
    (
        "too deep",
        Extensions(|| [vec![0xa1, 1], vec![0x81; 9]].concat()),
        refusal(Place::Extensions, Malformed::TooDeep),
    ),
    ("too many", Extensions(|| vec![0xb8, 33]), refusal(Place::Extensions, Malformed::TooMany)),
    (
        "repeated",
        Extensions(|| vec![0xa2, 0x61, b'a', 1, 0x61, b'a', 2]),
        refusal(Place::Extensions, Malformed::Repeated),
    ),
];

#[test]
fn w18_malformed_cbor_is_refused_wherever_it_stands() {
    refuses(&[Registration], OBJECT);
    refuses(&[Registration], KEY);
    refuses(&Ceremony::BOTH, EXTENSIONS);
}

#[test]
fn every_reason_has_a_test_that_gives_it() {
    let mut given = HashSet::new();
    let mut run = |ceremony: Ceremony, algorithm: soft::Algorithm, tables: &[&[Case]]| {
        let cases = tables.iter().copied().flatten();
        given.extend(cases.filter_map(|(_, change, _)| ceremony.refusal(algorithm, *change)));
    };
    let shared = [
        both::JSON,
        client_data::CLIENT_DATA,
        client_data::TYPE,
        client_data::CHALLENGE,
        client_data::ORIGIN,
        client_data::FRAME,
        both::RP_ID,
        both::FLAGS,
        both::DATA,
        EXTENSIONS,
    ];
    run(Registration, Es256, &shared);
    run(Authentication, Es256, &shared);
    let new = [registration::RESPONSE, registration::ENVELOPE, registration::CREDENTIAL, registration::ATTESTATION];
    run(Registration, Es256, &new);
    run(Registration, Es256, &[OBJECT, KEY, keys::ANY, keys::EC]);
    run(Registration, EdDsa, &[keys::ED25519]);
    run(Registration, Rs256, &[keys::RSA]);
    run(Registration, MlDsa44, &[keys::ML_DSA]);
    run(Authentication, Es256, &[authentication::RESPONSE]);
    given.extend(keys::with_others_offered(Es256).err());
    given.extend(authentication::with_another_id_allowed(Es256).err());
    given.extend(authentication::with_another_algorithm_on_record(Es256).err());
    given.extend(authentication::with_backup_eligibility_gained(Es256).err());
    given.extend(authentication::with_a_byte_behind_the_key_on_record().err());
    given.extend(
        registration::SELF
            .iter()
            .filter_map(|(_, restate, _)| registration::vouch(Es256, soft::Key::sign, *restate).err()),
    );
    given.extend(attestation::given());
    given.extend(signatures::tampered(Es256, |_, assertion| assertion.signature.push(0)).err());

    let all: HashSet<_> = Refusal::all().into_iter().collect();
    assert_eq!(all.difference(&given).collect::<Vec<_>>(), Vec::<&Refusal>::new(), "untested");
    assert_eq!(given.difference(&all).collect::<Vec<_>>(), Vec::<&Refusal>::new(), "unlisted");
}

/// Support is told where to look: the step of the standard, and whose doing it is.
#[test]
fn every_reason_has_its_step() {
    for refusal in Refusal::all() {
        let steps = [webauthn::Ceremony::Registration, webauthn::Ceremony::Authentication].map(|of| refusal.step(of));
        assert!(steps.iter().any(|step| !step.ends_with(".0")), "{refusal}: {steps:?}");
    }
    let of = |refusal: Refusal| (refusal.step(webauthn::Ceremony::Authentication), refusal.whose());
    assert_eq!(of(Refusal::Signature), ("7.2.21".to_owned(), Party::Authenticator));
    assert_eq!(of(Refusal::ClientData(ClientData::Origin)), ("7.2.12".to_owned(), Party::Page));
    assert_eq!(of(Refusal::AuthenticatorData(Data::UserNotVerified)), ("7.2.17".to_owned(), Party::Person));
    let chain = Refusal::Certificate(Certificate::Chain);
    assert_eq!((chain.step(webauthn::Ceremony::Registration), chain.whose()), ("7.1.24".to_owned(), Party::Maker));
}

/// The names in the audit log are for ever: this list is only added to.
#[test]
fn names_in_the_audit_log_stay_what_they_were() {
    let names: BTreeSet<_> = Refusal::all().into_iter().map(Refusal::audit).collect();
    let frozen: Vec<_> = include_str!("reasons.txt").lines().collect();
    assert_eq!(names.into_iter().collect::<Vec<_>>(), frozen);
}

/// A map with one value.
fn statement(value: &[u8]) -> Vec<u8> {
    [&[0xa1, 0x61, b'a'], value].concat()
}
