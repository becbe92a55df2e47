#![cfg(test)]
//! What the store promises on a PostgreSQL that refuses, stalls, breaks off or lies.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use cluster::{Cluster, Options};
use store::{Close, Count, Fault, JobRow, Kind, MIGRATIONS, Opening, Place, Setting, Store};
use testkit::House;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Barrier, Semaphore, watch};
use vocab::{AccountId, CeremonyId, JobId, Timestamp};

const NOW: Timestamp = Timestamp::from_micros(1_000_000);
/// How many connections `testkit` gives to a store.
const POOL: u32 = 8;

fn ceremony(n: u8) -> CeremonyId {
    CeremonyId::made(NOW, [n; 10])
}

fn job(body: &str) -> JobRow {
    JobRow {
        account_id: AccountId::NOBODY,
        id: JobId::made(NOW, [1; 10]),
        kind: "note".into(),
        body: body.into(),
        due_at: NOW,
        urgency: store::Urgency::Warning,
    }
}

async fn take(store: &Store, id: CeremonyId) -> Result<bool, Fault> {
    store.write(id, |id, tx| Box::pin(async move { Ok(Close::Commit(tx.take_ceremony(*id, NOW).await?)) })).await
}

async fn take_latch(store: &Store, value: &'static str) -> Result<bool, Fault> {
    let taken = store.write(value, |value, tx| {
        Box::pin(async move { Ok(Close::Commit(tx.take_setting(Setting::SetupLatch, value).await?)) })
    });
    taken.await
}

async fn latch(store: &Store) -> Result<Option<String>, Fault> {
    let row = store.read((), |(), snapshot| Box::pin(snapshot.setting(Setting::SetupLatch))).await?;
    Ok(row.map(|row| row.value))
}

async fn count(store: &Store, what: Count) -> i64 {
    store.read(what, |what, snapshot| Box::pin(snapshot.count(*what))).await.unwrap()
}

/// A connection beside the store's own.
async fn plain(house: &House) -> tokio_postgres::Client {
    let url = house.database_url().unwrap();
    let (client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// The store's own sessions in this database, those in a state like this.
async fn sessions(client: &tokio_postgres::Client, like: &str) -> Vec<i32> {
    let query = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() \
                 AND application_name = 'signet' AND concat_ws(' ', state, wait_event_type) LIKE $1 ORDER BY pid";
    client.query(query, &[&like]).await.unwrap().iter().map(|row| row.get(0)).collect()
}

/// Asks until it is so. Another process's doings can only be asked for.
async fn until(mut comes_true: impl AsyncFnMut() -> bool) {
    for _ in 0..100_000 {
        if comes_true().await {
            return;
        }
    }
    panic!("it did not come true");
}

/// A test with a database of its own.
fn on_postgres<T: AsyncFnOnce(&House)>(test: T) {
    testkit::run(async {
        let house = House::postgres().await;
        test(&house).await;
        house.leave().await;
    });
}

fn danger_unsynced(house: &House) -> Opening {
    let mut opening = house.opening();
    if let Place::Postgres(place) = &mut opening.place {
        place.danger_unsynced_commits = true;
    }
    opening
}

/// Refused in words that name the setting, and accepted when the operator insists.
async fn refuses(house: &House, setting: &str) {
    let fault = Store::open(house.opening()).await.err().unwrap();
    assert_eq!(fault.kind(), Kind::Unfit);
    assert!(fault.to_string().starts_with(&format!("PostgreSQL runs with {setting} = off")), "{fault}");
    let store = Store::open(danger_unsynced(house)).await.unwrap();
    store.migrate(MIGRATIONS).await.unwrap();
    assert!(take(&store, ceremony(1)).await.unwrap());
}

#[test]
fn f02_a_server_that_does_not_sync_is_refused() {
    testkit::run(async {
        for setting in ["fsync", "full_page_writes"] {
            let cluster = Cluster::start(Options::default().setting(setting, "off")).unwrap();
            refuses(&House::postgres_at(&cluster.url("postgres")), setting).await;
        }
    });
}

#[test]
fn f02_a_database_that_answers_before_it_has_written_is_refused() {
    on_postgres(async |house| {
        let client = plain(house).await;
        let alter = "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET synchronous_commit = off', \
                     current_database()); END $$";
        client.batch_execute(alter).await.unwrap();
        refuses(house, "synchronous_commit").await;
    });
}

#[test]
fn a_database_in_another_encoding_is_refused() {
    on_postgres(async |house| {
        let client = plain(house).await;
        let name = format!("latin_{}", std::process::id());
        let make = format!("CREATE DATABASE {name} ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0");
        client.batch_execute(&make).await.unwrap();
        let url = house.database_url().unwrap();
        let latin = House::postgres_at(&format!("{}/{name}", url.rsplit_once('/').unwrap().0));
        let fault = Store::open(latin.opening()).await.err().unwrap();
        assert_eq!(fault.kind(), Kind::Unfit);
        assert!(fault.to_string().contains("is encoded in LATIN1; Signet needs UTF8"), "{fault}");
        client.batch_execute(&format!("DROP DATABASE {name} WITH (FORCE)")).await.unwrap();
    });
}

#[test]
fn f05_a_server_that_is_not_there_is_unavailable() {
    testkit::run(async {
        let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let house = House::postgres_at(&format!("postgres://postgres@{free}/postgres"));
        assert_eq!(Store::open(house.opening()).await.err().unwrap().kind(), Kind::Unavailable);
    });
}

#[test]
fn a_server_on_another_machine_needs_tls_however_it_is_named() {
    testkit::run(async {
        for url in [
            "postgres://postgres@192.0.2.1/postgres",
            "postgres://postgres@localhost/postgres?hostaddr=192.0.2.1",
            "host=localhost,192.0.2.1 user=postgres",
            "hostaddr=192.0.2.1 user=postgres",
        ] {
            let fault = Store::open(House::postgres_at(url).opening()).await.err().unwrap();
            assert_eq!(fault.kind(), Kind::Unfit, "{url}: {fault}");
            assert!(fault.to_string().contains("needs TLS"), "{url}: {fault}");
        }
    });
}

/// Takes two settings in its own order, and on its first run meets the other one in between.
struct Crossing {
    order: [Setting; 2],
    own: CeremonyId,
    meet: Arc<Barrier>,
    runs: Arc<AtomicUsize>,
}

async fn cross(store: Store, crossing: Crossing) -> Result<(), Fault> {
    let crossed = store.write(crossing, |crossing, tx| {
        Box::pin(async move {
            let first_run = crossing.runs.fetch_add(1, SeqCst) < 2;
            assert!(tx.take_ceremony(crossing.own, NOW).await?, "the run before left nothing behind");
            tx.take_setting(crossing.order[0], "1").await?;
            if first_run {
                crossing.meet.wait().await;
            }
            tx.take_setting(crossing.order[1], "1").await?;
            Ok(Close::Commit(()))
        })
    });
    crossed.await
}

/// F07: PostgreSQL ends one of the two, the engine runs it again, and both callers only see success.
#[test]
fn f07_two_that_lock_each_other_out_both_commit() {
    on_postgres(async |house| {
        let store = house.open(None).await;
        let (meet, runs) = (Arc::new(Barrier::new(2)), Arc::new(AtomicUsize::new(0)));
        let orders = [[Setting::SetupLatch, Setting::PruneMark], [Setting::PruneMark, Setting::SetupLatch]];
        let crossings: Vec<_> = (1..)
            .zip(orders)
            .map(|(n, order)| {
                let crossing = Crossing { order, own: ceremony(n), meet: Arc::clone(&meet), runs: Arc::clone(&runs) };
                tokio::spawn(cross(store.clone(), crossing))
            })
            .collect();
        for crossing in crossings {
            crossing.await.unwrap().unwrap();
        }
        assert!(runs.load(SeqCst) > 2, "one of the two ran again");
        assert_eq!(count(&store, Count::SpentCeremonies).await, 2);
        assert_eq!(latch(&store).await.unwrap().as_deref(), Some("1"));
    });
}

/// Lets `refusals` inserts into a table fail with this SQLSTATE, then none. A sequence does not roll back.
async fn refuse_inserts(client: &tokio_postgres::Client, table: &str, refusals: u32) {
    let install = format!(
        "DROP SEQUENCE IF EXISTS refusal; CREATE SEQUENCE refusal; \
         CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
             IF nextval('refusal') <= {refusals} THEN RAISE EXCEPTION 'on purpose' USING ERRCODE = '40001'; END IF; \
             RETURN NEW; END $$; \
         CREATE TRIGGER refuse BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION refuse()"
    );
    client.batch_execute(&install).await.unwrap();
}

/// F07: refused while it is awaited (the ceremony) or as the last, queued statement (the job), the body runs again.
#[test]
fn f07_a_serialization_failure_is_tried_again_and_nothing_happens_twice() {
    const TRIES: usize = 5;
    for table in ["spent_ceremonies", "outbox"] {
        for refusals in [1, 4, 5] {
            on_postgres(async |house| {
                let store = house.open(None).await;
                refuse_inserts(&plain(house).await, table, refusals).await;
                let runs = Arc::new(AtomicUsize::new(0));
                let written = store.write(Arc::clone(&runs), |runs, tx| {
                    Box::pin(async move {
                        runs.fetch_add(1, SeqCst);
                        assert!(tx.take_setting(Setting::SetupLatch, "1").await?, "the run before left nothing behind");
                        tx.take_ceremony(ceremony(1), NOW).await?;
                        tx.insert_job(&job("once")).await?;
                        Ok(Close::Commit(()))
                    })
                });
                let (outcome, refusals) = (written.await, usize::try_from(refusals).unwrap());
                assert_eq!(runs.load(SeqCst), TRIES.min(refusals + 1));
                let expected = i64::from(refusals < TRIES);
                assert_eq!(
                    outcome.map_err(|fault| fault.kind()),
                    if expected == 1 { Ok(()) } else { Err(Kind::Contended) }
                );
                assert_eq!(count(&store, Count::JobsDue).await, expected);
                assert_eq!(count(&store, Count::SpentCeremonies).await, expected);
            });
        }
    }
}

#[test]
fn every_answer_of_the_server_has_its_kind_and_none_of_them_commits() {
    on_postgres(async |house| {
        let store = house.open(None).await;
        let raise = "CREATE FUNCTION raise() RETURNS trigger LANGUAGE plpgsql AS \
                     $$ BEGIN RAISE EXCEPTION 'on purpose' USING ERRCODE = NEW.value; END $$; \
                     CREATE TRIGGER raise BEFORE INSERT ON settings FOR EACH ROW EXECUTE FUNCTION raise()";
        plain(house).await.batch_execute(raise).await.unwrap();
        for (state, kind) in [
            ("40001", Kind::Contended),
            ("40P01", Kind::Contended),
            ("53100", Kind::Unavailable), // the disk is full
            ("57014", Kind::Unavailable), // cancelled by its time limit
            ("58030", Kind::Unavailable), // an input or output error
            ("25006", Kind::Unavailable), // a server that was demoted
            ("26000", Kind::Unavailable), // somebody forgot our prepared statements
            ("23514", Kind::Refused),
            ("22P02", Kind::Refused), // a guard's error, but not a guard's words
        ] {
            let fault = take_latch(&store, state).await.unwrap_err();
            assert_eq!(fault.kind(), kind, "{state}: {fault}");
            assert_eq!(latch(&store).await.unwrap(), None);
        }
    });
}

/// A row another session holds for ever: the server ends our wait, and the session that waited is not used again.
#[test]
fn f06_a_statement_that_takes_too_long_is_unavailable_and_its_connection_is_let_go() {
    on_postgres(async |house| {
        let (store, client) = (house.open(None).await, plain(house).await);
        client.batch_execute("BEGIN; INSERT INTO settings VALUES ('setup_latch', 'held', 1)").await.unwrap();
        let waiting = tokio::spawn({
            let store = store.clone();
            async move { take_latch(&store, "1").await }
        });
        let watcher = plain(house).await;
        until(async || !sessions(&watcher, "active Lock").await.is_empty()).await;
        let waiter = sessions(&watcher, "active Lock").await;
        let fault = waiting.await.unwrap().unwrap_err();
        assert_eq!(fault.kind(), Kind::Unavailable, "{fault}");
        assert!(fault.to_string().contains("statement timeout"), "{fault}");
        until(async || !sessions(&watcher, "%").await.contains(&waiter[0])).await;
        assert!(sessions(&watcher, "idle in transaction%").await.is_empty());
        client.batch_execute("ROLLBACK").await.unwrap();
        assert!(take_latch(&store, "2").await.unwrap());
        assert_eq!(latch(&store).await.unwrap().as_deref(), Some("2"));
    });
}

/// A body in the middle of its transaction: `inside` has a permit once it is there, and it goes on when it gets `go`.
struct Halfway {
    id: CeremonyId,
    inside: Arc<Semaphore>,
    go: Arc<Semaphore>,
}

async fn stop_halfway(store: Store, halfway: Halfway) -> Result<bool, Fault> {
    let stopped = store.write(halfway, |halfway, tx| {
        Box::pin(async move {
            let first = tx.take_ceremony(halfway.id, NOW).await?;
            halfway.inside.add_permits(1);
            halfway.go.acquire().await.unwrap().forget();
            tx.take_setting(Setting::SetupLatch, "1").await?;
            Ok(Close::Commit(first))
        })
    });
    stopped.await
}

async fn arrive(semaphore: &Semaphore, bodies: u32) {
    semaphore.acquire_many(bodies).await.unwrap().forget();
}

#[test]
fn f05_a_session_killed_inside_a_transaction_is_a_fault_and_the_pool_recovers() {
    on_postgres(async |house| {
        let (store, client) = (house.open(None).await, plain(house).await);
        let (inside, go) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
        let halfway = Halfway { id: ceremony(1), inside: Arc::clone(&inside), go: Arc::clone(&go) };
        let broken = tokio::spawn(stop_halfway(store.clone(), halfway));
        arrive(&inside, 1).await;
        for pid in sessions(&client, "idle in transaction%").await {
            client.execute("SELECT pg_terminate_backend($1)", &[&pid]).await.unwrap();
        }
        go.add_permits(1);
        assert_eq!(broken.await.unwrap().unwrap_err().kind(), Kind::Unavailable);
        assert_eq!(latch(&store).await.unwrap(), None);
        assert!(take(&store, ceremony(1)).await.unwrap(), "the killed transaction spent nothing");
    });
}

/// F05: the same store, never reopened, lives through a crash of the server under it.
#[test]
fn f05_a_crashed_server_is_unavailable_and_after_its_restart_nothing_acknowledged_is_lost() {
    testkit::run(async {
        let mut cluster = Cluster::start(Options::default()).unwrap();
        let store = House::postgres_at(&cluster.url("postgres")).open(None).await;
        for round in 0..3 {
            let (inside, go) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
            let halfway = Halfway { id: ceremony(100 + round), inside: Arc::clone(&inside), go: Arc::clone(&go) };
            let caught = tokio::spawn(stop_halfway(store.clone(), halfway));
            arrive(&inside, 1).await;
            assert!(take(&store, ceremony(round)).await.unwrap());
            cluster.kill().unwrap();
            go.add_permits(1);
            assert_eq!(caught.await.unwrap().unwrap_err().kind(), Kind::Unavailable);
            assert_eq!(take(&store, ceremony(200)).await.unwrap_err().kind(), Kind::Unavailable);
            assert_eq!(latch(&store).await.unwrap_err().kind(), Kind::Unavailable);
            cluster.restart().unwrap();
            assert!(!take(&store, ceremony(round)).await.unwrap(), "acknowledged, so still spent");
            assert_eq!(count(&store, Count::SpentCeremonies).await, i64::from(round) + 1);
            assert_eq!(latch(&store).await.unwrap(), None);
        }
    });
}

/// Refused before it is sent, wherever in the body it stands; the connection is as good as before.
#[test]
fn a_text_that_postgres_cannot_keep_never_lets_the_commit_through() {
    on_postgres(async |house| {
        let (store, client) = (house.open(None).await, plain(house).await);
        assert!(take(&store, ceremony(0)).await.unwrap());
        let before = sessions(&client, "%").await;
        for overlooked in [false, true] {
            let queued_last = store.write(overlooked, |overlooked, tx| {
                Box::pin(async move {
                    tx.take_setting(Setting::SetupLatch, "1").await?;
                    let queued = tx.insert_job(&job("a\0b")).await;
                    if *overlooked { Ok(Close::Commit(())) } else { queued.map(Close::Commit) }
                })
            });
            assert!(queued_last.await.is_err());
            assert_eq!(latch(&store).await.unwrap(), None);
        }
        assert_eq!(take_latch(&store, "a\0b").await.unwrap_err().kind(), Kind::Refused);
        assert_eq!(latch(&store).await.unwrap(), None);
        assert_eq!(sessions(&client, "%").await, before);
    });
}

#[test]
fn f06_an_exhausted_pool_says_come_back_and_loses_nobody() {
    on_postgres(async |house| {
        let store = house.open(None).await;
        let (inside, go) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
        let holders: Vec<_> = (1..=8)
            .map(|n| {
                let halfway = Halfway { id: ceremony(n), inside: Arc::clone(&inside), go: Arc::clone(&go) };
                tokio::spawn(stop_halfway(store.clone(), halfway))
            })
            .collect();
        arrive(&inside, POOL).await;
        let (written, read) = tokio::join!(take(&store, ceremony(9)), latch(&store));
        assert_eq!(written.unwrap_err().kind(), Kind::Overloaded);
        assert_eq!(read.unwrap_err().kind(), Kind::Overloaded);
        assert_eq!(store.figures().overloads, 2);
        go.add_permits(8);
        for holder in holders {
            assert!(holder.await.unwrap().unwrap());
        }
        assert!(take(&store, ceremony(9)).await.unwrap());
        assert_eq!(count(&store, Count::SpentCeremonies).await, 9);
    });
}

/// More of them than the pool is large: none of them keeps its connection, and none of the connections is reused
/// inside the snapshot that was left open.
#[test]
fn f15_a_read_whose_caller_went_away_gives_its_connection_back() {
    on_postgres(async |house| {
        let (store, client) = (house.open(None).await, plain(house).await);
        for _caller in 0..POOL + 2 {
            let inside = Arc::new(Semaphore::new(0));
            let reading = tokio::spawn({
                let (store, inside) = (store.clone(), Arc::clone(&inside));
                async move {
                    let read = store.read(inside, |inside, snapshot| {
                        Box::pin(async move {
                            snapshot.setting(Setting::SetupLatch).await?;
                            inside.add_permits(1);
                            std::future::pending::<Result<(), Fault>>().await
                        })
                    });
                    read.await
                }
            });
            arrive(&inside, 1).await;
            reading.abort();
            assert!(reading.await.unwrap_err().is_cancelled());
        }
        assert!(take_latch(&store, "1").await.unwrap());
        assert_eq!(latch(&store).await.unwrap().as_deref(), Some("1"), "a new snapshot, not an old one");
        until(async || sessions(&client, "idle in transaction%").await.is_empty()).await;
    });
}

#[test]
fn a_read_whose_body_fails_keeps_its_connection() {
    on_postgres(async |house| {
        let (store, client) = (house.open(None).await, plain(house).await);
        latch(&store).await.unwrap();
        let before = sessions(&client, "%").await;
        let failed = store.read((), |(), snapshot| {
            Box::pin(async move {
                snapshot.setting(Setting::SetupLatch).await?;
                Err::<(), _>(Fault::new(Kind::Bug, "on purpose"))
            })
        });
        assert_eq!(failed.await.unwrap_err().kind(), Kind::Bug);
        latch(&store).await.unwrap();
        assert_eq!(sessions(&client, "%").await, before);
    });
}

/// What a proxy does to what passes through it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Spoil {
    Nothing,
    /// The server does not understand BEGIN.
    Begin,
    /// The answer to COMMIT is cut off with the connection.
    CutCommit,
    /// The answer to COMMIT never comes.
    SilenceCommit,
}

/// A house whose stores reach their server through a proxy.
async fn behind_proxy(house: &House) -> (House, watch::Sender<Spoil>) {
    let url = house.database_url().unwrap();
    let server = url.parse::<tokio_postgres::Config>().unwrap().get_ports()[0];
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let own = listener.local_addr().unwrap().port();
    let (spoil, told) = watch::channel(Spoil::Nothing);
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let server = TcpStream::connect(("127.0.0.1", server)).await.unwrap();
            tokio::spawn(pass(client, server, told.clone()));
        }
    });
    (House::postgres_at(&url.replace(&format!(":{server}/"), &format!(":{own}/"))), spoil)
}

/// Small messages on loopback come whole, so a word is never cut in two.
async fn pass(mut client: TcpStream, mut server: TcpStream, spoil: watch::Receiver<Spoil>) -> std::io::Result<()> {
    let (mut asked, mut answered, mut committed) = (vec![0; 65_536], vec![0; 65_536], false);
    loop {
        tokio::select! {
            length = client.read(&mut asked) => {
                let bytes = &mut asked[..length?];
                let spoil = *spoil.borrow();
                if bytes.is_empty() {
                    return Ok(());
                }
                if spoil == Spoil::Begin && let Some(at) = find(bytes, b"BEGIN ") {
                    bytes[at..at + 5].copy_from_slice(b"BEGUN");
                }
                let answer_matters = matches!(spoil, Spoil::CutCommit | Spoil::SilenceCommit);
                committed |= answer_matters && find(bytes, b"COMMIT\0").is_some();
                server.write_all(bytes).await?;
            }
            length = server.read(&mut answered) => {
                let bytes = &answered[..length?];
                match *spoil.borrow() {
                    _ if bytes.is_empty() => return Ok(()),
                    Spoil::CutCommit if committed => return Ok(()),
                    Spoil::SilenceCommit if committed => continue,
                    _ => {}
                }
                client.write_all(bytes).await?;
            }
        }
    }
}

fn find(bytes: &[u8], word: &[u8]) -> Option<usize> {
    bytes.windows(word.len()).position(|window| window == word)
}

async fn queue_job_and_take_latch(store: &Store) -> Result<(), Fault> {
    let written = store.write((), |(), tx| {
        Box::pin(async move {
            tx.insert_job(&job("queued")).await?;
            tx.take_setting(Setting::SetupLatch, "1").await?;
            Ok(Close::Commit(()))
        })
    });
    written.await
}

/// The job travels behind BEGIN before BEGIN is answered. It must not be left standing alone when that answer is no.
#[test]
fn f06_what_was_sent_behind_a_begin_that_failed_does_not_happen() {
    on_postgres(async |house| {
        let (proxied, spoil) = behind_proxy(house).await;
        let store = proxied.open(None).await;
        // Prepared now, the statements are pipelined next time.
        let prepared = store.write((), |(), tx| {
            Box::pin(async move {
                tx.insert_job(&job("queued")).await?;
                tx.take_setting(Setting::SetupLatch, "1").await?;
                Ok(Close::Undo(()))
            })
        });
        prepared.await.unwrap();
        spoil.send(Spoil::Begin).unwrap();
        let fault = queue_job_and_take_latch(&store).await.unwrap_err();
        assert!(fault.to_string().contains("syntax error"), "the first failure wins: {fault}");
        let beside = house.open(None).await;
        assert_eq!(count(&beside, Count::JobsDue).await, 0);
        assert_eq!(latch(&beside).await.unwrap(), None);
        spoil.send(Spoil::Nothing).unwrap();
        queue_job_and_take_latch(&store).await.unwrap();
    });
}

/// F05: whoever does not hear the answer is told that nobody knows, and finds out by trying again.
fn loses_the_acknowledgement(how: Spoil) {
    on_postgres(async |house| {
        let (proxied, spoil) = behind_proxy(house).await;
        let store = proxied.open(None).await;
        spoil.send(how).unwrap();
        assert_eq!(take(&store, ceremony(1)).await.unwrap_err().kind(), Kind::Unavailable);
        spoil.send(Spoil::Nothing).unwrap();
        assert!(!take(&store, ceremony(1)).await.unwrap(), "it was spent by the commit whose answer was lost");
        assert!(take(&store, ceremony(2)).await.unwrap());
    });
}

#[test]
fn f05_a_commit_whose_acknowledgement_is_cut_off_is_found_spent() {
    loses_the_acknowledgement(Spoil::CutCommit);
}

#[test]
fn f06_a_commit_whose_acknowledgement_never_comes_is_not_waited_for_for_ever() {
    loses_the_acknowledgement(Spoil::SilenceCommit);
}
