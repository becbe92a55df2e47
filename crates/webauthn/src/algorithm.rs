use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// How a credential signs. Written as its COSE number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// ECDSA over P-256 with SHA-256.
    Es256,
    /// Ed25519, and no other curve.
    EdDsa,
    /// RSA PKCS#1 v1.5 with SHA-256.
    Rs256,
}

impl Algorithm {
    /// In the order in which they are offered.
    pub const ALL: [Self; 3] = [Self::Es256, Self::EdDsa, Self::Rs256];

    pub const fn cose(self) -> i64 {
        match self {
            Self::Es256 => -7,
            Self::EdDsa => -8,
            Self::Rs256 => -257,
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
        // RS1, ES256K, ES384, nothing.
        for other in [-65535, -47, -35, 0] {
            assert_eq!(Algorithm::from_cose(other), None);
            assert!(serde_json::from_str::<Algorithm>(&other.to_string()).is_err());
        }
    }
}
