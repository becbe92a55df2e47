//! An account comes into being together with its first passkey and its first session: by sign-up, or by the first
//! administrator's link.

use std::fmt;

use audit::Event;
use identity::account::Role;
use identity::credential::user_handle;
use identity::session::{Ceremony, Evidence, Opened as OpenedSession, open};
use policy::authenticator::Ruling;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::fence::Fence;
use store::{
    Close, CredentialRow, EntryRow, Fault, IdentifierRow, JobRow, LinkRow, NewAccountRow, SessionRow, Setting,
    SubjectKeyRow,
};
use vocab::identifier::{self, Identifier};
use vocab::{AccountId, CeremonyId, DisplayName, LinkId, Timestamp};
use webauthn::registration::{self, Answer, Options, Pending, Registered, User};
use webauthn::{Mediation, Trust};

use crate::account::identifier_row;
use crate::authenticators::{Known, Owner};
use crate::ceremony::{self, Begun, Binding, Denied, Finish, LIFE, Opened, Stage, TIMEOUT_MS};
use crate::fence::read_fence;
use crate::link::{LINK_ENDED, Purpose};
use crate::session::NewSession;
use crate::{App, Ctx, Decided, anew, as_text};

/// Who wants an account. The address, if one is given, names nobody until it is confirmed.
#[derive(Debug, Clone)]
pub struct Newcomer {
    pub display_name: DisplayName,
    pub username: Identifier,
    pub email: Option<Identifier>,
}

/// Why no account was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Accounts are made by administrators here.
    SignUpClosed,
    /// The link was used, its time is over, or a newer one exists.
    LinkEnded,
    Taken(identifier::Kind),
    /// This very passkey is registered already.
    AlreadyRegistered,
    Ceremony(ceremony::Refusal),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SignUpClosed => f.write_str("accounts are made by an administrator here"),
            Self::LinkEnded => f.write_str("this link has ended"),
            Self::Taken(_) => f.write_str("somebody has this name already; choose another one"),
            Self::AlreadyRegistered => f.write_str("this passkey is in use already"),
            Self::Ceremony(refusal) => fmt::Display::fmt(refusal, f),
        }
    }
}

impl std::error::Error for Refusal {}

impl From<ceremony::Refusal> for Refusal {
    fn from(refusal: ceremony::Refusal) -> Self {
        Self::Ceremony(refusal)
    }
}

impl Denied<Refusal> {
    pub(crate) fn closed() -> Self {
        Self { refusal: Refusal::SignUpClosed, reason: Some("enrol.closed") }
    }

    pub(crate) fn link_ended() -> Self {
        Self { refusal: Refusal::LinkEnded, reason: Some(LINK_ENDED) }
    }

    fn taken(kind: identifier::Kind) -> Self {
        Self { refusal: Refusal::Taken(kind), reason: Some("enrol.taken") }
    }

    fn already_registered() -> Self {
        Self { refusal: Refusal::AlreadyRegistered, reason: Some("enrol.already_registered") }
    }

    fn not_accepted(reason: &'static str) -> Self {
        Self { refusal: ceremony::Refusal::NotAccepted.into(), reason: Some(reason) }
    }
}

/// By which way somebody comes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    SignUp,
    Setup(SetupLink),
}

impl Way {
    fn role(self) -> Role {
        if self == Self::SignUp { Role::Person } else { Role::Owner }
    }
}

/// An answer, what was begun, and what is known.
struct Presented<'a> {
    opened: &'a Opened<EnrolState>,
    answer: &'a Answer,
    trust: &'a Trust<'a>,
    known: &'a Known,
}

/// The first administrator's link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetupLink {
    #[serde(with = "as_text")]
    id: [u8; 16],
    /// Made by an operator: it is good after the latch has closed too.
    is_again: bool,
}

impl SetupLink {
    pub(crate) fn of(row: &LinkRow) -> Self {
        Self { id: *row.id.bytes(), is_again: Purpose::of(row) == Some(Purpose::SetupAgain) }
    }
}

/// What is sealed between the two halves.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EnrolState {
    #[serde(with = "as_text")]
    account: [u8; 16],
    display_name: String,
    username: String,
    email: Option<String>,
    link: Option<SetupLink>,
    pending: Pending,
}

impl Stage for EnrolState {
    const PURPOSE: &'static [u8] = b"signet ceremony v1: enrol";
}

/// Everything that is written when somebody comes in.
struct Enrolling {
    ceremony: CeremonyId,
    now: Timestamp,
    way: Way,
    /// The revision of the latch, where it is still to be closed.
    latch: Option<i64>,
    account: NewAccountRow,
    username: IdentifierRow,
    subject_key: SubjectKeyRow,
    credential: CredentialRow,
    session: SessionRow,
    /// Only a sign-in for a name nobody has gave this id away: it must look as if somebody had it.
    is_decoy: bool,
    entries: Vec<EntryRow>,
    address: Option<(LinkRow, JobRow)>,
}

/// How the transaction ended.
enum Written {
    In,
    Spent,
    LinkEnded,
    Taken,
    AlreadyRegistered,
}

impl App {
    pub(crate) async fn begin_enrolment(
        &self,
        ctx: &Ctx,
        binding: Binding,
        (newcomer, way): (Newcomer, Way),
    ) -> Decided<Begun<Options>, Denied<Refusal>> {
        let is_taken = self.store.look(newcomer.username.clone(), is_somebodys).await?;
        if is_taken {
            return Ok(Err(Denied::taken(newcomer.username.kind())));
        }
        let rules = self.authenticators().in_force().await?;
        let asked = self.asked(&rules, &Owner::newcomer(way.role()));
        let account = AccountId::made(ctx.now, self.noise());
        let ask = registration::Ask {
            challenge: self.challenge(),
            user: User {
                handle: user_handle(account),
                name: newcomer.username.typed().to_owned(),
                display_name: newcomer.display_name.as_str().to_owned(),
            },
            exclude: Vec::new(),
            timeout_ms: TIMEOUT_MS,
            mediation: Mediation::Modal,
            attestation: asked,
            algorithms: webauthn::Algorithm::ALL.to_vec(),
        };
        let (options, pending) = registration::begin(&self.site.relying_party, ask);
        let state = EnrolState {
            account: *account.bytes(),
            display_name: newcomer.display_name.as_str().to_owned(),
            username: newcomer.username.typed().to_owned(),
            email: newcomer.email.map(|email| email.typed().to_owned()),
            link: match way {
                Way::SignUp => None,
                Way::Setup(link) => Some(link),
            },
            pending,
        };
        let state = self.seal_ceremony(ctx, binding, state)?;
        Ok(Ok(Begun { state, options, expires_in: LIFE }))
    }

    pub(crate) async fn finish_enrolment(
        &self,
        ctx: &Ctx,
        finish: Finish,
        door: Door,
    ) -> Decided<NewSession, Denied<Refusal>> {
        let Ok(answer) = Answer::parse(&finish.credential) else { return Ok(Err(Denied::unreadable())) };
        let Some(opened) = self.open_ceremony::<EnrolState>(ctx, &finish).await? else {
            return Ok(Err(Denied::begin_again()));
        };
        let way = match (opened.of.link, door) {
            (None, Door::SignUp) => Way::SignUp,
            (Some(link), Door::Setup) => Way::Setup(link),
            _ => return Ok(Err(Denied::begin_again())), // begun at another door
        };
        if !answer.answers(&opened.of.pending) {
            return Ok(Err(Denied::other_ceremony()));
        }
        anew(|| self.enrol(ctx, (&opened, &answer), way)).await
    }

    async fn enrol(
        &self,
        ctx: &Ctx,
        (opened, answer): (&Opened<EnrolState>, &Answer),
        way: Way,
    ) -> Decided<NewSession, Denied<Refusal>> {
        let (fence, latch) = self.store.read((), |(), snapshot| Box::pin(fence_and_latch(snapshot))).await?;
        if self.is_void(opened, &fence) {
            return Ok(Err(Denied::begin_again()));
        }
        let known = self.authenticators().everything_known().await?;
        let anchors = known.anchors(answer);
        let presented = Presented { opened, answer, trust: &self.trust(ctx, (&anchors, &known)), known: &known };
        let entrant = match self.prove_newcomer(ctx, presented, (way, &fence)) {
            Ok(entrant) => entrant,
            Err(denied) => return self.turn_away(ctx, opened.id, denied).await.map(Err),
        };
        let (enrolling, new) = self.enrolling(ctx, opened.id, entrant, (way, latch))?;
        let denied = match self.store.write(enrolling, record_enrolment).await? {
            Written::In => {
                if way != Way::SignUp {
                    self.fence().remember().await?; // the latch has closed, and this node remembers it outside
                }
                self.work_is_due.notify_one();
                return Ok(Ok(new));
            }
            Written::Spent => return Ok(Err(Denied::begin_again())),
            Written::LinkEnded => Denied::link_ended(),
            Written::Taken => Denied::taken(identifier::Kind::Username),
            Written::AlreadyRegistered => Denied::already_registered(),
        };
        self.turn_away(ctx, opened.id, denied).await.map(Err)
    }

    /// From an answer to somebody who may come in, or why not.
    fn prove_newcomer(
        &self,
        ctx: &Ctx,
        Presented { opened, answer, trust, known }: Presented<'_>,
        (way, fence): (Way, &Fence),
    ) -> Result<Entrant, Denied<Refusal>> {
        let state = &opened.of;
        let registered = registration::finish(&self.site.relying_party, &state.pending, answer, trust)
            .map_err(Denied::by_the_standard)?;
        let id = AccountId::from_bytes(state.account);
        let credential = self.new_credential(ctx, id, &registered);
        // Nobody comes in with a passkey on hold as the only way.
        if let Ruling::HoldBack(because) | Ruling::TurnAway(because) =
            known.admit(&credential, &Owner::newcomer(way.role()))
        {
            return Err(Denied::not_let_in(because));
        }
        if is_shut(way, fence) {
            return Err(Denied::link_ended());
        }
        let session = self.first_session(ctx, opened.id, (&registered, &credential))?;
        let username = Identifier::username(&state.username).map_err(|_| Denied::begin_again())?;
        let email = state.email.as_deref().map(Identifier::email).transpose().map_err(|_| Denied::begin_again())?;
        Ok(Entrant { display_name: state.display_name.clone(), username, email, credential, session })
    }

    fn first_session(
        &self,
        ctx: &Ctx,
        ceremony: CeremonyId,
        (registered, credential): (&Registered, &CredentialRow),
    ) -> Result<OpenedSession, Denied<Refusal>> {
        let place = (credential.account_id, credential.id);
        let evidence = Evidence::of_registration(registered, place, Ceremony { id: ceremony, finished_at: ctx.now });
        let is_active = true; // the account is being made, active
        let granted = policy::decide(&evidence.question(is_active, ctx.now))
            .map_err(|denial| Denied::not_accepted(denial.as_str()))?;
        open(evidence, granted, ctx.now).map_err(|_| Denied::not_accepted("evidence.mismatch"))
    }

    /// Everything that is to be written.
    fn enrolling(
        &self,
        ctx: &Ctx,
        ceremony: CeremonyId,
        entrant: Entrant,
        (way, latch): (Way, Option<i64>),
    ) -> Result<(Enrolling, NewSession), Fault> {
        let Entrant { display_name, username, email, credential, session } = entrant;
        let is_decoy = self.is_decoy(&credential.raw_id);
        let id = credential.account_id;
        let ctx = ctx.acting(id);
        let (subject, subject_key) = self.new_subject(id, ctx.now)?;
        let (row, new) = self.new_session(&ctx, &session, credential.aaguid);
        let username = identifier_row(&username);
        let names = json!([{ "kind": username.kind, "typed": username.typed }]);
        let details = json!({ "display_name": display_name, "identifiers": names });
        let (how, role) = (if way == Way::SignUp { "sign_up" } else { "setup" }, way.role());
        let mut entries = vec![
            self.entry(&ctx, Event::AccountCreated, &subject, details)?,
            self.credential_registered(&ctx, &subject, &credential)?,
            self.session_opened(&ctx, &subject, &row, how)?,
        ];
        if role == Role::Owner {
            entries.push(self.entry(&ctx, Event::SetupCompleted, &subject, json!({ "role": role.as_str() }))?);
        }
        let address = email.map(|email| self.address_to_confirm(&ctx, id, &email)).transpose()?;
        let account = NewAccountRow { id, display_name, made_at: ctx.now, role: role.as_str() };
        let enrolling = Enrolling {
            ceremony,
            now: ctx.now,
            way,
            latch,
            account,
            username,
            subject_key,
            credential,
            session: row,
            is_decoy,
            entries,
            address,
        };
        Ok((enrolling, new))
    }
}

/// Somebody who may come in: all of it is proved, none of it is written.
struct Entrant {
    display_name: String,
    username: Identifier,
    email: Option<Identifier>,
    credential: CredentialRow,
    session: OpenedSession,
}

/// Which door somebody finishes at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Door {
    SignUp,
    Setup,
}

/// The latch closes once and for all; only an operator's link opens set-up after that.
fn is_shut(way: Way, fence: &Fence) -> bool {
    matches!(way, Way::Setup(link) if !link.is_again && fence.latch != 0)
}

fn is_somebodys<'s>(name: &'s Identifier, snapshot: &'s mut store::Snapshot<'_>) -> store::Answer<'s, bool> {
    Box::pin(async move { Ok(snapshot.account_named(name.kind().as_str(), name.canonical()).await?.is_some()) })
}

async fn fence_and_latch(snapshot: &mut store::Snapshot<'_>) -> Result<(Fence, Option<i64>), Fault> {
    let fence = read_fence(snapshot).await?;
    let latch = snapshot.setting(Setting::SetupLatch).await?;
    Ok((fence, latch.filter(|_| fence.latch == 0).map(|row| row.rev)))
}

fn record_enrolment<'t>(new: &'t Enrolling, tx: &'t mut store::Tx<'_>) -> store::Answer<'t, Close<Written>> {
    Box::pin(async move {
        if !tx.take_ceremony(new.ceremony, new.now).await? {
            return Ok(Close::Undo(Written::Spent));
        }
        if let Way::Setup(link) = new.way {
            if !tx.take_link(AccountId::NOBODY, LinkId::from_bytes(link.id), new.now).await? {
                return Ok(Close::Undo(Written::LinkEnded));
            }
            if let Some(rev) = new.latch {
                tx.change_setting(Setting::SetupLatch, "1", rev).await?;
            }
        }
        tx.insert_account(&new.account).await?;
        if !tx.take_identifier(new.account.id, &new.username, new.now).await? {
            return Ok(Close::Undo(Written::Taken));
        }
        // At the same place, whichever it is: what is asked before it may say something else.
        if new.is_decoy || !tx.take_raw_id(&new.credential).await? {
            return Ok(Close::Undo(Written::AlreadyRegistered));
        }
        tx.insert_subject_key(&new.subject_key).await?;
        tx.insert_credential(&new.credential).await?;
        tx.insert_session(&new.session).await?;
        for entry in &new.entries {
            tx.insert_entry(entry).await?;
        }
        if let Some((link, job)) = &new.address {
            tx.insert_link(link).await?;
            tx.insert_job(job).await?;
        }
        Ok(Close::Commit(Written::In))
    })
}
