use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use authenticator::{Knobs, Passkey, base64url};
use aws_lc_rs::digest::{SHA256, digest};
use serde_json::{Value, json};

use crate::{Answer, Http};

/// Where a ceremony begins and ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ceremony {
    Setup,
    SignUp,
    SignIn,
    StepUp,
    AddPasskey,
}

impl Ceremony {
    fn place(self) -> &'static str {
        match self {
            Self::Setup => "/api/v1/setup",
            Self::SignUp => "/api/v1/sign-up",
            Self::SignIn => "/api/v1/sign-in/passkey",
            Self::StepUp => "/api/v1/account/step-up",
            Self::AddPasskey => "/api/v1/passkeys/register",
        }
    }
}

/// A ceremony that has begun.
#[derive(Debug, Clone)]
pub struct Begun {
    ceremony: Ceremony,
    token: Option<String>,
    secret: String,
    state: Value,
    pub options: Value,
}

/// What ends a ceremony. It can be sent any number of times, to any node.
#[derive(Debug, Clone)]
pub struct Finish {
    pub ceremony: Ceremony,
    /// The session it is sent in.
    pub token: Option<String>,
    body: String,
}

/// A program at the public door. It binds each ceremony to a secret of its own, and is given the session's token
/// once, in the answer.
///
/// Each of its requests comes from another address, for a server that trusts 127.0.0.1 to say so: how often one
/// address may ask is not what its tests are about.
pub struct Program(Http);

impl Program {
    /// At `host:port`.
    pub async fn at(address: &str) -> std::io::Result<Self> {
        Http::public(address).await.map(Self)
    }

    /// `Err`: what was answered instead.
    pub async fn begin(
        &mut self,
        ceremony: Ceremony,
        token: Option<&str>,
        mut words: Value,
    ) -> std::io::Result<Result<Begun, Answer>> {
        let secret = digest(&SHA256, &next().to_be_bytes());
        words["binding"] = base64url(digest(&SHA256, secret.as_ref())).into();
        let path = format!("{}/begin", ceremony.place());
        let answer = self.post(&path, token, &words.to_string()).await?;
        if answer.status != 200 {
            return Ok(Err(answer));
        }
        let mut begun = answer.json();
        let [state, options] = ["state", "options"].map(|member| begun[member].take());
        Ok(Ok(Begun { ceremony, token: token.map(str::to_owned), secret: base64url(secret), state, options }))
    }

    pub async fn finish(&mut self, finish: &Finish) -> std::io::Result<Answer> {
        let path = format!("{}/finish", finish.ceremony.place());
        self.post(&path, finish.token.as_deref(), &finish.body).await
    }

    pub async fn get(&mut self, path: &str, token: Option<&str>) -> std::io::Result<Answer> {
        self.ask(("GET", path), token, None).await
    }

    pub async fn post(&mut self, path: &str, token: Option<&str>, json: &str) -> std::io::Result<Answer> {
        self.ask(("POST", path), token, Some(json)).await
    }

    async fn ask(&mut self, place: (&str, &str), token: Option<&str>, json: Option<&str>) -> std::io::Result<Answer> {
        let [_, b, c, d] = next().to_be_bytes();
        let address = Ipv4Addr::new(10, b, c, d).to_string();
        let bearer = token.map(|token| format!("Bearer {token}"));
        let mut headers = vec![("x-forwarded-for", address.as_str())];
        headers.extend(bearer.as_deref().map(|bearer| ("authorization", bearer)));
        self.0.ask(place, &headers, json).await
    }
}

impl Begun {
    /// With a passkey that is made for it.
    pub fn registered(&self, knobs: &Knobs) -> (Passkey, Finish) {
        let (passkey, credential) = authenticator::register(&self.options, knobs);
        (passkey, self.finished(&credential))
    }

    /// With a passkey that exists.
    pub fn signed(&self, passkey: &mut Passkey, knobs: &Knobs) -> Finish {
        let credential = passkey.sign_in(&self.options, knobs);
        self.finished(&credential)
    }

    fn finished(&self, credential: &Value) -> Finish {
        let body = json!({ "state": self.state, "credential": credential, "secret": self.secret });
        Finish { ceremony: self.ceremony, token: self.token.clone(), body: body.to_string() }
    }
}

/// Numbers that no two callers in this process share.
fn next() -> u32 {
    static DRAWN: AtomicU32 = AtomicU32::new(0);
    DRAWN.fetch_add(1, Relaxed)
}
