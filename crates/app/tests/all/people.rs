//! People with authenticators, who do what people do.

use app::ceremony::{Binding, Finish};
use app::credential::Listed;
use app::session::{NewSession, SignedIn};
use app::sign_in::Asked;
use app::sign_up::Newcomer;
use app::{Actor, App, Ctx, credential, sign_in, sign_up};
use authenticator::{Knobs, Passkey};
use serde_json::Value;
use testkit::House;
use vocab::identifier::Identifier;
use vocab::{AccountId, DisplayName};

pub(crate) const BROWSER: &[u8] = b"the browser of this test";

/// Somebody unknown asks.
pub(crate) fn stranger(app: &App) -> Ctx {
    let mut ctx = app.ctx(Actor::Anonymous);
    ctx.client.address = Some("203.0.113.9".parse().unwrap());
    ctx.client.device = "Firefox on Linux".to_owned();
    ctx.client.system = "Linux".to_owned();
    ctx
}

pub(crate) fn here() -> Binding {
    Binding::browser(BROWSER)
}

pub(crate) fn finish(state: &str, credential: Value) -> Finish {
    Finish { state: state.to_owned(), binding: here(), credential }
}

pub(crate) fn newcomer(name: &str) -> Newcomer {
    Newcomer {
        display_name: DisplayName::parse(name).unwrap(),
        username: Identifier::username(name).unwrap(),
        email: None,
    }
}

pub(crate) fn with_address(name: &str, email: &str) -> Newcomer {
    Newcomer { email: Some(Identifier::email(email).unwrap()), ..newcomer(name) }
}

pub(crate) fn json(options: &impl serde::Serialize) -> Value {
    serde_json::to_value(options).unwrap()
}

/// A passkey that is synced and does not count: what most people have.
pub(crate) fn synced() -> Knobs {
    Knobs { be: true, bs: true, count_by: 0, ..Knobs::default() }
}

/// Somebody with one passkey.
#[derive(Clone)]
pub(crate) struct Person {
    pub(crate) account: AccountId,
    pub(crate) passkey: Passkey,
    pub(crate) knobs: Knobs,
    pub(crate) token: String,
}

impl Person {
    /// Signs up, with a passkey made as the knobs say.
    pub(crate) async fn new(app: &App, newcomer: Newcomer, knobs: Knobs) -> Self {
        let ctx = stranger(app);
        let begun = app.sign_up().begin(&ctx, here(), newcomer).await.unwrap().unwrap();
        let (passkey, answer) = authenticator::register(&json(&begun.options), &knobs);
        let new = app.sign_up().finish(&ctx, finish(&begun.state, answer)).await.unwrap().unwrap();
        Self { account: new.account, passkey, knobs, token: new.token.expose().clone() }
    }

    /// Signs up with a passkey that is synced.
    pub(crate) async fn named(app: &App, name: &str) -> Self {
        Self::new(app, newcomer(name), synced()).await
    }

    pub(crate) async fn signed_in(&self, app: &App) -> SignedIn {
        readmitted(app, &self.token).await.expect("a session that stands")
    }

    /// An answer to a sign-in that has begun.
    pub(crate) fn answer(&mut self, options: &impl serde::Serialize) -> Value {
        self.passkey.sign_in(&json(options), &self.knobs)
    }

    pub(crate) async fn begun(&mut self, app: &App) -> Finish {
        let begun = app.sign_in().begin(&stranger(app), here(), Asked::default()).await.unwrap();
        finish(&begun.state, self.answer(&begun.options))
    }

    /// Signs in; the person's token is the new session's from now on.
    pub(crate) async fn sign_in(&mut self, app: &App) -> Result<NewSession, sign_in::Refusal> {
        let begun = self.begun(app).await;
        let new = app.sign_in().finish(&stranger(app), begun, None).await.unwrap()?;
        self.token = new.token.expose().clone();
        Ok(new)
    }

    /// Uses the passkey again inside the session.
    pub(crate) async fn step_up(&mut self, app: &App) {
        let who = self.signed_in(app).await;
        let begun = app.sign_in().begin_step_up(&stranger(app), here(), &who).await.unwrap();
        let answer = finish(&begun.state, self.answer(&begun.options));
        let new = app.sign_in().finish_step_up(&stranger(app), answer, &who).await.unwrap().unwrap();
        self.token = new.token.expose().clone();
    }

    /// Adds another passkey.
    pub(crate) async fn add(&self, app: &App, knobs: &Knobs) -> Result<(Passkey, Listed), credential::Refusal> {
        let who = self.signed_in(app).await;
        let ctx = stranger(app).acting(self.account);
        let begun = app.credentials().begin_adding(&ctx, here(), (&who, None)).await.unwrap()?;
        let (passkey, answer) = authenticator::register(&json(&begun.options), knobs);
        let listed = app.credentials().finish_adding(&ctx, finish(&begun.state, answer), &who).await.unwrap()?;
        Ok((passkey, listed))
    }

    pub(crate) async fn passkeys(&self, app: &App) -> Vec<Listed> {
        app.credentials().list(&self.signed_in(app).await).await.unwrap()
    }
}

pub(crate) async fn readmitted(app: &App, token: &str) -> Option<SignedIn> {
    app.sessions().readmit(app.now(), token).await.unwrap()
}

/// The first id that a sign-in of this name lists.
pub(crate) async fn listed_id(app: &App, name: &str) -> Vec<u8> {
    let asked = Asked { name: Some(name), domain: None };
    let begun = app.sign_in().begin(&stranger(app), here(), asked).await.unwrap();
    authenticator::unbase64url(json(&begun.options)["allowCredentials"][0]["id"].as_str().unwrap())
}

/// A new passkey of this model, made by somebody who writes another id into it.
pub(crate) fn registered_as(options: &impl serde::Serialize, id: Vec<u8>, aaguid: [u8; 16]) -> Value {
    let (passkey, mut registration) = authenticator::draft(&json(options), &synced());
    let data = authenticator::AuthenticatorData {
        rp_id: "localhost".to_owned(),
        flags: 0b0101_1101,
        sign_count: 0,
        credential: Some(authenticator::attested_credential(&aaguid, &id, &passkey.key.cose())),
        extensions: None,
    };
    registration.id = id;
    registration.authenticator_data = data.bytes();
    registration.json()
}

/// The token of the link in the newest letter to this address that carries one.
pub(crate) fn found_in_letter(house: &House, to: &str) -> String {
    let letters = house.mail.letters();
    let newest =
        letters.iter().rev().filter(|letter| letter.to == to).find_map(|letter| letter.text.split_once("link="));
    let (_, rest) = newest.unwrap_or_else(|| panic!("no link for {to}: {letters:?}"));
    rest.split_whitespace().next().unwrap().to_owned()
}

/// Becomes the first administrator with the link that a server offers.
pub(crate) async fn set_up(app: &App, link: &str, name: &str) -> Result<NewSession, sign_up::Refusal> {
    let (ctx, token) = (stranger(app), link.rsplit_once('#').unwrap().1);
    let begun = app.setup().begin(&ctx, here(), (token, newcomer(name))).await.unwrap()?;
    let (_, answer) = authenticator::register(&json(&begun.options), &synced());
    app.setup().finish(&ctx, finish(&begun.state, answer)).await.unwrap()
}
