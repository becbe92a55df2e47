//! What two nodes do at once, held at the one statement where it matters. The embedded database writes one thing after
//! another, so these are PostgreSQL's alone.

use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Barrier};

use app::App;
use app::session::Refusal;
use audit::Event;
use store::{Fault, Moment, Seam};
use testkit::{House, check_everything};
use tokio::sync::Notify;

use crate::acts::{disable, events_of};
use crate::people::{Person, readmitted, stranger, synced};

/// Holds the first who comes by a statement until somebody lets them go.
struct Hold {
    statement: &'static str,
    is_past: AtomicBool,
    reached: Notify,
    let_go: Barrier,
}

impl Hold {
    fn before(statement: &'static str) -> Arc<Self> {
        Arc::new(Self { statement, is_past: AtomicBool::new(false), reached: Notify::new(), let_go: Barrier::new(2) })
    }
}

impl Seam for Hold {
    fn strike(&self, statement: &'static str, moment: Moment) -> Option<Fault> {
        if statement == self.statement && moment == Moment::Before && !self.is_past.swap(true, SeqCst) {
            self.reached.notify_one();
            self.let_go.wait();
        }
        None
    }
}

async fn two_nodes(house: &House, hold: &Arc<Hold>) -> [App; 2] {
    let seam: Arc<dyn Seam> = hold.clone();
    [house.node(house.open(Some(seam)).await).await, house.app().await]
}

#[test]
fn w14_who_signs_in_while_the_passkey_is_being_removed_is_signed_out_with_it() {
    testkit::run(async {
        let house = House::postgres().await;
        let hold = Hold::before("store::credential::MARK_REMOVED");
        let [held, free] = two_nodes(&house, &hold).await;
        let maren = Person::named(&free, "maren").await;
        let (passkey, second) = maren.add(&free, &synced()).await.unwrap();
        let mut thief = Person { passkey, ..maren.clone() };
        let (who, ctx) = (maren.signed_in(&free).await, stranger(&free).acting(maren.account));
        let removing = tokio::spawn(async move { held.credentials().remove(&ctx, &who, second.id).await });
        hold.reached.notified().await;
        thief.sign_in(&free).await.unwrap();
        hold.let_go.wait();
        removing.await.unwrap().unwrap().unwrap();
        assert!(readmitted(&free, &thief.token).await.is_none());
        assert!(readmitted(&free, &maren.token).await.is_some());
        check_everything(&free).await;
        drop(free);
        house.leave().await;
    });
}

#[test]
fn w16_who_signs_in_while_the_account_is_being_closed_is_signed_out_with_it() {
    testkit::run(async {
        let house = House::postgres().await;
        let hold = Hold::before("store::account::MARK_DISABLED");
        let [held, free] = two_nodes(&house, &hold).await;
        let mut maren = Person::named(&free, "maren").await;
        let closing = tokio::spawn(async move { disable(&held, "maren").await });
        hold.reached.notified().await;
        maren.sign_in(&free).await.unwrap();
        hold.let_go.wait();
        closing.await.unwrap();
        let account = maren.account;
        let rows = free.store().read(account, |account, snapshot| Box::pin(snapshot.list_sessions(*account))).await;
        assert!(rows.unwrap().iter().all(|row| row.ended_at.is_some()));
        let ended = events_of(&free, account).await.into_iter().filter(|event| *event == Event::SessionEnded);
        assert_eq!(ended.count(), 1);
        check_everything(&free).await;
        drop(free);
        house.leave().await;
    });
}

#[test]
fn i05_who_is_signed_out_while_ending_all_other_sessions_ends_none() {
    testkit::run(async {
        let house = House::postgres().await;
        let hold = Hold::before("store::account::LOCK_ACCOUNT");
        let [held, free] = two_nodes(&house, &hold).await;
        let mut maren = Person::named(&free, "maren").await;
        let thief = maren.clone();
        maren.sign_in(&free).await.unwrap();
        let (who, ctx) = (thief.signed_in(&free).await, stranger(&free).acting(maren.account));
        let stolen = who.session.id();
        let ending = tokio::spawn({
            let ctx = ctx.clone();
            async move { held.sessions().end_others(&ctx, &who).await }
        });
        hold.reached.notified().await;
        free.sessions().end(&ctx, &maren.signed_in(&free).await, stolen).await.unwrap().unwrap();
        hold.let_go.wait();
        assert_eq!(ending.await.unwrap().unwrap().unwrap_err(), Refusal::SignInRequired);
        assert!(readmitted(&free, &maren.token).await.is_some());
        check_everything(&free).await;
        drop(free);
        house.leave().await;
    });
}
