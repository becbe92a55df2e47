//! The key ring: one key that makes, any number that read, and never a moment without.

use std::sync::Arc;
use std::time::Duration;

use app::keys::{KeySummary, Refusal, Standing, Use, WARNING};
use app::{Actor, App, FaultKind, MasterKey, Unready};
use audit::Event;
use testkit::{FakeClock, check_everything};
use vocab::{AccountId, KeyId, Secret, Timestamp};

use crate::acts::{at_once, counts, create, disable, events_of};

const SECOND: Duration = Duration::from_secs(1);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Of which key of its use each key stands where, as this node sees it now: `[(serial, standing)]`.
async fn standings(app: &App, use_for: Use) -> Vec<(i64, Standing)> {
    let keys = app.keys().list().await.unwrap();
    keys.iter().filter(|key| key.use_for == use_for).map(|key| (key.serial, key.standing)).collect()
}

async fn rotate(app: &App, use_for: Use) -> Result<Timestamp, Refusal> {
    let rotated = app.keys().rotate(&app.ctx(Actor::Operator), use_for).await.unwrap();
    rotated.map(|rotated| rotated.takes_over_at)
}

fn seal(app: &App, use_for: Use, at: Timestamp) -> Vec<u8> {
    app.keys().seal(use_for, b"a purpose", b"what is sealed", at).unwrap()
}

async fn opens(app: &App, use_for: Use, sealed: &[u8], at: Timestamp) -> bool {
    let opened = app.keys().open(use_for, b"a purpose", sealed, at).await.unwrap();
    assert!(opened.as_deref().is_none_or(|plain| plain == b"what is sealed"));
    opened.is_some()
}

testkit::on_both_engines! {
    fn a_first_start_makes_one_key_for_each_use(house) {
        let app = house.app().await;
        for use_for in Use::ALL {
            assert_eq!(standings(&app, use_for).await, [(1, Standing::Active)]);
        }
        assert_eq!(events_of(&app, AccountId::NOBODY).await, [Event::KeyMade; 4]);
        drop(app);
        let again = house.app().await;
        assert_eq!(events_of(&again, AccountId::NOBODY).await, [Event::KeyMade; 4]);
    }

    fn nodes_that_start_at_once_share_one_key_for_each_use(house) {
        let mut wirings = Vec::new();
        let first = house.open(None).await;
        for _ in 0..4 {
            let store = if house.is_postgres() { house.open(None).await } else { first.clone() };
            wirings.push(house.wiring(store));
        }
        let nodes = at_once(wirings.into_iter().map(|wiring| async { App::start(wiring).await.unwrap() })).await;
        let one: Vec<KeySummary> = nodes[0].keys().list().await.unwrap();
        assert_eq!(one.len(), 4);
        for node in &nodes {
            assert_eq!(node.keys().list().await.unwrap(), one);
            let sealed = seal(&nodes[0], Use::Sealing, node.now());
            assert!(opens(node, Use::Sealing, &sealed, node.now()).await);
        }
        check_everything(&nodes[3]).await;
    }

    fn f10_a_new_key_is_known_everywhere_a_minute_before_it_is_used(house) {
        let [first, second] = house.two_nodes().await;
        let begun = first.now();
        let old = seal(&first, Use::Cookie, begun);
        assert_eq!(rotate(&first, Use::Cookie).await, Ok(begun.plus(WARNING)));

        house.clock.advance(WARNING - SECOND);
        let both = [(1, Standing::Active), (2, Standing::Next)];
        assert_eq!(standings(&second, Use::Cookie).await, both);
        assert_eq!(standings(&first, Use::Cookie).await, both);
        assert_eq!(seal(&first, Use::Cookie, first.now())[..16], old[..16], "the old key still makes");

        house.clock.advance(SECOND);
        let followed = [(1, Standing::Reading), (2, Standing::Active)];
        assert_eq!(standings(&second, Use::Cookie).await, followed);
        for node in [&first, &second] {
            let new = seal(node, Use::Cookie, node.now());
            assert_ne!(new[..16], old[..16]);
            assert!(opens(&first, Use::Cookie, &new, node.now()).await);
            assert!(opens(&second, Use::Cookie, &new, node.now()).await);
            assert!(opens(node, Use::Cookie, &old, node.now()).await);
        }
        check_everything(&second).await;
    }

    fn f10_there_are_never_two_that_wait(house) {
        let [first, second] = house.two_nodes().await;
        let takes_over_at = rotate(&first, Use::Sealing).await.unwrap();
        for node in [&first, &second] {
            assert_eq!(rotate(node, Use::Sealing).await, Err(Refusal::NextIsWaiting(takes_over_at)));
        }
        house.clock.advance(WARNING);
        assert!(rotate(&second, Use::Sealing).await.is_ok());
        assert_eq!(events_of(&first, AccountId::NOBODY).await, [Event::KeyMade; 6]);
        check_everything(&first).await;
    }

    fn f13_of_those_who_rotate_at_once_exactly_one_makes_the_next_key(house) {
        let nodes = house.two_nodes().await;
        for round in 2..7 {
            let rotated = at_once((0..32).map(|caller| {
                let app = nodes[caller % 2].clone();
                async move { rotate(&app, Use::Sealing).await }
            })).await;
            assert_eq!(rotated.iter().filter(|rotated| rotated.is_ok()).count(), 1, "{rotated:?}");
            assert_eq!(standings(&nodes[round % 2], Use::Sealing).await.len(), round);
            house.clock.advance(WARNING);
        }
        check_everything(&nodes[1]).await;
    }

    /// F10, I13: keys are followed as fast as they can be while two nodes seal, open and make accounts. What was
    /// sealed opens on both nodes at once and for as long as it lives; one of them never rotates, and only looks
    /// at the ring when it meets a key it does not know.
    fn f10_nothing_sealed_fails_to_open_while_keys_are_followed_under_load(house) {
        let nodes = house.two_nodes().await;
        let (mut sealed, mut followed) = (Vec::new(), 0);
        for second in 0..250 {
            let following = tokio::spawn(follow_every_key(nodes[0].clone(), house.clock.clone()));
            let sealing = at_once((0..4).map(|worker| {
                let (one, other) = (nodes[worker % 2].clone(), nodes[1 - worker % 2].clone());
                async move { seal_and_open(&one, &other).await }
            }));
            sealed.extend(sealing.await.into_iter().flatten());
            create(&nodes[second % 2], &format!("maren{second}")).await;
            followed += following.await.unwrap();
        }
        assert_eq!((sealed.len(), followed), (2_000, 4 * 5), "one key of each use in each of five minutes");

        house.clock.advance(DAY - 300 * SECOND);
        for node in &nodes {
            node.keys().reconcile().await.unwrap();
            for (use_for, bytes) in &sealed {
                assert!(opens(node, *use_for, bytes, node.now()).await);
            }
        }
        check_everything(&nodes[1]).await;
        testkit::tell(format_args!("{} seals, 250 accounts, {followed} keys made on {}", sealed.len(), nodes[0].store_engine()));
    }

    fn f10_many_who_meet_an_unknown_key_at_once_all_open_what_it_sealed(house) {
        let [first, second] = house.two_nodes().await;
        rotate(&first, Use::Sealing).await.unwrap();
        house.clock.advance(WARNING);
        let sealed = Arc::new(seal(&first, Use::Sealing, first.now()));
        let opened = at_once((0..32).map(|_| {
            let (second, sealed) = (second.clone(), Arc::clone(&sealed));
            async move { opens(&second, Use::Sealing, &sealed, second.now()).await }
        })).await;
        assert_eq!(opened, [true; 32]);
    }

    fn strangers_ids_send_a_node_to_the_database_once_a_second(house) {
        let [first, second] = house.two_nodes().await;
        house.clock.advance(10 * SECOND);
        let now = second.now();
        let stranger = [KeyId::from_bytes([9; 16]).bytes().as_slice(), &[0; 40]].concat();
        assert!(!opens(&second, Use::Cookie, &stranger, now).await); // this looked

        rotate(&first, Use::Cookie).await.unwrap();
        let sealed = seal(&first, Use::Cookie, now.plus(WARNING));
        let almost = now.plus(Duration::from_micros(999_999));
        assert!(!opens(&second, Use::Cookie, &sealed, almost).await, "it looked again within the second");
        assert!(opens(&second, Use::Cookie, &sealed, now.plus(SECOND)).await);
    }

    /// F09: the bound on looking again is no lock-out when the clock goes back.
    fn f09_a_clock_that_went_back_does_not_keep_a_node_from_looking(house) {
        let [first, second] = house.two_nodes().await;
        let stranger = [KeyId::from_bytes([9; 16]).bytes().as_slice(), &[0; 40]].concat();
        assert!(!opens(&second, Use::Cookie, &stranger, second.now().plus(600 * SECOND)).await);
        rotate(&first, Use::Cookie).await.unwrap();
        let sealed = seal(&first, Use::Cookie, first.now().plus(WARNING));
        assert!(opens(&second, Use::Cookie, &sealed, second.now()).await);
    }

    /// F09: a node whose clock stands before every key's beginning still seals, and others read it.
    fn f09_a_node_whose_clock_is_behind_every_key_still_seals(house) {
        let [first, second] = house.two_nodes().await;
        let long_ago = first.now().minus(DAY);
        let sealed = seal(&first, Use::Sealing, long_ago);
        assert!(opens(&second, Use::Sealing, &sealed, second.now()).await);
    }

    fn a_key_reads_for_its_time_and_not_longer(house) {
        let app = house.app().await;
        let uses = [(Use::Sealing, Some(DAY)), (Use::Cookie, Some(30 * DAY)), (Use::Decoy, None), (Use::Audit, None)];
        for (use_for, reads_for) in uses {
            let sealed = seal(&app, use_for, app.now());
            rotate(&app, use_for).await.unwrap();
            house.clock.advance(WARNING);
            house.clock.advance(reads_for.unwrap_or(29 * DAY) - SECOND);
            app.keys().reconcile().await.unwrap();
            assert!(opens(&app, use_for, &sealed, app.now()).await, "{use_for:?}");
            house.clock.advance(SECOND);
            app.keys().reconcile().await.unwrap();
            assert_eq!(opens(&app, use_for, &sealed, app.now()).await, reads_for.is_none(), "{use_for:?}");
        }
        let retired = events_of(&app, AccountId::NOBODY).await.into_iter().filter(|event| *event == Event::KeyRetired);
        assert!(retired.count() >= 2);
        check_everything(&app).await;
    }

    /// A key that was followed because it may be known to others must go, however often keys are followed after it.
    fn following_keys_every_day_keeps_no_old_one_alive(house) {
        let app = house.app().await;
        for _ in 0..4 {
            rotate(&app, Use::Sealing).await.unwrap();
            house.clock.advance(DAY - SECOND);
            app.keys().reconcile().await.unwrap();
        }
        let standings = standings(&app, Use::Sealing).await;
        let reading = standings.iter().filter(|(_, standing)| *standing == Standing::Reading).count();
        assert!(reading <= 2, "{standings:?}");
        check_everything(&app).await;
    }

    fn the_reconciler_follows_keys_that_are_old(house) {
        let [first, second] = house.two_nodes().await;
        house.clock.advance(30 * DAY - SECOND);
        first.keys().reconcile().await.unwrap();
        assert_eq!(counts(&first).await.entries, 4);
        house.clock.advance(SECOND);
        let rounds = [first.clone(), second.clone(), first.clone(), second.clone()];
        at_once(rounds.map(|node| async move { node.keys().reconcile().await.unwrap() })).await;
        for (use_for, keys) in [(Use::Sealing, 2), (Use::Cookie, 2), (Use::Audit, 1), (Use::Decoy, 1)] {
            assert_eq!(standings(&second, use_for).await.len(), keys, "{use_for:?}");
        }
        house.clock.advance(336 * DAY);
        second.keys().reconcile().await.unwrap();
        assert_eq!(standings(&first, Use::Audit).await.len(), 2);
        assert_eq!(standings(&first, Use::Decoy).await.len(), 1, "decoys stay what they were");
        check_everything(&first).await;
    }

    fn two_nodes_retire_one_key_once(house) {
        let nodes = house.two_nodes().await;
        rotate(&nodes[0], Use::Sealing).await.unwrap();
        house.clock.advance(WARNING + DAY);
        at_once((0..16).map(|caller| {
            let app = nodes[caller % 2].clone();
            async move { app.keys().reconcile().await.unwrap() }
        })).await;
        assert_eq!(standings(&nodes[1], Use::Sealing).await, [(1, Standing::Retired), (2, Standing::Active)]);
        let events = events_of(&nodes[0], AccountId::NOBODY).await;
        assert_eq!(events.iter().filter(|event| **event == Event::KeyRetired).count(), 1);
        check_everything(&nodes[0]).await;
    }

    fn every_past_is_wrapped_under_the_newest_audit_key(house) {
        let nodes = house.two_nodes().await;
        at_once((0..205).map(|number| {
            let app = nodes[number % 2].clone();
            async move { create(&app, &format!("maren{number}")).await }
        })).await;
        rotate(&nodes[0], Use::Audit).await.unwrap();
        nodes[0].keys().reconcile().await.unwrap();
        let rotated = nodes[0].keys().list().await.unwrap();
        let [old, new] = [1, 2].map(|serial| {
            rotated.iter().find(|key| (key.use_for, key.serial) == (Use::Audit, serial)).unwrap().id
        });
        assert_eq!(wrapped_otherwise(&nodes[1], old).await, 0, "not before it takes over");
        house.clock.advance(WARNING);
        at_once([0, 1, 0, 1].map(|node| {
            let app = nodes[node].clone();
            async move { app.keys().reconcile().await.unwrap() }
        })).await;
        assert_eq!(wrapped_otherwise(&nodes[1], new).await, 0);
        disable(&nodes[1], "maren7").await;
        for node in &nodes {
            assert_eq!(check_everything(node).await.accounts, 205);
        }
    }

    fn another_master_key_does_not_start_and_changes_nothing(house) {
        let app = house.app().await;
        let before = counts(&app).await;
        drop(app);
        let mut wiring = house.wiring(house.open(None).await);
        wiring.master = MasterKey::new(Secret::new([8; 32])).unwrap();
        let refused = App::start(wiring).await.err().unwrap();
        assert!(matches!(refused, Unready::OtherMasterKey), "{refused:?}");
        assert!(refused.to_string().contains("master key"));
        let app = house.app().await;
        assert_eq!(counts(&app).await, before);
        check_everything(&app).await;
    }

    fn sealed_bytes_open_for_one_use_and_one_purpose_and_untouched(house) {
        let app = house.app().await;
        let now = app.now();
        let sealed = seal(&app, Use::Sealing, now);
        assert!(opens(&app, Use::Sealing, &sealed, now).await);
        for other in [Use::Cookie, Use::Decoy, Use::Audit] {
            assert!(!opens(&app, other, &sealed, now).await, "{other:?}");
        }
        for purpose in [&b"another purpose"[..], b"", b"a purpose "] {
            assert_eq!(app.keys().open(Use::Sealing, purpose, &sealed, now).await.unwrap(), None);
        }
        for at in 0..sealed.len() {
            let mut flipped = sealed.clone();
            flipped[at] ^= 1;
            assert!(!opens(&app, Use::Sealing, &flipped, now).await, "byte {at}");
            assert!(!opens(&app, Use::Sealing, &sealed[..at], now).await, "{at} bytes");
        }
        assert!(!opens(&app, Use::Sealing, &[sealed.as_slice(), &[0]].concat(), now).await);
    }

    /// A wrapped key is bound to its use and number: whoever can write the table cannot pass one off as another.
    fn keys_exchanged_in_the_database_do_not_open(house) {
        let app = house.app().await;
        drop(app);
        house.damage(
            "UPDATE keys SET wrapped = (SELECT wrapped FROM keys WHERE use_for = 'sealing') WHERE use_for = 'cookie'",
        ).await;
        match App::start(house.wiring(house.open(None).await)).await.err() {
            Some(Unready::Fault(fault)) => assert_eq!(fault.kind(), FaultKind::Corrupt),
            other => panic!("{other:?}"),
        }
    }
}

/// How many pasts are wrapped under any other key than this one.
async fn wrapped_otherwise(app: &App, key: KeyId) -> usize {
    let mut count = 0;
    for other in app.keys().list().await.unwrap().iter().filter(|other| other.id != key) {
        let rows = app
            .store()
            .browse(other.id, |id, snapshot| Box::pin(snapshot.list_subject_keys_under(*id, AccountId::NOBODY, 1_000)));
        count += rows.await.unwrap().len();
    }
    count
}

/// What one node seals the other opens.
async fn seal_and_open(one: &App, other: &App) -> [(Use, Vec<u8>); 2] {
    let mut both = [Use::Sealing, Use::Cookie].map(|use_for| (use_for, Vec::new()));
    for (use_for, sealed) in &mut both {
        *sealed = seal(one, *use_for, one.now());
        assert!(opens(other, *use_for, sealed, other.now()).await);
        assert!(opens(one, *use_for, sealed, one.now()).await);
    }
    both
}

/// A second passes, and every use is given a new key if it may have one. How many were made?
async fn follow_every_key(app: App, clock: FakeClock) -> usize {
    let mut made = 0;
    for use_for in Use::ALL {
        clock.advance(SECOND / 4);
        made += usize::from(rotate(&app, use_for).await.is_ok());
        let standings = standings(&app, use_for).await;
        let count = |wanted| standings.iter().filter(|(_, standing)| *standing == wanted).count();
        assert_eq!(count(Standing::Active), 1, "{standings:?}");
        assert!(count(Standing::Next) <= 1, "{standings:?}");
    }
    made
}
