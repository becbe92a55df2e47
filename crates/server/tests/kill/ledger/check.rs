//! The look at a server that came back: is everything kept, and is nothing done twice?

use testkit::process::Process;
use testkit::{Finish, Program};

use super::{Book, Ledger};
use crate::operator;
use crate::promises::{Fate, Makes, Sent, Thing, success};
use crate::questions::{self, Question, Refused};

/// So many of the older promises of one kind are looked at each time; the newest always are.
const SAMPLE: usize = 25;

impl Ledger {
    /// What was asked for and never answered may have happened or not; but whole, and once.
    pub(crate) async fn check(&self, server: &Process) {
        self.check_accounts(server).await;
        let mut program = Program::at(server.address()).await.unwrap();
        for sent in self.write(|book| std::mem::take(&mut book.sent)).into_values() {
            self.send_again(&mut program, sent).await;
        }
        for things in self.write(|book| std::mem::take(&mut book.ends)).into_values() {
            self.look_again(&mut program, &things).await;
        }
        questions::put(self.write(Book::questions), server.address()).await;
    }

    async fn check_accounts(&self, server: &Process) {
        let kept = operator::accounts(server).await;
        self.write(|book| {
            for (id, username) in &book.created {
                let (found, _) = kept.get(id).unwrap_or_else(|| panic!("account {id} was acknowledged and is lost"));
                assert_eq!(found, username);
            }
            for id in &book.disabled {
                assert_eq!(kept[id].1, "disabled", "account {id} was disabled, that was acknowledged, and it is lost");
            }
        });
    }

    /// A body that was never answered is taken now; or it has been, and everything that it does was done.
    async fn send_again(&self, program: &mut Program, sent: Sent) {
        let finish = sent.finish.clone();
        // Its own session, if it ends that: a body is refused there for want of it.
        let refused = if sent.ends.is_empty() { Refused::AsSpent } else { Refused::ForItsSession };
        let answer = program.finish(&finish).await.unwrap();
        if answer.status == success(finish.ceremony) {
            self.write(|book| {
                book.is_done(sent, &answer.json());
                book.count("bodies without an answer taken at the second sending", 1);
            });
        } else {
            refused.check(&answer);
            self.was_done(program, sent).await;
        }
        refused.check(&program.finish(&finish).await.unwrap());
    }

    async fn was_done(&self, program: &mut Program, sent: Sent) {
        let (account, open) = questions::open_sessions(program, sent.device()).await;
        self.write(|book| {
            book.promises.set(&sent.ends, Fate::Ended);
            // Its token is lost with the answer, but the session is there, and that of whoever has just looked.
            let made = usize::from(!matches!(sent.makes, Makes::Passkey { .. }));
            let expected = book.promises.sessions_of(&account) + made + 1;
            assert_eq!(open, expected, "{:?} was taken, and half of it was done", sent.finish.ceremony);
            match &sent.makes {
                Makes::Account { username, device } => {
                    book.created.insert(account.clone(), username.clone());
                    book.promises.keep_passkey(&account, device);
                }
                Makes::Passkey { device, .. } => book.promises.keep_passkey(&account, device),
                Makes::Session { .. } => {}
            }
            book.count("bodies without an answer taken at the first sending", 1);
        });
    }

    /// An end that was never answered came to everything it was asked for, or to nothing.
    async fn look_again(&self, program: &mut Program, things: &[Thing]) {
        let mut ended = Vec::new();
        for thing in things {
            let device = self.write(|book| book.promises.find(thing).unwrap().device.clone());
            ended.push(questions::has_ended(program, (thing, &device)).await);
        }
        assert!(ended.windows(2).all(|two| two[0] == two[1]), "half of it was done: {ended:?}");
        self.write(|book| {
            if ended.first() == Some(&true) {
                book.promises.set(things, Fate::Ended);
                book.count("ends without an answer that came", 1);
            } else {
                book.promises.forget(things); // nobody was promised that it would stay, either
                book.count("ends without an answer that did not come", 1);
            }
        });
    }
}

impl Book {
    fn questions(&mut self) -> Vec<Question> {
        let [mut fit, mut removed, mut sessions] = [const { Vec::new() }; 3];
        for (thing, kept) in self.promises.in_order() {
            match (thing, kept.fate) {
                (Thing::Passkey(_), Fate::Stands) => fit.push(Question::SignsIn(kept.device)),
                (Thing::Passkey(_), _) => removed.push(Question::IsRemoved(kept.device)),
                (Thing::Session(token), Fate::Stands) => sessions.push(Question::Stands(token)),
                (Thing::Session(token), _) => sessions.push(Question::HasEnded(token)),
            }
        }
        let fresh = std::mem::take(&mut self.fresh);
        let again = sample(self.old.clone(), 0).into_iter().chain(fresh.clone());
        let again: Vec<Question> = again.filter_map(|finish| self.again(finish)).collect();
        self.old.extend(fresh);
        self.count("bodies sent again and refused", again.len());
        [sample(fit, SAMPLE), sample(removed, SAMPLE), sessions, again].into_iter().flatten().collect()
    }

    /// A body that was acknowledged, and what must be said to it now.
    fn again(&self, finish: Finish) -> Option<Question> {
        let Some(token) = finish.token.clone() else { return Some(Question::Again(finish, Refused::AsSpent)) };
        let refused = match self.promises.find(&Thing::Session(token))?.fate {
            Fate::Stands => Refused::AsSpent,
            Fate::Asked | Fate::Ended => Refused::ForItsSession,
        };
        Some(Question::Again(finish, refused))
    }
}

/// The newest, and some of the others.
fn sample<T>(mut all: Vec<T>, newest: usize) -> Vec<T> {
    let newest = all.split_off(all.len().saturating_sub(newest));
    let step = all.len().div_ceil(SAMPLE).max(1);
    all.into_iter().step_by(step).chain(newest).collect()
}
