//! The examination: whatever is damaged behind the house's back is found, and nothing else is.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::Duration;

use app::keys::Use;
use app::{Actor, App, Purpose};
use store::fence::Fence;
use testkit::{House, check_everything};
use vocab::{AccountId, DisplayName};

use crate::acts::{create, disable, entries_of};
use crate::damages::{Damage, Past, about_accounts, about_entries, about_keys_and_restores};
use crate::people::{Person, set_up, stranger, synced};
use crate::residents::{Residents, about_names_and_set_up, about_passkeys, about_sessions};

const MINUTE: Duration = Duration::from_secs(60);
/// A day of a session's life and a week for which it is remembered, and a little more.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(8 * 24 * 60 * 60 + 30);

async fn build(house: &House) -> Past {
    let app = house.app().await;
    let maren = create(&app, "maren").await;
    let olga = create(&app, "olga").await;
    house.clock.advance(MINUTE);
    disable(&app, "olga").await;
    let mut rotated = [app.now(); 2];
    for at in &mut rotated {
        *at = app.now();
        app.keys().rotate(&app.ctx(Actor::Operator), Use::Cookie).await.unwrap().unwrap();
        house.clock.advance(MINUTE);
    }
    app.fence().accept_restore(&app.ctx(Actor::Operator)).await.unwrap();
    let residents = Residents::come_in(house, &app, maren).await;
    let examined = check_everything(&app).await;
    assert_eq!((examined.accounts, examined.credentials, examined.sessions), (4, 3, 3));
    assert_eq!((examined.entries, examined.keys, examined.jobs_due), (25, 6, 2));
    let of_maren = entries_of(&app, maren).await.remove(0);
    Past { maren, olga, of_maren, own: entries_of(&app, AccountId::NOBODY).await, rotated, residents }
}

/// What people do, one thing after another.
async fn live(app: &App, name: &str) {
    let mut person = Person::named(app, name).await;
    let (passkey, second) = person.add(app, &synced()).await.unwrap();
    let mut elsewhere = Person { passkey, ..person.clone() };
    elsewhere.sign_in(app).await.unwrap();
    person.step_up(app).await;
    let (ctx, who) = (stranger(app).acting(person.account), person.signed_in(app).await);
    for name in ["Phone", "Old phone"] {
        let name = DisplayName::parse(name).unwrap();
        app.credentials().rename(&ctx, &who, (second.id, &name)).await.unwrap().unwrap();
    }
    app.credentials().remove(&ctx, &who, second.id).await.unwrap().unwrap();
    elsewhere.sign_in(app).await.unwrap_err();
    person.sign_in(app).await.unwrap();
    app.sessions().end_all(&ctx, &person.signed_in(app).await).await.unwrap().unwrap();
}

/// What is outside the database does not tell: somebody took that away too.
async fn findings_of(damaged: &House) -> Vec<String> {
    if Fence::is_in(damaged.folder()) {
        std::fs::remove_file(damaged.folder().join("fence")).unwrap();
    }
    damaged.app().await.check_everything().await.unwrap().findings
}

testkit::on_both_engines! {
    fn each_kind_of_damage_is_found_and_nothing_else(house) {
        let past = build(house).await;
        let kinds = [
            about_accounts(house, &past),
            about_entries(house, &past),
            about_keys_and_restores(house, &past),
            about_passkeys(house, &past.residents),
            about_sessions(house, &past.residents),
            about_names_and_set_up(house, &past.residents),
        ];
        let (mut damaged, mut count) = (house.copy().await, 0);
        for Damage { statements, findings: expected } in kinds.into_iter().flatten() {
            damaged.become_copy_of(house).await;
            damaged.damage(&statements).await;
            let mut findings = findings_of(&damaged).await;
            findings.sort_by_key(|found| expected.iter().position(|finding| found.starts_with(finding)));
            let agrees = findings.len() == expected.len() && findings.iter().zip(&expected).all(|(f, e)| f.starts_with(e));
            assert!(agrees, "{statements}\n{expected:#?}\n{findings:#?}");
            count += 1;
        }
        damaged.leave().await;
        testkit::tell(format_args!("{count} damages found one by one"));
        check_everything(&house.app().await).await;
    }

    /// An examination beside nodes that go on working finds nothing that is not there.
    fn what_happens_during_an_examination_is_no_finding(house) {
        let [examiner, worker] = house.two_nodes().await;
        let over = Arc::new(AtomicBool::new(false));
        let (clock, still) = (house.clock.clone(), Arc::clone(&over));
        let working = tokio::spawn(async move {
            let mut number = 0;
            while !still.load(SeqCst) {
                let name = format!("maren{number}");
                create(&worker, &name).await;
                disable(&worker, &name).await;
                live(&worker, &format!("ada{number}")).await;
                worker.failures().count(&stranger(&worker), "a reason");
                clock.advance(MINUTE);
                worker.failures().write_down().await.unwrap();
                for use_for in Use::ALL {
                    worker.keys().rotate(&worker.ctx(Actor::Operator), use_for).await.unwrap().unwrap();
                }
                worker.fence().accept_restore(&worker.ctx(Actor::Operator)).await.unwrap();
                worker.keys().reconcile().await.unwrap();
                match number {
                    5 => {
                        let link = worker.setup().offer(&worker.ctx(Actor::System)).await.unwrap().unwrap();
                        set_up(&worker, link.expose(), "wanda").await.unwrap();
                    }
                    10 => {
                        clock.advance(FORGOTTEN_AFTER);
                        worker.upkeep().reconcile().await.unwrap();
                    }
                    _ => {}
                }
                number += 1;
            }
            number
        });
        while !working.is_finished() {
            let examined = check_everything(&examiner).await;
            over.fetch_or(examined.accounts >= 40, SeqCst);
        }
        assert!(working.await.unwrap() >= 19);
        check_everything(&examiner).await;
    }

    /// A database from before the set-up comes back; its node remembers that somebody was set up.
    fn f17_a_latch_that_a_restore_has_closed_is_no_finding(house) {
        let app = house.app().await;
        let link = app.setup().offer(&app.ctx(Actor::System)).await.unwrap().unwrap();
        drop(app);
        let backup = house.copy().await;
        let wiring = house.wiring(house.open(None).await);
        let remembered = wiring.fence_folder.clone();
        let app = App::start(wiring).await.unwrap();
        set_up(&app, link.expose(), "wanda").await.unwrap();
        let mut wiring = backup.wiring(backup.open(None).await);
        wiring.fence_folder = remembered;
        let restored = App::open(wiring, Purpose::AcceptRestore).await.unwrap();
        restored.fence().accept_restore(&restored.ctx(Actor::Operator)).await.unwrap();
        assert!(restored.setup().offer(&restored.ctx(Actor::System)).await.unwrap().is_none());
        check_everything(&restored).await;
        drop(restored);
        backup.leave().await;
    }
}
