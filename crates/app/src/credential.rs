//! The passkeys of an account: listed, added, renamed, removed.

use std::fmt;

use audit::Event;
use identity::credential::{self, Credential, State, first_name, user_handle};
use policy::{Action, Granted, Question};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{Close, CredentialRow, EntryRow, Fault, IdentifierRow, JobRow, Kind, SessionRow, SubjectKeyRow};
use vocab::{AccountId, CeremonyId, CredentialId, DisplayName, SessionId, Timestamp};
use webauthn::registration::{self, Answer, Options, Pending, Registered, User};
use webauthn::{Algorithm, Attachment, Descriptor, Mediation, Public, Transport, provider};

pub use identity::credential::{Kind as CredentialKind, Refusal as Unfit};

use crate::audit_entry::Subject;
use crate::ceremony::{Begun, Binding, Finish, LIFE, Opened, Stage};
use crate::fence::read_fence;
use crate::outbox::Notice;
use crate::session::{Ending, SignedIn, Why, hold};
use crate::token::{hex, sha256};
use crate::{App, Ctx, Decided, TRIES};

/// Why nothing was done to a passkey.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The session in which this was asked has ended.
    SignInRequired,
    /// A passkey must be used again first.
    StepUpRequired,
    BeginAgain,
    Unreadable,
    NotAccepted,
    AlreadyRegistered,
    /// It makes no sense for this passkey.
    Unfit(credential::Refusal),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SignInRequired => "sign in again first",
            Self::StepUpRequired => "use your passkey again first",
            Self::BeginAgain => "this took too long or was used already; begin again",
            Self::Unreadable => "this is not the answer of a passkey",
            Self::NotAccepted => "this passkey was not accepted",
            Self::AlreadyRegistered => "this passkey is in use already",
            Self::Unfit(refusal) => return fmt::Display::fmt(refusal, f),
        })
    }
}

impl std::error::Error for Refusal {}

/// A passkey as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    pub id: CredentialId,
    pub name: String,
    pub kind: CredentialKind,
    pub provider: Option<&'static str>,
    /// What its drawing is made from: SHA-256 of its public key.
    pub impression: [u8; 32],
    pub is_discoverable: Option<bool>,
    pub is_backed_up: bool,
    pub made_at: Timestamp,
    pub last_used_at: Option<Timestamp>,
}

/// What would happen if a passkey were removed now.
#[derive(Debug, Clone)]
pub struct Removal {
    pub credential: Listed,
    pub stay: Vec<Listed>,
    /// Open sessions that it opened, and that would end with it.
    pub sessions: usize,
    /// Addresses that would be told.
    pub told: usize,
    /// Why it would not be removed, if it would not.
    pub refusal: Option<Refusal>,
}

/// What is sealed between the two halves of adding one.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct AddState {
    account: [u8; 16],
    session: [u8; 16],
    pending: Pending,
}

impl Stage for AddState {
    const PURPOSE: &'static [u8] = b"signet ceremony v1: add a passkey";
}

/// One account's passkeys with all that acts on them rest on.
struct File {
    session: Option<SessionRow>,
    credentials: Vec<CredentialRow>,
    sessions: Vec<SessionRow>,
    subject_key: Option<SubjectKeyRow>,
    identifiers: Vec<IdentifierRow>,
}

struct Adding {
    ceremony: CeremonyId,
    session: SessionId,
    credential: CredentialRow,
    entry: EntryRow,
    notices: Vec<JobRow>,
}

struct Removing {
    account: AccountId,
    which: CredentialId,
    hand: CredentialId,
    session: SessionId,
    now: Timestamp,
    opened: Vec<SessionId>,
    entry: EntryRow,
    ending: Option<Ending>,
    notices: Vec<JobRow>,
}

struct Renaming {
    account: AccountId,
    session: SessionId,
    renamed: credential::Renamed,
    name: String,
    now: Timestamp,
    entry: EntryRow,
}

enum Added {
    Yes,
    Spent,
    AlreadyRegistered,
    TooMany,
}

pub struct Credentials<'a>(&'a App);

impl App {
    pub fn credentials(&self) -> Credentials<'_> {
        Credentials(self)
    }

    /// The record of a passkey that has just been made.
    pub(crate) fn new_credential(&self, ctx: &Ctx, account: AccountId, registered: &Registered) -> CredentialRow {
        let transports: Vec<&str> = registered.transports().iter().map(|transport| transport.as_str()).collect();
        CredentialRow {
            account_id: account,
            id: CredentialId::made(ctx.now, self.noise()),
            raw_id: registered.raw_id().to_vec(),
            public_key: registered.public_key().to_vec(),
            algorithm: registered.algorithm().cose(),
            sign_count: registered.sign_count().into(),
            aaguid: registered.aaguid(),
            attestation: registered.attestation_format().to_owned(),
            transports: transports.join(" "),
            attachment: registered.attachment().map(|attachment| attachment.as_str().to_owned()),
            is_discoverable: registered.is_discoverable(),
            is_backup_eligible: registered.is_backup_eligible(),
            is_backed_up: registered.is_backed_up(),
            is_user_verified: registered.is_user_verified(),
            name: first_name(registered, &ctx.client.system),
            state: State::Active.as_str().to_owned(),
            rev: 1,
            made_at: ctx.now,
            last_used_at: None,
            removed_at: None,
        }
    }

    pub(crate) fn credential_registered(
        &self,
        ctx: &Ctx,
        subject: &Subject,
        row: &CredentialRow,
    ) -> Result<EntryRow, Fault> {
        let details = json!({
            "credential": row.id.to_string(),
            "name": row.name,
            "aaguid": hex(&row.aaguid),
            "algorithm": row.algorithm,
            "attestation": row.attestation,
            "is_backup_eligible": row.is_backup_eligible,
            "fingerprint": fingerprint(row),
            "device": ctx.client.device,
        });
        self.entry(ctx, Event::CredentialRegistered, subject, &details)
    }
}

impl Credentials<'_> {
    /// Active passkeys, in the order they were made.
    pub async fn list(&self, who: &SignedIn) -> Result<Vec<Listed>, Fault> {
        let file = self.file(who).await?;
        file.credentials.iter().filter(|row| is_active(row)).map(listed).collect()
    }

    pub async fn begin_adding(&self, ctx: &Ctx, binding: Binding, who: &SignedIn) -> Decided<Begun<Options>, Refusal> {
        if let Err(refusal) = granted(Action::AddCredential, who, ctx.now) {
            return Ok(Err(refusal));
        }
        let file = self.file(who).await?;
        if let Err(refusal) = credential::add(&facts(&file.credentials)?) {
            return Ok(Err(Refusal::Unfit(refusal)));
        }
        let name = file.identifiers.first().map_or(who.account.display_name.as_str(), |row| row.typed.as_str());
        let ask = registration::Ask {
            challenge: self.0.challenge(),
            user: User {
                handle: user_handle(who.account.id),
                name: name.to_owned(),
                display_name: who.account.display_name.clone(),
            },
            exclude: descriptors(&file.credentials),
            timeout_ms: u32::try_from(LIFE.as_millis()).unwrap_or(u32::MAX),
            mediation: Mediation::Modal,
        };
        let (options, pending) = registration::begin(&self.0.site.relying_party, ask);
        let state = AddState { account: *who.account.id.bytes(), session: *who.session.id().bytes(), pending };
        let fence = self.0.store.read((), |(), snapshot| Box::pin(read_fence(snapshot))).await?;
        let state = self.0.seal_ceremony(ctx, (binding, fence.epoch), state)?;
        Ok(Ok(Begun { state, options, expires_in: LIFE }))
    }

    pub async fn finish_adding(&self, ctx: &Ctx, finish: Finish, who: &SignedIn) -> Decided<Listed, Refusal> {
        let Ok(answer) = Answer::parse(&finish.credential) else { return Ok(Err(Refusal::Unreadable)) };
        for _ in 0..TRIES {
            let fence = self.0.store.read((), |(), snapshot| Box::pin(read_fence(snapshot))).await?;
            let Some(opened) = self.0.open_ceremony::<AddState>(ctx, &finish, &fence).await? else {
                return Ok(Err(Refusal::BeginAgain));
            };
            if (opened.of.account, opened.of.session) != (*who.account.id.bytes(), *who.session.id().bytes()) {
                return Ok(Err(Refusal::BeginAgain));
            }
            if !answer.answers(&opened.of.pending) {
                return Ok(Err(Refusal::NotAccepted)); // nothing was begun that this could end
            }
            let file = self.file(who).await?;
            if file.session.as_ref().is_none_or(|row| row.ended_at.is_some()) {
                return Ok(Err(Refusal::SignInRequired));
            }
            let registered = match self.prove_addition(who, &opened, &answer) {
                Ok(registered) => registered,
                Err(refusal) => return self.spend_addition(ctx, opened.id, refusal).await,
            };
            if self.0.is_decoy(registered.raw_id()) {
                return self.spend_addition(ctx, opened.id, Refusal::AlreadyRegistered).await;
            }
            match self.add(ctx, who, (&opened, &registered), file).await {
                Err(fault) if fault.is_moved() => {} // session or account have moved: look again
                outcome => return outcome,
            }
        }
        Err(Fault::new(Kind::Contended, "an account changed faster than a passkey could be added"))
    }

    fn prove_addition(
        &self,
        who: &SignedIn,
        opened: &Opened<AddState>,
        answer: &Answer,
    ) -> Result<Registered, Refusal> {
        let registered =
            registration::finish(&self.0.site.relying_party, &opened.of.pending, answer).map_err(|refusal| {
                match refusal.public() {
                    Public::Unreadable => Refusal::Unreadable,
                    Public::NotAccepted => Refusal::NotAccepted,
                }
            })?;
        // As fresh as it was when it was begun: the person was at it since.
        granted(Action::AddCredential, who, opened.begun_at)?;
        Ok(registered)
    }

    async fn add(
        &self,
        ctx: &Ctx,
        who: &SignedIn,
        (opened, registered): (&Opened<AddState>, &Registered),
        file: File,
    ) -> Decided<Listed, Refusal> {
        let credential = self.0.new_credential(ctx, who.account.id, registered);
        let shown = listed(&credential)?;
        let subject = self.0.subject_of(who.account.id, file.subject_key, ctx.now).await?;
        let notice = Notice::PasskeyAdded { name: credential.name.clone(), device: ctx.client.device.clone() };
        let adding = Adding {
            ceremony: opened.id,
            session: who.session.id(),
            entry: self.0.credential_registered(ctx, &subject, &credential)?,
            notices: self.0.notices(ctx, who.account.id, &file.identifiers, &notice),
            credential,
        };
        Ok(match self.0.store.write(adding, record_addition).await? {
            Added::Yes => {
                self.0.work_is_due.notify_one();
                Ok(shown)
            }
            Added::Spent => Err(Refusal::BeginAgain),
            Added::AlreadyRegistered => Err(Refusal::AlreadyRegistered),
            Added::TooMany => Err(Refusal::Unfit(credential::Refusal::TooMany)),
        })
    }

    async fn spend_addition(&self, ctx: &Ctx, id: CeremonyId, refusal: Refusal) -> Decided<Listed, Refusal> {
        Ok(Err(if self.0.spend(id, ctx.now).await? { refusal } else { Refusal::BeginAgain }))
    }

    pub async fn rename(
        &self,
        ctx: &Ctx,
        who: &SignedIn,
        (which, name): (CredentialId, &DisplayName),
    ) -> Decided<(), Refusal> {
        if let Err(refusal) = granted(Action::RenameCredential, who, ctx.now) {
            return Ok(Err(refusal));
        }
        for _ in 0..TRIES {
            let file = self.file(who).await?;
            if file.session.as_ref().is_none_or(|row| row.ended_at.is_some()) {
                return Ok(Err(Refusal::SignInRequired));
            }
            let hand = who.session.credential();
            let renamed = match credential::rename(&facts(&file.credentials)?, (which, hand), ctx.now) {
                Ok(renamed) => renamed,
                Err(refusal) => return Ok(Err(Refusal::Unfit(refusal))),
            };
            let was = file.credentials.iter().find(|row| row.id == which).map(|row| row.name.as_str());
            let details = json!({ "credential": which.to_string(), "name": name.as_str(), "was": was });
            let subject = self.0.subject_of(who.account.id, file.subject_key, ctx.now).await?;
            let entry = self.0.entry(ctx, Event::CredentialRenamed, &subject, &details)?;
            let renaming = Renaming {
                account: who.account.id,
                session: who.session.id(),
                renamed,
                name: name.as_str().to_owned(),
                now: ctx.now,
                entry,
            };
            match self.0.store.write(renaming, record_renaming).await {
                Ok(()) => return Ok(Ok(())),
                Err(fault) if fault.is_moved() => {}
                Err(fault) => return Err(fault),
            }
        }
        Err(Fault::new(Kind::Contended, "a passkey changed faster than it could be renamed"))
    }

    /// What removing this passkey would do; nothing is done. `None`: the account has no such passkey.
    pub async fn consider_removal(
        &self,
        ctx: &Ctx,
        who: &SignedIn,
        which: CredentialId,
    ) -> Result<Option<Removal>, Fault> {
        let file = self.file(who).await?;
        let Some(row) = file.credentials.iter().find(|row| row.id == which && is_active(row)) else { return Ok(None) };
        let hand = who.session.credential();
        let unfit = credential::remove(&facts(&file.credentials)?, (which, hand), ctx.now).err();
        let refusal = unfit.map(Refusal::Unfit).or(granted(Action::RemoveCredential, who, ctx.now).err());
        let stay = file.credentials.iter().filter(|other| is_active(other) && other.id != which);
        Ok(Some(Removal {
            credential: listed(row)?,
            stay: stay.map(listed).collect::<Result<_, _>>()?,
            sessions: opened_by(&file.sessions, which).len(),
            told: file.identifiers.iter().filter(|row| row.kind == "email").count(),
            refusal,
        }))
    }

    /// Remove a passkey, and end the sessions it opened. The last one stays, whoever else removes another meanwhile.
    pub async fn remove(&self, ctx: &Ctx, who: &SignedIn, which: CredentialId) -> Decided<(), Refusal> {
        if let Err(refusal) = granted(Action::RemoveCredential, who, ctx.now) {
            return Ok(Err(refusal));
        }
        for _ in 0..TRIES {
            let file = self.file(who).await?;
            if file.session.as_ref().is_none_or(|row| row.ended_at.is_some()) {
                return Ok(Err(Refusal::SignInRequired));
            }
            let Some(row) = file.credentials.iter().find(|row| row.id == which && is_active(row)) else {
                return Ok(Err(Refusal::Unfit(credential::Refusal::Unknown)));
            };
            let name = row.name.clone();
            let removing = self.removing(ctx, who, (which, name), file).await?;
            match self.0.store.write(removing, record_removal).await {
                Ok(Ok(())) => {
                    self.0.work_is_due.notify_one();
                    return Ok(Ok(()));
                }
                Ok(Err(refusal)) => return Ok(Err(Refusal::Unfit(refusal))),
                Err(fault) if fault.is_moved() => {}
                Err(fault) => return Err(fault),
            }
        }
        Err(Fault::new(Kind::Contended, "an account changed faster than a passkey could be removed"))
    }

    async fn removing(
        &self,
        ctx: &Ctx,
        who: &SignedIn,
        (which, name): (CredentialId, String),
        file: File,
    ) -> Result<Removing, Fault> {
        let account = who.account.id;
        let subject = self.0.subject_of(account, file.subject_key, ctx.now).await?;
        let opened = opened_by(&file.sessions, which);
        let details = json!({ "credential": which.to_string(), "name": name });
        let ending = (!opened.is_empty())
            .then(|| self.0.ending(ctx, &subject, account, (opened.clone(), Why::CredentialRemoved)))
            .transpose()?;
        let notice = Notice::PasskeyRemoved { name, device: ctx.client.device.clone() };
        Ok(Removing {
            account,
            which,
            hand: who.session.credential(),
            session: who.session.id(),
            now: ctx.now,
            opened,
            entry: self.0.entry(ctx, Event::CredentialRemoved, &subject, &details)?,
            ending,
            notices: self.0.notices(ctx, account, &file.identifiers, &notice),
        })
    }

    async fn file(&self, who: &SignedIn) -> Result<File, Fault> {
        let place = (who.account.id, who.session.id());
        self.0.store.read(place, read_file).await
    }
}

fn read_file<'s>(
    &(account, session): &'s (AccountId, SessionId),
    snapshot: &'s mut store::Snapshot<'_>,
) -> store::Answer<'s, File> {
    Box::pin(async move {
        let sessions = snapshot.list_sessions(account).await?;
        Ok(File {
            session: sessions.iter().find(|row| row.id == session).cloned(),
            credentials: snapshot.list_credentials(account).await?,
            sessions,
            subject_key: snapshot.subject_key(account).await?,
            identifiers: snapshot.list_identifiers(account).await?,
        })
    })
}

fn record_addition<'t>(adding: &'t Adding, tx: &'t mut store::Tx<'_>) -> store::Answer<'t, Close<Added>> {
    Box::pin(async move {
        let (account, now) = (adding.credential.account_id, adding.credential.made_at);
        if !tx.take_ceremony(adding.ceremony, now).await? {
            return Ok(Close::Undo(Added::Spent));
        }
        hold(tx, (account, adding.session), now).await?;
        if credential::add(&facts(&tx.list_credentials(account).await?)?).is_err() {
            return Ok(Close::Commit(Added::TooMany));
        }
        if !tx.take_raw_id(&adding.credential).await? {
            return Ok(Close::Commit(Added::AlreadyRegistered));
        }
        tx.insert_credential(&adding.credential).await?;
        tx.insert_entry(&adding.entry).await?;
        for notice in &adding.notices {
            tx.insert_job(notice).await?;
        }
        Ok(Close::Commit(Added::Yes))
    })
}

fn record_renaming<'t>(renaming: &'t Renaming, tx: &'t mut store::Tx<'_>) -> store::Answer<'t, Close<()>> {
    Box::pin(async move {
        let Renaming { account, session, renamed, now, .. } = *renaming;
        hold(tx, (account, session), now).await?;
        tx.rename_credential((account, renamed.id), renamed.rev, &renaming.name).await?;
        tx.insert_entry(&renaming.entry).await?;
        Ok(Close::Commit(()))
    })
}

/// The account is locked first, so that of two removals at once the second sees what the first has left.
fn record_removal<'t>(
    removing: &'t Removing,
    tx: &'t mut store::Tx<'_>,
) -> store::Answer<'t, Close<Result<(), credential::Refusal>>> {
    Box::pin(async move {
        let Removing { account, which, hand, session, now, .. } = *removing;
        hold(tx, (account, session), now).await?;
        let all = facts(&tx.list_credentials(account).await?)?;
        let removed = match credential::remove(&all, (which, hand), now) {
            Ok(removed) => removed,
            Err(refusal) => return Ok(Close::Undo(Err(refusal))),
        };
        tx.mark_credential_removed((account, removed.id), removed.rev, removed.at).await?;
        // Only now: who was signing in with it has come to an end and is seen here, and nobody comes after.
        if opened_by(&tx.list_sessions(account).await?, which) != removing.opened {
            return Err(Fault::new(Kind::Moved, "a session was opened or ended meanwhile"));
        }
        tx.insert_entry(&removing.entry).await?;
        if let Some(ending) = &removing.ending {
            ending.record(tx).await?;
        }
        for notice in &removing.notices {
            tx.insert_job(notice).await?;
        }
        Ok(Close::Commit(Ok(())))
    })
}

fn opened_by(sessions: &[SessionRow], credential: CredentialId) -> Vec<SessionId> {
    let open = sessions.iter().filter(|row| row.ended_at.is_none() && row.credential_id == credential);
    open.map(|row| row.id).collect()
}

/// Stands for what never changes in the record of a passkey.
pub(crate) fn fingerprint(row: &CredentialRow) -> String {
    let [id, key] = [&row.raw_id, &row.public_key].map(|bytes| sha256(bytes));
    let at = row.made_at.micros().to_be_bytes();
    let said = [&id, &key, row.aaguid.as_slice(), &row.algorithm.to_be_bytes(), &[row.is_backup_eligible.into()], &at];
    hex(&sha256(&said.concat()))
}

/// May this be done in this session?
fn granted(action: Action, who: &SignedIn, now: Timestamp) -> Result<(), Refusal> {
    let question = Question {
        action,
        account: who.account.id,
        is_active: who.account.is_active(),
        assurance: who.session.assurance(),
        evidence: who.session.digest(),
        now,
    };
    let granted: Granted = policy::decide(&question).map_err(|denial| match denial {
        policy::Denial::StepUp => Refusal::StepUpRequired,
        policy::Denial::NotActive | policy::Denial::NotVerified => Refusal::SignInRequired,
    })?;
    if granted.permits(action, who.account.id, who.session.digest()) { Ok(()) } else { Err(Refusal::SignInRequired) }
}

fn is_active(row: &CredentialRow) -> bool {
    row.state == State::Active.as_str()
}

fn corrupt(row: &CredentialRow, what: &str) -> Fault {
    Fault::new(Kind::Corrupt, format!("credential {}: {what}", row.id))
}

fn facts(rows: &[CredentialRow]) -> Result<Vec<Credential>, Fault> {
    let fact = |row: &CredentialRow| {
        let state = State::parse(&row.state).ok_or_else(|| corrupt(row, "a state nobody knows"))?;
        Ok(Credential { id: row.id, state, rev: row.rev, made_at: row.made_at })
    };
    rows.iter().map(fact).collect()
}

pub(crate) fn algorithm_of(row: &CredentialRow) -> Result<Algorithm, Fault> {
    Algorithm::from_cose(row.algorithm).ok_or_else(|| corrupt(row, "an algorithm nobody knows"))
}

pub(crate) fn sign_count_of(row: &CredentialRow) -> Result<u32, Fault> {
    u32::try_from(row.sign_count).map_err(|_| corrupt(row, "a count out of range"))
}

pub(crate) fn transports_of(row: &CredentialRow) -> Vec<Transport> {
    row.transports.split(' ').filter_map(Transport::parse).collect()
}

pub(crate) fn attachment_of(row: &CredentialRow) -> Option<Attachment> {
    row.attachment.as_deref().and_then(Attachment::parse)
}

/// The active ones, as they are named to a browser.
pub(crate) fn descriptors(rows: &[CredentialRow]) -> Vec<Descriptor> {
    let active = rows.iter().filter(|row| is_active(row));
    active.map(|row| Descriptor { id: row.raw_id.clone(), transports: transports_of(row) }).collect()
}

fn listed(row: &CredentialRow) -> Result<Listed, Fault> {
    Ok(Listed {
        id: row.id,
        name: row.name.clone(),
        kind: CredentialKind::of(row.is_backup_eligible, attachment_of(row), &transports_of(row)),
        provider: provider::name(&row.aaguid),
        impression: sha256(&row.public_key),
        is_discoverable: row.is_discoverable,
        is_backed_up: row.is_backed_up,
        made_at: row.made_at,
        last_used_at: row.last_used_at,
    })
}
