//! Our programs: the application and the store as the server uses them, with clients around them.

use std::sync::Arc;

use app::App;
use store::Close;

use crate::machine::{Sample, Stopwatch};
use crate::probe::Task;
use crate::rows::{Pattern, Spending};
use crate::{house, load};

/// The use case, whole: randomness, the subject key, the sealed entry, four statements, the commit.
pub(crate) async fn create_accounts(app: Arc<App>, task: &Task) -> Sample {
    let mut newcomers = house::newcomers(0..task.warm_up() + task.writes);
    let measured = newcomers.split_off(usize::try_from(task.warm_up()).expect("few"));
    let act = {
        let app = Arc::clone(&app);
        move |new| house::create(Arc::clone(&app), new)
    };
    load::drive(newcomers, task.clients, act.clone()).await;
    timed(&app, task, load::drive(measured, task.clients, act)).await
}

/// The store alone: rows made ahead, three statements, the commit.
pub(crate) async fn write_through_store(app: Arc<App>, task: &Task) -> Sample {
    house::seed(&app, task.accounts).await;
    let keys = house::subject_keys(&app).await;
    let mut spendings = Pattern::learn(&app).await.spendings(&keys, task.warm_up() + task.writes);
    let measured = spendings.split_off(usize::try_from(task.warm_up()).expect("few"));
    let act = {
        let app = Arc::clone(&app);
        move |spending| spend(Arc::clone(&app), spending)
    };
    load::drive(spendings, task.clients, act.clone()).await;
    timed(&app, task, load::drive(measured, task.clients, act)).await
}

async fn spend(app: Arc<App>, spending: Spending) {
    let taken = app.store().write(spending, |spending, tx| {
        Box::pin(async move {
            if !tx.take_ceremony(spending.ceremony, spending.at).await? {
                return Ok(Close::Undo(false));
            }
            tx.rewrap_subject_key(&spending.key, spending.key.key_id).await?;
            tx.insert_entry(&spending.entry).await?;
            Ok(Close::Commit(true))
        })
    });
    assert!(taken.await.expect("no fault"), "a ceremony is spent once");
}

async fn timed(app: &App, task: &Task, load: impl Future<Output = ()>) -> Sample {
    let before = app.store_figures();
    let watch = Stopwatch::start(task.postmaster);
    load.await;
    let after = app.store_figures();
    watch.stop(after.writes - before.writes, after.commits - before.commits)
}
