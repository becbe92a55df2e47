//! Why an answer was not accepted. [`Refusal`] says exactly which check of the standard failed, for the audit log and
//! for tests; [`Refusal::public`] is all that whoever sent the answer is told.

mod pairs;
mod reasons;

use std::fmt;

pub use pairs::{Flaw, Malformed, Member, Place};
pub use reasons::{Answer, Attestation, AttestationObject, AuthenticatorData, ClientData, Credential, PublicKey};

/// One reason for each check. The first check that failed is named; nothing is known of those after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// A member of the answer's JSON is not of its form.
    Member(Member, Flaw),
    Answer(Answer),
    ClientData(ClientData),
    /// CBOR that is none, or not in the form in which authenticators write it.
    Cbor(Place, Malformed),
    AttestationObject(AttestationObject),
    AuthenticatorData(AuthenticatorData),
    PublicKey(PublicKey),
    Attestation(Attestation),
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

impl Refusal {
    /// The name of the reason in the audit log. Once released, it is never changed or given to another reason.
    pub const fn audit(self) -> &'static str {
        match self {
            Self::Member(member, flaw) => pairs::member_slug(member, flaw),
            Self::Cbor(place, malformed) => pairs::cbor_slug(place, malformed),
            Self::Answer(reason) => reason.slug(),
            Self::ClientData(reason) => reason.slug(),
            Self::AttestationObject(reason) => reason.slug(),
            Self::AuthenticatorData(reason) => reason.slug(),
            Self::PublicKey(reason) => reason.slug(),
            Self::Attestation(reason) => reason.slug(),
            Self::Credential(reason) => reason.slug(),
            Self::Signature => "signature",
        }
    }

    pub const fn public(self) -> Public {
        match self {
            Self::Member(..) | Self::Cbor(..) => Public::Unreadable,
            Self::Answer(reason) => reason.public(),
            Self::ClientData(reason) => reason.public(),
            Self::AttestationObject(reason) => reason.public(),
            Self::AuthenticatorData(reason) => reason.public(),
            Self::PublicKey(reason) => reason.public(),
            Self::Attestation(reason) => reason.public(),
            Self::Credential(reason) => reason.public(),
            Self::Signature => Public::NotAccepted,
        }
    }

    /// Every reason that an answer can be given.
    pub fn all() -> Vec<Self> {
        let members = Member::ALL.iter().flat_map(|member| member.flaws().map(|flaw| Self::Member(*member, flaw)));
        let cbor = Place::ALL.iter().flat_map(|place| place.flaws().map(|flaw| Self::Cbor(*place, flaw)));
        members
            .chain(cbor)
            .chain(Answer::ALL.iter().copied().map(Self::Answer))
            .chain(ClientData::ALL.iter().copied().map(Self::ClientData))
            .chain(AttestationObject::ALL.iter().copied().map(Self::AttestationObject))
            .chain(AuthenticatorData::ALL.iter().copied().map(Self::AuthenticatorData))
            .chain(PublicKey::ALL.iter().copied().map(Self::PublicKey))
            .chain(Attestation::ALL.iter().copied().map(Self::Attestation))
            .chain(Credential::ALL.iter().copied().map(Self::Credential))
            .chain([Self::Signature])
            .collect()
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Member(member, flaw) => write!(f, "`{}` of the answer {}", member.sentence(), flaw.sentence()),
            Self::Cbor(place, malformed) => write!(f, "{}: {}", place.sentence(), malformed.sentence()),
            Self::Answer(reason) => f.write_str(reason.sentence()),
            Self::ClientData(reason) => f.write_str(reason.sentence()),
            Self::AttestationObject(reason) => f.write_str(reason.sentence()),
            Self::AuthenticatorData(reason) => f.write_str(reason.sentence()),
            Self::PublicKey(reason) => f.write_str(reason.sentence()),
            Self::Attestation(reason) => f.write_str(reason.sentence()),
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
