#![cfg(test)]
//! SQLite: writes that wait together are committed together, and each stands or falls by itself.

use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, mpsc};
use std::task::{Context, Waker};

use store::{Close, Fault, Kind, QUEUE_LIMIT, Setting, Store};
use testkit::House;
use tokio::task::JoinHandle;
use vocab::{CeremonyId, Timestamp};

const NOW: Timestamp = Timestamp::from_micros(1_000_000);

/// What a write does besides being counted.
#[derive(Clone, Copy)]
enum Does {
    Take(u8),
    /// Writes, and fails.
    TakeAndFail(u8),
    TakeAndPanic(u8),
    /// Writes, and thinks better of it.
    TakeAndUndo(u8),
    /// Fails before it has written anything.
    Fail,
    /// Finds that what it rests on has moved, before it has written anything.
    Miss,
    /// Stands when it runs first, and not when it runs again.
    TakeOnce(u8),
}

fn ceremony(n: u8) -> CeremonyId {
    CeremonyId::made(NOW, [n; 10])
}

/// `true`: it was the first to take what it takes.
async fn write(store: Store, does: Does, runs: Arc<AtomicUsize>) -> Result<bool, Fault> {
    let act = (does, runs);
    store
        .write(act, |(does, runs), tx| {
            Box::pin(async move {
                let is_first_run = runs.fetch_add(1, Relaxed) == 0;
                let failed = Fault::new(Kind::Bug, "on purpose");
                match *does {
                    Does::Take(n) => Ok(Close::Commit(tx.take_ceremony(ceremony(n), NOW).await?)),
                    Does::TakeAndUndo(n) => Ok(Close::Undo(tx.take_ceremony(ceremony(n), NOW).await?)),
                    Does::TakeAndFail(n) => tx.take_ceremony(ceremony(n), NOW).await.and(Err(failed)),
                    Does::TakeAndPanic(n) => {
                        tx.take_ceremony(ceremony(n), NOW).await?;
                        panic!("{failed}")
                    }
                    Does::Fail => Err(failed),
                    Does::Miss => tx.change_setting(Setting::SetupLatch, "2", 99).await.map(|()| Close::Commit(true)),
                    Does::TakeOnce(n) if is_first_run => Ok(Close::Commit(tx.take_ceremony(ceremony(n), NOW).await?)),
                    Does::TakeOnce(_) => Err(failed),
                }
            })
        })
        .await
}

/// A write in whose middle the writer waits.
struct Held {
    writer: JoinHandle<Result<(), Fault>>,
    release: mpsc::Sender<()>,
}

impl Held {
    async fn at(store: &Store) -> Self {
        let (release, held) = mpsc::channel::<()>();
        let (entered, inside) = mpsc::channel::<()>();
        let gate = (Mutex::new(held), entered);
        let store = store.clone();
        let hold = async move {
            store
                .write(gate, |(held, entered), _| {
                    Box::pin(async move {
                        let _runs_again = entered.send(());
                        let _released = held.lock().unwrap().recv();
                        Ok(Close::Commit(()))
                    })
                })
                .await
        };
        let writer = tokio::spawn(hold);
        tokio::task::spawn_blocking(move || inside.recv().unwrap()).await.unwrap();
        Self { writer, release }
    }

    async fn release(self) {
        drop(self.release);
        let _answer_of_its_group = self.writer.await.unwrap();
    }
}

type Waiting = Pin<Box<dyn Future<Output = Result<bool, Fault>>>>;

/// Queues it, and does not wait.
fn offered(write: impl Future<Output = Result<bool, Fault>> + 'static) -> Waiting {
    let mut write: Waiting = Box::pin(write);
    assert!(write.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    write
}

/// Each answer, and how often each ran, of writes that wait for one commit.
async fn together(store: &Store, all: &[Does]) -> Vec<(Result<bool, Kind>, usize)> {
    let held = Held::at(store).await;
    let commits = store.figures().commits;
    let offer = |&does| {
        let runs = Arc::new(AtomicUsize::new(0));
        (offered(write(store.clone(), does, Arc::clone(&runs))), runs)
    };
    let waiting: Vec<_> = all.iter().map(offer).collect();
    held.release().await;
    let mut answers = Vec::new();
    for (write, runs) in waiting {
        answers.push((write.await.map_err(|fault| fault.kind()), runs.load(Relaxed)));
    }
    assert!(store.figures().commits <= commits + 1);
    answers
}

async fn alone(store: &Store, does: Does) -> bool {
    write(store.clone(), does, Arc::default()).await.unwrap()
}

/// Those before the one that failed run again without it; it does not, and those behind it run once.
#[test]
fn who_fails_takes_nobody_along_and_is_not_run_again() {
    for (bad, told) in [
        (Does::TakeAndFail(9), Err(Kind::Bug)),
        (Does::TakeAndPanic(9), Err(Kind::Bug)),
        (Does::TakeAndUndo(9), Ok(true)),
    ] {
        testkit::run(async {
            let house = House::sqlite();
            let store = house.open(None).await;
            let answers =
                together(&store, &[Does::Take(1), Does::Take(2), bad, Does::Take(3), bad, Does::Take(1)]).await;
            let good = Ok(true);
            assert_eq!(answers, [(good, 2), (good, 2), (told, 1), (good, 1), (told, 1), (Ok(false), 1)]);
            for (n, is_free) in [(1, false), (2, false), (3, false), (9, true)] {
                assert_eq!(alone(&store, Does::Take(n)).await, is_free, "{n}");
            }
        });
    }
}

/// I18: who makes writes fail makes others run twice, but only once in a while.
#[test]
fn i18_after_a_failure_each_runs_apart_for_a_while() {
    testkit::run(async {
        let house = House::sqlite();
        let store = house.open(None).await;
        let first = together(&store, &[Does::Take(1), Does::TakeAndFail(9)]).await;
        let second = together(&store, &[Does::Take(2), Does::TakeAndFail(9), Does::Take(3)]).await;
        assert_eq!(first, [(Ok(true), 2), (Err(Kind::Bug), 1)]);
        assert_eq!(second, [(Ok(true), 1), (Err(Kind::Bug), 1), (Ok(true), 1)]);
        for n in 100..197 {
            assert!(alone(&store, Does::Take(n)).await);
        }
        let last = together(&store, &[Does::Take(5), Does::TakeAndFail(9)]).await;
        assert_eq!(last, [(Ok(true), 1), (Err(Kind::Bug), 1)], "the hundredth group");
        let third = together(&store, &[Does::Take(4), Does::TakeAndFail(9)]).await;
        assert_eq!(third, [(Ok(true), 2), (Err(Kind::Bug), 1)], "the while is over");
    });
}

#[test]
fn who_is_refused_before_writing_costs_nobody_anything() {
    testkit::run(async {
        let house = House::sqlite();
        let store = house.open(None).await;
        assert!(alone(&store, Does::Take(7)).await);
        let answers = together(&store, &[Does::Take(1), Does::Miss, Does::TakeAndUndo(7), Does::Take(2)]).await;
        assert_eq!(answers, [(Ok(true), 1), (Err(Kind::Moved), 1), (Ok(false), 1), (Ok(true), 1)]);
    });
}

/// A statement that broke off in the middle counts nothing: whoever fails is believed to have left something behind.
#[test]
fn who_fails_otherwise_than_by_a_guard_is_not_believed_to_have_written_nothing() {
    testkit::run(async {
        let house = House::sqlite();
        let store = house.open(None).await;
        let answers = together(&store, &[Does::Take(1), Does::Fail, Does::Take(2)]).await;
        assert_eq!(answers, [(Ok(true), 2), (Err(Kind::Bug), 1), (Ok(true), 1)]);
    });
}

/// The others in the group were answered on what it did, so nobody's answer is good.
#[test]
fn who_stands_no_more_when_the_group_begins_again_takes_the_group_along() {
    testkit::run(async {
        let house = House::sqlite();
        let store = house.open(None).await;
        let all = [Does::Take(1), Does::TakeOnce(2), Does::TakeAndUndo(2), Does::TakeAndFail(9), Does::Take(3)];
        let again = Err(Kind::Contended);
        let answers: Vec<_> = together(&store, &all).await.into_iter().map(|(answer, _)| answer).collect();
        assert_eq!(answers, [again, again, again, again, Ok(true)], "and who comes later is in another group");
        for (n, is_free) in [(1, true), (2, true), (3, false), (9, true)] {
            assert_eq!(alone(&store, Does::Take(n)).await, is_free, "{n}");
        }
    });
}

/// With the writer held, the queue fills to its bound and the next caller is told to come back.
#[test]
fn a_full_queue_says_so_and_what_was_accepted_is_done() {
    testkit::run(async {
        let house = House::sqlite();
        let store = house.open(None).await;
        let held = Held::at(&store).await;
        let numbered = |n: usize| CeremonyId::made(NOW, n.to_be_bytes().repeat(2)[..10].try_into().unwrap());
        let take = |store: Store, id| async move {
            store
                .write(id, |id, tx| Box::pin(async move { Ok(Close::Commit(tx.take_ceremony(*id, NOW).await?)) }))
                .await
        };
        let waiting: Vec<_> = (0..QUEUE_LIMIT).map(|n| offered(take(store.clone(), numbered(n)))).collect();
        assert_eq!(take(store.clone(), ceremony(1)).await.unwrap_err().kind(), Kind::Overloaded);
        assert_eq!(store.figures().overloads, 1);
        held.release().await;
        for waiter in waiting {
            assert!(waiter.await.unwrap());
        }
        let figures = store.figures();
        assert!(figures.commits < 40, "{} writes shared {} commits", figures.writes, figures.commits);
    });
}
