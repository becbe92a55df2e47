//! An account comes into being together with its first passkey and its first session: by sign-up, or by the first
//! administrator's link.

use std::fmt;

use audit::Event;
use identity::account::Role;
use identity::credential::user_handle;
use identity::session::{Ceremony, Evidence, Opened as OpenedSession, open};
use policy::{Action, Question};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::fence::Fence;
use store::{
    Close, CredentialRow, EntryRow, Fault, IdentifierRow, JobRow, Kind, LinkRow, NewAccountRow, SessionRow, Setting,
    SubjectKeyRow,
};
use vocab::identifier::{self, Identifier};
use vocab::{AccountId, CeremonyId, DisplayName, LinkId, Timestamp};
use webauthn::registration::{self, Answer, Options, Pending, Registered, User};
use webauthn::{Mediation, Public};

use crate::account::identifier_row;
use crate::ceremony::{Begun, Binding, Finish, LIFE, Opened, Stage};
use crate::link::LINK_ENDED;
use crate::session::NewSession;
use crate::{App, Ctx, Decided};

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
    BeginAgain,
    Unreadable,
    NotAccepted,
    /// This very passkey is registered already.
    AlreadyRegistered,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SignUpClosed => "accounts are made by an administrator here",
            Self::LinkEnded => "this link has ended",
            Self::Taken(_) => "somebody has this name already; choose another one",
            Self::BeginAgain => "this took too long or was used already; begin again",
            Self::Unreadable => "this is not the answer of a passkey",
            Self::NotAccepted => "this passkey was not accepted",
            Self::AlreadyRegistered => "this passkey is in use already",
        })
    }
}

impl std::error::Error for Refusal {}

impl Refusal {
    /// As what it is counted.
    fn reason(self) -> &'static str {
        match self {
            Self::SignUpClosed => "enrol.closed",
            Self::LinkEnded => LINK_ENDED,
            Self::Taken(_) => "enrol.taken",
            Self::BeginAgain => "enrol.begin_again",
            Self::Unreadable => "enrol.unreadable",
            Self::NotAccepted => "enrol.not_accepted",
            Self::AlreadyRegistered => "enrol.already_registered",
        }
    }
}

impl From<webauthn::Refusal> for Refusal {
    fn from(refusal: webauthn::Refusal) -> Self {
        match refusal.public() {
            Public::Unreadable => Self::Unreadable,
            Public::NotAccepted => Self::NotAccepted,
        }
    }
}

/// By which way somebody comes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    SignUp,
    Setup(SetupLink),
}

/// The first administrator's link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetupLink {
    id: [u8; 16],
    /// Made by an operator: it is good after the latch has closed too.
    is_again: bool,
}

impl SetupLink {
    pub(crate) fn of(row: &LinkRow) -> Self {
        Self { id: *row.id.bytes(), is_again: row.purpose == "setup_again" }
    }
}

/// What is sealed between the two halves.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EnrolState {
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
    /// Refusals of newcomers concern no account: they are counted.
    pub(crate) fn counted<T>(&self, ctx: &Ctx, decided: Decided<T, Refusal>) -> Decided<T, Refusal> {
        if let Ok(Err(refusal)) = &decided {
            self.failures().count(ctx, refusal.reason());
        }
        decided
    }

    pub(crate) async fn begin_enrolment(
        &self,
        ctx: &Ctx,
        binding: Binding,
        (newcomer, way): (Newcomer, Way),
    ) -> Decided<Begun<Options>, Refusal> {
        let (fence, is_taken) = self
            .store
            .read(newcomer.username.clone(), |username, snapshot| {
                Box::pin(async move {
                    let fence = crate::fence::read_fence(snapshot).await?;
                    let owner = snapshot.account_named(username.kind().as_str(), username.canonical()).await?;
                    Ok((fence, owner.is_some()))
                })
            })
            .await?;
        if is_taken {
            return Ok(Err(Refusal::Taken(newcomer.username.kind())));
        }
        let account = AccountId::made(ctx.now, self.noise());
        let ask = registration::Ask {
            challenge: self.challenge(),
            user: User {
                handle: user_handle(account),
                name: newcomer.username.typed().to_owned(),
                display_name: newcomer.display_name.as_str().to_owned(),
            },
            exclude: Vec::new(),
            timeout_ms: u32::try_from(LIFE.as_millis()).unwrap_or(u32::MAX),
            mediation: Mediation::Modal,
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
        let state = self.seal_ceremony(ctx, (binding, fence.epoch), state)?;
        Ok(Ok(Begun { state, options, expires_in: LIFE }))
    }

    pub(crate) async fn finish_enrolment(
        &self,
        ctx: &Ctx,
        finish: Finish,
        by_link: ByLink,
    ) -> Decided<NewSession, Refusal> {
        let Ok(answer) = Answer::parse(&finish.credential) else { return Ok(Err(Refusal::Unreadable)) };
        for _ in 0..crate::TRIES {
            let (fence, latch) = self.store.read((), |(), snapshot| Box::pin(fence_and_latch(snapshot))).await?;
            let Some(opened) = self.open_ceremony::<EnrolState>(ctx, &finish, &fence).await? else {
                return Ok(Err(Refusal::BeginAgain));
            };
            let way = match (opened.of.link, by_link) {
                (None, ByLink::No) => Way::SignUp,
                (Some(link), ByLink::Yes) => Way::Setup(link),
                _ => return Ok(Err(Refusal::BeginAgain)), // begun at another door
            };
            if !answer.answers(&opened.of.pending) {
                return Ok(Err(Refusal::NotAccepted)); // nothing was begun that this could end
            }
            let registered = match registration::finish(&self.site.relying_party, &opened.of.pending, &answer) {
                Ok(registered) => registered,
                Err(refusal) => return self.turn_away_newcomer(ctx, opened.id, refusal.into()).await,
            };
            if self.is_decoy(registered.raw_id()) {
                // Only a sign-in for a name nobody has gave this id away: it must look as if somebody had it.
                return self.turn_away_newcomer(ctx, opened.id, Refusal::AlreadyRegistered).await;
            }
            if is_shut(way, &fence) {
                return self.turn_away_newcomer(ctx, opened.id, Refusal::LinkEnded).await;
            }
            let (enrolling, new) = match self.enrolling(ctx, (&opened, &registered), (way, latch)) {
                Ok(enrolling) => enrolling?,
                Err(refusal) => return self.turn_away_newcomer(ctx, opened.id, refusal).await,
            };
            match self.store.write(enrolling, record_enrolment).await {
                Ok(written) => return self.enrolled(ctx, (opened.id, way), written, new).await,
                Err(fault) if fault.is_moved() => {} // the latch has closed meanwhile: look again
                Err(fault) => return Err(fault),
            }
        }
        Err(Fault::new(Kind::Contended, "the set-up latch moved faster than it could be read"))
    }

    async fn enrolled(
        &self,
        ctx: &Ctx,
        (ceremony, way): (CeremonyId, Way),
        written: Written,
        new: NewSession,
    ) -> Decided<NewSession, Refusal> {
        let refusal = match written {
            Written::In => {
                if way != Way::SignUp {
                    self.fence().remember().await?; // the latch has closed, and this node remembers it outside
                }
                self.work_is_due.notify_one();
                return Ok(Ok(new));
            }
            Written::Spent => return Ok(Err(Refusal::BeginAgain)),
            Written::LinkEnded => Refusal::LinkEnded,
            Written::Taken => Refusal::Taken(identifier::Kind::Username),
            Written::AlreadyRegistered => Refusal::AlreadyRegistered,
        };
        self.turn_away_newcomer(ctx, ceremony, refusal).await
    }

    /// A denial commits: the ceremony is spent.
    async fn turn_away_newcomer(&self, ctx: &Ctx, id: CeremonyId, refusal: Refusal) -> Decided<NewSession, Refusal> {
        let spent = self.spend(id, ctx.now).await?;
        Ok(Err(if spent { refusal } else { Refusal::BeginAgain }))
    }

    /// Pure but for ids and keys: everything that is to be written.
    fn enrolling(
        &self,
        ctx: &Ctx,
        (opened, registered): (&Opened<EnrolState>, &Registered),
        (way, latch): (Way, Option<i64>),
    ) -> Result<Result<(Enrolling, NewSession), Fault>, Refusal> {
        let state = &opened.of;
        let id = AccountId::from_bytes(state.account);
        let credential = self.new_credential(ctx, id, registered);
        let session = self.first_session(ctx, opened.id, (registered, &credential))?;
        let username = Identifier::username(&state.username).map_err(|_| Refusal::BeginAgain)?;
        let email = state.email.as_deref().map(Identifier::email).transpose().map_err(|_| Refusal::BeginAgain)?;
        Ok(self.enrolling_rows(ctx, opened, (way, latch), (credential, session, username, email)))
    }

    fn first_session(
        &self,
        ctx: &Ctx,
        ceremony: CeremonyId,
        (registered, credential): (&Registered, &CredentialRow),
    ) -> Result<OpenedSession, Refusal> {
        let place = (credential.account_id, credential.id);
        let evidence = Evidence::of_registration(registered, place, Ceremony { id: ceremony, finished_at: ctx.now });
        let question = Question {
            action: Action::Enrol,
            account: credential.account_id,
            is_active: true, // it is being made, active
            assurance: evidence.assurance(),
            evidence: evidence.digest(),
            now: ctx.now,
        };
        let granted = policy::decide(&question).map_err(|_| Refusal::NotAccepted)?;
        open(evidence, granted, Action::Enrol, ctx.now).map_err(|_| Refusal::NotAccepted)
    }

    fn enrolling_rows(
        &self,
        ctx: &Ctx,
        opened: &Opened<EnrolState>,
        (way, latch): (Way, Option<i64>),
        (credential, session, username, email): (CredentialRow, OpenedSession, Identifier, Option<Identifier>),
    ) -> Result<(Enrolling, NewSession), Fault> {
        let id = credential.account_id;
        let ctx = ctx.acting(id);
        let (subject, subject_key) = self.new_subject(id, ctx.now)?;
        let (row, new) = self.new_session(&ctx, &session);
        let username = identifier_row(&username);
        let names = json!([{ "kind": username.kind, "typed": username.typed }]);
        let details = json!({ "display_name": opened.of.display_name, "identifiers": names });
        let mut entries = vec![
            self.entry(&ctx, Event::AccountCreated, &subject, &details)?,
            self.credential_registered(&ctx, &subject, &credential)?,
            self.session_opened(&ctx, &subject, &row, if way == Way::SignUp { "sign_up" } else { "setup" })?,
        ];
        if way != Way::SignUp {
            entries.push(self.entry(
                &ctx,
                Event::SetupCompleted,
                &subject,
                &json!({ "role": Role::Owner.as_str() }),
            )?);
        }
        let role = if way == Way::SignUp { Role::Person } else { Role::Owner }.as_str();
        let address = email.map(|email| self.address_to_confirm(&ctx, id, &email)).transpose()?;
        let account = NewAccountRow { id, display_name: opened.of.display_name.clone(), made_at: ctx.now, role };
        let enrolling = Enrolling {
            ceremony: opened.id,
            now: ctx.now,
            way,
            latch,
            account,
            username,
            subject_key,
            credential,
            session: row,
            entries,
            address,
        };
        Ok((enrolling, new))
    }
}

/// Which door somebody finishes at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ByLink {
    Yes,
    No,
}

/// The latch closes once and for all; only an operator's link opens set-up after that.
fn is_shut(way: Way, fence: &Fence) -> bool {
    matches!(way, Way::Setup(link) if !link.is_again && fence.latch != 0)
}

async fn fence_and_latch(snapshot: &mut store::Snapshot<'_>) -> Result<(Fence, Option<i64>), Fault> {
    let fence = crate::fence::read_fence(snapshot).await?;
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
        if !tx.take_raw_id(&new.credential).await? {
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
