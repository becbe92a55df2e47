//! The worker: two kinds of work and no third.
//!
//! Outbox jobs are done once, because something happened. Reconcilers make it so: no input, idempotent, woken by a
//! timer and, where somebody waits, by a signal. The body of each calls one use case; rules never live here.
//!
//! ```no_run
//! # async fn example(app: app::App) {
//! let worker = jobs::Worker::start(app);
//! // ... serve, then:
//! worker.stop().await;
//! # }
//! ```
//!
//! What it refuses: SQL, HTTP, decisions. A failed round is logged, counted and tried again at the next one.
//!
//! Invariants:
//! - `no lost work`: the signal only shortens the wait; the timer alone would do everything.
//! - `stops between jobs`: a stop lets what is running come to its end, and begins nothing more.

use std::future::Future;
use std::time::Duration;

use app::authenticators::{Brought, NotBrought};
use app::{App, Fault, FaultKind};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// How many outbox jobs one round takes.
const BATCH: i64 = 32;
const OUTBOX_EVERY: Duration = Duration::from_secs(5);
/// Keys made elsewhere must be known here before their first use, a minute after they were made.
const KEYS_EVERY: Duration = Duration::from_secs(20);
/// A database that was set back under us must be noticed soon.
const UPKEEP_EVERY: Duration = Duration::from_secs(10);
/// What becomes known of models of authenticators reaches the passkeys that are there within seconds.
const AUTHENTICATORS_EVERY: Duration = Duration::from_secs(5);
/// A list of models that is due is asked for soon.
const LIST_OF_MODELS_EVERY: Duration = Duration::from_secs(60);
/// A minute of refusals is written down soon after it is over.
const FAILURES_EVERY: Duration = Duration::from_secs(20);

/// The running jobs of one node.
pub struct Worker {
    stop: watch::Sender<bool>,
    unfit: watch::Receiver<Option<String>>,
    rounds: JoinSet<()>,
}

impl Worker {
    pub fn start(app: App) -> Self {
        let (stop, stopped) = watch::channel(false);
        let (tell, unfit) = watch::channel(None);
        let mut rounds = JoinSet::new();
        rounds.spawn(outbox(app.clone(), stopped.clone()));
        rounds.spawn(keys(app.clone(), stopped.clone()));
        rounds.spawn(failures(app.clone(), stopped.clone()));
        rounds.spawn(authenticators(app.clone(), stopped.clone()));
        rounds.spawn(list_of_models(app.clone(), stopped.clone()));
        rounds.spawn(upkeep(app, stopped, tell));
        Self { stop, unfit, rounds }
    }

    /// Resolves when the database turns out to be one that must not be served any longer, and says why. The server is
    /// to end then: every answer it gives would rest on a past that was taken back.
    pub async fn found_unfit(&self) -> String {
        let mut unfit = self.unfit.clone();
        match unfit.wait_for(Option::is_some).await.map(|why| why.clone()) {
            Ok(Some(why)) => why,
            _ => std::future::pending().await,
        }
    }

    /// Lets what is running come to its end, and writes down what was only counted. The doors are to be closed before.
    pub async fn stop(mut self) {
        let _everything_has_ended_already = self.stop.send(true);
        while self.rounds.join_next().await.is_some() {}
    }
}

async fn outbox(app: App, mut stopped: watch::Receiver<bool>) {
    while !*stopped.borrow() {
        let round = app.outbox().work_while(BATCH, || !*stopped.borrow()).await;
        let is_empty = !matches!(round, Ok(taken) if taken > 0);
        report("outbox", round.map(|_| ()));
        if is_empty {
            rest(OUTBOX_EVERY, app.work_is_due(), &mut stopped).await;
        }
    }
}

async fn keys(app: App, mut stopped: watch::Receiver<bool>) {
    while !*stopped.borrow() {
        report("keys", app.keys().reconcile().await);
        rest(KEYS_EVERY, std::future::pending(), &mut stopped).await;
    }
}

async fn authenticators(app: App, mut stopped: watch::Receiver<bool>) {
    while !*stopped.borrow() {
        report("authenticators", app.authenticators().reconcile().await);
        if let Ok(overdue) = app.authenticators().overdue().await {
            metrics::gauge!("signet_authenticator_list_overdue_days").set(f64::from(overdue));
        }
        rest(AUTHENTICATORS_EVERY, std::future::pending(), &mut stopped).await;
    }
}

/// Another house may keep us waiting: a stop does not wait for it.
async fn list_of_models(app: App, mut stopped: watch::Receiver<bool>) {
    while !*stopped.borrow() {
        let authenticators = app.authenticators();
        let renewed = tokio::select! {
            renewed = authenticators.renew() => renewed,
            _ = stopped.changed() => return,
        };
        report("list_of_models", renewed.map(|renewed| renewed.iter().for_each(tell_of_list)));
        rest(LIST_OF_MODELS_EVERY, std::future::pending(), &mut stopped).await;
    }
}

fn tell_of_list(brought: &Result<Brought, NotBrought>) {
    let outcome = match brought {
        Ok(Brought::New(list)) => {
            tracing::info!(number = list.number, "a new list of models of authenticators counts");
            "new"
        }
        Ok(Brought::Known(_)) => "known",
        Err(why) => {
            tracing::warn!(%why, "no list of models of authenticators came; the one that is known is kept");
            "failed"
        }
    };
    metrics::counter!("signet_authenticator_list_fetches_total", "outcome" => outcome).increment(1);
}

async fn upkeep(app: App, mut stopped: watch::Receiver<bool>, unfit: watch::Sender<Option<String>>) {
    while !*stopped.borrow() {
        let round = app.upkeep().reconcile().await;
        if let Err(fault) = &round
            && fault.kind() == FaultKind::Unfit
        {
            let _nobody_serves = unfit.send(Some(fault.to_string()));
        }
        report("upkeep", round);
        rest(UPKEEP_EVERY, std::future::pending(), &mut stopped).await;
    }
}

async fn failures(app: App, mut stopped: watch::Receiver<bool>) {
    while !*stopped.borrow() {
        report("failures", app.failures().write_down().await);
        rest(FAILURES_EVERY, std::future::pending(), &mut stopped).await;
    }
    report("failures", app.failures().write_everything_down().await);
}

fn report(job: &'static str, round: Result<(), Fault>) {
    if let Err(fault) = round {
        metrics::counter!("signet_job_failures_total", "job" => job).increment(1);
        tracing::warn!(job, %fault, "a round failed; the next one tries again");
    }
}

/// Until the timer, the signal or the stop, whichever comes first.
async fn rest(at_most: Duration, signal: impl Future<Output = ()>, stopped: &mut watch::Receiver<bool>) {
    tokio::select! {
        _ = tokio::time::timeout(at_most, signal) => {}
        _ = stopped.changed() => {}
    }
}
