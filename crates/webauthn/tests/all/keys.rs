//! Step 20: the key of a new credential is one that was asked for, well-formed for its algorithm, and good.

use authenticator as soft;
use authenticator::cbor;
use serde_json::json;
use webauthn::refusal::{Malformed, Place, PublicKey};
use webauthn::{Mediation, Refusal, registration};

use crate::change::{Case, Change, register};
use crate::world::{begin_registration, knobs, ours, rp};
use Change::Key;
use soft::Algorithm::{EdDsa, Es256, Rs256};

const fn key(reason: PublicKey) -> Refusal {
    Refusal::PublicKey(reason)
}

const fn malformed(malformed: Malformed) -> Refusal {
    Refusal::Cbor(Place::PublicKey, malformed)
}

/// Whatever the algorithm.
#[rustfmt::skip]
pub(crate) const ANY: &[Case] = &[
    ("a list", Key(|_| cbor::array(&[])), malformed(Malformed::WrongType)),
    ("bytes", Key(cbor::bytes), malformed(Malformed::WrongType)),
    ("nothing in it", Key(|_| cbor::map(&[])), key(PublicKey::Member)),
    ("no type", Key(|cose| without(cose, 1)), key(PublicKey::Member)),
    ("a type in words", Key(|cose| with(cose, 1, cbor::text("EC2"))), key(PublicKey::Member)),
    ("a symmetric key", Key(|cose| with(cose, 1, cbor::integer(4))), key(PublicKey::Type)),
    ("an unheard-of type", Key(|cose| with(cose, 1, cbor::integer(-1))), key(PublicKey::Type)),
    ("no algorithm", Key(|cose| without(cose, 3)), key(PublicKey::Member)),
    ("an algorithm in words", Key(|cose| with(cose, 3, cbor::text("ES256"))), key(PublicKey::Member)),
    ("w08 RS1", Key(|cose| with(cose, 3, cbor::integer(-65535))), key(PublicKey::UnknownAlgorithm)),
    ("w08 ES256K", Key(|cose| with(cose, 3, cbor::integer(-47))), key(PublicKey::UnknownAlgorithm)),
    ("w08 ES384", Key(|cose| with(cose, 3, cbor::integer(-35))), key(PublicKey::UnknownAlgorithm)),
    ("w08 HMAC", Key(|cose| with(cose, 3, cbor::integer(5))), key(PublicKey::UnknownAlgorithm)),
    ("an algorithm beyond 64 bits", Key(|cose| with(cose, 3, cbor::head(1, u64::MAX))), key(PublicKey::Member)),
    ("a key id beside it", Key(|cose| with(cose, 2, cbor::bytes(b"id"))), key(PublicKey::Member)),
    ("key operations beside it", Key(|cose| with(cose, 4, cbor::array(&[cbor::integer(2)]))), key(PublicKey::Member)),
    ("its private half beside it", Key(|cose| with(cose, -4, cbor::bytes(&[7; 32]))), key(PublicKey::Member)),
    ("a label that is a text", Key(|_| cbor::map(&[(cbor::text("kty"), cbor::integer(2))])), key(PublicKey::Member)),
    ("type twice", Key(repeated), malformed(Malformed::Repeated)),
    ("33 members", Key(|_| cbor::map(&(0..33).map(|label| (cbor::integer(label), cbor::integer(0))).collect::<Vec<_>>())), malformed(Malformed::TooMany)),
];

#[rustfmt::skip]
pub(crate) const P256: &[Case] = &[
    ("as if for RSA", Key(|cose| with(cose, 3, cbor::integer(-257))), key(PublicKey::Type)),
    ("as if for EdDSA", Key(|cose| with(cose, 3, cbor::integer(-8))), key(PublicKey::Type)),
    ("no curve", Key(|cose| without(cose, -1)), key(PublicKey::Member)),
    ("P-384", Key(|cose| with(cose, -1, cbor::integer(2))), key(PublicKey::Curve)),
    ("secp256k1", Key(|cose| with(cose, -1, cbor::integer(8))), key(PublicKey::Curve)),
    ("a curve in words", Key(|cose| with(cose, -1, cbor::text("P-256"))), key(PublicKey::Member)),
    ("no x", Key(|cose| without(cose, -2)), key(PublicKey::Member)),
    ("no y", Key(|cose| without(cose, -3)), key(PublicKey::Member)),
    ("compressed: y a sign", Key(|cose| with(cose, -3, cbor::boolean(true))), key(PublicKey::Member)),
    ("compressed: y empty", Key(|cose| with(cose, -3, cbor::bytes(&[]))), key(PublicKey::Length)),
    ("x of 31 bytes", Key(|cose| with(cose, -2, cbor::bytes(&[7; 31]))), key(PublicKey::Length)),
    ("x of 33 bytes", Key(|cose| with(cose, -2, cbor::bytes(&[0; 33]))), key(PublicKey::Length)),
    ("y of 48 bytes", Key(|cose| with(cose, -3, cbor::bytes(&[7; 48]))), key(PublicKey::Length)),
    ("off the curve: x for y", Key(|cose| { let x = bytes_of(cose, -2); with(cose, -3, cbor::bytes(&x)) }), key(PublicKey::Point)),
    ("off the curve: one bit of y", Key(|cose| { let mut y = bytes_of(cose, -3); y[31] ^= 1; with(cose, -3, cbor::bytes(&y)) }), key(PublicKey::Point)),
    ("nothing but zeros", Key(|cose| with(&with(cose, -2, cbor::bytes(&[0; 32])), -3, cbor::bytes(&[0; 32]))), key(PublicKey::Point)),
    ("x beyond the prime", Key(|cose| with(cose, -2, cbor::bytes(&[0xff; 32]))), key(PublicKey::Point)),
];

#[rustfmt::skip]
pub(crate) const ED25519: &[Case] = &[
    ("as if for ES256", Key(|cose| with(cose, 3, cbor::integer(-7))), key(PublicKey::Type)),
    ("no curve", Key(|cose| without(cose, -1)), key(PublicKey::Member)),
    ("Ed448", Key(|cose| with(&with(cose, -1, cbor::integer(7)), -2, cbor::bytes(&[7; 57]))), key(PublicKey::Curve)),
    ("X25519", Key(|cose| with(cose, -1, cbor::integer(4))), key(PublicKey::Curve)),
    ("no x", Key(|cose| without(cose, -2)), key(PublicKey::Member)),
    ("x of 31 bytes", Key(|cose| with(cose, -2, cbor::bytes(&[7; 31]))), key(PublicKey::Length)),
    ("x of 33 bytes", Key(|cose| with(cose, -2, cbor::bytes(&[7; 33]))), key(PublicKey::Length)),
    ("a y beside it", Key(|cose| with(cose, -3, cbor::bytes(&[7; 32]))), key(PublicKey::Member)),
    ("small order: zero", Key(|cose| with(cose, -2, point("0000000000000000000000000000000000000000000000000000000000000000"))), key(PublicKey::Point)),
    ("small order: zero, the other sign", Key(|cose| with(cose, -2, point("0000000000000000000000000000000000000000000000000000000000000080"))), key(PublicKey::Point)),
    ("small order: the identity", Key(|cose| with(cose, -2, point("0100000000000000000000000000000000000000000000000000000000000000"))), key(PublicKey::Point)),
    ("small order: minus one", Key(|cose| with(cose, -2, point("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"))), key(PublicKey::Point)),
    ("small order: eight", Key(|cose| with(cose, -2, point("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"))), key(PublicKey::Point)),
    ("small order: eight, the other sign", Key(|cose| with(cose, -2, point("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85"))), key(PublicKey::Point)),
    ("small order: the other eight", Key(|cose| with(cose, -2, point("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"))), key(PublicKey::Point)),
    ("beyond the prime: the prime", Key(|cose| with(cose, -2, point("edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"))), key(PublicKey::Point)),
    ("beyond the prime: one more", Key(|cose| with(cose, -2, point("eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"))), key(PublicKey::Point)),
    ("beyond the prime: all ones", Key(|cose| with(cose, -2, cbor::bytes(&[0xff; 32]))), key(PublicKey::Point)),
];

#[rustfmt::skip]
pub(crate) const RSA: &[Case] = &[
    ("as if for ES256", Key(|cose| with(cose, 3, cbor::integer(-7))), key(PublicKey::Type)),
    ("w08 PS256", Key(|cose| with(cose, 3, cbor::integer(-37))), key(PublicKey::UnknownAlgorithm)),
    ("no modulus", Key(|cose| without(cose, -1)), key(PublicKey::Member)),
    ("no exponent", Key(|cose| without(cose, -2)), key(PublicKey::Member)),
    ("a number for the exponent", Key(|cose| with(cose, -2, cbor::integer(65_537))), key(PublicKey::Member)),
    ("a modulus of no bytes", Key(|cose| with(cose, -1, cbor::bytes(&[]))), key(PublicKey::Modulus)),
    ("a modulus of 1024 bits", Key(|cose| with(cose, -1, cbor::bytes(&[0xff; 128]))), key(PublicKey::Modulus)),
    ("a modulus of 2047 bits", Key(|cose| { let mut modulus = bytes_of(cose, -1); modulus[0] = 0x7f; with(cose, -1, cbor::bytes(&modulus)) }), key(PublicKey::Modulus)),
    ("a modulus of 4104 bits", Key(|cose| with(cose, -1, cbor::bytes(&[0xff; 513]))), key(PublicKey::Modulus)),
    ("a zero before the modulus", Key(|cose| { let modulus = [vec![0], bytes_of(cose, -1)].concat(); with(cose, -1, cbor::bytes(&modulus)) }), key(PublicKey::Modulus)),
    ("an even modulus", Key(|cose| { let mut modulus = bytes_of(cose, -1); modulus[255] &= !1; with(cose, -1, cbor::bytes(&modulus)) }), key(PublicKey::Modulus)),
    ("an exponent of no bytes", Key(|cose| with(cose, -2, cbor::bytes(&[]))), key(PublicKey::Exponent)),
    ("the exponent 0", Key(|cose| with(cose, -2, cbor::bytes(&[0]))), key(PublicKey::Exponent)),
    ("the exponent 1: every message is its own signature", Key(|cose| with(cose, -2, cbor::bytes(&[1]))), key(PublicKey::Exponent)),
    ("the exponent 2", Key(|cose| with(cose, -2, cbor::bytes(&[2]))), key(PublicKey::Exponent)),
    ("an even exponent", Key(|cose| with(cose, -2, cbor::bytes(&[1, 0, 0]))), key(PublicKey::Exponent)),
    ("a zero before the exponent", Key(|cose| with(cose, -2, cbor::bytes(&[0, 1, 0, 1]))), key(PublicKey::Exponent)),
    ("an exponent of 33 bits", Key(|cose| with(cose, -2, cbor::bytes(&[1, 0, 0, 0, 1]))), key(PublicKey::Exponent)),
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
fn step_20_an_es256_key_is_an_uncompressed_point_of_p256() {
    refuses(Es256, P256);
}

#[test]
fn step_20_an_eddsa_key_is_a_point_of_ed25519_that_proves_something() {
    refuses(EdDsa, ED25519);
}

#[test]
fn step_20_an_rs256_key_has_a_sound_modulus_and_exponent() {
    refuses(Rs256, RSA);
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
    registration::finish(&rp(), &pending, &answer)
}

/// The members of a key of the software authenticator: labels and values of one kind each, in their shortest form.
fn members(cose: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut rest = &cose[1..];
    let mut item = || {
        let length = match rest[0] {
            0x58 => 2 + usize::from(rest[1]),
            0x59 => 3 + usize::from(u16::from_be_bytes([rest[1], rest[2]])),
            0x40..=0x57 => 1 + usize::from(rest[0] & 0x1f),
            0x18 | 0x38 => 2,
            0x19 | 0x39 => 3,
            _ => 1,
        };
        let (item, after) = rest.split_at(length);
        rest = after;
        item.to_vec()
    };
    (0..cose[0] & 0x1f).map(|_| (item(), item())).collect()
}

fn with(cose: &[u8], label: i64, value: Vec<u8>) -> Vec<u8> {
    let mut members = members(cose);
    match members.iter_mut().find(|(key, _)| *key == cbor::integer(label)) {
        Some(member) => member.1 = value,
        None => members.push((cbor::integer(label), value)),
    }
    cbor::map(&members)
}

fn without(cose: &[u8], label: i64) -> Vec<u8> {
    let mut members = members(cose);
    members.retain(|(key, _)| *key != cbor::integer(label));
    cbor::map(&members)
}

fn repeated(cose: &[u8]) -> Vec<u8> {
    let members = members(cose);
    cbor::map(&[&members[..], &members[..1]].concat())
}

fn bytes_of(cose: &[u8], label: i64) -> Vec<u8> {
    let members = members(cose);
    let (_, value) = members.iter().find(|(key, _)| *key == cbor::integer(label)).unwrap();
    value[if value[0] == 0x59 { 3 } else { 2 }..].to_vec()
}

fn point(hex: &str) -> Vec<u8> {
    let byte = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
    cbor::bytes(&(0..64).step_by(2).map(byte).collect::<Vec<_>>())
}
