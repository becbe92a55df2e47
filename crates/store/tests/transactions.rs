#![cfg(test)]
//! What the store promises about transactions, on both engines.

use std::sync::Arc;

use store::{Close, Fault, Kind, Lane, Moment, Role, Seam, Setting, Store};
use testkit::{Breaker, Strike};
use tokio::sync::Barrier;
use vocab::{CeremonyId, Timestamp};

const NOW: Timestamp = Timestamp::from_micros(1_000_000);

fn ceremony(n: u8) -> CeremonyId {
    CeremonyId::made(NOW, [n; 10])
}

async fn take(store: &Store, id: CeremonyId) -> Result<bool, Fault> {
    store.write(id, |id, tx| Box::pin(async move { Ok(Close::Commit(tx.take_ceremony(*id, NOW).await?)) })).await
}

async fn setting(store: &Store) -> Option<String> {
    let row = store.read((), |(), snapshot| Box::pin(snapshot.setting(Setting::SetupLatch))).await.unwrap();
    row.map(|row| row.value)
}

async fn two_nodes(house: &testkit::House) -> [Store; 2] {
    let first = house.open(None).await;
    let second = if house.is_postgres() { house.open(None).await } else { first.clone() };
    [first, second]
}

/// How many of 32 callers, released at once over two nodes, are told that they were the one.
async fn winners<F>(nodes: &[Store; 2], attempt: impl Fn(Store) -> F) -> usize
where
    F: Future<Output = bool> + Send + 'static,
{
    let barrier = Arc::new(Barrier::new(32));
    let callers: Vec<_> = nodes
        .iter()
        .cycle()
        .take(32)
        .map(|store| {
            let (barrier, attempt) = (Arc::clone(&barrier), attempt(store.clone()));
            tokio::spawn(async move {
                barrier.wait().await;
                attempt.await
            })
        })
        .collect();
    let mut winners = 0;
    for caller in callers {
        winners += usize::from(caller.await.unwrap());
    }
    winners
}

testkit::on_both_engines! {
    fn undo_leaves_nothing_and_still_answers(house) {
        let store = house.open(None).await;
        let answer = store.write((), |(), tx| Box::pin(async move {
            tx.take_setting(Setting::SetupLatch, "1").await?;
            Ok(Close::Undo("answered"))
        })).await.unwrap();
        assert_eq!(answer, "answered");
        assert_eq!(setting(&store).await, None);
    }

    fn a_fault_rolls_everything_back(house) {
        let store = house.open(None).await;
        let outcome = store.write((), |(), tx| Box::pin(async move {
            tx.take_setting(Setting::SetupLatch, "1").await?;
            Err::<Close<()>, _>(Fault::new(Kind::Bug, "on purpose"))
        })).await;
        assert_eq!(outcome.unwrap_err().kind(), Kind::Bug);
        assert_eq!(setting(&store).await, None);
    }

    fn a_guard_that_finds_its_row_changed_commits_nothing(house) {
        let store = house.open(None).await;
        let outcome = store.write((), |(), tx| Box::pin(async move {
            tx.take_setting(Setting::SetupLatch, "1").await?;
            tx.change_setting(Setting::SetupLatch, "2", 99).await?;
            tx.take_ceremony(ceremony(1), NOW).await?;
            Ok(Close::Commit(()))
        })).await;
        assert!(outcome.unwrap_err().is_moved());
        assert_eq!(setting(&store).await, None);
        assert!(take(&store, ceremony(1)).await.unwrap(), "the ceremony of the rolled back transaction is unspent");
    }

    fn a_queued_guard_as_the_last_statement_still_decides(house) {
        let store = house.open(None).await;
        let outcome = store.write((), |(), tx| Box::pin(async move {
            tx.take_setting(Setting::SetupLatch, "1").await?;
            tx.change_setting(Setting::SetupLatch, "2", 99).await?;
            Ok(Close::Commit(()))
        })).await;
        assert!(outcome.unwrap_err().is_moved());
        assert_eq!(setting(&store).await, None);
    }

    fn a_body_that_overlooks_a_failed_statement_gets_no_commit(house) {
        let store = house.open(None).await;
        let outcome = store.write((), |(), tx| Box::pin(async move {
            tx.take_setting(Setting::SetupLatch, "1").await?;
            let _overlooked = tx.change_setting(Setting::SetupLatch, "2", 99).await;
            let _overlooked = tx.take_ceremony(ceremony(1), NOW).await;
            Ok(Close::Commit(()))
        })).await;
        assert!(outcome.is_err());
        assert_eq!(setting(&store).await, None);
    }

    fn a_body_that_panics_loses_only_its_own_transaction(house) {
        let store = house.open(None).await;
        let outcome: Result<(), Fault> = store.write((), |(), tx| Box::pin(async move {
            tx.take_setting(Setting::SetupLatch, "1").await?;
            panic!("on purpose")
        })).await;
        assert_eq!(outcome.unwrap_err().kind(), Kind::Bug);
        assert_eq!(setting(&store).await, None);
        assert!(take(&store, ceremony(1)).await.unwrap());
    }

    /// The request that asked is gone; what it asked for is done whole.
    fn a_cancelled_request_does_not_drop_its_transaction(house) {
        let store = house.open(None).await;
        let begun = Arc::new(tokio::sync::Notify::new());
        let (told, copy) = (Arc::clone(&begun), store.clone());
        let request = tokio::spawn(async move {
            copy.write(told, |told, tx| Box::pin(async move {
                tx.take_setting(Setting::SetupLatch, "1").await?;
                told.notify_one();
                Ok(Close::Commit(()))
            })).await
        });
        begun.notified().await;
        request.abort();
        // The next write on the same row waits for the first one, whichever engine decides the order.
        let first = store.write((), |(), tx| Box::pin(async move {
            Ok(Close::Commit(tx.take_setting(Setting::SetupLatch, "2").await?))
        })).await.unwrap();
        assert!(!first);
        assert_eq!(setting(&store).await.as_deref(), Some("1"));
    }

    /// I02, F13: of 32 callers released by one barrier over two nodes exactly one takes, a hundred times.
    fn f13_a_ceremony_is_taken_once(house) {
        let nodes = two_nodes(house).await;
        for round in 0..100 {
            let winners = winners(&nodes, move |store| async move { take(&store, ceremony(round)).await.unwrap() }).await;
            assert_eq!(winners, 1, "round {round}");
        }
    }

    fn f13_a_setting_is_set_for_the_first_time_once(house) {
        let nodes = two_nodes(house).await;
        let first = |store: Store| async move {
            store.write((), |(), tx| Box::pin(async move {
                Ok(Close::Commit(tx.take_setting(Setting::SetupLatch, "1").await?))
            })).await.unwrap()
        };
        assert_eq!(winners(&nodes, first).await, 1);
    }

    fn reads_see_one_state_of_the_database(house) {
        let store = house.open(None).await;
        let writer = store.clone();
        let seen = store.read(writer, |writer, snapshot| Box::pin(async move {
            let before = snapshot.setting(Setting::SetupLatch).await?;
            // Committed by another connection while this snapshot is open. Only PostgreSQL can wait inside a read.
            if writer.engine() == "postgres" {
                writer.write((), |(), tx| Box::pin(async move {
                    Ok(Close::Commit(tx.take_setting(Setting::SetupLatch, "1").await?))
                })).await?;
            }
            Ok((before, snapshot.setting(Setting::SetupLatch).await?))
        })).await.unwrap();
        assert_eq!(seen, (None, None));
    }

    fn a_look_is_one_statement(house) {
        let store = house.open(None).await;
        let set = store.write((), |(), tx| Box::pin(async move {
            Ok(Close::Commit(tx.take_setting(Setting::SetupLatch, "1").await?))
        }));
        assert!(set.await.unwrap());
        let one = store.look((), |(), snapshot| Box::pin(snapshot.setting(Setting::SetupLatch)));
        assert_eq!(one.await.unwrap().unwrap().value, "1");
        let two = store.look((), |(), snapshot| Box::pin(async move {
            snapshot.setting(Setting::SetupLatch).await?;
            snapshot.setting(Setting::PruneMark).await
        }));
        assert!(two.await.unwrap_err().to_string().contains("INVARIANT (one look)"));
        assert_eq!(setting(&store).await.as_deref(), Some("1"), "and the next one is none the worse");
    }

    fn a_commit_whose_acknowledgement_is_lost_is_found_spent(house) {
        let breaker = Arc::new(Breaker::default());
        let seam: Arc<dyn Seam> = breaker.clone();
        let store = house.open(Some(seam)).await;
        breaker.arm(Strike { statement: "COMMIT", moment: Moment::After, nth: 0 });
        assert_eq!(take(&store, ceremony(1)).await.unwrap_err().kind(), Kind::Unavailable);
        assert!(!take(&store, ceremony(1)).await.unwrap());
        breaker.arm(Strike { statement: "COMMIT", moment: Moment::Before, nth: 0 });
        assert!(take(&store, ceremony(2)).await.is_err());
        assert!(take(&store, ceremony(2)).await.unwrap());
    }
}

/// SQLite: waiting for anything but the transaction is a named bug, not a stopped writer.
#[test]
fn a_body_that_waits_for_something_else_is_refused() {
    testkit::run(async {
        let house = testkit::House::sqlite();
        let store = house.open(None).await;
        let outcome: Result<(), Fault> = store
            .write((), |(), tx| {
                Box::pin(async move {
                    tx.take_setting(Setting::SetupLatch, "1").await?;
                    tokio::task::yield_now().await;
                    Ok(Close::Commit(()))
                })
            })
            .await;
        assert!(outcome.unwrap_err().to_string().contains("INVARIANT (polled once)"));
        assert_eq!(setting(&store).await, None);
    });
}

#[test]
fn bulk_work_is_done_too() {
    testkit::run(async {
        let house = testkit::House::sqlite();
        let store = house.open(None).await;
        let taken = store
            .write_in(Lane::Bulk, (), |(), tx| {
                Box::pin(async move { Ok(Close::Commit(tx.take_ceremony(ceremony(1), NOW).await?)) })
            })
            .await;
        assert!(taken.unwrap());
    });
}

#[test]
fn a_second_server_on_one_folder_is_refused_and_a_command_is_not() {
    testkit::run(async {
        let house = testkit::House::sqlite();
        let _first = house.open(None).await;
        let second = Store::open(house.opening()).await.err().unwrap();
        assert_eq!(second.kind(), Kind::Unfit);
        assert!(second.to_string().contains("another server is using the data folder"), "{second}");
        let command = Store::open(store::Opening { role: Role::Command, ..house.opening() }).await.unwrap();
        assert!(take(&command, ceremony(1)).await.unwrap());
    });
}
