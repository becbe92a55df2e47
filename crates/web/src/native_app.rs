//! Apps outside the browser that share passkeys with our pages. The operator names them; the systems they run on look
//! for them under `/.well-known/` before an app gets to a passkey.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use vocab::Origin;

const LONGEST: usize = 255;

/// An app on Android: its package, and the SHA-256 of the certificate that signs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AndroidApp {
    pub(crate) package: String,
    signer: [u8; 32],
}

impl AndroidApp {
    /// `org.example.app@14:6D:…`, the digest as `keytool` prints it. `None`: it is not exactly that.
    #[must_use]
    pub fn parse(given: &str) -> Option<Self> {
        let (package, fingerprint) = given.split_once('@')?;
        let is_word = |word: &str| {
            word.starts_with(|c: char| c.is_ascii_alphabetic())
                && word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        };
        let is_package = package.len() <= LONGEST && package.contains('.') && package.split('.').all(is_word);
        let is_digit = |b: u8| matches!(b, b'0'..=b'9' | b'A'..=b'F');
        let byte = |pair: &str| {
            let is_pair = pair.len() == 2 && pair.bytes().all(is_digit);
            is_pair.then(|| u8::from_str_radix(pair, 16).ok()).flatten()
        };
        let signer: Vec<u8> = fingerprint.split(':').map(byte).collect::<Option<_>>()?;
        Some(Self { package: package.to_owned(), signer: signer.try_into().ok()? }).filter(|_| is_package)
    }

    pub(crate) fn fingerprint(&self) -> String {
        self.signer.map(|byte| format!("{byte:02X}")).join(":")
    }

    /// What this app's ceremonies name as the place where they ran.
    #[must_use]
    pub fn origin(&self) -> Option<Origin> {
        Origin::of_android_app(&URL_SAFE_NO_PAD.encode(self.signer))
    }
}

/// An app on a system of Apple's: `A1B2C3D4E5.org.example.app`, the team and the bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppleApp(String);

impl AppleApp {
    #[must_use]
    pub fn parse(given: &str) -> Option<Self> {
        const TEAM: usize = 10;
        let (team, bundle) = given.split_once('.')?;
        let is_team = team.len() == TEAM && team.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        let is_word = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        let is_bundle = bundle.len() <= LONGEST && bundle.split('.').all(is_word);
        (is_team && is_bundle).then(|| Self(given.to_owned()))
    }
}

impl fmt::Display for AppleApp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIGNER: &str =
        "BB:AE:1A:AA:E4:41:0E:DD:82:57:A6:3F:53:5E:6C:E8:BF:43:55:9A:FE:52:3A:A5:7C:22:BA:77:5E:B0:AE:C4";

    #[test]
    fn an_android_app_is_a_package_and_its_signer() {
        let app = AndroidApp::parse(&format!("org.example.app_2@{SIGNER}")).unwrap();
        assert_eq!((app.package.as_str(), app.fingerprint().as_str()), ("org.example.app_2", SIGNER));
        let origin = "android:apk-key-hash:u64aquRBDt2CV6Y_U15s6L9DVZr-UjqlfCK6d16wrsQ";
        assert_eq!(app.origin().unwrap().as_str(), origin);
        for wrong in [
            "",
            "org.example.app",
            &format!("app@{SIGNER}"),
            &format!("org..app@{SIGNER}"),
            &format!("org.1app@{SIGNER}"),
            &format!("org.example-app@{SIGNER}"),
            &format!("org.example.app@ {SIGNER}"),
            &format!("org.example.app@{SIGNER}:00"),
            &format!("org.example.app@{}", SIGNER.to_lowercase()),
            &format!("org.example.app@{}", SIGNER.replace(':', "")),
            &format!("org.example.app@{}", &SIGNER[3..]),
            &format!("org.example.app@+1{}", &SIGNER[2..]),
            &format!("org.{}@{SIGNER}", "a".repeat(255)),
        ] {
            assert_eq!(AndroidApp::parse(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn an_apple_app_is_a_team_and_a_bundle() {
        for good in ["A1B2C3D4E5.org.example.app", "0123456789.App-2"] {
            assert_eq!(AppleApp::parse(good).unwrap().to_string(), good);
        }
        let long = format!("A1B2C3D4E5.{}", "a".repeat(256));
        for wrong in [
            "",
            "org.example.app",
            "A1B2C3D4E5",
            "A1B2C3D4E5.",
            "A1B2C3D4E5.org..app",
            "a1b2c3d4e5.org.example.app",
            "A1B2C3D4E.org.example.app",
            "A1B2C3D4E5.org.example.*",
            "A1B2C3D4E5.org.example.app ",
            "A1B2C3D4E5.org.example.é",
            &long,
        ] {
            assert_eq!(AppleApp::parse(wrong), None, "{wrong:?}");
        }
    }
}
