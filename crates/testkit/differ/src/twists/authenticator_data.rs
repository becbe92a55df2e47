//! The authenticator data: WebAuthn-3 §6.1, §7.1 steps 13 to 17, §7.2 steps 15 to 19. 32 bytes of hash, the flags in one,
//! the count in four; then a new credential with 16 bytes of AAGUID, two of length, the id (32 bytes) and the key.

use authenticator::{Algorithm, attested_credential, cbor};
use serde_json::json;

use super::Twist;
use crate::ceremony::another_key;
use crate::change::Change::{AuthenticatorData as Data, Setting};

const UP: u8 = 1;
const UV: u8 = 4;
const BE: u8 = 8;
const BS: u8 = 0x10;
const AT: u8 = 0x40;
const ED: u8 = 0x80;

pub(super) const HARMLESS: &[Twist] = &[
    (
        "not-verified-and-need-not-be",
        Setting(|expected, knobs| {
            expected["require_uv"] = json!(false);
            knobs.uv = false;
        }),
    ),
    ("extensions-unasked-for", Setting(|_, knobs| knobs.extensions = Some(extensions()))),
    ("extensions-empty", Setting(|_, knobs| knobs.extensions = Some(cbor::map(&[])))),
    ("flags-reserved", Data(|bytes| bytes[32] |= 0b10_0010)),
];

pub(super) const HARMLESS_AT_REGISTRATION: &[Twist] = &[
    (
        "on-the-side-without-anybody",
        Setting(|expected, knobs| {
            (expected["require_up"], expected["require_uv"]) = (json!(false), json!(false));
            (knobs.up, knobs.uv) = (false, false);
        }),
    ),
    ("count-at-birth", Data(|bytes| bytes[33..37].copy_from_slice(&[0, 0, 1, 7]))),
    ("id-of-16-bytes", Setting(|_, knobs| knobs.id_length = 16)),
    ("id-of-64-bytes", Setting(|_, knobs| knobs.id_length = 64)),
    ("id-of-1023-bytes", Setting(|_, knobs| knobs.id_length = 1023)),
    ("aaguid-not-zero", Setting(|_, knobs| knobs.aaguid = *b"a model of ours!")),
    ("backup-eligible", Setting(|_, knobs| (knobs.be, knobs.bs) = (true, false))),
    ("backed-up", Setting(|_, knobs| (knobs.be, knobs.bs) = (true, true))),
];

pub(super) const HARMLESS_AT_SIGN_IN: &[Twist] = &[
    (
        "count-far-ahead",
        Data(|bytes| {
            if bytes[33..37] != [0; 4] {
                bytes[33..37].copy_from_slice(&[0xff; 4]);
            }
        }),
    ),
    (
        "credential-shown-again",
        Data(|bytes| {
            bytes[32] |= AT;
            bytes.extend(attested_credential(&[0; 16], &[7; 32], &another_key(Algorithm::Es256).cose()));
        }),
    ),
];

pub(super) const LIES: &[Twist] = &[
    ("rp-id-of-another", Setting(|_, knobs| knobs.rp_id = Some("evil.example".to_owned()))),
    ("rp-id-the-origin", Setting(|_, knobs| knobs.rp_id = Some(knobs.origin.clone()))),
    ("rp-id-in-capitals", Setting(|expected, knobs| knobs.rp_id = expected["rp_id"].as_str().map(str::to_uppercase))),
    ("rp-id-zeros", Data(|bytes| bytes[..32].fill(0))),
    ("rp-id-one-bit-off", Data(|bytes| bytes[31] ^= 1)),
    ("rp-expected-of-a-subdomain", Setting(|expected, _| expected["rp_id"] = json!("a.example.org"))),
    ("nobody-present", Data(|bytes| bytes[32] &= !UP)),
    (
        "not-verified",
        Setting(|expected, knobs| {
            expected["require_uv"] = json!(true);
            knobs.uv = false;
        }),
    ),
    (
        "not-verified-though-backed-up",
        Setting(|expected, knobs| {
            expected["require_uv"] = json!(true);
            (knobs.uv, knobs.be, knobs.bs) = (false, true, true);
            if expected["stored"].is_object() {
                expected["stored"]["backup_eligible"] = json!(true);
            }
        }),
    ),
    (
        "backed-up-but-not-eligible",
        Setting(|expected, knobs| {
            (knobs.be, knobs.bs) = (false, true);
            if expected["stored"].is_object() {
                expected["stored"]["backup_eligible"] = json!(false);
            }
        }),
    ),
    ("no-flags-but-that-of-the-credential", Data(|bytes| bytes[32] &= !(UP | UV | BE | BS))),
];

/// Lengths and what the flags say follows.
pub(super) const FORM: &[Twist] = &[
    ("data-of-one-byte", Data(|bytes| bytes.truncate(1))),
    ("data-without-flags", Data(|bytes| bytes.truncate(32))),
    ("data-with-half-a-count", Data(|bytes| bytes.truncate(35))),
    ("data-and-a-byte-more", Data(|bytes| bytes.push(0))),
    ("data-and-extensions-without-a-flag", Data(|bytes| bytes.extend(extensions()))),
    ("extensions-missing", Data(|bytes| bytes[32] |= ED)),
    ("extensions-a-list", Setting(|_, knobs| knobs.extensions = Some(cbor::array(&[])))),
    ("extensions-twice", Setting(|_, knobs| knobs.extensions = Some([extensions(), extensions()].concat()))),
    ("extensions-cut", Setting(|_, knobs| knobs.extensions = extensions().split_last().map(|(_, most)| most.to_vec()))),
    (
        "extensions-with-a-key-twice",
        Setting(|_, knobs| {
            let one = (cbor::text("credProtect"), cbor::integer(1));
            knobs.extensions = Some(cbor::map(&[one.clone(), one]));
        }),
    ),
];

fn extensions() -> Vec<u8> {
    cbor::map(&[(cbor::text("credProtect"), cbor::integer(2)), (cbor::text("hmac-secret"), cbor::boolean(true))])
}
