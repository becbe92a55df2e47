//! Attestation: the envelope in which a new credential arrives, and what its maker states about where it was made.
//! Each format is a file of its own.
// SPEC: WebAuthn-3 §6.5, §8

mod android_key;
mod android_safetynet;
mod apple;
mod compound;
mod fido_u2f;
mod none;
mod packed;
mod statement;
mod tpm;
mod trust;

use crate::authenticator_data::{AttestedCredential, AuthenticatorData};
use crate::cbor::{self, Reader};
use crate::cose::PublicKey;
use crate::refusal::{Attestation, AttestationObject as Reason, Certificate as Profile, Malformed, Place};
use crate::x509::der::{self, Tag};
use crate::x509::{self, Believed, Certificate, Moment, Scheme, oid};
use crate::{Algorithm, Refusal};
pub(crate) use android_key::KeyDescription;
use statement::{Chain, Members as Stated};
pub(crate) use tpm::{Certified, PublicArea};
pub use trust::{Anchor, BadRevocationList, NotACertificate, RevocationList, Trust, Unbelieved};

pub(crate) const LONGEST: usize = 64 * 1024;

/// The formats of the registry ([RFC 8809](https://www.rfc-editor.org/rfc/rfc8809)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    None,
    Packed,
    Tpm,
    AndroidKey,
    AndroidSafetyNet,
    FidoU2f,
    Apple,
    Compound,
}

impl Format {
    pub const ALL: [Self; 8] = [
        Self::None,
        Self::Packed,
        Self::Tpm,
        Self::AndroidKey,
        Self::AndroidSafetyNet,
        Self::FidoU2f,
        Self::Apple,
        Self::Compound,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Packed => "packed",
            Self::Tpm => "tpm",
            Self::AndroidKey => "android-key",
            Self::AndroidSafetyNet => "android-safetynet",
            Self::FidoU2f => "fido-u2f",
            Self::Apple => "apple",
            Self::Compound => "compound",
        }
    }

    // SPEC: WebAuthn-3 §7.1 step 21: compared case-sensitively.
    fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.as_str() == text)
    }

    // SPEC: WebAuthn-3 §7.1 step 22
    fn verify(self, statement: &[u8], subject: &Subject<'_>, trust: &Trust<'_>) -> Result<Vouched, Refusal> {
        match self {
            Self::None => none::verify(statement).map(|()| Vouched::Nobody),
            Self::AndroidSafetyNet => Ok(android_safetynet::verify(statement).map(|()| Vouched::Nobody)?),
            Self::Packed => packed::verify(statement, subject, trust),
            Self::Tpm => tpm::verify(statement, subject, trust),
            Self::AndroidKey => android_key::verify(statement, subject, trust),
            Self::FidoU2f => fido_u2f::verify(statement, subject, trust),
            Self::Apple => apple::verify(statement, subject, trust),
            Self::Compound => compound::verify(statement, subject, trust),
        }
    }
}

/// Who vouches for where a credential was made, from the least to the most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Vouched {
    /// Nothing is stated, or nothing that is believed.
    Nobody,
    /// The credential, for itself.
    Itself,
    /// Somebody with a certificate; whom that leads to was not asked.
    Somebody,
    /// Somebody whom we believe.
    Anchor,
}

impl Vouched {
    /// The word by which it is kept. Once released, it is never changed.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Nobody => "none",
            Self::Itself => "self",
            Self::Somebody => "unchained",
            Self::Anchor => "chained",
        }
    }
}

#[derive(Debug)]
pub(crate) struct AttestationObject {
    format: Option<Format>,
    /// CBOR, as it is written.
    statement: Vec<u8>,
    pub(crate) authenticator_data: AuthenticatorData,
}

/// What a statement is about.
pub(crate) struct Subject<'a> {
    pub(crate) authenticator_data: &'a AuthenticatorData,
    pub(crate) credential: &'a AttestedCredential,
    pub(crate) client_data_hash: &'a [u8],
    pub(crate) public_key: &'a PublicKey<'a>,
}

impl Subject<'_> {
    fn signed(&self) -> Vec<u8> {
        self.authenticator_data.signed(self.client_data_hash)
    }
}

impl Trust<'_> {
    // SPEC: WebAuthn-3 §7.1 steps 23 and 24
    fn follow(&self, chain: &Chain<'_>) -> Result<Vouched, Refusal> {
        let Some(anchors) = self.anchors else { return Ok(Vouched::Somebody) };
        let at = Moment::from(self.at);
        let anchors: Vec<_> = anchors.iter().filter_map(Anchor::certificate).collect();
        let revocations: Vec<_> = self.revoked.iter().map(|list| &list.0).collect();
        let believed = Believed { anchors: &anchors, revocations: &revocations, at, seen: self.seen };
        let reason = match () {
            () if revocations.iter().any(|list| list.holds(&chain.leaf)) => Profile::Revoked,
            () if !chain.leaf.is_valid_at(at) => Profile::Time,
            () if !chain.leaf.is_understood() => Profile::Critical,
            () if !x509::leads_to(&chain.leaf, &chain.others, believed) => Profile::Chain,
            () => return Ok(Vouched::Anchor),
        };
        match self.unbelieved {
            Unbelieved::Refused => Err(reason.into()),
            Unbelieved::Noted => Ok(Vouched::Somebody),
        }
    }
}

/// Signed by the certificate's key, with the algorithm that the statement names.
fn check_signature(
    certificate: &Certificate<'_>,
    algorithm: i64,
    signature: &[u8],
    message: &[u8],
) -> Result<(), Attestation> {
    let algorithm = Algorithm::from_cose(algorithm).filter(|algorithm| certificate.key().suits(*algorithm));
    let scheme = Scheme::from(algorithm.ok_or(Attestation::KeyAlgorithm)?);
    if certificate.key().verifies(scheme, message, signature) { Ok(()) } else { Err(Attestation::Signature) }
}

/// The certificate is that of the credential's own key.
fn check_key(certificate: &Certificate<'_>, subject: &Subject<'_>) -> Result<(), Attestation> {
    if certificate.key().is(subject.public_key) { Ok(()) } else { Err(Attestation::KeyDiffers) }
}

// SPEC: WebAuthn-3 §8.2.1, §8.3.1: basic constraints are there, and say so.
fn check_is_no_authority(certificate: &Certificate<'_>) -> Result<(), Profile> {
    let is_none = matches!(certificate.constraints(), Ok(Some((false, _))));
    if is_none { Ok(()) } else { Err(Profile::Authority) }
}

/// The model that the certificate is for, if it is for one, is the model that the authenticator says it is.
// SPEC: WebAuthn-3 §8.2.1: an octet string in the extension's octet string, and never critical.
fn check_aaguid(certificate: &Certificate<'_>, subject: &Subject<'_>) -> Result<(), Profile> {
    let Some(extension) = certificate.extension(oid::AAGUID) else { return Ok(()) };
    let mut value = der::Reader::new(extension.value);
    let aaguid = value.content(Tag::OCTET_STRING).map_err(|_| Profile::AaguidForm)?;
    match () {
        () if extension.is_critical || value.end().is_err() || aaguid.len() != 16 => Err(Profile::AaguidForm),
        () if aaguid != subject.credential.aaguid => Err(Profile::Aaguid),
        () => Ok(()),
    }
}

struct Members<'a> {
    format: &'a str,
    statement: &'a [u8],
    authenticator_data: &'a [u8],
}

impl AttestationObject {
    // SPEC: WebAuthn-3 §7.1 step 13
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, Refusal> {
        let members = Members::read(bytes)?;
        Ok(Self {
            format: Format::parse(members.format),
            statement: members.statement.to_vec(),
            authenticator_data: AuthenticatorData::parse(members.authenticator_data.to_vec())?,
        })
    }

    pub(crate) fn has_a_maker(&self) -> bool {
        !matches!(self.format, None | Some(Format::None | Format::AndroidSafetyNet))
    }

    /// What the key of the attesting certificate is known by, in a U2F statement.
    pub(crate) fn batch(&self) -> Option<[u8; 20]> {
        let is_u2f = self.format == Some(Format::FidoU2f);
        let mut members = is_u2f.then(|| Stated::read(&self.statement, &["sig", "x5c"]).ok())??;
        members.chain().map(|chain| chain.leaf.key().identifier())
    }

    /// The format of its statement, and who vouches by it.
    // SPEC: WebAuthn-3 §7.1 steps 21 to 24
    pub(crate) fn verify(&self, subject: &Subject<'_>, trust: &Trust<'_>) -> Result<(Format, Vouched), Refusal> {
        let format = self.format.ok_or(Attestation::UnknownFormat)?;
        format.verify(&self.statement, subject, trust).map(|vouched| (format, vouched))
    }
}

impl<'a> Members<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, Refusal> {
        let mut from = Reader::new(Place::AttestationObject, bytes);
        let (mut format, mut statement, mut authenticator_data) = (None, None, None);
        for _ in 0..from.map()? {
            let is_repeated = match from.text()? {
                "fmt" => format.replace(from.text()?).is_some(),
                "attStmt" => statement.replace(from.item()?).is_some(),
                "authData" => authenticator_data.replace(from.bytes()?).is_some(),
                _ => return Err(Reason::UnknownMember.into()),
            };
            if is_repeated {
                return Err(from.refusal(Malformed::Repeated));
            }
        }
        from.end()?;
        let members = Self {
            format: format.ok_or(Reason::MissingMember)?,
            statement: statement.ok_or(Reason::MissingMember)?,
            authenticator_data: authenticator_data.ok_or(Reason::MissingMember)?,
        };
        // A compound statement is a list of statements; every other is a map.
        let wanted = if members.format == Format::Compound.as_str() { cbor::ARRAY } else { cbor::MAP };
        if cbor::major_type(members.statement) == Some(wanted) { Ok(members) } else { Err(Reason::Statement.into()) }
    }
}
