//! The embedded engine: one writer thread with group commit, readers beside it.

mod writer;

use std::fs::File;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread::JoinHandle;

use rusqlite::config::DbConfig;
use rusqlite::{CachedStatement, Connection, ErrorCode, OpenFlags};
use tokio::sync::{Semaphore, oneshot};

use self::writer::{Gauges, Job, Write, Writer};
use super::lanes::Lanes;
use super::{Answer, Close, Figures, Lane, Link, Opening, QUEUE_LIMIT, Reach, Role, Snapshot, Tx};
use crate::fault::{Fault, Kind};
use crate::migrate::{self, Migration, PlannedStep};
use crate::seam::Seam;
use crate::sql::Sql;
use crate::value::{Params, Row};

const FILE: &str = "signet.db";
const LOCK: &str = "lock";
const SEARCHES_AT_ONCE: usize = 2;
/// Statements a connection keeps prepared; the registry is smaller.
const PREPARED: usize = 512;
pub(super) struct Sqlite {
    path: std::path::PathBuf,
    lanes: Arc<Lanes<Box<dyn Job>>>,
    gauges: Arc<Gauges>,
    readers: Mutex<Vec<Connection>>,
    searches: Arc<Semaphore>,
    writer: Option<JoinHandle<()>>,
    lock: Option<File>,
}

impl Sqlite {
    pub(super) fn open(folder: &Path, opening: &Opening) -> Result<Self, Fault> {
        let lock = match opening.role {
            Role::Server => Some(lock_folder(folder)?),
            Role::Command => None,
        };
        let path = folder.join(FILE);
        make_private(&path)
            .map_err(|error| Fault::because(Kind::Unfit, format!("making {}", path.display()), error))?;
        let connection = connect(&path)?;
        if opening.role == Role::Server {
            empty_journal(&connection)?;
        }
        let (lanes, gauges) = (Arc::new(Lanes::new(QUEUE_LIMIT)), Arc::new(Gauges::default()));
        let writer = Writer::new(connection, Arc::clone(&lanes), Arc::clone(&gauges), opening.seam.clone());
        let thread = std::thread::Builder::new()
            .name("writer".into())
            .spawn(move || writer.run())
            .map_err(|error| Fault::because(Kind::Unfit, "starting the writer thread", error))?;
        Ok(Self {
            path,
            lanes,
            gauges,
            readers: Mutex::new(Vec::new()),
            searches: Arc::new(Semaphore::new(SEARCHES_AT_ONCE)),
            writer: Some(thread),
            lock,
        })
    }

    pub(super) fn figures(&self) -> Figures {
        Figures {
            waiting: self.lanes.waiting() as u64,
            writes: self.gauges.writes.load(Relaxed),
            commits: self.gauges.commits.load(Relaxed),
            overloads: self.gauges.overloads.load(Relaxed),
        }
    }

    pub(super) fn check_writes(&self) -> Result<(), Fault> {
        self.gauges.check_unbroken()
    }

    pub(super) fn plan(&self, known: &'static [Migration]) -> Result<Vec<PlannedStep>, Fault> {
        migrate::sqlite::plan(&connect(&self.path)?, known)
    }

    pub(super) fn migrate(
        &self,
        known: &'static [Migration],
        seam: Option<&dyn Seam>,
    ) -> Result<Vec<PlannedStep>, Fault> {
        migrate::sqlite::apply(&mut connect(&self.path)?, known, seam)
    }

    pub(super) fn prepare(&self, sql: &'static Sql) -> Result<usize, Fault> {
        let connection = connect(&self.path)?;
        connection.prepare(sql.for_sqlite_counted()).map_err(|error| refused(sql.name, error))?;
        let statement = connection.prepare(sql.for_sqlite()).map_err(|error| refused(sql.name, error))?;
        Ok(statement.parameter_count())
    }

    pub(super) fn read<P, T>(
        &self,
        reach: Reach,
        plan: &P,
        body: &(impl for<'s> Fn(&'s P, &'s mut Snapshot<'_>) -> Answer<'s, T> + ?Sized),
    ) -> Result<T, Fault> {
        let pooled = self.readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut connection = match pooled {
            Some(connection) => connection,
            None => connect_reader(&self.path)?,
        };
        if reach == Reach::Snapshot {
            execute(&connection, "BEGIN")?;
        }
        let outcome = {
            let mut snapshot = Snapshot::within(reach, Link::Sqlite(&mut connection));
            poll_once(body(plan, &mut snapshot))
        };
        if reach == Reach::Snapshot {
            execute(&connection, "COMMIT")?; // a reader that cannot end its snapshot is dropped, not reused
        }
        self.readers.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        outcome
    }

    pub(super) async fn browse<P, T, F>(self: Arc<Self>, plan: P, body: F) -> Result<T, Fault>
    where
        P: Send + Sync + 'static,
        T: Send + 'static,
        F: for<'s> Fn(&'s P, &'s mut Snapshot<'_>) -> Answer<'s, T> + Send + Sync + 'static,
    {
        let turn = Arc::clone(&self.searches).acquire_owned().await;
        let turn = turn.map_err(|error| Fault::because(Kind::Bug, "searches", error))?;
        let search = move || {
            let _turn = turn; // kept until the search ends, even when nobody waits for it any more
            self.read(Reach::Snapshot, &plan, &body)
        };
        let found = tokio::task::spawn_blocking(search).await;
        found.map_err(|error| Fault::because(Kind::Bug, "a search ended early", error))?
    }

    pub(super) async fn write<P, T, F>(&self, lane: Lane, plan: P, body: F) -> Result<T, Fault>
    where
        P: Send + Sync + 'static,
        T: Send + 'static,
        F: for<'t> Fn(&'t P, &'t mut Tx<'_>) -> Answer<'t, Close<T>> + Send + Sync + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let job = Box::new(Write::new(plan, body, answer));
        if self.lanes.offer(job, lane).is_err() {
            if self.lanes.is_closed() {
                return Err(Fault::new(Kind::Unavailable, "the writer thread ended"));
            }
            self.gauges.overloads.fetch_add(1, Relaxed);
            return Err(Fault::new(Kind::Overloaded, "the write queue is full"));
        }
        answered.await.map_err(|error| Fault::because(Kind::Unavailable, "the writer thread ended", error))?
    }
}

impl Drop for Sqlite {
    /// What was accepted is committed before the folder is let go.
    fn drop(&mut self) {
        self.lanes.close();
        // The last handle may have lain in the plan of a write: the writer cannot wait for itself.
        let elsewhere = |writer: &JoinHandle<()>| writer.thread().id() != std::thread::current().id();
        if let Some(writer) = self.writer.take().filter(elsewhere) {
            let _ended = writer.join();
        }
        // Not left to the closing of the file: a child process that is just being started holds a copy of it.
        if let Some(lock) = self.lock.take() {
            let _unlocked = lock.unlock();
        }
    }
}

pub(super) fn exists(folder: &Path) -> bool {
    folder.join(FILE).exists()
}

fn lock_folder(folder: &Path) -> Result<File, Fault> {
    let unfit = |error| Fault::because(Kind::Unfit, format!("opening the lock of {}", folder.display()), error);
    let mut private = File::options();
    private.create(true).truncate(false).write(true).mode(0o600);
    let file = private.open(folder.join(LOCK)).map_err(unfit)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => {
            Err(Fault::new(Kind::Unfit, format!("another server is using the data folder {}", folder.display())))
        }
        Err(std::fs::TryLockError::Error(error)) => Err(unfit(error)),
    }
}

/// A new database is its owner's alone, and so are the journals the engine makes beside it. One that exists is not
/// touched: closing any handle on it would drop the locks that this process holds through another.
fn make_private(path: &Path) -> std::io::Result<()> {
    match File::options().create_new(true).write(true).mode(0o600).open(path) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

fn connect(path: &Path) -> Result<Connection, Fault> {
    let opened = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    );
    let unfit = |error| Fault::because(Kind::Unfit, format!("opening {}", path.display()), error);
    let connection = opened.map_err(unfit)?;
    connection
        .execute_batch(
            "PRAGMA busy_timeout = 5000; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; \
             PRAGMA trusted_schema = OFF; PRAGMA wal_autocheckpoint = 4000; \
             PRAGMA temp_store = MEMORY;", // 16 MB: a busy page moves home once; what a savepoint sets aside stays in memory
        )
        .map_err(unfit)?;
    let journal: String =
        connection.pragma_update_and_check(None, "journal_mode", "wal", |row| row.get(0)).map_err(unfit)?;
    if journal != "wal" {
        return Err(Fault::new(Kind::Unfit, format!("the file system of {} cannot share memory", path.display())));
    }
    // A plan made once serves every value. Without this the engine plans anew whenever other values are bound.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map_err(unfit)?;
    connection.set_prepared_statement_cache_capacity(PREPARED);
    Ok(connection)
}

/// After a failed sync the kernel may show bytes that are not on the disk. So what the last server left in the journal
/// is written once more, into the database, and synced, before anything new rests on it.
fn empty_journal(connection: &Connection) -> Result<(), Fault> {
    let emptied = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
    emptied.map_err(|error| refused("emptying the journal", error))
}

fn connect_reader(path: &Path) -> Result<Connection, Fault> {
    let unavailable = |fault| Fault::because(Kind::Unavailable, "one more reader", fault);
    let connection = connect(path).map_err(unavailable)?;
    execute(&connection, "PRAGMA query_only = ON")?;
    // Half a megabyte. With every commit a reader forgets its pages; more would only lie about.
    execute(&connection, "PRAGMA cache_size = -512")?;
    Ok(connection)
}

/// Runs a write of which nobody reads what it returns. How many rows did it touch?
pub(super) fn touch(connection: &Connection, sql: &'static Sql, params: &impl Params) -> Result<usize, Fault> {
    let text = sql.for_sqlite_counted();
    let mut statement = connection.prepare_cached(text).map_err(|error| refused(sql.name, error))?;
    bind(&mut statement, sql, params)?;
    statement.raw_execute().map_err(|error| refused(sql.name, error))
}

fn bind(statement: &mut CachedStatement<'_>, sql: &'static Sql, params: &impl Params) -> Result<(), Fault> {
    params.lend(|values| {
        sql.check(values)?;
        let mut numbered = values.iter().enumerate();
        let bound = numbered.try_for_each(|(at, value)| statement.raw_bind_parameter(at + 1, value));
        bound.map_err(|error| refused(sql.name, error))
    })
}

/// Runs a statement and hands over its rows one by one.
pub(super) fn each_row(
    connection: &Connection,
    sql: &'static Sql,
    params: &impl Params,
    take: &mut dyn FnMut(Row<'_>) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let mut statement = connection.prepare_cached(sql.for_sqlite()).map_err(|error| refused(sql.name, error))?;
    bind(&mut statement, sql, params)?;
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next().map_err(|error| refused(sql.name, error))? {
        take(Row::Sqlite(row))?;
    }
    Ok(())
}

pub(crate) fn execute(connection: &Connection, text: &str) -> Result<(), Fault> {
    let run = || connection.prepare_cached(text)?.raw_execute();
    run().map(|_| ()).map_err(|error| refused(text, error))
}

pub(crate) fn refused(place: &str, error: rusqlite::Error) -> Fault {
    let kind = match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Kind::Contended,
        Some(ErrorCode::SystemIoFailure | ErrorCode::DiskFull | ErrorCode::CannotOpen) => Kind::Unavailable,
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Kind::Corrupt,
        _ => Kind::Refused,
    };
    Fault::because(kind, place, error)
}

/// INVARIANT (polled once): a body on this engine can await nothing but its own transaction, which never waits.
fn poll_once<T>(mut body: Answer<'_, T>) -> Result<T, Fault> {
    match body.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(outcome) => outcome,
        Poll::Pending => Err(Fault::new(
            Kind::Bug,
            "INVARIANT (polled once): a transaction body waited for something other than its transaction",
        )),
    }
}
