#![cfg(test)]
//! R06: no two spellings of one identifier make two accounts, no look-alike passes for another's.
//! The table is data, so that the store can ask both engines about the same entries.

use proptest::prelude::*;
use std::collections::{HashMap, HashSet};
use vocab::identifier::{Identifier, Kind, Refusal};

struct Entry {
    group: u64,
    kind: Kind,
    typed: String,
    is_refused: bool,
    why: String,
}

impl Entry {
    fn parsed(&self) -> Result<Identifier, Refusal> {
        Identifier::of(self.kind, &self.typed)
    }

    fn accepted(&self) -> Option<Identifier> {
        (!self.is_refused).then(|| self.parsed().unwrap())
    }
}

fn zoo() -> Vec<Entry> {
    let table: serde_json::Value = serde_json::from_str(include_str!("identifier_zoo.json")).unwrap();
    let read = |row: &serde_json::Value| {
        let text = |field: &str| row[field].as_str().unwrap().to_owned();
        let is_refused = match text("expect").as_str() {
            "same" => false,
            "refused" => true,
            other => panic!("expect: {other}"),
        };
        let kind = Kind::parse(&text("kind")).unwrap();
        Entry { group: row["group"].as_u64().unwrap(), kind, typed: text("typed"), is_refused, why: text("why") }
    };
    table.as_array().unwrap().iter().map(read).collect()
}

#[test]
fn r06_each_entry_is_accepted_or_refused_as_the_table_says() {
    let zoo = zoo();
    assert!(zoo.len() >= 60);
    let wrong = zoo.iter().filter(|entry| entry.parsed().is_err() != entry.is_refused);
    let wrong: Vec<_> = wrong.map(|entry| (entry.group, &entry.typed, &entry.why, entry.parsed())).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn r06_a_group_has_one_canonical_form_and_shares_it_with_no_other() {
    let mut forms: HashMap<u64, String> = HashMap::new();
    for entry in zoo() {
        let Some(identifier) = entry.accepted() else { continue };
        let form = forms.entry(entry.group).or_insert_with(|| identifier.canonical().to_owned());
        assert_eq!(identifier.canonical(), form, "group {}: {}", entry.group, entry.why);
    }
    let distinct: HashSet<&String> = forms.values().collect();
    assert_eq!(distinct.len(), forms.len(), "two groups share a form");
}

#[test]
fn r06_what_was_typed_is_kept_for_delivery() {
    for entry in zoo() {
        let Some(identifier) = entry.accepted() else { continue };
        assert_eq!(identifier.typed(), entry.typed);
    }
}

#[test]
fn r06_a_canonical_form_is_its_own_and_is_guessed_as_its_kind() {
    for entry in zoo() {
        let Some(identifier) = entry.accepted() else { continue };
        let again = Identifier::guess(identifier.canonical());
        assert_eq!(again.as_ref(), Ok(&identifier), "{}: {}", entry.why, identifier.canonical());
    }
}

#[test]
fn r06_every_refusal_has_an_entry_and_a_sentence() {
    use Refusal::*;
    let every = [
        Empty,
        TooLong,
        ControlOrSpace,
        Unseen,
        Sign,
        MixedScripts,
        AtSign,
        LeadingPlus,
        LooksLikeAnId,
        BadDomain,
        BadLocalPart,
        NotE164,
    ];
    let seen: HashSet<Refusal> = zoo().iter().filter_map(|entry| entry.parsed().err()).collect();
    for refusal in every {
        assert!(seen.contains(&refusal), "{refusal:?} is in no entry");
        let words = refusal.to_string();
        assert!(
            words.starts_with(char::is_lowercase) && !words.ends_with('.'),
            "a fragment that others build on: {words}"
        );
    }
}

/// Text that gets far: letters of many alphabets with the signs and the traps of this room.
fn near_misses() -> impl Strategy<Value = String> {
    "[a-zA-ZßſK0-9@.+ıİẞςΣµªﬁⅷаяᏣꮳ漢カｶ가한\u{300}-\u{345}\u{ad}\u{200d}xn-]{0,24}"
}

proptest! {
    #[test]
    fn r06_canonicalisation_is_idempotent(typed in prop_oneof![near_misses(), any::<String>()]) {
        for kind in Kind::ALL {
            if let Ok(once) = Identifier::of(kind, &typed) {
                let twice = Identifier::of(kind, once.canonical()).unwrap();
                prop_assert_eq!(twice.canonical(), once.canonical());
                prop_assert_eq!(Identifier::guess(once.canonical()), Ok(once));
            }
        }
    }

    #[test]
    fn r06_an_address_of_any_local_part_is_judged_without_panic(local in near_misses(), host in near_misses()) {
        if let Ok(email) = Identifier::email(&format!("{local}@{host}.example")) {
            prop_assert_eq!(email.canonical().matches('@').count(), 1);
            prop_assert!(email.canonical().len() <= 254);
            prop_assert_eq!(Identifier::email(email.canonical()), Ok(email));
        }
    }

    #[test]
    fn r06_upper_and_lower_case_are_one(typed in "[a-zA-Z]{1,20}") {
        prop_assert_eq!(Identifier::username(&typed.to_uppercase()), Identifier::username(&typed.to_lowercase()));
    }
}
