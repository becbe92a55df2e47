use std::sync::{Arc, LazyLock};

use aws_lc_rs::agreement::{ECDH_P256, PrivateKey};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256};

use crate::cbor;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Algorithm {
    Es256,
    EdDsa,
    Rs256,
}

impl Algorithm {
    pub const ALL: [Algorithm; 3] = [Algorithm::Es256, Algorithm::EdDsa, Algorithm::Rs256];
}

/// A key pair. Clones share it.
#[derive(Clone)]
pub struct Key(Arc<Pair>);

enum Pair {
    Es256(EcdsaKeyPair),
    EdDsa(Ed25519KeyPair),
    /// Always the same within a process: making one takes longer than most tests.
    Rs256(&'static RsaKeyPair),
}

static RSA: LazyLock<RsaKeyPair> = LazyLock::new(|| RsaKeyPair::generate(KeySize::Rsa2048).expect("an RSA key"));

impl Key {
    /// The same seed gives the same key, but for RSA.
    pub fn from_seed(algorithm: Algorithm, seed: &[u8; 32]) -> Key {
        Key(Arc::new(match algorithm {
            Algorithm::Es256 => {
                let scalar = PrivateKey::from_private_key(&ECDH_P256, seed).expect("a scalar below the order");
                let public = scalar.compute_public_key().expect("its point");
                let signing = &ECDSA_P256_SHA256_ASN1_SIGNING;
                let pair = EcdsaKeyPair::from_private_key_and_public_key(signing, seed, public.as_ref());
                Pair::Es256(pair.expect("a P-256 key pair"))
            }
            Algorithm::EdDsa => Pair::EdDsa(Ed25519KeyPair::from_seed_unchecked(seed).expect("an Ed25519 key pair")),
            Algorithm::Rs256 => Pair::Rs256(&RSA),
        }))
    }

    pub fn algorithm(&self) -> Algorithm {
        match &*self.0 {
            Pair::Es256(_) => Algorithm::Es256,
            Pair::EdDsa(_) => Algorithm::EdDsa,
            Pair::Rs256(_) => Algorithm::Rs256,
        }
    }

    /// The public key, with the members in the order that CTAP asks for.
    pub fn cose(&self) -> Vec<u8> {
        let pairs = |pairs: &[(i64, Vec<u8>)]| {
            cbor::map(&pairs.iter().map(|(label, value)| (cbor::integer(*label), value.clone())).collect::<Vec<_>>())
        };
        let number = cbor::integer;
        match &*self.0 {
            Pair::Es256(pair) => {
                let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
                pairs(&[(1, number(2)), (3, number(-7)), (-1, number(1)), (-2, cbor::bytes(x)), (-3, cbor::bytes(y))])
            }
            Pair::EdDsa(pair) => {
                let x = cbor::bytes(pair.public_key().as_ref());
                pairs(&[(1, number(1)), (3, number(-8)), (-1, number(6)), (-2, x)])
            }
            Pair::Rs256(pair) => {
                let (modulus, exponent) = rsa_numbers(pair.public_key().as_ref());
                let (modulus, exponent) = (cbor::bytes(modulus), cbor::bytes(exponent));
                pairs(&[(1, number(3)), (3, number(-257)), (-1, modulus), (-2, exponent)])
            }
        }
    }

    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        match &*self.0 {
            Pair::Es256(pair) => pair.sign(&random(), message).expect("a signature").as_ref().to_vec(),
            Pair::EdDsa(pair) => pair.sign(message).as_ref().to_vec(),
            Pair::Rs256(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random(), message, &mut signature).expect("a signature");
                signature
            }
        }
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
