//! The client data: WebAuthn-3 §7.1 steps 5 to 11, §7.2 steps 7 to 14.

use authenticator::base64url;
use serde_json::json;

use super::Twist;
use crate::ceremony::PORTAL;
use crate::change::Change::{Client, Setting};

pub(super) const HARMLESS: &[Twist] = &[
    ("client-data-byte-order-mark", Client(|text| format!("\u{feff}{text}").into())),
    ("client-data-white-space", Client(|text| text.replace("{\"", "{ \"").replace("\",\"", "\" ,\n\t\"").into())),
    ("client-data-unknown-member", Client(|text| before_the_end(text, r#","a":[1,{"b":null}]"#))),
    ("client-data-unknown-member-twice", Client(|text| before_the_end(text, r#","a":1,"a":2"#))),
    ("client-data-half-a-surrogate", Client(|text| before_the_end(text, ",\"a\":\"\\ud800\""))),
    ("client-data-token-binding", Client(|text| before_the_end(text, r#","tokenBinding":{"status":"supported"}"#))),
    ("client-data-escapes", Client(|text| text.replace('/', "\\/").replace("\"type\"", "\"\\u0074ype\"").into())),
    ("client-data-in-another-order", Client(|text| text.replace("{\"type\"", "{\"z\":0,\"type\"").into())),
    (
        "frame-expected-and-named",
        Setting(|expected, knobs| {
            (expected["allow_cross_origin"], expected["top_origins"]) = (json!(true), json!([PORTAL]));
            (knobs.cross_origin, knobs.top_origin) = (Some(true), Some(PORTAL.to_owned()));
        }),
    ),
    (
        "frame-expected-and-not-named",
        Setting(|expected, knobs| {
            expected["allow_cross_origin"] = json!(true);
            knobs.cross_origin = Some(true);
        }),
    ),
    (
        "frame-expected-and-none",
        Setting(|expected, knobs| {
            expected["allow_cross_origin"] = json!(true);
            knobs.cross_origin = Some(false);
        }),
    ),
    (
        "origin-one-of-many",
        Setting(|expected, knobs| expected["origins"] = json!(["https://www.example.net", PORTAL, knobs.origin])),
    ),
    (
        "origin-of-an-app",
        Setting(|expected, knobs| {
            knobs.origin = "android:apk-key-hash:7d1043473d55bfa90e8530d35801d4e381bc69f0".to_owned();
            expected["origins"] = json!([knobs.origin]);
        }),
    ),
];

pub(super) const LIES: &[Twist] = &[
    ("client-data-not-utf8", Client(|text| [text.as_bytes(), &[0xff]].concat())),
    ("client-data-utf8-within-broken", Client(|text| [b"{\"a\":\"\xff\",", &text.as_bytes()[1..]].concat())),
    ("client-data-surrogate", Client(|text| [b"{\"a\":\"\xed\xa0\x80\",", &text.as_bytes()[1..]].concat())),
    ("client-data-utf16", Client(|text| text.encode_utf16().flat_map(u16::to_le_bytes).collect())),
    ("client-data-cut", Client(|text| text.as_bytes()[..text.len() - 1].to_vec())),
    ("client-data-byte-order-mark-twice", Client(|text| format!("\u{feff}\u{feff}{text}").into())),
    ("client-data-and-more", Client(|text| format!("{text} 7").into())),
    ("client-data-twice", Client(|text| text.repeat(2).into())),
    ("client-data-single-quotes", Client(|text| text.replace('"', "'").into())),
    ("client-data-comment", Client(|text| format!("{text}//").into())),
    ("client-data-comma-too-many", Client(|text| before_the_end(text, ","))),
    ("client-data-a-list", Client(|text| format!("[{text}]").into())),
    ("client-data-null", Client(|_| b"null".to_vec())),
    ("client-data-not-a-number", Client(|text| before_the_end(text, ",\"a\":NaN"))),
    ("client-data-line-break-in-text", Client(|text| before_the_end(text, ",\"a\":\"\n\""))),
    ("type-twice", Client(|text| text.replacen('{', r#"{"type":"webauthn.none","#, 1).into())),
    ("origin-twice", Client(|text| text.replacen('{', r#"{"origin":"https://evil.example","#, 1).into())),
    ("challenge-twice", Client(|text| text.replacen('{', r#"{"challenge":"AAAA","#, 1).into())),
    ("type-missing", Client(|text| text.replace("\"type\"", "\"kind\"").into())),
    ("challenge-missing", Client(|text| text.replace("\"challenge\"", "\"Challenge\"").into())),
    ("origin-missing", Client(|text| text.replace("\"origin\"", "\"Origin\"").into())),
    ("type-a-list", Client(|text| value(text, "type", "[\"webauthn.create\",\"webauthn.get\"]"))),
    ("type-null", Client(|text| value(text, "type", "null"))),
    ("challenge-a-number", Client(|text| value(text, "challenge", "7"))),
    ("challenge-null", Client(|text| value(text, "challenge", "null"))),
    ("origin-null", Client(|text| value(text, "origin", "null"))),
    ("cross-origin-a-text", Client(|text| other(text, "crossOrigin", "\"false\""))),
    ("cross-origin-null", Client(|text| other(text, "crossOrigin", "null"))),
    ("top-origin-a-flag", Client(|text| other(text, "topOrigin", "false"))),
    ("type-of-the-other-ceremony", Client(of_the_other_ceremony)),
    ("type-of-a-payment", Client(|text| value(text, "type", "\"payment.get\""))),
    ("type-in-capitals", Client(|text| text.replace("webauthn.", "WebAuthn.").into())),
    ("type-with-a-space", Client(|text| text.replace("webauthn.", " webauthn.").into())),
    ("type-of-u2f", Client(|text| value(text, "type", "\"navigator.id.finishEnrollment\""))),
    ("type-empty", Client(|text| value(text, "type", "\"\""))),
    ("challenge-of-another-ceremony", Setting(|_, knobs| knobs.challenge = Some(base64url([9; 32])))),
    ("challenge-empty", Client(|text| value(text, "challenge", "\"\""))),
    ("challenge-cut", Client(|text| challenge(text, |challenge| challenge[..40].to_owned()))),
    ("challenge-and-more", Client(|text| challenge(text, |challenge| format!("{challenge}AAAA")))),
    ("challenge-padded", Client(|text| challenge(text, |challenge| format!("{challenge}=")))),
    ("challenge-with-bits-left-over", Client(|text| challenge(text, with_bits_left_over))),
    ("challenge-with-a-space", Client(|text| challenge(text, |challenge| format!(" {challenge}")))),
    ("challenge-with-a-full-stop", Client(|text| challenge(text, |challenge| format!("{challenge}.")))),
    ("challenge-encoded-twice", Client(|text| challenge(text, |challenge| base64url(challenge)))),
    ("challenge-in-capitals", Client(|text| challenge(text, |challenge| challenge.to_uppercase()))),
    ("challenge-with-letters-swapped", Client(|text| challenge(text, |challenge| challenge.chars().rev().collect()))),
];

pub(super) const ORIGINS: &[Twist] = &[
    ("origin-of-another", Setting(|_, knobs| knobs.origin = "https://evil.example".to_owned())),
    ("origin-of-another-scheme", Setting(|_, knobs| knobs.origin = other_scheme(&knobs.origin))),
    ("origin-of-another-port", Setting(|_, knobs| knobs.origin += "0")),
    ("origin-with-the-default-port", Setting(|_, knobs| knobs.origin = with_the_default_port(&knobs.origin))),
    ("origin-of-a-subdomain", Setting(|_, knobs| knobs.origin = knobs.origin.replace("://", "://a."))),
    ("origin-with-something-before", Setting(|_, knobs| knobs.origin = knobs.origin.replace("://", "://not"))),
    ("origin-with-something-behind", Setting(|_, knobs| knobs.origin += ".evil.example")),
    ("origin-as-a-user", Setting(|_, knobs| knobs.origin += "@evil.example")),
    ("origin-with-a-user", Setting(|_, knobs| knobs.origin = knobs.origin.replace("://", "://ann@"))),
    ("origin-with-a-slash", Setting(|_, knobs| knobs.origin += "/")),
    ("origin-with-a-path", Setting(|_, knobs| knobs.origin += "/sign-in")),
    ("origin-with-a-query", Setting(|_, knobs| knobs.origin += "?a=b")),
    ("origin-with-a-fragment", Setting(|_, knobs| knobs.origin += "#a")),
    ("origin-in-capitals", Setting(|_, knobs| knobs.origin = knobs.origin.to_uppercase())),
    ("origin-with-a-scheme-in-capitals", Setting(|_, knobs| knobs.origin = knobs.origin.replace("http", "HTTP"))),
    ("origin-null-as-text", Setting(|_, knobs| knobs.origin = "null".to_owned())),
    ("origin-empty", Setting(|_, knobs| knobs.origin.clear())),
    ("origin-without-a-scheme", Setting(|_, knobs| knobs.origin = without_scheme(&knobs.origin))),
    ("origin-with-a-space", Setting(|_, knobs| knobs.origin.insert(0, ' '))),
    ("origin-with-a-tab", Setting(|_, knobs| knobs.origin = knobs.origin.replace("://", "://\t"))),
    ("origin-with-a-nul", Setting(|_, knobs| knobs.origin.push('\0'))),
    ("origin-with-back-slashes", Setting(|_, knobs| knobs.origin = knobs.origin.replace("://", ":\\\\"))),
    ("origin-of-an-extension", Setting(|_, knobs| knobs.origin = "chrome-extension://aaaabbbbccccdddd".to_owned())),
    ("origin-in-unicode", Setting(|_, knobs| knobs.origin = "https://münchen.example".to_owned())),
    ("origins-of-nobody", Setting(|expected, _| expected["origins"] = json!([]))),
];

/// Where a page stands in a frame, and whose.
pub(super) const FRAMES: &[Twist] = &[
    (
        "frame-not-expected",
        Setting(|expected, knobs| {
            expected["allow_cross_origin"] = json!(false);
            knobs.cross_origin = Some(true);
        }),
    ),
    (
        "frame-not-expected-and-named",
        Setting(|expected, knobs| {
            expected["allow_cross_origin"] = json!(false);
            (knobs.cross_origin, knobs.top_origin) = (Some(true), Some(PORTAL.to_owned()));
        }),
    ),
    (
        "top-origin-without-a-frame",
        Setting(|_, knobs| (knobs.cross_origin, knobs.top_origin) = (Some(false), Some(PORTAL.to_owned()))),
    ),
    (
        "top-origin-of-another",
        Setting(|expected, knobs| {
            (expected["allow_cross_origin"], expected["top_origins"]) = (json!(true), json!([PORTAL]));
            (knobs.cross_origin, knobs.top_origin) = (Some(true), Some("https://evil.example".to_owned()));
        }),
    ),
];

fn before_the_end(text: &str, more: &str) -> Vec<u8> {
    format!("{}{more}}}", &text[..text.len() - 1]).into()
}

/// The text with another value for a member that stands there.
fn value(text: &str, key: &str, value: &str) -> Vec<u8> {
    let member = member_of(text, key);
    text.replacen(member, &format!("\"{key}\":{value}"), 1).into()
}

/// The same, or one member more.
fn other(text: &str, key: &str, new: &str) -> Vec<u8> {
    let stands = text.contains(&format!("\"{key}\":"));
    if stands { value(text, key, new) } else { before_the_end(text, &format!(",\"{key}\":{new}")) }
}

fn member_of<'a>(text: &'a str, key: &str) -> &'a str {
    let start = text.find(&format!("\"{key}\":")).expect("the member");
    let length = text[start..].find([',', '}']).expect("its end");
    &text[start..start + length]
}

fn challenge(text: &str, alter: fn(&str) -> String) -> Vec<u8> {
    let honest = member_of(text, "challenge").split('"').nth(3).expect("its text");
    value(text, "challenge", &format!("\"{}\"", alter(honest)))
}

/// The last letter holds four bits of the last byte and two of nothing.
fn with_bits_left_over(challenge: &str) -> String {
    const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let (most, last) = challenge.split_at(challenge.len() - 1);
    let place = LETTERS.find(last).expect("a letter of base64url") ^ 1;
    format!("{most}{}", &LETTERS[place..=place])
}

fn of_the_other_ceremony(text: &str) -> Vec<u8> {
    let registers = text.contains(".create");
    value(text, "type", if registers { "\"webauthn.get\"" } else { "\"webauthn.create\"" })
}

fn other_scheme(origin: &str) -> String {
    match origin.strip_prefix("https:") {
        Some(rest) => format!("http:{rest}"),
        None => origin.replacen("http:", "https:", 1),
    }
}

fn with_the_default_port(origin: &str) -> String {
    let host = without_scheme(origin);
    format!("https://{}:443", host.split(':').next().unwrap_or_default())
}

fn without_scheme(origin: &str) -> String {
    origin.split("//").nth(1).expect("a host").to_owned()
}
