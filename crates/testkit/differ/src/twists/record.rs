//! The JSON around it all, the attestation object, and what is on record: WebAuthn-3 §7.1 steps 3, 13, 25 and 27, §7.2
//! steps 3, 5, 6, 19 and 22.

use authenticator::attestation::statement;
use authenticator::{Algorithm, Registration, base64url, cbor, unbase64url};
use serde_json::{Value, json};

use super::Twist;
use crate::ceremony::another_key;
use crate::change::Change::{AuthenticatorData as Data, Object, Record};

pub(super) const HARMLESS_AT_REGISTRATION: &[Twist] = &[
    ("transports-unheard-of", Record(|record| record["response"]["response"]["transports"] = json!(["usb", "warp"]))),
    ("transports-missing", Record(|record| drop(response(record).remove("transports")))),
    ("attachment-missing", Record(|record| drop(answer(record).remove("authenticatorAttachment")))),
    ("extension-results-unheard-of", Record(|record| record["response"]["clientExtensionResults"]["a"] = json!(7))),
    (
        "copies-of-what-the-browser-read",
        Record(|record| {
            record["response"]["response"]["publicKeyAlgorithm"] = json!(-257);
            record["response"]["response"]["publicKey"] = json!("AAAA");
        }),
    ),
    (
        "algorithms-unheard-of-offered",
        Record(|record| {
            if let Some(offered) = record["allowed_algs"].as_array_mut() {
                offered.insert(0, json!(-7_777));
            }
        }),
    ),
];

pub(super) const HARMLESS_AT_SIGN_IN: &[Twist] = &[
    (
        "user-not-named-among-those-allowed",
        Record(|record| {
            record["allow_credentials"] = json!([record["stored"]["credential_id"]]);
            record["response"]["response"]["userHandle"] = Value::Null;
        }),
    ),
    (
        "allowed-anybody",
        Record(|record| {
            record["allow_credentials"] = json!([]);
            record["response"]["response"]["userHandle"] = record["stored"]["user_handle"].clone();
        }),
    ),
    (
        "user-known-before-and-not-named",
        Record(|record| {
            record["allow_credentials"] = Value::Null;
            record["response"]["response"]["userHandle"] = Value::Null;
        }),
    ),
    (
        "attachment-of-another-kind",
        Record(|record| {
            record["response"]["authenticatorAttachment"] = json!("cross-platform");
        }),
    ),
    (
        "copy-made-or-lost",
        Record(|record| {
            let was = record["stored"]["backup_state"] == true;
            record["stored"]["backup_state"] = json!(!was && record["stored"]["backup_eligible"] == true);
        }),
    ),
];

pub(super) const LIES: &[Twist] = &[
    ("response-null", Record(|record| record["response"]["response"] = Value::Null)),
    ("response-missing", Record(|record| drop(answer(record).remove("response")))),
    ("answer-a-list", Record(|record| record["response"] = json!([]))),
    ("id-missing", Record(|record| drop(answer(record).remove("id")))),
    ("id-a-number", Record(|record| record["response"]["id"] = json!(7))),
    ("id-and-raw-id-differ", Record(|record| record["response"]["id"] = json!("AAAA"))),
    ("raw-id-missing", Record(|record| drop(answer(record).remove("rawId")))),
    ("raw-id-padded", Record(|record| suffix(&mut record["response"]["rawId"], "="))),
    ("type-of-the-answer-missing", Record(|record| drop(answer(record).remove("type")))),
    ("type-of-the-answer-another", Record(|record| record["response"]["type"] = json!("password"))),
    ("type-of-the-answer-in-capitals", Record(|record| record["response"]["type"] = json!("Public-Key"))),
    ("client-data-missing", Record(|record| drop(response(record).remove("clientDataJSON")))),
    ("client-data-empty", Record(|record| record["response"]["response"]["clientDataJSON"] = json!(""))),
    (
        "client-data-in-the-open",
        Record(|record| {
            let text = unbase64url(record["response"]["response"]["clientDataJSON"].as_str().unwrap_or_default());
            record["response"]["response"]["clientDataJSON"] = json!(String::from_utf8_lossy(&text));
        }),
    ),
    (
        "client-data-with-a-letter-of-no-alphabet",
        Record(|record| {
            suffix(&mut record["response"]["response"]["clientDataJSON"], "!");
        }),
    ),
];

pub(super) const LIES_AT_REGISTRATION: &[Twist] = &[
    ("object-missing", Record(|record| drop(response(record).remove("attestationObject")))),
    ("object-empty", Record(|record| record["response"]["response"]["attestationObject"] = json!(""))),
    (
        "object-with-a-letter-of-no-alphabet",
        Record(|record| {
            suffix(&mut record["response"]["response"]["attestationObject"], "*");
        }),
    ),
    (
        "id-of-another-credential",
        Record(|record| {
            let other = json!(base64url([7; 32]));
            (record["response"]["id"], record["response"]["rawId"]) = (other.clone(), other);
        }),
    ),
];

/// The attestation object around the statement.
pub(super) const ENVELOPE: &[Twist] = &[
    ("object-a-list", Object(|_| cbor::array(&[]))),
    ("object-without-members", Object(|_| cbor::map(&[]))),
    ("object-cut", Object(|draft| draft.attestation_object()[..100].to_vec())),
    ("object-and-a-byte-more", Object(|draft| [draft.attestation_object(), vec![0]].concat())),
    ("object-without-a-format", Object(|draft| cbor::map(&draft.members()[1..]))),
    ("object-without-a-statement", Object(|draft| cbor::map(&without_statement(draft)))),
    ("object-without-data", Object(|draft| cbor::map(&draft.members()[..2]))),
    ("object-with-a-member-more", Object(|draft| with(draft, (cbor::text("epAtt"), cbor::boolean(true))))),
    ("object-with-a-format-twice", Object(|draft| with(draft, draft.members()[0].clone()))),
    ("object-with-other-data-too", Object(|draft| with(draft, (cbor::text("authData"), cbor::bytes(&[0; 37]))))),
    ("object-of-endless-length", Object(|draft| [&[0xbf], &draft.attestation_object()[1..], &[0xff]].concat())),
    ("object-with-a-long-head", Object(|draft| [&[0xb8, 3], &draft.attestation_object()[1..]].concat())),
    ("object-tagged", Object(|draft| [&[0xd9, 0xd9, 0xf7], &draft.attestation_object()[..]].concat())),
    (
        "object-with-data-in-pieces",
        Object(|draft| {
            let pieces = [&[0x5f][..], &cbor::bytes(&draft.authenticator_data), &[0xff]].concat();
            let [format, statement, (name, _)] = draft.members();
            cbor::map(&[format, statement, (name, pieces)])
        }),
    ),
    (
        "object-with-data-in-words",
        Object(|draft| {
            let [format, statement, (name, _)] = draft.members();
            cbor::map(&[format, statement, (name, cbor::text("data"))])
        }),
    ),
    ("format-in-bytes", Object(|draft| format_as(draft, cbor::bytes(draft.format.as_bytes())))),
    ("format-in-capitals", Object(|draft| format_as(draft, cbor::text(&draft.format.to_uppercase())))),
    ("format-empty", Object(|draft| format_as(draft, cbor::text("")))),
    ("format-unheard-of", Object(|draft| format_as(draft, cbor::text("signet")))),
    ("statement-null", Object(|draft| statement_as(draft, vec![0xf6]))),
    ("statement-a-text", Object(|draft| statement_as(draft, cbor::text("")))),
    ("statement-bytes", Object(|draft| statement_as(draft, cbor::bytes(&draft.statement)))),
];

/// Where nobody signs what stands there, or the maker what came of it.
pub(super) const LIES_ABOUT_IDS: &[Twist] = &[
    (
        "id-of-no-bytes",
        Data(|bytes| {
            bytes[53..55].fill(0);
            bytes.drain(55..87);
        }),
    ),
    (
        "id-of-1024-bytes",
        Data(|bytes| {
            bytes[53..55].copy_from_slice(&[4, 0]);
            bytes.splice(55..87, [7; 1024]);
        }),
    ),
    ("id-longer-than-the-rest", Data(|bytes| bytes[53..55].fill(0xff))),
    ("id-one-longer-than-it-is", Data(|bytes| bytes[54] += 1)),
    ("id-attested-another", Data(|bytes| bytes[60] ^= 1)),
    (
        "data-without-a-credential",
        Data(|bytes| {
            bytes.truncate(37);
            bytes[32] &= !0x40;
        }),
    ),
    ("data-with-a-credential-cut-off", Data(|bytes| bytes.truncate(80))),
    ("data-with-a-flag-for-a-credential-alone", Data(|bytes| bytes.truncate(37))),
    ("data-with-a-credential-without-a-flag", Data(|bytes| bytes[32] &= !0x40)),
];

pub(super) const STATEMENTS_OF_NOTHING: &[Twist] = &[
    ("none-with-a-signature", Object(|draft| statement_as(draft, statement(&[("sig", cbor::bytes(&[7]))])))),
    ("none-with-an-empty-chain", Object(|draft| statement_as(draft, statement(&[("x5c", cbor::array(&[]))])))),
    ("none-called-packed", Object(|draft| format_as(draft, cbor::text("packed")))),
    ("none-called-tpm", Object(|draft| format_as(draft, cbor::text("tpm")))),
    ("none-called-apple", Object(|draft| format_as(draft, cbor::text("apple")))),
    ("none-called-fido-u2f", Object(|draft| format_as(draft, cbor::text("fido-u2f")))),
    ("none-called-android-key", Object(|draft| format_as(draft, cbor::text("android-key")))),
    ("none-called-compound", Object(|draft| format_as(draft, cbor::text("compound")))),
];

pub(super) const LIES_AT_SIGN_IN: &[Twist] = &[
    ("count-the-same", Record(|record| record["stored"]["sign_count"] = json!(counted(record).max(1)))),
    ("count-one-lower", Record(|record| record["stored"]["sign_count"] = json!(counted(record) + 1))),
    ("count-far-lower", Record(|record| record["stored"]["sign_count"] = json!(u32::MAX))),
    ("not-among-those-allowed", Record(|record| record["allow_credentials"] = json!([base64url([7; 32])]))),
    ("user-another", Record(|record| record["response"]["response"]["userHandle"] = json!(base64url([7; 16])))),
    ("user-a-number", Record(|record| record["response"]["response"]["userHandle"] = json!(7))),
    (
        "credential-another",
        Record(|record| {
            let other = json!(base64url([7; 32]));
            record["allow_credentials"] = Value::Null;
            record["response"]["response"]["userHandle"] = record["stored"]["user_handle"].clone();
            (record["response"]["id"], record["response"]["rawId"]) = (other.clone(), other);
        }),
    ),
    (
        "eligible-for-backup-against-the-record",
        Record(|record| {
            let was = record["stored"]["backup_eligible"] == true;
            record["stored"]["backup_eligible"] = json!(!was);
            record["stored"]["backup_state"] = json!(false);
        }),
    ),
    (
        "key-on-record-another",
        Record(|record| {
            let is_ed25519 = record["stored"]["public_key"].as_str().is_some_and(|key| key.starts_with("pAEBAycg"));
            let other = another_key(if is_ed25519 { Algorithm::Es256 } else { Algorithm::EdDsa });
            record["stored"]["public_key"] = json!(base64url(other.cose()));
        }),
    ),
    (
        "key-on-record-cut",
        Record(|record| {
            let key = unbase64url(record["stored"]["public_key"].as_str().unwrap_or_default());
            record["stored"]["public_key"] = json!(base64url(&key[..key.len() - 1]));
        }),
    ),
    ("data-missing", Record(|record| drop(response(record).remove("authenticatorData")))),
    ("signature-missing", Record(|record| drop(response(record).remove("signature")))),
    ("signature-empty", Record(|record| record["response"]["response"]["signature"] = json!(""))),
    (
        "signature-with-a-letter-of-no-alphabet",
        Record(|record| {
            suffix(&mut record["response"]["response"]["signature"], "*");
        }),
    ),
];

fn answer(record: &mut Value) -> &mut serde_json::Map<String, Value> {
    record["response"].as_object_mut().expect("an answer")
}

fn response(record: &mut Value) -> &mut serde_json::Map<String, Value> {
    record["response"]["response"].as_object_mut().expect("a response")
}

fn suffix(text: &mut Value, more: &str) {
    *text = json!(format!("{}{more}", text.as_str().unwrap_or_default()));
}

/// What the authenticator counted.
fn counted(record: &Value) -> u32 {
    let data = unbase64url(record["response"]["response"]["authenticatorData"].as_str().unwrap_or_default());
    u32::from_be_bytes(data[33..37].try_into().expect("a count"))
}

fn with(draft: &Registration, member: (Vec<u8>, Vec<u8>)) -> Vec<u8> {
    cbor::map(&[&draft.members()[..], &[member]].concat())
}

fn without_statement(draft: &Registration) -> [(Vec<u8>, Vec<u8>); 2] {
    let [format, _, data] = draft.members();
    [format, data]
}

fn format_as(draft: &Registration, format: Vec<u8>) -> Vec<u8> {
    let [(name, _), statement, data] = draft.members();
    cbor::map(&[(name, format), statement, data])
}

fn statement_as(draft: &Registration, statement: Vec<u8>) -> Vec<u8> {
    let [format, (name, _), data] = draft.members();
    cbor::map(&[format, (name, statement), data])
}
