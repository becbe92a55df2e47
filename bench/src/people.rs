//! People who have a passkey each, prepared ahead: they came in through the application's own front door.

use std::sync::{Arc, Mutex};

use app::ceremony::{Binding, Finish};
use app::sign_in::Asked;
use app::sign_up::Newcomer;
use app::{Actor, App, Ctx};
use authenticator::{Knobs, Passkey};
use serde::Serialize;
use serde_json::Value;
use vocab::identifier::Identifier;
use vocab::{AccountId, DisplayName};

use crate::{house, load};

const CLIENTS: usize = 64;

#[derive(Clone)]
pub(crate) struct Person {
    pub(crate) account: AccountId,
    pub(crate) passkey: Passkey,
}

/// So many newcomers sign up.
pub(crate) async fn enrol(app: &Arc<App>, count: u64) -> Vec<Person> {
    let people = Arc::new(Mutex::new(Vec::new()));
    let act = {
        let (app, people) = (Arc::clone(app), Arc::clone(&people));
        move |newcomer| {
            let (app, people) = (Arc::clone(&app), Arc::clone(&people));
            async move {
                let person = sign_up(&app, newcomer).await;
                people.lock().expect("no client has failed").push(person);
            }
        }
    };
    load::drive((0..count).map(newcomer).collect(), CLIENTS, act).await;
    std::mem::take(&mut people.lock().expect("no client has failed"))
}

fn newcomer(number: u64) -> Newcomer {
    Newcomer {
        display_name: DisplayName::parse(&format!("Visitor {number}")).expect("a name"),
        username: Identifier::username(&format!("visitor-{number}")).expect("a username"),
        email: None,
    }
}

async fn sign_up(app: &App, newcomer: Newcomer) -> Person {
    let (ctx, binding) = beginning(app);
    let begun = app.sign_up().begin(&ctx, binding, newcomer).await.expect("no fault").expect("no refusal");
    let (passkey, credential) = authenticator::register(&json(&begun.options), &knobs());
    let finish = Finish { state: begun.state, binding, credential };
    let session = app.sign_up().finish(&ctx, finish).await.expect("no fault").expect("no refusal");
    Person { account: session.account, passkey }
}

/// As a program signs in, but for HTTP.
pub(crate) async fn sign_in(app: &App, person: &mut Person) {
    let (mut ctx, binding) = beginning(app);
    ctx.client.address = Some([10, 0, 0, 1].into());
    let begun = app.sign_in().begin(&ctx, binding, Asked::default()).await.expect("no fault");
    let credential = person.passkey.sign_in(&json(&begun.options), &knobs());
    let finish = Finish { state: begun.state, binding, credential };
    app.sign_in().finish(&ctx, finish, None).await.expect("no fault").expect("no refusal");
}

/// What a ceremony is given between its halves.
pub(crate) async fn sealed_state(app: &App) -> String {
    let (ctx, binding) = beginning(app);
    app.sign_in().begin(&ctx, binding, Asked::default()).await.expect("no fault").state
}

fn beginning(app: &App) -> (Ctx, Binding) {
    (app.ctx(Actor::Anonymous), Binding::program([7; 32]))
}

pub(crate) fn knobs() -> Knobs {
    Knobs::at(house::public_url().origin())
}

pub(crate) fn json(options: &impl Serialize) -> Value {
    serde_json::to_value(options).expect("options are JSON")
}
