//! Keys of certificates, and signatures by them.

use aws_lc_rs::digest;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA384_ASN1, ECDSA_P256_SHA512_ASN1,
    ECDSA_P384_SHA256_ASN1, ECDSA_P384_SHA384_ASN1, ECDSA_P384_SHA384_FIXED, ECDSA_P384_SHA512_ASN1,
    ECDSA_P521_SHA256_ASN1, ECDSA_P521_SHA384_ASN1, ECDSA_P521_SHA512_ASN1, ECDSA_P521_SHA512_FIXED, ED25519,
    ML_DSA_44, ML_DSA_65, ML_DSA_87, RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY, RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, RSA_PSS_2048_8192_SHA256, RSA_PSS_2048_8192_SHA384,
    RSA_PSS_2048_8192_SHA512, UnparsedPublicKey, VerificationAlgorithm,
};

use super::der::{Malformed, Reader, Tag};
use super::oid;
use crate::Algorithm;
use crate::cose::PublicKey;

/// The subject's public key.
// SPEC: RFC 5280 §4.1.2.7
#[derive(Clone, Copy, Debug)]
pub(crate) struct Key<'a> {
    kind: Option<Kind>,
    bytes: &'a [u8],
    /// The SubjectPublicKeyInfo.
    pub(super) whole: &'a [u8],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    P256,
    P384,
    P521,
    Ed25519,
    Rsa,
    MlDsa44,
    MlDsa65,
    MlDsa87,
}

/// How something is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheme {
    Ecdsa(Hash),
    RsaPkcs1(Hash),
    RsaPss(Hash),
    Ed25519,
    MlDsa44,
    MlDsa65,
    MlDsa87,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hash {
    /// Where an operator allows it to TPMs.
    Sha1,
    Sha256,
    Sha384,
    Sha512,
}

/// Of a PKCS#1 public key of 4096 bits, with an exponent that a TPM has room for. A longer one costs more than any
/// certificate is worth.
const LONGEST_RSA_KEY: usize = 4 + 4 + 513 + 2 + 5;

impl<'a> Key<'a> {
    /// Of a SubjectPublicKeyInfo.
    pub(super) fn read(whole: &'a [u8]) -> Result<Self, Malformed> {
        let mut from = Reader::new(whole).inside(Tag::SEQUENCE)?;
        let mut algorithm = from.inside(Tag::SEQUENCE)?;
        let kind = match algorithm.content(Tag::OBJECT_IDENTIFIER)? {
            oid::EC => match algorithm.optional(Tag::OBJECT_IDENTIFIER)? {
                Some(oid::P256) => Some(Kind::P256),
                Some(oid::P384) => Some(Kind::P384),
                Some(oid::P521) => Some(Kind::P521),
                _ => None,
            },
            oid::RSA => Some(Kind::Rsa),
            oid::ED25519 => Some(Kind::Ed25519),
            oid::ML_DSA_44 => Some(Kind::MlDsa44),
            oid::ML_DSA_65 => Some(Kind::MlDsa65),
            oid::ML_DSA_87 => Some(Kind::MlDsa87),
            _ => None,
        };
        let bytes = from.bit_string()?;
        from.end()?;
        Ok(Self { kind, bytes, whole })
    }

    pub(crate) fn is_p256(&self) -> bool {
        self.kind == Some(Kind::P256)
    }

    pub(crate) const fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// By what others call it: SHA-1 of its bytes, which is a name here and proves nothing.
    // SPEC: RFC 5280 §4.2.1.2 (1)
    pub(crate) fn identifier(&self) -> [u8; 20] {
        let hash = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, self.bytes);
        hash.as_ref().try_into().unwrap_or_default()
    }

    /// Whether it is the key of a credential.
    pub(crate) fn is(&self, public_key: &PublicKey<'_>) -> bool {
        let Some(kind) = self.kind else { return false };
        match kind {
            Kind::P256 | Kind::P384 | Kind::P521 => public_key.point() == Some(self.bytes),
            Kind::Ed25519 | Kind::MlDsa44 | Kind::MlDsa65 | Kind::MlDsa87 => public_key.raw() == Some(self.bytes),
            Kind::Rsa => rsa_numbers(self.bytes).is_ok_and(|numbers| public_key.rsa_numbers() == Some(numbers)),
        }
    }

    /// Whether a statement that names this algorithm can be signed by this key: a curve has its hash, as with
    /// credentials.
    pub(crate) fn suits(&self, algorithm: Algorithm) -> bool {
        let kind = match algorithm {
            Algorithm::Es256 => Kind::P256,
            Algorithm::Es384 => Kind::P384,
            Algorithm::Es512 => Kind::P521,
            Algorithm::EdDsa => Kind::Ed25519,
            Algorithm::MlDsa44 => Kind::MlDsa44,
            Algorithm::MlDsa65 => Kind::MlDsa65,
            Algorithm::MlDsa87 => Kind::MlDsa87,
            _ => Kind::Rsa,
        };
        self.kind == Some(kind)
    }

    /// By a key of another kind than the scheme is for, nothing is signed.
    pub(crate) fn verifies(&self, scheme: Scheme, message: &[u8], signature: &[u8]) -> bool {
        let is_too_long = self.kind == Some(Kind::Rsa) && self.bytes.len() > LONGEST_RSA_KEY;
        let algorithm = self.kind.filter(|_| !is_too_long).and_then(|kind| verification(kind, scheme));
        algorithm
            .is_some_and(|algorithm| UnparsedPublicKey::new(algorithm, self.bytes).verify(message, signature).is_ok())
    }
}

impl Key<'_> {
    /// The same for a JSON Web Signature and its `alg`. `None`: that is none of this key.
    // SPEC: RFC 7518 §3.1
    pub(crate) fn verifies_jws(&self, algorithm: &str, message: &[u8], signature: &[u8]) -> Option<bool> {
        let verification: &'static dyn VerificationAlgorithm = match (self.kind?, algorithm) {
            (Kind::P256, "ES256") => &ECDSA_P256_SHA256_FIXED,
            (Kind::P384, "ES384") => &ECDSA_P384_SHA384_FIXED,
            (Kind::P521, "ES512") => &ECDSA_P521_SHA512_FIXED,
            (Kind::Rsa, "RS256") => &RSA_PKCS1_2048_8192_SHA256,
            (Kind::Rsa, "RS384") => &RSA_PKCS1_2048_8192_SHA384,
            (Kind::Rsa, "RS512") => &RSA_PKCS1_2048_8192_SHA512,
            (Kind::Rsa, "PS256") => &RSA_PSS_2048_8192_SHA256,
            (Kind::Rsa, "PS384") => &RSA_PSS_2048_8192_SHA384,
            (Kind::Rsa, "PS512") => &RSA_PSS_2048_8192_SHA512,
            (Kind::Ed25519, "EdDSA") => &ED25519,
            _ => return None,
        };
        Some(UnparsedPublicKey::new(verification, self.bytes).verify(message, signature).is_ok())
    }
}

impl Scheme {
    /// The content of an AlgorithmIdentifier. `None`: one we do not take, SHA-1 among them.
    pub(super) fn read(identifier: &[u8]) -> Result<Option<Self>, Malformed> {
        let mut from = Reader::new(identifier);
        Ok(Some(match from.content(Tag::OBJECT_IDENTIFIER)? {
            oid::ECDSA_SHA256 => Self::Ecdsa(Hash::Sha256),
            oid::ECDSA_SHA384 => Self::Ecdsa(Hash::Sha384),
            oid::ECDSA_SHA512 => Self::Ecdsa(Hash::Sha512),
            oid::RSA_SHA256 => Self::RsaPkcs1(Hash::Sha256),
            oid::RSA_SHA384 => Self::RsaPkcs1(Hash::Sha384),
            oid::RSA_SHA512 => Self::RsaPkcs1(Hash::Sha512),
            oid::RSA_PSS => return pss_hash(from).map(|hash| hash.map(Self::RsaPss)),
            oid::ED25519 => Self::Ed25519,
            oid::ML_DSA_44 => Self::MlDsa44,
            oid::ML_DSA_65 => Self::MlDsa65,
            oid::ML_DSA_87 => Self::MlDsa87,
            _ => return Ok(None),
        }))
    }
}

impl From<Algorithm> for Scheme {
    fn from(algorithm: Algorithm) -> Self {
        match algorithm {
            Algorithm::Es256 => Self::Ecdsa(Hash::Sha256),
            Algorithm::Es384 => Self::Ecdsa(Hash::Sha384),
            Algorithm::Es512 => Self::Ecdsa(Hash::Sha512),
            Algorithm::EdDsa => Self::Ed25519,
            Algorithm::MlDsa44 => Self::MlDsa44,
            Algorithm::MlDsa65 => Self::MlDsa65,
            Algorithm::MlDsa87 => Self::MlDsa87,
            Algorithm::Ps256 => Self::RsaPss(Hash::Sha256),
            Algorithm::Ps384 => Self::RsaPss(Hash::Sha384),
            Algorithm::Ps512 => Self::RsaPss(Hash::Sha512),
            Algorithm::Rs256 => Self::RsaPkcs1(Hash::Sha256),
            Algorithm::Rs384 => Self::RsaPkcs1(Hash::Sha384),
            Algorithm::Rs512 => Self::RsaPkcs1(Hash::Sha512),
        }
    }
}

impl Hash {
    pub(crate) fn digest(self) -> &'static digest::Algorithm {
        match self {
            Self::Sha1 => &digest::SHA1_FOR_LEGACY_USE_ONLY,
            Self::Sha256 => &digest::SHA256,
            Self::Sha384 => &digest::SHA384,
            Self::Sha512 => &digest::SHA512,
        }
    }
}

/// Modulus and exponent of a PKCS#1 public key.
// SPEC: RFC 8017 appendix A.1.1
fn rsa_numbers(bytes: &[u8]) -> Result<(&[u8], &[u8]), Malformed> {
    let mut numbers = Reader::new(bytes).inside(Tag::SEQUENCE)?;
    let mut next = || numbers.content(Tag::INTEGER).map(|number| number.strip_prefix(&[0]).unwrap_or(number));
    Ok((next()?, next()?))
}

fn verification(kind: Kind, scheme: Scheme) -> Option<&'static dyn VerificationAlgorithm> {
    use Hash::{Sha1, Sha256, Sha384, Sha512};
    Some(match (kind, scheme) {
        (Kind::P256, Scheme::Ecdsa(Sha256)) => &ECDSA_P256_SHA256_ASN1,
        (Kind::P256, Scheme::Ecdsa(Sha384)) => &ECDSA_P256_SHA384_ASN1,
        (Kind::P256, Scheme::Ecdsa(Sha512)) => &ECDSA_P256_SHA512_ASN1,
        (Kind::P384, Scheme::Ecdsa(Sha256)) => &ECDSA_P384_SHA256_ASN1,
        (Kind::P384, Scheme::Ecdsa(Sha384)) => &ECDSA_P384_SHA384_ASN1,
        (Kind::P384, Scheme::Ecdsa(Sha512)) => &ECDSA_P384_SHA512_ASN1,
        (Kind::P521, Scheme::Ecdsa(Sha256)) => &ECDSA_P521_SHA256_ASN1,
        (Kind::P521, Scheme::Ecdsa(Sha384)) => &ECDSA_P521_SHA384_ASN1,
        (Kind::P521, Scheme::Ecdsa(Sha512)) => &ECDSA_P521_SHA512_ASN1,
        (Kind::Rsa, Scheme::RsaPkcs1(Sha1)) => &RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY,
        (Kind::Rsa, Scheme::RsaPkcs1(Sha256)) => &RSA_PKCS1_2048_8192_SHA256,
        (Kind::Rsa, Scheme::RsaPkcs1(Sha384)) => &RSA_PKCS1_2048_8192_SHA384,
        (Kind::Rsa, Scheme::RsaPkcs1(Sha512)) => &RSA_PKCS1_2048_8192_SHA512,
        (Kind::Rsa, Scheme::RsaPss(Sha256)) => &RSA_PSS_2048_8192_SHA256,
        (Kind::Rsa, Scheme::RsaPss(Sha384)) => &RSA_PSS_2048_8192_SHA384,
        (Kind::Rsa, Scheme::RsaPss(Sha512)) => &RSA_PSS_2048_8192_SHA512,
        (Kind::Ed25519, Scheme::Ed25519) => &ED25519,
        (Kind::MlDsa44, Scheme::MlDsa44) => &ML_DSA_44,
        (Kind::MlDsa65, Scheme::MlDsa65) => &ML_DSA_65,
        (Kind::MlDsa87, Scheme::MlDsa87) => &ML_DSA_87,
        _ => return None,
    })
}

/// The hash of RSASSA-PSS-params, where it is one of ours. That mask and salt fit it, the verification shows.
// SPEC: RFC 4055 §3.1
fn pss_hash(mut from: Reader<'_>) -> Result<Option<Hash>, Malformed> {
    let mut parameters = from.inside(Tag::SEQUENCE)?;
    let Some(hash) = parameters.optional(Tag::around(0))? else { return Ok(None) };
    let hash = Reader::new(hash).inside(Tag::SEQUENCE)?.content(Tag::OBJECT_IDENTIFIER)?;
    Ok(match hash {
        oid::SHA256 => Some(Hash::Sha256),
        oid::SHA384 => Some(Hash::Sha384),
        oid::SHA512 => Some(Hash::Sha512),
        _ => None,
    })
}
