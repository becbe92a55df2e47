//! Who may do what, and how sure we must be of them.
//!
//! Facts in, a decision out. [`decide`] answers with [`Granted`], which the act it permits consumes, or with a
//! [`Denial`] that says what is missing. Today there is one built-in rule set, [`VERSION`] 1; an engine with rules that
//! an administrator writes will replace what is inside `decide`, not its signature.
//!
//! ```
//! use policy::{Action, Assurance, Denial, EvidenceDigest, Question, decide};
//! use vocab::{AccountId, Timestamp};
//!
//! let now: Timestamp = "2026-11-25T09:00:00Z".parse()?;
//! let minutes_ago = |minutes| now.minus(std::time::Duration::from_secs(60_u64 * minutes));
//! let asked = |verified_at| Question {
//!     action: Action::AddCredential,
//!     account: AccountId::made(now, [1; 10]),
//!     is_active: true,
//!     assurance: Assurance { verified_at: Some(verified_at) },
//!     evidence: EvidenceDigest::from_bytes([7; 32]),
//!     now,
//! };
//! assert!(decide(&asked(minutes_ago(5))).is_ok());
//! assert_eq!(decide(&asked(minutes_ago(6))).unwrap_err(), Denial::StepUp);
//! # Ok::<(), vocab::NotATimestamp>(())
//! ```
//!
//! What it refuses: a clock, randomness, files, a store; to permit anything that its table does not name.
//!
//! Invariants:
//! - `deny unless permitted`: an account that is not active gets nothing, and nobody gets anything unverified.
//! - `one grant, one act`: [`Granted`] cannot be copied and names the account, the action and the evidence it is for.

use std::fmt;
use std::time::Duration;

use vocab::{AccountId, Timestamp};

/// The built-in rule set. Decisions that are recorded name the version they were taken under.
pub const VERSION: i64 = 1;

/// How long a verification of the person counts as being present still.
pub const FRESH: Duration = Duration::from_secs(5 * 60);

/// The clocks of two nodes may disagree by this much. What was verified later than that was not verified yet.
const SKEW: Duration = Duration::from_secs(60);

/// What somebody wants to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Open a session with a passkey.
    SignIn,
    /// Open the first session of an account that comes into being with its first passkey.
    Enrol,
    AddCredential,
    RemoveCredential,
    RenameCredential,
    /// Leave.
    EndSession,
    /// Sign somebody out in another place.
    EndOtherSessions,
    ConfirmAddress,
}

impl Action {
    pub const ALL: [Action; 8] = [
        Action::SignIn,
        Action::Enrol,
        Action::AddCredential,
        Action::RemoveCredential,
        Action::RenameCredential,
        Action::EndSession,
        Action::EndOtherSessions,
        Action::ConfirmAddress,
    ];

    /// For evidence, audit entries and metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::Enrol => "enrol",
            Self::AddCredential => "add_credential",
            Self::RemoveCredential => "remove_credential",
            Self::RenameCredential => "rename_credential",
            Self::EndSession => "end_session",
            Self::EndOtherSessions => "end_other_sessions",
            Self::ConfirmAddress => "confirm_address",
        }
    }

    /// How old the last verification of the person may be.
    fn verification(self) -> Verification {
        match self {
            Self::SignIn | Self::Enrol => Verification::Now,
            Self::AddCredential | Self::RemoveCredential | Self::EndOtherSessions | Self::ConfirmAddress => {
                Verification::Within(FRESH)
            }
            Self::RenameCredential | Self::EndSession => Verification::InThisSession,
        }
    }
}

enum Verification {
    /// In the ceremony that asks.
    Now,
    Within(Duration),
    /// Whenever the session was opened.
    InThisSession,
}

/// How sure we are of who is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Assurance {
    /// When an authenticator last verified the person. `None`: it only saw that somebody was there.
    pub verified_at: Option<Timestamp>,
}

/// Which evidence a decision rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EvidenceDigest([u8; 32]);

impl EvidenceDigest {
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

/// All that a decision rests on.
#[derive(Debug, Clone, Copy)]
pub struct Question {
    pub action: Action,
    pub account: AccountId,
    pub is_active: bool,
    pub assurance: Assurance,
    pub evidence: EvidenceDigest,
    pub now: Timestamp,
}

/// Why not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Denial {
    /// The account is closed.
    NotActive,
    /// The authenticator did not verify the person, and one factor is not enough.
    NotVerified,
    /// The person was verified too long ago: a passkey must be used again first.
    StepUp,
}

impl Denial {
    /// For audit entries and metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotActive => "account.not_active",
            Self::NotVerified => "assurance.not_verified",
            Self::StepUp => "assurance.step_up",
        }
    }
}

impl fmt::Display for Denial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotActive => "this account cannot be used",
            Self::NotVerified => "the passkey did not check who is holding it",
            Self::StepUp => "use a passkey again first",
        })
    }
}

impl std::error::Error for Denial {}

/// A permission for one act on one account, on the evidence it was asked with. The act consumes it.
#[derive(Debug, PartialEq, Eq)]
#[must_use]
pub struct Granted {
    action: Action,
    account: AccountId,
    evidence: EvidenceDigest,
}

impl Granted {
    /// Uses the permission up. `false`: it is for something else.
    pub fn permits(self, action: Action, account: AccountId, evidence: EvidenceDigest) -> bool {
        self == Self { action, account, evidence }
    }
}

/// May this be done?
pub fn decide(question: &Question) -> Result<Granted, Denial> {
    let Question { action, account, is_active, assurance, evidence, now } = *question;
    if !is_active {
        return Err(Denial::NotActive);
    }
    let verified_at = assurance.verified_at.ok_or(Denial::NotVerified)?;
    let is_recent_enough = match action.verification() {
        Verification::Now => verified_at == now,
        Verification::Within(age) => verified_at <= now.plus(SKEW) && now.since(verified_at) <= age,
        Verification::InThisSession => true,
    };
    if is_recent_enough { Ok(Granted { action, account, evidence }) } else { Err(Denial::StepUp) }
}

/// Whether a passkey may be in more than one place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keeping {
    /// Its provider copies it; copies may count apart.
    Synced,
    OneDevice,
}

/// What becomes of a sign-in whose passkey counted backwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Regression {
    /// It goes on, with the count as asserted; the regression is on record.
    Accept,
    /// There may be a copy of something that cannot be copied: no sign-in, and the higher count stays.
    Deny,
}

/// Nobody is locked out for how a provider counts; a key that lives in one place counts up.
pub fn regression(keeping: Keeping) -> Regression {
    match keeping {
        Keeping::Synced => Regression::Accept,
        Keeping::OneDevice => Regression::Deny,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(1_795_248_000_000_000);

    fn question(action: Action) -> Question {
        Question {
            action,
            account: AccountId::made(NOW, [1; 10]),
            is_active: true,
            assurance: Assurance { verified_at: Some(NOW) },
            evidence: EvidenceDigest::from_bytes([7; 32]),
            now: NOW,
        }
    }

    fn verified_ago(action: Action, ago: Duration) -> Question {
        Question { assurance: Assurance { verified_at: Some(NOW.minus(ago)) }, ..question(action) }
    }

    #[test]
    fn w16_a_closed_account_is_granted_nothing() {
        for action in Action::ALL {
            let closed = Question { is_active: false, ..question(action) };
            assert_eq!(decide(&closed), Err(Denial::NotActive), "{action:?}");
        }
    }

    #[test]
    fn w07_presence_alone_is_granted_nothing() {
        for action in Action::ALL {
            let present = Question { assurance: Assurance { verified_at: None }, ..question(action) };
            assert_eq!(decide(&present), Err(Denial::NotVerified), "{action:?}");
        }
    }

    #[test]
    fn w17_new_and_removed_passkeys_need_somebody_who_was_verified_within_five_minutes() {
        let second = Duration::from_secs(1);
        for action in
            [Action::AddCredential, Action::RemoveCredential, Action::EndOtherSessions, Action::ConfirmAddress]
        {
            assert!(decide(&verified_ago(action, FRESH)).is_ok());
            assert_eq!(decide(&verified_ago(action, FRESH + second)), Err(Denial::StepUp));
        }
        for action in [Action::SignIn, Action::Enrol] {
            assert!(decide(&question(action)).is_ok());
            assert_eq!(decide(&verified_ago(action, second)), Err(Denial::StepUp));
        }
        for action in [Action::RenameCredential, Action::EndSession] {
            assert!(decide(&verified_ago(action, 100 * FRESH)).is_ok());
        }
    }

    #[test]
    fn w17_nobody_was_verified_in_the_future() {
        let verified_in = |later: Duration| Question {
            assurance: Assurance { verified_at: Some(NOW.plus(later)) },
            ..question(Action::RemoveCredential)
        };
        assert!(decide(&verified_in(SKEW)).is_ok());
        assert_eq!(decide(&verified_in(SKEW + Duration::from_secs(1))), Err(Denial::StepUp));
    }

    #[test]
    fn w10_a_synced_passkey_is_not_locked_out_for_its_counter() {
        assert_eq!(regression(Keeping::Synced), Regression::Accept);
        assert_eq!(regression(Keeping::OneDevice), Regression::Deny);
    }

    #[test]
    fn a_grant_is_good_for_what_it_names_and_nothing_else() {
        let asked = question(Action::SignIn);
        let grant = || decide(&asked).unwrap();
        let (other, forged) = (AccountId::made(NOW, [2; 10]), EvidenceDigest::from_bytes([8; 32]));
        assert!(grant().permits(Action::SignIn, asked.account, asked.evidence));
        assert!(!grant().permits(Action::AddCredential, asked.account, asked.evidence));
        assert!(!grant().permits(Action::SignIn, other, asked.evidence));
        assert!(!grant().permits(Action::SignIn, asked.account, forged));
    }
}
