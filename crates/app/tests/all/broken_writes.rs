//! Every write of the house is broken twice, each time it comes by: before it took effect, and after.
//!
//! A strike lets one act of the past fail at one statement. Then a node that knows nothing of it opens the database,
//! everything is examined, the act is done again, and the house must stand as if nothing had ever failed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use app::{App, Fault, Unready, Wiring};
use audit::Event;
use store::{Effect, Moment, Seam, Setting, Store, statements};
use testkit::{Breaker, House, Strike, check_everything};
use tokio::task::JoinSet;

use crate::acts::{counts, events, setting};
use crate::authenticators::moved;
use crate::past::{Act, PAST, Town};
use crate::stand::{Stand, stand};

/// Houses that are broken side by side.
const AT_ONCE: usize = 4;
const COMMIT: &str = "COMMIT";

fn wiring(house: &House, store: Store) -> Wiring {
    Wiring { fence_folder: house.folder().to_owned(), ..house.wiring(store) }
}

/// A node that knows nothing of breakers.
async fn reopened(house: &House) -> App {
    App::start(wiring(house, house.open(None).await)).await.unwrap()
}

/// One act on a house whose writes can be broken.
async fn attempt(town: &mut Town, act: Act, breaker: &Arc<Breaker>, strike: Option<Strike>) -> Result<(), Fault> {
    let seam: Arc<dyn Seam> = breaker.clone();
    let store = town.house.open(Some(seam)).await;
    let prepare = || {
        breaker.take_counts();
        if let Some(strike) = strike {
            breaker.arm(strike);
        }
    };
    if act == Act::Start {
        prepare();
    }
    let app = match App::start(wiring(&town.house, store)).await {
        Ok(app) => app,
        Err(Unready::Fault(fault)) => return Err(fault),
        Err(unready) => panic!("{unready}"),
    };
    if act != Act::Start {
        prepare();
    }
    act.run(town, &app).await
}

/// Where an act can be broken: each write statement and the commit, each time it comes by, at both moments.
fn strikes(passed: &BTreeMap<&'static str, usize>) -> Vec<Strike> {
    let times = passed.iter().flat_map(|(statement, times)| (0..*times).map(move |nth| (*statement, nth)));
    times
        .flat_map(|(statement, nth)| [Moment::Before, Moment::After].map(|moment| Strike { statement, moment, nth }))
        .collect()
}

/// An act, and where it leads: as it should, and when it had its effect and nobody heard of it.
struct Led {
    act: Act,
    /// The commit in which the act has its effect.
    unheard: Strike,
    stand: Stand,
    /// How many spent ceremonies were remembered before it.
    spent: i64,
}

/// F04: that a session was seen is the one write that may fail without anybody hearing of it; it comes first.
fn is_forgiven(act: Act, strike: Strike) -> bool {
    let is_touch = strike.statement.ends_with("::TOUCH_SESSION") || (strike.statement == COMMIT && strike.nth == 0);
    act == Act::SignOut && is_touch
}

/// Breaks the act, and sees whether trying again leads where it would have led.
async fn survives(town: &mut Town, strike: Strike, led: &Led) {
    let (act, breaker) = (led.act, Arc::new(Breaker::default()));
    let outcome = attempt(town, act, &breaker, Some(strike)).await;
    assert!(breaker.disarm(), "{act:?} did not pass {strike:?}");
    let is_retryable = outcome.as_ref().is_err_and(Fault::retryable);
    assert!(is_retryable || (is_forgiven(act, strike) && outcome.is_ok()), "{act:?} {strike:?}: {outcome:?}");

    let app = reopened(&town.house).await;
    check_everything(&app).await;
    if act == Act::Upkeep {
        let is_moved = setting(&app, Setting::PruneMark).await > 0;
        assert!(is_moved || counts(&app).await.spent == led.spent, "forgotten before the mark had moved: {strike:?}");
    }
    town.house.clock.advance(act.again_after());
    act.run(town, &app).await.unwrap();
    check_everything(&app).await;
    let expected = if strike == led.unheard { led.stand.clone().with_twice(act) } else { led.stand.clone() };
    assert_eq!(stand(town, &app).await, expected, "{act:?} {strike:?}");
}

/// The town before an act and after it, and others in which the act is broken, side by side.
struct Walk {
    before: Town,
    after: Town,
    broken: Vec<Town>,
    spent: i64,
}

impl Walk {
    /// Nobody may have the house's database open.
    async fn begin(house: &House) -> Self {
        let mut broken = Vec::new();
        for _ in 0..AT_ONCE {
            broken.push(Town::new(house.copy().await));
        }
        Self { before: Town::new(house.copy().await), after: Town::new(house.copy().await), broken, spent: 0 }
    }

    /// Goes on by one act, and breaks it everywhere. Every strike that was made.
    async fn go_on(&mut self, act: Act) -> Vec<Strike> {
        self.before.house.clock.advance(act.later());
        self.after.become_copy_of(&self.before).await;
        let breaker = Arc::new(Breaker::default());
        attempt(&mut self.after, act, &breaker, None).await.unwrap();
        let passed = breaker.take_counts();
        let last_commit = passed.get(COMMIT).map_or(0, |times| times.saturating_sub(1));
        let unheard = Strike { statement: COMMIT, moment: Moment::After, nth: last_commit };
        let app = reopened(&self.after.house).await;
        check_everything(&app).await;
        let led = Arc::new(Led { act, unheard, stand: stand(&self.after, &app).await, spent: self.spent });
        drop(app);
        self.spent = led.stand.counts.spent;

        let (strikes, mut running) = (strikes(&passed), JoinSet::new());
        for strike in strikes.iter().copied() {
            let mut town = match self.broken.pop() {
                Some(town) => town,
                None => running.join_next().await.unwrap().unwrap(),
            };
            town.become_copy_of(&self.before).await;
            let led = Arc::clone(&led);
            running.spawn(async move {
                survives(&mut town, strike, &led).await;
                town
            });
        }
        while let Some(survived) = running.join_next().await {
            self.broken.push(survived.unwrap());
        }
        std::mem::swap(&mut self.before, &mut self.after);
        strikes
    }

    async fn end(self) {
        for town in self.broken.into_iter().chain([self.before, self.after]) {
            town.house.leave().await;
        }
    }
}

/// Every write there is, and the commit.
fn writes() -> BTreeSet<&'static str> {
    let written = statements::all().filter(|sql| sql.effect != Effect::Read).map(|sql| sql.name);
    written.chain([COMMIT]).collect()
}

testkit::on_both_engines! {
    fn every_write_is_broken_before_and_after_and_the_house_stands(house) {
        drop(house.open(None).await);
        let (mut walk, mut made) = (Walk::begin(house).await, Vec::new());
        for act in PAST {
            made.extend(walk.go_on(act).await);
        }
        walk.end().await;

        let broken: BTreeSet<_> = made.iter().map(|strike| (strike.statement, strike.moment)).collect();
        let both = |statement| [Moment::Before, Moment::After].map(|moment| (statement, moment));
        let unbroken: Vec<_> = writes().into_iter().flat_map(both).filter(|write| !broken.contains(write)).collect();
        assert!(unbroken.is_empty(), "these writes were never broken: {unbroken:#?}");
        assert!(made.len() >= 300, "only {} strikes", made.len());
        let engine = if house.is_postgres() { "postgres" } else { "sqlite" };
        testkit::tell(format_args!("{} strikes over {} write statements on {engine}, check_everything() held", made.len(), writes().len()));
    }

    fn every_audit_event_is_produced(house) {
        let mut town = Town::new(house.copy().await);
        let app = reopened(&town.house).await;
        for act in PAST {
            town.house.clock.advance(act.later());
            act.run(&mut town, &app).await.unwrap();
        }
        drop(app);
        drop(moved(&town.house, "example.com", true).await.unwrap());
        let app = moved(&town.house, testkit::site().relying_party.id.as_str(), true).await.unwrap();
        let produced = events(&app).await;
        let never: Vec<_> = Event::ALL.iter().filter(|event| !produced.contains_key(&event.code())).collect();
        assert!(never.is_empty(), "no act produces {never:?}");
        check_everything(&app).await;
        drop(app);
        let app = reopened(&town.house).await;
        assert_eq!(events(&app).await, produced);
        drop(app);
        town.house.leave().await;
    }
}
