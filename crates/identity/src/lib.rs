//! What an account, its passkeys and its sessions are, and how each changes from one state to the next.
//!
//! Pure values in, values or a refusal out. The store keeps rows and the application records acts; this room decides
//! which acts make sense.
//!
//! ```
//! use identity::account::{NewAccount, Refusal};
//! use vocab::{DisplayName, identifier::Identifier};
//!
//! let name = DisplayName::parse("Maren Holt").unwrap();
//! assert_eq!(NewAccount::new(name.clone(), vec![]).unwrap_err(), Refusal::NoIdentifier);
//! assert!(NewAccount::new(name, vec![Identifier::username("maren").unwrap()]).is_ok());
//! ```
//!
//! What it refuses: an account nobody could name, two usernames for one person, ending what has ended, removing the
//! last passkey, a session without a receipt of a ceremony and a grant made for it.
//!
//! Invariants:
//! - `named`: a [`account::NewAccount`] has at least one identifier and at most one username.
//! - `ends once`: only an active account becomes [`account::Disabled`].
//! - `opened by proof`: [`session::Opened`] comes from [`session::Evidence`], and that from a receipt of `webauthn`.

pub mod account;
pub mod credential;
pub mod session;
