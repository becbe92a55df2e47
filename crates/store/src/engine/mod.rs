//! The one module that knows there are two engines.

mod lanes;
mod postgres;
mod sqlite;

use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;

use crate::fault::{Fault, Kind};
use crate::migrate::{self, Migration};
use crate::seam::{Moment, Seam};
use crate::sql::{Effect, Sql};
use crate::value::{Params, Row};

pub use postgres::PostgresPlace;
pub(crate) use postgres::broken;
pub(crate) use sqlite::{execute, refused};

/// How many writes may wait for the embedded database's writer before the answer is "come back".
pub const QUEUE_LIMIT: usize = 1_024;
/// How many writes share one commit at most.
pub const GROUP_LIMIT: usize = 64;

/// Where the data lives.
#[derive(Clone)]
pub enum Place {
    /// `signet.db` in this folder.
    Folder(PathBuf),
    Postgres(PostgresPlace),
}

impl Place {
    /// Is there a database? (A PostgreSQL is there, whether or not it answers.)
    pub fn exists(&self) -> bool {
        match self {
            Self::Folder(folder) => sqlite::exists(folder),
            Self::Postgres(_) => true,
        }
    }
}

/// Who opens it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// A server: on SQLite it holds the folder's lock for as long as it lives.
    Server,
    /// A command beside a running server: it takes its turn with `BEGIN IMMEDIATE` and waits up to 5 s.
    Command,
}

/// Everything needed to open a store.
#[derive(Clone)]
pub struct Opening {
    pub place: Place,
    pub role: Role,
    /// Always `None` outside tests.
    pub seam: Option<Arc<dyn Seam>>,
}

/// Which queue a write takes on the embedded database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    Ordinary,
    /// Slices of bulk work, at most 5 ms each: they run when nobody else waits.
    Bulk,
}

/// How far a read looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// Any number of statements, all in one state of the database.
    Snapshot,
    /// One statement. It sees one state by itself, and nothing need be said before and after it.
    Statement,
}

/// How a write ends when nothing failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Close<T> {
    Commit(T),
    /// Nothing of this transaction shall remain, and the answer is still an answer.
    Undo(T),
}

/// The future a body returns.
pub type Answer<'t, T> = Pin<Box<dyn Future<Output = Result<T, Fault>> + Send + 't>>;

/// Figures for the metrics page.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Figures {
    pub waiting: u64,
    pub writes: u64,
    pub commits: u64,
    pub overloads: u64,
}

#[derive(Clone)]
pub struct Store {
    engine: Engine,
    seam: Option<Arc<dyn Seam>>,
}

#[derive(Clone)]
enum Engine {
    Sqlite(Arc<sqlite::Sqlite>),
    Postgres(Arc<postgres::Postgres>),
}

impl Store {
    /// Open without touching the schema; say how to bring it up to date with [`Store::migrate`].
    pub async fn open(opening: Opening) -> Result<Self, Fault> {
        let engine = match &opening.place {
            Place::Folder(folder) => Engine::Sqlite(Arc::new(sqlite::Sqlite::open(folder, &opening)?)),
            Place::Postgres(place) => Engine::Postgres(Arc::new(postgres::Postgres::open(place, &opening).await?)),
        };
        Ok(Self { engine, seam: opening.seam })
    }

    /// The steps that would bring the schema up to date. Fails when the schema is not one this binary can serve.
    pub async fn plan(&self, known: &'static [Migration]) -> Result<Vec<migrate::PlannedStep>, Fault> {
        match &self.engine {
            Engine::Sqlite(sqlite) => sqlite.plan(known),
            Engine::Postgres(postgres) => postgres.plan(known).await,
        }
    }

    /// Bring the schema up to date, under a lock: of two nodes that start at once, one migrates and one waits.
    pub async fn migrate(&self, known: &'static [Migration]) -> Result<Vec<migrate::PlannedStep>, Fault> {
        match &self.engine {
            Engine::Sqlite(sqlite) => sqlite.migrate(known, self.seam.as_deref()),
            Engine::Postgres(postgres) => postgres.migrate(known, self.seam.as_deref()).await,
        }
    }

    /// Point reads from one snapshot. On SQLite they run right here: no thread is woken for a few microseconds.
    pub async fn read<P, T, F>(&self, plan: P, body: F) -> Result<T, Fault>
    where
        P: Send + Sync + 'static,
        T: Send + 'static,
        F: for<'s> Fn(&'s P, &'s mut Snapshot<'_>) -> Answer<'s, T> + Send + Sync + 'static,
    {
        self.read_within(Reach::Snapshot, plan, body).await
    }

    /// [`Store::read`] by a single statement: on PostgreSQL one round trip instead of two.
    pub async fn look<P, T, F>(&self, plan: P, body: F) -> Result<T, Fault>
    where
        P: Send + Sync + 'static,
        T: Send + 'static,
        F: for<'s> Fn(&'s P, &'s mut Snapshot<'_>) -> Answer<'s, T> + Send + Sync + 'static,
    {
        self.read_within(Reach::Statement, plan, body).await
    }

    async fn read_within<P, T, F>(&self, reach: Reach, plan: P, body: F) -> Result<T, Fault>
    where
        F: for<'s> Fn(&'s P, &'s mut Snapshot<'_>) -> Answer<'s, T>,
    {
        match &self.engine {
            Engine::Sqlite(sqlite) => sqlite.read(reach, &plan, &body),
            Engine::Postgres(postgres) => postgres.read(reach, &plan, &body).await,
        }
    }

    /// Lists and searches: on SQLite at most two at a time, away from the threads that answer requests.
    pub async fn browse<P, T, F>(&self, plan: P, body: F) -> Result<T, Fault>
    where
        P: Send + Sync + 'static,
        T: Send + 'static,
        F: for<'s> Fn(&'s P, &'s mut Snapshot<'_>) -> Answer<'s, T> + Send + Sync + 'static,
    {
        match &self.engine {
            Engine::Sqlite(sqlite) => Arc::clone(sqlite).browse(plan, body).await,
            Engine::Postgres(postgres) => postgres.read(Reach::Snapshot, &plan, &body).await,
        }
    }

    /// One write transaction. The body may run more than once (on PostgreSQL after a serialization failure, on SQLite
    /// when a neighbour in its group failed), so it only lends from the plan. Dropping the returned future does not stop
    /// the transaction.
    pub async fn write<P, T, F>(&self, plan: P, body: F) -> Result<T, Fault>
    where
        P: Send + Sync + 'static,
        T: Send + 'static,
        F: for<'t> Fn(&'t P, &'t mut Tx<'_>) -> Answer<'t, Close<T>> + Send + Sync + 'static,
    {
        self.write_in(Lane::Ordinary, plan, body).await
    }

    /// [`Store::write`], choosing the lane.
    pub async fn write_in<P, T, F>(&self, lane: Lane, plan: P, body: F) -> Result<T, Fault>
    where
        P: Send + Sync + 'static,
        T: Send + 'static,
        F: for<'t> Fn(&'t P, &'t mut Tx<'_>) -> Answer<'t, Close<T>> + Send + Sync + 'static,
    {
        match &self.engine {
            Engine::Sqlite(sqlite) => sqlite.write(lane, plan, body).await,
            Engine::Postgres(postgres) => Arc::clone(postgres).write(plan, body).await,
        }
    }

    /// Fails when nothing is written any more until a restart. (Whether a PostgreSQL writes, only a write can tell.)
    pub fn check_writes(&self) -> Result<(), Fault> {
        match &self.engine {
            Engine::Sqlite(sqlite) => sqlite.check_writes(),
            Engine::Postgres(_) => Ok(()),
        }
    }

    /// `sqlite` or `postgres`, for metrics and for people.
    pub fn engine(&self) -> &'static str {
        match self.engine {
            Engine::Sqlite(_) => "sqlite",
            Engine::Postgres(_) => "postgres",
        }
    }

    pub fn figures(&self) -> Figures {
        match &self.engine {
            Engine::Sqlite(sqlite) => sqlite.figures(),
            Engine::Postgres(postgres) => postgres.figures(),
        }
    }

    /// Prepare a text as this engine would and say how many parameters it takes. For the test that walks the registry.
    pub async fn prepare(&self, sql: &'static Sql) -> Result<usize, Fault> {
        match &self.engine {
            Engine::Sqlite(sqlite) => sqlite.prepare(sql),
            Engine::Postgres(postgres) => postgres.prepare(sql).await,
        }
    }
}

/// What reads see: one consistent state of the database.
pub struct Snapshot<'a> {
    link: Link<'a>,
    seam: Option<&'a dyn Seam>,
    failed: bool,
    /// So many statements may still be asked.
    left: usize,
}

enum Link<'a> {
    Sqlite(&'a mut rusqlite::Connection),
    Postgres(postgres::Pipe<'a>),
}

/// A write transaction. Everything a snapshot can read, it can read too.
pub struct Tx<'a>(Snapshot<'a>);

impl<'a> std::ops::Deref for Tx<'a> {
    type Target = Snapshot<'a>;

    fn deref(&self) -> &Snapshot<'a> {
        &self.0
    }
}

impl<'a> std::ops::DerefMut for Tx<'a> {
    fn deref_mut(&mut self) -> &mut Snapshot<'a> {
        &mut self.0
    }
}

/// Reads one row.
pub(crate) type Decode<T> = fn(&Row<'_>) -> Result<T, Fault>;

impl<'a> Snapshot<'a> {
    fn new(link: Link<'a>, seam: Option<&'a dyn Seam>) -> Self {
        Self { link, seam, failed: false, left: usize::MAX }
    }

    fn within(reach: Reach, link: Link<'a>) -> Self {
        match reach {
            Reach::Snapshot => Self::new(link, None),
            Reach::Statement => Self { left: 1, ..Self::new(link, None) },
        }
    }

    /// INVARIANT (first failure wins): a body that overlooked a failed statement gets no further statement and no
    /// commit. SQLite ends a transaction by itself when the disk is full: the next statement would stand alone.
    fn check_unfailed(&self) -> Result<(), Fault> {
        if self.failed {
            return Err(Fault::new(
                Kind::Bug,
                "INVARIANT (first failure wins): a body went on after a failed statement",
            ));
        }
        Ok(())
    }

    /// The rows of a reading statement.
    pub(crate) async fn list<T>(
        &mut self,
        sql: &'static Sql,
        params: impl Params,
        decode: Decode<T>,
    ) -> Result<Vec<T>, Fault> {
        self.check_unfailed()?;
        self.left = self.left.checked_sub(1).ok_or_else(|| {
            Fault::new(Kind::Bug, "INVARIANT (one look): what is looked at once was asked for a second statement")
        })?;
        let rows = self.rows(sql, params, decode).await;
        self.failed |= rows.is_err();
        rows
    }

    async fn rows<T>(&mut self, sql: &'static Sql, params: impl Params, decode: Decode<T>) -> Result<Vec<T>, Fault> {
        let mut rows = Vec::new();
        match &mut self.link {
            Link::Sqlite(connection) => {
                sqlite::each_row(connection, sql, &params, &mut |row| {
                    rows.push(decode(&row)?);
                    Ok(())
                })?;
            }
            Link::Postgres(pipe) => {
                for row in pipe.rows(sql, &params).await? {
                    rows.push(decode(&Row::Postgres(&row))?);
                }
            }
        }
        Ok(rows)
    }

    /// At most one row.
    pub(crate) async fn optional<T>(
        &mut self,
        sql: &'static Sql,
        params: impl Params,
        decode: Decode<T>,
    ) -> Result<Option<T>, Fault> {
        Ok(self.list(sql, params, decode).await?.pop())
    }

    fn strike(&mut self, sql: &'static Sql, moment: Moment) -> Result<(), Fault> {
        let struck = self.seam.and_then(|seam| seam.strike(sql.name, moment));
        self.failed |= struck.is_some();
        struck.map_or(Ok(()), Err)
    }
}

impl Tx<'_> {
    /// A write whose rows nobody needs. On PostgreSQL it is sent and not waited for: its result is checked, in
    /// order, before the next awaited statement answers and before the commit.
    pub(crate) async fn run(&mut self, sql: &'static Sql, params: impl Params) -> Result<(), Fault> {
        self.check_unfailed()?;
        self.strike(sql, Moment::Before)?;
        let sent = self.send(sql, params).await;
        self.failed |= sent.is_err();
        sent?;
        self.strike(sql, Moment::After)
    }

    async fn send(&mut self, sql: &'static Sql, params: impl Params) -> Result<(), Fault> {
        let seam = self.seam.is_some();
        match &mut self.link {
            Link::Sqlite(connection) => {
                let touched = sqlite::touch(connection, sql, &params)?;
                if sql.effect == Effect::Guard && touched == 0 {
                    return Err(Fault::new(Kind::Moved, sql.name));
                }
            }
            Link::Postgres(pipe) => {
                pipe.queue(sql, &params).await?;
                if seam {
                    pipe.settle().await?; // "after" means after it took effect
                }
            }
        }
        Ok(())
    }

    /// A write that answers whether it touched a row: single use is decided by this, in SQL.
    pub(crate) async fn touched(&mut self, sql: &'static Sql, params: impl Params) -> Result<bool, Fault> {
        self.check_unfailed()?;
        self.strike(sql, Moment::Before)?;
        let touched = match &mut self.link {
            Link::Sqlite(connection) => sqlite::touch(connection, sql, &params).map(|rows| rows > 0),
            Link::Postgres(pipe) => pipe.rows(sql, &params).await.map(|rows| !rows.is_empty()),
        };
        self.failed |= touched.is_err();
        let touched = touched?;
        self.strike(sql, Moment::After)?;
        Ok(touched)
    }

    /// A write whose row the body needs.
    pub(crate) async fn returned<T>(
        &mut self,
        sql: &'static Sql,
        params: impl Params,
        decode: Decode<T>,
    ) -> Result<Option<T>, Fault> {
        Ok(self.all_returned(sql, params, decode).await?.pop())
    }

    /// A write whose rows the body needs.
    pub(crate) async fn all_returned<T>(
        &mut self,
        sql: &'static Sql,
        params: impl Params,
        decode: Decode<T>,
    ) -> Result<Vec<T>, Fault> {
        self.strike(sql, Moment::Before)?;
        let rows = self.list(sql, params, decode).await?;
        self.strike(sql, Moment::After)?;
        Ok(rows)
    }
}
