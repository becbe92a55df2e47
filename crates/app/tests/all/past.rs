//! A past cut into acts that together pass every write statement there is, and the people who live it.
//!
//! People are honest: what they sent and got no answer to they send again, and what has come to its end without them
//! they look at before they begin anew. An act that failed can so be done again and leads where it would have led,
//! but for what [`Act::twice`] admits.

use app::ceremony::Refusal::{BeginAgain, NotAccepted};
use app::sign_in::Asked;
use std::time::Duration;

use app::account::{Named, Refusal};
use app::ceremony::Finish;
use app::credential::{CredentialKind, StandingRefusal};
use app::keys::Use;
use app::session::{NewSession, SignedIn};
use app::{Actor, App, Fault, Undelivered, authenticators, credential, group, sign_in, sign_up};
use audit::Event;
use authenticator::metadata::published;
use authenticator::{Algorithm, Knobs, Passkey, register};
use serde_json::Value;
use store::Setting;
use testkit::House;
use vocab::{AccountId, DisplayName, Label};

use crate::acts::{self, reason, setting};
use crate::people::{Person, finish, found_in_letter, here, json, newcomer, stranger, synced, with_address};

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// Who keeps the passkeys of Ada's first device.
const PROVIDER: [u8; 16] = *b"Ada's first one!";

/// A house and whoever lives with it.
pub(crate) struct Town {
    pub(crate) house: House,
    pub(crate) people: People,
}

impl Town {
    pub(crate) fn new(house: House) -> Self {
        Self { house, people: People::default() }
    }

    /// Gives up its own past for another's. Nobody may have a database of either open.
    pub(crate) async fn become_copy_of(&mut self, other: &Self) {
        self.house.become_copy_of(&other.house).await;
        self.people = other.people.clone();
    }
}

/// What people hold when a server fails.
#[derive(Clone, Default)]
pub(crate) struct People {
    /// The last line an operator was shown at a start.
    link: String,
    pub(crate) wanda: Option<Person>,
    pub(crate) ada: Option<Person>,
    /// Ada's other device, with a passkey of its own.
    pub(crate) elsewhere: Option<Person>,
    /// Beside the passkey of Ada's first device, another of the same that signs with lattices.
    lattice: Option<Person>,
    /// What a letter to Ada carries.
    confirmation: String,
    /// What was sent and has not been answered.
    sent: Option<Sent>,
}

#[derive(Clone)]
struct Sent {
    state: String,
    credential: Value,
    passkey: Passkey,
}

impl Sent {
    fn finish(&self) -> Finish {
        finish(&self.state, self.credential.clone())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Act {
    Start,
    Create,
    CreateTaken,
    OfferSetUp,
    SetUp,
    ReopenSetUp,
    SignUp,
    Deliver,
    Confirm,
    AddPasskey,
    Upgrade,
    Rename,
    SignInElsewhere,
    StepUp,
    UseACopy,
    Hold,
    Remove,
    SignOut,
    CountFailures,
    LearnModels,
    WriteRules,
    JoinGroup,
    LeaveGroup,
    Judge,
    UseUpgrade,
    Disable,
    PutOff,
    GiveUp,
    RotateKeys,
    ReconcileKeys,
    Upkeep,
    AcceptRestore,
}

/// In this order they are a past that every kind of row takes part in.
pub(crate) const PAST: [Act; 32] = [
    Act::Start,
    Act::Create,
    Act::CreateTaken,
    Act::OfferSetUp,
    Act::SetUp,
    Act::ReopenSetUp,
    Act::SignUp,
    Act::Deliver,
    Act::Confirm,
    Act::AddPasskey,
    Act::Upgrade,
    Act::Rename,
    Act::SignInElsewhere,
    Act::StepUp,
    Act::UseACopy,
    Act::Hold,
    Act::Remove,
    Act::SignOut,
    Act::CountFailures,
    Act::LearnModels,
    Act::WriteRules,
    Act::JoinGroup,
    Act::LeaveGroup,
    Act::Judge,
    Act::UseUpgrade,
    Act::Disable,
    Act::PutOff,
    Act::GiveUp,
    Act::RotateKeys,
    Act::ReconcileKeys,
    Act::Upkeep,
    Act::AcceptRestore,
];

impl Act {
    /// How much time passes before it.
    pub(crate) fn later(self) -> Duration {
        match self {
            Self::SignOut => 6 * MINUTE, // that the session was seen is written down first
            Self::GiveUp => MINUTE,
            Self::Judge => 2 * MINUTE,            // what is to be judged by has settled
            Self::UseUpgrade => 25 * 60 * MINUTE, // it is no newcomer any more
            Self::ReconcileKeys => 32 * DAY,
            _ => Duration::ZERO,
        }
    }

    /// How much time passes before it is tried again: a letter belongs to whoever claimed it until the claim is over.
    pub(crate) fn again_after(self) -> Duration {
        match self {
            Self::Deliver | Self::PutOff | Self::GiveUp => MINUTE,
            _ => Duration::ZERO,
        }
    }

    /// What is written once more when the act had its effect and nobody heard of it: it is begun anew.
    pub(crate) fn twice(self) -> &'static [Event] {
        match self {
            Self::OfferSetUp => &[Event::SetupLinkMade],
            Self::ReopenSetUp => &[Event::SetupReopened],
            // The session of the first time is nobody's: its token was never shown.
            Self::SetUp | Self::SignUp | Self::SignInElsewhere | Self::StepUp | Self::UseUpgrade => {
                &[Event::SessionOpened]
            }
            Self::UseACopy => &[Event::SignInDenied, Event::CountRegressed],
            Self::CountFailures => &[Event::FailuresCounted],
            Self::WriteRules => &[Event::RulesWritten],
            _ => &[],
        }
    }

    /// Does beginning it anew spend another ceremony?
    pub(crate) fn is_ceremony(self) -> bool {
        matches!(
            self,
            Self::SetUp | Self::SignUp | Self::SignInElsewhere | Self::StepUp | Self::UseACopy | Self::UseUpgrade
        )
    }

    pub(crate) async fn run(self, town: &mut Town, app: &App) -> Result<(), Fault> {
        let (house, people) = (&town.house, &mut town.people);
        match self {
            Self::Start => Ok(()),
            Self::Create => create(app).await,
            Self::CreateTaken => {
                let taken = app.accounts().create(&app.ctx(Actor::Operator), acts::newcomer("maren")).await?;
                taken.map(|made| panic!("{made:?}")).or(Ok(()))
            }
            Self::OfferSetUp => offer(people, app).await,
            Self::SetUp => set_up(people, app).await,
            Self::ReopenSetUp => {
                let again = app.setup().reopen(&app.ctx(Actor::Operator), &reason("the owner is away")).await?;
                people.link = again.expose().clone();
                Ok(())
            }
            Self::SignUp => sign_up(people, app).await,
            Self::Deliver => {
                work(house, app, None).await?;
                people.confirmation = found_in_letter(house, "ada@example.org");
                Ok(())
            }
            Self::Confirm => confirm(people, app).await,
            Self::AddPasskey => add_passkey(people, app).await,
            Self::Upgrade => upgrade(people, app).await,
            Self::UseUpgrade => {
                let lattice = people.lattice.as_mut().unwrap();
                sign_in(&mut people.sent, app, (lattice, None)).await.map(|new| drop(new.unwrap()))
            }
            Self::Rename => rename(people, app).await,
            Self::SignInElsewhere => {
                let elsewhere = people.elsewhere.as_mut().unwrap();
                sign_in(&mut people.sent, app, (elsewhere, None)).await.map(|new| drop(new.unwrap()))
            }
            Self::StepUp => step_up(people, app).await,
            Self::UseACopy => use_a_copy(people, app).await,
            Self::Remove => remove(people, app).await,
            Self::SignOut => sign_out(people, app).await,
            Self::CountFailures => count_failures(app).await,
            Self::LearnModels => learn_models(app).await,
            Self::Hold => hold(people, app).await,
            Self::WriteRules => {
                let rules = "[[rules]]\nname = \"Everyone\"\nfor = [\"everyone\"]\n".to_owned();
                let adopted = app.authenticators().adopt(&app.ctx(Actor::Operator), rules).await?;
                adopted.map(drop).map_err(|refusal| panic!("{refusal}"))
            }
            Self::JoinGroup => {
                let joined = app.groups().join(&app.ctx(Actor::Operator), &named("ada"), &ledger()).await?;
                assert!(matches!(joined, Ok(_) | Err(group::Refusal::AlreadyIn)), "{joined:?}");
                Ok(())
            }
            Self::LeaveGroup => {
                let left = app.groups().leave(&app.ctx(Actor::Operator), &named("ada"), &ledger()).await?;
                assert!(matches!(left, Ok(_) | Err(group::Refusal::NotIn)), "{left:?}");
                Ok(())
            }
            Self::Judge => app.authenticators().reconcile().await,
            Self::Disable => disable(app).await,
            Self::PutOff => work(house, app, Some(Undelivered::Later("mailbox full".to_owned()))).await,
            Self::GiveUp => work(house, app, Some(Undelivered::Never("no such mailbox".to_owned()))).await,
            Self::RotateKeys => {
                for use_for in [Use::Sealing, Use::Audit] {
                    let _made_or_waiting = app.keys().rotate(&app.ctx(Actor::Operator), use_for).await?;
                }
                Ok(())
            }
            Self::ReconcileKeys => app.keys().reconcile().await,
            Self::Upkeep => app.upkeep().reconcile().await,
            Self::AcceptRestore => accept_restore(app).await,
        }
    }
}

/// Somebody who can be told, and somebody who cannot.
async fn create(app: &App) -> Result<(), Fault> {
    for new in [acts::newcomer("maren"), acts::account_of("olga", &["olga"])] {
        match app.accounts().create(&app.ctx(Actor::Operator), new).await? {
            Ok(_) | Err(Refusal::IdentifierTaken(_)) => {}
            Err(other) => panic!("{other}"),
        }
    }
    Ok(())
}

async fn offer(people: &mut People, app: &App) -> Result<(), Fault> {
    let link = app.setup().offer(&app.ctx(Actor::System)).await?;
    people.link = link.expect("nobody was set up").expose().clone();
    Ok(())
}

async fn set_up(people: &mut People, app: &App) -> Result<(), Fault> {
    let (ctx, knobs) = (stranger(app), synced());
    if people.sent.is_none() {
        let token = people.link.rsplit_once('#').unwrap().1;
        let begun = app.setup().begin(&ctx, here(), (token, newcomer("wanda"))).await?.unwrap();
        let (passkey, credential) = register(&json(&begun.options), &knobs);
        people.sent = Some(Sent { state: begun.state, credential, passkey });
    }
    let sent = people.sent.clone().unwrap();
    let ended = app.setup().finish(&ctx, sent.finish()).await?;
    people.wanda = Some(come_in(people, app, (sent.passkey, knobs), ended).await?);
    Ok(())
}

async fn sign_up(people: &mut People, app: &App) -> Result<(), Fault> {
    let (ctx, knobs) = (stranger(app), Knobs { aaguid: PROVIDER, ..Knobs::default() });
    if people.sent.is_none() {
        let begun = app.sign_up().begin(&ctx, here(), with_address("ada", "ada@example.org")).await?.unwrap();
        let (passkey, credential) = register(&json(&begun.options), &knobs);
        people.sent = Some(Sent { state: begun.state, credential, passkey });
    }
    let sent = people.sent.clone().unwrap();
    let ended = app.sign_up().finish(&ctx, sent.finish()).await?;
    people.ada = Some(come_in(people, app, (sent.passkey, knobs), ended).await?);
    Ok(())
}

/// Whoever never heard how it ended has a passkey that signs in.
async fn come_in(
    people: &mut People,
    app: &App,
    (passkey, knobs): (Passkey, Knobs),
    ended: Result<NewSession, sign_up::Refusal>,
) -> Result<Person, Fault> {
    people.sent = None;
    let mut person = Person { account: AccountId::NOBODY, passkey, knobs, token: String::new() };
    let new = match ended {
        Ok(new) => new,
        Err(sign_up::Refusal::Ceremony(BeginAgain)) => {
            sign_in(&mut people.sent, app, (&mut person, None)).await?.unwrap()
        }
        Err(other) => panic!("{other}"),
    };
    (person.account, person.token) = (new.account, new.token.expose().clone());
    Ok(person)
}

/// Signs in, or uses the passkey again inside a session.
async fn sign_in(
    sent: &mut Option<Sent>,
    app: &App,
    (person, within): (&mut Person, Option<&SignedIn>),
) -> Result<Result<NewSession, sign_in::Refusal>, Fault> {
    let is_sent_again = sent.is_some();
    if sent.is_none() {
        let begun = match within {
            None => app.sign_in().begin(&stranger(app), here(), Asked::default()).await?,
            Some(who) => app.sign_in().begin_step_up(&stranger(app), here(), who).await?,
        };
        let credential = person.answer(&begun.options);
        *sent = Some(Sent { state: begun.state, credential, passkey: person.passkey.clone() });
    }
    let finish = sent.as_ref().unwrap().finish();
    let ended = match within {
        None => app.sign_in().finish(&stranger(app), finish, None).await?,
        Some(who) => app.sign_in().finish_step_up(&stranger(app), finish, who).await?,
    };
    *sent = None;
    match ended {
        Ok(new) => {
            person.token = new.token.expose().clone();
            Ok(Ok(new))
        }
        Err(sign_in::Refusal::Ceremony(BeginAgain)) if is_sent_again => {
            Box::pin(sign_in(sent, app, (person, within))).await
        }
        Err(refusal) => Ok(Err(refusal)),
    }
}

async fn signed_in(app: &App, person: &Person) -> Result<SignedIn, Fault> {
    Ok(app.sessions().readmit(app.now(), &person.token).await?.expect("a session that stands"))
}

async fn confirm(people: &People, app: &App) -> Result<(), Fault> {
    let ada = people.ada.as_ref().unwrap();
    let (who, ctx) = (signed_in(app, ada).await?, stranger(app).acting(ada.account));
    if let Err(refusal) = app.addresses().confirm(&ctx, &who, &people.confirmation).await? {
        assert_eq!(refusal, app::address::Refusal::LinkEnded);
        let owner = app.accounts().find(&Named::parse("ada@example.org").unwrap()).await?;
        assert_eq!(owner.map(|listed| listed.account.id), Some(ada.account), "it was confirmed, and nobody heard");
    }
    Ok(())
}

async fn add_passkey(people: &mut People, app: &App) -> Result<(), Fault> {
    let ada = people.ada.as_ref().unwrap();
    let (who, ctx) = (signed_in(app, ada).await?, stranger(app).acting(ada.account));
    if people.sent.is_none() {
        let begun = app.credentials().begin_adding(&ctx, here(), (&who, None)).await?.unwrap();
        let (passkey, credential) = register(&json(&begun.options), &synced());
        people.sent = Some(Sent { state: begun.state, credential, passkey });
    }
    let sent = people.sent.clone().unwrap();
    if let Err(refusal) = app.credentials().finish_adding(&ctx, sent.finish(), &who).await? {
        assert_eq!(refusal, credential::Refusal::Ceremony(BeginAgain));
    }
    assert_eq!(app.credentials().list(&who).await?.len(), 2, "it was added, whether or not she heard");
    let (account, token) = (ada.account, String::new());
    people.elsewhere = Some(Person { account, passkey: sent.passkey, knobs: synced(), token });
    people.sent = None;
    Ok(())
}

async fn upgrade(people: &mut People, app: &App) -> Result<(), Fault> {
    let ada = people.ada.as_ref().unwrap();
    let (who, ctx) = (signed_in(app, ada).await?, stranger(app).acting(ada.account));
    let knobs = Knobs { algorithm: Algorithm::MlDsa44, aaguid: PROVIDER, ..Knobs::default() };
    if people.sent.is_none() {
        let first = who.session.credential();
        let begun = app.credentials().begin_adding(&ctx, here(), (&who, Some(first))).await?.unwrap();
        let (passkey, credential) = register(&json(&begun.options), &knobs);
        people.sent = Some(Sent { state: begun.state, credential, passkey });
    }
    let sent = people.sent.clone().unwrap();
    if let Err(refusal) = app.credentials().finish_adding(&ctx, sent.finish(), &who).await? {
        assert_eq!(refusal, credential::Refusal::Ceremony(BeginAgain));
    }
    people.lattice = Some(Person { account: ada.account, passkey: sent.passkey, knobs, token: String::new() });
    people.sent = None;
    Ok(())
}

async fn rename(people: &People, app: &App) -> Result<(), Fault> {
    let ada = people.ada.as_ref().unwrap();
    let (who, ctx) = (signed_in(app, ada).await?, stranger(app).acting(ada.account));
    let (listed, name) = (app.credentials().list(&who).await?, DisplayName::parse("Work laptop").unwrap());
    let first = listed.iter().find(|listed| listed.kind == CredentialKind::ThisDevice).unwrap();
    if first.name != name.as_str() {
        app.credentials().rename(&ctx, &who, (first.id, &name)).await?.unwrap();
    }
    Ok(())
}

/// Where she never heard that it was done, the session she did it in is over and the new one is not hers.
async fn step_up(people: &mut People, app: &App) -> Result<(), Fault> {
    let ada = people.ada.as_mut().unwrap();
    let who = app.sessions().readmit(app.now(), &ada.token).await?;
    if who.is_none() {
        people.sent = None;
    }
    sign_in(&mut people.sent, app, (ada, who.as_ref())).await.map(|new| drop(new.unwrap()))
}

/// A thief's copy of a passkey that never leaves its device counts what has been counted.
async fn use_a_copy(people: &mut People, app: &App) -> Result<(), Fault> {
    let mut copy = people.ada.clone().unwrap();
    copy.passkey.count = 0;
    let refused = sign_in(&mut people.sent, app, (&mut copy, None)).await?;
    assert_eq!(refused.unwrap_err(), sign_in::Refusal::Ceremony(NotAccepted));
    Ok(())
}

fn named(name: &str) -> Named {
    Named::parse(name).unwrap()
}

fn ledger() -> Label {
    Label::parse("ledger").unwrap()
}

/// Ada's other passkey is put on hold, and what it opened ends.
async fn hold(people: &People, app: &App) -> Result<(), Fault> {
    let ada = people.ada.as_ref().unwrap();
    let listed = app.credentials().list(&signed_in(app, ada).await?).await?;
    let second = listed.iter().find(|listed| listed.kind == CredentialKind::Synced).unwrap();
    let which = (&named("ada"), second.id);
    let held = app.credentials().hold(&app.ctx(Actor::Operator), which, &reason("left in a train")).await?;
    assert!(matches!(held, Ok(_) | Err(StandingRefusal::AsItIs)), "{held:?}");
    Ok(())
}

async fn remove(people: &People, app: &App) -> Result<(), Fault> {
    let ada = people.ada.as_ref().unwrap();
    let (who, ctx) = (signed_in(app, ada).await?, stranger(app).acting(ada.account));
    let listed = app.credentials().list(&who).await?;
    if let Some(second) = listed.iter().find(|listed| listed.kind == CredentialKind::Synced) {
        app.credentials().remove(&ctx, &who, second.id).await?.unwrap();
    }
    Ok(())
}

async fn sign_out(people: &People, app: &App) -> Result<(), Fault> {
    let wanda = people.wanda.as_ref().unwrap();
    let Some(who) = app.sessions().readmit(app.now(), &wanda.token).await? else { return Ok(()) };
    app.sessions().end(&stranger(app).acting(wanda.account), &who, who.session.id()).await?.unwrap();
    Ok(())
}

async fn count_failures(app: &App) -> Result<(), Fault> {
    let nothing = finish("", register(&json_of_nobody(), &synced()).1);
    let refused = app.sign_up().finish(&stranger(app), nothing).await?;
    assert_eq!(refused.unwrap_err(), sign_up::Refusal::Ceremony(BeginAgain));
    app.failures().write_everything_down().await
}

/// Whoever never heard that a list was taken is told that it is known.
async fn learn_models(app: &App) -> Result<(), Fault> {
    let list = published(1, &[]).into_bytes();
    match app.authenticators().import(&app.ctx(Actor::Operator), list).await? {
        Ok(_) | Err(authenticators::Refusal::NotNewer { known: 1, .. }) => Ok(()),
        Err(other) => panic!("{other}"),
    }
}

fn json_of_nobody() -> Value {
    serde_json::json!({ "rp": { "id": "localhost" }, "user": { "id": "YW5u" }, "challenge": "AAAA" })
}

async fn disable(app: &App) -> Result<(), Fault> {
    let named = Named::parse("ada").unwrap();
    match app.accounts().disable(&app.ctx(Actor::Operator), &named, &reason("left the house")).await? {
        Ok(_) | Err(Refusal::AlreadyDisabled) => Ok(()),
        Err(other) => panic!("{other}"),
    }
}

async fn work(house: &House, app: &App, refusing: Option<Undelivered>) -> Result<(), Fault> {
    house.mail.refuse(refusing);
    app.outbox().work(10).await.map(|_| ())
}

/// An operator whose command failed looks whether the restore was accepted before asking for it again.
async fn accept_restore(app: &App) -> Result<(), Fault> {
    if setting(app, Setting::RestoreEpoch).await == 0 {
        app.fence().accept_restore(&app.ctx(Actor::Operator)).await?;
    }
    Ok(())
}
