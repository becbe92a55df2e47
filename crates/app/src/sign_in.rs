//! Signing in with a passkey, and using one again inside a session (step-up). The one is the other with an account
//! that is known beforehand.

use std::fmt;

use audit::Event;
use identity::account::Account;
use identity::credential::{Count, Kind as CredentialKind, State as CredentialState, read_count, user_handle};
use identity::session::{Ceremony, Evidence, Opened as OpenedSession, open};
use policy::{Action, Denial, Keeping, Question, Regression};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::fence::Fence;
use store::{Close, EntryRow, Fault, Kind, SessionRow, SignInFacts, UseRow};
use vocab::identifier::Identifier;
use vocab::{AccountId, CeremonyId, SessionId, Timestamp};
use webauthn::authentication::{self, Answer, Known, Options, Pending};
use webauthn::{Algorithm, Descriptor, Public, UserVerification};

use crate::account::account_of;
use crate::ceremony::{Begun, Binding, Finish, LIFE, Opened, Stage};
use crate::credential::{algorithm_of, attachment_of, descriptors, sign_count_of, transports_of};
use crate::fence::read_fence;
use crate::session::{Ending, NewSession, SignedIn, Why};
use crate::{Actor, App, Ctx, Decided, TRIES};

/// Nobody's name is longer; what is longer is nobody's.
const NAME_AT_MOST: usize = 320;
/// As what it is counted when a ceremony was too old, spent, or begun elsewhere.
const BEGIN_AGAIN: &str = "sign_in.begin_again";

/// Why nobody was signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The ceremony is too old, was spent, or was begun elsewhere.
    BeginAgain,
    /// No authenticator answers like this.
    Unreadable,
    /// The passkey was not accepted, and why is in the audit log.
    NotAccepted,
    /// The passkey is genuine, and its owner has removed it here.
    PasskeyRemoved,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BeginAgain => "this took too long or was used already; begin again",
            Self::Unreadable => "this is not the answer of a passkey",
            Self::NotAccepted => "this passkey was not accepted",
            Self::PasskeyRemoved => "this passkey is no longer used here; choose another one",
        })
    }
}

impl std::error::Error for Refusal {}

/// What is sealed between the two halves.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SignInState {
    /// In a step-up: the session in which it was asked for, and whose it is.
    within: Option<([u8; 16], [u8; 16])>,
    pending: Pending,
}

impl Stage for SignInState {
    const PURPOSE: &'static [u8] = b"signet ceremony v1: sign in";
}

/// One route, one authority: each of the two is finished where it was begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Door {
    SignIn,
    StepUp,
}

pub struct SignIn<'a>(&'a App);

impl App {
    pub fn sign_in(&self) -> SignIn<'_> {
        SignIn(self)
    }
}

impl SignIn<'_> {
    /// Begin. Without a name the authenticator chooses; with one, its passkeys are named, or such as could be its.
    pub async fn begin(&self, ctx: &Ctx, binding: Binding, name: Option<&str>) -> Result<Begun<Options>, Fault> {
        let Some(name) = name else {
            let fence = self.0.store.read((), |(), snapshot| Box::pin(read_fence(snapshot))).await?;
            return self.begun(ctx, (binding, fence), Vec::new(), None);
        };
        let identifier = Some(name).filter(|name| name.len() <= NAME_AT_MOST).and_then(|n| Identifier::guess(n).ok());
        let canonical = identifier.as_ref().map_or_else(|| name.to_owned(), |name| name.canonical().to_owned());
        let (fence, own) = self.0.store.read(identifier, named_passkeys).await?;
        let decoys = self.0.decoys(&canonical, ctx.now)?; // made for everybody: it takes everybody as long
        self.begun(ctx, (binding, fence), if own.is_empty() { decoys } else { own }, None)
    }

    /// Begin to use a passkey of this account again.
    pub async fn begin_step_up(&self, ctx: &Ctx, binding: Binding, who: &SignedIn) -> Result<Begun<Options>, Fault> {
        let (fence, rows) = self
            .0
            .store
            .read(who.account.id, |account, snapshot| {
                Box::pin(async move { Ok((read_fence(snapshot).await?, snapshot.list_credentials(*account).await?)) })
            })
            .await?;
        let within = (*who.account.id.bytes(), *who.session.id().bytes());
        self.begun(ctx, (binding, fence), descriptors(&rows), Some(within))
    }

    fn begun(
        &self,
        ctx: &Ctx,
        (binding, fence): (Binding, Fence),
        allow: Vec<Descriptor>,
        within: Option<([u8; 16], [u8; 16])>,
    ) -> Result<Begun<Options>, Fault> {
        let ask = authentication::Ask {
            challenge: self.0.challenge(),
            allow,
            user_verification: UserVerification::Required,
            timeout_ms: u32::try_from(LIFE.as_millis()).unwrap_or(u32::MAX),
        };
        let (options, pending) = authentication::begin(&self.0.site.relying_party, ask);
        let state = self.0.seal_ceremony(ctx, (binding, fence.epoch), SignInState { within, pending })?;
        Ok(Begun { state, options, expires_in: LIFE })
    }

    /// Finish a sign-in. A session of the same account that is at hand is replaced.
    pub async fn finish(&self, ctx: &Ctx, finish: Finish, current: Option<&SignedIn>) -> Decided<NewSession, Refusal> {
        self.conclude(ctx, finish, (Door::SignIn, current)).await
    }

    /// Finish a step-up, in the session in which it was begun: a new session takes its place.
    pub async fn finish_step_up(&self, ctx: &Ctx, finish: Finish, who: &SignedIn) -> Decided<NewSession, Refusal> {
        self.conclude(ctx, finish, (Door::StepUp, Some(who))).await
    }

    /// Everything that can be proved is proved before the one write transaction.
    async fn conclude(
        &self,
        ctx: &Ctx,
        finish: Finish,
        (door, current): (Door, Option<&SignedIn>),
    ) -> Decided<NewSession, Refusal> {
        let Ok(answer) = Answer::parse(&finish.credential) else {
            return self.counted(ctx, "sign_in.unreadable", Refusal::Unreadable);
        };
        let current_place = current.map(|who| (who.account.id, who.session.id()));
        for _ in 0..TRIES {
            let plan = (answer.raw_id().to_vec(), current_place);
            let (fence, facts, current) = self.0.store.read(plan, finish_facts).await?;
            let Some(opened) = self.0.open_ceremony::<SignInState>(ctx, &finish, &fence).await? else {
                return self.counted(ctx, BEGIN_AGAIN, Refusal::BeginAgain);
            };
            let begun_within = match door {
                Door::SignIn => None,
                Door::StepUp => current.map(|(account, session)| (*account.bytes(), *session.bytes())),
            };
            if opened.of.within != begun_within || (door == Door::StepUp && begun_within.is_none()) {
                return self.counted(ctx, BEGIN_AGAIN, Refusal::BeginAgain);
            }
            if !answer.answers(&opened.of.pending) {
                // Nothing was begun that this could end.
                return self.counted(ctx, "sign_in.other_ceremony", Refusal::NotAccepted);
            }
            let Some(facts) = facts else {
                return self.turn_away_a_stranger(ctx, opened.id).await;
            };
            let ctx = Ctx { actor: Actor::Anonymous, ..ctx.clone() };
            let known = OnRecord::read(&facts)?;
            let outcome = match self.prove(&ctx, &opened, &answer, (&facts, &known)) {
                Ok(proved) => self.record(&ctx, &facts, (opened.id, proved), current).await,
                Err(denied) => self.record_denial(&ctx, &facts, (opened.id, denied)).await,
            };
            match outcome {
                Ok(decided) => return Ok(decided),
                Err(fault) if fault.is_moved() => {} // what the proof rested on has moved: look again
                Err(fault) => return Err(fault),
            }
        }
        Err(Fault::new(Kind::Contended, "a passkey changed faster than it could be used"))
    }

    /// From an answer to a session, or why not: nothing is asked or written on the way.
    fn prove(
        &self,
        ctx: &Ctx,
        opened: &Opened<SignInState>,
        answer: &Answer,
        (facts, on_record): (&SignInFacts, &OnRecord),
    ) -> Result<Proved, Denied> {
        let (account, credential) = (&on_record.account, &facts.credential);
        let handle = user_handle(account.id);
        let known = Known {
            raw_id: &credential.raw_id,
            public_key: &credential.public_key,
            algorithm: on_record.algorithm,
            user_handle: &handle,
            is_backup_eligible: credential.is_backup_eligible,
        };
        let verified = authentication::finish(&self.0.site.relying_party, &opened.of.pending, answer, &known)
            .map_err(Denied::by_the_standard)?;
        if credential.state != CredentialState::Active.as_str() {
            return Err(Denied { reason: "credential.removed", refusal: Refusal::PasskeyRemoved, regressed: None });
        }
        if opened.of.within.is_some_and(|(within, _)| within != *account.id.bytes()) {
            return Err(Denied::not_accepted("step_up.other_account"));
        }
        let (sign_count, regressed) =
            judged(facts, on_record.sign_count, verified.sign_count(), opened.begun_at).map_err(|regressed| {
                Denied { reason: "sign_count.regressed", refusal: Refusal::NotAccepted, regressed: Some(regressed) }
            })?;

        let ceremony = Ceremony { id: opened.id, finished_at: ctx.now };
        let evidence = Evidence::of_sign_in(&verified, (account.id, credential.id), ceremony)
            .map_err(|_| Denied::not_accepted("evidence.mismatch"))?;
        let question = Question {
            action: Action::SignIn,
            account: account.id,
            is_active: account.is_active(),
            assurance: evidence.assurance(),
            evidence: evidence.digest(),
            now: ctx.now,
        };
        let granted = policy::decide(&question).map_err(Denied::by_policy)?;
        let session =
            open(evidence, granted, Action::SignIn, ctx.now).map_err(|_| Denied::not_accepted("evidence.mismatch"))?;
        let uses = UseRow {
            account_id: account.id,
            id: credential.id,
            rev: credential.rev,
            sign_count_was: credential.sign_count,
            sign_count: sign_count.into(),
            is_backed_up: verified.is_backed_up(),
            is_user_verified: credential.is_user_verified || verified.is_user_verified(),
            at: ctx.now,
        };
        Ok(Proved { session, uses, regressed, is_step_up: opened.of.within.is_some() })
    }

    async fn record(
        &self,
        ctx: &Ctx,
        facts: &SignInFacts,
        (ceremony, proved): (CeremonyId, Proved),
        current: Option<(AccountId, SessionId)>,
    ) -> Decided<NewSession, Refusal> {
        let ctx = ctx.acting(facts.account.id);
        let subject = self.0.subject(&facts.subject_key, ctx.now).await?;
        let (row, new) = self.0.new_session(&ctx, &proved.session);
        let how = if proved.is_step_up { "step_up" } else { "passkey" };
        let mut entries = vec![self.0.session_opened(&ctx, &subject, &row, how)?];
        if let Some(regressed) = &proved.regressed {
            entries.push(self.0.count_regressed(&ctx, facts, &subject, (regressed, "accepted"))?);
        }
        let own = current.filter(|(account, _)| *account == facts.account.id).map(|(_, session)| session);
        let ending =
            own.map(|own| self.0.ending(&ctx, &subject, facts.account.id, (vec![own], Why::Replaced))).transpose()?;
        let record = Record { ceremony, uses: proved.uses, session: row, entries, ending };
        let is_first = self.0.store.write(record, record_sign_in).await?;
        if is_first { Ok(Ok(new)) } else { self.counted(&ctx, BEGIN_AGAIN, Refusal::BeginAgain) }
    }

    /// A denial commits: the ceremony is spent, and the owner's past says so, a few times an hour.
    async fn record_denial(
        &self,
        ctx: &Ctx,
        facts: &SignInFacts,
        (ceremony, denied): (CeremonyId, Denied),
    ) -> Decided<NewSession, Refusal> {
        let mut entries = Vec::new();
        let is_told = self.0.quota.admits(facts.account.id, ctx.now);
        if is_told {
            let subject = self.0.subject(&facts.subject_key, ctx.now).await?;
            let details = json!({ "reason": denied.reason, "credential": facts.credential.id.to_string() });
            entries.push(self.0.entry(ctx, Event::SignInDenied, &subject, &details)?);
            if let Some(regressed) = &denied.regressed {
                entries.push(self.0.count_regressed(ctx, facts, &subject, (regressed, "denied"))?);
            }
        }
        match self.0.store.write((ceremony, ctx.now, entries), record_spent).await? {
            true if is_told => Ok(Err(denied.refusal)),
            true => self.counted(ctx, denied.reason, denied.refusal),
            false => self.counted(ctx, BEGIN_AGAIN, Refusal::BeginAgain),
        }
    }

    async fn turn_away_a_stranger(&self, ctx: &Ctx, ceremony: CeremonyId) -> Decided<NewSession, Refusal> {
        match self.0.spend(ceremony, ctx.now).await? {
            true => self.counted(ctx, "sign_in.unknown_passkey", Refusal::NotAccepted),
            false => self.counted(ctx, BEGIN_AGAIN, Refusal::BeginAgain),
        }
    }

    /// A refusal of which no entry tells.
    fn counted(&self, ctx: &Ctx, reason: &'static str, refusal: Refusal) -> Decided<NewSession, Refusal> {
        self.0.failures().count(ctx, reason);
        Ok(Err(refusal))
    }
}

impl App {
    fn count_regressed(
        &self,
        ctx: &Ctx,
        facts: &SignInFacts,
        subject: &crate::audit_entry::Subject,
        (regressed, outcome): (&Regressed, &str),
    ) -> Result<EntryRow, Fault> {
        let details = json!({
            "credential": facts.credential.id.to_string(),
            "stored": regressed.stored,
            "asserted": regressed.asserted,
            "outcome": outcome,
        });
        self.entry(ctx, Event::CountRegressed, subject, &details)
    }
}

/// What the rows say, in the words of the house. A row that says nothing is the machine's failure, and counts against
/// nobody.
struct OnRecord {
    account: Account,
    algorithm: Algorithm,
    sign_count: u32,
}

impl OnRecord {
    fn read(facts: &SignInFacts) -> Result<Self, Fault> {
        Ok(Self {
            account: account_of(facts.account.clone())?,
            algorithm: algorithm_of(&facts.credential)?,
            sign_count: sign_count_of(&facts.credential)?,
        })
    }
}

/// A sign-in that stood every test.
struct Proved {
    session: OpenedSession,
    uses: UseRow,
    regressed: Option<Regressed>,
    is_step_up: bool,
}

struct Regressed {
    stored: u32,
    asserted: u32,
}

/// A sign-in that did not: what is written down, and what is said.
struct Denied {
    reason: &'static str,
    refusal: Refusal,
    regressed: Option<Regressed>,
}

impl Denied {
    fn not_accepted(reason: &'static str) -> Self {
        Self { reason, refusal: Refusal::NotAccepted, regressed: None }
    }

    fn by_the_standard(refusal: webauthn::Refusal) -> Self {
        let said = match refusal.public() {
            Public::Unreadable => Refusal::Unreadable,
            Public::NotAccepted => Refusal::NotAccepted,
        };
        Self { reason: refusal.audit(), refusal: said, regressed: None }
    }

    fn by_policy(denial: Denial) -> Self {
        Self::not_accepted(denial.as_str())
    }
}

/// The count to store, and the regression that policy let pass. `Err`: a regression that it did not.
fn judged(
    facts: &SignInFacts,
    stored: u32,
    asserted: u32,
    begun_at: Timestamp,
) -> Result<(u32, Option<Regressed>), Regressed> {
    let credential = &facts.credential;
    let regressed = Regressed { stored, asserted };
    let kind = CredentialKind::of(credential.is_backup_eligible, attachment_of(credential), &transports_of(credential));
    let keeping = match kind {
        CredentialKind::Synced => Keeping::Synced,
        CredentialKind::ThisDevice | CredentialKind::SecurityKey => Keeping::OneDevice,
    };
    match (read_count(stored, asserted, begun_at, credential.last_used_at), policy::regression(keeping)) {
        (Count::Good(count), _) => Ok((count, None)),
        (Count::Regressed, Regression::Accept) => Ok((asserted, Some(regressed))),
        (Count::Regressed, Regression::Deny) => Err(regressed),
    }
}

struct Record {
    ceremony: CeremonyId,
    uses: UseRow,
    session: SessionRow,
    entries: Vec<EntryRow>,
    ending: Option<Ending>,
}

/// `false`: the ceremony had been spent, and nothing happened.
fn record_sign_in<'t>(record: &'t Record, tx: &'t mut store::Tx<'_>) -> store::Answer<'t, Close<bool>> {
    Box::pin(async move {
        if !tx.take_ceremony(record.ceremony, record.uses.at).await? {
            return Ok(Close::Undo(false));
        }
        tx.mark_credential_used(&record.uses).await?;
        tx.insert_session(&record.session).await?;
        for entry in &record.entries {
            tx.insert_entry(entry).await?;
        }
        if let Some(ending) = &record.ending {
            ending.record(tx).await?;
        }
        Ok(Close::Commit(true))
    })
}

type Spent = (CeremonyId, Timestamp, Vec<EntryRow>);

fn record_spent<'t>((ceremony, now, entries): &'t Spent, tx: &'t mut store::Tx<'_>) -> store::Answer<'t, Close<bool>> {
    Box::pin(async move {
        if !tx.take_ceremony(*ceremony, *now).await? {
            return Ok(Close::Undo(false));
        }
        for entry in entries {
            tx.insert_entry(entry).await?;
        }
        Ok(Close::Commit(true))
    })
}

type FinishPlan = (Vec<u8>, Option<(AccountId, SessionId)>);
type FinishFacts = (Fence, Option<SignInFacts>, Option<(AccountId, SessionId)>);

/// One snapshot: the fence, whose passkey it is, and whether the session at hand is open.
fn finish_facts<'s>(
    (raw_id, current): &'s FinishPlan,
    snapshot: &'s mut store::Snapshot<'_>,
) -> store::Answer<'s, FinishFacts> {
    Box::pin(async move {
        let fence = read_fence(snapshot).await?;
        let facts = snapshot.sign_in_facts(raw_id).await?;
        let Some((account, session)) = *current else { return Ok((fence, facts, None)) };
        let row = snapshot.session(account, session).await?;
        let is_open = row.is_some_and(|(row, _)| row.ended_at.is_none());
        Ok((fence, facts, is_open.then_some((account, session))))
    })
}

/// The passkeys that a name may use. For unknown names the same statements find nothing.
fn named_passkeys<'s>(
    name: &'s Option<Identifier>,
    snapshot: &'s mut store::Snapshot<'_>,
) -> store::Answer<'s, (Fence, Vec<Descriptor>)> {
    Box::pin(async move {
        let fence = read_fence(snapshot).await?;
        let (kind, canonical) = name.as_ref().map_or(("", ""), |name| (name.kind().as_str(), name.canonical()));
        let account = snapshot.account_named(kind, canonical).await?.unwrap_or(AccountId::NOBODY);
        let is_active = snapshot.account(account).await?.is_some_and(|account| account.state == "active");
        let rows = snapshot.list_credentials(account).await?;
        Ok((fence, if is_active { descriptors(&rows) } else { Vec::new() }))
    })
}
