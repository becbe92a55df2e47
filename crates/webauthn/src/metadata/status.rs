use std::fmt;

use vocab::Level;

/// What is reported of a model.
// SPEC: FIDO Metadata Service 3.1 §3.1.4
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    NotCertified,
    SelfAsserted,
    Certified(Level),
    UpdateAvailable,
    /// It can be used without the person being verified.
    VerificationBypass,
    /// The key by which it attests is in other hands: whoever claims to be one may be none.
    AttestationKeyCompromise,
    /// Keys can be taken out of it from afar.
    RemoteCompromise,
    /// Keys can be taken out of it by who holds it.
    PhysicalCompromise,
    Revoked,
    Retired,
    /// One that is not known here. It says nothing.
    Other(String),
}

const STATUSES: [(&str, Status); 17] = [
    ("NOT_FIDO_CERTIFIED", Status::NotCertified),
    ("SELF_ASSERTION_SUBMITTED", Status::SelfAsserted),
    ("FIDO_CERTIFIED", Status::Certified(Level::L1)),
    ("FIDO_CERTIFIED_L1", Status::Certified(Level::L1)),
    ("FIDO_CERTIFIED_L1plus", Status::Certified(Level::L1Plus)),
    ("FIDO_CERTIFIED_L2", Status::Certified(Level::L2)),
    ("FIDO_CERTIFIED_L2plus", Status::Certified(Level::L2Plus)),
    ("FIDO_CERTIFIED_L3", Status::Certified(Level::L3)),
    ("FIDO_CERTIFIED_L3plus", Status::Certified(Level::L3Plus)),
    ("UPDATE_AVAILABLE", Status::UpdateAvailable),
    ("USER_VERIFICATION_BYPASS", Status::VerificationBypass),
    ("ATTESTATION_KEY_COMPROMISE", Status::AttestationKeyCompromise),
    ("USER_KEY_REMOTE_COMPROMISE", Status::RemoteCompromise),
    ("USER_KEY_PHYSICAL_COMPROMISE", Status::PhysicalCompromise),
    ("REVOKED", Status::Revoked),
    ("RETIRED", Status::Retired),
    ("WITHDRAWN", Status::Retired),
];

impl Status {
    pub(super) fn parse(text: &str) -> Self {
        let known = STATUSES.iter().find(|(name, _)| *name == text).map(|(_, status)| status.clone());
        known.unwrap_or_else(|| Self::Other(text.chars().take(LONGEST_NAME).collect()))
    }

    /// Whether a credential of such a model may be worth nothing.
    pub const fn is_a_breach(&self) -> bool {
        matches!(
            self,
            Self::VerificationBypass
                | Self::AttestationKeyCompromise
                | Self::RemoteCompromise
                | Self::PhysicalCompromise
                | Self::Revoked
        )
    }
}

const LONGEST_NAME: usize = 64;

impl fmt::Display for Status {
    /// As the list has it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self, STATUSES.iter().find(|(_, status)| status == self)) {
            (Self::Other(name), _) => f.write_str(name),
            (_, Some((name, _))) => f.write_str(name),
            (_, None) => f.write_str("UNKNOWN"),
        }
    }
}
