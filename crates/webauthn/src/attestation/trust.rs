use vocab::Timestamp;

use crate::base64url;
use crate::x509::{Certificate, Moment, Revocations, SeenSignatures};

/// What a statement is judged by. All of it comes from configuration and from the clock, but for a memory that saves
/// time; choosing the anchors that may vouch for a model of authenticator is the caller's.
#[derive(Clone, Copy, Debug)]
pub struct Trust<'a> {
    /// Who may vouch for where a credential was made. `None`: nobody is asked for, statements are read and their own
    /// signatures verified, and what is chained to them is followed nowhere.
    pub anchors: Option<&'a [Anchor]>,
    pub at: Timestamp,
    pub unbelieved: Unbelieved,
    /// What was taken back of what anchors and those below them vouched for.
    pub revoked: &'a [RevocationList],
    /// Makers of TPMs that are none of the TCG's registry, as `id:…` names them: eight hexadecimal digits.
    pub tpm_vendors: &'a [String],
    /// TPMs may sign with RSA and SHA-1, as old ones do and nothing else.
    pub takes_sha1_of_tpms: bool,
    /// Keys of Android must say that hardware holds them to what they say.
    pub demands_android_hardware: bool,
    /// Signatures of certificates that need not be verified again. `None`: all are.
    pub seen: Option<&'a SeenSignatures>,
}

/// What becomes of a certificate that leads to no anchor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unbelieved {
    /// The credential is refused.
    Refused,
    /// The credential is taken for one for which [`super::Vouched::Somebody`] vouches.
    Noted,
}

impl Trust<'static> {
    /// Statements are verified, and nobody is believed.
    pub const fn nobody(at: Timestamp) -> Self {
        Self {
            anchors: None,
            at,
            unbelieved: Unbelieved::Refused,
            revoked: &[],
            tpm_vendors: &[],
            takes_sha1_of_tpms: false,
            demands_android_hardware: false,
            seen: None,
        }
    }
}

/// A certificate whose key is believed: a maker's root, one below it, or the very one of a batch of authenticators.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anchor(Box<[u8]>);

const CERTIFICATE: [&str; 2] = ["-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"];
const REVOCATIONS: [&str; 2] = ["-----BEGIN X509 CRL-----", "-----END X509 CRL-----"];

/// What stands between such lines. `None`: one of them is not closed, or what it closes is no base64.
// SPEC: RFC 7468 §5, §7
fn blocks(text: &str, [begin, end]: [&str; 2]) -> Option<Vec<Vec<u8>>> {
    let block = |part: &str| {
        let base64: String = part.split_once(end)?.0.split_whitespace().collect();
        base64url::decode_standard(&base64)
    };
    text.split(begin).skip(1).map(block).collect()
}

/// The bytes are no X.509 certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotACertificate;

impl Anchor {
    pub fn parse(der: impl Into<Box<[u8]>>) -> Result<Self, NotACertificate> {
        let der = der.into();
        Certificate::parse(&der).map_err(|_| NotACertificate)?;
        Ok(Self(der))
    }

    /// All certificates of a PEM file. `None`: one of them is none, or there is none.
    pub fn parse_pem(text: &str) -> Option<Vec<Self>> {
        let ders = blocks(text, CERTIFICATE)?.into_iter();
        let anchors: Vec<Self> = ders.map(|der| Self::parse(der).ok()).collect::<Option<_>>()?;
        (!anchors.is_empty()).then_some(anchors)
    }

    pub fn der(&self) -> &[u8] {
        &self.0
    }

    /// Its name and its key, which is what is believed of it.
    pub(crate) fn identity(&self) -> Option<Vec<u8>> {
        self.certificate().map(|certificate| [certificate.subject(), certificate.key().bytes()].concat())
    }

    /// It was read once, so it can be read again.
    pub(crate) fn certificate(&self) -> Option<Certificate<'_>> {
        Certificate::parse(&self.0).ok()
    }
}

/// The certificates that an authority took back (a CRL), believed on its own signature.
#[derive(Clone, Debug)]
pub struct RevocationList(pub(super) Revocations);

/// Why a list is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadRevocationList {
    /// The bytes are no X.509 list of revocations, or one that must be read together with others.
    Unreadable,
    /// This issuer did not sign it.
    NotTheIssuers,
}

impl RevocationList {
    pub fn parse(der: &[u8], issuer: &Anchor) -> Result<Self, BadRevocationList> {
        let issuer = issuer.certificate().ok_or(BadRevocationList::NotTheIssuers)?;
        let list = Revocations::read(der, &issuer).map_err(|_| BadRevocationList::Unreadable)?;
        list.map(Self).ok_or(BadRevocationList::NotTheIssuers)
    }

    /// The one list in this text.
    pub fn parse_pem(text: &str, issuer: &Anchor) -> Option<Self> {
        match &blocks(text, REVOCATIONS)?[..] {
            [der] => Self::parse(der, issuer).ok(),
            _ => None,
        }
    }

    /// Whether its issuer meant to have said more by now.
    pub fn is_stale(&self, at: Timestamp) -> bool {
        self.0.next_update.is_some_and(|next| next < Moment::from(at))
    }
}

impl std::fmt::Display for BadRevocationList {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Unreadable => "this is not an X.509 list of revocations in DER, or not a whole one",
            Self::NotTheIssuers => "the list of revocations is not signed by the issuer it was given with",
        })
    }
}

impl std::error::Error for BadRevocationList {}

impl std::fmt::Display for NotACertificate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("this is not an X.509 certificate in DER")
    }
}

impl std::error::Error for NotACertificate {}
