//! §7.2 steps 20 and 21: nothing is believed that the credential did not sign, in the one form of its algorithm.

use authenticator as soft;
use soft::Algorithm::{EdDsa, Es256, Ps256, Ps384, Rs256, Rs384};
use webauthn::{Refusal, UserVerification, authentication};

use crate::world::{begin_authentication, enrol, knobs, rp};

/// An honest assertion with its signature, or what it covers, changed afterwards.
pub(crate) fn tampered(
    algorithm: soft::Algorithm,
    tamper: impl FnOnce(&soft::Passkey, &mut soft::Assertion),
) -> Result<authentication::Verified, Refusal> {
    let mut enrolled = enrol(&knobs(algorithm));
    let (options, pending) = begin_authentication(None, UserVerification::Required);
    let mut assertion = enrolled.passkey.assert(&options, &knobs(algorithm));
    tamper(&enrolled.passkey, &mut assertion);
    let answer = authentication::Answer::parse(&assertion.json())?;
    authentication::finish(&rp(), &pending, &answer, &enrolled.known())
}

type Tamper = fn(&soft::Passkey, &mut soft::Assertion);

const ANY: &[(&str, Tamper)] = &[
    ("the first bit off", |_, assertion| assertion.signature[0] ^= 0x80),
    ("the last bit off", |_, assertion| *assertion.signature.last_mut().unwrap() ^= 1),
    ("a byte too few", |_, assertion| assertion.signature.truncate(assertion.signature.len() - 1)),
    ("a byte too many", |_, assertion| assertion.signature.push(0)),
    ("a byte too many in front", |_, assertion| assertion.signature.insert(0, 0)),
    ("one byte", |_, assertion| assertion.signature.truncate(1)),
    ("zeros", |_, assertion| assertion.signature.fill(0)),
    ("ones", |_, assertion| assertion.signature.fill(0xff)),
    ("of nothing", |passkey, assertion| assertion.signature = passkey.key.sign(b"")),
    ("of the client data themselves", |passkey, assertion| {
        assertion.signature = passkey.key.sign(&[&assertion.authenticator_data[..], &assertion.client_data].concat())
    }),
    ("of the hash first", |passkey, assertion| {
        let mut signed = assertion.signed();
        signed.rotate_left(assertion.authenticator_data.len());
        assertion.signature = passkey.key.sign(&signed);
    }),
    ("of the authenticator data alone", |passkey, assertion| {
        assertion.signature = passkey.key.sign(&assertion.authenticator_data)
    }),
    ("of the hash alone", |passkey, assertion| assertion.signature = passkey.key.sign(&assertion.signed()[37..])),
    ("step 20: client data with a space more, the same meaning", |_, assertion| assertion.client_data.insert(1, b' ')),
    ("step 20: client data with a mark before them", |_, assertion| {
        drop(assertion.client_data.splice(..0, "\u{feff}".bytes()))
    }),
    ("step 20: a member more in the client data", |_, assertion| {
        drop(assertion.client_data.splice(1..1, *b"\"a\":1,"))
    }),
    ("the sign count raised", |_, assertion| assertion.authenticator_data[36] += 1),
    ("w09 a reserved flag set", |_, assertion| assertion.authenticator_data[32] |= 2),
    ("extensions added", |_, assertion| {
        assertion.authenticator_data[32] |= 0x80;
        assertion.authenticator_data.push(0xa0);
    }),
];

/// A key of the same kind, and not RSA's one key of the process.
const OTHER_KEYS: &[(&str, Tamper)] = &[("by another key of the same kind", |passkey, assertion| {
    assertion.signature = soft::Key::from_seed(passkey.key.algorithm(), &[5; 32]).sign(&assertion.signed())
})];

const ECDSA: &[(&str, Tamper)] = &[
    ("r and s zero", |_, assertion| assertion.signature = der(&[0], &[0])),
    ("r and s one", |_, assertion| assertion.signature = der(&[1], &[1])),
    ("r and s the order", |_, assertion| {
        assertion.signature = der(&[&[0], &ORDER[..]].concat(), &[&[0], &ORDER[..]].concat())
    }),
    ("not in DER: r and s side by side", |_, assertion| {
        let (r, s) = numbers(&assertion.signature);
        assertion.signature = [fixed(&r), fixed(&s)].concat();
    }),
    ("BER: the length in two bytes", |_, assertion| {
        assertion.signature.insert(1, 0x81);
    }),
    ("BER: a zero before r", |_, assertion| {
        let (r, s) = numbers(&assertion.signature);
        assertion.signature = der(&[&[0], &r[..]].concat(), &s);
    }),
    ("BER: no end of the length", |_, assertion| {
        assertion.signature[1] = 0x80;
        assertion.signature.extend([0, 0]);
    }),
    ("r negative", |_, assertion| {
        let (r, s) = numbers(&assertion.signature);
        let mut r = fixed(&r);
        r[0] |= 0x80;
        assertion.signature = der(&r, &s);
    }),
    ("r and s exchanged", |_, assertion| {
        let (r, s) = numbers(&assertion.signature);
        assertion.signature = der(&s, &r);
    }),
    ("a number more", |_, assertion| {
        assertion.signature.extend([2, 1, 0]);
        assertion.signature[1] += 3;
    }),
];

const EDDSA: &[(&str, Tamper)] = &[
    ("s raised by the order: the same, were it reduced", |_, assertion| add_order(&mut assertion.signature[32..])),
    ("r of small order, s zero", |_, assertion| {
        assertion.signature = vec![0; 64];
        assertion.signature[0] = 1;
    }),
    ("the halves exchanged", |_, assertion| assertion.signature.rotate_left(32)),
];

const RSA: &[(&str, Tamper)] = &[
    ("one: its own power", |_, assertion| {
        assertion.signature.fill(0);
        assertion.signature[255] = 1;
    }),
    ("257 bytes, the first zero", |_, assertion| assertion.signature.insert(0, 0)),
    ("without the zeros before it", |_, assertion| {
        assertion.signature.remove(0);
    }),
];

fn refuses(algorithm: soft::Algorithm, cases: &[(&str, Tamper)]) {
    for (name, tamper) in cases {
        assert_eq!(tampered(algorithm, tamper), Err(Refusal::Signature), "{name} ({algorithm:?})");
    }
}

#[test]
fn steps_20_and_21_only_a_signature_of_the_credential_over_exactly_what_was_sent() {
    for algorithm in soft::Algorithm::ALL {
        refuses(algorithm, ANY);
    }
    for algorithm in soft::Algorithm::ALL.into_iter().filter(|algorithm| !soft::Algorithm::RSA.contains(algorithm)) {
        refuses(algorithm, OTHER_KEYS);
    }
}

/// W08: one RSA key can sign in six ways, and its record names the one that counts.
#[test]
fn w08_step_21_a_signature_in_another_way_of_the_same_rsa_key_is_none() {
    for (algorithm, other) in [(Rs256, Ps256), (Ps256, Rs256), (Rs256, Rs384), (Ps384, Ps256), (Ps256, Ps384)] {
        let verified = tampered(algorithm, |_, assertion| {
            assertion.signature = soft::Key::from_seed(other, &[0; 32]).sign(&assertion.signed());
        });
        assert_eq!(verified, Err(Refusal::Signature), "{algorithm:?} by {other:?}");
    }
}

#[test]
fn step_21_an_es256_signature_is_der_in_its_one_form() {
    refuses(Es256, ECDSA);
}

#[test]
fn step_21_an_eddsa_signature_is_reduced_and_proves_something() {
    refuses(EdDsa, EDDSA);
}

#[test]
fn step_21_an_rsa_signature_is_as_long_as_its_modulus() {
    for algorithm in soft::Algorithm::RSA {
        refuses(algorithm, RSA);
    }
}

/// ECDSA itself holds s and its negative for the same; the standard asks for no more, and nothing rests on it.
#[test]
fn an_es256_signature_may_have_either_s() {
    let verified = tampered(Es256, |_, assertion| {
        let (r, s) = numbers(&assertion.signature);
        assertion.signature = der(&r, &minimal(&subtract(&ORDER, &fixed(&s))));
    });
    assert!(verified.is_ok());
}

/// W09: flags that nobody signed give no receipt, so there is nothing to write down.
#[test]
fn w09_flags_are_believed_only_under_the_signature() {
    for algorithm in soft::Algorithm::ALL {
        for flag in 0..8 {
            let refusal = tampered(algorithm, |_, assertion| assertion.authenticator_data[32] ^= 1 << flag);
            assert!(refusal.is_err(), "{algorithm:?}, flag {flag}");
            let garbage = tampered(algorithm, |_, assertion| {
                assertion.authenticator_data[32] ^= 1 << flag;
                assertion.signature.fill(0x55);
            });
            assert!(garbage.is_err(), "{algorithm:?}, flag {flag}");
        }
    }
}

/// The order of P-256.
const ORDER: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa,
    0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];

/// The order of Ed25519's base point, little-endian.
const ED25519_ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

fn der(r: &[u8], s: &[u8]) -> Vec<u8> {
    let integer = |number: &[u8]| [&[2, number.len() as u8], number].concat();
    let numbers = [integer(r), integer(s)].concat();
    [&[0x30, numbers.len() as u8], &numbers[..]].concat()
}

/// r and s as they stand in DER.
fn numbers(signature: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let (r, s) = signature[4..].split_at(usize::from(signature[3]));
    (r.to_vec(), s[2..].to_vec())
}

fn fixed(number: &[u8]) -> [u8; 32] {
    let mut fixed = [0; 32];
    let digits = &number[number.len().saturating_sub(32)..];
    fixed[32 - digits.len()..].copy_from_slice(digits);
    fixed
}

/// As DER writes a positive number.
fn minimal(number: &[u8]) -> Vec<u8> {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    let digits = &number[zeros..];
    if digits[0] & 0x80 == 0 { digits.to_vec() } else { [&[0], digits].concat() }
}

fn subtract(from: &[u8; 32], number: &[u8; 32]) -> [u8; 32] {
    let mut difference = [0; 32];
    let mut borrow = 0;
    for at in (0..32).rev() {
        let digit = i16::from(from[at]) - i16::from(number[at]) - borrow;
        borrow = i16::from(digit < 0);
        difference[at] = digit.rem_euclid(256) as u8;
    }
    difference
}

fn add_order(s: &mut [u8]) {
    let mut carry = 0;
    for (digit, order) in s.iter_mut().zip(ED25519_ORDER) {
        let sum = u16::from(*digit) + u16::from(order) + carry;
        (*digit, carry) = (sum as u8, sum >> 8);
    }
    assert_eq!(carry, 0);
}
