#![cfg(test)]
//! What the embedded engine promises when its disk fails or fills, when a caller goes away, when its writer dies.
//!
//! A disk is spoiled by a preload library between the engine and the kernel, so each such test runs in a child.

mod child;

use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, mpsc};
use std::task::{Context, Waker};

use store::{Close, Count, Fault, GROUP_LIMIT, JobRow, Kind, Moment, Seam, Setting, Store};
use testkit::{Folder, House};
use vocab::{AccountId, CeremonyId, JobId, Timestamp};

const NOW: Timestamp = Timestamp::from_micros(1_000_000);

/// While the file named by SPOIL says `write N` or `sync N`, that call on a database's files fails with errno N. A
/// write fails half done, as on a disk that fills: every second call writes half of what it was given.
const SPOILER: &str = r#"
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
static int spoiled(const char *call, int fd) {
    char link[64], path[4096], what[16];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    if (!strstr(path, "signet.db")) return 0;
    FILE *orders = fopen(getenv("SPOIL"), "r");
    if (!orders) return 0;
    int code = 0, read = fscanf(orders, "%15s %d", what, &code);
    fclose(orders);
    return read == 2 && !strcmp(call, what) ? code : 0;
}
static size_t allowed(int fd, size_t length) {
    static __thread int halved;
    int code = spoiled("write", fd);
    if (!code) return length;
    halved = !halved;
    if (halved && length > 1) return length / 2;
    errno = code;
    return 0;
}
#define REAL(name, type) ((type)dlsym(RTLD_NEXT, name))
ssize_t write(int fd, const void *bytes, size_t length) {
    size_t some = length ? allowed(fd, length) : 0;
    return length && !some ? -1 : REAL("write", ssize_t (*)(int, const void *, size_t))(fd, bytes, some);
}
ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t at) {
    size_t some = length ? allowed(fd, length) : 0;
    return length && !some ? -1 : REAL("pwrite64", ssize_t (*)(int, const void *, size_t, off64_t))(fd, bytes, some, at);
}
static int sync_with(const char *name, int fd) {
    int code = spoiled("sync", fd);
    if (!code) return REAL(name, int (*)(int))(fd);
    errno = code;
    return -1;
}
int fsync(int fd) { return sync_with("fsync", fd); }
int fdatasync(int fd) { return sync_with("fdatasync", fd); }
"#;

const EIO: i32 = 5;
/// A file too large, a disk full, a quota used up.
const FULL: [i32; 3] = [27, 28, 122];

/// This test once more, in a process whose disk can be spoiled.
fn with_a_disk_to_spoil(test: &str) {
    let folder = Folder::new();
    let (source, library) = (folder.path().join("spoiler.c"), folder.path().join("spoiler.so"));
    std::fs::write(&source, SPOILER).unwrap();
    let flags = ["-D_GNU_SOURCE", "-shared", "-fPIC", "-Wall", "-Werror", "-o"];
    assert!(Command::new("cc").args(flags).args([&library, &source]).arg("-ldl").status().unwrap().success());
    let orders = folder.path().join("orders");
    let mut command = child::again(test, orders.to_str().unwrap(), folder.path());
    let output = command.env("SPOIL", &orders).env("LD_PRELOAD", &library).output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && told.contains("1 passed"),
        "{told}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// The disk of a child.
#[derive(Clone)]
struct Disk(PathBuf);

impl Disk {
    fn spoil(&self, call: &str, code: i32) {
        std::fs::write(&self.0, format!("{call} {code}")).unwrap();
    }

    fn mend(&self) {
        std::fs::remove_file(&self.0).unwrap();
    }
}

/// In the test: this one again, in a child. In the child: the body.
fn spoiling(test: &str, body: impl AsyncFnOnce(Disk)) {
    match child::task() {
        None => with_a_disk_to_spoil(test),
        Some(orders) => testkit::run(async { body(Disk(orders.into())).await }),
    }
}

fn ceremony(n: usize) -> CeremonyId {
    let mut noise = [0; 10];
    noise[..8].copy_from_slice(&n.to_be_bytes());
    CeremonyId::made(NOW, noise)
}

async fn take(store: &Store, id: CeremonyId) -> Result<bool, Fault> {
    store.write(id, |id, tx| Box::pin(async move { Ok(Close::Commit(tx.take_ceremony(*id, NOW).await?)) })).await
}

async fn spent(store: &Store) -> Result<i64, Fault> {
    store.read((), |(), snapshot| Box::pin(snapshot.count(Count::SpentCeremonies))).await
}

/// The reader of a thread that has not read before is a new connection.
async fn spent_by_new_readers(store: &Store) -> Vec<Result<i64, Fault>> {
    let mut counts = Vec::new();
    for _reader in 0..2 {
        let store = store.clone();
        let plan = store.clone();
        let nested = store.read(plan, |plan, snapshot| {
            Box::pin(async move {
                let outer = snapshot.count(Count::SpentCeremonies).await?;
                let inner = spent(plan).await?; // while this reader is in use, another one is opened
                assert_eq!(outer, inner);
                Ok(inner)
            })
        });
        counts.push(nested.await);
    }
    counts
}

/// `callers` takes at once, with their own ids from `from` on; which of them were acknowledged.
async fn take_many(store: &Store, from: usize, callers: usize) -> Vec<(CeremonyId, Result<bool, Fault>)> {
    let taking: Vec<_> = (from..from + callers)
        .map(|n| {
            let store = store.clone();
            tokio::spawn(async move { (ceremony(n), take(&store, ceremony(n)).await) })
        })
        .collect();
    let mut taken = Vec::new();
    for caller in taking {
        taken.push(caller.await.unwrap());
    }
    taken
}

/// Exactly what was acknowledged is there.
async fn check_ledger(store: &Store, acknowledged: &[CeremonyId]) {
    assert_eq!(spent(store).await.unwrap(), i64::try_from(acknowledged.len()).unwrap());
    for id in acknowledged {
        assert!(!take(store, *id).await.unwrap(), "{id} was acknowledged");
    }
}

#[test]
fn f04_a_full_disk_stops_writes_but_not_reads_and_needs_no_restart() {
    spoiling("f04_a_full_disk_stops_writes_but_not_reads_and_needs_no_restart", async |disk| {
        let house = House::sqlite();
        let mut store = house.open(None).await;
        let (mut acknowledged, mut next) = (Vec::new(), 0);
        for code in FULL {
            for sound in [true, false, true] {
                if !sound {
                    disk.spoil("write", code);
                }
                for (id, taken) in take_many(&store, next, 40).await {
                    match taken {
                        Ok(first) => {
                            assert!(sound && first);
                            acknowledged.push(id);
                        }
                        Err(fault) => {
                            assert!(!sound && fault.kind() == Kind::Unavailable, "{fault}");
                            assert!(!fault.to_string().contains("restart"), "{fault}");
                        }
                    }
                }
                let expected = i64::try_from(acknowledged.len()).unwrap();
                for seen in spent_by_new_readers(&store).await {
                    assert_eq!(seen.unwrap(), expected);
                }
                if !sound {
                    disk.mend();
                }
                next += 40;
            }
            check_ledger(&store, &acknowledged).await;
        }
        drop(store);
        store = house.open(None).await;
        check_ledger(&store, &acknowledged).await;
    });
}

/// SQLite ends a transaction by itself when it cannot spill it to a full disk. Whatever its body does then, even if
/// the disk has room again, must not be written outside of any transaction.
#[test]
fn f04_a_body_that_overlooks_a_full_disk_writes_nothing_more() {
    spoiling("f04_a_body_that_overlooks_a_full_disk_writes_nothing_more", async |disk| {
        let house = House::sqlite();
        let store = house.open(None).await;
        let outcome = store.write(disk.clone(), |disk, tx| {
            Box::pin(async move {
                let mut row = JobRow {
                    account_id: AccountId::NOBODY,
                    id: JobId::made(NOW, [0; 10]),
                    kind: "note".into(),
                    body: "x".repeat(1_000_000),
                    due_at: NOW,
                    urgency: store::Urgency::Warning,
                };
                disk.spoil("write", FULL[1]);
                let mut refused = 0;
                for n in 1..=9 {
                    row.id = JobId::made(NOW, [n; 10]);
                    refused += usize::from(tx.insert_job(&row).await.is_err());
                }
                assert!(refused > 0, "the engine did not have to spill");
                disk.mend();
                let _overlooked = tx.take_setting(Setting::SetupLatch, "1").await;
                Ok(Close::Commit(()))
            })
        });
        let fault = outcome.await.unwrap_err();
        assert!(fault.retryable() || fault.kind() == Kind::Bug, "{fault}");
        let latch = store.read((), |(), snapshot| Box::pin(snapshot.setting(Setting::SetupLatch))).await.unwrap();
        assert_eq!(latch, None);
        let due = store.read((), |(), snapshot| Box::pin(snapshot.count(Count::JobsDue))).await.unwrap();
        assert_eq!(due, 0);
        assert!(take(&store, ceremony(1)).await.unwrap());
    });
}

/// After a failed sync the kernel may have dropped what it could not write: only a restart knows what is durable.
#[test]
fn f03_a_failed_sync_ends_all_writing_until_a_restart() {
    spoiling("f03_a_failed_sync_ends_all_writing_until_a_restart", async |disk| {
        let house = House::sqlite();
        let store = house.open(None).await;
        let mut acknowledged: Vec<_> = take_many(&store, 0, 40)
            .await
            .into_iter()
            .map(|(id, taken)| {
                assert!(taken.unwrap());
                id
            })
            .collect();
        disk.spoil("sync", EIO);
        let fault = take(&store, ceremony(100)).await.unwrap_err();
        assert_eq!(fault.kind(), Kind::Unavailable, "{fault}");
        for (_, taken) in take_many(&store, 101, 40).await {
            assert_eq!(taken.unwrap_err().kind(), Kind::Unavailable);
        }
        disk.mend();
        for (_, taken) in take_many(&store, 201, 40).await {
            let fault = taken.unwrap_err();
            assert_eq!(fault.kind(), Kind::Unavailable);
            assert!(fault.to_string().contains("the disk failed under a commit"), "{fault}");
        }
        for seen in spent_by_new_readers(&store).await {
            assert_eq!(seen.unwrap(), 40);
        }
        disk.spoil("sync", EIO); // and it fails once more while the store is closed
        drop(store);
        disk.mend();
        let journal = || std::fs::metadata(house.folder().join("signet.db-wal")).unwrap().len();
        assert_ne!(journal(), 0, "the close could not empty the journal");
        let store = house.open(None).await;
        assert_eq!(journal(), 0, "what was in doubt is written once more before anything rests on it");
        let _in_doubt = take(&store, ceremony(100)).await.unwrap(); // its commit was the one that failed
        acknowledged.push(ceremony(100));
        check_ledger(&store, &acknowledged).await;
    });
}

/// The first sync of a new database is that of its schema: a failure is a failed start, and the next one repeats it.
#[test]
fn f03_a_disk_that_fails_under_a_migration_leaves_a_start_to_repeat() {
    spoiling("f03_a_disk_that_fails_under_a_migration_leaves_a_start_to_repeat", async |disk| {
        let house = House::sqlite();
        for (call, code) in [("sync", EIO), ("write", FULL[1]), ("write", EIO)] {
            disk.spoil(call, code);
            let failed = match Store::open(house.opening()).await {
                Ok(store) => store.migrate(store::MIGRATIONS).await.map(|_| ()),
                Err(fault) => Err(fault),
            };
            assert!(failed.is_err(), "{call} {code}");
            disk.mend();
        }
        let store = house.open(None).await;
        assert!(take(&store, ceremony(1)).await.unwrap());
    });
}

/// Polls once by hand: a write is in the queue after that.
fn is_pending<T>(future: Pin<&mut impl Future<Output = T>>) -> bool {
    future.poll(&mut Context::from_waker(Waker::noop())).is_pending()
}

/// A write that keeps the writer busy until it is told to go on.
async fn hold(store: &Store, gate: Mutex<mpsc::Receiver<()>>) -> Result<(), Fault> {
    let held = store.write(gate, |gate, _| {
        Box::pin(async move {
            gate.lock().unwrap().recv().unwrap();
            Ok(Close::Commit(()))
        })
    });
    held.await
}

/// What a search is told by its test, and the test by it.
struct Search {
    running: AtomicUsize,
    most: AtomicUsize,
    entered: mpsc::Sender<()>,
    go: Mutex<mpsc::Receiver<()>>,
}

async fn search(store: Store, search: Arc<Search>) -> Result<(), Fault> {
    let found = store.browse(search, |search, _| {
        Box::pin(async move {
            search.most.fetch_max(search.running.fetch_add(1, SeqCst) + 1, SeqCst);
            search.entered.send(()).unwrap();
            search.go.lock().unwrap().recv().unwrap();
            search.running.fetch_sub(1, SeqCst);
            Ok(())
        })
    });
    found.await
}

/// Otherwise whoever asks and hangs up, again and again, has as many searches running as there are threads.
#[test]
fn f15_searches_whose_callers_went_away_still_count() {
    testkit::run(async {
        let house = House::sqlite();
        let store = house.open(None).await;
        let ((entered, arrivals), (release, go)) = (mpsc::channel(), mpsc::channel());
        let plan = Search { running: 0.into(), most: 0.into(), entered, go: Mutex::new(go) };
        let plan = Arc::new(plan);
        let arrive = || tokio::task::block_in_place(|| arrivals.recv().unwrap());
        for _caller in 0..2 {
            let caller = tokio::spawn(search(store.clone(), Arc::clone(&plan)));
            arrive();
            caller.abort();
            assert!(caller.await.unwrap_err().is_cancelled());
        }
        let mut third = Box::pin(search(store.clone(), Arc::clone(&plan)));
        assert!(is_pending(third.as_mut()));
        for _search in 0..3 {
            release.send(()).unwrap();
        }
        third.await.unwrap();
        assert_eq!(plan.most.load(SeqCst), 2);
    });
}

/// Panics at the commit, which no code of ours does: it stands for whatever might end the writer.
struct Bomb;

impl Seam for Bomb {
    fn strike(&self, statement: &'static str, _: Moment) -> Option<Fault> {
        assert!(statement != "COMMIT", "on purpose");
        None
    }
}

#[test]
fn a_writer_that_dies_leaves_nobody_waiting() {
    testkit::run(async {
        let house = House::sqlite();
        let store = house.open(Some(Arc::new(Bomb))).await;
        let (release, go) = mpsc::channel::<()>();
        let mut holding = Box::pin(hold(&store, Mutex::new(go)));
        assert!(is_pending(holding.as_mut()));
        // More than one group, so that some still wait in the queue when the writer dies.
        let mut waiting: Vec<_> = (0..2 * GROUP_LIMIT).map(|n| Box::pin(take(&store, ceremony(n)))).collect();
        assert!(waiting.iter_mut().all(|taking| is_pending(taking.as_mut())));
        release.send(()).unwrap();
        assert_eq!(holding.await.unwrap_err().kind(), Kind::Unavailable);
        waiting.push(Box::pin(take(&store, ceremony(1_000))));
        for taking in waiting {
            let fault = taking.await.unwrap_err();
            assert_eq!(fault.kind(), Kind::Unavailable);
            assert!(fault.to_string().contains("the writer thread ended"), "{fault}");
        }
        assert_eq!(spent(&store).await.unwrap(), 0);
        drop(store);
        assert!(take(&house.open(None).await, ceremony(1)).await.unwrap());
    });
}

/// The last handle on a store may lie in the plan of a write and be dropped by the writer itself.
#[test]
fn a_store_dropped_by_its_own_writer_lets_its_folder_go() {
    testkit::run(async {
        let house = House::sqlite();
        let store = house.open(None).await;
        let (release, go) = mpsc::channel::<()>();
        let plan = (store.clone(), Mutex::new(go));
        let mut writing = Box::pin(async move {
            let written = store.write(plan, |(_, go), tx| {
                Box::pin(async move {
                    go.lock().unwrap().recv().unwrap();
                    Ok(Close::Commit(tx.take_ceremony(ceremony(1), NOW).await?))
                })
            });
            written.await
        });
        assert!(is_pending(writing.as_mut()));
        drop(writing); // nobody waits any more, and nobody but the plan holds the store
        release.send(()).unwrap();
        let lock = std::fs::File::open(house.folder().join("lock")).unwrap();
        tokio::task::spawn_blocking(move || lock.lock().unwrap()).await.unwrap(); // until the folder is let go
        assert!(!take(&house.open(None).await, ceremony(1)).await.unwrap(), "what was accepted was committed");
    });
}

/// SQLite would keep it; then the same input would mean different things on the two engines.
#[test]
fn a_text_that_postgres_cannot_keep_is_refused_here_too() {
    testkit::run(async {
        let house = House::sqlite();
        let store = house.open(None).await;
        let taken = store.write((), |(), tx| {
            Box::pin(async move {
                tx.take_ceremony(ceremony(1), NOW).await?;
                Ok(Close::Commit(tx.take_setting(Setting::SetupLatch, "a\0b").await?))
            })
        });
        let fault = taken.await.unwrap_err();
        assert_eq!(fault.kind(), Kind::Refused);
        assert!(fault.to_string().contains("a text with a NUL in it"), "{fault}");
        assert_eq!(spent(&store).await.unwrap(), 0);
    });
}

#[test]
fn what_is_no_database_is_refused_at_the_start() {
    testkit::run(async {
        let house = House::sqlite();
        std::fs::write(house.folder().join("signet.db"), "this is not a database, and it is long enough to tell")
            .unwrap();
        assert_eq!(Store::open(house.opening()).await.err().unwrap().kind(), Kind::Unfit);
        let gone = Path::new("/nowhere/at/all");
        let opening = store::Opening { place: store::Place::Folder(gone.to_owned()), ..house.opening() };
        assert_eq!(Store::open(opening).await.err().unwrap().kind(), Kind::Unfit);
    });
}
