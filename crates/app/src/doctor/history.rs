//! Does what an account is now follow from its entries, and does nothing stand in them that is not there?

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use audit::Event;
use identity::account::{Role, State};
use serde_json::Value;
use vocab::Timestamp;

use super::File;
use crate::upkeep::SESSION_MEMORY;
use crate::{credential, session};

/// A session's row stands at least this long after it was opened: the clock of the node that forgets it may be ahead.
const REMEMBERED: Duration = identity::session::LIFE.saturating_add(SESSION_MEMORY).saturating_sub(AHEAD_AT_MOST);
const AHEAD_AT_MOST: Duration = Duration::from_secs(60);

/// One entry, opened.
pub(super) struct Told {
    pub(super) event: Event,
    pub(super) at: Timestamp,
    pub(super) details: Value,
}

impl Told {
    fn said(&self, field: &str) -> &str {
        self.details.get(field).and_then(Value::as_str).unwrap_or_default()
    }
}

/// Everything wrong with an account, beside its entries.
pub(super) fn examine(file: &File, told: &[Told], now: Timestamp) -> Vec<String> {
    let past = Past(told);
    if let Some(wrong) = past.state(file) {
        return vec![wrong];
    }
    let all = [past.role(file), past.names(file)].into_iter().flatten();
    let wrong: Vec<String> = all.chain(past.credentials(file)).chain(past.sessions(file, now)).collect();
    if wrong.is_empty() { survivors(file) } else { wrong }
}

/// Sessions that did not end with the passkey that opened them.
fn survivors(file: &File) -> Vec<String> {
    let removed = file.credentials.iter().filter(|row| row.removed_at.is_some()).map(|row| row.id);
    let removed: BTreeSet<_> = removed.collect();
    let open = file.sessions.iter().filter(|row| row.ended_at.is_none());
    let survive = open.filter(|row| removed.contains(&row.credential_id));
    survive.map(|row| format!("session {} is open, and the passkey that opened it was removed", row.id)).collect()
}

struct Past<'a>(&'a [Told]);

impl Past<'_> {
    fn of(&self, event: Event) -> impl Iterator<Item = &Told> {
        self.0.iter().filter(move |told| told.event == event)
    }

    fn times_of(&self, event: Event) -> Vec<Timestamp> {
        self.of(event).map(|told| told.at).collect()
    }

    fn state(&self, file: &File) -> Option<String> {
        if self.times_of(Event::AccountCreated) != [file.account.made_at] {
            return Some("no single entry says when it was made".to_owned());
        }
        let ended = self.times_of(Event::AccountDisabled);
        let agrees = match State::parse(&file.account.state) {
            Some(State::Active) => ended.is_empty() && file.account.disabled_at.is_none(),
            Some(State::Disabled) => {
                Some(ended.as_slice()) == file.account.disabled_at.as_ref().map(std::slice::from_ref)
            }
            None => false,
        };
        (!agrees).then(|| format!("it is {} and its entries say otherwise", file.account.state))
    }

    fn role(&self, file: &File) -> Option<String> {
        let is_told = self.of(Event::SetupCompleted).next().is_some();
        let is_owner = Role::parse(&file.account.role) == Some(Role::Owner);
        (is_told != is_owner).then(|| format!("its role is {} and its entries say otherwise", file.account.role))
    }

    fn names(&self, file: &File) -> Option<String> {
        let made = self.of(Event::AccountCreated).filter_map(|told| told.details.get("identifiers")?.as_array());
        let made = made.flatten().filter_map(|name| name.get("typed")?.as_str());
        let confirmed = self.of(Event::AddressConfirmed).map(|told| told.said("typed"));
        let told: BTreeSet<&str> = made.chain(confirmed).collect();
        let stands: BTreeSet<&str> = file.identifiers.iter().map(|row| row.typed.as_str()).collect();
        (told != stands).then(|| "its identifiers are not the ones its entries speak of".to_owned())
    }

    /// How often each name stands for each passkey, in whatever order the clocks of several nodes have put the entries:
    /// a renaming takes one name away and gives one. What is left over is the name it has.
    fn called(&self) -> BTreeMap<&str, BTreeMap<&str, i64>> {
        let mut called: BTreeMap<&str, BTreeMap<&str, i64>> = BTreeMap::new();
        for told in self.of(Event::CredentialRegistered).chain(self.of(Event::CredentialRenamed)) {
            let names = called.entry(told.said("credential")).or_default();
            *names.entry(told.said("name")).or_default() += 1;
            if told.event == Event::CredentialRenamed {
                *names.entry(told.said("was")).or_default() -= 1;
            }
            names.retain(|_, count| *count != 0);
        }
        called
    }

    /// The same of how each passkey stands and why.
    fn stood(&self) -> BTreeMap<&str, BTreeMap<(&str, &str), i64>> {
        let mut stood: BTreeMap<&str, BTreeMap<(&str, &str), i64>> = BTreeMap::new();
        for told in self.of(Event::CredentialRegistered).chain(self.of(Event::StandingChanged)) {
            let standings = stood.entry(told.said("credential")).or_default();
            let is = told.said("standing");
            // Those that were registered before this was kept stand as everybody did.
            *standings.entry((if is.is_empty() { "good" } else { is }, told.said("because"))).or_default() += 1;
            if told.event == Event::StandingChanged {
                *standings.entry((told.said("was"), told.said("was_because"))).or_default() -= 1;
            }
            standings.retain(|_, count| *count != 0);
        }
        stood
    }

    fn credentials(&self, file: &File) -> Vec<String> {
        let (called, stood) = (self.called(), self.stood());
        let registered: BTreeMap<&str, &str> = self
            .of(Event::CredentialRegistered)
            .map(|told| (told.said("credential"), told.said("fingerprint")))
            .collect();
        let removed: BTreeMap<&str, Timestamp> =
            self.of(Event::CredentialRemoved).map(|told| (told.said("credential"), told.at)).collect();
        let mut wrong = Vec::new();
        let mut stands = BTreeSet::new();
        for row in &file.credentials {
            let id = row.id.to_string();
            if called.get(id.as_str()) != Some(&BTreeMap::from([(row.name.as_str(), 1)])) {
                wrong.push(format!("passkey {id} has another name than its entries say, or none tells of it"));
            }
            if registered.get(id.as_str()).is_some_and(|told| *told != credential::fingerprint(row)) {
                wrong.push(format!("passkey {id} is not the one that was registered"));
            }
            let is = BTreeMap::from([((&*row.standing, &*row.standing_because), 1)]);
            if stood.get(id.as_str()).is_some_and(|told| *told != is) {
                wrong.push(format!("passkey {id} is {} and its entries say otherwise", row.standing));
            }
            let is_removed = row.state == "removed";
            if is_removed != row.removed_at.is_some() || removed.get(id.as_str()) != row.removed_at.as_ref() {
                wrong.push(format!("passkey {id} is {} and its entries say otherwise", row.state));
            }
            stands.insert(id);
        }
        let lost = called.keys().filter(|id| !stands.contains(**id));
        wrong.extend(lost.map(|id| format!("its entries speak of passkey {id}, which does not exist")));
        wrong
    }

    /// Sessions that could not live any more are forgotten after a while; their entries stay.
    fn sessions(&self, file: &File, now: Timestamp) -> Vec<String> {
        let opened: BTreeMap<&str, &Told> =
            self.of(Event::SessionOpened).map(|told| (told.said("session"), told)).collect();
        let ended: BTreeMap<&str, Timestamp> = self
            .of(Event::SessionEnded)
            .flat_map(|told| {
                told.details.get("sessions").and_then(Value::as_array).into_iter().flatten().map(|id| (id, told.at))
            })
            .filter_map(|(id, at)| Some((id.as_str()?, at)))
            .collect();
        let mut wrong = Vec::new();
        let mut stands = BTreeSet::new();
        for row in &file.sessions {
            let id = row.id.to_string();
            match opened.get(id.as_str()) {
                Some(told) if told.at != row.opened_at => {
                    wrong.push(format!("session {id} was opened when no entry says so"));
                }
                Some(told) if told.said("fingerprint") != session::fingerprint(row) => {
                    wrong.push(format!("session {id} is not the one that was opened"));
                }
                Some(_) => {}
                None => wrong.push(format!("session {id} was opened and no entry says so")),
            }
            if ended.get(id.as_str()) != row.ended_at.as_ref() {
                wrong.push(format!("whether session {id} has ended, its entries say otherwise"));
            }
            stands.insert(id);
        }
        let lost = opened.iter().filter(|(id, told)| !stands.contains(**id) && now.since(told.at) < REMEMBERED);
        wrong.extend(lost.map(|(id, _)| format!("its entries speak of session {id}, which does not exist")));
        wrong
    }
}
