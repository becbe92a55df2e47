//! The signature of somebody who signs in: WebAuthn-3 §6.5.5, §7.2 steps 20 and 21.

use authenticator::Algorithm::{Ps256, Rs256};
use authenticator::{Key, Passkey, der};

use super::Twist;
use crate::ceremony::another_key;
use crate::change::Change::{Bit, Signed};

pub(super) const LIES: &[Twist] = &[
    ("signature-with-a-bit-off", Bit("signature")),
    ("signed-data-with-a-bit-off", Bit("authenticatorData")),
    ("signed-client-data-with-a-bit-off", Bit("clientDataJSON")),
    ("signature-cut", Signed(|_, assertion| assertion.signature.truncate(assertion.signature.len() - 1))),
    ("signature-and-a-byte-more", Signed(|_, assertion| assertion.signature.push(0))),
    ("signature-with-a-byte-before", Signed(|_, assertion| assertion.signature.insert(0, 0))),
    ("signature-of-one-byte", Signed(|_, assertion| assertion.signature.truncate(1))),
    ("signature-of-zeros", Signed(|_, assertion| assertion.signature.fill(0))),
    ("signature-of-ones", Signed(|_, assertion| assertion.signature.fill(0xff))),
    ("signature-of-nothing", Signed(|passkey, assertion| assertion.signature = passkey.key.sign(b""))),
    ("signature-of-the-hash-first", Signed(|passkey, assertion| sign(passkey, assertion, hash_first))),
    ("signature-of-the-data-alone", Signed(|passkey, assertion| sign(passkey, assertion, data_alone))),
    ("signature-of-the-text", Signed(|passkey, assertion| sign(passkey, assertion, text_instead_of_hash))),
    ("signature-by-another-key", Signed(by_another_key)),
    ("count-raised-after-signing", Signed(|_, assertion| assertion.authenticator_data[33] ^= 1)),
    ("flags-raised-after-signing", Signed(|_, assertion| assertion.authenticator_data[32] ^= 2)),
    ("client-data-respaced-after-signing", Signed(|_, assertion| assertion.client_data.insert(1, b' '))),
];

pub(super) const OF_ECDSA: &[Twist] = &[
    ("r-and-s-side-by-side", Signed(|_, assertion| assertion.signature = side_by_side(&assertion.signature))),
    ("r-and-s-exchanged", Signed(|_, assertion| change(assertion, std::mem::swap))),
    ("r-and-s-zero", Signed(|_, assertion| change(assertion, |r, s| (*r, *s) = (vec![0], vec![0])))),
    ("r-and-s-one", Signed(|_, assertion| change(assertion, |r, s| (*r, *s) = (vec![1], vec![1])))),
    ("r-with-a-zero-too-many", Signed(|_, assertion| change(assertion, |r, _| r.insert(0, 0)))),
    ("s-with-a-zero-too-many", Signed(|_, assertion| change(assertion, |_, s| s.insert(0, 0)))),
    ("r-and-s-in-octets", Signed(|_, assertion| assertion.signature[0] = 4)),
    ("ber-with-an-endless-length", Signed(|_, assertion| endless(&mut assertion.signature))),
    ("ber-with-a-long-length", Signed(|_, assertion| long_length(&mut assertion.signature))),
    ("r-and-s-and-a-number-more", Signed(|_, assertion| one_more(&mut assertion.signature))),
];

pub(super) const HARMLESS_OF_P256: &[Twist] =
    &[("the-other-s", Signed(|_, assertion| change(assertion, |_, s| *s = der::magnitude(&negative(s)))))];

pub(super) const OF_RSA: &[Twist] = &[
    ("rsa-signature-in-another-way", Signed(in_another_way)),
    ("rsa-signature-of-one", Signed(|_, assertion| assertion.signature = [vec![0; 255], vec![1]].concat())),
];

pub(super) const OF_ED25519: &[Twist] = &[
    ("s-raised-by-the-order", Signed(|_, assertion| add_order(&mut assertion.signature[32..]))),
    ("r-and-s-in-another-order", Signed(|_, assertion| assertion.signature.rotate_left(32))),
    ("r-the-identity-and-s-zero", Signed(|_, assertion| assertion.signature = [vec![1], vec![0; 63]].concat())),
];

fn sign(passkey: &Passkey, assertion: &mut authenticator::Assertion, what: fn(&authenticator::Assertion) -> Vec<u8>) {
    assertion.signature = passkey.key.sign(&what(assertion));
}

fn hash_first(assertion: &authenticator::Assertion) -> Vec<u8> {
    let mut signed = assertion.signed();
    signed.rotate_left(assertion.authenticator_data.len());
    signed
}

fn data_alone(assertion: &authenticator::Assertion) -> Vec<u8> {
    assertion.authenticator_data.clone()
}

fn text_instead_of_hash(assertion: &authenticator::Assertion) -> Vec<u8> {
    [assertion.authenticator_data.as_slice(), &assertion.client_data].concat()
}

/// A process has one RSA key, so that another is of another kind.
fn by_another_key(passkey: &Passkey, assertion: &mut authenticator::Assertion) {
    let algorithm = passkey.key.algorithm();
    let is_rsa = authenticator::Algorithm::RSA.contains(&algorithm);
    let other = another_key(if is_rsa { authenticator::Algorithm::Es256 } else { algorithm });
    assertion.signature = other.sign(&assertion.signed());
}

fn in_another_way(passkey: &Passkey, assertion: &mut authenticator::Assertion) {
    let other = if passkey.key.algorithm() == Rs256 { Ps256 } else { Rs256 };
    assertion.signature = Key::from_seed(other, &[0; 32]).sign(&assertion.signed());
}

/// r and s, as DER writes them, anew.
fn change(assertion: &mut authenticator::Assertion, change: fn(&mut Vec<u8>, &mut Vec<u8>)) {
    let (mut r, mut s) = numbers(&assertion.signature);
    change(&mut r, &mut s);
    assertion.signature = der::sequence(&[der::item(2, r), der::item(2, s)]);
}

fn numbers(signature: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let head = if signature[1] == 0x81 { 3 } else { 2 };
    let (r, s) = signature[head + 2..].split_at(usize::from(signature[head + 1]));
    (r.to_vec(), s[2..].to_vec())
}

fn side_by_side(signature: &[u8]) -> Vec<u8> {
    let (r, s) = numbers(signature);
    let length = r.len().max(s.len()).next_multiple_of(2);
    let padded = |number: Vec<u8>| [vec![0; length - number.len()], number].concat();
    [padded(r), padded(s)].concat()
}

fn endless(signature: &mut Vec<u8>) {
    let (r, s) = numbers(signature);
    *signature = [vec![0x30, 0x80], der::item(2, r), der::item(2, s), vec![0, 0]].concat();
}

fn long_length(signature: &mut Vec<u8>) {
    let (r, s) = numbers(signature);
    let content = [der::item(2, r), der::item(2, s)].concat();
    *signature = [&[0x30, 0x82, 0, content.len() as u8], &content[..]].concat();
}

fn one_more(signature: &mut Vec<u8>) {
    let (r, s) = numbers(signature);
    *signature = der::sequence(&[der::item(2, r), der::item(2, s), der::integer(0)]);
}

/// The order of P-256, and of Ed25519's base point with its last byte first.
const P256_ORDER: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa,
    0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];
const ED25519_ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

/// Of P-256: the order less the number.
fn negative(number: &[u8]) -> [u8; 32] {
    let (mut difference, mut borrow) = (P256_ORDER, 0);
    for (place, digit) in difference.iter_mut().rev().enumerate() {
        let other = number.iter().rev().nth(place).copied().unwrap_or_default();
        let result = i16::from(*digit) - i16::from(other) - borrow;
        borrow = i16::from(result < 0);
        *digit = result.rem_euclid(256) as u8;
    }
    difference
}

fn add_order(s: &mut [u8]) {
    let mut carry = 0;
    for (digit, order) in s.iter_mut().zip(ED25519_ORDER) {
        let sum = u16::from(*digit) + u16::from(order) + carry;
        (*digit, carry) = (sum as u8, sum >> 8);
    }
}
