//! Ceremonies as they are recorded: what was expected, and what came.

use std::sync::LazyLock;

use authenticator::attestation::statement;
use authenticator::{Algorithm, Key, Knobs, Maker, Passkey, Registration, base64url, cbor, unbase64url};
use serde_json::{Value, json};

use crate::change::Change;
use crate::draw::Draw;
use crate::subject::{Subject, is_for_tpms};

/// Relying parties, each with the origins of its pages.
const SITES: [(&str, &[&str]); 4] = [
    ("id.example.org", &["https://id.example.org", "https://id.example.org:8443"]),
    ("example.com", &["https://login.example.com", "https://example.com"]),
    ("localhost", &["http://localhost:8080"]),
    ("xn--mnchen-3ya.example", &["https://xn--mnchen-3ya.example"]),
];

/// One that may show our pages in a frame, where anybody may.
pub(crate) const PORTAL: &str = "https://portal.example.net";

/// The maker of every authenticator that has one.
pub(crate) fn maker() -> Maker {
    Maker::new(1)
}

/// The certificate of its root, always the same bytes: some compare them.
pub(crate) fn root() -> Vec<u8> {
    static ROOT: LazyLock<Vec<u8>> = LazyLock::new(|| maker().root());
    ROOT.clone()
}

/// 2024 to 2040: before and after that, something in the chains is not valid by intention.
const FIRST_TIME: usize = 1_704_067_200;
const TIMES: usize = 16 * 365 * 86_400;

pub(crate) fn record(subject: &Subject, change: Change, draw: &mut Draw) -> Value {
    let (mut record, response) = match subject.format {
        Some(format) => register(format, subject, change, draw),
        None => sign_in(subject, change, draw),
    };
    record["response"] = response;
    match change {
        Change::Record(rewrite) => rewrite(&mut record),
        Change::Bit(member) => {
            let mut bytes = unbase64url(record["response"]["response"][member].as_str().expect("bytes"));
            let place = draw.below(bytes.len() * 8);
            bytes[place / 8] ^= 1 << (place % 8);
            record["response"]["response"][member] = base64url(bytes).into();
        }
        _ => {}
    }
    record
}

/// What both ceremonies expect, and an honest browser and authenticator on one of the pages.
fn surroundings(subject: &Subject, draw: &mut Draw) -> (Value, Knobs) {
    let (rp_id, origins) = *draw.one_of(&SITES);
    let allows_frames = draw.in_percent(20);
    let expected = json!({
        "rp_id": rp_id,
        "origins": origins,
        "challenge": base64url(draw.bytes()),
        "require_uv": draw.in_percent(50),
        "require_up": true,
        "allow_cross_origin": allows_frames,
        "top_origins": allows_frames.then_some([PORTAL]),
        "verify_time": FIRST_TIME + draw.below(TIMES),
    });
    let (be, origin) = (draw.in_percent(40), *draw.one_of(origins));
    let knobs = Knobs {
        algorithm: subject.algorithm,
        seed: Some(draw.bytes()),
        cross_origin: *draw.one_of(&[Some(false), Some(false), None]),
        be,
        bs: be && draw.in_percent(50),
        ..Knobs::at(origin)
    };
    (expected, knobs)
}

fn options(expected: &Value, handle: &str) -> Value {
    json!({"rp": {"id": expected["rp_id"]}, "user": {"id": handle}, "challenge": expected["challenge"]})
}

fn register(format: &str, subject: &Subject, change: Change, draw: &mut Draw) -> (Value, Value) {
    let (mut expected, mut knobs) = surroundings(subject, draw);
    expected["kind"] = "registration".into();
    expected["allowed_algs"] = offered(subject.algorithm, draw);
    expected["trust_roots"] = json!(subject.has_roots.then(|| [base64url(root())]));
    if !matches!(format, "none" | "packed-self" | "fido-u2f") {
        knobs.aaguid.copy_from_slice(&draw.bytes()[..16]);
    }
    let options = options(&expected, &base64url(&draw.bytes()[..16]));
    change.set(&mut expected, &mut knobs);
    let (passkey, mut draft) = authenticator::draft(&options, &knobs);
    change.rewrite_client_data(&mut draft.client_data);
    change.rewrite_authenticator_data(&mut draft.authenticator_data);
    change.rewrite_key(&passkey.key, &mut draft.authenticator_data);
    (draft.format, draft.statement) = match format {
        "none" => ("none".to_owned(), cbor::map(&[])),
        "packed-self" => ("packed".to_owned(), stated("packed-self", change, &passkey, &draft, &knobs)),
        "compound" => ("compound".to_owned(), compound(change, &passkey, &draft, &knobs)),
        format => (format.to_owned(), stated(format, change, &passkey, &draft, &knobs)),
    };
    (expected, draft.json_around(&change.attestation_object(&draft)))
}

/// The algorithm among others, or no word about it.
fn offered(algorithm: Algorithm, draw: &mut Draw) -> Value {
    if draw.in_percent(30) {
        return Value::Null;
    }
    let mut offered: Vec<i64> = Algorithm::ALL.iter().map(|other| other.number()).collect();
    offered.retain(|other| *other == algorithm.number() || draw.in_percent(50));
    json!(offered)
}

fn stated(format: &str, change: Change, passkey: &Passkey, draft: &Registration, knobs: &Knobs) -> Vec<u8> {
    let (maker, by_itself) = (maker(), format == "packed-self");
    let known = authenticator::attestation::FORMATS.into_iter().find(|known| *known == format).unwrap_or("packed");
    let mut attestation = maker.attest(known, passkey, draft, &knobs.aaguid);
    if by_itself {
        attestation.key = passkey.key.clone();
        attestation.algorithm = passkey.key.algorithm().number();
    }
    change.rewrite_attestation(&mut attestation, &maker, &draft.signed()[draft.authenticator_data.len()..]);
    if format == "android-key" {
        attestation.others.push(root()); // as Android does
    }
    let mut members = attestation.members();
    if by_itself {
        members.retain(|(name, _)| *name != "x5c");
    }
    change.rewrite_members(&mut members, &attestation);
    statement(&members)
}

/// One statement by the maker, and one by another part of the authenticator.
fn compound(change: Change, passkey: &Passkey, draft: &Registration, knobs: &Knobs) -> Vec<u8> {
    let second = if is_for_tpms(knobs.algorithm) { "tpm" } else { "android-key" };
    let mut statements: Vec<_> =
        ["packed", second].map(|format| of_compound(format, stated(format, change, passkey, draft, knobs))).into();
    change.rewrite_statements(&mut statements);
    cbor::array(&statements)
}

pub(crate) fn of_compound(format: &str, of: Vec<u8>) -> Vec<u8> {
    statement(&[("fmt", cbor::text(format)), ("attStmt", of)])
}

/// By a credential that was registered before, honestly.
fn sign_in(subject: &Subject, change: Change, draw: &mut Draw) -> (Value, Value) {
    let (mut expected, mut knobs) = surroundings(subject, draw);
    let handle = base64url(&draw.bytes()[..16]);
    let options = options(&expected, &handle);
    let (mut passkey, _) = authenticator::draft(&options, &knobs);
    // A passkey that can be copied does not count.
    (passkey.count, knobs.count_by) = if knobs.be { (0, 0) } else { (1 + draw.below(999) as u32, 1) };
    expected["kind"] = "assertion".into();
    expected["stored"] = json!({
        "credential_id": base64url(&passkey.id),
        "public_key": base64url(passkey.key.cose()),
        "sign_count": passkey.count,
        "backup_eligible": knobs.be,
        "backup_state": knobs.be && draw.in_percent(50),
        "user_handle": handle,
    });
    let others = [base64url(draw.bytes()), base64url(&passkey.id)];
    expected["allow_credentials"] = draw.one_of(&[Value::Null, json!([base64url(&passkey.id)]), json!(others)]).clone();
    knobs.names_user = expected["allow_credentials"].is_null() || draw.in_percent(50);
    change.set(&mut expected, &mut knobs);
    let mut assertion = passkey.assert(&options, &knobs);
    change.rewrite_client_data(&mut assertion.client_data);
    change.rewrite_authenticator_data(&mut assertion.authenticator_data);
    let mut assertion = passkey.signed(assertion);
    change.rewrite_assertion(&passkey, &mut assertion);
    (expected, assertion.json())
}

/// Of the same kind, and nobody's in particular.
pub(crate) fn another_key(algorithm: Algorithm) -> Key {
    Key::from_seed(algorithm, &[95; 32])
}
