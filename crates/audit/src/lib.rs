//! The audit log's words: what an entry is, how it becomes bytes, and how the personal part of it is kept apart.
//!
//! Every use case writes one entry in the transaction of its act. The entry itself holds no personal data: who it
//! is about stands there as a [`Pseudonym`], what exactly happened as a [`Digest`] of *sealed details*. Both are
//! made under the [`SubjectKey`] of the account. Destroy that key and the person is gone from the log, while every
//! digest in it still verifies.
//!
//! An [`Entry`] is deterministic CBOR (RFC 8949, 4.2.1), a map with nine integer keys, in this order:
//!
//! | key | field | form |
//! |---|---|---|
//! | 1 | version | 1 |
//! | 2 | event | [`Event::code`] |
//! | 3 | at | microseconds since 1970, negative before |
//! | 4, 5 | node, region | text, a [`vocab::Label`] |
//! | 6 | salt | 16 bytes, so that a digest cannot be guessed from its contents |
//! | 7 | subject | 32 bytes, or null where the entry is about no account |
//! | 8 | actor | `[0]` the system, `[1]` an operator, `[2, pseudonym]` an account, `[3]` somebody unknown |
//! | 9 | details | [`details_digest`] of the sealed details, 32 bytes |
//!
//! The CBOR is written by hand because one fixed shape needs six kinds of item, and because a reader that knows
//! only this shape cannot be lenient: no library's option can make two byte strings mean the same entry.
//! `vectors/audit-v1.json` freezes the format; any other CBOR library can check it.
//!
//! Three digests, kept apart by their first byte: [`leaf`] is SHA-256(0x00 ‖ entry), 0x01 belongs to the inner
//! nodes of the tree (RFC 9162), and [`details_digest`] is SHA-256(0x02 ‖ sealed details).
//!
//! This room refuses to ask for time or randomness (salts and nonces arrive as values, and whoever makes a nonce
//! makes it fresh), to decode anything but the one encoding of an entry, and to open details in a place
//! that they were not sealed for.
//!
//! ```
//! use audit::{Actor, Digest, Entry, EntryPlace, Event, SubjectKey, details_digest, leaf};
//! use vocab::{AccountId, EntryId, Label, Secret, Timestamp};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let account = AccountId::from_bytes([7; 16]);
//! let key = SubjectKey::from_secret(Secret::new([9; 32]));
//! let mut entry = Entry {
//!     event: Event::AccountCreated,
//!     at: Timestamp::from_micros(1_795_253_400_000_000),
//!     node: Label::parse("n1")?,
//!     region: Label::parse("eu-west")?,
//!     salt: [11; 16],
//!     subject: Some(key.pseudonym(account)),
//!     actor: Actor::Operator,
//!     details: Digest::from_bytes([0; 32]), // sealed for everything above, and then told of
//! };
//! let place = EntryPlace { account, entry: EntryId::from_bytes([8; 16]), header: entry.header() };
//! let sealed = key.seal(&place, [10; 12], b"{\"name\":\"ada\"}")?;
//! entry.details = details_digest(sealed.bytes());
//! let bytes = entry.encode();
//! assert_eq!(Entry::decode(&bytes)?, entry);
//! assert_ne!(leaf(&bytes), entry.details);
//! assert_eq!(key.open(&place, sealed.bytes())?.expose(), b"{\"name\":\"ada\"}");
//! # Ok(())
//! # }
//! ```
//!
//! Invariants:
//! - one entry, one byte string: `decode` accepts exactly what `encode` writes;
//! - a code, a key label or a first byte that was ever written is never given another meaning;
//! - nothing in an entry can be led back to a person without that person's key;
//! - sealed details open only under the key, the account and the entry they were sealed for, and only while that
//!   entry says what it said then.

mod cbor;
mod digest;
mod entry;
mod event;
mod subject;

pub use digest::{Digest, Pseudonym, details_digest, leaf};
pub use entry::{Actor, Entry, Malformed};
pub use event::Event;
pub use subject::{EntryPlace, MAX_DETAILS, NotOpened, NotSealed, Sealed, SubjectKey};
