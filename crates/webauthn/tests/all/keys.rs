//! Step 20: the key of a new credential is one that was asked for, well-formed for its algorithm, and good.

use authenticator as soft;
use authenticator::cbor;
use authenticator::cose::Members;
use serde_json::json;
use webauthn::refusal::{Malformed, Place, PublicKey};
use webauthn::{Mediation, Refusal, Trust, registration};

use crate::change::{Case, Change, register};

use crate::world::{NOW, begin_registration, knobs, ours, rp};
use Change::{Key, Label, NoLabel, Number};
use soft::Algorithm::{EdDsa, Es256, Es384, Es512, MlDsa44, MlDsa65, MlDsa87};

const fn key(reason: PublicKey) -> Refusal {
    Refusal::PublicKey(reason)
}

const fn malformed(malformed: Malformed) -> Refusal {
    Refusal::Cbor(Place::PublicKey, malformed)
}

/// Whatever the algorithm.
pub(crate) const ANY: &[Case] = &[
    ("a list", Key(|_| cbor::array(&[])), malformed(Malformed::WrongType)),
    ("bytes", Key(cbor::bytes), malformed(Malformed::WrongType)),
    ("nothing in it", Key(|_| cbor::map(&[])), key(PublicKey::Member)),
    ("no type", NoLabel(1), key(PublicKey::Member)),
    ("a type in words", Label(1, || cbor::text("EC2")), key(PublicKey::Member)),
    ("a symmetric key", Label(1, || cbor::integer(4)), key(PublicKey::Type)),
    ("an unheard-of type", Label(1, || cbor::integer(-1)), key(PublicKey::Type)),
    ("no algorithm", NoLabel(3), key(PublicKey::Member)),
    ("an algorithm in words", Label(3, || cbor::text("ES256")), key(PublicKey::Member)),
    ("w08 RS1", Label(3, || cbor::integer(-65535)), key(PublicKey::UnknownAlgorithm)),
    ("w08 ES256K", Label(3, || cbor::integer(-47)), key(PublicKey::UnknownAlgorithm)),
    ("w08 Ed448", Label(3, || cbor::integer(-53)), key(PublicKey::UnknownAlgorithm)),
    ("w08 any EdDSA but that of -8", Label(3, || cbor::integer(-19)), key(PublicKey::UnknownAlgorithm)),
    ("w08 HMAC", Label(3, || cbor::integer(5)), key(PublicKey::UnknownAlgorithm)),
    ("an algorithm beyond 64 bits", Label(3, || cbor::head(1, u64::MAX)), key(PublicKey::Member)),
    ("a key id beside it", Label(2, || cbor::bytes(b"id")), key(PublicKey::Member)),
    ("key operations beside it", Label(4, || cbor::array(&[cbor::integer(2)])), key(PublicKey::Member)),
    ("its private half beside it", Label(-4, || cbor::bytes(&[7; 32])), key(PublicKey::Member)),
    ("a label that is a text", Key(|_| cbor::map(&[(cbor::text("kty"), cbor::integer(2))])), key(PublicKey::Member)),
    ("type twice", Key(|cose| Members::read(cose).repeat().write()), malformed(Malformed::Repeated)),
    ("33 members", Key(|_| many_members()), malformed(Malformed::TooMany)),
];

pub(crate) const EC: &[Case] = &[
    ("as if for RSA", Label(3, || cbor::integer(-257)), key(PublicKey::Type)),
    ("as if for EdDSA", Label(3, || cbor::integer(-8)), key(PublicKey::Type)),
    ("as if for ML-DSA", Label(3, || cbor::integer(-48)), key(PublicKey::Type)),
    ("no curve", NoLabel(-1), key(PublicKey::Member)),
    ("secp256k1", Label(-1, || cbor::integer(8)), key(PublicKey::Curve)),
    ("Ed25519", Label(-1, || cbor::integer(6)), key(PublicKey::Curve)),
    ("a curve in words", Label(-1, || cbor::text("P-256")), key(PublicKey::Member)),
    ("no x", NoLabel(-2), key(PublicKey::Member)),
    ("no y", NoLabel(-3), key(PublicKey::Member)),
    ("compressed: y a sign", Label(-3, || cbor::boolean(true)), key(PublicKey::Member)),
    ("compressed: y empty", Label(-3, || cbor::bytes(&[])), key(PublicKey::Length)),
    ("x a byte too short", Number(-2, |x| x.truncate(x.len() - 1)), key(PublicKey::Length)),
    ("x with a zero before it", Number(-2, |x| x.insert(0, 0)), key(PublicKey::Length)),
    ("y a byte too long", Number(-3, |y| y.push(7)), key(PublicKey::Length)),
    (
        "off the curve: x for y",
        Key(|cose| {
            let mut key = Members::read(cose);
            let x = key.number(-2);
            key.set(-3, cbor::bytes(&x)).write()
        }),
        key(PublicKey::Point),
    ),
    ("off the curve: one bit of y", Number(-3, |y| *y.last_mut().unwrap() ^= 1), key(PublicKey::Point)),
    (
        "nothing but zeros",
        Key(|cose| {
            let mut key = Members::read(cose);
            let zeros = cbor::bytes(&vec![0; key.number(-2).len()]);
            key.set(-2, zeros.clone()).set(-3, zeros).write()
        }),
        key(PublicKey::Point),
    ),
    ("x beyond the prime", Number(-2, |x| x.fill(0xff)), key(PublicKey::Point)),
];

/// Each with the algorithm of another curve, and on another curve.
const OTHER_CURVES: [(soft::Algorithm, &[Case]); 3] = [
    (
        Es256,
        &[
            ("w08 P-256 for ES384", Label(3, || cbor::integer(-35)), key(PublicKey::Curve)),
            ("w08 ES256 on P-384", Label(-1, || cbor::integer(2)), key(PublicKey::Curve)),
        ],
    ),
    (
        Es384,
        &[
            ("w08 P-384 for ES256", Label(3, || cbor::integer(-7)), key(PublicKey::Curve)),
            ("w08 ES384 on P-521", Label(-1, || cbor::integer(3)), key(PublicKey::Curve)),
        ],
    ),
    (
        Es512,
        &[
            ("w08 P-521 for ES256", Label(3, || cbor::integer(-7)), key(PublicKey::Curve)),
            ("w08 ES512 on P-256", Label(-1, || cbor::integer(1)), key(PublicKey::Curve)),
        ],
    ),
];

pub(crate) const ML_DSA: &[Case] = &[
    ("as if for ES256", Label(3, || cbor::integer(-7)), key(PublicKey::Type)),
    ("a key pair of octets", Label(1, || cbor::integer(1)), key(PublicKey::Type)),
    ("no bytes", NoLabel(-1), key(PublicKey::Member)),
    ("a number for the bytes", Label(-1, || cbor::integer(7)), key(PublicKey::Member)),
    ("no byte", Label(-1, || cbor::bytes(&[])), key(PublicKey::Length)),
    ("a byte too few", Number(-1, |bytes| bytes.truncate(bytes.len() - 1)), key(PublicKey::Length)),
    ("a byte too many", Number(-1, |bytes| bytes.push(7)), key(PublicKey::Length)),
    ("as long as a P-256 key in DER", Label(-1, || cbor::bytes(&[0x30; 91])), key(PublicKey::Length)),
    ("the seed of its private half beside it", Label(-2, || cbor::bytes(&[7; 32])), key(PublicKey::Member)),
];

/// Each with the number of another size.
const OTHER_SIZES: [(soft::Algorithm, i64); 6] =
    [(MlDsa44, -49), (MlDsa44, -50), (MlDsa65, -48), (MlDsa65, -50), (MlDsa87, -48), (MlDsa87, -49)];

pub(crate) const ED25519: &[Case] = &[
    ("as if for ES256", Label(3, || cbor::integer(-7)), key(PublicKey::Type)),
    ("no curve", NoLabel(-1), key(PublicKey::Member)),
    (
        "Ed448",
        Key(|cose| Members::read(cose).set(-1, cbor::integer(7)).set(-2, cbor::bytes(&[7; 57])).write()),
        key(PublicKey::Curve),
    ),
    ("X25519", Label(-1, || cbor::integer(4)), key(PublicKey::Curve)),
    ("no x", NoLabel(-2), key(PublicKey::Member)),
    ("x of 31 bytes", Label(-2, || cbor::bytes(&[7; 31])), key(PublicKey::Length)),
    ("x of 33 bytes", Label(-2, || cbor::bytes(&[7; 33])), key(PublicKey::Length)),
    ("a y beside it", Label(-3, || cbor::bytes(&[7; 32])), key(PublicKey::Member)),
    (
        "small order: zero",
        Label(-2, || point("0000000000000000000000000000000000000000000000000000000000000000")),
        key(PublicKey::Point),
    ),
    (
        "small order: zero, the other sign",
        Label(-2, || point("0000000000000000000000000000000000000000000000000000000000000080")),
        key(PublicKey::Point),
    ),
    (
        "small order: the identity",
        Label(-2, || point("0100000000000000000000000000000000000000000000000000000000000000")),
        key(PublicKey::Point),
    ),
    (
        "small order: minus one",
        Label(-2, || point("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")),
        key(PublicKey::Point),
    ),
    (
        "small order: eight",
        Label(-2, || point("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05")),
        key(PublicKey::Point),
    ),
    (
        "small order: eight, the other sign",
        Label(-2, || point("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85")),
        key(PublicKey::Point),
    ),
    (
        "small order: the other eight",
        Label(-2, || point("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a")),
        key(PublicKey::Point),
    ),
    (
        "beyond the prime: the prime",
        Label(-2, || point("edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")),
        key(PublicKey::Point),
    ),
    (
        "beyond the prime: one more",
        Label(-2, || point("eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")),
        key(PublicKey::Point),
    ),
    ("beyond the prime: all ones", Label(-2, || cbor::bytes(&[0xff; 32])), key(PublicKey::Point)),
];

pub(crate) const RSA: &[Case] = &[
    ("as if for ES256", Label(3, || cbor::integer(-7)), key(PublicKey::Type)),
    ("w08 RSAES", Label(3, || cbor::integer(-40)), key(PublicKey::UnknownAlgorithm)),
    ("no modulus", NoLabel(-1), key(PublicKey::Member)),
    ("no exponent", NoLabel(-2), key(PublicKey::Member)),
    ("a number for the exponent", Label(-2, || cbor::integer(65_537)), key(PublicKey::Member)),
    ("a modulus of no bytes", Label(-1, || cbor::bytes(&[])), key(PublicKey::Modulus)),
    ("a modulus of 1024 bits", Label(-1, || cbor::bytes(&[0xff; 128])), key(PublicKey::Modulus)),
    ("a modulus of 2047 bits", Number(-1, |modulus| modulus[0] = 0x7f), key(PublicKey::Modulus)),
    ("a modulus of 4104 bits", Label(-1, || cbor::bytes(&[0xff; 513])), key(PublicKey::Modulus)),
    ("a zero before the modulus", Number(-1, |modulus| modulus.insert(0, 0)), key(PublicKey::Modulus)),
    ("an even modulus", Number(-1, |modulus| modulus[255] &= !1), key(PublicKey::Modulus)),
    ("an exponent of no bytes", Label(-2, || cbor::bytes(&[])), key(PublicKey::Exponent)),
    ("the exponent 0", Label(-2, || cbor::bytes(&[0])), key(PublicKey::Exponent)),
    ("the exponent 1: every message is its own signature", Label(-2, || cbor::bytes(&[1])), key(PublicKey::Exponent)),
    ("the exponent 2", Label(-2, || cbor::bytes(&[2])), key(PublicKey::Exponent)),
    ("an even exponent", Label(-2, || cbor::bytes(&[1, 0, 0])), key(PublicKey::Exponent)),
    ("a zero before the exponent", Label(-2, || cbor::bytes(&[0, 1, 0, 1])), key(PublicKey::Exponent)),
    ("an exponent of 33 bits", Label(-2, || cbor::bytes(&[1, 0, 0, 0, 1])), key(PublicKey::Exponent)),
];

fn refuses(algorithm: soft::Algorithm, cases: &[Case]) {
    for (name, change, reason) in cases {
        assert_eq!(register(algorithm, *change).err(), Some(*reason), "{name} ({algorithm:?})");
    }
}

#[test]
fn w08_step_20_no_key_of_any_type_with_other_members_or_another_algorithm() {
    for algorithm in soft::Algorithm::ALL {
        refuses(algorithm, ANY);
    }
}

#[test]
fn step_20_a_key_on_a_curve_of_nist_is_an_uncompressed_point_of_it() {
    for algorithm in soft::Algorithm::ECDSA {
        refuses(algorithm, EC);
    }
}

#[test]
fn w08_step_20_curve_and_algorithm_agree() {
    for (algorithm, cases) in OTHER_CURVES {
        refuses(algorithm, cases);
    }
}

#[test]
fn step_20_an_ml_dsa_key_is_its_bytes_and_as_many_as_its_size_has() {
    for algorithm in soft::Algorithm::ML_DSA {
        refuses(algorithm, ML_DSA);
    }
}

#[test]
fn w08_step_20_an_ml_dsa_key_of_another_size_is_refused() {
    for (algorithm, other) in OTHER_SIZES {
        let change = match other {
            -48 => Label(3, || cbor::integer(-48)),
            -49 => Label(3, || cbor::integer(-49)),
            _ => Label(3, || cbor::integer(-50)),
        };
        let refusal = register(algorithm, change).err();
        assert_eq!(refusal, Some(key(PublicKey::Length)), "{algorithm:?} as {other}");
    }
}

#[test]
fn step_20_an_eddsa_key_is_a_point_of_ed25519_that_proves_something() {
    refuses(EdDsa, ED25519);
}

#[test]
fn step_20_an_rsa_key_has_a_sound_modulus_and_exponent() {
    for algorithm in soft::Algorithm::RSA {
        refuses(algorithm, RSA);
    }
}

/// A pending remembers what was offered; a browser that lets the page offer more changes nothing.
#[test]
fn w08_step_20_an_algorithm_that_was_not_offered_is_refused() {
    for algorithm in soft::Algorithm::ALL {
        assert_eq!(with_others_offered(algorithm), Err(key(PublicKey::NotOffered)), "{algorithm:?}");
    }
}

pub(crate) fn with_others_offered(algorithm: soft::Algorithm) -> Result<registration::Registered, Refusal> {
    let (options, pending) = begin_registration(Mediation::Modal);
    let mut kept = json!(pending);
    kept["a"].as_array_mut().unwrap().retain(|offered| *offered != ours(algorithm).cose());
    let pending: registration::Pending = serde_json::from_value(kept).unwrap();
    let answer = registration::Answer::parse(&soft::register(&options, &knobs(algorithm)).1)?;
    registration::finish(&rp(), &pending, &answer, &Trust::nobody(NOW))
}

fn point(hex: &str) -> Vec<u8> {
    let byte = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
    cbor::bytes(&(0..64).step_by(2).map(byte).collect::<Vec<_>>())
}

fn many_members() -> Vec<u8> {
    cbor::map(&(0..33).map(|label| (cbor::integer(label), cbor::integer(0))).collect::<Vec<_>>())
}
