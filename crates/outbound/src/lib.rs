//! The world outside, behind the ports the application owns: the clock, randomness, letters (through a mail server, or
//! into a folder where there is none), documents of other houses, the master key's file.
//!
//! ```no_run
//! # fn example(folder: &std::path::Path) -> Result<(), outbound::master_key::Unusable> {
//! let secret = match outbound::master_key::load(folder)? {
//!     Some(secret) => secret,
//!     None => outbound::master_key::make(folder, &outbound::SystemEntropy)?,
//! };
//! let courier = outbound::MailFolder::new(folder.join("mail"));
//! # Ok(()) }
//! ```
//!
//! What it refuses: rules. It carries; it never decides whether something should be carried. It knows neither the
//! database nor HTTP routes.
//!
//! Invariants:
//! - `whole or not`: a file is written beside its name, synced, and only then given its name.
//! - `private key file`: a master key file that others may read is refused, never repaired silently.
//! - `one recipient`: a letter goes to one address, the stored one, and nothing in it can name another.
//! - `no downgrade`: a server that was to be encrypted is told nothing until it is, and has proved its name.
//! - `no detour`: a document is fetched from the house that was named, whatever that says of other places.
//! - `no lost letter`: only what a mail server says of the recipient is final; whatever else fails is tried again.

mod clock;
mod entropy;
pub mod https;
mod letter;
mod mail_folder;
pub mod master_key;
mod sender;
pub mod smtp;

pub use clock::SystemClock;
pub use entropy::SystemEntropy;
pub use https::Https;
pub use mail_folder::MailFolder;
pub use sender::{NotASender, Sender};
pub use smtp::Smtp;
