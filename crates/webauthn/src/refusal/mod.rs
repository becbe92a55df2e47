//! Why an answer was not accepted. [`Refusal`] says exactly which check of the standard failed, for the audit log and
//! for tests; [`Refusal::public`] is all that whoever sent the answer is told.

mod pairs;
mod reasons;

use std::fmt;

use crate::Ceremony;

pub use pairs::{Flaw, Malformed, Member, Place, Signed, Slip};
pub use reasons::{
    AndroidKey, Answer, Apple, Attestation, AttestationObject, AuthenticatorData, Certificate, ClientData, Compound,
    Credential, FidoU2f, PublicKey, Tpm,
};

/// One reason for each check. The first check that failed is named; nothing is known of those after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// A member of the answer's JSON is not of its form.
    Member(Member, Flaw),
    Answer(Answer),
    ClientData(ClientData),
    /// A member of the client data's JSON is not of its form.
    Signed(Signed, Slip),
    /// CBOR that is none, or not in the form in which authenticators write it.
    Cbor(Place, Malformed),
    AttestationObject(AttestationObject),
    AuthenticatorData(AuthenticatorData),
    PublicKey(PublicKey),
    Attestation(Attestation),
    Certificate(Certificate),
    Tpm(Tpm),
    AndroidKey(AndroidKey),
    Apple(Apple),
    FidoU2f(FidoU2f),
    Compound(Compound),
    Credential(Credential),
    /// The signature is not one of this credential over what was sent.
    Signature,
}

/// As much as a stranger is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Public {
    /// Not well-formed at all: no browser sends this.
    Unreadable,
    /// Read, and not accepted.
    NotAccepted,
}

/// Who had a part in a ceremony.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Party {
    /// The page that asked, or one that posed as it.
    Page,
    Browser,
    Person,
    Authenticator,
    /// Whoever made the authenticator and states something about it.
    Maker,
}

impl Refusal {
    /// The name of the reason in the audit log. Once released, it is never changed or given to another reason.
    pub const fn audit(self) -> &'static str {
        match self {
            Self::Member(member, flaw) => pairs::member_slug(member, flaw),
            Self::Signed(signed, slip) => pairs::signed_slug(signed, slip),
            Self::Cbor(place, malformed) => pairs::cbor_slug(place, malformed),
            Self::Answer(reason) => reason.slug(),
            Self::ClientData(reason) => reason.slug(),
            Self::AttestationObject(reason) => reason.slug(),
            Self::AuthenticatorData(reason) => reason.slug(),
            Self::PublicKey(reason) => reason.slug(),
            Self::Attestation(reason) => reason.slug(),
            Self::Certificate(reason) => reason.slug(),
            Self::Tpm(reason) => reason.slug(),
            Self::AndroidKey(reason) => reason.slug(),
            Self::Apple(reason) => reason.slug(),
            Self::FidoU2f(reason) => reason.slug(),
            Self::Compound(reason) => reason.slug(),
            Self::Credential(reason) => reason.slug(),
            Self::Signature => "signature",
        }
    }

    /// The step of the standard that asks for what failed, such as `7.1.13`: by the count of its list (a cross-reference
    /// within the standard may be one less).
    pub fn step(self, ceremony: Ceremony) -> String {
        let step = match self {
            Self::Member(member, _) => member.step(ceremony),
            Self::Signed(signed, _) => signed.step(ceremony),
            Self::Cbor(place, _) => place.step(ceremony),
            Self::Answer(reason) => reason.step(ceremony),
            Self::ClientData(reason) => reason.step(ceremony),
            Self::AttestationObject(reason) => reason.step(ceremony),
            Self::AuthenticatorData(reason) => reason.step(ceremony),
            Self::PublicKey(reason) => reason.step(ceremony),
            Self::Attestation(reason) => reason.step(ceremony),
            Self::Certificate(reason) => reason.step(ceremony),
            Self::Tpm(reason) => reason.step(ceremony),
            Self::AndroidKey(reason) => reason.step(ceremony),
            Self::Apple(reason) => reason.step(ceremony),
            Self::FidoU2f(reason) => reason.step(ceremony),
            Self::Compound(reason) => reason.step(ceremony),
            Self::Credential(reason) => reason.step(ceremony),
            Self::Signature => 21,
        };
        let section = match ceremony {
            Ceremony::Registration => 1,
            Ceremony::Authentication => 2,
        };
        format!("7.{section}.{step}")
    }

    /// Whose doing it is, as far as one can tell: where support begins to look.
    pub const fn whose(self) -> Party {
        match self {
            Self::Member(..) | Self::Signed(..) | Self::Answer(_) => Party::Browser,
            Self::ClientData(reason) => match reason {
                ClientData::Type
                | ClientData::Challenge
                | ClientData::Origin
                | ClientData::CrossOrigin
                | ClientData::TopOrigin => Party::Page,
                _ => Party::Browser,
            },
            Self::AuthenticatorData(reason) => match reason {
                AuthenticatorData::RpId => Party::Page,
                AuthenticatorData::UserNotPresent | AuthenticatorData::UserNotVerified => Party::Person,
                _ => Party::Authenticator,
            },
            Self::Cbor(..)
            | Self::AttestationObject(_)
            | Self::PublicKey(_)
            | Self::Credential(_)
            | Self::Signature => Party::Authenticator,
            Self::Attestation(_)
            | Self::Certificate(_)
            | Self::Tpm(_)
            | Self::AndroidKey(_)
            | Self::Apple(_)
            | Self::FidoU2f(_)
            | Self::Compound(_) => Party::Maker,
        }
    }

    pub const fn public(self) -> Public {
        match self {
            Self::Member(..) | Self::Signed(..) | Self::Cbor(..) => Public::Unreadable,
            Self::Answer(reason) => reason.public(),
            Self::ClientData(reason) => reason.public(),
            Self::AttestationObject(reason) => reason.public(),
            Self::AuthenticatorData(reason) => reason.public(),
            Self::PublicKey(reason) => reason.public(),
            Self::Attestation(reason) => reason.public(),
            Self::Certificate(reason) => reason.public(),
            Self::Tpm(reason) => reason.public(),
            Self::AndroidKey(reason) => reason.public(),
            Self::Apple(reason) => reason.public(),
            Self::FidoU2f(reason) => reason.public(),
            Self::Compound(reason) => reason.public(),
            Self::Credential(reason) => reason.public(),
            Self::Signature => Public::NotAccepted,
        }
    }

    /// Every reason that an answer can be given.
    pub fn all() -> Vec<Self> {
        let members = Member::ALL.iter().flat_map(|member| member.flaws().map(|flaw| Self::Member(*member, flaw)));
        let cbor = Place::ALL.iter().flat_map(|place| place.flaws().map(|flaw| Self::Cbor(*place, flaw)));
        let signed = Signed::ALL.iter().flat_map(|signed| signed.slips().map(|slip| Self::Signed(*signed, slip)));
        members
            .chain(signed)
            .chain(cbor)
            .chain(Answer::ALL.iter().copied().map(Self::Answer))
            .chain(ClientData::ALL.iter().copied().map(Self::ClientData))
            .chain(AttestationObject::ALL.iter().copied().map(Self::AttestationObject))
            .chain(AuthenticatorData::ALL.iter().copied().map(Self::AuthenticatorData))
            .chain(PublicKey::ALL.iter().copied().map(Self::PublicKey))
            .chain(Attestation::ALL.iter().copied().map(Self::Attestation))
            .chain(Certificate::ALL.iter().copied().map(Self::Certificate))
            .chain(Tpm::ALL.iter().copied().map(Self::Tpm))
            .chain(AndroidKey::ALL.iter().copied().map(Self::AndroidKey))
            .chain(Apple::ALL.iter().copied().map(Self::Apple))
            .chain(FidoU2f::ALL.iter().copied().map(Self::FidoU2f))
            .chain(Compound::ALL.iter().copied().map(Self::Compound))
            .chain(Credential::ALL.iter().copied().map(Self::Credential))
            .chain([Self::Signature])
            .collect()
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Member(member, flaw) => write!(f, "`{}` of the answer {}", member.sentence(), flaw.sentence()),
            Self::Signed(signed, slip) => write!(f, "`{}` of the client data {}", signed.sentence(), slip.sentence()),
            Self::Cbor(place, malformed) => write!(f, "{}: {}", place.sentence(), malformed.sentence()),
            Self::Answer(reason) => f.write_str(reason.sentence()),
            Self::ClientData(reason) => f.write_str(reason.sentence()),
            Self::AttestationObject(reason) => f.write_str(reason.sentence()),
            Self::AuthenticatorData(reason) => f.write_str(reason.sentence()),
            Self::PublicKey(reason) => f.write_str(reason.sentence()),
            Self::Attestation(reason) => f.write_str(reason.sentence()),
            Self::Certificate(reason) => f.write_str(reason.sentence()),
            Self::Tpm(reason) => f.write_str(reason.sentence()),
            Self::AndroidKey(reason) => f.write_str(reason.sentence()),
            Self::Apple(reason) => f.write_str(reason.sentence()),
            Self::FidoU2f(reason) => f.write_str(reason.sentence()),
            Self::Compound(reason) => f.write_str(reason.sentence()),
            Self::Credential(reason) => f.write_str(reason.sentence()),
            Self::Signature => f.write_str("the signature is not one of this credential over what was sent"),
        }
    }
}

impl std::error::Error for Refusal {}

macro_rules! into_refusal {
    ($($reason:ident),+) => {$(
        impl From<$reason> for Refusal {
            fn from(reason: $reason) -> Self {
                Self::$reason(reason)
            }
        }
    )+};
}

into_refusal!(Answer, ClientData, AttestationObject, AuthenticatorData, PublicKey, Attestation, Credential);
into_refusal!(Certificate, Tpm, AndroidKey, Apple, FidoU2f, Compound);

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_reason_has_a_name_of_its_own_and_a_sentence_of_its_own() {
        let all = Refusal::all();
        let names: HashSet<_> = all.iter().map(|refusal| refusal.audit()).collect();
        let sentences: HashSet<_> = all.iter().map(ToString::to_string).collect();
        assert_eq!((names.len(), sentences.len()), (all.len(), all.len()));
        let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '.';
        assert!(names.iter().all(|name| name.chars().all(is_plain)));
    }
}
