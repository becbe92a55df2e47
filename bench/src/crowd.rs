//! Clients that sign in over HTTP, each one ceremony after another, on this thread alone.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use authenticator::{Knobs, base64url};
use aws_lc_rs::digest::{SHA256, digest};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};

use crate::people::Person;
use crate::wire::{BEGIN, FINISH, Wire};

/// Clients come from so many addresses in turn: more than a limit per address would stop, fewer than the limiter
/// remembers.
const ADDRESSES: u32 = 32_768;

/// The two bodies of a sign-in, and those it was answered with.
#[derive(Clone, Default)]
pub(crate) struct Exchange {
    begin: Vec<u8>,
    pub(crate) begun: Vec<u8>,
    finish: Vec<u8>,
    pub(crate) finished: Vec<u8>,
}

/// What a client does again and again.
#[derive(Clone)]
enum Errand {
    SignIn,
    /// Send what was sent once, to whoever does not mind.
    Repeat(Arc<Exchange>),
}

pub(crate) struct Crowd {
    runtime: Runtime,
    clients: Vec<Client>,
}

struct Client {
    wire: Wire,
    knobs: Knobs,
    /// Whose passkeys it has. Nobody else has them, so that no two clients use one at a time.
    people: Vec<Person>,
    addresses: std::ops::Range<u32>,
    secret: String,
    begin: Vec<u8>,
    visits: usize,
}

impl Crowd {
    /// So many clients at a server that is found by people at `origin`.
    pub(crate) fn at(address: SocketAddr, people: &[Person], clients: usize) -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        let share = ADDRESSES / u32::try_from(clients).expect("few");
        let connect = |(number, people)| async move {
            let addresses = share * number..share * (number + 1);
            Client::at(address, people, addresses).await
        };
        let clients = (0..).zip(crate::load::dealt(people.to_vec(), clients));
        let clients = clients.map(|client| runtime.block_on(connect(client))).collect();
        Self { runtime, clients }
    }

    /// Every sign-in is checked. How long did each take?
    pub(crate) fn sign_in(&mut self, count: usize) -> Vec<Duration> {
        self.each(count, &Errand::SignIn)
    }

    pub(crate) fn repeat(&mut self, exchange: &Exchange, count: usize) {
        self.each(count, &Errand::Repeat(Arc::new(exchange.clone())));
    }

    /// What is said in one sign-in.
    pub(crate) fn overhear(&mut self) -> Exchange {
        self.runtime.block_on(self.clients[0].sign_in())
    }

    fn each(&mut self, count: usize, errand: &Errand) -> Vec<Duration> {
        let each = count.div_ceil(self.clients.len());
        let running: Vec<_> = std::mem::take(&mut self.clients)
            .into_iter()
            .map(|client| self.runtime.spawn(client.run(errand.clone(), each)))
            .collect();
        let mut took = Vec::with_capacity(each * running.len());
        for client in running {
            let (client, its) = self.runtime.block_on(client).expect("a client ends well");
            self.clients.push(client);
            took.extend(its);
        }
        took
    }
}

#[derive(Deserialize)]
struct Begun {
    state: String,
    options: Value,
}

#[derive(Deserialize)]
struct Finished<'a> {
    account_id: &'a str,
    token: &'a str,
}

impl Client {
    async fn at(address: SocketAddr, people: Vec<Person>, addresses: std::ops::Range<u32>) -> Self {
        let secret = [7; 32];
        let binding = base64url(digest(&SHA256, &secret));
        Self {
            wire: Wire::to(address).await,
            knobs: Knobs::at(&format!("http://localhost:{}", address.port())),
            people,
            addresses,
            secret: base64url(secret),
            begin: json!({ "binding": binding }).to_string().into_bytes(),
            visits: 0,
        }
    }

    async fn run(mut self, errand: Errand, count: usize) -> (Self, Vec<Duration>) {
        let mut took = Vec::with_capacity(count);
        for _ in 0..count {
            let begun = Instant::now();
            match &errand {
                Errand::SignIn => drop(self.sign_in().await),
                Errand::Repeat(exchange) => self.repeat(exchange).await,
            }
            took.push(begun.elapsed());
        }
        (self, took)
    }

    async fn sign_in(&mut self) -> Exchange {
        let (address, visit) = self.next();
        let begun = self.wire.post(BEGIN, address, &self.begin).await.to_vec();
        let Begun { state, options } = serde_json::from_slice(&begun).expect("a beginning");
        let place = visit % self.people.len();
        let person = &mut self.people[place];
        let credential = person.passkey.sign_in(&options, &self.knobs);
        let finish = json!({ "state": state, "credential": credential, "secret": self.secret }).to_string();
        let finished = self.wire.post(FINISH, address, finish.as_bytes()).await;
        let said: Finished<'_> = serde_json::from_slice(finished).expect("an end");
        assert!(said.account_id == person.account.to_string() && !said.token.is_empty());
        Exchange { begin: self.begin.clone(), begun, finish: finish.into_bytes(), finished: finished.to_vec() }
    }

    async fn repeat(&mut self, exchange: &Exchange) {
        let (address, _) = self.next();
        let begun = self.wire.post(BEGIN, address, &exchange.begin).await.len();
        let finished = self.wire.post(FINISH, address, &exchange.finish).await.len();
        assert!((begun, finished) == (exchange.begun.len(), exchange.finished.len()));
    }

    fn next(&mut self) -> (Ipv4Addr, usize) {
        let visit = self.visits;
        self.visits += 1;
        let place = u32::try_from(visit % self.addresses.len()).expect("fewer than all");
        (Ipv4Addr::from_bits(u32::from(Ipv4Addr::new(10, 0, 0, 0)) + self.addresses.start + place), visit)
    }
}
