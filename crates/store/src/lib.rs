//! The only room that knows SQL.
//!
//! Two engines, one text: an embedded SQLite for one node and PostgreSQL for many. A use case reads through
//! [`Store::read`] and writes through [`Store::write`]; both lend the caller a transaction whose methods say what
//! happens to rows (`insert_`, `take_`, `list_`, `mark_`), never SQL. `take_` always means: at most one caller, over
//! all nodes, for ever, gets `true`, and the database decides it.
//!
//! ```no_run
//! # use store::{Close, Fault, Setting, Store};
//! # async fn example(store: Store) -> Result<(), Fault> {
//! let latch = store.read((), |(), snapshot| Box::pin(snapshot.setting(Setting::SetupLatch))).await?;
//! let rev = latch.map_or(0, |latch| latch.rev);
//! let closed = store.write(rev, |rev, tx| Box::pin(async move {
//!     tx.change_setting(Setting::SetupLatch, "1", *rev).await?; // a guard: if the row has moved, nothing commits
//!     Ok(Close::Commit("closed"))
//! })).await?;
//! # Ok(()) }
//! ```
//!
//! What it refuses: a PostgreSQL that answers before it has written, a folder another server uses, a schema that went
//! beyond the migrations it is given. It takes no decisions: it returns plain rows, and where the [`fence`] stands.
//!
//! Invariants:
//! - `polled once`: on SQLite each run of a write's body polls it exactly once, on the writer thread; it can only await
//!   this transaction. Anything else that stays pending is a fault and rolls back. It may run twice.
//! - `one look`: a body given to [`Store::look`] asks one statement.
//! - `answered after commit`: nobody learns the outcome of a write before it is durable.
//! - `first failure wins`: a transaction in which any statement failed, awaited or queued, never commits.
//! - `one text`: every statement is written once, in `statements!`, and prepared on both engines by a test.

mod account;
mod audit_entry;
mod authenticator;
mod ceremony;
mod credential;
mod engine;
mod examine;
mod fault;
pub mod fence;
mod group;
mod key;
mod link;
mod migrate;
mod outbox;
mod seam;
mod session;
mod setting;
mod sql;
pub mod statements;
mod value;

pub use account::{AccountPage, AccountRow, IdentifierRow, NewAccountRow, SubjectKeyRow};
pub use audit_entry::{EntryPlaceRow, EntryRow};
pub use authenticator::{ListRow, RulesRow};
pub use credential::{Bound, CredentialRow, OwnedRow, SignInFacts, StandingRow, Stranded, UseRow};
pub use engine::{
    Answer, Close, Figures, GROUP_LIMIT, Lane, Opening, Place, PostgresPlace, QUEUE_LIMIT, Role, Snapshot, Store, Tx,
};
pub use examine::Count;
pub use fault::{Fault, Kind};
pub use key::KeyRow;
pub use link::LinkRow;
pub use migrate::{MIGRATIONS, Migration, Phase, PlannedStep, known_version, plan_for_new_folder};
pub use outbox::{ClaimedJob, JobRow, JobState, Urgency};
pub use seam::{Moment, Seam};
pub use session::{SessionFacts, SessionRow, ToEnd};
pub use setting::{Setting, SettingRow};
pub use sql::{Effect, Sql};
