use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// How a credential signs. Written as its COSE number.
// SPEC: RFC 9053 §2.1 and §2.2, RFC 8230 §2, RFC 8812 §2, RFC 9964 §3, WebAuthn-3 §5.8.5
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// ECDSA over P-256 with SHA-256.
    Es256,
    /// ECDSA over P-384 with SHA-384.
    Es384,
    /// ECDSA over P-521 with SHA-512.
    Es512,
    /// Ed25519, and no other curve.
    EdDsa,
    /// ML-DSA-44, and so on: lattices, against which no quantum computer is known to help.
    MlDsa44,
    MlDsa65,
    MlDsa87,
    /// RSA PSS with SHA-256, and so on.
    Ps256,
    Ps384,
    Ps512,
    /// RSA PKCS#1 v1.5 with SHA-256, and so on.
    Rs256,
    Rs384,
    Rs512,
}

impl Algorithm {
    /// In the order in which they are offered: of what an authenticator can do, it takes the first. Small and quick ones
    /// stand before large ones, and PKCS#1 v1.5 stands last.
    pub const ALL: [Self; 13] = [
        Self::Es256,
        Self::EdDsa,
        Self::Es384,
        Self::Es512,
        Self::MlDsa44,
        Self::MlDsa65,
        Self::MlDsa87,
        Self::Ps256,
        Self::Ps384,
        Self::Ps512,
        Self::Rs256,
        Self::Rs384,
        Self::Rs512,
    ];

    pub const POST_QUANTUM: [Self; 3] = [Self::MlDsa44, Self::MlDsa65, Self::MlDsa87];

    pub const fn cose(self) -> i64 {
        match self {
            Self::Es256 => -7,
            Self::EdDsa => -8,
            Self::Es384 => -35,
            Self::Es512 => -36,
            Self::Ps256 => -37,
            Self::Ps384 => -38,
            Self::Ps512 => -39,
            Self::MlDsa44 => -48,
            Self::MlDsa65 => -49,
            Self::MlDsa87 => -50,
            Self::Rs256 => -257,
            Self::Rs384 => -258,
            Self::Rs512 => -259,
        }
    }

    pub fn from_cose(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.cose() == number)
    }
}

impl Serialize for Algorithm {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_i64(self.cose())
    }
}

impl<'de> Deserialize<'de> for Algorithm {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Self::from_cose(i64::deserialize(from)?).ok_or_else(|| D::Error::custom("not the COSE number of an algorithm"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_algorithm_and_its_number_are_one() {
        for algorithm in Algorithm::ALL {
            assert_eq!(Algorithm::from_cose(algorithm.cose()), Some(algorithm));
            let written = serde_json::to_string(&algorithm).unwrap();
            assert_eq!(written, algorithm.cose().to_string());
            assert_eq!(serde_json::from_str::<Algorithm>(&written).unwrap(), algorithm);
        }
        // RS1, ES256K, Ed448, nothing.
        for other in [-65535, -47, -53, 0] {
            assert_eq!(Algorithm::from_cose(other), None);
            assert!(serde_json::from_str::<Algorithm>(&other.to_string()).is_err());
        }
    }
}
