//! Sessions: let in again on every request, listed, ended.

use std::fmt;
use std::sync::Arc;

use audit::Event;
use identity::account::Account;
use identity::credential;
use identity::session::{Ground, Live, OPEN_AT_MOST, Opened, Stored, readmit};
use policy::{Action, Standing};
use serde_json::json;
use store::{Close, EntryRow, Fault, Kind, SessionFacts, SessionRow, ToEnd};
use vocab::{AccountId, CredentialId, Secret, SessionId, Timestamp};

use crate::account::account_of;
use crate::audit_entry::{Scribe, Subject};
use crate::token::{Token, hex, sha256};
use crate::{App, Ctx, Decided};

/// A session that stands, and whose it is.
#[derive(Debug, Clone)]
pub struct SignedIn {
    pub account: Account,
    pub session: Live,
}

impl SignedIn {
    /// May this be done in this session, now? The grant is used up here: it is for this act alone.
    pub(crate) fn may(&self, action: Action, now: Timestamp) -> Result<(), policy::Denial> {
        let granted = policy::decide(&self.session.question(action, self.account.is_active(), now))?;
        if self.session.accepts(granted, action) { Ok(()) } else { Err(policy::Denial::NotVerified) }
    }

    pub(crate) fn place(&self) -> (AccountId, SessionId) {
        (self.account.id, self.session.id())
    }
}

/// A session that has just been opened. The token is shown once and known to nobody else.
#[derive(Debug)]
pub struct NewSession {
    pub account: AccountId,
    pub id: SessionId,
    pub ends_at: Timestamp,
    pub token: Secret<String>,
    /// The model of the passkey that opened it, as its record has it.
    pub aaguid: [u8; 16],
    /// Opened with the passkey of a phone or of another computer, which the device at hand has not.
    pub is_from_elsewhere: bool,
    /// Opened with a passkey of a domain of before: one of the domain that counts is to come.
    pub is_of_before: bool,
}

/// A session as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    pub id: SessionId,
    pub credential: CredentialId,
    pub opened_at: Timestamp,
    pub last_seen_at: Timestamp,
    pub ends_at: Timestamp,
    pub device: String,
    pub address: Option<String>,
}

/// Why a session was ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EndedBecause {
    SignedOut,
    EndedElsewhere,
    /// A passkey was used again in the same browser.
    Replaced,
    CredentialRemoved,
    CredentialSuspended,
    AccountDisabled,
    /// A newer one took its place: an account has only so many.
    TooMany,
}

impl EndedBecause {
    fn as_str(self) -> &'static str {
        match self {
            Self::SignedOut => "signed_out",
            Self::EndedElsewhere => "ended_elsewhere",
            Self::Replaced => "replaced",
            Self::CredentialRemoved => "credential_removed",
            Self::CredentialSuspended => "credential_suspended",
            Self::AccountDisabled => "account_disabled",
            Self::TooMany => "too_many",
        }
    }
}

/// Why a session was not ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The account has no such session that is open.
    Unknown,
    /// Who ends the sessions of others must have been there a moment ago: a stolen cookie is not to keep its owner out.
    StepUpRequired,
    /// The passkey of the session in which this was asked is under doubt.
    OtherPasskeyRequired,
    /// The session in which this was asked has ended itself.
    SignInRequired,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unknown => "there is no such session any more",
            Self::StepUpRequired => "use your passkey again first",
            Self::OtherPasskeyRequired => "use another one of your passkeys first",
            Self::SignInRequired => "sign in again first",
        })
    }
}

impl std::error::Error for Refusal {}

/// Open sessions of one account that come to an end together. Which they are is only known in the transaction that
/// ends them, so their entry is made there: a few microseconds, and nobody can open sessions faster than they end.
pub(crate) struct Ending {
    scribe: Arc<Scribe>,
    ctx: Ctx,
    subject: Subject,
    those: ToEnd,
    because: EndedBecause,
}

impl Ending {
    /// How many came to an end?
    pub(crate) async fn record(&self, tx: &mut store::Tx<'_>) -> Result<usize, Fault> {
        let ended = tx.end_sessions(self.subject.account(), self.those, self.ctx.now).await?;
        if !ended.is_empty() {
            let ids: Vec<String> = ended.iter().map(SessionId::to_string).collect();
            let details = json!({ "sessions": ids, "why": self.because.as_str() });
            tx.insert_entry(&self.scribe.entry(&self.ctx, Event::SessionEnded, &self.subject, details)?).await?;
        }
        Ok(ended.len())
    }
}

pub struct Sessions<'a>(&'a App);

impl App {
    pub fn sessions(&self) -> Sessions<'_> {
        Sessions(self)
    }

    /// The row of a session that was opened, and the token that goes to whoever opened it.
    pub(crate) fn new_session(&self, ctx: &Ctx, opened: &Opened, aaguid: [u8; 16]) -> (SessionRow, NewSession) {
        let mut noise = self.scribe.noises();
        let id = SessionId::made(ctx.now, noise.next());
        let token = Token { account: opened.account(), id: *id.bytes(), secret: Secret::new(noise.next()) };
        let row = SessionRow {
            account_id: opened.account(),
            id,
            digest: token.digest(),
            credential_id: opened.credential(),
            opened_at: opened.opened_at(),
            verified_at: opened.verified_at(),
            ends_at: opened.ends_at(),
            last_seen_at: opened.opened_at(),
            device: ctx.client.device.clone(),
            address: ctx.client.address.map(|address| address.to_string()),
            ended_at: None,
        };
        let (account, ends_at, token) = (row.account_id, row.ends_at, token.write());
        let new = NewSession { account, id, ends_at, token, aaguid, is_from_elsewhere: false, is_of_before: false };
        (row, new)
    }

    pub(crate) fn session_opened(
        &self,
        ctx: &Ctx,
        subject: &Subject,
        row: &SessionRow,
        how: &str,
    ) -> Result<EntryRow, Fault> {
        let details = json!({
            "session": row.id.to_string(),
            "credential": row.credential_id.to_string(),
            "device": row.device,
            "how": how,
            "fingerprint": fingerprint(row),
            "policy": policy::VERSION,
        });
        self.entry(ctx, Event::SessionOpened, subject, details)
    }

    pub(crate) fn ending(&self, ctx: &Ctx, subject: &Subject, (those, because): (ToEnd, EndedBecause)) -> Ending {
        Ending { scribe: self.scribe.clone(), ctx: ctx.clone(), subject: subject.clone(), those, because }
    }
}

impl Sessions<'_> {
    /// Whose session is this? One read by primary key; `None`: nobody's, or not any more.
    pub async fn readmit(&self, now: Timestamp, token: &str) -> Result<Option<SignedIn>, Fault> {
        let Some(token) = Token::read(token) else { return Ok(None) };
        let place = (token.account, SessionId::from_bytes(token.id));
        let Some(facts) = self.0.session_facts(place).await? else { return Ok(None) };
        if !token.is_of(&facts.session.digest) {
            return Ok(None);
        }
        let credential = credential::State::parse(&facts.credential_state)
            .ok_or_else(|| Fault::new(Kind::Corrupt, "a session's passkey is in a state nobody knows"))?;
        let standing = Standing::parse(&facts.credential_standing)
            .ok_or_else(|| Fault::new(Kind::Corrupt, "a session's passkey stands as nobody knows"))?;
        let account = account_of(facts.account)?;
        let ground = Ground { account: account.state, credential, standing };
        let Some(session) = readmit(stored(&facts.session), ground, now) else { return Ok(None) };
        if session.is_to_be_seen(now)
            && let Err(fault) = self.0.store.write((place, now), touch).await
        {
            // F04: who may read goes on reading while nothing can be written; the session only seems idler than it is.
            tracing::warn!(%fault, "that a session was seen could not be written down");
        }
        Ok(Some(SignedIn { account, session }))
    }

    /// Open sessions of an account, newest first. Who signs in at once in many places may pass the most there are to
    /// be until the next time.
    pub async fn list(&self, ctx: &Ctx, who: &SignedIn) -> Result<Vec<Listed>, Fault> {
        let rows = self
            .0
            .store
            .look(who.account.id, |account, snapshot| {
                Box::pin(snapshot.list_open_sessions(*account, 2 * i64::from(OPEN_AT_MOST)))
            })
            .await?;
        Ok(rows.into_iter().filter(|row| !stored(row).is_over(ctx.now)).map(listed).collect())
    }

    /// End one session: this one, or another of the same account.
    pub async fn end(&self, ctx: &Ctx, who: &SignedIn, id: SessionId) -> Decided<(), Refusal> {
        let (action, because) = match id == who.session.id() {
            true => (Action::EndSession, EndedBecause::SignedOut),
            false => (Action::EndOtherSessions, EndedBecause::EndedElsewhere),
        };
        match self.end_those(ctx, (who, action), (ToEnd::This(id), because)).await? {
            Ok(0) => Ok(Err(Refusal::Unknown)),
            Ok(_) => Ok(Ok(())),
            Err(refusal) => Ok(Err(refusal)),
        }
    }

    /// End every session of the account but the one this is asked in. How many were there?
    pub async fn end_others(&self, ctx: &Ctx, who: &SignedIn) -> Decided<usize, Refusal> {
        let others = (ToEnd::AllBut(who.session.id()), EndedBecause::EndedElsewhere);
        self.end_those(ctx, (who, Action::EndOtherSessions), others).await
    }

    /// End every session of the account.
    pub async fn end_all(&self, ctx: &Ctx, who: &SignedIn) -> Decided<usize, Refusal> {
        self.end_those(ctx, (who, Action::EndOtherSessions), (ToEnd::All, EndedBecause::SignedOut)).await
    }

    async fn end_those(
        &self,
        ctx: &Ctx,
        (who, action): (&SignedIn, Action),
        those: (ToEnd, EndedBecause),
    ) -> Decided<usize, Refusal> {
        match who.may(action, ctx.now) {
            Ok(()) => {}
            Err(policy::Denial::StepUp) => return Ok(Err(Refusal::StepUpRequired)),
            Err(policy::Denial::OtherPasskey) => return Ok(Err(Refusal::OtherPasskeyRequired)),
            Err(policy::Denial::NotActive | policy::Denial::NotVerified | policy::Denial::Suspended) => {
                return Ok(Err(Refusal::SignInRequired));
            }
        }
        let subject = self.0.read_subject(who.account.id, ctx.now).await?;
        let ending = self.0.ending(ctx, &subject, those);
        match self.0.store.write((who.place(), ending), record_ending).await {
            Err(fault) if fault.is_moved() => Ok(Err(Refusal::SignInRequired)), // it has ended meanwhile itself
            ended => ended.map(Ok),
        }
    }
}

impl App {
    pub(crate) async fn session_facts(&self, place: (AccountId, SessionId)) -> Result<Option<SessionFacts>, Fault> {
        self.store.look(place, |&(account, id), snapshot| Box::pin(snapshot.session(account, id))).await
    }
}

/// Some sessions end, by the word of one that is open. How many were there?
fn record_ending<'t>(
    (own, ending): &'t ((AccountId, SessionId), Ending),
    tx: &'t mut store::Tx<'_>,
) -> store::Answer<'t, Close<usize>> {
    Box::pin(async move {
        hold(tx, *own, ending.ctx.now).await?;
        Ok(Close::Commit(ending.record(tx).await?))
    })
}

fn touch<'t>(
    &((account, id), now): &'t ((AccountId, SessionId), Timestamp),
    tx: &'t mut store::Tx<'_>,
) -> store::Answer<'t, Close<()>> {
    Box::pin(async move {
        tx.touch_session(account, id, now).await?;
        Ok(Close::Commit(()))
    })
}

/// Stands for what never changes in the row of a session.
pub(crate) fn fingerprint(row: &SessionRow) -> String {
    let times = [row.opened_at, row.verified_at, row.ends_at].map(|at| at.micros().to_be_bytes());
    hex(&sha256(&[row.digest.as_slice(), row.credential_id.bytes(), &times.concat()].concat()))
}

/// Guards of every act inside a session: the account is active and nobody else decides on it until the end of the
/// transaction; the session is open. A use case that has no other guards may take "it has moved" for "sign in again".
pub(crate) async fn hold(
    tx: &mut store::Tx<'_>,
    (account, session): (AccountId, SessionId),
    now: Timestamp,
) -> Result<(), Fault> {
    tx.lock_account(account).await?;
    tx.mark_session_seen(account, session, now).await
}

pub(crate) fn stored(row: &SessionRow) -> Stored {
    Stored {
        account: row.account_id,
        id: row.id,
        credential: row.credential_id,
        opened_at: row.opened_at,
        verified_at: row.verified_at,
        ends_at: row.ends_at,
        last_seen_at: row.last_seen_at,
        ended_at: row.ended_at,
    }
}

fn listed(row: SessionRow) -> Listed {
    Listed {
        id: row.id,
        credential: row.credential_id,
        opened_at: row.opened_at,
        last_seen_at: row.last_seen_at,
        ends_at: row.ends_at,
        device: row.device,
        address: row.address,
    }
}
