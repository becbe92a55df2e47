//! # vocab: the words
//!
//! The lowest room of the house. Here stand the values that every other room speaks of: when ([`Timestamp`]), who
//! and which ([`AccountId`] and its siblings), what a person types to be found ([`identifier`]), what others see of
//! them ([`DisplayName`]), where this installation lives ([`url::PublicUrl`], [`Label`]), and what must not be seen
//! at all ([`Secret`]).
//!
//! A value of these types has passed its rules: parse at the edge, pass the type inward, never check twice. The
//! rules are strict rather than clever. Where two texts could be taken for one another, either both have the same
//! canonical form or one is refused.
//!
//! What it refuses: clocks, randomness, files, sockets, environment, logging, serialisation. Time and noise arrive
//! as arguments; other rooms convert to JSON or SQL.
//!
//! ```
//! use vocab::identifier::{Identifier, Refusal};
//! use vocab::{AccountId, Timestamp};
//!
//! let now: Timestamp = "2026-11-21T09:30:00Z".parse()?;
//! let ann = AccountId::made(now, [7; 10]);
//! assert_eq!(ann.to_string().parse(), Ok(ann));
//!
//! let typed = Identifier::email("Ann@BÜCHER.example")?;
//! assert_eq!(typed.canonical(), "ann@xn--bcher-kva.example"); // looked up by
//! assert_eq!(typed.typed(), "Ann@BÜCHER.example"); // delivered to
//! assert_eq!(Identifier::username("pаypal"), Err(Refusal::MixedScripts)); // the first а is Cyrillic
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Invariants:
//! - (folded) A canonical form is its own canonical form, and of its own kind only.
//! - An id has one text, a public URL one origin, a domain one A-label form.
//! - A timestamp never wraps round; an age is never negative.
//! - Neither `Debug` nor an error shows a secret or a person.

mod characters;
mod display_name;
mod domain;
pub mod identifier;
mod ids;
mod label;
mod model;
mod origin;
mod reason;
mod secret;
mod timestamp;
pub mod url;

pub use display_name::{DisplayName, Refusal as DisplayNameRefusal};
pub use ids::{AccountId, CeremonyId, CredentialId, EntryId, JobId, KeyId, LinkId, NotAnId, RequestId, SessionId};
pub use label::{Label, NotALabel};
pub use model::{Aaguid, Level, NotAnAaguid};
pub use origin::{Origin, RpId};
pub use reason::{Reason, ReasonRefusal};
pub use secret::Secret;
pub use timestamp::{NotATimestamp, Timestamp};
