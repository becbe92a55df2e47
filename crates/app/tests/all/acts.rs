//! What nearly every test here does or looks at.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;

use app::account::{Listed, Named, NewAccount};
use app::{Actor, App};
use audit::{Entry, Event};
use store::{Count, EntryRow, JobState, Setting};
use tokio::sync::Barrier;
use vocab::identifier::Identifier;
use vocab::{AccountId, DisplayName, Reason};

pub(crate) fn account_of(display_name: &str, identifiers: &[&str]) -> NewAccount {
    let identifiers = identifiers.iter().map(|typed| Identifier::guess(typed).unwrap()).collect();
    NewAccount::new(DisplayName::parse(display_name).unwrap(), identifiers).unwrap()
}

/// An account with a username and an address.
pub(crate) fn newcomer(name: &str) -> NewAccount {
    account_of(name, &[name, &format!("{name}@example.org")])
}

pub(crate) async fn create(app: &App, name: &str) -> AccountId {
    app.accounts().create(&app.ctx(Actor::Operator), newcomer(name)).await.unwrap().unwrap().id
}

pub(crate) fn reason(typed: &str) -> Reason {
    Reason::parse(typed).unwrap()
}

pub(crate) async fn disable(app: &App, name: &str) -> AccountId {
    let ctx = app.ctx(Actor::Operator);
    app.accounts().disable(&ctx, &Named::parse(name).unwrap(), &reason("left the house")).await.unwrap().unwrap()
}

pub(crate) async fn found(app: &App, name: &str) -> Option<Listed> {
    app.accounts().find(&Named::parse(name).unwrap()).await.unwrap()
}

/// How many rows there are of each kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) accounts: i64,
    pub(crate) entries: i64,
    pub(crate) spent: i64,
    pub(crate) due: i64,
    pub(crate) given_up: i64,
    pub(crate) credentials: i64,
    pub(crate) sessions: i64,
}

pub(crate) async fn counts(app: &App) -> Counts {
    let counted = app.store().browse((), |(), snapshot| {
        Box::pin(async move {
            Ok(Counts {
                accounts: snapshot.count(Count::Accounts).await?,
                entries: snapshot.count(Count::Entries).await?,
                spent: snapshot.count(Count::SpentCeremonies).await?,
                due: snapshot.count(Count::JobsDue).await?,
                given_up: snapshot.count(Count::JobsGivenUp).await?,
                credentials: snapshot.count(Count::Credentials).await?,
                sessions: snapshot.count(Count::Sessions).await?,
            })
        })
    });
    counted.await.unwrap()
}

/// A setting that is a number.
pub(crate) async fn setting(app: &App, setting: Setting) -> i64 {
    let row = app.store().read(setting, |setting, snapshot| Box::pin(snapshot.setting(*setting))).await.unwrap();
    row.unwrap().value.parse().unwrap()
}

/// The entries about one account; [`AccountId::NOBODY`] for the system's own.
pub(crate) async fn entries_of(app: &App, id: AccountId) -> Vec<EntryRow> {
    app.store().browse(id, |id, snapshot| Box::pin(snapshot.list_entries_of(*id))).await.unwrap()
}

/// What the entries about one account say happened, in the order of the events' codes.
pub(crate) async fn events_of(app: &App, id: AccountId) -> Vec<Event> {
    let rows = entries_of(app, id).await;
    let mut events: Vec<Event> = rows.iter().map(|row| Entry::decode(&row.bytes).unwrap().event).collect();
    events.sort_unstable_by_key(|event| event.code());
    events
}

/// How often each event was written down, over all accounts.
pub(crate) async fn events(app: &App) -> BTreeMap<u64, usize> {
    let mut counted = BTreeMap::new();
    for id in [AccountId::NOBODY].into_iter().chain(every_account(app).await.iter().map(|listed| listed.account.id)) {
        for event in events_of(app, id).await {
            *counted.entry(event.code()).or_default() += 1;
        }
    }
    counted
}

pub(crate) async fn every_account(app: &App) -> Vec<Listed> {
    let mut all: Vec<Listed> = Vec::new();
    loop {
        let after = all.last().map(|listed| listed.account.id);
        let page = app.accounts().list(app::account::Page { after, state: None, limit: 200 }).await.unwrap();
        if page.is_empty() {
            return all;
        }
        all.extend(page);
    }
}

pub(crate) async fn jobs_of(app: &App, id: AccountId) -> Vec<JobState> {
    app.store().read(id, |id, snapshot| Box::pin(snapshot.list_jobs_of(*id))).await.unwrap()
}

/// Lets all of these begin at the same moment; their answers in the order in which they were given.
pub(crate) async fn at_once<F, T>(calls: impl IntoIterator<Item = F>) -> Vec<T>
where
    F: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    let calls: Vec<F> = calls.into_iter().collect();
    let barrier = Arc::new(Barrier::new(calls.len()));
    let begin = |call: F| {
        let barrier = Arc::clone(&barrier);
        tokio::spawn(async move {
            barrier.wait().await;
            call.await
        })
    };
    let running: Vec<_> = calls.into_iter().map(begin).collect();
    let mut answers = Vec::new();
    for call in running {
        answers.push(call.await.unwrap());
    }
    answers
}
