//! Every write of the house is broken twice, each time it comes by: before it took effect, and after.
//!
//! The past of a house is cut into acts that together pass every write statement there is. A strike lets one act fail
//! at one statement. Then a node that knows nothing of it opens the database, everything is examined, the act is done
//! again, and the house must stand as if nothing had ever failed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use app::account::{Named, Page, Refusal};
use app::keys::{Standing, Use};
use app::{Actor, App, Fault, Undelivered, Unready, Wiring};
use audit::Event;
use store::fence::Fence;
use store::{Close, Effect, Moment, Seam, Setting, Store, statements};
use testkit::{Breaker, House, Strike, check_everything};
use tokio::task::JoinSet;
use vocab::CeremonyId;

use crate::acts::{Counts, counts, events, every_account, jobs_of, newcomer, reason};

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// Houses that are broken side by side.
const AT_ONCE: usize = 4;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Act {
    Start,
    Create,
    CreateTaken,
    SpendCeremonies,
    Deliver,
    Disable,
    PutOff,
    GiveUp,
    RotateKeys,
    List,
    ReconcileKeys,
    Upkeep,
    AcceptRestore,
}

/// In this order they are a past that every kind of row takes part in.
const PAST: [Act; 13] = [
    Act::Start,
    Act::Create,
    Act::CreateTaken,
    Act::SpendCeremonies,
    Act::Deliver,
    Act::Disable,
    Act::PutOff,
    Act::GiveUp,
    Act::RotateKeys,
    Act::List,
    Act::ReconcileKeys,
    Act::Upkeep,
    Act::AcceptRestore,
];

impl Act {
    /// How much time passes before it.
    fn later(self) -> Duration {
        match self {
            Self::GiveUp => MINUTE,
            Self::ReconcileKeys => 32 * DAY,
            _ => Duration::ZERO,
        }
    }

    /// How much time passes before it is tried again: a letter belongs to whoever claimed it until the claim is over.
    fn again_after(self) -> Duration {
        match self {
            Self::Deliver | Self::PutOff | Self::GiveUp => MINUTE,
            _ => Duration::ZERO,
        }
    }

    async fn run(self, house: &House, app: &App) -> Result<(), Fault> {
        match self {
            Self::Start => Ok(()),
            Self::Create => create(app).await,
            Self::CreateTaken => {
                let taken = app.accounts().create(&app.ctx(Actor::Operator), newcomer("maren")).await?;
                taken.map(|made| panic!("{made:?}")).or(Ok(()))
            }
            Self::SpendCeremonies => spend_ceremonies(app.store()).await,
            Self::Deliver => work(house, app, None).await,
            Self::Disable => disable(app).await,
            Self::PutOff => work(house, app, Some(Undelivered::Later("mailbox full".to_owned()))).await,
            Self::GiveUp => work(house, app, Some(Undelivered::Never("no such mailbox".to_owned()))).await,
            Self::RotateKeys => {
                for use_for in [Use::Sealing, Use::Audit] {
                    let _made_or_waiting = app.keys().rotate(&app.ctx(Actor::Operator), use_for).await?;
                }
                Ok(())
            }
            Self::List => app.accounts().list(Page { after: None, state: None, limit: 10 }).await.map(|_| ()),
            Self::ReconcileKeys => app.keys().reconcile().await,
            Self::Upkeep => app.upkeep().reconcile().await,
            Self::AcceptRestore => accept_restore(app).await,
        }
    }
}

async fn create(app: &App) -> Result<(), Fault> {
    for name in ["maren", "olga"] {
        match app.accounts().create(&app.ctx(Actor::Operator), newcomer(name)).await? {
            Ok(_) | Err(Refusal::IdentifierTaken(_)) => {}
            Err(other) => panic!("{other}"),
        }
    }
    Ok(())
}

async fn disable(app: &App) -> Result<(), Fault> {
    let named = Named::parse("maren").unwrap();
    match app.accounts().disable(&app.ctx(Actor::Operator), &named, &reason("left the house")).await? {
        Ok(_) | Err(Refusal::AlreadyDisabled) => Ok(()),
        Err(other) => panic!("{other}"),
    }
}

async fn spend_ceremonies(store: &Store) -> Result<(), Fault> {
    for number in [1, 2] {
        let id = CeremonyId::from_bytes([number; 16]);
        let now = vocab::Timestamp::from_micros(1_795_248_000_000_000);
        let take = store.write((id, now), |&(id, now), tx| {
            Box::pin(async move { Ok(Close::Commit(tx.take_ceremony(id, now).await?)) })
        });
        let _fresh_or_spent_by_the_act_that_failed = take.await?;
    }
    Ok(())
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

async fn setting(app: &App, setting: Setting) -> i64 {
    let row = app.store().read(setting, |setting, snapshot| Box::pin(snapshot.setting(*setting))).await.unwrap();
    row.unwrap().value.parse().unwrap()
}

/// How a house stands, apart from ids and from how often something was tried.
#[derive(Debug, PartialEq, Eq)]
struct Stand {
    accounts: BTreeMap<String, (&'static str, Vec<String>)>,
    jobs: Vec<(String, String)>,
    keys: Vec<(Use, i64, Standing)>,
    counts: Counts,
    events: BTreeMap<u64, usize>,
    epoch_and_mark: (i64, i64),
    fence: Fence,
    letters: BTreeSet<(String, String, String)>,
}

async fn stand(house: &House, app: &App) -> Stand {
    let (mut accounts, mut jobs) = (BTreeMap::new(), Vec::new());
    for listed in every_account(app).await {
        let names = listed.identifiers.into_iter().map(|row| row.typed).collect();
        accounts.insert(listed.account.display_name, (listed.account.state.as_str(), names));
        jobs.extend(jobs_of(app, listed.account.id).await.into_iter().map(|job| (job.kind, job.state)));
    }
    jobs.sort_unstable();
    let keys = app.keys().list().await.unwrap();
    let letters = house.mail.letters().into_iter();
    Stand {
        accounts,
        jobs,
        keys: keys.iter().map(|key| (key.use_for, key.serial, key.standing)).collect(),
        counts: counts(app).await,
        events: events(app).await,
        epoch_and_mark: (setting(app, Setting::RestoreEpoch).await, setting(app, Setting::PruneMark).await),
        fence: Fence::load(house.folder()).unwrap(),
        letters: letters.map(|letter| (letter.id, letter.to, letter.subject)).collect(),
    }
}

fn wiring(house: &House, store: Store) -> Wiring {
    Wiring { fence_folder: house.folder().to_owned(), ..house.wiring(store) }
}

/// A node that knows nothing of breakers.
async fn reopened(house: &House) -> App {
    App::start(wiring(house, house.open(None).await)).await.unwrap()
}

/// One act on a house whose writes can be broken.
async fn attempt(house: &House, act: Act, breaker: &Arc<Breaker>, strike: Option<Strike>) -> Result<(), Fault> {
    let seam: Arc<dyn Seam> = breaker.clone();
    let store = house.open(Some(seam)).await;
    let prepare = || {
        breaker.take_counts();
        if let Some(strike) = strike {
            breaker.arm(strike);
        }
    };
    if act == Act::Start {
        prepare();
    }
    let app = match App::start(wiring(house, store)).await {
        Ok(app) => app,
        Err(Unready::Fault(fault)) => return Err(fault),
        Err(unready) => panic!("{unready}"),
    };
    if act != Act::Start {
        prepare();
    }
    act.run(house, &app).await
}

/// Where an act can be broken: each write statement and the commit, each time it comes by, at both moments.
fn strikes(passed: &BTreeMap<&'static str, usize>) -> Vec<Strike> {
    let times = passed.iter().flat_map(|(statement, times)| (0..*times).map(move |nth| (*statement, nth)));
    times
        .flat_map(|(statement, nth)| [Moment::Before, Moment::After].map(|moment| Strike { statement, moment, nth }))
        .collect()
}

/// Breaks the act, and sees whether trying again leads where it would have led.
async fn survives(house: House, (act, strike): (Act, Strike), expected: Arc<Stand>) {
    let breaker = Arc::new(Breaker::default());
    let outcome = attempt(&house, act, &breaker, Some(strike)).await;
    assert!(breaker.disarm(), "{act:?} did not pass {strike:?}");
    assert!(outcome.as_ref().is_err_and(Fault::retryable), "{act:?} {strike:?}: {outcome:?}");

    let app = reopened(&house).await;
    check_everything(&app).await;
    if act == Act::Upkeep {
        let is_moved = setting(&app, Setting::PruneMark).await > 0;
        assert!(is_moved || counts(&app).await.spent == 2, "forgotten before the mark had moved: {strike:?}");
    }
    house.clock.advance(act.again_after());
    act.run(&house, &app).await.unwrap();
    check_everything(&app).await;
    assert_eq!(stand(&house, &app).await, *expected, "{act:?} {strike:?}");
    drop(app);
    house.leave().await;
}

/// Breaks one act everywhere. The house as it stands after the act, and every strike that was made.
async fn break_everywhere(before: House, act: Act) -> (House, Vec<Strike>) {
    before.clock.advance(act.later());
    let (after, breaker) = (before.copy().await, Arc::new(Breaker::default()));
    attempt(&after, act, &breaker, None).await.unwrap();
    let strikes = strikes(&breaker.take_counts());
    let app = reopened(&after).await;
    check_everything(&app).await;
    let expected = Arc::new(stand(&after, &app).await);
    drop(app);

    let mut running = JoinSet::new();
    for strike in &strikes {
        if running.len() == AT_ONCE {
            running.join_next().await.unwrap().unwrap();
        }
        running.spawn(survives(before.copy().await, (act, *strike), Arc::clone(&expected)));
    }
    while let Some(survived) = running.join_next().await {
        survived.unwrap();
    }
    before.leave().await;
    (after, strikes)
}

/// Every write there is, and the commit.
fn writes() -> BTreeSet<&'static str> {
    let written = statements::all().filter(|sql| sql.effect != Effect::Read).map(|sql| sql.name);
    written.chain(["COMMIT"]).collect()
}

testkit::on_both_engines! {
    fn every_write_is_broken_before_and_after_and_the_house_stands(house) {
        drop(house.open(None).await);
        let (mut standing, mut made) = (house.copy().await, Vec::new());
        for act in PAST {
            let strikes;
            (standing, strikes) = break_everywhere(standing, act).await;
            made.extend(strikes);
        }
        standing.leave().await;

        let broken: BTreeSet<_> = made.iter().map(|strike| (strike.statement, strike.moment)).collect();
        let both = |statement| [Moment::Before, Moment::After].map(|moment| (statement, moment));
        let unbroken: Vec<_> = writes().into_iter().flat_map(both).filter(|write| !broken.contains(write)).collect();
        assert!(unbroken.is_empty(), "these writes were never broken: {unbroken:#?}");
        assert!(made.len() >= 150, "only {} strikes", made.len());
        let engine = if house.is_postgres() { "postgres" } else { "sqlite" };
        testkit::tell(format_args!("{} strikes over {} write statements on {engine}, check_everything() held", made.len(), writes().len()));
    }

    fn every_audit_event_is_produced(house) {
        let app = reopened(house).await;
        for act in PAST {
            house.clock.advance(act.later());
            act.run(house, &app).await.unwrap();
        }
        let produced = events(&app).await;
        let never: Vec<_> = Event::ALL.iter().filter(|event| !produced.contains_key(&event.code())).collect();
        assert!(never.is_empty(), "no act produces {never:?}");
        check_everything(&app).await;
        drop(app);
        let app = reopened(house).await;
        assert_eq!(events(&app).await, produced);
    }
}
