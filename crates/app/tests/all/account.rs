//! Accounts: made, ended, found and listed, each with its entry and its letters.

use std::collections::{BTreeMap, BTreeSet};

use app::account::{Named, NewAccount, PAGE_AT_MOST, Page, Refusal, State};
use app::{Actor, App, Ctx};
use audit::{Entry, Event};
use serde_json::Value;
use testkit::{House, check_everything};
use vocab::identifier::{Identifier, Kind};
use vocab::{AccountId, DisplayName};

use crate::acts::{
    account_of, at_once, counts, create, disable, entries_of, events_of, every_account, found, jobs_of, reason,
};

const CALLERS: usize = 32;

fn operator(app: &App) -> Ctx {
    app.ctx(Actor::Operator)
}

fn holds(bytes: &[u8], word: &str) -> bool {
    bytes.windows(word.len()).any(|window| window == word.as_bytes())
}

testkit::on_both_engines! {
    fn an_account_is_made_with_its_names_its_entry_and_a_letter_to_each_address(house) {
        let app = house.app().await;
        let before = counts(&app).await;
        let names = ["maren", "Maren@Example.org", "maren.holt@example.net", "+49 30 1234567"];
        let ctx = operator(&app);
        let id = app.accounts().create(&ctx, account_of("Maren Holt", &names)).await.unwrap().unwrap().id;

        let after = counts(&app).await;
        assert_eq!((after.accounts, after.entries, after.due), (before.accounts + 1, before.entries + 1, 2));
        let listed = found(&app, "maren").await.unwrap();
        assert_eq!((listed.account.id, listed.account.made_at, listed.account.state), (id, ctx.now, State::Active));
        let typed: BTreeSet<&str> = listed.identifiers.iter().map(|row| row.typed.as_str()).collect();
        assert_eq!(typed, BTreeSet::from(names));

        let [row] = &entries_of(&app, id).await[..] else { panic!("not one entry") };
        let entry = Entry::decode(&row.bytes).unwrap();
        assert_eq!((entry.event, entry.at, entry.actor), (Event::AccountCreated, ctx.now, audit::Actor::Operator));
        assert_eq!((&entry.node, &entry.region), (app.node(), app.region()));
        assert!(entry.subject.is_some());
        check_everything(&app).await;
    }

    fn nothing_personal_stands_in_an_entry_in_the_clear(house) {
        let app = house.app().await;
        let id = create(&app, "maren").await;
        let why = "stole the silver";
        app.accounts().disable(&operator(&app), &Named::Id(id), &reason(why)).await.unwrap().unwrap();
        for row in entries_of(&app, id).await {
            for word in ["maren", "example.org", why, "request_id"] {
                assert!(!holds(&row.bytes, word) && !holds(&row.details, word), "{word}");
            }
        }
    }

    fn who_has_no_address_gets_no_letter(house) {
        let app = house.app().await;
        let nobody = account_of("Maren Holt", &["maren", "+49 30 1234567"]);
        let id = app.accounts().create(&operator(&app), nobody).await.unwrap().unwrap().id;
        disable(&app, "maren").await;
        assert_eq!(jobs_of(&app, id).await, []);
        check_everything(&app).await;
    }

    fn a_refused_account_leaves_nothing_behind(house) {
        let app = house.app().await;
        create(&app, "maren").await;
        let before = counts(&app).await;
        let attempts = [
            (["olga", "MAREN@example.org"], Kind::Email),
            (["Maren", "olga@example.org"], Kind::Username),
        ];
        for (names, kind) in attempts {
            let refused = app.accounts().create(&operator(&app), account_of("Olga", &names)).await.unwrap();
            assert_eq!(refused.unwrap_err(), Refusal::IdentifierTaken(kind));
        }
        assert_eq!(counts(&app).await, before);
        assert_eq!((found(&app, "olga").await, found(&app, "olga@example.org").await), (None, None));
        create(&app, "olga").await; // the names of those who were refused are free
        check_everything(&app).await;
    }

    fn an_account_is_ended_with_its_entry_and_its_letter(house) {
        let app = house.app().await;
        let id = create(&app, "maren").await;
        house.clock.advance(std::time::Duration::from_secs(5));
        let ctx = operator(&app);
        app.accounts().disable(&ctx, &Named::Id(id), &reason("left")).await.unwrap().unwrap();

        let account = found(&app, "maren").await.unwrap().account;
        assert_eq!((account.state, account.disabled_at, account.rev), (State::Disabled, Some(ctx.now), 2));
        assert_eq!(events_of(&app, id).await, [Event::AccountCreated, Event::AccountDisabled]);
        assert_eq!(jobs_of(&app, id).await.len(), 2);
        check_everything(&app).await;
    }

    fn an_account_answers_to_its_id_and_to_every_name(house) {
        let app = house.app().await;
        let names = ["maren", "maren@example.org", "+49 30 1234567"];
        let maren = account_of("Maren Holt", &names);
        let id = app.accounts().create(&operator(&app), maren).await.unwrap().unwrap().id;
        for name in [id.to_string().as_str(), "MAREN", "Maren@EXAMPLE.org", "+49-30-1234567"] {
            assert_eq!(found(&app, name).await.map(|listed| listed.account.id), Some(id), "{name}");
        }
        assert_eq!(found(&app, "maren@example.net").await, None);
        assert_eq!(found(&app, &AccountId::from_bytes([9; 16]).to_string()).await, None);
    }

    fn who_is_unknown_or_has_ended_cannot_be_ended(house) {
        let app = house.app().await;
        let id = create(&app, "maren").await;
        disable(&app, "maren").await;
        let before = counts(&app).await;
        let attempts = [
            (Named::parse("olga").unwrap(), Refusal::UnknownAccount),
            (Named::Id(AccountId::from_bytes([9; 16])), Refusal::UnknownAccount),
            (Named::Id(id), Refusal::AlreadyDisabled),
            (Named::parse("MAREN@example.org").unwrap(), Refusal::AlreadyDisabled),
        ];
        for (named, refusal) in attempts {
            let refused = app.accounts().disable(&operator(&app), &named, &reason("again")).await.unwrap();
            assert_eq!(refused, Err(refusal));
        }
        assert_eq!(counts(&app).await, before);
        assert_eq!(events_of(&app, id).await.len(), 2);
    }

    /// F13: one name, 32 who want it, two nodes, one account; and of the others not a row.
    fn f13_of_those_who_want_one_name_at_once_exactly_one_gets_it(house) {
        let nodes = house.two_nodes().await;
        for round in 0..10 {
            let name = format!("maren{round}");
            let before = counts(&nodes[0]).await;
            let created = at_once((0..CALLERS).map(|caller| {
                let app = nodes[caller % 2].clone();
                let wanted = account_of("Maren", &[&format!("own{round}.{caller}"), &format!("{name}@example.org")]);
                async move { app.accounts().create(&operator(&app), wanted).await.unwrap() }
            })).await;
            let losers = created.iter().filter(|made| made.as_ref().is_err_and(|why| {
                *why == Refusal::IdentifierTaken(Kind::Email)
            }));
            assert_eq!(losers.count(), CALLERS - 1);
            let after = counts(&nodes[1]).await;
            let grown = (after.accounts - before.accounts, after.entries - before.entries, after.due - before.due);
            assert_eq!(grown, (1, 1, 1));
        }
        check_everything(&nodes[0]).await;
    }

    /// F13: two names wanted in both orders must not make the engine choose a victim.
    fn f13_names_wanted_in_both_orders_make_one_account(house) {
        let nodes = house.two_nodes().await;
        for round in 0..5 {
            let names = [format!("a{round}@example.org"), format!("b{round}@example.org")];
            let created = at_once((0..CALLERS).map(|caller| {
                let app = nodes[caller % 2].clone();
                let (first, second) = (&names[caller / 2 % 2], &names[1 - caller / 2 % 2]);
                let wanted = account_of("Maren", &[first, second]);
                async move { app.accounts().create(&operator(&app), wanted).await.unwrap() }
            })).await;
            assert_eq!(created.iter().filter(|made| made.is_ok()).count(), 1);
        }
        assert_eq!(counts(&nodes[0]).await.accounts, 5);
        check_everything(&nodes[1]).await;
    }

    /// I05, F13: an account ends once, whoever else tries at that moment.
    fn f13_of_those_who_end_one_account_at_once_exactly_one_does(house) {
        let nodes = house.two_nodes().await;
        for round in 0..10 {
            let id = create(&nodes[0], &format!("maren{round}")).await;
            let ended = at_once((0..CALLERS).map(|caller| {
                let app = nodes[caller % 2].clone();
                async move { app.accounts().disable(&operator(&app), &Named::Id(id), &reason("race")).await.unwrap() }
            })).await;
            assert_eq!(ended.iter().filter(|ended| **ended == Ok(id)).count(), 1);
            assert_eq!(ended.iter().filter(|ended| **ended == Err(Refusal::AlreadyDisabled)).count(), CALLERS - 1);
            assert_eq!(events_of(&nodes[1], id).await, [Event::AccountCreated, Event::AccountDisabled]);
            assert_eq!(jobs_of(&nodes[1], id).await.len(), 2);
        }
        check_everything(&nodes[1]).await;
    }

    fn the_list_shows_each_account_once_and_in_one_order(house) {
        let app = house.app().await;
        let mut made = Vec::new();
        for number in 0..25 {
            house.clock.advance(std::time::Duration::from_millis(number % 3));
            made.push(create(&app, &format!("maren{number}")).await);
        }
        for number in (0..25).step_by(4) {
            disable(&app, &format!("maren{number}")).await;
        }
        for limit in [1, 7, 25, 26] {
            assert_eq!(ids(&app, None, limit).await, sorted(&made), "pages of {limit}");
        }
        let ended = sorted(&made.iter().copied().step_by(4).collect::<Vec<_>>());
        assert_eq!(ids(&app, Some(State::Disabled), 3).await, ended);
        let active: Vec<_> = sorted(&made).into_iter().filter(|id| !ended.contains(id)).collect();
        assert_eq!(ids(&app, Some(State::Active), 3).await, active);
    }

    fn a_page_has_at_least_one_account_and_never_more_than_its_bound(house) {
        let app = house.app().await;
        let bound = usize::try_from(PAGE_AT_MOST).unwrap();
        at_once((0..bound + 5).map(|number| {
            let app = app.clone();
            async move { create(&app, &format!("maren{number}")).await }
        })).await;
        for (limit, shown) in [(i64::MIN, 1), (0, 1), (2, 2), (PAGE_AT_MOST, bound), (i64::MAX, bound)] {
            let page = app.accounts().list(Page { after: None, state: None, limit }).await.unwrap();
            assert_eq!(page.len(), shown, "a limit of {limit}");
        }
        assert_eq!(every_account(&app).await.len(), bound + 5);
        assert_eq!(check_everything(&app).await.accounts, bound as u64 + 5);
    }
}

fn sorted(ids: &[AccountId]) -> Vec<AccountId> {
    let mut ids = ids.to_vec();
    ids.sort_unstable();
    ids
}

/// Every account in this state, page by page.
async fn ids(app: &App, state: Option<State>, limit: i64) -> Vec<AccountId> {
    let mut ids = Vec::new();
    loop {
        let after = ids.last().copied();
        let page = app.accounts().list(Page { after, state, limit }).await.unwrap();
        if page.is_empty() {
            return ids;
        }
        ids.extend(page.iter().map(|listed| listed.account.id));
    }
}

/// One line of the zoo and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Outcome {
    /// Not an identifier at all.
    NoIdentifier,
    Made,
    Taken,
}

fn zoo() -> Vec<(u64, Kind, String)> {
    let table: Value = serde_json::from_str(include_str!("../../../vocab/tests/identifier_zoo.json")).unwrap();
    let read = |row: &Value| {
        let kind = Kind::parse(row["kind"].as_str().unwrap()).unwrap();
        (row["group"].as_u64().unwrap(), kind, row["typed"].as_str().unwrap().to_owned())
    };
    table.as_array().unwrap().iter().map(read).collect()
}

/// Every spelling of the zoo asks for an account; then every letter is carried out.
async fn visit_the_zoo(house: &House) -> Vec<Outcome> {
    let app = house.app().await;
    let mut outcomes = Vec::new();
    let mut owners: BTreeMap<u64, AccountId> = BTreeMap::new();
    let mut addresses = Vec::new();
    for (group, kind, typed) in zoo() {
        let Ok(identifier) = Identifier::of(kind, &typed) else {
            outcomes.push(Outcome::NoIdentifier);
            continue;
        };
        let wanted = NewAccount::new(DisplayName::parse("Maren").unwrap(), vec![identifier.clone()]).unwrap();
        outcomes.push(match app.accounts().create(&operator(&app), wanted).await.unwrap() {
            Ok(created) => {
                assert_eq!(owners.insert(group, created.id), None, "a second account for group {group}: {typed:?}");
                addresses.extend((kind == Kind::Email).then_some(typed));
                Outcome::Made
            }
            Err(refusal) => {
                assert_eq!(refusal, Refusal::IdentifierTaken(kind));
                Outcome::Taken
            }
        });
        let named = app.accounts().find(&Named::Identifier(identifier)).await.unwrap();
        assert_eq!(named.map(|listed| listed.account.id), owners.get(&group).copied(), "group {group}");
    }
    while app.outbox().work(32).await.unwrap() > 0 {}
    let mut delivered: Vec<String> = house.mail.letters().into_iter().map(|letter| letter.to).collect();
    delivered.sort_unstable();
    addresses.sort_unstable();
    assert_eq!(delivered, addresses, "mail goes to the stored bytes and nowhere else");
    check_everything(&app).await;
    outcomes
}

/// R06, I15: the table of hostile spellings, through the use case, on both engines, with one outcome.
#[test]
fn r06_i15_both_engines_know_the_same_names_apart() {
    testkit::run(async {
        let (sqlite, postgres) = (House::sqlite(), House::postgres().await);
        let outcomes = visit_the_zoo(&sqlite).await;
        assert_eq!(outcomes, visit_the_zoo(&postgres).await);
        let count = |wanted: Outcome| outcomes.iter().filter(|outcome| **outcome == wanted).count();
        let groups: BTreeSet<u64> = zoo().iter().map(|(group, ..)| *group).collect();
        assert_eq!(count(Outcome::Made), groups.len());
        assert!(count(Outcome::Taken) > 60 && count(Outcome::NoIdentifier) > 60);
        testkit::tell(format_args!(
            "{} spellings: {} made, {} taken, {} no identifiers, alike on both engines",
            outcomes.len(),
            count(Outcome::Made),
            count(Outcome::Taken),
            count(Outcome::NoIdentifier)
        ));
        postgres.leave().await;
    });
}
