//! The first administrator's link and its latch.

use app::account::{Named, Role};
use app::ceremony::Refusal::BeginAgain;
use app::sign_up::Refusal;
use app::{Actor, App, FaultKind};
use audit::Event;
use std::time::Duration;
use testkit::check_everything;
use vocab::{AccountId, Reason};

use crate::acts::{at_once, counts, events_of, found};
use crate::people::{finish, here, newcomer, readmitted, set_up, stranger, synced};

async fn offered(app: &App) -> String {
    app.setup().offer(&app.ctx(Actor::System)).await.unwrap().expect("a link").expose().clone()
}

async fn reopened(app: &App) -> String {
    let reason = Reason::parse("the owner lost every passkey").unwrap();
    app.setup().reopen(&app.ctx(Actor::Operator), &reason).await.unwrap().expose().clone()
}

testkit::on_both_engines! {
    fn the_link_makes_an_owner_once_and_the_latch_closes(house) {
        let app = house.app().await;
        let link = offered(&app).await;
        assert!(link.starts_with("http://localhost:8080/setup#"), "{link}");
        let new = set_up(&app, &link, "maren").await.unwrap();
        let who = readmitted(&app, new.token.expose()).await.unwrap();
        assert_eq!(who.account.role, Role::Owner);
        assert!(events_of(&app, new.account).await.contains(&Event::SetupCompleted));
        assert_eq!(set_up(&app, &link, "olga").await.unwrap_err(), Refusal::LinkEnded);
        assert!(app.setup().offer(&app.ctx(Actor::System)).await.unwrap().is_none());
        assert!(app.setup().is_done(&stranger(&app)).await.unwrap());
        check_everything(&app).await;
        drop(app);
        assert_eq!(store::fence::Fence::load(&house.wiring(house.open(None).await).fence_folder).unwrap().latch, if house.is_postgres() { 0 } else { 1 });
    }

    fn a_new_start_voids_the_older_link(house) {
        let app = house.app().await;
        let older = offered(&app).await;
        let newer = offered(&app).await;
        assert_eq!(set_up(&app, &older, "maren").await.unwrap_err(), Refusal::LinkEnded);
        set_up(&app, &newer, "maren").await.unwrap();
        check_everything(&app).await;
    }

    fn the_link_works_for_an_hour_and_only_as_it_was_written(house) {
        let app = house.app().await;
        let link = offered(&app).await;
        let (page, token) = link.rsplit_once('#').unwrap();
        let last = if token.ends_with('A') { "Q" } else { "A" };
        let wrong = [
            format!("{page}#"),
            format!("{page}#{token}A"),
            format!("{page}#{}{last}", &token[..token.len() - 1]),
            format!("{page}#{}", "A".repeat(86)),
        ];
        for wrong in wrong {
            assert_eq!(set_up(&app, &wrong, "maren").await.unwrap_err(), Refusal::LinkEnded, "{wrong}");
        }
        house.clock.advance(Duration::from_secs(60 * 60));
        assert_eq!(set_up(&app, &link, "maren").await.unwrap_err(), Refusal::LinkEnded);
        check_everything(&app).await;
    }

    fn a_link_that_ends_between_begin_and_finish_makes_nobody(house) {
        let app = house.app().await;
        let link = offered(&app).await;
        let (ctx, token) = (stranger(&app), link.rsplit_once('#').unwrap().1);
        let begun = app.setup().begin(&ctx, here(), (token, newcomer("maren"))).await.unwrap().unwrap();
        let (_, answer) = authenticator::register(&serde_json::to_value(&begun.options).unwrap(), &synced());
        offered(&app).await;
        let before = counts(&app).await;
        let refusal = app.setup().finish(&ctx, finish(&begun.state, answer)).await.unwrap().unwrap_err();
        assert_eq!(refusal, Refusal::LinkEnded);
        let after = counts(&app).await;
        assert_eq!((after.accounts, after.credentials, after.spent), (before.accounts, 0, before.spent + 1));
        check_everything(&app).await;
    }

    fn w13_what_was_begun_at_one_door_is_not_finished_at_another(house) {
        let app = house.app().await;
        let link = offered(&app).await;
        let (ctx, token) = (stranger(&app), link.rsplit_once('#').unwrap().1);
        let sign_up = app.sign_up().begin(&ctx, here(), newcomer("olga")).await.unwrap().unwrap();
        let setup = app.setup().begin(&ctx, here(), (token, newcomer("maren"))).await.unwrap().unwrap();
        let answer = |options| authenticator::register(&serde_json::to_value(options).unwrap(), &synced()).1;
        let by_setup = finish(&sign_up.state, answer(&sign_up.options));
        assert_eq!(app.setup().finish(&ctx, by_setup).await.unwrap().unwrap_err(), Refusal::Ceremony(BeginAgain));
        let by_sign_up = finish(&setup.state, answer(&setup.options));
        assert_eq!(app.sign_up().finish(&ctx, by_sign_up).await.unwrap().unwrap_err(), Refusal::Ceremony(BeginAgain));
        assert_eq!(counts(&app).await.accounts, 0);
    }

    fn of_thirty_two_who_hold_the_link_on_two_nodes_one_becomes_the_owner(house) {
        let nodes = house.two_nodes().await;
        let link = offered(&nodes[0]).await;
        let calls = (0..32).map(|n| {
            let (app, link) = (nodes[n % 2].clone(), link.clone());
            async move { set_up(&app, &link, &format!("maren{n}")).await.map(|new| new.account) }
        });
        let outcomes = at_once(calls.collect::<Vec<_>>()).await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{outcomes:?}");
        let ended = |outcome: &Result<AccountId, Refusal>| matches!(outcome, Ok(_) | Err(Refusal::LinkEnded));
        assert!(outcomes.iter().all(ended), "{outcomes:?}");
        assert_eq!(counts(&nodes[0]).await.accounts, 1);
        check_everything(&nodes[1]).await;
    }

    fn i04_the_last_owner_stays_and_of_two_who_are_closed_at_once_one(house) {
        let nodes = house.two_nodes().await;
        set_up(&nodes[0], &offered(&nodes[0]).await, "maren").await.unwrap();
        let close = |app: App, name: &'static str| async move {
            let (ctx, why) = (app.ctx(Actor::Operator), Reason::parse("left the house").unwrap());
            app.accounts().disable(&ctx, &Named::parse(name).unwrap(), &why).await.unwrap()
        };
        assert_eq!(close(nodes[0].clone(), "maren").await.unwrap_err(), app::account::Refusal::LastOwner);
        assert_eq!(found(&nodes[1], "maren").await.unwrap().account.state, app::account::State::Active);
        set_up(&nodes[1], &reopened(&nodes[1]).await, "olga").await.unwrap();
        let outcomes = at_once([close(nodes[0].clone(), "maren"), close(nodes[1].clone(), "olga")]).await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{outcomes:?}");
        check_everything(&nodes[0]).await;
    }

    /// Two operators at once, on two nodes: the newer link has voided the older one, whichever came first.
    fn r23_of_many_links_made_at_once_one_is_good(house) {
        let nodes = house.two_nodes().await;
        let calls = (0..8).map(|n| {
            let app = nodes[n % 2].clone();
            async move { reopened(&app).await }
        });
        let links = at_once(calls.collect::<Vec<_>>()).await;
        let mut good = 0;
        for link in &links {
            let (ctx, token) = (stranger(&nodes[0]), link.rsplit_once('#').unwrap().1);
            let begun = nodes[0].setup().begin(&ctx, here(), (token, newcomer("maren"))).await.unwrap();
            good += usize::from(begun.is_ok());
        }
        assert_eq!(good, 1);
    }

    /// A latch that is gone is not a latch that is open.
    fn r23_without_its_latch_nobody_is_set_up(house) {
        let app = house.app().await;
        let link = offered(&app).await;
        house.damage("DELETE FROM settings WHERE name = 'setup_latch'").await;
        let (ctx, token) = (stranger(&app), link.rsplit_once('#').unwrap().1);
        let begun = app.setup().begin(&ctx, here(), (token, newcomer("maren"))).await;
        assert_eq!(begun.unwrap_err().kind(), app::FaultKind::Corrupt);
    }

    fn r23_set_up_stays_closed_until_an_operator_says_why(house) {
        let app = house.app().await;
        set_up(&app, &offered(&app).await, "maren").await.unwrap();
        assert!(app.setup().offer(&app.ctx(Actor::System)).await.unwrap().is_none());
        drop(app);
        let app = house.app().await;
        assert!(app.setup().offer(&app.ctx(Actor::System)).await.unwrap().is_none());

        let link = reopened(&app).await;
        assert!(!app.setup().is_done(&stranger(&app)).await.unwrap());
        set_up(&app, &link, "olga").await.unwrap();
        assert_eq!(found(&app, "olga").await.unwrap().account.role, Role::Owner);
        assert_eq!(set_up(&app, &link, "ida").await.unwrap_err(), Refusal::LinkEnded);
        let reason = Reason::parse("left the house").unwrap();
        let named = Named::parse("maren").unwrap();
        app.accounts().disable(&app.ctx(Actor::Operator), &named, &reason).await.unwrap().unwrap();
        assert!(events_of(&app, AccountId::NOBODY).await.contains(&Event::SetupReopened));
        check_everything(&app).await;
    }

    fn a_reopened_link_closes_a_latch_that_was_open(house) {
        let app = house.app().await;
        let first = offered(&app).await;
        let link = reopened(&app).await;
        assert_eq!(set_up(&app, &first, "maren").await.unwrap_err(), Refusal::LinkEnded, "a newer one voids it");
        set_up(&app, &link, "maren").await.unwrap();
        assert!(app.setup().offer(&app.ctx(Actor::System)).await.unwrap().is_none());
        check_everything(&app).await;
    }

    fn f17_a_database_from_before_the_first_administrator_is_behind_its_fence(house) {
        let app = house.app().await;
        let link = offered(&app).await;
        let before = app.store().read((), |(), snapshot| Box::pin(snapshot.setting(store::Setting::SetupLatch))).await.unwrap();
        set_up(&app, &link, "maren").await.unwrap();
        house.damage("UPDATE settings SET value = '0' WHERE name = 'setup_latch'").await;
        assert_eq!(before.unwrap().value, "0");
        let fault = app.upkeep().reconcile().await.unwrap_err();
        assert_eq!(fault.kind(), FaultKind::Unfit);
    }

    fn what_the_link_makes_is_told_to_doctor_even_if_somebody_makes_themselves_owner(house) {
        let app = house.app().await;
        let olga = crate::people::Person::named(&app, "olga").await;
        check_everything(&app).await;
        house.damage(&format!("UPDATE accounts SET role = 'owner' WHERE id = {}", house.literal(olga.account.bytes()))).await;
        let findings = app.check_everything().await.unwrap().findings;
        assert_eq!(findings, [format!("account {}: its role is owner and its entries say otherwise", olga.account)]);
    }
}
