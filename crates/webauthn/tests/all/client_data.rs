//! §7.1 steps 5 to 11, §7.2 steps 7 to 14: what both ceremonies check of the client data.

use authenticator as soft;
use webauthn::Refusal;
use webauthn::refusal::{ClientData, Signed, Slip};

use crate::change::Change::{Challenge, ClientData as Client, ExpectedFrame, Frame, Knobs, Origin, Replace, Value};
use crate::change::{Case, Ceremony, member_of, refuses, replace};

const fn client(reason: ClientData) -> Refusal {
    Refusal::ClientData(reason)
}

const fn signed(member: Signed, slip: Slip) -> Refusal {
    Refusal::Signed(member, slip)
}

/// §7.1 steps 5 and 6, §7.2 steps 7 to 9.
pub(crate) const CLIENT_DATA: &[Case] = &[
    ("bytes that are no UTF-8", Client(|text| [text.as_bytes(), &[0xff]].concat()), client(ClientData::NotUtf8)),
    (
        "UTF-16",
        Client(|text| text.encode_utf16().flat_map(u16::to_le_bytes).chain([0, 0xd8]).collect()),
        client(ClientData::NotUtf8),
    ),
    ("a surrogate", Client(|text| [text.as_bytes(), &[0xed, 0xa0, 0x80]].concat()), client(ClientData::NotUtf8)),
    ("cut", Client(|text| text.as_bytes()[..text.len() - 1].to_vec()), client(ClientData::NotJson)),
    ("two byte order marks", Client(|text| format!("\u{feff}\u{feff}{text}").into()), client(ClientData::NotJson)),
    ("something behind it", Client(|text| format!("{text} 7").into()), client(ClientData::NotJson)),
    ("twice", Client(|text| text.repeat(2).into()), client(ClientData::NotJson)),
    ("single quotes", Replace("\"", "'"), client(ClientData::NotJson)),
    ("a comment", Client(|text| format!("{text}//").into()), client(ClientData::NotJson)),
    ("a comma too many", Replace("}", ",}"), client(ClientData::NotJson)),
    ("a line break in a text", Replace("webauthn", "web\nauthn"), client(ClientData::NotJson)),
    ("half a surrogate", Replace("webauthn", "\\ud800"), client(ClientData::NotJson)),
    ("nested beyond reason, and not closed", Client(|_| vec![b'['; 4096]), client(ClientData::NotAnObject)),
    (
        "nested beyond reason in a member of no interest, and not closed",
        Client(|_| [&b"{\"a\":"[..], &[b'['; 4000]].concat()),
        client(ClientData::NotJson),
    ),
    (
        "nested beyond reason, as the origin",
        Client(|text| {
            replace(text, member_of(text, "origin"), &format!("\"origin\":{}{}", "[".repeat(1900), "]".repeat(1900)))
        }),
        signed(Signed::Origin, Slip::WrongType),
    ),
    ("a list", Client(|_| b"[]".to_vec()), client(ClientData::NotAnObject)),
    ("a text", Client(|_| b"\"webauthn.get\"".to_vec()), client(ClientData::NotAnObject)),
    ("null", Client(|_| b"null".to_vec()), client(ClientData::NotAnObject)),
    ("a number", Client(|_| b"1e3".to_vec()), client(ClientData::NotAnObject)),
    ("type twice", Replace("{", r#"{"type":"webauthn.get","#), signed(Signed::Type, Slip::Repeated)),
    (
        "type twice, once in disguise",
        Replace("{", r#"{"\u0074ype":"webauthn.get","#),
        signed(Signed::Type, Slip::Repeated),
    ),
    (
        "challenge twice, the same",
        Client(|text| replace(text, "{", &format!("{{{},", member_of(text, "challenge")))),
        signed(Signed::Challenge, Slip::Repeated),
    ),
    ("origin twice", Replace("}", r#","origin":"https://evil.example"}"#), signed(Signed::Origin, Slip::Repeated)),
    ("crossOrigin twice", Replace("}", r#","crossOrigin":false}"#), signed(Signed::CrossOrigin, Slip::Repeated)),
    (
        "topOrigin twice",
        Replace("}", r#","topOrigin":"a","topOrigin":"a"}"#),
        signed(Signed::TopOrigin, Slip::Repeated),
    ),
    ("nothing in it", Client(|_| b"{}".to_vec()), signed(Signed::Type, Slip::Missing)),
    ("no type", Replace("\"type\"", "\"kind\""), signed(Signed::Type, Slip::Missing)),
    ("no challenge", Replace("\"challenge\"", "\"Challenge\""), signed(Signed::Challenge, Slip::Missing)),
    ("no origin", Replace("\"origin\"", "\"origin \""), signed(Signed::Origin, Slip::Missing)),
    ("type null", Value("type", "null"), signed(Signed::Type, Slip::WrongType)),
    ("type a list", Value("type", "[\"webauthn.create\",\"webauthn.get\"]"), signed(Signed::Type, Slip::WrongType)),
    ("type an object", Value("type", "{\"a\":{\"b\":1}}"), signed(Signed::Type, Slip::WrongType)),
    ("challenge a number", Value("challenge", "7"), signed(Signed::Challenge, Slip::WrongType)),
    ("challenge a negative number", Value("challenge", "-7"), signed(Signed::Challenge, Slip::WrongType)),
    ("challenge a fraction", Value("challenge", "0.5"), signed(Signed::Challenge, Slip::WrongType)),
    ("origin a flag", Value("origin", "true"), signed(Signed::Origin, Slip::WrongType)),
    ("crossOrigin a text", Value("crossOrigin", "\"false\""), signed(Signed::CrossOrigin, Slip::WrongType)),
    ("crossOrigin null", Value("crossOrigin", "null"), signed(Signed::CrossOrigin, Slip::WrongType)),
    ("topOrigin a flag", Replace("}", ",\"topOrigin\":false}"), signed(Signed::TopOrigin, Slip::WrongType)),
];

/// §7.1 step 7, §7.2 step 10.
pub(crate) const TYPE: &[Case] = &[
    ("the other ceremony's", Client(other_ceremony), client(ClientData::Type)),
    ("a payment's", Value("type", "\"payment.get\""), client(ClientData::Type)),
    ("in capitals", Replace("webauthn", "WebAuthn"), client(ClientData::Type)),
    ("with a space", Replace("\"webauthn", "\" webauthn"), client(ClientData::Type)),
    ("with a NUL behind it", Replace("\",\"challenge", "\\u0000\",\"challenge"), client(ClientData::Type)),
    ("empty", Value("type", "\"\""), client(ClientData::Type)),
    ("U2F's", Value("type", "\"navigator.id.getAssertion\""), client(ClientData::Type)),
];

/// §7.1 step 8, §7.2 step 11.
pub(crate) const CHALLENGE: &[Case] = &[
    (
        "of another ceremony",
        Knobs(|knobs| knobs.challenge = Some(soft::base64url([9; 32]))),
        client(ClientData::Challenge),
    ),
    ("empty", Knobs(|knobs| knobs.challenge = Some(String::new())), client(ClientData::Challenge)),
    ("a beginning of it", Challenge(|text| text[..42].to_owned()), client(ClientData::Challenge)),
    ("something behind it", Challenge(|text| format!("{text}A")), client(ClientData::Challenge)),
    ("padded", Challenge(|text| format!("{text}=")), client(ClientData::Challenge)),
    (
        "other bits left over",
        Challenge(|text| text[..42].to_owned() + after(&text[42..])),
        client(ClientData::Challenge),
    ),
    ("one letter off", Challenge(|text| after(&text[..1]).to_owned() + &text[1..]), client(ClientData::Challenge)),
    ("in capitals", Challenge(str::to_uppercase), client(ClientData::Challenge)),
    ("in hexadecimal", Challenge(in_hexadecimal), client(ClientData::Challenge)),
    (
        "in the other alphabet",
        Challenge(|text| text.replace('-', "+").replace('_', "/")),
        client(ClientData::Challenge),
    ),
    ("with a space", Challenge(|text| format!(" {text}")), client(ClientData::Challenge)),
    ("encoded twice", Challenge(|text| soft::base64url(text)), client(ClientData::Challenge)),
];

/// §7.1 step 9, §7.2 step 12: the zoo of twenty, and some.
pub(crate) const ORIGIN: &[Case] = &[
    ("plain http", Origin("http://id.example.org"), client(ClientData::Origin)),
    ("another port", Origin("https://id.example.org:8444"), client(ClientData::Origin)),
    ("the default port, written", Origin("https://id.example.org:443"), client(ClientData::Origin)),
    ("the parent domain", Origin("https://example.org"), client(ClientData::Origin)),
    ("a subdomain", Origin("https://a.id.example.org"), client(ClientData::Origin)),
    ("a sibling", Origin("https://www.example.org"), client(ClientData::Origin)),
    ("something before it", Origin("https://badid.example.org"), client(ClientData::Origin)),
    ("something behind it", Origin("https://id.example.org.evil.example"), client(ClientData::Origin)),
    ("a beginning of it", Origin("https://id.example.or"), client(ClientData::Origin)),
    ("with a user", Origin("https://id.example.org@evil.example"), client(ClientData::Origin)),
    ("as a user", Origin("https://ann@id.example.org"), client(ClientData::Origin)),
    ("a slash behind it", Origin("https://id.example.org/"), client(ClientData::Origin)),
    ("a path", Origin("https://id.example.org/sign-in"), client(ClientData::Origin)),
    ("a query", Origin("https://id.example.org?a"), client(ClientData::Origin)),
    ("in capitals", Origin("https://ID.example.org"), client(ClientData::Origin)),
    ("a scheme in capitals", Origin("HTTPS://id.example.org"), client(ClientData::Origin)),
    ("null", Origin("null"), client(ClientData::Origin)),
    ("empty", Origin(""), client(ClientData::Origin)),
    ("the host alone", Origin("id.example.org"), client(ClientData::Origin)),
    ("an Android app", Origin("android:apk-key-hash:AAAA"), client(ClientData::Origin)),
    ("a dot at the end", Origin("https://id.example.org."), client(ClientData::Origin)),
    ("a NUL behind it", Origin("https://id.example.org\0"), client(ClientData::Origin)),
    ("a space before it", Origin(" https://id.example.org"), client(ClientData::Origin)),
    ("a letter that looks alike", Origin("https://id.ехample.org"), client(ClientData::Origin)),
    ("a browser extension", Origin("chrome-extension://id.example.org"), client(ClientData::Origin)),
];

/// §7.1 steps 10 and 11, §7.2 steps 13 and 14.
pub(crate) const FRAME: &[Case] = &[
    ("a frame, where none is expected", Frame(Some(true), None), client(ClientData::CrossOrigin)),
    (
        "a frame of a named page, where none is expected",
        Frame(Some(true), Some(PORTAL)),
        client(ClientData::CrossOrigin),
    ),
    ("a page around it, and no frame", Frame(Some(false), Some(PORTAL)), client(ClientData::TopOrigin)),
    ("our own page around it, and no frame", Frame(Some(false), Some(OURS)), client(ClientData::TopOrigin)),
    ("a listed page around it, and no frame", ExpectedFrame(Some(false), Some(PORTAL)), client(ClientData::TopOrigin)),
    ("a listed page, and nothing said of a frame", ExpectedFrame(None, Some(PORTAL)), client(ClientData::TopOrigin)),
    ("a frame of another page", ExpectedFrame(Some(true), Some("https://evil.example")), client(ClientData::TopOrigin)),
    ("a frame of our own page", ExpectedFrame(Some(true), Some(OURS)), client(ClientData::TopOrigin)),
    ("a frame of one that begins alike", ExpectedFrame(Some(true), Some(LOOKALIKE)), client(ClientData::TopOrigin)),
    ("a frame of the listed page and a slash", ExpectedFrame(Some(true), Some(SLASHED)), client(ClientData::TopOrigin)),
    ("a frame of nothing", ExpectedFrame(Some(true), Some("")), client(ClientData::TopOrigin)),
];

const OURS: &str = "https://id.example.org";
const PORTAL: &str = "https://portal.example.com";
const LOOKALIKE: &str = "https://portal.example.com.evil.example";
const SLASHED: &str = "https://portal.example.com/";

#[test]
fn steps_5_and_6_client_data_are_json_with_each_member_once() {
    refuses(&Ceremony::BOTH, CLIENT_DATA);
}

#[test]
fn step_7_the_type_is_that_of_the_ceremony() {
    refuses(&Ceremony::BOTH, TYPE);
}

#[test]
fn w03_step_8_the_challenge_in_the_signed_client_data_is_the_one_that_was_set() {
    refuses(&Ceremony::BOTH, CHALLENGE);
}

#[test]
fn w05_step_9_only_an_origin_that_is_written_exactly_so() {
    assert!(ORIGIN.len() >= 20);
    refuses(&Ceremony::BOTH, ORIGIN);
}

#[test]
fn w06_steps_10_and_11_no_frame_but_of_a_listed_page() {
    refuses(&Ceremony::BOTH, FRAME);
}

fn other_ceremony(text: &str) -> Vec<u8> {
    match text.contains(".create") {
        true => replace(text, ".create", ".get"),
        false => replace(text, ".get", ".create"),
    }
}

/// The letter of base64url that differs in the last of its six bits.
fn after(letter: &str) -> &'static str {
    let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let at = letters.find(letter).unwrap() ^ 1;
    &letters[at..=at]
}

fn in_hexadecimal(challenge: &str) -> String {
    soft::unbase64url(challenge).iter().map(|byte| format!("{byte:02x}")).collect()
}
