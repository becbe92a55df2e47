//! Public keys as authenticators write them (COSE, RFC 9052 and 9053), and signatures by them. Each type of key is a
//! file of its own: what members it has, what makes it a good one, how it verifies.
// SPEC: WebAuthn-3 §6.5.1.1, §5.8.5: one curve for each algorithm, no compressed points, no members beside those that
// the type of the key requires.

mod ed25519;
mod members;
mod p256;
mod rsa;

use crate::refusal::PublicKey as Reason;
use crate::{Algorithm, Refusal};
use members::Members;

/// A key whose members are those of its type and algorithm.
pub(crate) enum PublicKey<'a> {
    Es256(p256::Key),
    EdDsa(ed25519::Key<'a>),
    Rs256(rsa::Key<'a>),
}

/// Members that every key has, by label.
const KEY_TYPE: i64 = 1;
const ALGORITHM: i64 = 3;

impl<'a> PublicKey<'a> {
    pub(crate) fn parse(cose: &'a [u8]) -> Result<Self, Refusal> {
        let mut members = Members::read(cose)?;
        let key_type = members.integer(KEY_TYPE)?;
        let algorithm = Algorithm::from_cose(members.integer(ALGORITHM)?).ok_or(Reason::UnknownAlgorithm)?;
        let key = match (algorithm, key_type) {
            (Algorithm::Es256, p256::KEY_TYPE) => p256::Key::read(&mut members).map(Self::Es256)?,
            (Algorithm::EdDsa, ed25519::KEY_TYPE) => ed25519::Key::read(&mut members).map(Self::EdDsa)?,
            (Algorithm::Rs256, rsa::KEY_TYPE) => rsa::Key::read(&mut members).map(Self::Rs256)?,
            _ => return Err(Reason::Type.into()),
        };
        members.end()?;
        Ok(key)
    }

    pub(crate) const fn algorithm(&self) -> Algorithm {
        match self {
            Self::Es256(_) => Algorithm::Es256,
            Self::EdDsa(_) => Algorithm::EdDsa,
            Self::Rs256(_) => Algorithm::Rs256,
        }
    }

    /// Whether a signature by this key would prove anything. Asked once, when the credential is registered.
    pub(crate) fn check(&self) -> Result<(), Refusal> {
        match self {
            Self::Es256(key) => key.check(),
            Self::EdDsa(key) => key.check(),
            Self::Rs256(key) => key.check(),
        }
    }

    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), Refusal> {
        let verified = match self {
            Self::Es256(key) => key.verify(message, signature),
            Self::EdDsa(key) => key.verify(message, signature),
            Self::Rs256(key) => key.verify(message, signature),
        };
        verified.map_err(|_| Refusal::Signature)
    }
}
