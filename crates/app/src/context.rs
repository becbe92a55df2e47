//! What a use case knows about the moment it runs in: values only, frozen once.

use std::net::IpAddr;

use vocab::{AccountId, RequestId, Timestamp};

/// Who acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// The node itself: reconcilers, start-up.
    System,
    /// A person with the rights of the machine: the command line, the operator socket.
    Operator,
    Account(AccountId),
    /// Somebody who has not proved who they are.
    Anonymous,
}

/// What is known about the program on the other side.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClientFacts {
    pub address: Option<IpAddr>,
    /// What it calls itself, in words for people: “Firefox on Linux”. Empty when it says nothing we know.
    pub device: String,
    /// The operating system alone: “Linux”. Empty when it says nothing we know.
    pub system: String,
}

#[derive(Debug, Clone)]
pub struct Ctx {
    pub now: Timestamp,
    pub request_id: RequestId,
    pub actor: Actor,
    pub client: ClientFacts,
}

impl Ctx {
    /// The same moment, with this account acting.
    pub fn acting(&self, account: AccountId) -> Self {
        Self { actor: Actor::Account(account), ..self.clone() }
    }
}
