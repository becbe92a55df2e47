//! Sessions: opened by evidence and a grant, readmitted from their row on every request.

use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use policy::{Action, Assurance, EvidenceDigest, Granted, Question, Standing};
use vocab::{AccountId, CeremonyId, CredentialId, SessionId, Timestamp};
use webauthn::authentication::Verified;
use webauthn::registration::Registered;

use crate::{account, credential};

/// A session ends by itself after this, whatever is done in it.
pub const LIFE: Duration = Duration::from_secs(24 * 60 * 60);
/// A session in which nothing is done ends after this.
pub const IDLE: Duration = Duration::from_secs(60 * 60);
/// That something was done is written down at most this often.
pub const SEEN_EVERY: Duration = Duration::from_secs(5 * 60);
/// A passkey has so many open sessions; the oldest makes room for another one. None of another passkey's ever does: who
/// has got one in is not to push the owner's out.
pub const OPEN_AT_MOST: u16 = 100;

/// The clocks of two nodes may disagree by this much.
const SKEW: Duration = Duration::from_secs(60);

/// Proof, made from a receipt, that somebody used a passkey of an account now, and what that was to lead to.
#[derive(Debug)]
pub struct Evidence {
    action: Action,
    account: AccountId,
    credential: CredentialId,
    assurance: Assurance,
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
    /// From the receipt of an assertion. The receipt names the account; the record must be that account's, and says how
    /// the passkey stands.
    pub fn of_sign_in(
        verified: &Verified,
        ((account, credential), standing): ((AccountId, CredentialId), Standing),
        ceremony: Ceremony,
    ) -> Result<Self, Mismatch> {
        if verified.user_handle() != account.bytes().as_slice() {
            return Err(Mismatch);
        }
        let assurance = assured(verified.is_user_verified(), standing, ceremony);
        Ok(Self::of(Action::SignIn, (account, credential), assurance, ceremony))
    }

    /// From the receipt of a registration: the passkey was used to make itself.
    pub fn of_registration(
        registered: &Registered,
        (account, credential): (AccountId, CredentialId),
        ceremony: Ceremony,
    ) -> Self {
        let assurance = assured(registered.is_user_verified(), Standing::Good, ceremony);
        Self::of(Action::Enrol, (account, credential), assurance, ceremony)
    }

    fn of(
        action: Action,
        (account, credential): (AccountId, CredentialId),
        assurance: Assurance,
        Ceremony { id, .. }: Ceremony,
    ) -> Self {
        let said = [action.as_str().as_bytes(), account.bytes(), credential.bytes(), id.bytes()].concat();
        Self { action, account, credential, assurance, digest: evidence_digest(&said) }
    }

    /// What policy must permit before this opens anything.
    pub fn question(&self, is_active: bool, now: Timestamp) -> Question {
        Question {
            action: self.action,
            account: self.account,
            is_active,
            assurance: self.assurance,
            evidence: self.digest,
            now,
        }
    }
}

fn assured(is_verified: bool, standing: Standing, ceremony: Ceremony) -> Assurance {
    Assurance { verified_at: is_verified.then_some(ceremony.finished_at), standing }
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
pub fn open(evidence: Evidence, granted: Granted, now: Timestamp) -> Result<Opened, Mismatch> {
    let Evidence { action, account, credential, assurance, digest } = evidence;
    let verified_at = assurance.verified_at.ok_or(Mismatch)?;
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

impl Stored {
    /// Has it ended, by somebody's word or by itself?
    pub fn is_over(&self, now: Timestamp) -> bool {
        let is_from_the_future = self.opened_at > now.plus(SKEW);
        self.ended_at.is_some() || is_from_the_future || now >= self.ends_at || now.since(self.last_seen_at) >= IDLE
    }
}

/// What a session stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ground {
    pub account: account::State,
    /// Of the passkey that opened it.
    pub credential: credential::State,
    pub standing: Standing,
}

/// A session that stands now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Live(Stored, Standing);

/// Lets a session in again, if it has not ended, and if its account and the passkey that opened it are active and not on
/// hold.
pub fn readmit(stored: Stored, on: Ground, now: Timestamp) -> Option<Live> {
    let is_active = on.account == account::State::Active && on.credential == credential::State::Active;
    let stands = is_active && on.standing != Standing::Suspended;
    (stands && !stored.is_over(now)).then_some(Live(stored, on.standing))
}

impl Live {
    pub fn id(&self) -> SessionId {
        self.0.id
    }

    pub fn credential(&self) -> CredentialId {
        self.0.credential
    }

    /// When an authenticator last verified the person.
    pub fn verified_at(&self) -> Timestamp {
        self.0.verified_at
    }

    /// What policy must permit before this is done in this session.
    pub fn question(&self, action: Action, is_active: bool, now: Timestamp) -> Question {
        Question {
            action,
            account: self.0.account,
            is_active,
            assurance: Assurance { verified_at: Some(self.0.verified_at), standing: self.1 },
            evidence: self.evidence(),
            now,
        }
    }

    /// Uses a grant up. `false`: it is for another act, or was given in another session.
    pub fn accepts(&self, granted: Granted, action: Action) -> bool {
        granted.permits(action, self.0.account, self.evidence())
    }

    fn evidence(&self) -> EvidenceDigest {
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
    use policy::decide;

    const NOW: Timestamp = Timestamp::from_micros(1_795_248_000_000_000);
    const SECOND: Duration = Duration::from_secs(1);
    const GOOD: Ground =
        Ground { account: account::State::Active, credential: credential::State::Active, standing: Standing::Good };

    fn account(n: u8) -> AccountId {
        AccountId::made(NOW, [n; 10])
    }

    fn evidence(n: u8, is_verified: bool) -> Evidence {
        let ceremony = Ceremony { id: CeremonyId::made(NOW, [n; 10]), finished_at: NOW };
        let assurance = assured(is_verified, Standing::Good, ceremony);
        Evidence::of(Action::SignIn, (account(n), CredentialId::made(NOW, [n; 10])), assurance, ceremony)
    }

    fn granted(evidence: &Evidence) -> Granted {
        decide(&evidence.question(true, NOW)).unwrap()
    }

    fn readmitted(stored: Stored, now: Timestamp) -> Option<Live> {
        readmit(stored, GOOD, now)
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
        let grant = granted(&good);
        let opened = open(good, grant, NOW).unwrap();
        assert_eq!((opened.account(), opened.ends_at()), (account(1), NOW.plus(LIFE)));
    }

    #[test]
    fn a_grant_for_other_evidence_or_another_act_opens_nothing() {
        let (mine, other) = (evidence(1, true), evidence(2, true));
        let grant = granted(&other);
        assert_eq!(open(mine, grant, NOW), Err(Mismatch));
        let mine = evidence(1, true);
        let grant = decide(&Question { action: Action::Enrol, ..mine.question(true, NOW) }).unwrap();
        assert_eq!(open(mine, grant, NOW), Err(Mismatch));
    }

    #[test]
    fn i08_what_was_not_verified_opens_nothing_even_with_a_grant() {
        let grant = granted(&evidence(1, true));
        assert_eq!(open(evidence(1, false), grant, NOW), Err(Mismatch));
    }

    #[test]
    fn n6_a_session_ends_when_it_is_idle_old_ended_or_what_it_stands_on_is_closed() {
        let admitted = |stored: Stored, after: Duration| readmitted(stored, NOW.plus(after)).is_some();
        assert!(admitted(stored(), IDLE - SECOND));
        assert!(!admitted(stored(), IDLE));
        let busy = Stored { last_seen_at: NOW.plus(LIFE - SECOND), ..stored() };
        assert!(admitted(busy, LIFE - SECOND));
        assert!(!admitted(busy, LIFE));
        assert!(!admitted(Stored { ended_at: Some(NOW), ..stored() }, Duration::ZERO));
        assert!(readmit(stored(), Ground { account: account::State::Disabled, ..GOOD }, NOW).is_none());
        assert!(readmit(stored(), Ground { credential: credential::State::Removed, ..GOOD }, NOW).is_none());
        for standing in Standing::ALL {
            let is_in = readmit(stored(), Ground { standing, ..GOOD }, NOW).is_some();
            assert_eq!(is_in, standing != Standing::Suspended, "{standing:?}");
        }
    }

    #[test]
    fn a_clock_that_was_ahead_gives_no_longer_life() {
        assert!(readmitted(stored(), NOW.minus(SKEW)).is_some());
        assert!(readmitted(stored(), NOW.minus(SKEW + SECOND)).is_none());
    }

    #[test]
    fn i08_what_was_permitted_in_one_session_is_not_in_another() {
        let mine = readmitted(stored(), NOW).unwrap();
        let other = readmitted(Stored { id: SessionId::made(NOW, [2; 10]), ..stored() }, NOW).unwrap();
        let grant = || decide(&mine.question(Action::AddCredential, true, NOW)).unwrap();
        assert!(mine.accepts(grant(), Action::AddCredential));
        assert!(!mine.accepts(grant(), Action::RemoveCredential));
        assert!(!other.accepts(grant(), Action::AddCredential));
    }

    #[test]
    fn that_a_session_was_seen_is_written_every_five_minutes() {
        let live = readmitted(stored(), NOW).unwrap();
        assert!(!live.is_to_be_seen(NOW.plus(SEEN_EVERY - SECOND)));
        assert!(live.is_to_be_seen(NOW.plus(SEEN_EVERY)));
    }
}
