//! Upkeep and the fence: what is forgotten, behind which mark, and what a restored database may not bring back.

use std::time::Duration;

use app::keys::Use;
use app::{Actor, App, FaultKind, Purpose, Unready};
use audit::Event;
use store::fence::Fence;
use store::{Close, Setting, Store};
use testkit::{FakeClock, Folder, House, check_everything};
use vocab::{AccountId, CeremonyId, Timestamp};

use crate::acts::{at_once, counts, create, events_of, every_account, found, jobs_of};

const SECOND: Duration = Duration::from_secs(1);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A node that remembers its fence in the house's folder, so that it is the same node after a restart.
async fn start(house: &House) -> Result<App, Unready> {
    App::start(wiring(house, house).await).await
}

/// What is needed to serve one house's database beside another's fence.
async fn wiring(database: &House, fence: &House) -> app::Wiring {
    let mut wiring = database.wiring(database.open(None).await);
    wiring.fence_folder = fence.folder().to_owned();
    wiring
}

async fn mark(app: &App) -> Timestamp {
    let row = app.store().read((), |(), snapshot| Box::pin(snapshot.setting(Setting::PruneMark))).await.unwrap();
    Timestamp::from_micros(row.unwrap().value.parse().unwrap())
}

/// Ceremonies that were begun, and are spent, at this moment. Were all of them fresh?
async fn spend(store: &Store, ceremonies: std::ops::Range<u16>, at: Timestamp) -> bool {
    let taken = store.write((ceremonies, at), |(ceremonies, at), tx| {
        Box::pin(async move {
            let mut all_fresh = true;
            for number in ceremonies.clone() {
                let [high, low] = number.to_be_bytes();
                let id = CeremonyId::made(*at, [high, low, 1, 1, 1, 1, 1, 1, 1, 1]);
                all_fresh &= tx.take_ceremony(id, *at).await?;
            }
            Ok(Close::Commit(all_fresh))
        })
    });
    taken.await.unwrap()
}

testkit::on_both_engines! {
    fn the_mark_follows_a_day_behind_and_the_file_with_it(house) {
        let app = start(house).await.unwrap();
        for _ in 0..3 {
            house.clock.advance(SECOND);
            app.upkeep().reconcile().await.unwrap();
            assert_eq!(mark(&app).await, app.now().minus(DAY));
            let remembered = Fence::load(house.folder()).unwrap();
            assert_eq!(remembered, Fence { mark: app.now().minus(DAY), ..Fence::START });
        }
        check_everything(&app).await;
    }

    /// F09: the clock goes back ten minutes, stands still, jumps a day ahead and comes back.
    fn f09_the_mark_never_goes_back(house) {
        let app = start(house).await.unwrap();
        let noon = app.now();
        app.upkeep().reconcile().await.unwrap();
        let mut furthest = noon.minus(DAY);
        for moved in [noon.minus(600 * SECOND), noon, noon, noon.plus(DAY), noon, noon.plus(2 * DAY), noon] {
            house.clock.set(moved);
            app.upkeep().reconcile().await.unwrap();
            furthest = furthest.max(moved.minus(DAY));
            assert_eq!(mark(&app).await, furthest);
            assert_eq!(Fence::load(house.folder()).unwrap().mark, furthest);
        }
        drop(app);
        assert!(start(house).await.is_ok(), "the database and the fence beside it agree");
    }

    /// F09: two nodes ninety seconds apart, both at once.
    fn f09_of_two_clocks_the_further_one_sets_the_mark(house) {
        let first = start(house).await.unwrap();
        let mut ahead = house.wiring(if house.is_postgres() { house.open(None).await } else { first.store().clone() });
        let (clock, folder) = (FakeClock::default(), Folder::new());
        clock.set(first.now().plus(90 * SECOND));
        ahead.clock = std::sync::Arc::new(clock.clone());
        ahead.fence_folder = folder.path().to_owned();
        let nodes = [first, App::start(ahead).await.unwrap()];
        for _ in 0..10 {
            house.clock.advance(10 * SECOND);
            clock.advance(10 * SECOND);
            at_once(nodes.clone().map(|app| async move { app.upkeep().reconcile().await.unwrap() })).await;
            nodes[1].upkeep().reconcile().await.unwrap(); // whoever lost the race looks again at the next round
            assert_eq!(mark(&nodes[0]).await, nodes[1].now().minus(DAY));
        }
        check_everything(&nodes[0]).await;
    }

    /// I02: a spent ceremony is forgotten only once its age alone refuses it.
    fn i02_spent_ceremonies_are_forgotten_behind_the_mark_only(house) {
        let app = start(house).await.unwrap();
        let spent_at = app.now();
        assert!(spend(app.store(), 0..450, spent_at).await);
        house.clock.advance(SECOND);
        spend(app.store(), 450..460, app.now()).await;
        house.clock.set(spent_at.plus(DAY));
        app.upkeep().reconcile().await.unwrap();
        assert_eq!(counts(&app).await.spent, 460, "nothing lies behind the mark");
        assert!(!spend(app.store(), 0..1, spent_at).await);
        house.clock.set(spent_at.plus(DAY + Duration::from_millis(1)));
        app.upkeep().reconcile().await.unwrap();
        assert_eq!(counts(&app).await.spent, 10, "more than one slice was behind it");
        assert!(mark(&app).await > spent_at);
    }

    fn finished_letters_are_forgotten_after_a_week_given_up_ones_after_a_month_and_others_never(house) {
        let app = start(house).await.unwrap();
        create(&app, "maren").await;
        app.outbox().work(10).await.unwrap();
        house.mail.refuse(Some(app::Undelivered::Never("no such mailbox".to_owned())));
        create(&app, "olga").await;
        app.outbox().work(10).await.unwrap();
        create(&app, "nils").await;
        let jobs = async || {
            let mut states = Vec::new();
            for name in ["maren", "olga", "nils"] {
                let id = found(&app, name).await.unwrap().account.id;
                states.extend(jobs_of(&app, id).await.into_iter().map(|job| job.state));
            }
            states
        };
        house.clock.advance(7 * DAY);
        app.upkeep().reconcile().await.unwrap();
        assert_eq!(jobs().await, ["done", "given_up", "due"]);
        house.clock.advance(SECOND);
        app.upkeep().reconcile().await.unwrap();
        assert_eq!(jobs().await, ["given_up", "due"]);
        house.clock.advance(23 * DAY);
        app.upkeep().reconcile().await.unwrap();
        assert_eq!(jobs().await, ["due"]);
    }

    fn a_backlog_of_finished_letters_is_forgotten_in_one_round(house) {
        let app = start(house).await.unwrap();
        at_once((0..250).map(|number| {
            let app = app.clone();
            async move { create(&app, &format!("maren{number}")).await }
        })).await;
        assert_eq!(app.outbox().work(300).await.unwrap(), 250);
        house.clock.advance(7 * DAY + SECOND);
        app.upkeep().reconcile().await.unwrap();
        for listed in every_account(&app).await {
            assert_eq!(jobs_of(&app, listed.account.id).await, []);
        }
        check_everything(&app).await;
    }

    /// F17: yesterday's copy comes up beside today's fence.
    fn f17_a_restored_database_is_served_only_after_an_operator_says_so(house) {
        let app = start(house).await.unwrap();
        create(&app, "maren").await;
        app.upkeep().reconcile().await.unwrap();
        drop(app);
        let backup = house.copy().await;
        let app = start(house).await.unwrap();
        create(&app, "olga").await;
        house.clock.advance(2 * DAY);
        app.upkeep().reconcile().await.unwrap();
        drop(app);
        backup.clock.set(house.clock.time());

        refused(&backup, house).await;
        refused(&backup, house).await; // and it stays refused

        let fence = accept(&backup, house).await;
        assert_eq!(fence, Fence { epoch: 1, latch: 0, mark: backup.clock.time() });
        let app = App::start(wiring(&backup, house).await).await.unwrap();
        assert_eq!(events_of(&app, AccountId::NOBODY).await[4..], [Event::RestoreAccepted]);
        assert_eq!(found(&app, "olga").await, None);
        create(&app, "olga").await;
        app.upkeep().reconcile().await.unwrap();
        assert_eq!(mark(&app).await, fence.mark, "what was issued before is a day too old for a day to come");
        check_everything(&app).await;
        drop(app);
        backup.leave().await;
    }

    /// F17: the same old copy a second time: its entries know of no restore, the fence does.
    fn f17_a_second_restore_raises_the_epoch_above_the_first(house) {
        let app = start(house).await.unwrap();
        drop(app);
        for epoch in 1..4 {
            let backup = house.copy().await;
            house.clock.advance(DAY);
            backup.clock.set(house.clock.time());
            if epoch > 1 {
                refused(&backup, house).await;
            }
            assert_eq!(accept(&backup, house).await.epoch, epoch);
            let app = App::start(wiring(&backup, house).await).await.unwrap();
            check_everything(&app).await;
            drop(app);
            backup.leave().await;
        }
    }

    /// F17: with the settings alone set back, every one of the three numbers is enough to refuse.
    /// R23 too: a latch that was closed stays closed when a backup from before is accepted.
    fn f17_each_number_of_the_fence_refuses_by_itself_and_can_be_accepted(house) {
        let app = start(house).await.unwrap();
        app.upkeep().reconcile().await.unwrap();
        drop(app);
        let further: [fn(Fence) -> Fence; 3] = [
            |stands| Fence { epoch: stands.epoch + 1, ..stands },
            |stands| Fence { latch: stands.latch + 1, ..stands },
            |stands| Fence { mark: stands.mark.plus(Duration::from_micros(1)), ..stands },
        ];
        for further in further {
            let fence = further(Fence::load(house.folder()).unwrap());
            fence.save(house.folder()).unwrap();
            refused(house, house).await;
            accept(house, house).await;
            let app = start(house).await.unwrap();
            let stands = Fence::load(house.folder()).unwrap();
            assert_eq!((stands.epoch, stands.latch), (fence.epoch + 1, fence.latch));
            check_everything(&app).await;
        }
    }

    /// F09: one start under a clock that was fifty years ahead; an operator can bring the mark back to the present.
    fn f09_a_mark_that_a_wrong_clock_set_comes_back_with_a_new_epoch(house) {
        let app = start(house).await.unwrap();
        let right = app.now();
        house.clock.advance(50 * 365 * 24 * 60 * 60 * SECOND);
        app.upkeep().reconcile().await.unwrap();
        app.keys().reconcile().await.unwrap();
        house.clock.set(right);
        assert!(mark(&app).await > right);
        assert!(app.keys().rotate(&app.ctx(Actor::Operator), Use::Sealing).await.unwrap().is_ok());
        app.fence().accept_restore(&app.ctx(Actor::Operator)).await.unwrap();
        assert_eq!(mark(&app).await, right);
        drop(app);
        let app = start(house).await.unwrap();
        app.upkeep().reconcile().await.unwrap();
    }

    /// F17: a database set back under a running node: upkeep says so, and does not move the mark over it.
    fn f17_a_database_set_back_under_a_running_node_is_noticed(house) {
        let app = start(house).await.unwrap();
        let old = mark(&app).await;
        app.upkeep().reconcile().await.unwrap();
        house.damage(&format!("UPDATE settings SET value = '{}' WHERE name = 'prune_mark'", old.micros())).await;
        house.clock.advance(SECOND);
        let fault = app.upkeep().reconcile().await.unwrap_err();
        assert_eq!(fault.kind(), FaultKind::Unfit, "{fault}");
        assert_eq!(mark(&app).await, old);
        drop(app);
        refused(house, house).await;
        accept(house, house).await;
        let app = start(house).await.unwrap();
        app.upkeep().reconcile().await.unwrap();
        check_everything(&app).await;
    }
}

/// The start is refused with a sentence that says what to do, and nothing was changed by trying.
async fn refused(database: &House, fence: &House) {
    let before = Fence::load(fence.folder()).unwrap();
    let unready = App::start(wiring(database, fence).await).await.err().unwrap();
    assert!(matches!(unready, Unready::BehindItsFence { remembered, .. } if remembered == before), "{unready:?}");
    let sentence = unready.to_string();
    assert!(
        sentence.contains("restored from a backup") && sentence.contains("signet admin accept-restore"),
        "{sentence}"
    );
    assert_eq!(Fence::load(fence.folder()).unwrap(), before);
}

async fn accept(database: &House, fence: &House) -> Fence {
    let app = App::open(wiring(database, fence).await, Purpose::AcceptRestore).await.unwrap();
    let accepted = app.fence().accept_restore(&app.ctx(Actor::Operator)).await.unwrap();
    assert_eq!(Fence::load(fence.folder()).unwrap(), accepted);
    accepted
}
