//! Who may do what, and how sure we must be of them.
//!
//! Facts in, a decision out. [`decide`] answers with [`Granted`], which the act it permits consumes, or with a
//! [`Denial`] that says what is missing. Today there is one built-in rule set, [`VERSION`] 1; an engine with rules that
//! an administrator writes will replace what is inside `decide`, not its signature. Which authenticators may be used by
//! whom administrators write already ([`authenticator`]).
//!
//! ```
//! use policy::{Action, Assurance, Denial, EvidenceDigest, Question, Standing, decide};
//! use vocab::{AccountId, Timestamp};
//!
//! let now: Timestamp = "2026-11-25T09:00:00Z".parse()?;
//! let minutes_ago = |minutes| now.minus(std::time::Duration::from_secs(60_u64 * minutes));
//! let asked = |verified_at| Question {
//!     action: Action::AddCredential,
//!     account: AccountId::made(now, [1; 10]),
//!     is_active: true,
//!     assurance: Assurance { verified_at: Some(verified_at), standing: Standing::Good },
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
//! - `doubt shuts the inner doors`: a passkey under doubt lets its owner in and changes nothing about who else gets in.
//! - `a claim keeps out and lets nobody in`: what a maker alone could tell counts where a maker vouches for it.
//! - `what was said stays`: no rule and no list takes back what an administrator said or a passkey counted.
//! - `one grant, one act`: [`Granted`] cannot be copied and names the account, the action and the evidence it is for.

pub mod authenticator;

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
    /// How the passkey stands with which that was done.
    pub standing: Standing,
}

/// How much a passkey is worth, by all that has become known since it was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    Good,
    /// Something is held against it. It is shown, and changes nothing.
    Flagged,
    /// It signs in. What needs somebody to be there just now needs another passkey.
    Doubted,
    /// It signs nobody in until an administrator releases it.
    Suspended,
}

impl Standing {
    pub const ALL: [Self; 4] = [Self::Good, Self::Flagged, Self::Doubted, Self::Suspended];

    /// For records and audit entries.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Flagged => "flagged",
            Self::Doubted => "doubted",
            Self::Suspended => "suspended",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|standing| standing.as_str() == word)
    }
}

/// What becomes of a passkey against which something is held.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Consequence {
    #[default]
    Flag,
    Doubt,
    Suspend,
}

impl Consequence {
    pub fn standing(self) -> Standing {
        match self {
            Self::Flag => Standing::Flagged,
            Self::Doubt => Standing::Doubted,
            Self::Suspend => Standing::Suspended,
        }
    }
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
    /// The passkey is under doubt: another one must be used first.
    OtherPasskey,
    /// The passkey is held back.
    Suspended,
}

impl Denial {
    /// For audit entries and metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotActive => "account.not_active",
            Self::NotVerified => "assurance.not_verified",
            Self::StepUp => "assurance.step_up",
            Self::OtherPasskey => "assurance.other_passkey",
            Self::Suspended => "credential.suspended",
        }
    }
}

impl fmt::Display for Denial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotActive => "this account cannot be used",
            Self::NotVerified => "the passkey did not check who is holding it",
            Self::StepUp => "use a passkey again first",
            Self::OtherPasskey => "use another passkey first",
            Self::Suspended => "this passkey is on hold",
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
    if assurance.standing == Standing::Suspended {
        return Err(Denial::Suspended);
    }
    let verified_at = assurance.verified_at.ok_or(Denial::NotVerified)?;
    if assurance.standing == Standing::Doubted && matches!(action.verification(), Verification::Within(_)) {
        return Err(Denial::OtherPasskey);
    }
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
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Regression {
    /// It goes on, with the count as asserted; the regression is on record.
    #[default]
    Accept,
    /// The same, and from now on the passkey stands so. One that is suspended by it signs nobody in, now either.
    And(Consequence),
    /// There may be a copy of something that cannot be copied: no sign-in, and the higher count stays.
    Deny,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Regressions {
    pub synced: Regression,
    pub one_device: Regression,
}

impl Default for Regressions {
    /// Nobody is locked out for how a provider counts; a key that lives in one place counts up.
    fn default() -> Self {
        Self { synced: Regression::Accept, one_device: Regression::Deny }
    }
}

impl Regressions {
    pub fn of(self, keeping: Keeping) -> Regression {
        match keeping {
            Keeping::Synced => self.synced,
            Keeping::OneDevice => self.one_device,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(1_795_248_000_000_000);
    const GOOD: Assurance = Assurance { verified_at: Some(NOW), standing: Standing::Good };

    fn question(action: Action) -> Question {
        Question {
            action,
            account: AccountId::made(NOW, [1; 10]),
            is_active: true,
            assurance: GOOD,
            evidence: EvidenceDigest::from_bytes([7; 32]),
            now: NOW,
        }
    }

    fn verified_ago(action: Action, ago: Duration) -> Question {
        Question { assurance: Assurance { verified_at: Some(NOW.minus(ago)), ..GOOD }, ..question(action) }
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
            let present = Question { assurance: Assurance { verified_at: None, ..GOOD }, ..question(action) };
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
            assurance: Assurance { verified_at: Some(NOW.plus(later)), ..GOOD },
            ..question(Action::RemoveCredential)
        };
        assert!(decide(&verified_in(SKEW)).is_ok());
        assert_eq!(decide(&verified_in(SKEW + Duration::from_secs(1))), Err(Denial::StepUp));
    }

    #[test]
    fn w10_a_synced_passkey_is_not_locked_out_for_its_counter() {
        assert_eq!(Regressions::default().of(Keeping::Synced), Regression::Accept);
        assert_eq!(Regressions::default().of(Keeping::OneDevice), Regression::Deny);
    }

    #[test]
    fn m6_a_passkey_under_doubt_lets_in_and_changes_nobodys_ways_in() {
        for action in Action::ALL {
            let stands = |standing| decide(&Question { assurance: Assurance { standing, ..GOOD }, ..question(action) });
            let is_inner = matches!(action.verification(), Verification::Within(_));
            assert!(stands(Standing::Flagged).is_ok(), "{action:?}");
            assert_eq!(stands(Standing::Doubted).err(), is_inner.then_some(Denial::OtherPasskey), "{action:?}");
            assert_eq!(stands(Standing::Suspended), Err(Denial::Suspended), "{action:?}");
        }
    }

    #[test]
    fn standings_rise_and_are_read_as_they_are_written() {
        assert!(Standing::ALL.is_sorted());
        for standing in Standing::ALL {
            assert_eq!(Standing::parse(standing.as_str()), Some(standing));
        }
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
