//! One entry, one byte string: whatever else is offered does not decode.
#![cfg(test)]

use audit::{Actor, Digest, Entry, Event, Malformed, Pseudonym, leaf};
use proptest::prelude::*;
use std::collections::BTreeSet;
use vocab::{Label, Timestamp};

fn labels() -> impl Strategy<Value = Label> {
    "[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?".prop_map(|text| Label::parse(&text).unwrap())
}

fn actors() -> impl Strategy<Value = Actor> {
    prop_oneof![
        Just(Actor::System),
        Just(Actor::Operator),
        Just(Actor::Anonymous),
        any::<[u8; 32]>().prop_map(|bytes| Actor::Account(Pseudonym::from_bytes(bytes))),
    ]
}

prop_compose! {
    fn entries()(
        event in prop::sample::select(Event::ALL),
        at in prop_oneof![any::<i64>(), -70_000..70_000i64],
        node in labels(),
        region in labels(),
        salt: [u8; 16],
        subject: Option<[u8; 32]>,
        actor in actors(),
        details: [u8; 32],
    ) -> Entry {
        Entry {
            event,
            at: Timestamp::from_micros(at),
            node,
            region,
            salt,
            subject: subject.map(Pseudonym::from_bytes),
            actor,
            details: Digest::from_bytes(details),
        }
    }
}

/// Whatever decodes is written back as the very bytes it came from.
fn is_canonical_or_refused(bytes: &[u8]) -> bool {
    Entry::decode(bytes).map_or(true, |entry| entry.encode() == bytes)
}

proptest! {
    #[test]
    fn an_entry_decodes_to_itself(entry in entries()) {
        prop_assert_eq!(Entry::decode(&entry.encode()), Ok(entry));
    }

    #[test]
    fn any_flipped_bit_gives_another_entry_or_none_and_another_leaf(entry in entries()) {
        let bytes = entry.encode();
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let decoded = Entry::decode(&flipped);
            prop_assert!(decoded.as_ref() != Ok(&entry), "bit {}", bit);
            prop_assert!(decoded.map_or(true, |other| other.encode() == flipped), "bit {}", bit);
            prop_assert_ne!(leaf(&flipped), leaf(&bytes), "bit {}", bit);
        }
    }

    #[test]
    fn any_shortened_entry_is_cut(entry in entries()) {
        let bytes = entry.encode();
        for length in 0..bytes.len() {
            prop_assert!(matches!(Entry::decode(&bytes[..length]), Err(Malformed::Cut(at)) if at <= length));
        }
    }

    #[test]
    fn spliced_bytes_never_decode_to_what_is_written_otherwise(
        entry in entries(), start: prop::sample::Index, length in 0..8usize, other in prop::collection::vec(any::<u8>(), 0..12),
    ) {
        let mut bytes = entry.encode();
        let start = start.index(bytes.len());
        let end = bytes.len().min(start + length);
        bytes.splice(start..end, other);
        prop_assert!(is_canonical_or_refused(&bytes));
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(is_canonical_or_refused(&bytes));
    }
}

/// The items of the smallest entry, one by one, so that each can be put wrong alone.
fn items() -> Vec<Vec<u8>> {
    let digest = [&[0x58, 0x20][..], &[0xdd; 32]].concat();
    let salt = [&[0x50][..], &[0x5a; 16]].concat();
    let values: [&[u8]; 9] =
        [&[1], &[1], &[0x19, 0x03, 0xe8], b"\x62n1", b"\x62eu", &salt, &[0xf6], &[0x81, 0x00], &digest];
    let pairs = (1u8..).zip(values).flat_map(|(key, value)| [vec![key], value.to_vec()]);
    [vec![0xa9]].into_iter().chain(pairs).collect()
}

const fn key_of(field: usize) -> usize {
    field * 2 - 1
}

const fn value_of(field: usize) -> usize {
    field * 2
}

fn smallest() -> Entry {
    Entry {
        event: Event::AccountCreated,
        at: Timestamp::from_micros(1000),
        node: Label::parse("n1").unwrap(),
        region: Label::parse("eu").unwrap(),
        salt: [0x5a; 16],
        subject: None,
        actor: Actor::System,
        details: Digest::from_bytes([0xdd; 32]),
    }
}

type Case = (&'static str, usize, Vec<u8>, fn(usize) -> Malformed);

fn wrong_heads_and_numbers() -> Vec<Case> {
    use Malformed::*;
    const MAP: usize = 0;
    vec![
        ("map head of two bytes", MAP, vec![0xb8, 9], NotDeterministic),
        ("map of indefinite length", MAP, vec![0xbf], NotDeterministic),
        ("map with a reserved length", MAP, vec![0xbc], NotDeterministic),
        ("map of eight pairs", MAP, vec![0xa8], WrongLength),
        ("map of ten pairs", MAP, vec![0xaa], WrongLength),
        ("map of 2^64 - 1 pairs", MAP, vec![0xbb, 255, 255, 255, 255, 255, 255, 255, 255], WrongLength),
        ("array instead of map", MAP, vec![0x89], WrongType),
        ("tagged map", MAP, vec![0xc1, 0xa9], WrongType),
        ("self-described CBOR", MAP, vec![0xd9, 0xd9, 0xf7, 0xa9], WrongType),
        ("key as text", key_of(1), b"\x611".to_vec(), WrongType),
        ("key of two bytes", key_of(4), vec![0x18, 4], NotDeterministic),
        ("negative key", key_of(1), vec![0x20], WrongType),
        ("unknown key", key_of(9), vec![10], WrongKey),
        ("doubled key", key_of(5), vec![4], WrongKey),
        ("version of two bytes", value_of(1), vec![0x18, 1], NotDeterministic),
        ("version 0", value_of(1), vec![0], UnknownVersion),
        ("version 2", value_of(1), vec![2], UnknownVersion),
        ("version 1.0", value_of(1), vec![0xf9, 0x3c, 0x00], WrongType),
        ("event of two bytes", value_of(2), vec![0x18, 1], NotDeterministic),
        ("event 0", value_of(2), vec![0], UnknownEvent),
        ("event 255", value_of(2), vec![0x18, 255], UnknownEvent),
        ("event 2^64 - 1", value_of(2), vec![0x1b, 255, 255, 255, 255, 255, 255, 255, 255], UnknownEvent),
        ("negative event", value_of(2), vec![0x20], WrongType),
        ("time of five bytes", value_of(3), vec![0x1a, 0, 0, 3, 0xe8], NotDeterministic),
        ("time of nine bytes", value_of(3), vec![0x1b, 0, 0, 0, 0, 0, 0, 3, 0xe8], NotDeterministic),
        ("negative time of three bytes", value_of(3), vec![0x39, 0, 1], NotDeterministic),
        ("time above i64", value_of(3), vec![0x1b, 0x80, 0, 0, 0, 0, 0, 0, 0], OutOfRange),
        ("time below i64", value_of(3), vec![0x3b, 0x80, 0, 0, 0, 0, 0, 0, 0], OutOfRange),
        ("time as bignum", value_of(3), vec![0xc2, 0x42, 3, 0xe8], WrongType),
        ("time as float", value_of(3), vec![0xfa, 0x44, 0x7a, 0, 0], WrongType),
        ("time as epoch tag", value_of(3), vec![0xc1, 0x19, 0x03, 0xe8], WrongType),
        ("time as text", value_of(3), b"\x641000".to_vec(), WrongType),
        ("time as true", value_of(3), vec![0xf5], WrongType),
    ]
}

fn wrong_strings_and_actors() -> Vec<Case> {
    use Malformed::*;
    vec![
        ("label head of two bytes", value_of(4), b"\x78\x02n1".to_vec(), NotDeterministic),
        ("label in chunks", value_of(4), b"\x7f\x62n1\xff".to_vec(), NotDeterministic),
        ("label as bytes", value_of(4), b"\x42n1".to_vec(), WrongType),
        ("empty label", value_of(4), vec![0x60], BadLabel),
        ("label in upper case", value_of(4), b"\x62N1".to_vec(), BadLabel),
        ("label with a space", value_of(5), b"\x63e u".to_vec(), BadLabel),
        ("label with a line break", value_of(5), b"\x63eu\n".to_vec(), BadLabel),
        ("label with an escape", value_of(5), b"\x63eu\x1b".to_vec(), BadLabel),
        ("label in full width", value_of(4), b"\x63\xef\xbd\x8e".to_vec(), BadLabel),
        ("label that is not UTF-8", value_of(4), b"\x62\xc3\x28".to_vec(), BadLabel),
        ("label of 41 bytes", value_of(4), [&[0x78, 41][..], &[b'a'; 41]].concat(), BadLabel),
        ("label of 2^64 - 1 bytes", value_of(4), vec![0x7b, 255, 255, 255, 255, 255, 255, 255, 255], Cut),
        ("salt of 15 bytes", value_of(6), [&[0x4f][..], &[0; 15]].concat(), WrongLength),
        ("salt of 2^32 - 1 bytes", value_of(6), vec![0x5a, 255, 255, 255, 255], WrongLength),
        ("salt head of two bytes", value_of(6), [&[0x58, 16][..], &[0; 16]].concat(), NotDeterministic),
        ("salt in chunks", value_of(6), [&[0x5f, 0x50][..], &[0; 16], &[0xff]].concat(), NotDeterministic),
        ("salt as text", value_of(6), [&[0x70][..], &[b'a'; 16]].concat(), WrongType),
        ("no salt", value_of(6), vec![0xf6], WrongType),
        ("subject undefined", value_of(7), vec![0xf7], WrongType),
        ("subject false", value_of(7), vec![0xf4], WrongType),
        ("null of two bytes", value_of(7), vec![0xf8, 22], NotDeterministic),
        ("empty subject", value_of(7), vec![0x40], WrongLength),
        ("subject of 33 bytes", value_of(7), [&[0x58, 33][..], &[0; 33]].concat(), WrongLength),
        ("actor without array", value_of(8), vec![0], WrongType),
        ("actor of no items", value_of(8), vec![0x80], UnknownActor),
        ("actor array of two bytes", value_of(8), vec![0x98, 1, 0], NotDeterministic),
        ("actor of indefinite length", value_of(8), vec![0x9f, 0, 0xff], NotDeterministic),
        ("actor of another kind", value_of(8), vec![0x81, 4], UnknownActor),
        ("account without a pseudonym", value_of(8), vec![0x81, 2], UnknownActor),
        ("system with a pseudonym", value_of(8), [&[0x82, 0, 0x58, 32][..], &[0; 32]].concat(), UnknownActor),
        ("no details", value_of(9), vec![0xf6], WrongType),
        ("details of 31 bytes", value_of(9), [&[0x58, 31][..], &[0; 31]].concat(), WrongLength),
        ("details of three bytes' head", value_of(9), [&[0x59, 0, 32][..], &[0; 32]].concat(), NotDeterministic),
    ]
}

#[test]
fn f_audit_record_every_wrong_item_is_refused_at_its_place() {
    assert_eq!(items().concat(), smallest().encode(), "the corpus starts from a good entry");
    let corpus = [wrong_heads_and_numbers(), wrong_strings_and_actors()].concat();
    for (name, item, wrong, refusal) in &corpus {
        let mut items = items();
        let place = items[..*item].concat().len();
        items[*item] = wrong.clone();
        assert_eq!(Entry::decode(&items.concat()), Err(refusal(place)), "{name}");
    }
    let names: BTreeSet<_> = corpus.iter().map(|(name, ..)| name).collect();
    assert_eq!(names.len(), corpus.len());
}

#[test]
fn f_audit_record_pairs_in_another_order_or_missing_are_refused() {
    let swapped = |a: usize, b: usize| {
        let mut items = items();
        items.swap(key_of(a), key_of(b));
        items.swap(value_of(a), value_of(b));
        items
    };
    assert_eq!(Entry::decode(&swapped(1, 9).concat()), Err(Malformed::WrongKey(1)));
    assert!(matches!(Entry::decode(&swapped(4, 5).concat()), Err(Malformed::WrongKey(_))));
    for field in 1..=9 {
        let mut items = items();
        items.drain(key_of(field)..=value_of(field));
        let place = items[..key_of(field)].concat().len();
        let refusal = if field == 9 { Malformed::Cut(place) } else { Malformed::WrongKey(place) };
        assert_eq!(Entry::decode(&items.concat()), Err(refusal), "without field {field}");
        items[0] = vec![0xa8];
        assert_eq!(Entry::decode(&items.concat()), Err(Malformed::WrongLength(0)), "eight pairs without {field}");
    }
}

#[test]
fn f_audit_record_nothing_may_follow_an_entry() {
    let good = smallest().encode();
    for tail in [&[0x00][..], &[0xff], &[0xf6], &good] {
        assert_eq!(Entry::decode(&[&good, tail].concat()), Err(Malformed::Trailing(good.len())));
    }
}

#[test]
fn d09_a_refusal_names_the_place_and_repeats_nothing_of_the_input() {
    let refusal = Entry::decode(b"\xa9\x01\x01\x02\x01\x03\x00\x04\x66\r\nevil").unwrap_err();
    assert_eq!(refusal.to_string(), "not an audit entry: the text is not a label (byte 8)");
}
