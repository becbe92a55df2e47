//! What may be done to a database behind the house's back, and what an examination must say of it.

use audit::{Entry, Event, Pseudonym, details_digest, leaf};
use store::EntryRow;
use testkit::House;
use vocab::{AccountId, Label, Timestamp};

use crate::residents::Residents;

/// A house with some past, and what stands in it.
pub(crate) struct Past {
    pub(crate) maren: AccountId,
    pub(crate) olga: AccountId,
    pub(crate) of_maren: EntryRow,
    /// The system's own entries, oldest first.
    pub(crate) own: Vec<EntryRow>,
    /// When the second and the third cookie key were made.
    pub(crate) rotated: [Timestamp; 2],
    pub(crate) residents: Residents,
}

/// One thing done to a database, and the findings it must lead to.
pub(crate) struct Damage {
    pub(crate) statements: String,
    pub(crate) findings: Vec<String>,
}

impl Damage {
    pub(crate) fn all(table: impl IntoIterator<Item = (String, String)>) -> Vec<Self> {
        table.into_iter().map(|(statements, finding)| Self { statements, findings: vec![finding] }).collect()
    }
}

/// The entry as somebody would forge it who can write the database and has no key.
fn forged(house: &House, row: &EntryRow, change: impl FnOnce(&mut Entry)) -> String {
    let mut entry = Entry::decode(&row.bytes).unwrap();
    change(&mut entry);
    let bytes = entry.encode();
    let (text, digest) = (house.literal(&bytes), house.literal(leaf(&bytes).bytes()));
    format!("UPDATE audit_entries SET bytes = {text}, digest = {digest} WHERE {}", is(house, row))
}

fn is(house: &House, row: &EntryRow) -> String {
    format!("id = {}", house.literal(row.place.id.bytes()))
}

fn flipped(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    *bytes.last_mut().unwrap() ^= 1;
    bytes
}

pub(crate) fn about_accounts(house: &House, past: &Past) -> Vec<Damage> {
    let Past { maren, olga, .. } = past;
    let (m, o) = (house.literal(maren.bytes()), house.literal(olga.bytes()));
    let key = format!("account {maren}: the subject key of {maren}:");
    let row = |account: &str| {
        format!(
            "DELETE FROM identifiers WHERE account_id = {account}; \
        DELETE FROM subject_keys WHERE account_id = {account}; DELETE FROM accounts WHERE id = {account}"
        )
    };
    let table = [
        (format!("DELETE FROM subject_keys WHERE account_id = {m}"), format!("account {maren}: it has no subject key")),
        (
            format!(
                "UPDATE subject_keys SET wrapped = (SELECT wrapped FROM subject_keys WHERE account_id = {o}) \
                     WHERE account_id = {m}"
            ),
            format!("{key} it does not open"),
        ),
        (
            format!("UPDATE subject_keys SET key_id = {} WHERE account_id = {m}", house.literal(&[9; 16])),
            format!("{key} it is wrapped under a key nobody knows"),
        ),
        (format!("DELETE FROM identifiers WHERE account_id = {m}"), format!("account {maren}: nothing names it")),
        (
            format!(
                "{}UPDATE identifiers SET kind = 'badge' WHERE kind = 'email' AND account_id = {m}",
                unchecked(house)
            ),
            format!("account {maren}: an identifier of kind badge"),
        ),
        (
            format!("UPDATE identifiers SET canonical = 'eve' WHERE kind = 'username' AND account_id = {m}"),
            format!("account {maren}: the canonical form of its username is not what it should be"),
        ),
        (
            format!("UPDATE identifiers SET typed = 'eve@evil.example' WHERE kind = 'email' AND account_id = {m}"),
            format!("account {maren}: the canonical form of its email is not what it should be"),
        ),
        (
            format!("UPDATE accounts SET made_at = made_at + 1 WHERE id = {m}"),
            format!("account {maren}: no single entry says when it was made"),
        ),
        (
            format!("DELETE FROM audit_entries WHERE account_id = {m}"),
            format!("account {maren}: no single entry says when it was made"),
        ),
        (
            format!("UPDATE accounts SET state = 'disabled', disabled_at = made_at WHERE id = {m}"),
            format!("account {maren}: it is disabled and its entries say otherwise"),
        ),
        (
            format!("UPDATE accounts SET state = 'active', disabled_at = NULL WHERE id = {o}"),
            format!("account {olga}: it is active and its entries say otherwise"),
        ),
        (
            format!("DELETE FROM audit_entries WHERE account_id = {o} AND event = {}", Event::AccountDisabled.code()),
            format!("account {olga}: it is disabled and its entries say otherwise"),
        ),
        (
            format!("{}; DELETE FROM outbox WHERE account_id = {o}", row(&o)),
            format!("entries speak of account {olga}, which does not exist"),
        ),
        (
            format!("{}; DELETE FROM audit_entries WHERE account_id = {o}", row(&o)),
            format!("work waits for account {olga}, which does not exist"),
        ),
    ];
    Damage::all(table)
}

/// On PostgreSQL nobody passes a CHECK; somebody who may alter the table takes it away.
fn unchecked(house: &House) -> &'static str {
    if house.is_postgres() { "ALTER TABLE identifiers DROP CONSTRAINT identifiers_kind_check; " } else { "" }
}

pub(crate) fn about_entries(house: &House, past: &Past) -> Vec<Damage> {
    let Past { maren, of_maren, own, .. } = past;
    let (here, first) = (is(house, of_maren), &own[0]);
    let of = format!("account {maren}: entry {}:", of_maren.place.id);
    let set = |column: &str, bytes: &[u8], place: &str| {
        format!("UPDATE audit_entries SET {column} = {} WHERE {place}", house.literal(bytes))
    };
    let strange = b"sealed by somebody else entirely".to_vec();
    let table = [
        (
            set("bytes", &[of_maren.bytes.as_slice(), &[0]].concat(), &here),
            format!("{of} its bytes are not an entry: "),
        ),
        (set("digest", &flipped(&of_maren.digest), &here), format!("{of} its digest is not the digest of its bytes")),
        (
            set("details", &flipped(&of_maren.details), &here),
            format!("{of} its details are not the ones it was written with"),
        ),
        (
            format!("UPDATE audit_entries SET at = at + 1 WHERE {}", is(house, first)),
            format!("entry {}: it is filed under another event or time", first.place.id),
        ),
        (
            format!("UPDATE audit_entries SET event = 99 WHERE {}", is(house, first)),
            format!("entry {}: it is filed under another event or time", first.place.id),
        ),
        (
            format!(
                "{}; {}",
                forged(house, of_maren, |entry| entry.details = details_digest(&strange)),
                set("details", &strange, &here)
            ),
            format!("{of} its details were not sealed for what it says now"),
        ),
        (
            forged(house, of_maren, |entry| entry.actor = audit::Actor::System),
            format!("{of} its details were not sealed for what it says now"),
        ),
        (
            forged(house, first, |entry| entry.node = Label::parse("another").unwrap()),
            format!("entry {}: its details were not sealed for what it says now", first.place.id),
        ),
        (
            forged(house, of_maren, |entry| entry.subject = Some(Pseudonym::from_bytes([9; 32]))),
            format!("{of} it speaks of another subject"),
        ),
        (
            forged(house, first, |entry| entry.subject = Some(Pseudonym::from_bytes([9; 32]))),
            format!("entry {}: it speaks of another subject", first.place.id),
        ),
        (
            set("details", &first.details[..15], &is(house, first)),
            format!("entry {}: its details are cut short", first.place.id),
        ),
        (
            set("details", &[&[9; 16], &first.details[16..]].concat(), &is(house, first)),
            format!("entry {}: its details lie under a key nobody knows", first.place.id),
        ),
    ];
    Damage::all(table)
}

pub(crate) fn about_keys_and_restores(house: &House, past: &Past) -> Vec<Damage> {
    let made = |at: Timestamp| {
        let own = past.own.iter();
        is(house, own.clone().find(|row| row.at == at && row.event == Event::KeyMade.code().cast_signed()).unwrap())
    };
    let disagree = "the keys and the entries that speak of keys do not agree";
    let table = [
        (format!("DELETE FROM audit_entries WHERE {}", made(past.rotated[1])), disagree),
        ("UPDATE keys SET state = 'retired' WHERE use_for = 'cookie' AND serial = 1".to_owned(), disagree),
        (
            format!(
                "DELETE FROM keys WHERE use_for = 'cookie' AND serial = 2; DELETE FROM audit_entries WHERE {}",
                made(past.rotated[0])
            ),
            "the keys for cookie are numbered [1, 3]",
        ),
        (
            "UPDATE keys SET not_before = not_before + 86400000000 WHERE use_for = 'cookie' AND serial > 1".to_owned(),
            "2 keys wait to be the next for cookie",
        ),
        (
            "UPDATE settings SET value = '7' WHERE name = 'restore_epoch'".to_owned(),
            "the restore epoch is 7 and the entries speak of 1",
        ),
        (
            format!("DELETE FROM audit_entries WHERE event = {}", Event::RestoreAccepted.code()),
            "the restore epoch is 1 and the entries speak of 0",
        ),
    ];
    Damage::all(table.map(|(statements, finding)| (statements, finding.to_owned())))
}
