#![cfg(test)]
//! What the worker promises: work that is due is done without anybody asking, and a stop loses nothing.

use std::sync::Arc;

use app::account::NewAccount;
use app::{Actor, App, Courier, Delivery, FaultKind, Letter, Wiring};
use jobs::Worker;
use store::Count;
use testkit::{House, check_everything};
use tokio::sync::Notify;
use vocab::DisplayName;
use vocab::identifier::Identifier;

/// Tells when a letter has come, and carries it when it is let go.
#[derive(Default)]
struct Bell {
    rung: Notify,
    let_go: Notify,
}

impl Courier for Bell {
    fn deliver<'a>(&'a self, _letter: &'a Letter) -> Delivery<'a> {
        self.rung.notify_one();
        Box::pin(async {
            self.let_go.notified().await;
            Ok(())
        })
    }
}

async fn with_bell(house: &House) -> (App, Arc<Bell>) {
    let bell = Arc::new(Bell::default());
    let wiring = Wiring { courier: bell.clone(), ..house.wiring(house.open(None).await) };
    (App::start(wiring).await.unwrap(), bell)
}

async fn create(app: &App, name: &str) {
    let identifiers = vec![Identifier::email(&format!("{name}@example.org")).unwrap()];
    let new = NewAccount::new(DisplayName::parse(name).unwrap(), identifiers).unwrap();
    app.accounts().create(&app.ctx(Actor::Operator), new).await.unwrap().unwrap();
}

async fn count(app: &App, what: Count) -> i64 {
    app.store().browse(what, |what, snapshot| Box::pin(snapshot.count(*what))).await.unwrap()
}

testkit::on_both_engines! {
    fn what_is_queued_leaves_the_house_by_itself_and_a_stop_lets_it_come_to_its_end(house) {
        let (app, bell) = with_bell(house).await;
        let worker = Worker::start(app.clone());
        create(&app, "maren").await;
        bell.rung.notified().await;
        bell.let_go.notify_one();
        create(&app, "olga").await;
        bell.rung.notified().await;
        create(&app, "wanda").await;
        let (worker, letter) = (tokio::spawn(worker.stop()), &bell.let_go);
        assert_eq!(count(&app, Count::JobsDue).await, 2);
        letter.notify_one();
        worker.await.unwrap();
        assert_eq!(count(&app, Count::JobsDue).await, 1, "the one under way came to its end, and no other began");
        check_everything(&app).await;
    }

    fn r09_a_stop_writes_down_what_was_only_counted(house) {
        let (app, _) = with_bell(house).await;
        let worker = Worker::start(app.clone());
        let before = count(&app, Count::Entries).await;
        app.failures().count(&app.ctx(Actor::Anonymous), "ceremony.unreadable");
        worker.stop().await;
        assert_eq!((count(&app, Count::Entries).await, app.failures().waiting().len()), (before + 1, 0));
    }

    fn f17_a_database_that_was_set_back_is_found_unfit(house) {
        let (app, _) = with_bell(house).await;
        house.damage("UPDATE settings SET value = '7' WHERE name = 'restore_epoch'").await;
        app.upkeep().reconcile().await.unwrap();
        house.damage("UPDATE settings SET value = '0' WHERE name = 'restore_epoch'").await;
        let worker = Worker::start(app.clone());
        assert!(worker.found_unfit().await.contains("behind its fence"));
        worker.stop().await;
        assert_eq!(app.upkeep().reconcile().await.unwrap_err().kind(), FaultKind::Unfit);
    }
}
