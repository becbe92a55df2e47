//! Signing in with a passkey, and using one again inside a session (step-up). The one is the other with an account
//! that is known beforehand.

mod proof;

use std::borrow::Cow;
use std::fmt;

use audit::Event;
use identity::session::OPEN_AT_MOST;
use policy::{Regressions, Standing};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::fence::Fence;
use store::{Close, CredentialRow, EntryRow, Fault, SessionRow, SignInFacts, ToEnd, UseRow};
use vocab::identifier::Identifier;
use vocab::{AccountId, CeremonyId, RpId, SessionId, Timestamp};
use webauthn::authentication::{self, Answer, Options, Pending};
use webauthn::{Descriptor, RelyingParty, UserVerification};

use self::proof::{Denial, Proved, Regressed, Rows, prove, try_in_vain};
use crate::audit_entry::Subject;
use crate::ceremony::{self, Begun, Binding, Denied, Finish, LIFE, Opened, Stage, TIMEOUT_MS, Within};
use crate::credential::{ChangeOfStanding, OnRecord, Replacement, descriptors, is_usable};
use crate::session::{EndedBecause, Ending, NewSession, SignedIn};
use crate::{Actor, App, Ctx, Decided, anew};

/// Nobody's name is longer; what is longer is nobody's.
const NAME_AT_MOST: usize = 320;

/// Why nobody was signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    Ceremony(ceremony::Refusal),
    /// The passkey is genuine, and its owner has removed it here.
    PasskeyRemoved {
        /// Its model, as its record has it.
        aaguid: [u8; 16],
    },
    /// The passkey is genuine, and is on hold.
    PasskeyOnHold,
    /// No account has this passkey, none ever had, and we did not make its id up: whoever holds it may forget it.
    PasskeyUnknown,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ceremony(refusal) => fmt::Display::fmt(refusal, f),
            Self::PasskeyRemoved { .. } => f.write_str("this passkey is no longer used here; choose another one"),
            Self::PasskeyOnHold => f.write_str("this passkey is on hold; choose another one"),
            Self::PasskeyUnknown => f.write_str("no account here has this passkey; choose another one"),
        }
    }
}

impl std::error::Error for Refusal {}

impl From<ceremony::Refusal> for Refusal {
    fn from(refusal: ceremony::Refusal) -> Self {
        Self::Ceremony(refusal)
    }
}

/// What is sealed between the two halves.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SignInState {
    /// In a step-up: the session in which it was asked for, and whose it is.
    within: Option<Within>,
    /// A domain of before, for which a passkey is asked.
    #[serde(default)]
    domain: Option<String>,
    pending: Pending,
}

/// What a person says before they are asked for a passkey.
#[derive(Debug, Clone, Copy, Default)]
pub struct Asked<'a> {
    /// Without one the authenticator chooses; with one, its passkeys are named, or such as could be its.
    pub name: Option<&'a str>,
    /// A passkey of this domain of before. `None`: of the one that counts.
    pub domain: Option<&'a str>,
}

impl Stage for SignInState {
    const PURPOSE: &'static [u8] = b"signet ceremony v1: sign in";
}

/// One route, one authority: each of the two is finished where it was begun.
#[derive(Clone, Copy)]
enum Door<'a> {
    /// With the session at hand, if there is one.
    SignIn(Option<&'a SignedIn>),
    StepUp(&'a SignedIn),
}

impl<'a> Door<'a> {
    fn begun_within(self) -> Option<Within> {
        match self {
            Self::SignIn(_) => None,
            Self::StepUp(who) => Some(Within::of(who)),
        }
    }

    fn at_hand(self) -> Option<&'a SignedIn> {
        match self {
            Self::SignIn(current) => current,
            Self::StepUp(who) => Some(who),
        }
    }
}

pub struct SignIn<'a>(&'a App);

impl App {
    pub fn sign_in(&self) -> SignIn<'_> {
        SignIn(self)
    }
}

impl SignIn<'_> {
    /// Begin. A domain that does not count asks for none of its passkeys.
    pub async fn begin(&self, ctx: &Ctx, binding: Binding, asked: Asked<'_>) -> Result<Begun<Options>, Fault> {
        let Asked { name, domain } = asked;
        let domain = domain.filter(|domain| self.0.site.known_as(Some(domain)).is_some());
        let Some(name) = name else {
            return self.begun(ctx, (binding, domain), Vec::new(), None);
        };
        let identifier = Some(name).filter(|name| name.len() <= NAME_AT_MOST).and_then(|n| Identifier::guess(n).ok());
        let canonical = identifier.as_ref().map_or_else(|| name.to_owned(), |name| name.canonical().to_owned());
        let site = &self.0.site;
        let of = site.known_as(domain).map_or_else(|| site.relying_party.id.clone(), |known| known.id.clone());
        let own = self.0.store.read((identifier, of), named_passkeys).await?;
        let decoys = self.0.decoys((&canonical, domain), ctx.now)?; // made for everybody: it takes everybody as long
        self.begun(ctx, (binding, domain), if own.is_empty() { decoys } else { own }, None)
    }

    /// Begin to use a passkey of this account again.
    pub async fn begin_step_up(&self, ctx: &Ctx, binding: Binding, who: &SignedIn) -> Result<Begun<Options>, Fault> {
        let rows = self
            .0
            .store
            .look(who.account.id, |account, snapshot| Box::pin(snapshot.list_credentials(*account)))
            .await?;
        let (of, named) = self.named_in_step_up(&rows, who);
        let domain = Some(of).filter(|of| **of != self.0.site.relying_party.id).map(RpId::as_str);
        self.begun(ctx, (binding, domain), descriptors(named.into_iter()), Some(Within::of(who)))
    }

    /// Of the domain that counts, or of that of the session's own passkey. One under doubt proves nothing here, as long
    /// as there is another.
    fn named_in_step_up<'r>(&'r self, rows: &'r [CredentialRow], who: &SignedIn) -> (&'r RpId, Vec<&'r CredentialRow>) {
        let (site, own) = (&self.0.site, rows.iter().find(|row| row.id == who.session.credential()));
        let former = site.former_rp_ids.iter().find(|id| own.is_some_and(|own| own.rp_id == id.as_str()));
        let current = &site.relying_party.id;
        let usable = |of: &'r RpId, may_be_in_doubt: bool| -> Vec<&'r CredentialRow> {
            let is_sound = |row: &CredentialRow| row.standing != Standing::Doubted.as_str();
            let is_meant = |row: &&CredentialRow| may_be_in_doubt || is_sound(row);
            rows.iter().filter(|row| is_usable(row, std::slice::from_ref(of))).filter(is_meant).collect()
        };
        let domains = [Some(current), former];
        let chosen = [false, true]
            .into_iter()
            .flat_map(|may_be_in_doubt| domains.into_iter().flatten().map(move |of| (of, may_be_in_doubt)));
        let mut found = chosen.map(|(of, may_be_in_doubt)| (of, usable(of, may_be_in_doubt)));
        found.find(|(_, named)| !named.is_empty()).unwrap_or((current, Vec::new()))
    }

    fn begun(
        &self,
        ctx: &Ctx,
        (binding, domain): (Binding, Option<&str>),
        allow: Vec<Descriptor>,
        within: Option<Within>,
    ) -> Result<Begun<Options>, Fault> {
        let ask = authentication::Ask {
            challenge: self.0.challenge(),
            allow,
            user_verification: UserVerification::Required,
            timeout_ms: TIMEOUT_MS,
        };
        let site = &self.0.site;
        let relying_party = site.known_as(domain).unwrap_or(Cow::Borrowed(&site.relying_party));
        let (options, pending) = authentication::begin(&relying_party, ask);
        let state = SignInState { within, domain: domain.map(str::to_owned), pending };
        let state = self.0.seal_ceremony(ctx, binding, state)?;
        Ok(Begun { state, options, expires_in: LIFE })
    }

    /// Finish a sign-in. The session that is at hand is replaced; where it is another account's, that is signed out.
    pub async fn finish(&self, ctx: &Ctx, finish: Finish, current: Option<&SignedIn>) -> Decided<NewSession, Refusal> {
        let outcome = self.0.counted(ctx, self.conclude(ctx, finish, Door::SignIn(current)).await)?;
        if let (Ok(new), Some(other)) = (&outcome, current)
            && other.account.id != new.account
        {
            let signed_out = self.0.sessions().end(&ctx.acting(other.account.id), other, other.session.id()).await;
            if let Err(fault) = signed_out {
                tracing::warn!(%fault, "a session that another account's has replaced ends only by itself");
            }
        }
        Ok(outcome)
    }

    /// Finish a step-up, in the session in which it was begun: a new session takes its place.
    pub async fn finish_step_up(&self, ctx: &Ctx, finish: Finish, who: &SignedIn) -> Decided<NewSession, Refusal> {
        self.0.counted(ctx, self.conclude(ctx, finish, Door::StepUp(who)).await)
    }

    /// Everything that can be proved is proved before the one write transaction.
    async fn conclude(&self, ctx: &Ctx, finish: Finish, door: Door<'_>) -> Decided<NewSession, Denied<Refusal>> {
        let Ok(answer) = Answer::parse(&finish.credential) else { return Ok(Err(Denied::unreadable())) };
        let opened = self.0.open_ceremony::<SignInState>(ctx, &finish).await?;
        let Some(opened) = opened.filter(|opened| opened.of.within == door.begun_within()) else {
            return Ok(Err(Denied::begin_again()));
        };
        if !answer.answers(&opened.of.pending) {
            return Ok(Err(Denied::other_ceremony()));
        }
        let ctx = Ctx { actor: Actor::Anonymous, ..ctx.clone() };
        anew(|| self.attempt(&ctx, (&opened, &answer), door)).await
    }

    async fn attempt(
        &self,
        ctx: &Ctx,
        (opened, answer): (&Opened<SignInState>, &Answer),
        door: Door<'_>,
    ) -> Decided<NewSession, Denied<Refusal>> {
        let at_hand = door.at_hand().map(SignedIn::place);
        let plan = (answer.raw_id().to_vec(), at_hand);
        let (fence, facts, at_hand) = match at_hand {
            None => self.0.store.look(plan, finish_facts).await?,
            Some(_) => self.0.store.read(plan, finish_facts).await?,
        };
        if self.0.is_void(opened, &fence) || (matches!(door, Door::StepUp(_)) && at_hand.is_none()) {
            return Ok(Err(Denied::begin_again()));
        }
        let Some(relying_party) = self.0.site.known_as(opened.of.domain.as_deref()) else {
            return Ok(Err(Denied::begin_again())); // it counted when this was begun
        };
        let Some(facts) = facts else {
            return self.turn_away_a_stranger(ctx, (opened, answer, &relying_party), &fence).await.map(Err);
        };
        let rows = Rows::read(&facts)?;
        let mut proof = prove(&relying_party, (opened, answer), (&rows, None), ctx.now);
        if matches!(proof, Err(Denial::RulesUnread)) {
            let regressions = Some(self.regressions(&facts).await?);
            proof = prove(&relying_party, (opened, answer), (&rows, regressions), ctx.now);
        }
        match proof {
            Ok(proved) => self.record(ctx, &facts, (opened, proved), at_hand).await,
            Err(denial) => self.record_denial(ctx, &facts, (opened.id, denial)).await.map(Err),
        }
    }

    /// By the rules as this node read them last: a sign-in does not ask for them.
    async fn regressions(&self, facts: &SignInFacts) -> Result<Regressions, Fault> {
        let rules = self.0.authenticators().last_read().await?;
        let owner = self.0.owner(&rules, (facts.account.id, &facts.account.role)).await?;
        Ok(rules.rule(&owner).regressions)
    }

    /// What a passkey that counted backwards becomes.
    async fn worsened(
        &self,
        ctx: &Ctx,
        facts: &SignInFacts,
        regressed: &Regressed,
    ) -> Result<Option<ChangeOfStanding>, Fault> {
        let row = &facts.credential;
        let Some(worse) = regressed.worsens(&OnRecord::of(row)?) else { return Ok(None) };
        self.0.change_of_standing(ctx, row, (worse, None)).await.map(Some)
    }

    async fn record(
        &self,
        ctx: &Ctx,
        facts: &SignInFacts,
        (opened, proved): (&Opened<SignInState>, Proved),
        at_hand: Option<(AccountId, SessionId)>,
    ) -> Decided<NewSession, Denied<Refusal>> {
        let ctx = ctx.acting(facts.account.id);
        let subject = self.0.subject(&facts.subject_key, ctx.now).await?;
        let (session, new) = self.0.new_session(&ctx, &proved.session, facts.credential.aaguid);
        let is_of_before = opened.of.domain.is_some();
        let new = NewSession { is_from_elsewhere: proved.is_from_elsewhere, is_of_before, ..new };
        let how = if opened.of.within.is_some() { "step_up" } else { "passkey" };
        let mut entries = vec![self.0.session_opened(&ctx, &subject, &session, how)?];
        let mut change = None;
        if let Some(regressed) = &proved.regressed {
            entries.push(self.0.count_regressed(&ctx, facts, &subject, (regressed, "accepted"))?);
            change = self.worsened(&ctx, facts, regressed).await?;
        }
        let own = at_hand.filter(|(account, _)| *account == facts.account.id);
        let replaced = own.map(|(_, session)| (ToEnd::This(session), EndedBecause::Replaced));
        let makes_room = |newest| (ToEnd::OpenedBefore(facts.credential.id, newest), EndedBecause::TooMany);
        let too_many = facts.makes_room.map(makes_room);
        let those = [replaced, too_many].into_iter().flatten();
        let endings = those.map(|those| self.0.ending(&ctx, &subject, those)).collect();
        let within = opened.of.within.and(own);
        // What has just counted backwards takes nobody's place.
        let replacement = match proved.regressed {
            None => self.0.replacement(&ctx, &facts.credential).await?,
            Some(_) => None,
        };
        let has_notices = change.is_some() || replacement.is_some();
        let uses = proved.uses;
        let record = Record { ceremony: opened.id, within, uses, session, entries, endings, change, replacement };
        let is_first = self.0.store.write(record, record_sign_in).await?;
        if has_notices {
            self.0.work_is_due.notify_one();
        }
        Ok(if is_first { Ok(new) } else { Err(Denied::begin_again()) })
    }

    /// A denial commits: the ceremony is spent, and the owner's past says so, a few times an hour. That a passkey
    /// counted backwards it always says: only a passkey of this account can have done that.
    async fn record_denial(
        &self,
        ctx: &Ctx,
        facts: &SignInFacts,
        (ceremony, denial): (CeremonyId, Denial),
    ) -> Result<Denied<Refusal>, Fault> {
        let (account, credential) = (facts.account.id, facts.credential.id);
        let is_told = matches!(denial, Denial::Regressed(_)) || self.0.quota.admits(account, ctx.now);
        let (mut entries, mut change) = (Vec::new(), None);
        if is_told {
            let subject = self.0.subject(&facts.subject_key, ctx.now).await?;
            let details = json!({ "reason": denial.reason(), "credential": credential.to_string() });
            entries.push(self.0.entry(ctx, Event::SignInDenied, &subject, details)?);
            if let Denial::Regressed(regressed) = &denial {
                entries.push(self.0.count_regressed(ctx, facts, &subject, (regressed, "denied"))?);
                change = self.worsened(ctx, facts, regressed).await?;
            }
        }
        let is_worse = change.is_some();
        let is_first = self.0.store.write((ceremony, ctx.now, entries, change), record_spent).await?;
        if is_worse {
            self.0.work_is_due.notify_one();
        }
        let reason = (!is_told).then(|| denial.reason());
        Ok(if is_first { Denied { refusal: denial.refusal(), reason } } else { Denied::begin_again() })
    }

    async fn turn_away_a_stranger(
        &self,
        ctx: &Ctx,
        (opened, answer, relying_party): (&Opened<SignInState>, &Answer, &RelyingParty),
        fence: &Fence,
    ) -> Result<Denied<Refusal>, Fault> {
        let is_in_order = try_in_vain(relying_party, (opened, answer));
        // W15: an id that we made up is answered like one that somebody has. And what was lost with a backup may come
        // back with a better one.
        let could_be_somebodys = self.0.is_decoy(answer.raw_id()) || fence.epoch != Fence::START.epoch;
        let refusal = match could_be_somebodys || !is_in_order {
            true => ceremony::Refusal::NotAccepted.into(),
            false => Refusal::PasskeyUnknown,
        };
        self.0.turn_away(ctx, opened.id, Denied { refusal, reason: Some("sign_in.unknown_passkey") }).await
    }
}

impl App {
    fn count_regressed(
        &self,
        ctx: &Ctx,
        facts: &SignInFacts,
        subject: &Subject,
        (regressed, outcome): (&Regressed, &str),
    ) -> Result<EntryRow, Fault> {
        let details = json!({
            "credential": facts.credential.id.to_string(),
            "stored": regressed.stored,
            "asserted": regressed.asserted,
            "outcome": outcome,
        });
        self.entry(ctx, Event::CountRegressed, subject, details)
    }
}

struct Record {
    ceremony: CeremonyId,
    /// In a step-up: the session that must be open still.
    within: Option<(AccountId, SessionId)>,
    uses: UseRow,
    session: SessionRow,
    entries: Vec<EntryRow>,
    endings: Vec<Ending>,
    /// The passkey is worth less from now on.
    change: Option<ChangeOfStanding>,
    /// An older passkey of the same provider goes.
    replacement: Option<Replacement>,
}

/// `false`: the ceremony had been spent, and nothing happened.
fn record_sign_in<'t>(record: &'t Record, tx: &'t mut store::Tx<'_>) -> store::Answer<'t, Close<bool>> {
    Box::pin(async move {
        if !tx.take_ceremony(record.ceremony, record.uses.at).await? {
            return Ok(Close::Undo(false));
        }
        if record.change.is_some() || record.replacement.is_some() {
            tx.lock_account(record.uses.account_id).await?;
        }
        if let Some((account, session)) = record.within {
            tx.mark_session_seen(account, session, record.uses.at).await?;
        }
        for ending in &record.endings {
            ending.record(tx).await?; // sessions before passkeys, as every act in a session has them
        }
        tx.mark_credential_used(&record.uses).await?;
        if let Some(change) = &record.change {
            change.record(tx).await?;
        }
        if let Some(replacement) = &record.replacement {
            replacement.record(tx).await?;
        }
        tx.insert_session(&record.session).await?;
        for entry in &record.entries {
            tx.insert_entry(entry).await?;
        }
        Ok(Close::Commit(true))
    })
}

type Spent = (CeremonyId, Timestamp, Vec<EntryRow>, Option<ChangeOfStanding>);

fn record_spent<'t>(
    (ceremony, now, entries, change): &'t Spent,
    tx: &'t mut store::Tx<'_>,
) -> store::Answer<'t, Close<bool>> {
    Box::pin(async move {
        if !tx.take_ceremony(*ceremony, *now).await? {
            return Ok(Close::Undo(false));
        }
        if let Some(change) = change {
            tx.lock_account(change.account()).await?;
            change.record(tx).await?;
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
        let (fence, facts) = snapshot.sign_in_facts(raw_id, OPEN_AT_MOST).await?;
        let Some((account, session)) = *current else { return Ok((fence, facts, None)) };
        let found = snapshot.session(account, session).await?;
        let is_open = found.is_some_and(|found| found.session.ended_at.is_none());
        Ok((fence, facts, is_open.then_some((account, session))))
    })
}

/// The passkeys that a name may use. For unknown names the same statements find nothing.
fn named_passkeys<'s>(
    (name, domain): &'s (Option<Identifier>, RpId),
    snapshot: &'s mut store::Snapshot<'_>,
) -> store::Answer<'s, Vec<Descriptor>> {
    Box::pin(async move {
        let (kind, canonical) = name.as_ref().map_or(("", ""), |name| (name.kind().as_str(), name.canonical()));
        let account = snapshot.account_named(kind, canonical).await?.unwrap_or(AccountId::NOBODY);
        let is_active = snapshot.account(account).await?.is_some_and(|account| account.state == "active");
        let rows = snapshot.list_credentials(account).await?;
        let usable = rows.iter().filter(|row| is_usable(row, std::slice::from_ref(domain)));
        Ok(if is_active { descriptors(usable) } else { Vec::new() })
    })
}
