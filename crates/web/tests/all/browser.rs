//! A browser as far as the tests of this room need one: it keeps cookies, says where its pages come from, and has an
//! authenticator.

use std::collections::BTreeMap;

use authenticator::{Knobs, Passkey};
use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request};
use serde_json::{Value, json};
use web::Door;

use crate::house::{Answer, STRANGER, ask};

pub(crate) const ORIGIN: &str = "http://localhost:8080";
pub(crate) const SESSION: &str = "__Host-signet-session";
pub(crate) const BROWSER: &str = "__Host-signet-browser";
pub(crate) const NOTICE: &str = "__Host-signet-notice";

pub(crate) struct Browser {
    pub(crate) router: Router,
    pub(crate) door: Door,
    pub(crate) cookies: BTreeMap<String, String>,
    pub(crate) origin: Option<String>,
}

/// A passkey that is synced, as most are.
pub(crate) fn knobs() -> Knobs {
    Knobs { be: true, bs: true, count_by: 0, ..Knobs::default() }
}

impl Browser {
    pub(crate) fn new(router: &Router) -> Self {
        Self { router: router.clone(), door: STRANGER, cookies: BTreeMap::new(), origin: Some(ORIGIN.to_owned()) }
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.ask(self.request(Method::GET, path, None, Body::empty())).await
    }

    pub(crate) async fn post(&mut self, path: &str, body: &Value) -> Answer {
        self.ask(self.request(Method::POST, path, Some("application/json"), body.to_string())).await
    }

    pub(crate) async fn form(&mut self, path: &str, body: &str) -> Answer {
        let kind = "application/x-www-form-urlencoded";
        self.ask(self.request(Method::POST, path, Some(kind), body.to_owned())).await
    }

    /// What this browser would send.
    pub(crate) fn request(
        &self,
        method: Method,
        path: &str,
        kind: Option<&str>,
        body: impl Into<Body>,
    ) -> Request<Body> {
        let mut builder = Request::builder().method(&method).uri(path).header("accept", "text/html,*/*");
        if let (Some(origin), true) = (&self.origin, method == Method::POST) {
            builder = builder.header("origin", origin);
        }
        if let Some(kind) = kind {
            builder = builder.header("content-type", kind);
        }
        if !self.cookies.is_empty() {
            let pairs: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            builder = builder.header("cookie", pairs.join("; "));
        }
        builder.body(body.into()).unwrap()
    }

    pub(crate) async fn ask(&mut self, request: Request<Body>) -> Answer {
        let answer = ask(&self.router, self.door, request).await;
        for line in answer.headers.get_all("set-cookie") {
            let (name, rest) = line.to_str().unwrap().split_once('=').unwrap();
            let (value, flags) = rest.split_once(';').unwrap();
            if flags.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        answer
    }

    /// Begins a ceremony: its state and its options.
    pub(crate) async fn begin(&mut self, path: &str, body: &Value) -> (Value, Value) {
        let begun = self.post(&format!("{path}/begin"), body).await;
        assert_eq!(begun.status.as_u16(), 200, "{}", begun.text());
        let mut begun = begun.json();
        (begun["state"].take(), begun["options"].take())
    }

    pub(crate) async fn sign_up(&mut self, name: &str) -> Passkey {
        let person = json!({ "display_name": name, "username": name });
        let (state, options) = self.begin("/api/v1/sign-up", &person).await;
        let (passkey, credential) = authenticator::register(&options, &knobs());
        let answer = self.post("/api/v1/sign-up/finish", &json!({ "state": state, "credential": credential })).await;
        assert_eq!(answer.status.as_u16(), 201, "{}", answer.text());
        passkey
    }

    pub(crate) async fn sign_in(&mut self, passkey: &mut Passkey) -> Answer {
        let (state, options) = self.begin("/api/v1/sign-in/passkey", &json!({})).await;
        let credential = passkey.sign_in(&options, &knobs());
        self.post("/api/v1/sign-in/passkey/finish", &json!({ "state": state, "credential": credential })).await
    }

    /// Adds another passkey: it, and the answer to its finish.
    pub(crate) async fn add(&mut self) -> (Passkey, Answer) {
        let (state, options) = self.begin("/api/v1/passkeys/register", &json!({})).await;
        let (passkey, credential) = authenticator::register(&options, &knobs());
        let finish = json!({ "state": state, "credential": credential });
        (passkey, self.post("/api/v1/passkeys/register/finish", &finish).await)
    }

    /// The ids of this account's passkeys.
    pub(crate) async fn passkeys(&mut self) -> Vec<String> {
        let list = self.get("/api/v1/account/credentials").await.json();
        list["credentials"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect()
    }
}
