//! What the core asks of the world outside. Each port has two implementations: a real one and one for tests.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use vocab::Timestamp;
use vocab::url::RemoteUrl;

/// The wall clock.
pub trait Clock: Send + Sync {
    fn now(&self) -> Timestamp;
}

/// Bytes nobody can guess.
pub trait Entropy: Send + Sync {
    fn fill(&self, bytes: &mut [u8]);
}

/// A letter to one address. A letter that is tried again keeps its id, so that the way there can drop the second.
#[derive(Clone, PartialEq, Eq)]
pub struct Letter {
    pub id: String,
    pub to: String,
    pub subject: String,
    pub text: String,
}

impl fmt::Debug for Letter {
    /// Names and addresses stay out of log lines: erasure could not reach them there.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Letter({} [personal])", self.id)
    }
}

/// Why a letter did not leave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Undelivered {
    /// It may work later.
    Later(String),
    /// It never will.
    Never(String),
}

pub type Delivery<'a> = Pin<Box<dyn Future<Output = Result<(), Undelivered>> + Send + 'a>>;

/// Carries letters out of the house.
pub trait Courier: Send + Sync {
    fn deliver<'a>(&'a self, letter: &'a Letter) -> Delivery<'a>;
}

/// A document that another house publishes.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    pub url: &'a RemoteUrl,
    /// What the house called the version that is known already.
    pub known_as: Option<&'a str>,
    /// Whatever is longer is not taken, in bytes.
    pub at_most: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fetched {
    Document {
        bytes: Vec<u8>,
        /// What the house calls this version, if anything.
        known_as: Option<String>,
    },
    /// It is the version that is known.
    Unchanged,
}

/// Why a document did not come, in words for an operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfetched(pub String);

pub type Fetching<'a> = Pin<Box<dyn Future<Output = Result<Fetched, Unfetched>> + Send + 'a>>;

/// Brings documents of other houses.
pub trait Fetcher: Send + Sync {
    fn fetch<'a>(&'a self, wanted: Wanted<'a>) -> Fetching<'a>;
}
