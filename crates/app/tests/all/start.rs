//! What a database is opened for, and what opening it may change.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use app::{Actor, App, MasterKey, Purpose, Unready, Wiring};
use store::fence::Fence;
use store::{Setting, Store};
use testkit::{House, check_everything};
use vocab::Secret;

use crate::acts::{counts, create, disable};

const EVERY_PURPOSE: [Purpose; 3] = [Purpose::Serve, Purpose::Command, Purpose::AcceptRestore];

async fn wiring(house: &House) -> Wiring {
    Wiring { fence_folder: house.folder().to_owned(), ..house.wiring(house.open(None).await) }
}

/// Each setting there is, with its revision; opening for a command must leave them as they were.
async fn settings(store: &Store) -> Vec<Option<(String, i64)>> {
    let every = [Setting::RestoreEpoch, Setting::SetupLatch, Setting::PruneMark, Setting::MasterKeyCheck];
    let mut found = Vec::new();
    for setting in every {
        let row = store.read(setting, |setting, snapshot| Box::pin(snapshot.setting(*setting))).await.unwrap();
        found.push(row.map(|row| (row.value, row.rev)));
    }
    found
}

/// The files of a folder that are not the database's own.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let files = std::fs::read_dir(folder).unwrap().map(Result::unwrap).filter(|file| file.path().is_file());
    let named = files.map(|file| (file.file_name().into_string().unwrap(), std::fs::read(file.path()).unwrap()));
    named.filter(|(name, _)| !name.starts_with("signet.db") && name != "lock").collect()
}

testkit::on_both_engines! {
    fn a_command_does_not_begin_a_house(house) {
        for purpose in [Purpose::Command, Purpose::AcceptRestore] {
            let unready = App::open(wiring(house).await, purpose).await.err().unwrap();
            assert!(matches!(unready, Unready::NeverServed), "{purpose:?}: {unready:?}");
            assert!(unready.to_string().contains("signet serve"));
        }
        let store = house.open(None).await;
        assert_eq!(settings(&store).await, [None, None, None, None]);
        assert!(files(house.folder()).is_empty());
    }

    fn opening_for_a_command_changes_nothing_and_every_act_works(house) {
        let app = App::start(wiring(house).await).await.unwrap();
        create(&app, "maren").await;
        let before = (counts(&app).await, settings(app.store()).await, files(house.folder()));
        drop(app);
        house.clock.advance(Duration::from_secs(400 * 24 * 60 * 60)); // every key is due to be followed
        for purpose in [Purpose::Command, Purpose::AcceptRestore] {
            let app = App::open(wiring(house).await, purpose).await.unwrap();
            assert_eq!((counts(&app).await, settings(app.store()).await, files(house.folder())), before);
        }
        let command = App::open(wiring(house).await, Purpose::Command).await.unwrap();
        disable(&command, "maren").await;
        check_everything(&command).await;
    }

    fn f17_behind_its_fence_a_database_opens_to_accept_the_restore_and_for_nothing_else(house) {
        let app = App::start(wiring(house).await).await.unwrap();
        let before = counts(&app).await;
        drop(app);
        Fence { epoch: 3, ..Fence::START }.save(house.folder()).unwrap();
        for purpose in [Purpose::Serve, Purpose::Command] {
            let unready = App::open(wiring(house).await, purpose).await.err().unwrap();
            assert!(matches!(unready, Unready::BehindItsFence { .. }), "{purpose:?}: {unready:?}");
        }
        let app = App::open(wiring(house).await, Purpose::AcceptRestore).await.unwrap();
        assert_eq!(counts(&app).await, before);
        assert_eq!(app.fence().accept_restore(&app.ctx(Actor::Operator)).await.unwrap().epoch, 4);
        drop(app);
        check_everything(&App::start(wiring(house).await).await.unwrap()).await;
    }

    fn another_master_key_opens_for_no_purpose(house) {
        let app = App::start(wiring(house).await).await.unwrap();
        let before = (counts(&app).await, settings(app.store()).await);
        drop(app);
        for purpose in EVERY_PURPOSE {
            let other = MasterKey::new(Secret::new([8; 32])).unwrap();
            let unready = App::open(Wiring { master: other, ..wiring(house).await }, purpose).await.err().unwrap();
            assert!(matches!(unready, Unready::OtherMasterKey), "{purpose:?}: {unready:?}");
        }
        let app = App::start(wiring(house).await).await.unwrap();
        assert_eq!((counts(&app).await, settings(app.store()).await), before);
    }

    /// Two nodes with different master keys begin one house: the first key to be written down is the house's.
    fn of_two_master_keys_that_begin_at_once_one_is_the_houses(house) {
        let first = house.open(None).await;
        let second = if house.is_postgres() { house.open(None).await } else { first.clone() };
        let mut wirings = [house.wiring(first), house.wiring(second)];
        wirings[1].master = MasterKey::new(Secret::new([8; 32])).unwrap();
        let started = crate::acts::at_once(wirings.map(App::start)).await;
        let (ready, refused): (Vec<_>, Vec<_>) = started.into_iter().partition(Result::is_ok);
        assert_eq!((ready.len(), refused.len()), (1, 1));
        assert!(refused.iter().all(|start| matches!(start, Err(Unready::OtherMasterKey))));
        check_everything(ready[0].as_ref().unwrap()).await;
    }
}
