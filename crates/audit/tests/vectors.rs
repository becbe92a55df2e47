//! The golden file freezes the format: every byte in it is derived again here, and nothing ever writes it.
//! A new entry is put in by hand, from an implementation that is not this one.
#![cfg(test)]

use audit::{Actor, Digest, Entry, EntryPlace, Event, Pseudonym, SubjectKey, details_digest, leaf};
use serde_json::Value;
use std::collections::BTreeSet;
use vocab::{AccountId, EntryId, Label, Secret, Timestamp};

const GOLDEN: &str = include_str!("../../../vectors/audit-v1.json");

fn golden() -> Vec<Value> {
    let file: Value = serde_json::from_str(GOLDEN).unwrap();
    file["entries"].as_array().unwrap().clone()
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_else(|| panic!("{field} is missing in {value}"))
}

fn bytes(value: &Value, field: &str) -> Vec<u8> {
    let hex = text(value, field).as_bytes();
    hex.chunks(2).map(|pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

fn fixed<const N: usize>(value: &Value, field: &str) -> [u8; N] {
    bytes(value, field).try_into().unwrap()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The account whose key is given, or nobody.
fn account(given: &Value) -> (SubjectKey, AccountId) {
    let key = SubjectKey::from_secret(Secret::new(fixed(given, "secret")));
    (key, AccountId::from_bytes(fixed(given, "account")))
}

fn pseudonym(given: &Value) -> Pseudonym {
    let (key, account) = account(given);
    key.pseudonym(account)
}

fn actor(given: &Value) -> Actor {
    match given["actor"].as_str() {
        Some("system") => Actor::System,
        Some("operator") => Actor::Operator,
        Some("anonymous") => Actor::Anonymous,
        Some(other) => panic!("no such actor: {other}"),
        None => Actor::Account(pseudonym(&given["actor"])),
    }
}

fn event(given: &Value) -> Event {
    let event = *Event::ALL.iter().find(|event| event.name() == text(given, "event")).unwrap();
    assert_eq!(Some(event.code()), given["event_code"].as_u64());
    event
}

fn place(given: &Value) -> EntryPlace {
    let header = entry(given, Digest::from_bytes([0; 32])).header();
    EntryPlace { account: account(given).1, entry: EntryId::from_bytes(fixed(given, "entry")), header }
}

fn seal(given: &Value) -> Vec<u8> {
    let (key, _) = account(given);
    key.seal(&place(given), fixed(given, "nonce"), text(given, "details").as_bytes()).unwrap().into_bytes()
}

fn entry(given: &Value, details: Digest) -> Entry {
    Entry {
        event: event(given),
        at: Timestamp::from_micros(text(given, "at").parse().unwrap()),
        node: Label::parse(text(given, "node")).unwrap(),
        region: Label::parse(text(given, "region")).unwrap(),
        salt: fixed(given, "salt"),
        subject: (account(given).1 != AccountId::NOBODY).then(|| pseudonym(given)),
        actor: actor(given),
        details,
    }
}

#[test]
fn every_golden_entry_is_derived_again() {
    for golden in golden() {
        let (id, given, derived) = (text(&golden, "id"), &golden["given"], &golden["derived"]);
        let sealed = seal(given);
        let entry = entry(given, details_digest(&sealed));
        let canonical = entry.encode();
        let actor_pseudonym = if let Actor::Account(pseudonym) = entry.actor { Some(pseudonym) } else { None };
        let ours = serde_json::json!({
            "subject": entry.subject.map(|subject| subject.to_string()),
            "actor_pseudonym": actor_pseudonym.map(|pseudonym| pseudonym.to_string()),
            "sealed": hex(&sealed),
            "details_digest": entry.details.to_string(),
            "canonical": hex(&canonical),
            "leaf": leaf(&canonical).to_string(),
        });
        assert_eq!(&ours, derived, "{id}");
    }
}

#[test]
fn every_golden_entry_decodes_and_its_details_open() {
    for golden in golden() {
        let (id, given, derived) = (text(&golden, "id"), &golden["given"], &golden["derived"]);
        let sealed = bytes(derived, "sealed");
        let decoded = Entry::decode(&bytes(derived, "canonical"));
        assert_eq!(decoded, Ok(entry(given, Digest::from_bytes(fixed(derived, "details_digest")))), "{id}");
        let (key, _) = account(given);
        assert_eq!(key.open(&place(given), &sealed).unwrap().expose(), text(given, "details").as_bytes(), "{id}");
    }
}

/// An event that is not frozen here could change its bytes unseen.
#[test]
fn the_golden_file_covers_every_event_actor_and_edge() {
    let golden = golden();
    let given = || golden.iter().map(|golden| &golden["given"]);
    let events: BTreeSet<_> = given().map(|given| event(given).code()).collect();
    assert_eq!(events, Event::ALL.iter().map(|event| event.code()).collect());
    let actors: BTreeSet<_> = given().map(|given| given["actor"].as_str().unwrap_or("account")).collect();
    assert_eq!(actors, BTreeSet::from(["account", "anonymous", "operator", "system"]));
    let times: BTreeSet<i64> = given().map(|given| text(given, "at").parse().unwrap()).collect();
    assert!(times.is_superset(&BTreeSet::from([i64::MIN, -1, 0, 23, 24, i64::MAX])));
    for label in ["node", "region"] {
        let lengths: BTreeSet<_> = given().map(|given| text(given, label).len()).collect();
        assert!(lengths.is_superset(&BTreeSet::from([1, 23, 24, 40])), "{label}: {lengths:?}");
    }
    let subjects: BTreeSet<_> = golden.iter().map(|golden| golden["derived"]["subject"].is_null()).collect();
    assert_eq!(subjects.len(), 2);
    let ids: BTreeSet<_> = golden.iter().map(|golden| text(golden, "id")).collect();
    assert_eq!(ids.len(), golden.len());
}
