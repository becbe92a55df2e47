//! How a house stands, apart from ids and from how often something was tried.

use std::collections::{BTreeMap, BTreeSet};

use app::App;
use app::keys::{Standing, Use};
use audit::Event;
use store::fence::Fence;
use store::{CredentialRow, LinkRow, SessionRow, Setting};
use vocab::AccountId;

use crate::acts::{Counts, counts, events, every_account, jobs_of, setting};
use crate::past::{Act, People, Town};
use crate::people::{Person, readmitted};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stand {
    accounts: BTreeMap<String, Dweller>,
    open_sessions: usize,
    /// Whose session stands.
    signed_in: Vec<&'static str>,
    open_links: Vec<String>,
    jobs: Vec<(String, String)>,
    keys: Vec<(Use, i64, Standing)>,
    pub(crate) counts: Counts,
    events: BTreeMap<u64, usize>,
    epoch_latch_mark: [i64; 3],
    fence: Fence,
    letters: BTreeSet<(String, String, String)>,
}

/// Somebody with an account.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Dweller {
    state: &'static str,
    role: &'static str,
    names: Vec<String>,
    passkeys: Vec<(String, String)>,
}

impl Stand {
    /// As it is when the act had its effect, nobody heard of it, and it was begun anew.
    pub(crate) fn with_twice(mut self, act: Act) -> Self {
        for event in act.twice() {
            *self.events.entry(event.code()).or_default() += 1;
            self.counts.entries += 1;
            if *event == Event::SessionOpened {
                self.counts.sessions += 1;
                self.open_sessions += 1;
            }
        }
        self.counts.spent += i64::from(act.is_ceremony());
        self
    }
}

pub(crate) async fn stand(town: &Town, app: &App) -> Stand {
    let (mut accounts, mut jobs, mut open_links) = (BTreeMap::new(), Vec::new(), Vec::new());
    let mut open_sessions = 0;
    for listed in every_account(app).await {
        let (credentials, sessions, links) = rows(app, listed.account.id).await;
        let mut passkeys: Vec<_> = credentials.into_iter().map(|row| (row.name, row.state)).collect();
        passkeys.sort_unstable();
        open_sessions += sessions.iter().filter(|row| row.ended_at.is_none()).count();
        open_links.extend(open(links));
        jobs.extend(jobs_of(app, listed.account.id).await.into_iter().map(|job| (job.kind, job.state)));
        let account = Dweller {
            state: listed.account.state.as_str(),
            role: listed.account.role.as_str(),
            names: listed.identifiers.into_iter().map(|row| row.typed).collect(),
            passkeys,
        };
        accounts.insert(listed.account.display_name, account);
    }
    open_links.extend(open(rows(app, AccountId::NOBODY).await.2));
    open_links.sort_unstable();
    jobs.sort_unstable();
    let keys = app.keys().list().await.unwrap();
    let letters = town.house.mail.letters().into_iter();
    let settings = [Setting::RestoreEpoch, Setting::SetupLatch, Setting::PruneMark];
    let mut epoch_latch_mark = [0; 3];
    for (value, name) in epoch_latch_mark.iter_mut().zip(settings) {
        *value = setting(app, name).await;
    }
    Stand {
        accounts,
        open_sessions,
        signed_in: signed_in(&town.people, app).await,
        open_links,
        jobs,
        keys: keys.iter().map(|key| (key.use_for, key.serial, key.standing)).collect(),
        counts: counts(app).await,
        events: events(app).await,
        epoch_latch_mark,
        fence: Fence::load(town.house.folder()).unwrap(),
        letters: letters.map(|letter| (letter.id, letter.to, letter.subject)).collect(),
    }
}

async fn rows(app: &App, account: AccountId) -> (Vec<CredentialRow>, Vec<SessionRow>, Vec<LinkRow>) {
    let read = app.store().read(account, |account, snapshot| {
        Box::pin(async move {
            Ok((
                snapshot.list_credentials(*account).await?,
                snapshot.list_sessions(*account).await?,
                snapshot.list_links(*account).await?,
            ))
        })
    });
    read.await.unwrap()
}

fn open(links: Vec<LinkRow>) -> impl Iterator<Item = String> {
    links.into_iter().filter(|row| row.ended_at.is_none()).map(|row| row.purpose)
}

/// Sees, too, that each passkey was counted as far as it has counted.
async fn signed_in(people: &People, app: &App) -> Vec<&'static str> {
    let all = [("wanda", &people.wanda), ("ada", &people.ada), ("ada, elsewhere", &people.elsewhere)];
    let mut signed_in = Vec::new();
    for (who, person) in all.into_iter().filter_map(|(who, person)| Some((who, person.as_ref()?))) {
        assert_eq!(stored_count(person, app).await, i64::from(person.passkey.count), "{who}");
        if readmitted(app, &person.token).await.is_some() {
            signed_in.push(who);
        }
    }
    signed_in
}

async fn stored_count(person: &Person, app: &App) -> i64 {
    let (credentials, ..) = rows(app, person.account).await;
    credentials.iter().find(|row| row.raw_id == person.passkey.id).expect("its row").sign_count
}
