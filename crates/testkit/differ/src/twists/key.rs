//! The key of a new credential: WebAuthn-3 §5.8.5, §7.1 step 20, RFC 9053 §7, RFC 8230 §4.

use authenticator::cbor;
use authenticator::cose::Members;
use serde_json::{Value, json};

use super::Twist;
use crate::change::Change::{Key, Setting};

pub(super) const LIES: &[Twist] = &[
    ("alg-not-offered", Setting(|expected, knobs| expected["allowed_algs"] = without(knobs.algorithm.number()))),
    ("alg-of-nobody-offered", Setting(|expected, _| expected["allowed_algs"] = json!([]))),
    ("key-a-list", Key(|_| cbor::array(&[]))),
    ("key-empty", Key(|_| cbor::map(&[]))),
    ("key-without-type", Key(|key| Members::read(key).remove(1).write())),
    ("key-without-algorithm", Key(|key| Members::read(key).remove(3).write())),
    ("key-without-minus-1", Key(|key| Members::read(key).remove(-1).write())),
    ("key-symmetric", Key(|key| set(key, 1, cbor::integer(4)))),
    ("key-of-no-type", Key(|key| set(key, 1, cbor::integer(99)))),
    ("key-of-a-type-in-words", Key(|key| set(key, 1, cbor::text("EC2")))),
    ("key-for-es256k", Key(|key| set(key, 3, cbor::integer(-47)))),
    ("key-for-rs1", Key(|key| set(key, 3, cbor::integer(-65535)))),
    ("key-for-hmac", Key(|key| set(key, 3, cbor::integer(5)))),
    ("key-for-words", Key(|key| set(key, 3, cbor::text("ES256")))),
    ("key-with-its-private-half", Key(|key| set(key, -4, cbor::bytes(&[7; 32])))),
    ("key-with-a-type-twice", Key(|key| Members::read(key).repeat().write())),
    ("key-cut", Key(|key| key[..key.len() - 1].to_vec())),
    ("key-and-a-byte-more", Key(|key| [key, &[0]].concat())),
    ("key-of-endless-length", Key(|key| [&[0xbf], &key[1..], &[0xff]].concat())),
    ("key-with-a-long-head", Key(|key| [&[0xb8, key[0] & 0x1f], &key[1..]].concat())),
];

pub(super) const OF_CURVES: &[Twist] = &[
    ("point-off-the-curve", Key(|key| number(key, -3, |y| flip_last(y)))),
    ("point-zero", Key(zero_point)),
    ("point-beyond-the-prime", Key(|key| number(key, -2, |x| x.fill(0xff)))),
    ("point-with-a-short-x", Key(|key| number(key, -2, |x| x.truncate(x.len() - 1)))),
    ("point-with-a-long-x", Key(|key| number(key, -2, |x| x.insert(0, 0)))),
    ("point-with-a-long-y", Key(|key| number(key, -3, |y| y.push(0)))),
    ("point-without-x", Key(|key| Members::read(key).remove(-2).write())),
    ("point-without-y", Key(|key| Members::read(key).remove(-3).write())),
    ("point-compressed", Key(|key| set(key, -3, cbor::boolean(true)))),
    ("curve-secp256k1", Key(|key| set(key, -1, cbor::integer(8)))),
    ("curve-ed25519", Key(|key| set(key, -1, cbor::integer(6)))),
    ("curve-in-words", Key(|key| set(key, -1, cbor::text("P-256")))),
    ("curve-of-another-algorithm", Key(|key| Members::read(key).set(3, another_ecdsa(key)).write())),
    ("point-for-rs256", Key(|key| set(key, 3, cbor::integer(-257)))),
    ("point-for-eddsa", Key(|key| set(key, 3, cbor::integer(-8)))),
    ("point-for-ml-dsa", Key(|key| set(key, 3, cbor::integer(-48)))),
];

pub(super) const OF_RSA: &[Twist] = &[
    ("modulus-of-1024-bits", Key(|key| set(key, -1, cbor::bytes(&[0xff; 128])))),
    ("modulus-even", Key(|key| number(key, -1, |modulus| flip_last(modulus)))),
    ("modulus-empty", Key(|key| set(key, -1, cbor::bytes(&[])))),
    ("modulus-with-a-zero", Key(|key| number(key, -1, |modulus| modulus.insert(0, 0)))),
    ("exponent-of-1", Key(|key| set(key, -2, cbor::bytes(&[1])))),
    ("exponent-of-0", Key(|key| set(key, -2, cbor::bytes(&[0, 0, 0])))),
    ("exponent-even", Key(|key| set(key, -2, cbor::bytes(&[1, 0, 0])))),
    ("exponent-a-number", Key(|key| set(key, -2, cbor::integer(65_537)))),
    ("exponent-missing", Key(|key| Members::read(key).remove(-2).write())),
    ("exponent-with-a-zero", Key(|key| set(key, -2, cbor::bytes(&[0, 1, 0, 1])))),
    ("rsa-key-for-es256", Key(|key| set(key, 3, cbor::integer(-7)))),
    ("rsa-key-for-encryption", Key(|key| set(key, 3, cbor::integer(-40)))),
];

pub(super) const OF_ML_DSA: &[Twist] = &[
    ("ml-dsa-a-byte-short", Key(|key| number(key, -1, |bytes| bytes.truncate(bytes.len() - 1)))),
    ("ml-dsa-a-byte-long", Key(|key| number(key, -1, |bytes| bytes.push(0)))),
    ("ml-dsa-empty", Key(|key| set(key, -1, cbor::bytes(&[])))),
    ("ml-dsa-of-another-size", Key(|key| Members::read(key).set(3, another_ml_dsa(key)).write())),
    ("ml-dsa-key-for-es256", Key(|key| set(key, 3, cbor::integer(-7)))),
    ("ml-dsa-with-its-seed", Key(|key| set(key, -2, cbor::bytes(&[7; 32])))),
];

pub(super) const OF_ED25519: &[Twist] = &[
    ("ed25519-of-31-bytes", Key(|key| set(key, -2, cbor::bytes(&[7; 31])))),
    ("ed25519-of-33-bytes", Key(|key| set(key, -2, cbor::bytes(&[7; 33])))),
    ("ed25519-zero", Key(|key| set(key, -2, cbor::bytes(&[0; 32])))),
    ("ed25519-the-identity", Key(|key| set(key, -2, cbor::bytes(&[&[1][..], &[0; 31]].concat())))),
    ("ed25519-beyond-the-prime", Key(|key| set(key, -2, cbor::bytes(&[0xff; 32])))),
    ("ed25519-called-x25519", Key(|key| set(key, -1, cbor::integer(4)))),
    ("ed25519-called-ed448", Key(|key| set(key, -1, cbor::integer(7)))),
    ("ed25519-with-a-y", Key(|key| set(key, -3, cbor::bytes(&[7; 32])))),
    ("ed25519-without-x", Key(|key| Members::read(key).remove(-2).write())),
    ("ed25519-key-for-es256", Key(|key| set(key, 3, cbor::integer(-7)))),
];

fn without(number: i64) -> Value {
    let others = authenticator::Algorithm::ALL.iter().map(|algorithm| algorithm.number());
    json!(others.filter(|other| *other != number).collect::<Vec<_>>())
}

fn set(key: &[u8], label: i64, value: Vec<u8>) -> Vec<u8> {
    Members::read(key).set(label, value).write()
}

fn number(key: &[u8], label: i64, change: fn(&mut Vec<u8>)) -> Vec<u8> {
    let mut number = Members::read(key).number(label);
    change(&mut number);
    set(key, label, cbor::bytes(&number))
}

fn flip_last(bytes: &mut [u8]) {
    *bytes.last_mut().expect("a byte") ^= 1;
}

fn zero_point(key: &[u8]) -> Vec<u8> {
    let mut key = Members::read(key);
    let zeros = cbor::bytes(&vec![0; key.number(-2).len()]);
    key.set(-2, zeros.clone()).set(-3, zeros).write()
}

/// The algorithm of another curve than the key's own, by the length of its numbers.
fn another_ecdsa(key: &[u8]) -> Vec<u8> {
    cbor::integer(if Members::read(key).number(-2).len() == 32 { -35 } else { -7 })
}

fn another_ml_dsa(key: &[u8]) -> Vec<u8> {
    cbor::integer(if Members::read(key).number(-1).len() == 1312 { -49 } else { -48 })
}
