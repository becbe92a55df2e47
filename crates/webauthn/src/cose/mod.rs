//! Public keys as authenticators write them (COSE, RFC 9052 and 9053), and signatures by them. Each type of key is a
//! file of its own: what members it has, what makes it a good one, how it verifies.
// SPEC: WebAuthn-3 §6.5.1.1, §5.8.5: one curve for each algorithm, no compressed points, no members beside those that
// the type of the key requires.

mod ec;
mod ed25519;
mod members;
mod ml_dsa;
mod rsa;

use aws_lc_rs::signature::{
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, RSA_PSS_2048_8192_SHA256,
    RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512, RsaParameters,
};

use crate::refusal::PublicKey as Reason;
use crate::{Algorithm, Refusal};
use members::Members;

/// A key whose members are those of its type and algorithm.
pub(crate) struct PublicKey<'a> {
    algorithm: Algorithm,
    key: Key<'a>,
}

enum Key<'a> {
    Ec(ec::Key),
    Ed25519(ed25519::Key<'a>),
    MlDsa(ml_dsa::Key<'a>),
    Rsa(rsa::Key<'a>, &'static RsaParameters),
}

/// What keys of an algorithm are, and how they verify.
#[derive(Clone, Copy)]
enum Family {
    Ec(&'static ec::Curve),
    Ed25519,
    MlDsa(&'static ml_dsa::Parameters),
    Rsa(&'static RsaParameters),
}

/// Members that every key has, by label.
const KEY_TYPE: i64 = 1;
const ALGORITHM: i64 = 3;

impl Family {
    fn of(algorithm: Algorithm) -> Self {
        match algorithm {
            Algorithm::Es256 => Self::Ec(&ec::P256),
            Algorithm::Es384 => Self::Ec(&ec::P384),
            Algorithm::Es512 => Self::Ec(&ec::P521),
            Algorithm::EdDsa => Self::Ed25519,
            Algorithm::MlDsa44 => Self::MlDsa(&ml_dsa::SMALL),
            Algorithm::MlDsa65 => Self::MlDsa(&ml_dsa::MIDDLE),
            Algorithm::MlDsa87 => Self::MlDsa(&ml_dsa::LARGE),
            Algorithm::Rs256 => Self::Rsa(&RSA_PKCS1_2048_8192_SHA256),
            Algorithm::Rs384 => Self::Rsa(&RSA_PKCS1_2048_8192_SHA384),
            Algorithm::Rs512 => Self::Rsa(&RSA_PKCS1_2048_8192_SHA512),
            Algorithm::Ps256 => Self::Rsa(&RSA_PSS_2048_8192_SHA256),
            Algorithm::Ps384 => Self::Rsa(&RSA_PSS_2048_8192_SHA384),
            Algorithm::Ps512 => Self::Rsa(&RSA_PSS_2048_8192_SHA512),
        }
    }
}

impl<'a> PublicKey<'a> {
    pub(crate) fn parse(cose: &'a [u8]) -> Result<Self, Refusal> {
        let mut members = Members::read(cose)?;
        let key_type = members.integer(KEY_TYPE)?;
        let algorithm = Algorithm::from_cose(members.integer(ALGORITHM)?).ok_or(Reason::UnknownAlgorithm)?;
        let key = match (Family::of(algorithm), key_type) {
            (Family::Ec(curve), ec::KEY_TYPE) => ec::Key::read(&mut members, curve).map(Key::Ec)?,
            (Family::Ed25519, ed25519::KEY_TYPE) => ed25519::Key::read(&mut members).map(Key::Ed25519)?,
            (Family::MlDsa(of), ml_dsa::KEY_TYPE) => ml_dsa::Key::read(&mut members, of).map(Key::MlDsa)?,
            (Family::Rsa(signed), rsa::KEY_TYPE) => Key::Rsa(rsa::Key::read(&mut members)?, signed),
            _ => return Err(Reason::Type.into()),
        };
        members.end()?;
        Ok(Self { algorithm, key })
    }

    pub(crate) const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Of a key on a curve of NIST: its point, uncompressed. Its length tells the curve.
    pub(crate) fn point(&self) -> Option<&[u8]> {
        if let Key::Ec(key) = &self.key { Some(key.point()) } else { None }
    }

    /// Of an RSA key: modulus and exponent, big-endian, without zeros before them.
    pub(crate) const fn rsa_numbers(&self) -> Option<(&'a [u8], &'a [u8])> {
        if let Key::Rsa(key, _) = &self.key { Some(key.numbers()) } else { None }
    }

    /// Of a key that is a string of bytes. Its length tells of which kind.
    pub(crate) const fn raw(&self) -> Option<&'a [u8]> {
        match &self.key {
            Key::Ed25519(key) => Some(key.bytes()),
            Key::MlDsa(key) => Some(key.bytes()),
            Key::Ec(_) | Key::Rsa(..) => None,
        }
    }

    /// Whether a signature by this key would prove anything. Asked once, when the credential is registered.
    pub(crate) fn check(&self) -> Result<(), Refusal> {
        match &self.key {
            Key::Ec(key) => key.check(),
            Key::Ed25519(key) => key.check(),
            Key::MlDsa(key) => key.check(),
            Key::Rsa(key, _) => key.check(),
        }
    }

    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), Refusal> {
        let verified = match &self.key {
            Key::Ec(key) => key.verify(message, signature),
            Key::Ed25519(key) => key.verify(message, signature),
            Key::MlDsa(key) => key.verify(message, signature),
            Key::Rsa(key, signed) => key.verify(signed, message, signature),
        };
        verified.map_err(|_| Refusal::Signature)
    }
}
