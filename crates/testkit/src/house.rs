use std::future::Future;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

use app::{Anchor, App, Conveyance, MasterKey, RelyingParty, SignUps, Signer, Site, Wiring};
use store::{MIGRATIONS, Migration, Opening, Place, PostgresPlace, Role, Seam, Store};
use tokio_postgres::{Client, SimpleQueryMessage};
use vocab::url::PublicUrl;
use vocab::{Label, Origin, RpId, Secret};

use crate::{FakeClock, Folder, MailSink, SeededEntropy, Shelf};

/// Where tests find a PostgreSQL: `make test` starts one.
const POSTGRES: &str = "SIGNET_TEST_POSTGRES_URL";

/// One installation: a database of its own, one clock, one letter box, any number of nodes.
pub struct House {
    pub clock: FakeClock,
    pub mail: MailSink,
    pub shelf: Shelf,
    place: Place,
    folder: Folder,
    nodes: AtomicU64,
    database: Option<String>,
}

/// Runs a test's future on two threads, as the server does.
pub fn run(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(test);
}

impl House {
    pub fn sqlite() -> Self {
        let folder = Folder::new();
        Self::at(Place::Folder(folder.path().to_owned()), folder, None)
    }

    pub async fn postgres() -> Self {
        Self::postgres_like("template1").await
    }

    async fn postgres_like(template: &str) -> Self {
        static MADE: AtomicU64 = AtomicU64::new(0);
        let name = format!("signet_{}_{}", std::process::id(), MADE.fetch_add(1, SeqCst));
        administer(&format!("CREATE DATABASE {name} TEMPLATE {template}")).await;
        Self::at(Self::postgres_place(&url(&name)), Folder::new(), Some(name))
    }

    /// A house on a PostgreSQL the test has started itself.
    pub fn postgres_at(url: &str) -> Self {
        Self::at(Self::postgres_place(url), Folder::new(), None)
    }

    fn postgres_place(url: &str) -> Place {
        Place::Postgres(PostgresPlace {
            url: Secret::new(url.to_owned()),
            pool: 8,
            ca_file: None,
            danger_plaintext: false,
            danger_unsynced_commits: false,
        })
    }

    fn at(place: Place, folder: Folder, database: Option<String>) -> Self {
        let (clock, mail, shelf) = (FakeClock::default(), MailSink::default(), Shelf::default());
        Self { clock, mail, shelf, place, folder, nodes: AtomicU64::new(0), database }
    }

    /// Another house with the same past and an empty letter box. Nobody may have this one's database open.
    pub async fn copy(&self) -> Self {
        let copy = match &self.database {
            Some(name) => Self::postgres_like(name).await,
            None => Self::sqlite(),
        };
        copy.remember(self);
        copy
    }

    /// Gives up its own past for another's, as if it were a copy; much faster than making one on PostgreSQL. Both have
    /// the same tables, and nobody has either open.
    pub async fn become_copy_of(&mut self, other: &Self) {
        if let (Place::Postgres(to), Place::Postgres(from)) = (&self.place, &other.place) {
            exchange_rows(to.url.expose(), from.url.expose()).await;
        }
        self.mail = MailSink::default();
        self.remember(other);
    }

    /// What lies outside a database server.
    fn remember(&self, other: &Self) {
        clear_folder(self.folder());
        copy_folder(other.folder(), self.folder());
        self.clock.set(other.clock.time());
        self.nodes.store(other.nodes.load(SeqCst), SeqCst);
    }

    /// Runs SQL behind the back of whoever serves the house.
    pub async fn damage(&self, statements: &str) {
        match &self.place {
            Place::Postgres(place) => execute(place.url.expose(), statements).await,
            Place::Folder(folder) => {
                let connection = rusqlite::Connection::open(folder.join("signet.db")).unwrap();
                connection.execute_batch("PRAGMA busy_timeout = 5000; PRAGMA ignore_check_constraints = ON").unwrap();
                connection.execute_batch(statements).unwrap();
            }
        }
    }

    /// The one number that a query behind everybody's back answers with.
    pub async fn number(&self, query: &str) -> i64 {
        match &self.place {
            Place::Postgres(place) => {
                connected(place.url.expose(), async |client| client.query_one(query, &[]).await.unwrap().get(0)).await
            }
            Place::Folder(folder) => {
                let connection = rusqlite::Connection::open(folder.join("signet.db")).unwrap();
                connection.query_row(query, [], |row| row.get(0)).unwrap()
            }
        }
    }

    /// Comes back when so many transactions of this house wait for another one's locks.
    pub async fn wait_until_blocked(&self, transactions: i64) {
        let waiting = "SELECT count(*) FROM pg_stat_activity \
                       WHERE datname = current_database() AND wait_event_type = 'Lock'";
        while self.number(waiting).await < transactions {
            tokio::task::yield_now().await;
        }
    }

    /// Bytes, as this house's engine reads them in a statement.
    pub fn literal(&self, bytes: &[u8]) -> String {
        let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        if self.is_postgres() { format!("'\\x{digits}'::bytea") } else { format!("X'{digits}'") }
    }

    /// Takes the database away again.
    pub async fn leave(self) {
        if let Some(name) = &self.database {
            administer(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
        }
    }

    pub fn is_postgres(&self) -> bool {
        matches!(self.place, Place::Postgres(_))
    }

    /// `database.url`, where there is one.
    pub fn database_url(&self) -> Option<String> {
        match &self.place {
            Place::Postgres(place) => Some(place.url.expose().clone()),
            Place::Folder(_) => None,
        }
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn opening(&self) -> Opening {
        Opening { place: self.place.clone(), role: Role::Server, seam: None }
    }

    pub async fn open(&self, seam: Option<Arc<dyn Seam>>) -> Store {
        self.open_with(seam, MIGRATIONS).await
    }

    pub async fn open_with(&self, seam: Option<Arc<dyn Seam>>, migrations: &'static [Migration]) -> Store {
        let store = Store::open(Opening { seam, ..self.opening() }).await.unwrap();
        store.migrate(migrations).await.unwrap();
        store
    }

    /// A first node.
    pub async fn app(&self) -> App {
        self.node(self.open(None).await).await
    }

    /// A node on a store. On SQLite several nodes share one store (there is one process); on PostgreSQL each may
    /// have its own.
    pub async fn node(&self, store: Store) -> App {
        App::start(self.wiring(store)).await.unwrap()
    }

    pub fn wiring(&self, store: Store) -> Wiring {
        let number = self.nodes.fetch_add(1, SeqCst);
        let fence_folder = match self.place {
            Place::Folder(_) => self.folder.path().to_owned(),
            Place::Postgres(_) => self.folder.path().join(format!("node-{number}")),
        };
        std::fs::create_dir_all(&fence_folder).unwrap();
        Wiring {
            store,
            master: MasterKey::new(Secret::new([7; 32])).unwrap(),
            clock: Arc::new(self.clock.clone()),
            entropy: Arc::new(SeededEntropy::new(number)),
            courier: Arc::new(self.mail.clone()),
            fetcher: Arc::new(self.shelf.clone()),
            site: site(),
            node: Label::parse(&format!("node-{number}")).unwrap(),
            region: Label::parse("test").unwrap(),
            fence_folder,
        }
    }

    /// Two nodes: on PostgreSQL with a pool each, on SQLite over the one store.
    pub async fn two_nodes(&self) -> [App; 2] {
        let first = self.app().await;
        let second = match self.place {
            Place::Folder(_) => self.node(first.store().clone()).await,
            Place::Postgres(_) => self.app().await,
        };
        [first, second]
    }
}

/// Where every house is found, and anybody may sign up.
pub fn site() -> Site {
    let public_url = PublicUrl::parse("http://localhost:8080").unwrap();
    let relying_party = RelyingParty {
        id: RpId::of(&public_url).unwrap(),
        name: "Fernhill Water".to_owned(),
        origins: vec![Origin::of(&public_url)],
        top_origins: None,
    };
    Site {
        public_url,
        relying_party,
        sign_ups: SignUps::Open,
        former_rp_ids: Vec::new(),
        may_strand: false,
        attestation: Conveyance::None,
        tpm_vendors: Vec::new(),
        takes_sha1_of_tpms: false,
        list_url: None,
        list_signer: Signer { roots: vec![Anchor::parse(authenticator::metadata::root()).unwrap()], host: None },
    }
}

/// Everything that must stand together stands together.
pub async fn check_everything(app: &App) -> app::doctor::Examination {
    let examination = app.check_everything().await.unwrap();
    assert!(examination.findings.is_empty(), "{:#?}", examination.findings);
    examination
}

#[expect(clippy::disallowed_methods, reason = "a test's surroundings are handed to it in the environment")]
fn url(database: &str) -> String {
    let url = std::env::var(POSTGRES)
        .unwrap_or_else(|_| panic!("{POSTGRES} is not set: run 'make test', or 'make test ONLY=<room>'"));
    let (server, _) = url.rsplit_once('/').unwrap();
    format!("{server}/{database}")
}

fn clear_folder(folder: &Path) {
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let is_folder = entry.path().is_dir();
        if is_folder { std::fs::remove_dir_all(entry.path()) } else { std::fs::remove_file(entry.path()) }.unwrap();
    }
}

fn copy_folder(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        if source.is_dir() {
            std::fs::create_dir_all(&target).unwrap();
            copy_folder(&source, &target);
        } else {
            std::fs::copy(&source, &target).unwrap();
        }
    }
}

async fn administer(statement: &str) {
    execute(&url("postgres"), statement).await;
}

async fn execute(url: &str, statements: &str) {
    connected(url, async |client| client.batch_execute(statements).await.unwrap()).await;
}

/// Every table of one database gets the rows that it has in another.
async fn exchange_rows(to: &str, from: &str) {
    let statements = connected(from, async |client| {
        let tables = words(client, "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'").await;
        let mut statements: Vec<String> = tables.iter().map(|table| format!("DELETE FROM {table}")).collect();
        for table in &tables {
            let insert = format!("SELECT format('INSERT INTO {table} SELECT (%L::{table}).*', r) FROM {table} r");
            statements.extend(words(client, &insert).await);
        }
        statements.join("; ")
    });
    // A replica's rows were checked where they were written, so their order is free; and no crash must survive this.
    let free = "SET session_replication_role = replica; SET synchronous_commit = off";
    let statements = format!("{free}; BEGIN; {}; COMMIT", statements.await);
    execute(to, &statements).await;
}

/// The first column of what a query answers.
async fn words(client: &Client, query: &str) -> Vec<String> {
    let answer = client.simple_query(query).await.unwrap();
    let word = |message: SimpleQueryMessage| match message {
        SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
        _ => None,
    };
    answer.into_iter().filter_map(word).collect()
}

async fn connected<T>(url: &str, act: impl AsyncFnOnce(&Client) -> T) -> T {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
    let connection = tokio::spawn(connection);
    let answer = act(&client).await;
    drop(client);
    connection.await.unwrap().unwrap();
    answer
}
