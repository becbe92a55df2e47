//! People who sign up, sign in again, add a passkey and remove it, and end sessions.

use std::sync::Arc;

use authenticator::Knobs;
use serde_json::{Value, json};
use testkit::{Begun, Ceremony, Program};

use crate::load::{CutOff, Shift, acknowledged};
use crate::promises::{Device, Makes, Promises, Sent, Thing, success};

struct Person {
    program: Program,
    shift: Shift,
}

/// One life after the other.
pub(crate) async fn live(address: &str, shift: Shift) -> Result<(), CutOff> {
    let mut person = Person { program: Program::at(address).await?, shift };
    for number in person.shift.number.. {
        if person.shift.is_over() {
            break;
        }
        person.live_once(number).await?;
    }
    Ok(())
}

impl Person {
    async fn live_once(&mut self, number: usize) -> Result<(), CutOff> {
        let (account, old) = self.sign_up(number).await?;
        let here = self.sign_in(&account, &old).await?;
        let (credential, new) = self.add(&account, &here, number).await?;
        self.sign_in(&account, &new).await?;
        if number % 3 != 2 {
            let path = format!("/api/v1/account/credentials/{credential}/remove");
            self.end((&path, "passkeys removed"), &here, |promises| promises.all_of(&new)).await?;
        }
        match number % 4 {
            0 => {
                let own = Thing::Session(here.clone());
                self.end(("/api/v1/account/sign-out", "sign-outs"), &here, |_| vec![own]).await
            }
            1 => {
                let path = "/api/v1/account/sessions/end-others";
                self.end((path, "times all other sessions ended"), &here, |promises| promises.others_than(&here)).await
            }
            2 => self.step_up(&account, &old, here).await,
            _ => Ok(()),
        }
    }

    /// The account, and the passkey it was made with.
    async fn sign_up(&mut self, number: usize) -> Result<(String, Arc<Device>), CutOff> {
        let username = format!("{}n{number}", self.shift.name);
        let email = number.is_multiple_of(3).then(|| format!("{username}@example.com"));
        let words = json!({ "display_name": "Load", "username": username, "email": email });
        let begun = self.begin(Ceremony::SignUp, None, words).await?;
        let (device, finish) = Device::registered(&begun, knobs(number));
        let makes = Makes::Account { username, device: Arc::clone(&device) };
        let answer = self.finish(Sent { finish, makes, ends: Vec::new() }).await?;
        Ok((text(&answer, "account_id"), device))
    }

    /// The token.
    async fn sign_in(&mut self, account: &str, device: &Arc<Device>) -> Result<String, CutOff> {
        let begun = self.begin(Ceremony::SignIn, None, json!({})).await?;
        let makes = Makes::Session { account: account.to_owned(), device: Arc::clone(device) };
        let answer = self.finish(Sent { finish: device.signed(&begun), makes, ends: Vec::new() }).await?;
        Ok(text(&answer, "token"))
    }

    /// A new session in place of this one.
    async fn step_up(&mut self, account: &str, device: &Arc<Device>, token: String) -> Result<(), CutOff> {
        let begun = self.begin(Ceremony::StepUp, Some(&token), json!({})).await?;
        let makes = Makes::Session { account: account.to_owned(), device: Arc::clone(device) };
        let ends = vec![Thing::Session(token)];
        self.finish(Sent { finish: device.signed(&begun), makes, ends }).await.map(|_| ())
    }

    /// What the house calls the new passkey, and what holds it.
    async fn add(&mut self, account: &str, token: &str, number: usize) -> Result<(String, Arc<Device>), CutOff> {
        let begun = self.begin(Ceremony::AddPasskey, Some(token), json!({})).await?;
        let (device, finish) = Device::registered(&begun, knobs(number + 1));
        let makes = Makes::Passkey { account: account.to_owned(), device: Arc::clone(&device) };
        let answer = self.finish(Sent { finish, makes, ends: Vec::new() }).await?;
        Ok((text(&answer, "id"), device))
    }

    async fn begin(&mut self, ceremony: Ceremony, token: Option<&str>, words: Value) -> Result<Begun, CutOff> {
        self.program.begin(ceremony, token, words).await?.map_err(CutOff::by)
    }

    async fn finish(&mut self, sent: Sent) -> Result<Value, CutOff> {
        let finish = sent.finish.clone();
        let number = self.shift.ledger.sends(sent);
        let answer = self.program.finish(&finish).await?;
        let answer = acknowledged(answer, success(finish.ceremony))?.json();
        self.shift.ledger.answered(number, &answer);
        self.shift.person_was_answered();
        Ok(answer)
    }

    async fn end(
        &mut self,
        (path, how): (&str, &'static str),
        token: &str,
        which: impl FnOnce(&Promises) -> Vec<Thing>,
    ) -> Result<(), CutOff> {
        let number = self.shift.ledger.asks(which);
        let answer = self.program.post(path, Some(token), "{}").await?;
        if !matches!(answer.status, 200 | 204) {
            return Err(CutOff::by(answer));
        }
        self.shift.ledger.ended(number, how);
        self.shift.person_was_answered();
        Ok(())
    }
}

/// Every other passkey is synced and does not count.
fn knobs(number: usize) -> Knobs {
    let is_synced = number.is_multiple_of(2);
    Knobs { be: is_synced, bs: is_synced, count_by: u32::from(!is_synced), ..Knobs::default() }
}

fn text(answer: &Value, member: &str) -> String {
    answer[member].as_str().unwrap().to_owned()
}
