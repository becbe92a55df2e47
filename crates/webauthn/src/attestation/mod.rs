//! Attestation: the envelope in which a new credential arrives, and what its maker states about where it was made.
//! Each format is a file of its own.
// SPEC: WebAuthn-3 §6.5, §8

mod none;
mod packed;

use crate::Refusal;
use crate::authenticator_data::AuthenticatorData;
use crate::cbor::{self, Reader};
use crate::cose::PublicKey;
use crate::refusal::{Attestation, AttestationObject as Reason, Malformed, Place};

pub(crate) const LONGEST: usize = 64 * 1024;

/// The formats of the registry ([RFC 8809](https://www.rfc-editor.org/rfc/rfc8809)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
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
    const ALL: [Self; 8] = [
        Self::None,
        Self::Packed,
        Self::Tpm,
        Self::AndroidKey,
        Self::AndroidSafetyNet,
        Self::FidoU2f,
        Self::Apple,
        Self::Compound,
    ];

    const fn as_str(self) -> &'static str {
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
    pub(crate) client_data_hash: &'a [u8],
    pub(crate) public_key: &'a PublicKey<'a>,
}

impl Subject<'_> {
    fn signed(&self) -> Vec<u8> {
        self.authenticator_data.signed(self.client_data_hash)
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

    /// What holds, in one word: `none`, or `self` where the credential vouches for itself. Neither says where it was
    /// made.
    // SPEC: WebAuthn-3 §7.1 steps 21 and 22
    pub(crate) fn verify(&self, subject: &Subject<'_>) -> Result<&'static str, Refusal> {
        match self.format.ok_or(Attestation::UnknownFormat)? {
            Format::None => none::verify(&self.statement).map(|()| "none"),
            Format::Packed => packed::verify(&self.statement, subject).map(|()| "self"),
            _ => Err(Attestation::FormatNotAccepted.into()),
        }
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
