//! The use cases: each reads top to bottom as read, prove, decide, take and record, commit.
//!
//! [`App`] is one cloneable value with concrete fields. A door (HTTP, the command line, a job) makes a [`Ctx`] that
//! freezes the time and names the actor, calls one use case, and translates its outcome.
//!
//! ```no_run
//! # use app::{Actor, App, account::NewAccount};
//! # async fn example(app: App, new_account: NewAccount) -> Result<(), store::Fault> {
//! let ctx = app.ctx(Actor::Operator);
//! match app.accounts().create(&ctx, new_account).await? {
//!     Ok(created) => assert_eq!(ctx.now, app.now().max(ctx.now), "{} was made now", created.id),
//!     Err(refusal) => assert!(!refusal.to_string().is_empty()), // a sentence a person can act on
//! }
//! # Ok(()) }
//! ```
//!
//! What it refuses: to know HTTP, SQL or the wall clock; to send anything out of a transaction; to change anything
//! without its audit entry in the same transaction.
//!
//! Invariants:
//! - `no change without its entry`: every use case that changes something writes its entry in the same transaction.
//! - `a refusal is an outcome`: `Ok(Err(refusal))`; `Err` means the machine failed and nothing was decided.

pub mod account;
pub mod activity;
pub mod address;
mod as_text;
mod audit_entry;
pub mod authenticators;
pub mod ceremony;
mod context;
pub mod credential;
mod decoy;
pub mod doctor;
pub mod domain;
pub mod enrolment;
pub mod failures;
mod fence;
pub mod group;
pub mod keys;
mod link;
mod noise;
pub mod outbox;
mod ports;
mod quota;
pub mod recorded;
mod seal;
pub mod session;
pub mod setup;
pub mod sign_in;
pub mod sign_up;
mod site;
mod start;
mod token;
pub mod upkeep;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;

use arc_swap::ArcSwapOption;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use store::Store;
use tokio::sync::Notify;
use vocab::{Label, RpId, Secret, Timestamp};
use webauthn::SeenSignatures;

pub use context::{Actor, ClientFacts, Ctx};
pub use keys::MasterKey;
pub use ports::{
    Clock, Courier, Delivery, Entropy, Fetched, Fetcher, Fetching, Letter, Undelivered, Unfetched, Wanted,
};
pub use site::{SignUps, Site};
pub use start::{Purpose, Unready, Wiring, check_fit, check_rp_ids};
pub use store::{Fault, Figures, Kind as FaultKind};
pub use webauthn::RelyingParty;
pub use webauthn::metadata::Signer;
pub use webauthn::{Anchor, Conveyance};

/// How often an act is tried when what it read has moved meanwhile.
const TRIES: usize = 3;

/// Does something whose proof rests on what it read, and does it anew when that has moved meanwhile.
pub(crate) async fn anew<T, F>(act: impl Fn() -> F) -> Result<T, Fault>
where
    F: Future<Output = Result<T, Fault>>,
{
    for _ in 0..TRIES {
        match act().await {
            Err(fault) if fault.is_moved() => {}
            outcome => return outcome,
        }
    }
    Err(Fault::new(FaultKind::Contended, "what an act rests on moved faster than it could be done"))
}

/// What a use case answers when nothing failed: what it did, or why it would not.
pub type Decided<T, R> = Result<Result<T, R>, Fault>;

/// Everything a use case needs.
#[derive(Clone)]
pub struct App {
    store: Store,
    ring: Arc<keys::Ring>,
    clock: Arc<dyn Clock>,
    courier: Arc<dyn Courier>,
    fetcher: Arc<dyn Fetcher>,
    site: Arc<Site>,
    /// The site's domains, the one that counts first.
    rp_ids: Arc<[RpId]>,
    quota: Arc<quota::Quota>,
    failures: Arc<failures::Tally>,
    /// What this node read last of models of authenticators.
    models: Arc<ArcSwapOption<authenticators::Read>>,
    /// The same of what is written of them.
    rules: Arc<ArcSwapOption<authenticators::InForce>>,
    /// Signatures of makers' certificates that this node has verified.
    seen: Arc<SeenSignatures>,
    /// Under which of both this node has judged every passkey.
    judged_under: Arc<ArcSwapOption<String>>,
    scribe: Arc<audit_entry::Scribe>,
    fence_folder: PathBuf,
    /// The restore epoch as this node saw it last: ceremonies begin under it, and end under the database's own.
    epoch: Arc<AtomicI64>,
    work_is_due: Arc<Notify>,
}

impl App {
    /// A context for an act that begins now.
    pub fn ctx(&self, actor: Actor) -> Ctx {
        let now = self.clock.now();
        Ctx { now, request_id: vocab::RequestId::made(now, self.noise()), actor, client: ClientFacts::default() }
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub fn node(&self) -> &Label {
        &self.scribe.node
    }

    pub fn region(&self) -> &Label {
        &self.scribe.region
    }

    pub fn store(&self) -> &Store {
        &self.store
    }

    pub fn site(&self) -> &Site {
        &self.site
    }

    /// A value nobody can guess, for a browser's cookie: ceremonies begun in this browser end in it.
    pub fn browser_secret(&self) -> Secret<String> {
        Secret::new(URL_SAFE_NO_PAD.encode(self.noise::<32>()))
    }

    /// `sqlite` or `postgres`.
    pub fn store_engine(&self) -> &'static str {
        self.store.engine()
    }

    pub fn store_figures(&self) -> Figures {
        self.store.figures()
    }

    /// Does the database answer, and does it still take writes?
    pub async fn check_database(&self) -> Result<(), Fault> {
        self.store.check_writes()?;
        self.store.look((), |(), snapshot| Box::pin(snapshot.setting(store::Setting::PruneMark))).await.map(|_| ())
    }

    /// Resolves when some use case has queued work: the outbox runner need not wait for its timer.
    pub async fn work_is_due(&self) {
        self.work_is_due.notified().await;
    }

    /// Random bytes.
    fn noise<const N: usize>(&self) -> [u8; N] {
        self.scribe.noise()
    }
}
