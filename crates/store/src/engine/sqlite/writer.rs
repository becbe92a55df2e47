//! The writer of the embedded engine: it runs what waits, commits it together, and only then answers.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode};
use tokio::sync::oneshot;

use super::{execute, poll_once, refused};
use crate::engine::lanes::Lanes;
use crate::engine::{Answer, Close, GROUP_LIMIT, Link, Snapshot, Tx};
use crate::fault::{Fault, Kind};
use crate::seam::{COMMIT, Moment, Seam};

/// A group of so many is a crowd. The next one waits for more, so many times so long: ten milliseconds at most, of which
/// a server that is so busy has more anyway between one answer and the next.
const CROWD: usize = 4;
const PAUSE: Duration = Duration::from_millis(1);
const PAUSES: u32 = 10;
/// For so many groups, the one in which a job has had to be undone among them, jobs run apart.
const WARY_FOR: u32 = 100;

#[derive(Default)]
pub(super) struct Gauges {
    pub(super) writes: AtomicU64,
    pub(super) commits: AtomicU64,
    pub(super) overloads: AtomicU64,
    /// The disk failed under a commit: what is durable is unknown, so nothing more is written until a restart.
    broken: AtomicBool,
}

impl Gauges {
    pub(super) fn check_unbroken(&self) -> Result<(), Fault> {
        if self.broken.load(Relaxed) {
            return Err(Fault::new(Kind::Unavailable, "the disk failed under a commit; restart once it is sound"));
        }
        Ok(())
    }
}

/// A write waiting for its turn, then for its group's commit.
pub(super) trait Job: Send {
    /// Runs straight in the group's transaction: what it leaves can be undone with the group only.
    fn run(&mut self, connection: &mut Connection, seam: Option<&dyn Seam>) -> Ran;
    /// Runs so that it can be undone alone. Fails when its savepoint cannot be set, undone or released.
    fn run_apart(&mut self, connection: &mut Connection, seam: Option<&dyn Seam>) -> Result<(), Fault>;
    /// Does what it wrote belong into the commit?
    fn stands(&self) -> bool;
    fn answer(&mut self, group: Result<(), &Fault>);
}

/// What a job has left in the group's transaction.
#[derive(PartialEq, Eq)]
pub(super) enum Ran {
    /// What it was to write, or nothing.
    Cleanly,
    /// Something that must not be committed.
    Leftovers,
}

pub(super) struct Write<P, F, T> {
    plan: P,
    body: F,
    answer: Option<oneshot::Sender<Result<T, Fault>>>,
    outcome: Option<Result<Close<T>, Fault>>,
}

impl<P, F, T> Write<P, F, T>
where
    F: for<'t> Fn(&'t P, &'t mut Tx<'_>) -> Answer<'t, Close<T>>,
{
    pub(super) fn new(plan: P, body: F, answer: oneshot::Sender<Result<T, Fault>>) -> Self {
        Self { plan, body, answer: Some(answer), outcome: None }
    }

    fn attempt(&self, connection: &mut Connection, seam: Option<&dyn Seam>) -> Result<Close<T>, Fault> {
        let outcome = {
            let mut tx = Tx(Snapshot::new(Link::Sqlite(connection), seam));
            let body = AssertUnwindSafe(|| {
                let close = poll_once((self.body)(&self.plan, &mut tx))?;
                tx.check_unfailed().map(|()| close)
            });
            // A panic is a failure like any other; the rest of its group is none of its business.
            std::panic::catch_unwind(body).unwrap_or_else(|_| Err(Fault::new(Kind::Bug, "a transaction body panicked")))
        };
        if connection.is_autocommit() {
            return outcome.and(Err(Fault::new(Kind::Unavailable, GIVEN_UP)));
        }
        outcome
    }
}

impl<P, F, T> Job for Write<P, F, T>
where
    P: Send + Sync,
    T: Send,
    F: for<'t> Fn(&'t P, &'t mut Tx<'_>) -> Answer<'t, Close<T>> + Send + Sync,
{
    fn run(&mut self, connection: &mut Connection, seam: Option<&dyn Seam>) -> Ran {
        let changes = connection.total_changes();
        let outcome = self.attempt(connection, seam);
        let ran = match &outcome {
            Ok(Close::Commit(_)) => Ran::Cleanly,
            // A statement that broke off (a damaged index) may have changed something and counted nothing.
            Err(fault) if !fault.is_moved() => Ran::Leftovers,
            _ if connection.total_changes() == changes => Ran::Cleanly,
            _ => Ran::Leftovers,
        };
        self.outcome = Some(outcome);
        ran
    }

    fn run_apart(&mut self, connection: &mut Connection, seam: Option<&dyn Seam>) -> Result<(), Fault> {
        execute(connection, "SAVEPOINT unit")?;
        let outcome = self.outcome.insert(self.attempt(connection, seam));
        match outcome {
            _ if connection.is_autocommit() => Ok(()), // the group is lost, and so was this
            Ok(Close::Commit(_)) => execute(connection, "RELEASE unit"),
            _ => execute(connection, "ROLLBACK TO unit").and_then(|()| execute(connection, "RELEASE unit")),
        }
    }

    fn stands(&self) -> bool {
        matches!(self.outcome, Some(Ok(Close::Commit(_))))
    }

    fn answer(&mut self, group: Result<(), &Fault>) {
        let outcome = self.outcome.take().unwrap_or_else(|| Err(Fault::new(Kind::Bug, "a job answered unrun")));
        let answer = match (group, outcome) {
            (Err(_), Err(cause)) if cause.kind() == Kind::Unavailable => Err(cause),
            (Err(fault), _) => Err(fault.echo()),
            (Ok(()), outcome) => outcome.map(|(Close::Commit(answer) | Close::Undo(answer))| answer),
        };
        if let Some(sender) = self.answer.take() {
            let _nobody_waits_any_more = sender.send(answer);
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "each of the crowd would wake the writer, and it waits for all of them")]
fn pause() {
    std::thread::sleep(PAUSE);
}

/// Some errors (a full disk, a failed read) end the whole transaction by themselves.
const GIVEN_UP: &str = "the engine gave up the transaction";

/// After a failed sync nobody knows what is durable. A write that failed (a quota, a limit) was undone before one.
fn leaves_doubt(error: &rusqlite::Error) -> bool {
    error.sqlite_error().is_some_and(|error| {
        error.code == ErrorCode::SystemIoFailure && error.extended_code != rusqlite::ffi::SQLITE_IOERR_WRITE
    })
}

pub(super) struct Writer {
    connection: Connection,
    lanes: Arc<Lanes<Box<dyn Job>>>,
    gauges: Arc<Gauges>,
    seam: Option<Arc<dyn Seam>>,
    /// The last group was a crowd.
    is_busy: bool,
    /// So many groups still run each job apart.
    wary: u32,
}

impl Drop for Writer {
    /// However the thread ends, nobody waits for it for ever: a dropped job is an answer.
    fn drop(&mut self) {
        self.lanes.close();
        while self.lanes.next().is_some() {}
    }
}

impl Writer {
    pub(super) fn new(
        connection: Connection,
        lanes: Arc<Lanes<Box<dyn Job>>>,
        gauges: Arc<Gauges>,
        seam: Option<Arc<dyn Seam>>,
    ) -> Self {
        Self { connection, lanes, gauges, seam, is_busy: false, wary: 0 }
    }

    pub(super) fn run(mut self) {
        while let Some(first) = self.lanes.next() {
            let mut group = Vec::with_capacity(GROUP_LIMIT);
            let committed = self.commit_group(first, &mut group);
            self.gauges.writes.fetch_add(group.len() as u64, Relaxed);
            for mut job in group {
                job.answer(committed.as_ref().map(|_| ()));
            }
        }
    }

    /// Runs jobs until nobody waits or the group is full, then commits them together. A lone job is not delayed.
    fn commit_group(&mut self, first: Box<dyn Job>, group: &mut Vec<Box<dyn Job>>) -> Result<(), Fault> {
        let mut next = Some(first);
        let mut pauses = if self.is_busy { PAUSES } else { 0 };
        let mut begun = self.begin();
        while let Some(mut job) = next {
            if begun.is_ok() {
                begun = self.run_among(group, &mut *job);
            }
            group.push(job);
            let lost = begun.is_err() || self.connection.is_autocommit();
            next = if lost || group.len() >= GROUP_LIMIT { None } else { self.joining(&mut pauses) };
        }
        self.is_busy = group.len() >= CROWD;
        self.wary = self.wary.saturating_sub(1);
        if begun.is_err() && !self.connection.is_autocommit() {
            execute(&self.connection, "ROLLBACK")?;
        }
        begun?;
        self.commit()
    }

    /// To be able to undo one job alone costs every job a copy of each page it writes, and few are ever undone: most of
    /// what is refused is refused before anything is written. So jobs run straight until one leaves something behind.
    /// Then the group begins again without it, and for a while each job runs apart: whoever makes jobs fail makes
    /// others run twice once in so many groups.
    fn run_among(&mut self, group: &mut [Box<dyn Job>], job: &mut dyn Job) -> Result<(), Fault> {
        let seam = self.seam.as_deref();
        if self.wary > 0 {
            return job.run_apart(&mut self.connection, seam);
        }
        if job.run(&mut self.connection, seam) == Ran::Cleanly || self.connection.is_autocommit() {
            return Ok(());
        }
        self.wary = WARY_FOR;
        execute(&self.connection, "ROLLBACK")?;
        self.begin()?;
        for earlier in group.iter_mut().filter(|earlier| earlier.stands()) {
            earlier.run_apart(&mut self.connection, self.seam.as_deref())?;
            if !earlier.stands() {
                // Others were answered on what it did.
                return Err(Fault::new(Kind::Contended, "a group of transactions moved while it began again"));
            }
        }
        Ok(())
    }

    /// Whoever is about to ask is let ahead: where nobody is, that takes no time. When the last group was a crowd, the
    /// next one will be, and is given a moment to gather: a commit costs the same for one as for sixty-four.
    fn joining(&self, pauses: &mut u32) -> Option<Box<dyn Job>> {
        self.lanes.joining().or_else(|| {
            match pauses.checked_sub(1) {
                Some(left) => {
                    *pauses = left;
                    pause();
                }
                None => std::thread::yield_now(),
            }
            self.lanes.joining()
        })
    }

    fn begin(&self) -> Result<(), Fault> {
        self.gauges.check_unbroken()?;
        if !self.connection.is_autocommit() {
            execute(&self.connection, "ROLLBACK")?; // that of the last group failed
        }
        execute(&self.connection, "BEGIN IMMEDIATE")
    }

    fn commit(&self) -> Result<(), Fault> {
        if self.connection.is_autocommit() {
            return Err(Fault::new(Kind::Unavailable, GIVEN_UP));
        }
        let outcome = self.strike(Moment::Before).and_then(|()| self.make_durable());
        if let Err(fault) = outcome {
            if !self.connection.is_autocommit() {
                execute(&self.connection, "ROLLBACK")?;
            }
            return Err(fault);
        }
        self.gauges.commits.fetch_add(1, Relaxed);
        self.strike(Moment::After)
    }

    fn make_durable(&self) -> Result<(), Fault> {
        let run = || self.connection.prepare_cached(COMMIT)?.raw_execute();
        run().map(|_| ()).map_err(|error| {
            self.gauges.broken.fetch_or(leaves_doubt(&error), Relaxed);
            refused(COMMIT, error)
        })
    }

    fn strike(&self, moment: Moment) -> Result<(), Fault> {
        match self.seam.as_ref().and_then(|seam| seam.strike(COMMIT, moment)) {
            Some(fault) => Err(fault),
            None => Ok(()),
        }
    }
}
