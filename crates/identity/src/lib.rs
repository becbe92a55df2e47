//! What an account is, and how it changes from one state to the next.
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
//! What it refuses: an account nobody could name, two usernames for one person, ending what has ended.
//!
//! Invariants:
//! - `named`: a [`account::NewAccount`] has at least one identifier and at most one username.
//! - `ends once`: only an active account becomes [`account::Disabled`].

pub mod account;
