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

use crate::attestation::sized;
use crate::{cbor, der};

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

    /// The key as certificates hold it: a point, a PKCS#1 public key, or plain bytes.
    pub fn bytes(&self) -> Vec<u8> {
        match &*self.pair {
            Pair::Ec(pair) => pair.public_key().as_ref().to_vec(),
            Pair::Ed25519(pair) => pair.public_key().as_ref().to_vec(),
            Pair::MlDsa(pair) => pair.public_key().as_ref().to_vec(),
            Pair::Rsa(pair) => pair.public_key().as_ref().to_vec(),
        }
    }

    /// The same in the form that JSON Web Signatures have.
    // SPEC: RFC 7518 §3.4
    pub fn sign_jws(&self, message: &[u8]) -> Vec<u8> {
        match curve(self.algorithm) {
            Some(curve) => fixed(&self.sign(message), curve.length),
            None => self.sign(message),
        }
    }

    /// A SubjectPublicKeyInfo.
    pub fn spki(&self) -> Vec<u8> {
        let algorithm = match self.algorithm {
            Es256 => der::sequence(&[der::oid("1.2.840.10045.2.1"), der::oid("1.2.840.10045.3.1.7")]),
            Es384 => der::sequence(&[der::oid("1.2.840.10045.2.1"), der::oid("1.3.132.0.34")]),
            Es512 => der::sequence(&[der::oid("1.2.840.10045.2.1"), der::oid("1.3.132.0.35")]),
            EdDsa | MlDsa44 | MlDsa65 | MlDsa87 => self.signature_algorithm(),
            _ => der::sequence(&[der::oid("1.2.840.113549.1.1.1"), der::item(5, [])]),
        };
        der::sequence(&[algorithm, der::bits(&self.bytes(), 0)])
    }

    /// The AlgorithmIdentifier of what [`Self::sign`] makes.
    pub fn signature_algorithm(&self) -> Vec<u8> {
        let plain = |oid| der::sequence(&[der::oid(oid)]);
        let pkcs1 = |oid| der::sequence(&[der::oid(oid), der::item(5, [])]);
        match self.algorithm {
            Es256 => plain("1.2.840.10045.4.3.2"),
            Es384 => plain("1.2.840.10045.4.3.3"),
            Es512 => plain("1.2.840.10045.4.3.4"),
            EdDsa => plain("1.3.101.112"),
            MlDsa44 => plain("2.16.840.1.101.3.4.3.17"),
            MlDsa65 => plain("2.16.840.1.101.3.4.3.18"),
            MlDsa87 => plain("2.16.840.1.101.3.4.3.19"),
            Rs256 => pkcs1("1.2.840.113549.1.1.11"),
            Rs384 => pkcs1("1.2.840.113549.1.1.12"),
            Rs512 => pkcs1("1.2.840.113549.1.1.13"),
            Ps256 => pss("2.16.840.1.101.3.4.2.1", 32),
            Ps384 => pss("2.16.840.1.101.3.4.2.2", 48),
            Ps512 => pss("2.16.840.1.101.3.4.2.3", 64),
        }
    }

    /// `TPMT_PUBLIC`; a TPM keeps RSA keys and those on curves of NIST.
    // SPEC: TPM 2.0 Library part 2, §12.2.4
    pub fn tpm_public_area(&self) -> Vec<u8> {
        let head = |kind: u8| [&[0, kind, 0, 0x0b, 0, 4, 4, 0x72][..], &sized(&[5; 32]), &[0, 0x10, 0, 0x10]].concat();
        match &*self.pair {
            Pair::Ec(pair) => {
                let (x, y) = pair.public_key().as_ref()[1..].split_at(pair.public_key().as_ref().len() / 2);
                let number = match self.algorithm {
                    Es256 => 3,
                    Es384 => 4,
                    _ => 5,
                };
                [head(0x23), vec![0, number, 0, 0x10], sized(x), sized(y)].concat()
            }
            Pair::Rsa(pair) => {
                let (modulus, _) = rsa_numbers(pair.public_key().as_ref());
                [head(1), vec![8, 0, 0, 0, 0, 0], sized(modulus)].concat()
            }
            _ => panic!("no TPM keeps a key of {:?}", self.algorithm),
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

/// RSASSA-PSS with one hash throughout, and a salt as long as it.
// SPEC: RFC 4055 §3.1
fn pss(hash: &str, salt: u32) -> Vec<u8> {
    let hash = der::sequence(&[der::oid(hash)]);
    let mask = der::sequence(&[der::oid("1.2.840.113549.1.1.8"), hash.clone()]);
    let parameters = [der::around(0, hash), der::around(1, mask), der::around(2, der::integer(salt))];
    der::sequence(&[der::oid("1.2.840.113549.1.1.10"), der::sequence(&parameters)])
}

/// The two numbers of an ECDSA signature, without the DER around them and each as long as the curve wants it.
fn fixed(signature: &[u8], length: usize) -> Vec<u8> {
    let start = if signature[1] < 0x80 { 2 } else { 3 };
    let (first, second) = signature[start..].split_at(2 + usize::from(signature[start + 1]));
    let number = |item: &[u8]| {
        let bytes: Vec<u8> = item[2..].iter().copied().skip_while(|byte| *byte == 0).collect();
        [vec![0; length - bytes.len()], bytes].concat()
    };
    [number(first), number(second)].concat()
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
