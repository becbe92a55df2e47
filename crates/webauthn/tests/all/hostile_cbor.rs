//! W18: a zoo of CBOR that others fell for. Each is refused for exactly what is wrong with it, and nothing that any
//! parser is fed makes it hold more than four times its input, and a little.

use authenticator::{base64url, cbor};
use serde_json::json;
use webauthn::refusal::{Malformed, Place};
use webauthn::{Refusal, authentication, parsers, registration};

use crate::counting::within_bounds;

fn deep(depth: usize, container: u8, inner: &[u8]) -> Vec<u8> {
    [&vec![container; depth][..], inner].concat()
}

/// Maps within maps: each is the value of a key.
fn deep_maps(depth: usize) -> Vec<u8> {
    [[0xa1, 0].repeat(depth), vec![0]].concat()
}

fn map_of(pairs: i64) -> Vec<u8> {
    cbor::map(&(0..pairs).map(|key| (cbor::integer(key), cbor::integer(0))).collect::<Vec<_>>())
}

fn zoo() -> Vec<(&'static str, Vec<u8>, Malformed)> {
    use Malformed::*;
    vec![
        // Lengths
        ("nothing", vec![], Cut),
        ("bytes of 2^32, nine bytes long", vec![0x5a, 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4], Cut),
        ("bytes of 2^63", vec![0x5b, 0x80, 0, 0, 0, 0, 0, 0, 0], Cut),
        ("bytes of 2^64 - 1", vec![0x5b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], Cut),
        ("text of 2^64 - 1", vec![0x7b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], Cut),
        ("a list of 2^32", vec![0x9a, 0xff, 0xff, 0xff, 0xff, 0, 0], Cut),
        ("a list of 2^64 - 1", vec![0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0], Cut),
        ("a map of 2^64 - 1", vec![0xbb, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0], TooMany),
        ("a map of 33", map_of(33), TooMany),
        ("bytes, one too few", vec![0x43, 1, 2], Cut),
        ("a length that is cut itself", vec![0x59, 1], Cut),
        ("a list, one too few", vec![0x82, 1], Cut),
        ("a map without its last value", vec![0xa1, 1], Cut),
        // Depth
        ("lists nine deep", deep(9, 0x81, &[0]), TooDeep),
        ("lists ten thousand deep", deep(10_000, 0x81, &[]), TooDeep),
        ("maps nine deep", deep_maps(9), TooDeep),
        ("maps as keys, nine deep", deep(9, 0xa1, &[0]), TooDeep),
        ("lists of two, each twice as many: 2^64 items", deep(64, 0x82, &[0]), TooDeep),
        // Indefinite lengths
        ("bytes in pieces", vec![0x5f, 0x41, 1, 0xff], Indefinite),
        ("text in pieces", vec![0x7f, 0x61, b'a', 0xff], Indefinite),
        ("a list without a length", vec![0x9f, 1, 0xff], Indefinite),
        ("a map without a length", vec![0xbf, 1, 2, 0xff], Indefinite),
        ("pieces without an end", vec![0x5f; 4096], Indefinite),
        ("an end of nothing", vec![0xff], Indefinite),
        // Keys
        ("a key twice", vec![0xa2, 1, 0, 1, 0], Repeated),
        ("a key twice, apart, deep down", vec![0x81, 0xa3, 0x61, b'a', 1, 0x61, b'b', 2, 0x61, b'a', 3], Repeated),
        ("a list as a key twice", vec![0xa2, 0x81, 1, 0, 0x81, 1, 0], Repeated),
        // Ends
        ("a byte behind it", vec![0xa0, 0], Trailing),
        ("another item behind it", vec![0xa0, 0xa0], Trailing),
        // Forms
        ("a small number in two bytes", vec![0x18, 23], NotShortest),
        ("a number in nine bytes", vec![0x1b, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff], NotShortest),
        ("a negative number in five bytes", vec![0x3a, 0, 0, 0xff, 0xff], NotShortest),
        ("a length in three bytes", [vec![0x59, 0, 0x94], vec![0; 0x94]].concat(), NotShortest),
        ("a form that is reserved", vec![0x1c], Reserved),
        ("a number without a length", vec![0x1f], Reserved),
        ("undefined", vec![0xf7], Reserved),
        ("false in two bytes", vec![0xf8, 20], Reserved),
        ("a simple value that is not assigned", vec![0xe0], Reserved),
        // Types that authenticators do not write
        ("a tag: CBOR itself", vec![0xd9, 0xd9, 0xf7, 0xa0], Tag),
        ("a tag: a number of any size", vec![0xc2, 0x41, 1], Tag),
        ("tags on tags", vec![0xc6; 4096], Tag),
        ("half a number", vec![0xf9, 0x3c, 0], Float),
        ("not a number", vec![0xfb, 0x7f, 0xf8, 0, 0, 0, 0, 0, 0], Float),
        ("half a number that is cut", vec![0xf9], Float),
        ("text of another encoding", vec![0x62, 0xc3, 0x28], NotUtf8),
        ("text of a surrogate", vec![0x63, 0xed, 0xa0, 0x80], NotUtf8),
        ("text cut within a letter", vec![0x61, 0xc3], NotUtf8),
        ("text of a NUL in two bytes", vec![0x62, 0xc0, 0x80], NotUtf8),
    ]
}

#[test]
fn w18_each_of_forty_and_more_is_refused_for_what_is_wrong_with_it() {
    let zoo = zoo();
    assert!(zoo.len() >= 40);
    for (name, bytes, malformed) in zoo {
        let refusal = within_bounds(name, 0, || parsers::cbor(&bytes));
        assert_eq!(refusal, Err(Refusal::Cbor(Place::Extensions, malformed)), "{name}");
    }
}

/// The same as an attestation object, as a statement, as a key and as extensions: refused, and within bounds.
#[test]
fn w18_none_is_let_in_by_another_door() {
    for (name, bytes, _) in zoo() {
        let with_statement = cbor::map(&[
            (cbor::text("fmt"), cbor::text("none")),
            (cbor::text("attStmt"), bytes.clone()),
            (cbor::text("authData"), cbor::bytes(&[0; 37])),
        ]);
        let with_key = [vec![0; 32], vec![0x41], vec![0; 20], vec![0, 1, 7], bytes.clone()].concat();
        let with_extensions = [vec![0; 32], vec![0x81], vec![0; 4], bytes.clone()].concat();
        let length = bytes.len() + 256;
        assert!(within_bounds(name, length, || parsers::attestation_object(&bytes)).is_err(), "{name}");
        assert!(within_bounds(name, length, || parsers::attestation_object(&with_statement)).is_err(), "{name}");
        assert!(within_bounds(name, length, || parsers::authenticator_data(&with_key)).is_err(), "{name}");
        assert!(within_bounds(name, length, || parsers::authenticator_data(&with_extensions)).is_err(), "{name}");
        assert!(within_bounds(name, length, || parsers::cose_key(&bytes)).is_err(), "{name}");
    }
}

#[test]
fn as_deep_and_as_many_as_needed_is_read() {
    for (name, bytes) in [
        ("lists eight deep", deep(8, 0x81, &[0])),
        ("maps eight deep", deep_maps(8)),
        ("a map of 32", map_of(32)),
        ("the largest number", vec![0x1b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
        ("the smallest number", vec![0x3b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
        ("keys that differ in type alone", vec![0xa3, 0x41, b'a', 0, 0x61, b'a', 0, 0x18, b'a', 0]),
        ("a list of many", cbor::array(&vec![cbor::integer(0); 60_000])),
        ("false, true, null", vec![0x83, 0xf4, 0xf5, 0xf6]),
    ] {
        assert_eq!(within_bounds(name, 0, || parsers::cbor(&bytes)), Ok(()), "{name}");
    }
}

/// Everything else that grows with what a stranger sends.
#[test]
fn i18_large_inputs_are_held_in_a_small_multiple_of_themselves() {
    let client_data = [
        format!("{{\"a\":{}", "[".repeat(4000)),
        format!("{{\"type\":{}", "[".repeat(4000)),
        format!("{{\"type\":[{}0]}}", "0,".repeat(2000)),
        format!("{{\"type\":\"{}\"}}", "\\u0041".repeat(600)),
        format!("{{\"{}\":1}}", "k".repeat(4000)),
        format!("{{{}\"a\":1}}", "\"a\":1,".repeat(600)),
        format!("{{\"type\":\"{}\",\"challenge\":\"\",\"origin\":\"\"}}", "t".repeat(4000)),
    ];
    for text in &client_data {
        let _ = within_bounds("client data", text.len(), || parsers::client_data_json(text.as_bytes()));
    }
    let authenticator_data = [vec![0; 32], vec![0x81], vec![0; 4], cbor::bytes(&vec![7; 60_000])].concat();
    let _ = within_bounds("extensions", authenticator_data.len(), || parsers::authenticator_data(&authenticator_data));
    let object = cbor::map(&[
        (cbor::text("fmt"), cbor::text("packed")),
        (cbor::text("attStmt"), cbor::map(&[(cbor::text("x5c"), cbor::array(&vec![cbor::bytes(&[7; 1000]); 60]))])),
        (cbor::text("authData"), cbor::bytes(&[0; 37])),
    ]);
    assert_eq!(within_bounds("a long chain", object.len(), || parsers::attestation_object(&object)), Ok(()));

    let client_data = base64url(format!("{{\"type\":\"\",\"challenge\":\"\",\"origin\":\"{}\"}}", "o".repeat(4000)));
    let registration = json!({"id": "AA", "rawId": "AA", "type": "public-key",
        "response": {"clientDataJSON": client_data, "attestationObject": base64url(&object)}});
    let length = registration.to_string().len();
    within_bounds("a registration", length, || registration::Answer::parse(&registration)).map(drop).unwrap();
    let assertion = json!({"id": "AA", "rawId": "AA", "type": "public-key", "response": {
        "clientDataJSON": client_data, "authenticatorData": base64url([0; 37]), "signature": base64url([0; 512])}});
    let length = assertion.to_string().len();
    within_bounds("an assertion", length, || authentication::Answer::parse(&assertion)).map(drop).unwrap();
    let far_too_long = json!({"id": "A".repeat(1 << 20), "rawId": "A".repeat(1 << 20)});
    assert!(within_bounds("an id of a megabyte", 0, || registration::Answer::parse(&far_too_long)).is_err());
}
