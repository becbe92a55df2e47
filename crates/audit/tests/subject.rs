//! What is sealed opens in one place, under one key, unchanged, or not at all.
#![cfg(test)]

use audit::{Digest, EntryPlace, MAX_DETAILS, NotOpened, NotSealed, SubjectKey, details_digest, leaf};
use proptest::prelude::*;
use vocab::{AccountId, EntryId, Secret};

const PLAIN: &[u8] = b"{\"name\":\"ada\"}";

fn key(byte: u8) -> SubjectKey {
    SubjectKey::from_secret(Secret::new([byte; 32]))
}

fn place(account: u8, entry: u8) -> EntryPlace {
    let (account, entry) = (AccountId::from_bytes([account; 16]), EntryId::from_bytes([entry; 16]));
    EntryPlace { account, entry, header: Digest::from_bytes([9; 32]) }
}

fn sealed() -> Vec<u8> {
    key(1).seal(&place(1, 2), [3; 12], PLAIN).unwrap().into_bytes()
}

fn opened(key: &SubjectKey, place: &EntryPlace, sealed: &[u8]) -> Result<Vec<u8>, NotOpened> {
    key.open(place, sealed).map(|plain| plain.expose().clone())
}

proptest! {
    #[test]
    fn details_open_to_what_was_sealed(
        secret: [u8; 32], nonce: [u8; 12], plain in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        let key = SubjectKey::from_secret(Secret::new(secret));
        let sealed = key.seal(&place(4, 5), nonce, &plain).unwrap();
        prop_assert_eq!(sealed.bytes().len(), 1 + 12 + plain.len() + 16);
        prop_assert_eq!(opened(&key, &place(4, 5), sealed.bytes()), Ok(plain));
    }

    #[test]
    fn arbitrary_bytes_do_not_open(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
        prop_assert!(key(1).open(&place(1, 2), &bytes).is_err());
    }
}

#[test]
fn details_do_not_open_in_another_place_or_under_another_key() {
    assert_eq!(opened(&key(1), &place(1, 2), &sealed()), Ok(PLAIN.to_vec()));
    for other in [
        place(1, 3),
        place(3, 2),
        place(2, 1),
        EntryPlace { account: AccountId::NOBODY, ..place(1, 2) },
        EntryPlace { header: Digest::from_bytes([8; 32]), ..place(1, 2) },
    ] {
        assert_eq!(opened(&key(1), &other, &sealed()), Err(NotOpened::NotAuthentic), "{other:?}");
    }
    assert_eq!(opened(&key(2), &place(1, 2), &sealed()), Err(NotOpened::NotAuthentic));
}

#[test]
fn details_do_not_open_after_any_flipped_bit_and_their_digest_shows_it() {
    let sealed = sealed();
    for bit in 0..sealed.len() * 8 {
        let mut flipped = sealed.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let refusal = if bit < 8 { NotOpened::UnknownVersion } else { NotOpened::NotAuthentic };
        assert_eq!(opened(&key(1), &place(1, 2), &flipped), Err(refusal), "bit {bit}");
        assert_ne!(details_digest(&flipped), details_digest(&sealed), "bit {bit}");
    }
}

#[test]
fn details_do_not_open_when_cut_or_longer() {
    let sealed = sealed();
    for length in 0..sealed.len() {
        let refusal = if length < 1 + 12 + 16 { NotOpened::WrongLength } else { NotOpened::NotAuthentic };
        assert_eq!(opened(&key(1), &place(1, 2), &sealed[..length]), Err(refusal), "{length} bytes");
    }
    assert_eq!(opened(&key(1), &place(1, 2), &[&sealed[..], &[0]].concat()), Err(NotOpened::NotAuthentic));
}

#[test]
fn details_are_bounded_on_both_ways() {
    let largest = vec![7; MAX_DETAILS];
    let sealed = key(1).seal(&place(1, 2), [3; 12], &largest).unwrap().into_bytes();
    assert_eq!(opened(&key(1), &place(1, 2), &sealed), Ok(largest));
    assert_eq!(key(1).seal(&place(1, 2), [3; 12], &[7; MAX_DETAILS + 1]), Err(NotSealed::TooLong));
    assert_eq!(opened(&key(1), &place(1, 2), &[&sealed[..], &[0]].concat()), Err(NotOpened::WrongLength));
}

#[test]
fn a_pseudonym_is_stable_and_differs_by_key_and_by_account() {
    let (ada, bob) = (AccountId::from_bytes([1; 16]), AccountId::from_bytes([2; 16]));
    assert_eq!(key(1).pseudonym(ada), key(1).pseudonym(ada));
    assert_ne!(key(1).pseudonym(ada), key(1).pseudonym(bob));
    assert_ne!(key(1).pseudonym(ada), key(2).pseudonym(ada));
}

/// Neither digest can stand for the other, nor for an inner node of the tree, whatever bytes are hashed.
#[test]
fn digests_of_leaves_and_details_are_kept_apart() {
    assert_ne!(leaf(&sealed()), details_digest(&sealed()));
    // SHA-256(00) and SHA-256(02)
    assert_eq!(leaf(b"").to_string(), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
    assert_eq!(details_digest(b"").to_string(), "dbc1b4c900ffe48d575b5da5c638040125f65db0fe3e24494b76ea986457d986");
}

#[test]
fn i14_debug_shows_no_secret() {
    let key = SubjectKey::from_secret(Secret::new(*b"canary canary canary canary cana"));
    let opened = key.open(&place(1, 2), key.seal(&place(1, 2), [3; 12], b"canary").unwrap().bytes());
    let shown = format!("{key:?} {key:#?} {:?} {opened:?}", key.secret());
    assert_eq!(shown, "SubjectKey([secret]) SubjectKey([secret]) [secret] Ok([secret])");
    assert_eq!(key.secret().expose(), b"canary canary canary canary cana");
}
