use crate::digest::{Digest, Pseudonym, all_32};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::{hkdf, hmac};
use std::fmt;
use vocab::{AccountId, EntryId, Secret};

/// The largest details that are sealed. An entry is a record, not a store for documents.
pub const MAX_DETAILS: usize = 64 * 1024;

const VERSION: u8 = 1;
const TAG_LEN: usize = 16;
const SALT: &[u8] = b"signet audit v1";
const PSEUDONYM: &[&[u8]] = &[b"pseudonym"];
const DETAILS: &[&[u8]] = &[b"details"];

/// An account's key to its part of the log: made with the account, destroyed to forget it. Under a key of the key
/// ring, the same type seals the details of entries that concern no account (`AccountId::NOBODY`).
pub struct SubjectKey {
    secret: Secret<[u8; 32]>,
    pseudonym: hmac::Key,
    details: LessSafeKey,
}

/// Where details belong. It is authenticated with them, so details moved to another entry or account do not open, and
/// neither do those of an entry that was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EntryPlace {
    pub account: AccountId,
    pub entry: EntryId,
    /// [`crate::Entry::header`]
    pub header: Digest,
}

/// Sealed details: version byte ‖ nonce ‖ ciphertext ‖ tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed(Vec<u8>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotSealed {
    /// More than [`MAX_DETAILS`] bytes.
    TooLong,
    /// The cipher failed; no input is known to make it.
    Cipher,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotOpened {
    UnknownVersion,
    /// Shorter or longer than sealed details can be.
    WrongLength,
    /// Another key, another place, or changed since.
    NotAuthentic,
}

impl SubjectKey {
    pub fn from_secret(secret: Secret<[u8; 32]>) -> SubjectKey {
        let root = hkdf::Salt::new(hkdf::HKDF_SHA256, SALT).extract(secret.expose());
        SubjectKey {
            pseudonym: hmac::Key::from(expand(&root, PSEUDONYM, hmac::HMAC_SHA256)),
            details: LessSafeKey::new(UnboundKey::from(expand(&root, DETAILS, &AES_256_GCM))),
            secret,
        }
    }

    /// The secret, to be wrapped and stored.
    pub fn secret(&self) -> &Secret<[u8; 32]> {
        &self.secret
    }

    pub fn pseudonym(&self, account: AccountId) -> Pseudonym {
        Pseudonym::from_bytes(all_32(hmac::sign(&self.pseudonym, account.bytes()).as_ref()))
    }

    /// The nonce must never have been used under this key before: the caller draws it at random for each entry.
    pub fn seal(&self, place: &EntryPlace, nonce: [u8; NONCE_LEN], plain: &[u8]) -> Result<Sealed, NotSealed> {
        if plain.len() > MAX_DETAILS {
            return Err(NotSealed::TooLong);
        }
        let mut text = plain.to_vec();
        let tag = self
            .details
            .seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), place.bound(), &mut text)
            .map_err(|_| NotSealed::Cipher)?;
        Ok(Sealed([&[VERSION], &nonce[..], &text, tag.as_ref()].concat()))
    }

    pub fn open(&self, place: &EntryPlace, sealed: &[u8]) -> Result<Secret<Vec<u8>>, NotOpened> {
        let (version, rest) = sealed.split_first().ok_or(NotOpened::WrongLength)?;
        if *version != VERSION {
            return Err(NotOpened::UnknownVersion);
        }
        let (nonce, text) = rest.split_first_chunk().ok_or(NotOpened::WrongLength)?;
        if !(TAG_LEN..=TAG_LEN + MAX_DETAILS).contains(&text.len()) {
            return Err(NotOpened::WrongLength);
        }
        let mut text = text.to_vec();
        let length = self
            .details
            .open_in_place(Nonce::assume_unique_for_key(*nonce), place.bound(), &mut text)
            .map_err(|_| NotOpened::NotAuthentic)?
            .len();
        text.truncate(length);
        Ok(Secret::new(text))
    }
}

impl EntryPlace {
    /// Of fixed width, so that no two places give the same bytes.
    fn bound(&self) -> Aad<[u8; 65]> {
        let mut bound = [VERSION; 65];
        let place = self.account.bytes().iter().chain(self.entry.bytes()).chain(self.header.bytes());
        bound.iter_mut().skip(1).zip(place).for_each(|(to, from)| *to = *from);
        Aad::from(bound)
    }
}

impl Sealed {
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

/// INVARIANT (hkdf length): HKDF-SHA256 gives up to 255 × 32 bytes and refuses nothing below; 32 are asked for here.
#[expect(clippy::expect_used, reason = "INVARIANT (hkdf length)")]
fn expand<'a, L: hkdf::KeyType>(root: &'a hkdf::Prk, label: &'a [&'a [u8]], length: L) -> hkdf::Okm<'a, L> {
    root.expand(label, length).expect("INVARIANT (hkdf length)")
}

impl fmt::Debug for SubjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SubjectKey([secret])")
    }
}

impl fmt::Display for NotSealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            NotSealed::TooLong => "the details of an audit entry are too long",
            NotSealed::Cipher => "the details of an audit entry could not be sealed",
        })
    }
}

impl fmt::Display for NotOpened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            NotOpened::UnknownVersion => "the sealed details are of an unknown version",
            NotOpened::WrongLength => "the sealed details have an impossible length",
            NotOpened::NotAuthentic => "the sealed details belong to another key or entry, or were changed",
        })
    }
}

impl std::error::Error for NotSealed {}
impl std::error::Error for NotOpened {}
