//! What both ceremonies check alike: the JSON of the answer, the client data, the flags.

use authenticator as soft;
use serde_json::{Value, json};
use webauthn::Refusal;
use webauthn::refusal::{Answer, AuthenticatorData, ClientData, Flaw, Malformed, Member, Place};

use crate::change::Change::{AuthenticatorData as Data, ClientData as Client, InAFrame, Json, Knobs};
use crate::change::{Case, Ceremony, refuses};

const fn member(member: Member, flaw: Flaw) -> Refusal {
    Refusal::Member(member, flaw)
}

const fn client(reason: ClientData) -> Refusal {
    Refusal::ClientData(reason)
}

const fn data(reason: AuthenticatorData) -> Refusal {
    Refusal::AuthenticatorData(reason)
}

/// §7.1 and §7.2, steps 1 to 4.
#[rustfmt::skip]
pub(crate) const JSON: &[Case] = &[
    ("no object but a list", Json(|json| *json = json!([])), Refusal::Answer(Answer::NotAnObject)),
    ("null", Json(|json| *json = Value::Null), Refusal::Answer(Answer::NotAnObject)),
    ("no id", Json(|json| remove(json, "id")), member(Member::Id, Flaw::Missing)),
    ("id null", Json(|json| json["id"] = Value::Null), member(Member::Id, Flaw::WrongType)),
    ("id a number", Json(|json| json["id"] = json!(7)), member(Member::Id, Flaw::WrongType)),
    ("id empty", Json(|json| json["id"] = json!("")), member(Member::Id, Flaw::Length)),
    ("id not base64url", Json(|json| json["id"] = json!("A*AA")), member(Member::Id, Flaw::NotBase64url)),
    ("id too long", Json(|json| json["id"] = json!("AAAA".repeat(342))), member(Member::Id, Flaw::Length)),
    ("no rawId", Json(|json| remove(json, "rawId")), member(Member::RawId, Flaw::Missing)),
    ("rawId an object", Json(|json| json["rawId"] = json!({})), member(Member::RawId, Flaw::WrongType)),
    ("rawId empty", Json(|json| json["rawId"] = json!("")), member(Member::RawId, Flaw::Length)),
    ("rawId with padding", Json(|json| json["rawId"] = json!("AA==")), member(Member::RawId, Flaw::NotBase64url)),
    ("rawId of the other alphabet", Json(|json| json["rawId"] = json!("+/+/")), member(Member::RawId, Flaw::NotBase64url)),
    ("rawId with bits left over", Json(|json| json["rawId"] = json!("AB")), member(Member::RawId, Flaw::NotBase64url)),
    ("rawId with a space", Json(|json| json["rawId"] = json!("AAAA ")), member(Member::RawId, Flaw::NotBase64url)),
    ("w11 rawId of 1024 bytes", Json(|json| json["rawId"] = json!(soft::base64url([0; 1024]))), member(Member::RawId, Flaw::Length)),
    ("id differs from rawId", Json(|json| json["id"] = json!("AAAA")), Refusal::Answer(Answer::IdDiffers)),
    ("no type", Json(|json| remove(json, "type")), member(Member::Type, Flaw::Missing)),
    ("type null", Json(|json| json["type"] = Value::Null), member(Member::Type, Flaw::WrongType)),
    ("type empty", Json(|json| json["type"] = json!("")), Refusal::Answer(Answer::NotAPublicKey)),
    ("type of another kind", Json(|json| json["type"] = json!("password")), Refusal::Answer(Answer::NotAPublicKey)),
    ("type in capitals", Json(|json| json["type"] = json!("Public-Key")), Refusal::Answer(Answer::NotAPublicKey)),
    ("no response", Json(|json| remove(json, "response")), member(Member::Response, Flaw::Missing)),
    ("response null", Json(|json| json["response"] = Value::Null), member(Member::Response, Flaw::WrongType)),
    ("response a text", Json(|json| json["response"] = json!("AAAA")), member(Member::Response, Flaw::WrongType)),
    ("no clientDataJSON", Json(|json| remove(&mut json["response"], "clientDataJSON")), member(Member::ClientDataJson, Flaw::Missing)),
    ("clientDataJSON an object", Json(|json| json["response"]["clientDataJSON"] = json!({})), member(Member::ClientDataJson, Flaw::WrongType)),
    ("clientDataJSON empty", Json(|json| json["response"]["clientDataJSON"] = json!("")), member(Member::ClientDataJson, Flaw::Length)),
    ("clientDataJSON not base64url", Json(|json| json["response"]["clientDataJSON"] = json!("{}")), member(Member::ClientDataJson, Flaw::NotBase64url)),
    ("clientDataJSON of 4097 bytes", Json(|json| json["response"]["clientDataJSON"] = json!(soft::base64url([b' '; 4097]))), member(Member::ClientDataJson, Flaw::Length)),
    ("attachment a number", Json(|json| json["authenticatorAttachment"] = json!(1)), member(Member::Attachment, Flaw::WrongType)),
    ("extension results a list", Json(|json| json["clientExtensionResults"] = json!([])), member(Member::Extensions, Flaw::WrongType)),
    ("extension results null", Json(|json| json["clientExtensionResults"] = Value::Null), member(Member::Extensions, Flaw::WrongType)),
];

/// §7.1 steps 5 and 6, §7.2 steps 7 to 9.
#[rustfmt::skip]
pub(crate) const CLIENT_DATA: &[Case] = &[
    ("bytes that are no UTF-8", Client(|text| [text.as_bytes(), &[0xff]].concat()), client(ClientData::NotUtf8)),
    ("UTF-16", Client(|text| text.encode_utf16().flat_map(u16::to_le_bytes).chain([0, 0xd8]).collect()), client(ClientData::NotUtf8)),
    ("a surrogate in CESU-8", Client(|text| replaced(text, "webauthn", "\u{0}").iter().flat_map(|b| if *b == 0 { vec![0xed, 0xa0, 0x80] } else { vec![*b] }).collect()), client(ClientData::NotUtf8)),
    ("cut", Client(|text| text.as_bytes()[..text.len() - 1].to_vec()), client(ClientData::NotJson)),
    ("two byte order marks", Client(|text| format!("\u{feff}\u{feff}{text}").into()), client(ClientData::NotJson)),
    ("something behind it", Client(|text| format!("{text} 7").into()), client(ClientData::NotJson)),
    ("twice", Client(|text| text.repeat(2).into()), client(ClientData::NotJson)),
    ("single quotes", Client(|text| replaced(text, "\"", "'")), client(ClientData::NotJson)),
    ("a comment", Client(|text| format!("{text}//").into()), client(ClientData::NotJson)),
    ("a comma too many", Client(|text| replaced(text, "}", ",}")), client(ClientData::NotJson)),
    ("a line break in a text", Client(|text| replaced(text, "webauthn", "web\nauthn")), client(ClientData::NotJson)),
    ("half a surrogate", Client(|text| replaced(text, "webauthn", "\\ud800")), client(ClientData::NotJson)),
    ("nested beyond reason, and not closed", Client(|_| vec![b'['; 4096]), client(ClientData::NotAnObject)),
    ("nested beyond reason in a member of no interest, and not closed", Client(|_| [&b"{\"a\":"[..], &[b'['; 4000]].concat()), client(ClientData::NotJson)),
    ("nested beyond reason, as the origin", Client(|text| replaced(text, "\"https://id.example.org\"", &nested(1900))), client(ClientData::WrongType)),
    ("a list", Client(|_| b"[]".to_vec()), client(ClientData::NotAnObject)),
    ("a text", Client(|_| b"\"webauthn.get\"".to_vec()), client(ClientData::NotAnObject)),
    ("null", Client(|_| b"null".to_vec()), client(ClientData::NotAnObject)),
    ("a number", Client(|_| b"1e3".to_vec()), client(ClientData::NotAnObject)),
    ("type twice", Client(|text| replaced(text, "{", r#"{"type":"webauthn.get","#)), client(ClientData::Repeated)),
    ("type twice, once in disguise", Client(|text| replaced(text, "{", r#"{"\u0074ype":"webauthn.get","#)), client(ClientData::Repeated)),
    ("challenge twice, the same", Client(|text| replaced(text, "\"origin\"", &format!("{},\"origin\"", challenge_of(text)))), client(ClientData::Repeated)),
    ("origin twice", Client(|text| replaced(text, "}", r#","origin":"https://evil.example"}"#)), client(ClientData::Repeated)),
    ("crossOrigin twice", Client(|text| replaced(text, "}", r#","crossOrigin":false}"#)), client(ClientData::Repeated)),
    ("topOrigin twice", Client(|text| replaced(text, "}", r#","topOrigin":"a","topOrigin":"a"}"#)), client(ClientData::Repeated)),
    ("nothing in it", Client(|_| b"{}".to_vec()), client(ClientData::Missing)),
    ("no type", Client(|text| replaced(text, "\"type\"", "\"kind\"")), client(ClientData::Missing)),
    ("no challenge", Client(|text| replaced(text, "\"challenge\"", "\"Challenge\"")), client(ClientData::Missing)),
    ("no origin", Client(|text| replaced(text, "\"origin\"", "\"origin \"")), client(ClientData::Missing)),
    ("type null", Client(|text| replaced_value(text, "type", "null")), client(ClientData::WrongType)),
    ("type a list", Client(|text| replaced_value(text, "type", "[\"webauthn.create\",\"webauthn.get\"]")), client(ClientData::WrongType)),
    ("type an object", Client(|text| replaced_value(text, "type", "{\"a\":{\"b\":1}}")), client(ClientData::WrongType)),
    ("challenge a number", Client(|text| replaced_value(text, "challenge", "7")), client(ClientData::WrongType)),
    ("challenge a negative number", Client(|text| replaced_value(text, "challenge", "-7")), client(ClientData::WrongType)),
    ("challenge a fraction", Client(|text| replaced_value(text, "challenge", "0.5")), client(ClientData::WrongType)),
    ("origin a flag", Client(|text| replaced_value(text, "origin", "true")), client(ClientData::WrongType)),
    ("crossOrigin a text", Client(|text| replaced_value(text, "crossOrigin", "\"false\"")), client(ClientData::WrongType)),
    ("crossOrigin null", Client(|text| replaced_value(text, "crossOrigin", "null")), client(ClientData::WrongType)),
    ("topOrigin a flag", Client(|text| replaced(text, "}", ",\"topOrigin\":false}")), client(ClientData::WrongType)),
];

/// §7.1 step 7, §7.2 step 10.
#[rustfmt::skip]
pub(crate) const TYPE: &[Case] = &[
    ("the other ceremony's", Client(|text| if text.contains(".create") { replaced(text, ".create", ".get") } else { replaced(text, ".get", ".create") }), client(ClientData::Type)),
    ("a payment's", Client(|text| replaced_value(text, "type", "\"payment.get\"")), client(ClientData::Type)),
    ("in capitals", Client(|text| replaced(text, "webauthn", "WebAuthn")), client(ClientData::Type)),
    ("with a space", Client(|text| replaced(text, "\"webauthn", "\" webauthn")), client(ClientData::Type)),
    ("with a NUL behind it", Client(|text| replaced(text, "\",\"challenge", "\\u0000\",\"challenge")), client(ClientData::Type)),
    ("empty", Client(|text| replaced_value(text, "type", "\"\"")), client(ClientData::Type)),
    ("U2F's", Client(|text| replaced_value(text, "type", "\"navigator.id.getAssertion\"")), client(ClientData::Type)),
];

/// §7.1 step 8, §7.2 step 11.
#[rustfmt::skip]
pub(crate) const CHALLENGE: &[Case] = &[
    ("of another ceremony", Knobs(|knobs| knobs.challenge = Some(soft::base64url([9; 32]))), client(ClientData::Challenge)),
    ("empty", Knobs(|knobs| knobs.challenge = Some(String::new())), client(ClientData::Challenge)),
    ("a beginning of it", Client(|text| altered_challenge(text, |challenge| challenge[..42].to_owned())), client(ClientData::Challenge)),
    ("something behind it", Client(|text| altered_challenge(text, |challenge| format!("{challenge}A"))), client(ClientData::Challenge)),
    ("padded", Client(|text| altered_challenge(text, |challenge| format!("{challenge}="))), client(ClientData::Challenge)),
    ("with other bits left over", Client(|text| altered_challenge(text, |challenge| { let last = challenge.as_bytes()[42]; format!("{}{}", &challenge[..42], char::from(last + 1)) })), client(ClientData::Challenge)),
    ("one bit off", Client(|text| altered_challenge(text, |challenge| soft::base64url(soft::unbase64url(challenge).iter().enumerate().map(|(at, byte)| byte ^ u8::from(at == 31)).collect::<Vec<_>>()))), client(ClientData::Challenge)),
    ("in capitals", Client(|text| altered_challenge(text, str::to_uppercase)), client(ClientData::Challenge)),
    ("in hexadecimal", Client(|text| altered_challenge(text, |challenge| soft::unbase64url(challenge).iter().map(|byte| format!("{byte:02x}")).collect())), client(ClientData::Challenge)),
    ("with a space", Client(|text| altered_challenge(text, |challenge| format!(" {challenge}"))), client(ClientData::Challenge)),
    ("encoded twice", Client(|text| altered_challenge(text, |challenge| soft::base64url(challenge))), client(ClientData::Challenge)),
];

/// §7.1 step 9, §7.2 step 12: the zoo of twenty, and some.
#[rustfmt::skip]
pub(crate) const ORIGIN: &[Case] = &[
    ("plain http", Knobs(|knobs| knobs.origin = "http://id.example.org".into()), client(ClientData::Origin)),
    ("another port", Knobs(|knobs| knobs.origin = "https://id.example.org:8444".into()), client(ClientData::Origin)),
    ("the default port, written", Knobs(|knobs| knobs.origin = "https://id.example.org:443".into()), client(ClientData::Origin)),
    ("the parent domain", Knobs(|knobs| knobs.origin = "https://example.org".into()), client(ClientData::Origin)),
    ("a subdomain", Knobs(|knobs| knobs.origin = "https://a.id.example.org".into()), client(ClientData::Origin)),
    ("a sibling", Knobs(|knobs| knobs.origin = "https://www.example.org".into()), client(ClientData::Origin)),
    ("something before it", Knobs(|knobs| knobs.origin = "https://badid.example.org".into()), client(ClientData::Origin)),
    ("something behind it", Knobs(|knobs| knobs.origin = "https://id.example.org.evil.example".into()), client(ClientData::Origin)),
    ("a beginning of it", Knobs(|knobs| knobs.origin = "https://id.example.or".into()), client(ClientData::Origin)),
    ("with a user", Knobs(|knobs| knobs.origin = "https://id.example.org@evil.example".into()), client(ClientData::Origin)),
    ("as a user", Knobs(|knobs| knobs.origin = "https://ann@id.example.org".into()), client(ClientData::Origin)),
    ("a slash behind it", Knobs(|knobs| knobs.origin = "https://id.example.org/".into()), client(ClientData::Origin)),
    ("a path", Knobs(|knobs| knobs.origin = "https://id.example.org/sign-in".into()), client(ClientData::Origin)),
    ("a query", Knobs(|knobs| knobs.origin = "https://id.example.org?a".into()), client(ClientData::Origin)),
    ("in capitals", Knobs(|knobs| knobs.origin = "https://ID.example.org".into()), client(ClientData::Origin)),
    ("a scheme in capitals", Knobs(|knobs| knobs.origin = "HTTPS://id.example.org".into()), client(ClientData::Origin)),
    ("null", Knobs(|knobs| knobs.origin = "null".into()), client(ClientData::Origin)),
    ("empty", Knobs(|knobs| knobs.origin = String::new()), client(ClientData::Origin)),
    ("the host alone", Knobs(|knobs| knobs.origin = "id.example.org".into()), client(ClientData::Origin)),
    ("an Android app", Knobs(|knobs| knobs.origin = "android:apk-key-hash:AAAA".into()), client(ClientData::Origin)),
    ("a dot at the end", Knobs(|knobs| knobs.origin = "https://id.example.org.".into()), client(ClientData::Origin)),
    ("a NUL behind it", Knobs(|knobs| knobs.origin = "https://id.example.org\0".into()), client(ClientData::Origin)),
    ("a space before it", Knobs(|knobs| knobs.origin = " https://id.example.org".into()), client(ClientData::Origin)),
    ("a letter that looks alike", Knobs(|knobs| knobs.origin = "https://id.ехample.org".into()), client(ClientData::Origin)),
    ("a browser extension", Knobs(|knobs| knobs.origin = "chrome-extension://id.example.org".into()), client(ClientData::Origin)),
];

/// §7.1 steps 10 and 11, §7.2 steps 13 and 14.
#[rustfmt::skip]
pub(crate) const FRAME: &[Case] = &[
    ("in a frame, where none is expected", Knobs(|knobs| knobs.cross_origin = Some(true)), client(ClientData::CrossOrigin)),
    ("in a frame of a named page, where none is expected", Knobs(|knobs| framed_by(knobs, "https://portal.example.com")), client(ClientData::CrossOrigin)),
    ("a page around it, and no frame", Knobs(|knobs| knobs.top_origin = Some("https://portal.example.com".into())), client(ClientData::TopOrigin)),
    ("our own page around it, and no frame", Knobs(|knobs| knobs.top_origin = Some("https://id.example.org".into())), client(ClientData::TopOrigin)),
    ("a listed page around it, and no frame", InAFrame(|knobs| knobs.top_origin = Some("https://portal.example.com".into())), client(ClientData::TopOrigin)),
    ("a listed page around it, and nothing said of a frame", InAFrame(|knobs| { framed_by(knobs, "https://portal.example.com"); knobs.cross_origin = None; }), client(ClientData::TopOrigin)),
    ("in a frame of another page", InAFrame(|knobs| framed_by(knobs, "https://evil.example")), client(ClientData::TopOrigin)),
    ("in a frame of our own page", InAFrame(|knobs| framed_by(knobs, "https://id.example.org")), client(ClientData::TopOrigin)),
    ("in a frame of a page that looks like the listed one", InAFrame(|knobs| framed_by(knobs, "https://portal.example.com.evil.example")), client(ClientData::TopOrigin)),
    ("in a frame of the listed page with a slash", InAFrame(|knobs| framed_by(knobs, "https://portal.example.com/")), client(ClientData::TopOrigin)),
    ("in a frame of nothing", InAFrame(|knobs| framed_by(knobs, "")), client(ClientData::TopOrigin)),
];

/// §7.1 step 14, §7.2 step 15.
#[rustfmt::skip]
pub(crate) const RP_ID: &[Case] = &[
    ("another's", Knobs(|knobs| knobs.rp_id = Some("other.example".into())), data(AuthenticatorData::RpId)),
    ("the parent domain", Knobs(|knobs| knobs.rp_id = Some("example.org".into())), data(AuthenticatorData::RpId)),
    ("a subdomain", Knobs(|knobs| knobs.rp_id = Some("a.id.example.org".into())), data(AuthenticatorData::RpId)),
    ("the origin", Knobs(|knobs| knobs.rp_id = Some("https://id.example.org".into())), data(AuthenticatorData::RpId)),
    ("in capitals", Knobs(|knobs| knobs.rp_id = Some("ID.example.org".into())), data(AuthenticatorData::RpId)),
    ("empty", Knobs(|knobs| knobs.rp_id = Some(String::new())), data(AuthenticatorData::RpId)),
    ("zeros", Data(|bytes| bytes[..32].fill(0)), data(AuthenticatorData::RpId)),
    ("the first bit off", Data(|bytes| bytes[0] ^= 0x80), data(AuthenticatorData::RpId)),
    ("the last bit off", Data(|bytes| bytes[31] ^= 1), data(AuthenticatorData::RpId)),
];

/// §7.1 steps 15 to 17, §7.2 steps 16 to 18.
#[rustfmt::skip]
pub(crate) const FLAGS: &[Case] = &[
    ("step 15/16: nobody present", Knobs(|knobs| knobs.up = false), data(AuthenticatorData::UserNotPresent)),
    ("step 15/16: no flag at all", Knobs(|knobs| (knobs.up, knobs.uv) = (false, false)), data(AuthenticatorData::UserNotPresent)),
    ("step 15/16: only a reserved flag", Data(|bytes| bytes[32] = bytes[32] & 0xc0 | 0b10), data(AuthenticatorData::UserNotPresent)),
    ("w07 step 16/17: present and not verified", Knobs(|knobs| knobs.uv = false), data(AuthenticatorData::UserNotVerified)),
    ("w07 step 16/17: synchronised and not verified", Knobs(|knobs| (knobs.uv, knobs.be, knobs.bs) = (false, true, true)), data(AuthenticatorData::UserNotVerified)),
    ("step 17/18: copied, though it cannot be", Knobs(|knobs| knobs.bs = true), data(AuthenticatorData::BackedUpButNotEligible)),
];

/// §7.1 step 13, §7.2 step 15: what both kinds of authenticator data can be wrong in.
#[rustfmt::skip]
pub(crate) const DATA: &[Case] = &[
    ("one byte", Data(|bytes| bytes.truncate(1)), data(AuthenticatorData::Cut)),
    ("31 bytes", Data(|bytes| bytes.truncate(31)), data(AuthenticatorData::Cut)),
    ("no flags", Data(|bytes| bytes.truncate(32)), data(AuthenticatorData::Cut)),
    ("half a sign count", Data(|bytes| bytes.truncate(36)), data(AuthenticatorData::Cut)),
    ("a byte left over", Data(|bytes| bytes.push(0)), data(AuthenticatorData::Trailing)),
    ("extensions, and no flag for them", Data(|bytes| bytes.push(0xa0)), data(AuthenticatorData::Trailing)),
    ("a flag for extensions, and none there", Data(|bytes| bytes[32] |= 0x80), Refusal::Cbor(Place::Extensions, Malformed::Cut)),
    ("a byte behind the extensions", Data(|bytes| { bytes[32] |= 0x80; bytes.extend([0xa0, 0]) }), data(AuthenticatorData::Trailing)),
    ("two maps of extensions", Data(|bytes| { bytes[32] |= 0x80; bytes.extend([0xa0, 0xa0]) }), data(AuthenticatorData::Trailing)),
    ("extensions that are a list", Knobs(|knobs| knobs.extensions = Some(vec![0x80])), Refusal::Cbor(Place::Extensions, Malformed::WrongType)),
];

#[test]
fn steps_3_and_4_the_json_of_an_answer() {
    refuses(&Ceremony::BOTH, JSON);
}

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

#[test]
fn w04_step_14_the_credential_is_one_of_our_relying_party() {
    refuses(&Ceremony::BOTH, RP_ID);
}

#[test]
fn w07_steps_15_to_17_presence_verification_and_backup_flags() {
    refuses(&Ceremony::BOTH, FLAGS);
}

#[test]
fn w18_step_13_authenticator_data_end_where_their_flags_say() {
    refuses(&Ceremony::BOTH, DATA);
}

fn remove(json: &mut Value, member: &str) {
    json.as_object_mut().unwrap().remove(member).unwrap();
}

fn framed_by(knobs: &mut soft::Knobs, top: &str) {
    (knobs.cross_origin, knobs.top_origin) = (Some(true), Some(top.to_owned()));
}

fn replaced(text: &str, from: &str, to: &str) -> Vec<u8> {
    assert!(text.contains(from));
    text.replace(from, to).into_bytes()
}

/// The member as it stands in the text.
fn member_of<'a>(text: &'a str, key: &str) -> &'a str {
    let start = text.find(&format!("\"{key}\":")).unwrap();
    let length = text[start..].find([',', '}']).unwrap();
    &text[start..start + length]
}

fn challenge_of(text: &str) -> &str {
    member_of(text, "challenge")
}

fn replaced_value(text: &str, key: &str, value: &str) -> Vec<u8> {
    replaced(text, member_of(text, key), &format!("\"{key}\":{value}"))
}

fn altered_challenge(text: &str, alter: impl Fn(&str) -> String) -> Vec<u8> {
    let json: Value = serde_json::from_str(text).unwrap();
    let altered = alter(json["challenge"].as_str().unwrap());
    assert_ne!(json["challenge"], altered);
    replaced_value(text, "challenge", &format!("\"{altered}\""))
}

fn nested(depth: usize) -> String {
    "[".repeat(depth) + &"]".repeat(depth)
}
