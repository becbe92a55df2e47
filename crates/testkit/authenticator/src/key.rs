use std::sync::{Arc, LazyLock};

use aws_lc_rs::agreement::{self, ECDH_P256, ECDH_P384, ECDH_P521, PrivateKey};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, ECDSA_P521_SHA512_ASN1_SIGNING, EcdsaKeyPair,
    EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair, ML_DSA_44_SIGNING, ML_DSA_65_SIGNING, ML_DSA_87_SIGNING,
    PqdsaKeyPair, PqdsaSigningAlgorithm, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_SHA256,
    RSA_PSS_SHA384, RSA_PSS_SHA512, RsaEncoding,
};

use crate::cbor;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Algorithm {
    Es256,
    Es384,
    Es512,
    EdDsa,
    MlDsa44,
    MlDsa65,
    MlDsa87,
    Ps256,
    Ps384,
    Ps512,
    Rs256,
    Rs384,
    Rs512,
}

use Algorithm::{EdDsa, Es256, Es384, Es512, MlDsa44, MlDsa65, MlDsa87, Ps256, Ps384, Ps512, Rs256, Rs384, Rs512};

impl Algorithm {
    pub const ALL: [Algorithm; 13] =
        [Es256, Es384, Es512, EdDsa, MlDsa44, MlDsa65, MlDsa87, Ps256, Ps384, Ps512, Rs256, Rs384, Rs512];
    pub const ECDSA: [Algorithm; 3] = [Es256, Es384, Es512];
    pub const ML_DSA: [Algorithm; 3] = [MlDsa44, MlDsa65, MlDsa87];
    pub const RSA: [Algorithm; 6] = [Ps256, Ps384, Ps512, Rs256, Rs384, Rs512];

    /// As the registry of COSE has it.
    pub fn number(self) -> i64 {
        match self {
            Es256 => -7,
            Es384 => -35,
            Es512 => -36,
            EdDsa => -8,
            MlDsa44 => -48,
            MlDsa65 => -49,
            MlDsa87 => -50,
            Ps256 => -37,
            Ps384 => -38,
            Ps512 => -39,
            Rs256 => -257,
            Rs384 => -258,
            Rs512 => -259,
        }
    }
}

/// A key pair. Clones share it.
#[derive(Clone)]
pub struct Key {
    algorithm: Algorithm,
    pair: Arc<Pair>,
}

enum Pair {
    Ec(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
    MlDsa(PqdsaKeyPair),
    /// Always the same within a process: making one takes longer than most tests.
    Rsa(&'static RsaKeyPair),
}

static RSA: LazyLock<RsaKeyPair> = LazyLock::new(|| RsaKeyPair::generate(KeySize::Rsa2048).expect("an RSA key"));

struct Curve {
    /// In COSE.
    number: i64,
    /// Of a scalar, in bytes.
    length: usize,
    agreeing: &'static agreement::Algorithm,
    signing: &'static EcdsaSigningAlgorithm,
}

fn curve(algorithm: Algorithm) -> Option<Curve> {
    let of = |number, length, agreeing, signing| Some(Curve { number, length, agreeing, signing });
    match algorithm {
        Es256 => of(1, 32, &ECDH_P256, &ECDSA_P256_SHA256_ASN1_SIGNING),
        Es384 => of(2, 48, &ECDH_P384, &ECDSA_P384_SHA384_ASN1_SIGNING),
        Es512 => of(3, 66, &ECDH_P521, &ECDSA_P521_SHA512_ASN1_SIGNING),
        _ => None,
    }
}

fn lattice(algorithm: Algorithm) -> Option<&'static PqdsaSigningAlgorithm> {
    match algorithm {
        MlDsa44 => Some(&ML_DSA_44_SIGNING),
        MlDsa65 => Some(&ML_DSA_65_SIGNING),
        MlDsa87 => Some(&ML_DSA_87_SIGNING),
        _ => None,
    }
}

impl Key {
    /// The same seed gives the same key, but for RSA.
    pub fn from_seed(algorithm: Algorithm, seed: &[u8; 32]) -> Key {
        let pair = match (curve(algorithm), lattice(algorithm)) {
            (Some(curve), _) => Pair::Ec(on_curve(&curve, seed)),
            (_, Some(lattice)) => Pair::MlDsa(PqdsaKeyPair::from_seed(lattice, seed).expect("an ML-DSA key pair")),
            _ if algorithm == EdDsa => {
                Pair::Ed25519(Ed25519KeyPair::from_seed_unchecked(seed).expect("an Ed25519 key pair"))
            }
            _ => Pair::Rsa(&RSA),
        };
        Key { algorithm, pair: Arc::new(pair) }
    }

    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The public key, with the members in the order that CTAP asks for.
    pub fn cose(&self) -> Vec<u8> {
        let number = cbor::integer;
        let key = |key_type, members: &[(i64, Vec<u8>)]| {
            let head = [(1, number(key_type)), (3, number(self.algorithm.number()))];
            let members = head.iter().chain(members).map(|(label, value)| (number(*label), value.clone()));
            cbor::map(&members.collect::<Vec<_>>())
        };
        match &*self.pair {
            Pair::Ec(pair) => {
                let point = &pair.public_key().as_ref()[1..];
                let (x, y) = point.split_at(point.len() / 2);
                let Curve { number: curve, .. } = curve(self.algorithm).expect("a curve");
                key(2, &[(-1, number(curve)), (-2, cbor::bytes(x)), (-3, cbor::bytes(y))])
            }
            Pair::Ed25519(pair) => key(1, &[(-1, number(6)), (-2, cbor::bytes(pair.public_key().as_ref()))]),
            Pair::MlDsa(pair) => key(7, &[(-1, cbor::bytes(pair.public_key().as_ref()))]),
            Pair::Rsa(pair) => {
                let (modulus, exponent) = rsa_numbers(pair.public_key().as_ref());
                key(3, &[(-1, cbor::bytes(modulus)), (-2, cbor::bytes(exponent))])
            }
        }
    }

    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        match &*self.pair {
            Pair::Ec(pair) => pair.sign(&random(), message).expect("a signature").as_ref().to_vec(),
            Pair::Ed25519(pair) => pair.sign(message).as_ref().to_vec(),
            Pair::MlDsa(pair) => {
                let mut signature = vec![0; pair.algorithm().signature_len()];
                let length = pair.sign(message, &mut signature).expect("a signature");
                signature.truncate(length);
                signature
            }
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(rsa_encoding(self.algorithm), &random(), message, &mut signature).expect("a signature");
                signature
            }
        }
    }
}

fn on_curve(Curve { length, agreeing, signing, .. }: &Curve, seed: &[u8; 32]) -> EcdsaKeyPair {
    let scalar = [&vec![0; length - seed.len()][..], seed].concat();
    let private = PrivateKey::from_private_key(agreeing, &scalar).expect("a scalar below the order");
    let public = private.compute_public_key().expect("its point");
    EcdsaKeyPair::from_private_key_and_public_key(signing, &scalar, public.as_ref()).expect("a key pair")
}

fn rsa_encoding(algorithm: Algorithm) -> &'static dyn RsaEncoding {
    match algorithm {
        Ps256 => &RSA_PSS_SHA256,
        Ps384 => &RSA_PSS_SHA384,
        Ps512 => &RSA_PSS_SHA512,
        Rs384 => &RSA_PKCS1_SHA384,
        Rs512 => &RSA_PKCS1_SHA512,
        _ => &RSA_PKCS1_SHA256,
    }
}

#[expect(clippy::disallowed_methods, reason = "a testing tool makes its own randomness, as a real authenticator does")]
fn random() -> SystemRandom {
    SystemRandom::new()
}

/// Modulus and exponent of a PKCS#1 public key of 2048 bits, whose DER always has the same lengths.
fn rsa_numbers(der: &[u8]) -> (&[u8], &[u8]) {
    assert_eq!((&der[..9], &der[265..267]), (&hex_head()[..], &[0x02, 0x03][..]), "an RSA-2048 key with e of 3 bytes");
    (&der[9..265], &der[267..])
}

/// SEQUENCE of 266 bytes, INTEGER of 257 bytes whose first is zero.
const fn hex_head() -> [u8; 9] {
    [0x30, 0x82, 0x01, 0x0a, 0x02, 0x82, 0x01, 0x01, 0x00]
}
