//! PostgreSQL: the same bodies, pipelined.
//!
//! Statements whose rows nobody needs are sent and not waited for; they travel in one flight with what follows.
//! Four traps shape this file. COMMIT of an aborted transaction answers Ok, so every result is checked, in order.
//! A parameter that cannot be encoded must be noticed before COMMIT is on the wire, so each statement is started
//! (encoded and sent) the moment it is queued. Only prepared statements may enter the pipe. And a dropped future
//! leaves its query running, so a connection that may still be inside a transaction is thrown away.

use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use deadpool_postgres::{
    Hook, HookError, Manager, ManagerConfig, Object, Pool, PoolError, RecyclingMethod, Runtime, TimeoutType,
};
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::error::SqlState;

use super::{Answer, Close, Figures, Link, Opening, Reach, Snapshot, Tx};
use crate::fault::{Fault, Kind};
use crate::migrate::{self, Migration, PlannedStep};
use crate::seam::{COMMIT, Moment, Seam};
use crate::sql::{MOVED, Sql};
use crate::value::{Owned, Params};

/// PostgreSQL ends a statement by itself after this long.
const STATEMENT_LIMIT: Duration = Duration::from_secs(5);
/// And we stop waiting for a whole transaction after this long: the server may be frozen or the network gone.
const TRANSACTION_LIMIT: Duration = Duration::from_secs(8);
/// How long a request waits for a free connection before the answer is "come back".
const POOL_WAIT: Duration = Duration::from_secs(3);
/// How often a body runs again after losing against another transaction.
const TRIES: u32 = 5;
/// And how long it rests before, the second time twice as long: whoever asks again at once takes the lock away from
/// the one it has just lost to, and both are where they were.
const REST: Duration = Duration::from_millis(10);

/// How to reach a PostgreSQL.
#[derive(Clone)]
pub struct PostgresPlace {
    pub url: vocab::Secret<String>,
    pub pool: usize,
    /// Certificates that may vouch for the server; with this, TLS is required.
    pub ca_file: Option<PathBuf>,
    /// Talk to another machine without TLS.
    pub danger_plaintext: bool,
    /// Serve although the server was told to answer before it has written.
    pub danger_unsynced_commits: bool,
}

pub(super) struct Postgres {
    pool: Pool,
    seam: Option<Arc<dyn Seam>>,
    writes: AtomicU64,
    overloads: AtomicU64,
}

impl Postgres {
    pub(super) async fn open(place: &PostgresPlace, opening: &Opening) -> Result<Self, Fault> {
        let pool = pool(place)?;
        let postgres =
            Self { pool, seam: opening.seam.clone(), writes: AtomicU64::new(0), overloads: AtomicU64::new(0) };
        postgres.lease().await?.clean(); // the first connection is the first look
        Ok(postgres)
    }

    pub(super) fn figures(&self) -> Figures {
        let writes = self.writes.load(Relaxed);
        let waiting = u64::try_from(self.pool.status().waiting).unwrap_or(u64::MAX);
        Figures { waiting, writes, commits: writes, overloads: self.overloads.load(Relaxed) }
    }

    async fn lease(&self) -> Result<Lease, Fault> {
        match self.pool.get().await {
            Ok(object) => Ok(Lease { object: Some(object), clean: false }),
            // What `look_at` said is a whole sentence.
            Err(PoolError::PostCreateHook(HookError::Message(words))) => Err(Fault::new(Kind::Unfit, words)),
            Err(error) => {
                let is_crowded = matches!(error, PoolError::Timeout(TimeoutType::Wait));
                self.overloads.fetch_add(u64::from(is_crowded), Relaxed);
                let kind = if is_crowded { Kind::Overloaded } else { Kind::Unavailable };
                Err(Fault::because(kind, "PostgreSQL", error))
            }
        }
    }

    pub(super) async fn plan(&self, known: &'static [Migration]) -> Result<Vec<PlannedStep>, Fault> {
        let mut lease = self.lease().await?;
        let planned = migrate::postgres::plan(lease.client()?, known).await?;
        lease.clean();
        Ok(planned)
    }

    pub(super) async fn migrate(
        &self,
        known: &'static [Migration],
        seam: Option<&dyn Seam>,
    ) -> Result<Vec<PlannedStep>, Fault> {
        let mut lease = self.lease().await?;
        let applied = migrate::postgres::apply(lease.client()?, known, seam).await?;
        lease.clean();
        Ok(applied)
    }

    pub(super) async fn prepare(&self, sql: &'static Sql) -> Result<usize, Fault> {
        use tokio_postgres::types::Type;
        let mut lease = self.lease().await?;
        let statement = lease.client()?.prepare(sql.for_postgres()).await.map_err(broken)?;
        let columns = statement.columns().iter().map(|column| column.type_());
        for kind in statement.params().iter().chain(columns) {
            if ![Type::INT8, Type::BOOL, Type::TEXT, Type::BYTEA].contains(kind) {
                return Err(Fault::new(Kind::Bug, format!("{} speaks of a {kind}", sql.name)));
            }
        }
        lease.clean();
        Ok(statement.params().len())
    }

    pub(super) async fn read<P, T>(
        &self,
        reach: Reach,
        plan: &P,
        body: &(impl for<'s> Fn(&'s P, &'s mut Snapshot<'_>) -> Answer<'s, T> + ?Sized),
    ) -> Result<T, Fault> {
        let mut lease = self.lease().await?;
        let within = async {
            let client = lease.client()?;
            let mut pipe = match reach {
                Reach::Snapshot => Pipe::begin(client, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"),
                Reach::Statement => Pipe::at(client), // read-only by the connection's default
            };
            pipe.check_started()?;
            let mut snapshot = Snapshot::within(reach, Link::Postgres(pipe));
            let outcome = body(plan, &mut snapshot).await;
            match reach {
                Reach::Snapshot => snapshot.into_pipe()?.end("COMMIT").await.map(|()| outcome),
                Reach::Statement => outcome.map(Ok), // after a look that failed the connection is thrown away
            }
        };
        let outcome = tokio::time::timeout(TRANSACTION_LIMIT, within).await.unwrap_or_else(|_| Err(too_slow()))?;
        lease.clean(); // whatever was asked has been answered
        outcome
    }

    /// Spawned: a request that goes away never leaves a transaction half done.
    pub(super) async fn write<P, T, F>(self: Arc<Self>, plan: P, body: F) -> Result<T, Fault>
    where
        P: Send + Sync + 'static,
        T: Send + 'static,
        F: for<'t> Fn(&'t P, &'t mut Tx<'_>) -> Answer<'t, Close<T>> + Send + Sync + 'static,
    {
        let task = tokio::spawn(async move {
            let mut tries = 1;
            loop {
                match self.attempt(&plan, &body).await {
                    Err(fault) if fault.kind() == Kind::Contended && tries < TRIES => rest(tries).await,
                    outcome => return outcome,
                }
                tries += 1;
            }
        });
        task.await.unwrap_or_else(|error| Err(Fault::because(Kind::Bug, "a transaction body ended early", error)))
    }

    async fn attempt<P, T, F>(&self, plan: &P, body: &F) -> Result<T, Fault>
    where
        F: for<'t> Fn(&'t P, &'t mut Tx<'_>) -> Answer<'t, Close<T>>,
    {
        let mut lease = self.lease().await?;
        let attempt = transact(&mut lease, self.seam.as_deref(), plan, body);
        let outcome = tokio::time::timeout(TRANSACTION_LIMIT, attempt).await.unwrap_or_else(|_| Err(too_slow()));
        self.writes.fetch_add(u64::from(outcome.is_ok()), Relaxed);
        outcome
    }
}

#[expect(clippy::disallowed_methods, reason = "no event tells that another client's transaction has ended")]
async fn rest(tries: u32) {
    tokio::time::sleep(REST * tries).await;
}

async fn transact<P, T, F>(lease: &mut Lease, seam: Option<&dyn Seam>, plan: &P, body: &F) -> Result<T, Fault>
where
    F: for<'t> Fn(&'t P, &'t mut Tx<'_>) -> Answer<'t, Close<T>>,
{
    let outcome = run(lease.client()?, seam, plan, body).await;
    if !matches!(&outcome, Err(fault) if fault.kind() == Kind::Unavailable) {
        lease.clean(); // the server has answered the end of the transaction
    }
    let answer = outcome?;
    strike(seam, Moment::After)?;
    Ok(answer)
}

async fn run<P, T, F>(client: &Object, seam: Option<&dyn Seam>, plan: &P, body: &F) -> Result<T, Fault>
where
    F: for<'t> Fn(&'t P, &'t mut Tx<'_>) -> Answer<'t, Close<T>>,
{
    let pipe = Pipe::begin(client, "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE");
    let mut tx = Tx(Snapshot::new(Link::Postgres(pipe), seam));
    let outcome = body(plan, &mut tx).await.and_then(|close| tx.check_unfailed().map(|()| close));
    let mut pipe = tx.0.into_pipe()?;
    match outcome.and_then(|close| pipe.check_started().map(|()| close)) {
        Ok(Close::Commit(answer)) => match strike(seam, Moment::Before) {
            Ok(()) => pipe.end("COMMIT").await.map(|()| answer),
            Err(fault) => pipe.end("ROLLBACK").await.and(Err(fault)),
        },
        Ok(Close::Undo(answer)) => pipe.end("ROLLBACK").await.map(|()| answer),
        Err(fault) => Err(pipe.roll_back_because(fault).await?),
    }
}

fn strike(seam: Option<&dyn Seam>, moment: Moment) -> Result<(), Fault> {
    seam.and_then(|seam| seam.strike(COMMIT, moment)).map_or(Ok(()), Err)
}

fn too_slow() -> Fault {
    Fault::new(Kind::Unavailable, "PostgreSQL did not answer in time")
}

/// A pooled connection that is thrown away unless it is known to be outside any transaction.
struct Lease {
    object: Option<Object>,
    clean: bool,
}

impl Lease {
    fn client(&mut self) -> Result<&Object, Fault> {
        self.clean = false;
        self.object.as_ref().ok_or_else(|| Fault::new(Kind::Bug, "a lease without a connection"))
    }

    fn clean(&mut self) {
        self.clean = true;
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(object) = self.object.take()
            && !self.clean
        {
            drop(Object::take(object));
        }
    }
}

type Flight<'a> = Pin<Box<dyn Future<Output = Result<(), Fault>> + Send + 'a>>;

/// A connection, inside a transaction unless all that is wanted is a look, with the statements that are on their way.
pub(super) struct Pipe<'a> {
    client: &'a Object,
    flying: Vec<Flight<'a>>,
    failed: Option<Fault>,
}

impl<'a> Pipe<'a> {
    fn at(client: &'a Object) -> Self {
        Self { client, flying: Vec::with_capacity(8), failed: None }
    }

    fn begin(client: &'a Object, text: &'static str) -> Self {
        let mut pipe = Self::at(client);
        pipe.send(async move { client.batch_execute(text).await.map_err(broken) });
        pipe
    }

    /// Starts a statement: its bytes are on their way when this returns.
    fn send(&mut self, statement: impl Future<Output = Result<(), Fault>> + Send + 'a) {
        let mut flight: Flight<'a> = Box::pin(statement);
        match flight.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(Ok(())) => {}
            Poll::Ready(Err(fault)) => self.fail(fault),
            Poll::Pending => self.flying.push(flight),
        }
    }

    fn fail(&mut self, fault: Fault) {
        self.failed.get_or_insert(fault);
    }

    /// Fails when a statement could not even be sent: then COMMIT must not be.
    fn check_started(&mut self) -> Result<(), Fault> {
        self.failed.take().map_or(Ok(()), Err)
    }

    /// INVARIANT (first failure wins): results are read in the order the statements were sent.
    pub(super) async fn settle(&mut self) -> Result<(), Fault> {
        for flight in std::mem::take(&mut self.flying) {
            if let Err(fault) = flight.await {
                self.fail(fault);
            }
        }
        self.check_started()
    }

    pub(super) async fn queue(&mut self, sql: &'static Sql, params: &impl Params) -> Result<(), Fault> {
        let (client, values) = (self.client, owned(sql, params)?);
        let statement = self.prepared(sql).await?;
        self.send(async move {
            let sent = client.execute_raw(&statement, values).await;
            sent.map(|_| ()).map_err(|error| named(sql, error))
        });
        Ok(())
    }

    pub(super) async fn rows(
        &mut self,
        sql: &'static Sql,
        params: &impl Params,
    ) -> Result<Vec<tokio_postgres::Row>, Fault> {
        let (client, values) = (self.client, owned(sql, params)?);
        let statement = self.prepared(sql).await?;
        let values: Vec<_> = values.iter().map(|value| value as &(dyn tokio_postgres::types::ToSql + Sync)).collect();
        let mut rows = Box::pin(client.query(&statement, &values));
        let first_look = rows.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        let earlier = self.settle().await;
        let rows = match first_look {
            Poll::Ready(rows) => rows,
            Poll::Pending => rows.await,
        };
        earlier?;
        rows.map_err(|error| named(sql, error))
    }

    /// A statement met for the first time on this connection costs a round trip, and what is in flight settles first.
    async fn prepared(&mut self, sql: &'static Sql) -> Result<tokio_postgres::Statement, Fault> {
        let client = self.client;
        let mut preparing = Box::pin(client.prepare_cached(sql.for_postgres()));
        if let Poll::Ready(statement) = preparing.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return statement.map_err(|error| named(sql, error));
        }
        self.settle().await?;
        preparing.await.map_err(|error| named(sql, error))
    }

    /// Ends the transaction; every earlier result is read, in order, before this one is believed.
    async fn end(&mut self, text: &'static str) -> Result<(), Fault> {
        let client = self.client;
        self.send(async move {
            let ended = client.batch_execute(text).await;
            ended.map_err(|error| Fault::because(Kind::Unavailable, format!("{text}: outcome unknown"), error))
        });
        self.settle().await
    }

    /// Rolls back and returns what failed first: the fault in hand may be only the echo of a queued statement's.
    async fn roll_back_because(&mut self, fault: Fault) -> Result<Fault, Fault> {
        let first = self.settle().await.err().unwrap_or(fault);
        self.end("ROLLBACK").await.map(|()| first)
    }
}

impl<'a> Snapshot<'a> {
    fn into_pipe(self) -> Result<Pipe<'a>, Fault> {
        match self.link {
            Link::Postgres(pipe) => Ok(pipe),
            Link::Sqlite(_) => Err(Fault::new(Kind::Bug, "a pipe was looked for on the embedded engine")),
        }
    }
}

fn owned(sql: &'static Sql, params: &impl Params) -> Result<Vec<Owned>, Fault> {
    params.lend(|values| sql.check(values).map(|()| values.iter().map(Owned::from).collect()))
}

fn named(sql: &'static Sql, error: tokio_postgres::Error) -> Fault {
    Fault::because(kind(&error), sql.name, error)
}

pub(crate) fn broken(error: tokio_postgres::Error) -> Fault {
    Fault::because(kind(&error), "PostgreSQL", error)
}

fn kind(error: &tokio_postgres::Error) -> Kind {
    let Some(answer) = error.as_db_error() else {
        return Kind::Unavailable;
    };
    let state = answer.code();
    match state {
        &SqlState::T_R_SERIALIZATION_FAILURE | &SqlState::T_R_DEADLOCK_DETECTED => Kind::Contended,
        &SqlState::INVALID_TEXT_REPRESENTATION if answer.message().contains(MOVED) => Kind::Moved,
        // The session waited too long and was ended, or the server may not write: it was demoted.
        &SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT | &SqlState::READ_ONLY_SQL_TRANSACTION => Kind::Unavailable,
        // Prepared before a migration or a failover: another connection will prepare it again.
        &SqlState::FEATURE_NOT_SUPPORTED | &SqlState::INVALID_SQL_STATEMENT_NAME => Kind::Unavailable,
        // Cancelled by its time limit, shutting down, out of connections, the disk is full.
        _ if matches!(state.code().get(..2), Some("57" | "53" | "08" | "58")) => Kind::Unavailable,
        _ => Kind::Refused,
    }
}

fn pool(place: &PostgresPlace) -> Result<Pool, Fault> {
    let unfit = |error: String| Fault::new(Kind::Unfit, error);
    let mut config: tokio_postgres::Config =
        place.url.expose().parse().map_err(|error: tokio_postgres::Error| {
            unfit(format!("database.url is not a PostgreSQL address: {error}"))
        })?;
    config
        .application_name("signet")
        .connect_timeout(POOL_WAIT)
        .keepalives_idle(Duration::from_secs(30))
        .tcp_user_timeout(TRANSACTION_LIMIT)
        // Read-only outside `BEGIN … READ WRITE`: what was sent behind a BEGIN that failed must not stand alone.
        .options(format!(
            "-c default_transaction_read_only=on -c statement_timeout={0} -c idle_in_transaction_session_timeout={0}",
            STATEMENT_LIMIT.as_millis()
        ));
    let danger_unsynced_commits = place.danger_unsynced_commits;
    let manager_config = ManagerConfig { recycling_method: RecyclingMethod::Fast };
    let manager = match &place.ca_file {
        None if place.danger_plaintext || stays_here(&config) => {
            config.ssl_mode(SslMode::Disable);
            Manager::from_config(config, tokio_postgres::NoTls, manager_config)
        }
        None => return Err(unfit("a PostgreSQL on another machine needs TLS: set database.ca_file".into())),
        Some(file) => {
            config.ssl_mode(SslMode::Require);
            Manager::from_config(config, tls(file)?, manager_config)
        }
    };
    Pool::builder(manager)
        .max_size(place.pool)
        .wait_timeout(Some(POOL_WAIT))
        .create_timeout(Some(POOL_WAIT))
        .runtime(Runtime::Tokio1)
        .post_create(Hook::async_fn(move |client, _| Box::pin(look_at(client, danger_unsynced_commits))))
        .build()
        .map_err(|error| unfit(format!("building the connection pool: {error}")))
}

/// Every new connection is looked at: what a database or a role is set to may change while we run, and a promise about
/// data cannot be kept by a server that acknowledges before it has written.
async fn look_at(client: &tokio_postgres::Client, danger_unsynced_commits: bool) -> Result<(), HookError> {
    let settings = ["server_encoding", "fsync", "synchronous_commit", "full_page_writes"];
    let shown = settings.map(|setting| format!("current_setting('{setting}')")).join(", ");
    let row = client.query_one(&format!("SELECT {shown}"), &[]).await.map_err(HookError::Backend)?;
    for (at, setting) in settings.into_iter().enumerate() {
        match (setting, row.try_get::<_, &str>(at).map_err(HookError::Backend)?) {
            ("server_encoding", "UTF8") => {}
            ("server_encoding", other) => {
                return Err(HookError::message(format!("the database is encoded in {other}; Signet needs UTF8")));
            }
            (_, "off") if !danger_unsynced_commits => {
                return Err(HookError::message(format!(
                    "PostgreSQL runs with {setting} = off and would lose acknowledged changes; turn it on, or set \
                     database.danger_unsynced_commits"
                )));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Where `hostaddr` is given, it is where the bytes go, whatever the host is called.
fn stays_here(config: &tokio_postgres::Config) -> bool {
    config.get_hosts().iter().all(is_loopback) && config.get_hostaddrs().iter().all(std::net::IpAddr::is_loopback)
}

fn is_loopback(host: &Host) -> bool {
    match host {
        Host::Tcp(name) => {
            name == "localhost" || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
        }
        #[cfg(unix)]
        Host::Unix(_) => true,
    }
}

fn tls(file: &std::path::Path) -> Result<tokio_postgres_rustls::MakeRustlsConnect, Fault> {
    use rustls::pki_types::{CertificateDer, pem::PemObject};
    let unfit = |error: String| Fault::new(Kind::Unfit, format!("database.ca_file {}: {error}", file.display()));
    let mut roots = rustls::RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(file).map_err(|error| unfit(error.to_string()))? {
        let certificate = certificate.map_err(|error| unfit(error.to_string()))?;
        roots.add(certificate).map_err(|error| unfit(error.to_string()))?;
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| unfit(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(tokio_postgres_rustls::MakeRustlsConnect::new(config))
}
