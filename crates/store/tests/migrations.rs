#![cfg(test)]
//! What a migration promises: before or after, never between, on both engines. The migrations of the ground are
//! followed here by two that exist for these tests only.

mod child;

use std::os::unix::process::ExitStatusExt;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, LazyLock};

use store::{
    AccountRow, Close, Fault, Kind, MIGRATIONS, Migration, Moment, NewAccountRow, Opening, Phase, Place, PlannedStep,
    Role, Seam, Setting, SettingRow, Store, known_version,
};
use testkit::{Breaker, House, Strike};
use tokio::sync::Barrier;
use vocab::{AccountId, CeremonyId, Timestamp};

const NOW: Timestamp = Timestamp::from_micros(1_000_000);
const STEP: &str = "migration step";
const SIGABRT: i32 = 6;

/// Adds what the release before does not mind.
const WIDER: &str = "
    CREATE TABLE notes (
        account_id @bytes NOT NULL,
        id         @bytes NOT NULL,
        body       @text NOT NULL, -- a word to come; not a statement
        pinned     @bool,
        at         @int NOT NULL,
        PRIMARY KEY (account_id, id)
    ) @keyed;
    CREATE INDEX notes_by_body ON notes (body);
    ALTER TABLE accounts ADD COLUMN note @text;
    UPDATE accounts SET note = display_name;
    INSERT INTO settings (name, value, rev) SELECT 'wider', value, rev FROM settings WHERE name = 'setup_latch';
";

/// Takes it away again: binaries that know only the ground may no longer serve.
const NARROWER: &str = "
    DELETE FROM settings WHERE name = 'wider';
    DROP INDEX notes_by_body;
    DROP TABLE notes;
    ALTER TABLE accounts DROP COLUMN note;
";

/// The ground and what follows it, numbered on.
fn followed_by(later: &[(Phase, &'static str)]) -> Vec<Migration> {
    let mut list = MIGRATIONS.to_vec();
    for &(phase, text) in later {
        list.push(Migration { version: known_version(&list) + 1, name: "synthetic", phase, text });
    }
    list
}

fn contract() -> Phase {
    Phase::Contract { serves_from: known_version(MIGRATIONS) + 1 }
}

static ALL: LazyLock<Vec<Migration>> = LazyLock::new(|| followed_by(&[(Phase::Expand, WIDER), (contract(), NARROWER)]));

fn first(count: usize) -> &'static [Migration] {
    &ALL[..count]
}

fn versions(steps: &[PlannedStep]) -> Vec<i64> {
    steps.iter().map(|step| step.version).collect()
}

async fn plain(url: &str) -> tokio_postgres::Client {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// Everything the database says about its own shape.
async fn schema(house: &House) -> Vec<String> {
    if let Some(url) = house.database_url() {
        let shape = "SELECT concat_ws(' ', table_name, column_name, data_type, is_nullable, collation_name) \
                     FROM information_schema.columns WHERE table_schema = 'public' \
                     UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' \
                     UNION ALL SELECT concat_ws(' ', conrelid::regclass, pg_get_constraintdef(oid)) \
                     FROM pg_constraint WHERE connamespace = 'public'::regnamespace ORDER BY 1";
        return plain(&url).await.query(shape, &[]).await.unwrap().iter().map(|row| row.get(0)).collect();
    }
    let connection = rusqlite::Connection::open(house.folder().join("signet.db")).unwrap();
    let shape = "SELECT concat_ws(' ', type, name, sql) FROM sqlite_master ORDER BY type, name";
    let mut statement = connection.prepare(shape).unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
}

/// The schemas an undisturbed upgrade passes through, from empty to the last.
async fn undisturbed(house: &House) -> Vec<Vec<String>> {
    let store = open(house, None).await;
    let mut schemas = vec![schema(house).await];
    for count in 1..=ALL.len() {
        store.migrate(first(count)).await.unwrap();
        schemas.push(schema(house).await);
    }
    assert!(schemas.windows(2).all(|pair| pair[0] != pair[1]));
    schemas
}

async fn another(house: &House) -> House {
    if house.is_postgres() { House::postgres().await } else { House::sqlite() }
}

async fn open(house: &House, seam: Option<Arc<dyn Seam>>) -> Store {
    Store::open(Opening { seam, ..house.opening() }).await.unwrap()
}

fn account(n: u8) -> AccountId {
    AccountId::made(NOW, [n; 10])
}

/// Rows as the release wrote them that knew the first migration alone: none of today's statements is of that time.
async fn fill(house: &House) {
    let (id, spent) = (house.literal(account(1).bytes()), CeremonyId::made(NOW, [1; 10]));
    let (now, spent) = (NOW.micros(), house.literal(spent.bytes()));
    let rows = format!(
        "INSERT INTO accounts (id, state, display_name, rev, made_at) VALUES ({id}, 'active', 'Ada; -- \u{e9}', 1, {now}); \
         INSERT INTO settings (name, value, rev) VALUES ('setup_latch', '1', 1); \
         INSERT INTO spent_ceremonies (id, spent_at) VALUES ({spent}, {now})"
    );
    house.damage(&rows).await;
}

/// What `fill` put there is all still there. Today's statements read what all of our migrations have led to.
async fn check_filled(store: &Store) {
    let found = store.read((), |(), snapshot| {
        Box::pin(async move {
            let spent = snapshot.count(store::Count::SpentCeremonies).await?;
            Ok((snapshot.account(account(1)).await?, snapshot.setting(Setting::SetupLatch).await?, spent))
        })
    });
    let row = AccountRow {
        id: account(1),
        state: "active".into(),
        display_name: "Ada; -- \u{e9}".into(),
        rev: 1,
        made_at: NOW,
        disabled_at: None,
        role: "person".into(),
    };
    assert_eq!(found.await.unwrap(), (Some(row), Some(SettingRow { value: "1".into(), rev: 1 }), 1));
}

/// Where one upgrade is broken: while the last of the first `count` migrations is applied.
#[derive(Debug, Clone, Copy)]
struct Break {
    count: usize,
    moment: Moment,
    nth: usize,
}

/// Walks over every step of every migration, before and after, on one database: `breaks` breaks an upgrade there,
/// and then the schema is exactly the one before, or the one after where the commit had already happened.
async fn walk<B: AsyncFn(Break)>(house: &House, breaks: B) -> usize {
    let elsewhere = another(house).await;
    let schemas = undisturbed(&elsewhere).await;
    elsewhere.leave().await;
    let mut broken = 0;
    for count in 1..=ALL.len() {
        let store = open(house, None).await;
        let plan = store.plan(first(count)).await.unwrap();
        drop(store);
        assert_eq!(plan.len(), 1);
        let steps = plan[0].statements.len() + 2; // and the table of migrations, and the commit
        for (moment, nth) in [Moment::Before, Moment::After].into_iter().flat_map(|m| (0..steps).map(move |n| (m, n))) {
            let place = Break { count, moment, nth };
            breaks(place).await;
            broken += 1;
            let committed = moment == Moment::After && nth + 1 == steps;
            assert_eq!(schema(house).await, schemas[count - usize::from(!committed)], "{place:?}");
            let store = open(house, None).await;
            let left = store.plan(first(count)).await.unwrap();
            assert_eq!(left.len(), usize::from(!committed), "{place:?}");
            if count > MIGRATIONS.len() {
                check_filled(&store).await;
            }
        }
        let store = open(house, None).await;
        assert!(store.migrate(first(count)).await.unwrap().is_empty(), "a second run finds nothing to do");
        if count == 1 {
            fill(house).await;
        }
    }
    broken
}

testkit::on_both_engines! {
    fn f16_a_fault_at_any_step_leaves_the_schema_before_or_after(house) {
        let broken = walk(house, async |place: Break| {
            let breaker = Arc::new(Breaker::default());
            let store = open(house, Some(breaker.clone())).await;
            breaker.arm(Strike { statement: STEP, moment: place.moment, nth: place.nth });
            let fault = store.migrate(first(place.count)).await.unwrap_err();
            assert!(fault.to_string().contains("broken on purpose"), "{fault}");
            assert!(breaker.disarm());
        }).await;
        println!("{broken} migrations broken");
    }

    /// Not only the state but whoever lives through the fault: the same store goes on and completes.
    fn f16_the_store_that_saw_the_fault_completes_the_upgrade(house) {
        let breaker = Arc::new(Breaker::default());
        let store = open(house, Some(breaker.clone())).await;
        for count in 1..=ALL.len() {
            breaker.arm(Strike { statement: STEP, moment: Moment::After, nth: 2 });
            assert!(store.migrate(first(count)).await.is_err());
            let done = store.migrate(first(count)).await.unwrap();
            assert_eq!(versions(&done), [ALL[count - 1].version]);
            if count == 1 {
                fill(house).await;
            }
            if count >= MIGRATIONS.len() {
                check_filled(&store).await;
            }
        }
    }

    fn a_plan_shows_the_steps_and_changes_nothing(house) {
        let store = open(house, None).await;
        let empty = schema(house).await;
        let plan = store.plan(&ALL).await.unwrap();
        assert_eq!(versions(&plan), ALL.iter().map(|migration| migration.version).collect::<Vec<_>>());
        assert_eq!(schema(house).await, empty);
        let wider = &plan[plan.len() - 2];
        assert_eq!((wider.name, wider.phase, wider.statements.len()), ("synthetic", Phase::Expand, 5));
        assert!(wider.statements[0].starts_with("CREATE TABLE notes ("));
        assert!(wider.statements.iter().all(|statement| !statement.contains("a word to come")));
        assert_eq!(plan[plan.len() - 1].phase, contract());
        let done = store.migrate(&ALL).await.unwrap();
        assert_eq!(done, plan, "what was shown is what was done");
        assert!(store.plan(&ALL).await.unwrap().is_empty());
    }

    /// I15: after a contraction the release before keeps its hands off, and says what to do.
    fn f16_a_schema_that_went_beyond_us_is_refused_in_words(house) {
        let newer = open(house, None).await;
        newer.migrate(&ALL).await.unwrap();
        let beyond = schema(house).await;
        drop(newer);
        let ours = open(house, None).await;
        let known = known_version(MIGRATIONS);
        let sentence = format!(
            "the database has schema {}, this signet knows schemas up to {known}; use a newer signet", known + 2
        );
        for refused in [ours.plan(MIGRATIONS).await, ours.migrate(MIGRATIONS).await] {
            let fault = refused.unwrap_err();
            assert_eq!((fault.kind(), fault.to_string()), (Kind::Unfit, sentence.clone()));
        }
        assert_eq!(schema(house).await, beyond);
        assert!(ours.plan(first(ALL.len() - 1)).await.unwrap().is_empty(), "the release between them may serve");
    }

    /// F16: a rolling upgrade. The old node has its statements prepared, the new one widens the schema under it.
    fn f16_the_release_before_keeps_working_through_an_expansion(house) {
        let old = house.open(None).await;
        fill(house).await;
        check_filled(&old).await;
        let wider = first(ALL.len() - 1);
        let new = Store::open(Opening { role: Role::Command, ..house.opening() }).await.unwrap();
        assert_eq!(new.migrate(wider).await.unwrap().len(), 1);
        check_filled(&old).await;
        let spent = old.write((), |(), tx| Box::pin(async move {
            let row = NewAccountRow { id: account(2), display_name: "Grace".into(), made_at: NOW, role: "person" };
            tx.insert_account(&row).await?;
            Ok(Close::Commit(tx.take_ceremony(CeremonyId::made(NOW, [1; 10]), NOW).await?))
        })).await.unwrap();
        assert!(!spent, "spent before the upgrade, spent after it");
        assert!(old.plan(MIGRATIONS).await.unwrap().is_empty(), "to the old release there is nothing to do");
        assert!(old.migrate(MIGRATIONS).await.unwrap().is_empty());
    }

    fn a_text_that_was_edited_after_it_was_applied_is_refused(house) {
        static EDITED: LazyLock<Vec<Migration>> =
            LazyLock::new(|| followed_by(&[(Phase::Expand, "CREATE TABLE notes (id @int PRIMARY KEY)")]));
        let store = open(house, None).await;
        store.migrate(first(ALL.len() - 1)).await.unwrap();
        let before = schema(house).await;
        for refused in [store.plan(&EDITED).await, store.migrate(&EDITED).await] {
            let fault = refused.unwrap_err();
            assert_eq!(fault.kind(), Kind::Unfit);
            assert!(fault.to_string().ends_with("is not the one this signet was built with"), "{fault}");
        }
        assert_eq!(schema(house).await, before);
    }

    fn a_statement_that_fails_leaves_nothing_of_its_migration(house) {
        static FAILING: LazyLock<Vec<Migration>> = LazyLock::new(|| followed_by(&[
            (Phase::Expand, "CREATE TABLE notes (id @int PRIMARY KEY)"),
            (Phase::Expand, "CREATE TABLE more (id @int PRIMARY KEY); UPDATE accounts SET rev = 9; DROP TABLE absent"),
        ]));
        let store = house.open(None).await;
        fill(house).await;
        for _again in 0..2 {
            let fault = store.migrate(&FAILING).await.unwrap_err();
            assert_eq!(fault.kind(), Kind::Refused);
            assert!(fault.to_string().contains("absent"), "{fault}");
            let shape = schema(house).await.concat();
            assert!(shape.contains("notes") && !shape.contains("more"), "the migration before it stands: {shape}");
        }
        check_filled(&store).await;
    }
}

mod f16_two_nodes_that_start_at_once_migrate_once {
    use super::*;

    async fn start(house: &House) {
        let barrier = Arc::new(Barrier::new(2));
        let starting: Vec<_> = (0..2)
            .map(|_| {
                // One folder has one server: on SQLite it is two commands that meet.
                let opening = Opening { role: Role::Command, ..house.opening() };
                let barrier = Arc::clone(&barrier);
                tokio::spawn(async move {
                    barrier.wait().await;
                    Store::open(opening).await?.migrate(&ALL).await
                })
            })
            .collect();
        let mut done = Vec::new();
        for node in starting {
            done.extend(versions(&node.await.unwrap().unwrap()));
        }
        done.sort_unstable();
        assert_eq!(done, ALL.iter().map(|migration| migration.version).collect::<Vec<_>>());
        assert!(open(house, None).await.plan(&ALL).await.unwrap().is_empty());
    }

    #[test]
    fn sqlite() {
        testkit::run(async {
            for _round in 0..30 {
                start(&House::sqlite()).await;
            }
        });
    }

    /// Also where the database prefers an isolation under which whoever waited would look at the past.
    #[test]
    fn postgres() {
        testkit::run(async {
            for isolation in ["read committed", "repeatable read", "serializable"].repeat(3) {
                let house = House::postgres().await;
                let prefer = format!(
                    "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_isolation = ''{isolation}''', \
                     current_database()); END $$"
                );
                plain(&house.database_url().unwrap()).await.batch_execute(&prefer).await.unwrap();
                start(&house).await;
                house.leave().await;
            }
        });
    }
}

/// The same walk as with faults, but the process is gone: nothing in it rolls back or says goodbye.
mod f16_a_kill_at_any_step_leaves_the_schema_before_or_after {
    use super::*;

    struct Killer {
        place: Break,
        passed: AtomicUsize,
    }

    impl Seam for Killer {
        #[expect(clippy::disallowed_methods, reason = "dying without a word is what this process is for")]
        fn strike(&self, statement: &'static str, moment: Moment) -> Option<Fault> {
            let here = statement == STEP && moment == self.place.moment;
            if here && self.passed.fetch_add(1, SeqCst) == self.place.nth {
                std::process::abort();
            }
            None
        }
    }

    /// In the child: a task such as `2 After 7 /a/folder`.
    async fn die(task: &str) {
        let [count, moment, nth, place] = task.splitn(4, ' ').collect::<Vec<_>>().try_into().unwrap();
        let moment = if moment == "After" { Moment::After } else { Moment::Before };
        let place_of_death = Break { count: count.parse().unwrap(), moment, nth: nth.parse().unwrap() };
        let opening = match place.strip_prefix('/') {
            None => House::postgres_at(place).opening(),
            Some(_) => Opening { place: Place::Folder(place.into()), ..House::sqlite().opening() },
        };
        let seam: Arc<dyn Seam> = Arc::new(Killer { place: place_of_death, passed: AtomicUsize::new(0) });
        let known = first(place_of_death.count);
        Store::open(Opening { seam: Some(seam), ..opening }).await.unwrap().migrate(known).await.unwrap();
    }

    async fn kill_everywhere(test: &str, house: &House) {
        let place = house.database_url().unwrap_or_else(|| house.folder().display().to_string());
        let killed = walk(house, async |Break { count, moment, nth }| {
            let task = format!("{count} {moment:?} {nth} {place}");
            let test = format!("f16_a_kill_at_any_step_leaves_the_schema_before_or_after::{test}");
            let died = child::again(&test, &task, house.folder()).output().unwrap();
            assert_eq!(died.status.signal(), Some(SIGABRT), "{task}: {died:?}");
        });
        println!("{} processes killed", killed.await);
    }

    #[test]
    fn sqlite() {
        testkit::run(async {
            match child::task() {
                Some(task) => die(&task).await,
                None => kill_everywhere("sqlite", &House::sqlite()).await,
            }
        });
    }

    #[test]
    fn postgres() {
        testkit::run(async {
            if let Some(task) = child::task() {
                return die(&task).await;
            }
            let house = House::postgres().await;
            kill_everywhere("postgres", &house).await;
            house.leave().await;
        });
    }
}
