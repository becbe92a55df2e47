//! Sessions: opened by evidence and a grant, readmitted from their row on every request.

use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use policy::{Action, Assurance, EvidenceDigest, Granted};
use vocab::{AccountId, CeremonyId, CredentialId, SessionId, Timestamp};
use webauthn::authentication::Verified;
use webauthn::registration::Registered;

/// A session ends by itself after this, whatever is done in it.
pub const LIFE: Duration = Duration::from_secs(24 * 60 * 60);
/// A session in which nothing is done ends after this.
pub const IDLE: Duration = Duration::from_secs(60 * 60);
/// That something was done is written down at most this often.
pub const SEEN_EVERY: Duration = Duration::from_secs(5 * 60);

/// Proof, made from a receipt, that somebody used a passkey of an account now.
#[derive(Debug)]
pub struct Evidence {
    account: AccountId,
    credential: CredentialId,
    verified_at: Option<Timestamp>,
    digest: EvidenceDigest,
}

/// What was presented belongs to something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mismatch;

/// The ceremony a receipt came from, and when it was finished.
#[derive(Debug, Clone, Copy)]
pub struct Ceremony {
    pub id: CeremonyId,
    pub finished_at: Timestamp,
}

impl Evidence {
    /// From the receipt of an assertion. The receipt names the account; the record must be that account's.
    pub fn of_sign_in(
        verified: &Verified,
        (account, credential): (AccountId, CredentialId),
        ceremony: Ceremony,
    ) -> Result<Self, Mismatch> {
        if verified.user_handle() != account.bytes().as_slice() {
            return Err(Mismatch);
        }
        Ok(Self::of(b"sign in", (account, credential), verified.is_user_verified(), ceremony))
    }

    /// From the receipt of a registration: the passkey was used to make itself.
    pub fn of_registration(
        registered: &Registered,
        (account, credential): (AccountId, CredentialId),
        ceremony: Ceremony,
    ) -> Self {
        Self::of(b"enrol", (account, credential), registered.is_user_verified(), ceremony)
    }

    fn of(
        kind: &[u8],
        (account, credential): (AccountId, CredentialId),
        is_verified: bool,
        Ceremony { id, finished_at }: Ceremony,
    ) -> Self {
        let said = [kind, account.bytes(), credential.bytes(), id.bytes()].concat();
        Self { account, credential, verified_at: is_verified.then_some(finished_at), digest: evidence_digest(&said) }
    }

    pub fn account(&self) -> AccountId {
        self.account
    }

    pub fn assurance(&self) -> Assurance {
        Assurance { verified_at: self.verified_at }
    }

    pub fn digest(&self) -> EvidenceDigest {
        self.digest
    }
}

fn evidence_digest(said: &[u8]) -> EvidenceDigest {
    let mut bytes = [0; 32];
    bytes.copy_from_slice(digest(&SHA256, said).as_ref());
    EvidenceDigest::from_bytes(bytes)
}

/// A session that may be written down.
#[derive(Debug, PartialEq, Eq)]
pub struct Opened {
    account: AccountId,
    credential: CredentialId,
    opened_at: Timestamp,
    verified_at: Timestamp,
}

impl Opened {
    pub fn account(&self) -> AccountId {
        self.account
    }

    pub fn credential(&self) -> CredentialId {
        self.credential
    }

    pub fn opened_at(&self) -> Timestamp {
        self.opened_at
    }

    pub fn verified_at(&self) -> Timestamp {
        self.verified_at
    }

    pub fn ends_at(&self) -> Timestamp {
        self.opened_at.plus(LIFE)
    }
}

/// Opens a session. Evidence and grant are used up, and must be of one another.
pub fn open(evidence: Evidence, granted: Granted, action: Action, now: Timestamp) -> Result<Opened, Mismatch> {
    let Evidence { account, credential, verified_at, digest } = evidence;
    let verified_at = verified_at.ok_or(Mismatch)?;
    if !granted.permits(action, account, digest) {
        return Err(Mismatch);
    }
    Ok(Opened { account, credential, opened_at: now, verified_at })
}

/// A session as its row tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stored {
    pub account: AccountId,
    pub id: SessionId,
    pub credential: CredentialId,
    pub opened_at: Timestamp,
    pub verified_at: Timestamp,
    pub ends_at: Timestamp,
    pub last_seen_at: Timestamp,
    pub ended_at: Option<Timestamp>,
}

/// A session that stands now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Live(Stored);

/// Lets a session in again, if it has not ended and its account is active.
pub fn readmit(stored: Stored, account: crate::account::State, now: Timestamp) -> Option<Live> {
    let is_over = stored.ended_at.is_some() || now >= stored.ends_at || now.since(stored.last_seen_at) >= IDLE;
    (!is_over && account == crate::account::State::Active).then_some(Live(stored))
}

impl Live {
    pub fn account(&self) -> AccountId {
        self.0.account
    }

    pub fn id(&self) -> SessionId {
        self.0.id
    }

    pub fn credential(&self) -> CredentialId {
        self.0.credential
    }

    pub fn opened_at(&self) -> Timestamp {
        self.0.opened_at
    }

    pub fn ends_at(&self) -> Timestamp {
        self.0.ends_at
    }

    pub fn assurance(&self) -> Assurance {
        Assurance { verified_at: Some(self.0.verified_at) }
    }

    /// For decisions on acts inside this session.
    pub fn digest(&self) -> EvidenceDigest {
        evidence_digest(&[b"session", self.0.account.bytes().as_slice(), self.0.id.bytes()].concat())
    }

    /// Is it time to write down that it was seen?
    pub fn is_to_be_seen(&self, now: Timestamp) -> bool {
        now.since(self.0.last_seen_at) >= SEEN_EVERY
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::State;
    use policy::{Question, decide};

    const NOW: Timestamp = Timestamp::from_micros(1_795_248_000_000_000);
    const SECOND: Duration = Duration::from_secs(1);

    fn account(n: u8) -> AccountId {
        AccountId::made(NOW, [n; 10])
    }

    fn evidence(n: u8, is_verified: bool) -> Evidence {
        let ceremony = Ceremony { id: CeremonyId::made(NOW, [n; 10]), finished_at: NOW };
        Evidence::of(b"sign in", (account(n), CredentialId::made(NOW, [n; 10])), is_verified, ceremony)
    }

    fn granted(evidence: &Evidence, action: Action) -> Granted {
        let (account, assurance) = (evidence.account(), evidence.assurance());
        decide(&Question { action, account, is_active: true, assurance, evidence: evidence.digest(), now: NOW })
            .unwrap()
    }

    fn stored() -> Stored {
        Stored {
            account: account(1),
            id: SessionId::made(NOW, [1; 10]),
            credential: CredentialId::made(NOW, [1; 10]),
            opened_at: NOW,
            verified_at: NOW,
            ends_at: NOW.plus(LIFE),
            last_seen_at: NOW,
            ended_at: None,
        }
    }

    #[test]
    fn a_session_is_opened_by_evidence_and_the_grant_made_for_it() {
        let good = evidence(1, true);
        let grant = granted(&good, Action::SignIn);
        let opened = open(good, grant, Action::SignIn, NOW).unwrap();
        assert_eq!((opened.account(), opened.ends_at()), (account(1), NOW.plus(LIFE)));
    }

    #[test]
    fn a_grant_for_other_evidence_or_another_act_opens_nothing() {
        let (mine, other) = (evidence(1, true), evidence(2, true));
        let grant = granted(&other, Action::SignIn);
        assert_eq!(open(mine, grant, Action::SignIn, NOW), Err(Mismatch));
        let mine = evidence(1, true);
        let grant = granted(&mine, Action::Enrol);
        assert_eq!(open(mine, grant, Action::SignIn, NOW), Err(Mismatch));
    }

    #[test]
    fn i08_what_was_not_verified_opens_nothing_even_with_a_grant() {
        let grant = granted(&evidence(1, true), Action::SignIn);
        assert_eq!(open(evidence(1, false), grant, Action::SignIn, NOW), Err(Mismatch));
    }

    #[test]
    fn n6_a_session_ends_when_it_is_idle_old_ended_or_its_account_is_closed() {
        let admitted = |stored: Stored, after: Duration| readmit(stored, State::Active, NOW.plus(after)).is_some();
        assert!(admitted(stored(), IDLE - SECOND));
        assert!(!admitted(stored(), IDLE));
        let busy = Stored { last_seen_at: NOW.plus(LIFE - SECOND), ..stored() };
        assert!(admitted(busy, LIFE - SECOND));
        assert!(!admitted(busy, LIFE));
        assert!(!admitted(Stored { ended_at: Some(NOW), ..stored() }, Duration::ZERO));
        assert!(readmit(stored(), State::Disabled, NOW).is_none());
    }

    #[test]
    fn that_a_session_was_seen_is_written_every_five_minutes() {
        let live = readmit(stored(), State::Active, NOW).unwrap();
        assert!(!live.is_to_be_seen(NOW.plus(SEEN_EVERY - SECOND)));
        assert!(live.is_to_be_seen(NOW.plus(SEEN_EVERY)));
    }
}
