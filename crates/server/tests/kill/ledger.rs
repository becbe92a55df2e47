//! What servers have acknowledged, remembered where no server can reach it.

mod check;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use serde_json::Value;
use testkit::{Ceremony, Finish};

use crate::promises::{Fate, Makes, Promises, Sent, Thing};

#[derive(Default)]
pub(crate) struct Ledger(Mutex<Book>);

#[derive(Default)]
struct Book {
    /// id -> username
    created: BTreeMap<String, String>,
    disabled: BTreeSet<String>,
    promises: Promises,
    /// What was asked for and is not answered: bodies, and ends that need no ceremony.
    sent: BTreeMap<usize, Sent>,
    ends: BTreeMap<usize, Vec<Thing>>,
    asked: usize,
    /// Bodies that were acknowledged, since the last look and before.
    fresh: Vec<Finish>,
    old: Vec<Finish>,
    counts: BTreeMap<&'static str, usize>,
}

impl Ledger {
    fn write<T>(&self, change: impl FnOnce(&mut Book) -> T) -> T {
        change(&mut self.0.lock().unwrap())
    }

    pub(crate) fn created(&self, id: &str, username: &str) {
        self.write(|book| {
            book.created.insert(id.to_owned(), username.to_owned());
            book.count("accounts created", 1);
        });
    }

    pub(crate) fn disabled(&self, id: &str) {
        self.write(|book| {
            book.disabled.insert(id.to_owned());
            book.count("accounts disabled", 1);
        });
    }

    /// A body is about to be sent. The number is for the answer.
    pub(crate) fn sends(&self, sent: Sent) -> usize {
        self.write(|book| {
            book.promises.set(&sent.ends, Fate::Asked);
            book.asked += 1;
            book.sent.insert(book.asked, sent);
            book.asked
        })
    }

    pub(crate) fn answered(&self, number: usize, with: &Value) {
        self.write(|book| {
            let sent = book.sent.remove(&number).unwrap();
            book.is_done(sent, with);
        });
    }

    /// Whatever stands of this is about to be asked to end. The number is for the answer.
    pub(crate) fn asks(&self, which: impl FnOnce(&Promises) -> Vec<Thing>) -> usize {
        self.write(|book| {
            let things = which(&book.promises);
            book.promises.set(&things, Fate::Asked);
            book.asked += 1;
            book.ends.insert(book.asked, things);
            book.asked
        })
    }

    pub(crate) fn ended(&self, number: usize, how: &'static str) {
        self.write(|book| {
            let things = book.ends.remove(&number).unwrap();
            book.promises.set(&things, Fate::Ended);
            book.count(how, 1);
        });
    }

    /// Everything that was counted, in one line.
    pub(crate) fn figures(&self) -> String {
        let figures = |book: &mut Book| book.counts.iter().map(|(what, count)| format!("{count} {what}")).collect();
        let figures: Vec<String> = self.write(figures);
        figures.join(", ")
    }
}

impl Book {
    fn count(&mut self, what: &'static str, more: usize) {
        *self.counts.entry(what).or_default() += more;
    }

    fn is_done(&mut self, sent: Sent, with: &Value) {
        let text = |member: &str| with[member].as_str().unwrap();
        match &sent.makes {
            Makes::Account { username, device } => {
                self.created.insert(text("account_id").to_owned(), username.clone());
                self.promises.keep_passkey(text("account_id"), device);
                self.promises.keep_session(text("token"), text("account_id"), device);
            }
            Makes::Passkey { account, device } => self.promises.keep_passkey(account, device),
            Makes::Session { account, device } => {
                assert_eq!(text("account_id"), account);
                self.promises.keep_session(text("token"), account, device);
            }
        }
        self.promises.set(&sent.ends, Fate::Ended);
        self.count(acts(sent.finish.ceremony), 1);
        self.fresh.push(sent.finish);
    }
}

fn acts(ceremony: Ceremony) -> &'static str {
    match ceremony {
        Ceremony::Setup => "set-ups",
        Ceremony::SignUp => "sign-ups",
        Ceremony::SignIn => "sign-ins",
        Ceremony::StepUp => "step-ups",
        Ceremony::AddPasskey => "passkeys added",
    }
}
