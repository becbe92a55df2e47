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

/// Who signs in has used the passkey and not yet opened the session; who closes the account waits for exactly that.
#[test]
fn w16_no_session_is_opened_behind_the_back_of_whoever_closes_the_account() {
    testkit::run(async {
        let house = House::postgres().await;
        let hold = Hold::before("store::session::INSERT_SESSION");
        let free = house.app().await;
        let mut maren = Person::named(&free, "maren").await;
        let seam: Arc<dyn Seam> = hold.clone();
        let held = house.node(house.open(Some(seam)).await).await;
        let begun = maren.begun(&held).await;
        let signing_in = tokio::spawn(async move { held.sign_in().finish(&stranger(&held), begun, None).await });
        hold.reached.notified().await;
        let closing = tokio::spawn({
            let free = free.clone();
            async move { disable(&free, "maren").await }
        });
        house.wait_until_blocked(1).await;
        hold.let_go.wait();
        let new = signing_in.await.unwrap().unwrap().unwrap();
        closing.await.unwrap();
        assert!(readmitted(&free, new.token.expose()).await.is_none());
        let account = maren.account;
        let rows = free.store().read(account, |account, snapshot| Box::pin(snapshot.list_sessions(*account))).await;
        assert!(rows.unwrap().iter().all(|row| row.ended_at.is_some()));
        check_everything(&free).await;
        drop(free);
        house.leave().await;
    });
}

/// Between what they read and what they write, one who signs in all the time has always signed in again.
#[test]
fn i05_revocation_wins_against_a_flood_of_sign_ins() {
    testkit::run(async {
        let house = House::postgres().await;
        for statement in ["store::session::END_SPAN", "store::account::MARK_DISABLED"] {
            let hold = Hold::before(statement);
            let [held, free] = two_nodes(&house, &hold).await;
            let name = if statement.ends_with("SPAN") { "maren" } else { "olga" };
            let person = Person::named(&free, name).await;
            let (who, ctx) = (person.signed_in(&free).await, stranger(&free).acting(person.account));
            let ending = tokio::spawn(async move {
                match statement {
                    "store::session::END_SPAN" => held.sessions().end_others(&ctx, &who).await.unwrap().map(|_| ()),
                    _ => {
                        disable(&held, name).await;
                        Ok(())
                    }
                }
            });
            hold.reached.notified().await;
            let mut tokens = Vec::new();
            for _ in 0..10 {
                let mut thief = person.clone();
                thief.sign_in(&free).await.unwrap();
                tokens.push(thief.token);
            }
            hold.let_go.wait();
            ending.await.unwrap().unwrap();
            for token in &tokens {
                assert!(readmitted(&free, token).await.is_none(), "{statement}");
            }
            assert_eq!(readmitted(&free, &person.token).await.is_some(), name == "maren");
            check_everything(&free).await;
        }
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
