//! Where pages and apps of ours live, and the name passkeys are bound to. Both come from configuration, never from a request.

use std::fmt;

use crate::domain;
use crate::url::PublicUrl;

/// The serialised origin of a page or an app, as a browser or a system writes it. Compared byte for byte and in no other way.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Origin(String);

impl Origin {
    /// An address that passes as a public URL and is written exactly as browsers write its origin.
    pub fn parse(text: &str) -> Option<Self> {
        PublicUrl::parse(text).ok().filter(|url| url.origin() == text).map(|url| Self::of(&url))
    }

    pub fn of(url: &PublicUrl) -> Self {
        Self(url.origin().to_owned())
    }

    /// An app on Android, as its ceremonies name it: by the SHA-256 of the certificate that signs it, in base64url.
    pub fn of_android_app(key_hash: &str) -> Option<Self> {
        const DIGEST: usize = 43;
        let is_plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
        let is_digest = key_hash.len() == DIGEST && key_hash.bytes().all(is_plain);
        is_digest.then(|| Self(format!("android:apk-key-hash:{key_hash}")))
    }

    /// Whatever somebody else expected in a ceremony that was recorded. Never what we expect ourselves.
    pub fn as_recorded(text: &str) -> Self {
        Self(text.to_owned())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Origin({})", self.0)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The domain that passkeys are bound to: a host or a parent domain of it. An address of numbers is none.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct RpId(String);

impl RpId {
    pub fn parse(text: &str) -> Option<Self> {
        let host = domain::canonical(text)?;
        (host == text && !domain::ends_in_number(&host)).then_some(Self(host))
    }

    /// The whole host of an address. `None`: it is an address of numbers, and browsers bind no passkey to one.
    pub fn of(url: &PublicUrl) -> Option<Self> {
        Self::parse(url.host())
    }

    /// Whatever somebody else had in a ceremony that was recorded. Never what we have ourselves.
    pub fn as_recorded(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// This machine. Where the public address is one of numbers, it is the only name that could be meant.
    pub fn localhost() -> Self {
        Self("localhost".to_owned())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for RpId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RpId({})", self.0)
    }
}

impl fmt::Display for RpId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_app_on_android_is_named_by_a_digest_and_nothing_else() {
        let hash = "u64aquRBDt2CV6Y_U15s6L9DVZr-UjqlfCK6d16wrsQ";
        assert_eq!(Origin::of_android_app(hash).unwrap().as_str(), format!("android:apk-key-hash:{hash}"));
        for wrong in ["", "A", &hash[1..], &format!("{hash}="), &hash.replace('_', "/"), &hash.replace('_', "é")] {
            assert_eq!(Origin::of_android_app(wrong), None, "{wrong:?}");
        }
        assert_eq!(Origin::parse(&format!("android:apk-key-hash:{hash}")), None, "it is no page");
    }

    #[test]
    fn an_origin_is_written_as_browsers_write_it_or_not_read() {
        for origin in ["https://id.example.org", "https://id.example.org:8443", "http://localhost:8080"] {
            assert_eq!(Origin::parse(origin).unwrap().as_str(), origin);
        }
        for other in [
            "https://id.example.org/",
            "https://ID.example.org",
            "https://id.example.org:443",
            "http://id.example.org",
            "https://a@id.example.org",
            "null",
            "",
        ] {
            assert_eq!(Origin::parse(other), None, "{other}");
        }
    }

    #[test]
    fn an_android_app_is_known_by_the_hash_of_what_signs_it() {
        let hash = "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU";
        assert_eq!(Origin::of_android_app(hash).unwrap().as_str(), format!("android:apk-key-hash:{hash}"));
        for other in ["", "47DE", &hash[1..], &hash.replace('-', "+"), &format!("{hash}=")] {
            assert_eq!(Origin::of_android_app(other), None, "{other}");
        }
    }

    #[test]
    fn a_passkey_is_bound_to_a_name_and_not_to_numbers() {
        let of = |url: &str| RpId::of(&PublicUrl::parse(url).unwrap()).map(|id| id.as_str().to_owned());
        assert_eq!(of("https://id.example.org:8443").as_deref(), Some("id.example.org"));
        assert_eq!(of("http://localhost:8080").as_deref(), Some("localhost"));
        assert_eq!((of("http://127.0.0.1:8080"), of("http://[::1]:8080")), (None, None));
        assert_eq!((RpId::parse("Example.org"), RpId::parse("https://example.org")), (None, None));
    }
}
