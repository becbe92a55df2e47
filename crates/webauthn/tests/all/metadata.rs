//! Signed lists of models: who may sign them, and what is read of them.

use authenticator::certificate::{SUBJECT_ALTERNATIVE_NAME, name};
use authenticator::metadata::{entry, payload, signed, signed_as, signer};
use authenticator::{Algorithm, Certificate, Key, Maker, der};
use serde_json::{Value, json};
use vocab::Timestamp;
use webauthn::Anchor;
use webauthn::metadata::{Level, Metadata, NotTaken, Signer, Status};

use crate::world::NOW;

const HOST: &str = "mds.example.org";
const AAGUID: &str = "61206d6f-6465-6c20-6f66-206f75727321";

fn key() -> Key {
    Key::from_seed(Algorithm::Es256, &[61; 32])
}

fn root() -> (Vec<u8>, Key) {
    (name(&[("2.5.4.3", "Root of lists")]), Key::from_seed(Algorithm::Es256, &[62; 32]))
}

fn believed() -> Signer {
    let (subject, key) = root();
    let root = Certificate::authority(&subject, &subject, &key, None).signed_by(&key);
    Signer { roots: vec![Anchor::parse(root).unwrap()], host: Some(HOST.to_owned()) }
}

fn chain(key: &Key, change: fn(&mut Certificate)) -> Vec<Vec<u8>> {
    let (issuer, root) = root();
    let mut leaf = signer(HOST, &issuer, key);
    change(&mut leaf);
    vec![leaf.signed_by(&root)]
}

fn list(entries: &[Value]) -> String {
    signed(&payload(7, entries), &key(), &chain(&key(), |_| {}))
}

fn read(list: &str) -> Result<Metadata, NotTaken> {
    Metadata::read(list.as_bytes(), &believed(), NOW)
}

fn model() -> Value {
    entry(AAGUID, "Key of ours", &[Maker::new(1).root()], &[("FIDO_CERTIFIED_L2", "2025-01-01")])
}

#[test]
fn a_list_says_what_is_known_of_each_model() {
    let root = Maker::new(1).root();
    let entry = entry(AAGUID, "Key of ours", std::slice::from_ref(&root), &[("FIDO_CERTIFIED_L2", "2025-01-01")]);
    let read = read(&list(&[entry])).unwrap();
    assert_eq!((read.number, read.next_update.as_str(), read.passed_over), (7, "2026-12-01", 0));
    let model = read.model(*b"a model of ours!").unwrap();
    assert_eq!((model.name.as_str(), model.is_hardware), ("Key of ours", Some(true)));
    assert_eq!(model.anchors, [Anchor::parse(root).unwrap()]);
    assert_eq!(model.status, Some((Status::Certified(Level::L2), "2025-01-01".to_owned())));
    assert_eq!(model.level, Some(Level::L2));
    assert_eq!(read.model([9; 16]), None);
    assert!(!read.is_due("2026-12-01T23:59:59Z".parse().unwrap()));
    assert!(read.is_due("2026-12-02T00:00:00Z".parse().unwrap()));
}

#[test]
fn tokens_are_known_by_the_keys_of_their_batches() {
    let token = json!({"attestationCertificateKeyIdentifiers": ["00112233445566778899aabbccddeeff00112233"]});
    let read = read(&list(&[token])).unwrap();
    let mut identifier = [0; 20];
    identifier[..16].copy_from_slice(&[0, 17, 34, 51, 68, 85, 102, 119, 136, 153, 170, 187, 204, 221, 238, 255]);
    identifier[16..].copy_from_slice(&[0, 17, 34, 51]);
    assert_eq!(read.token(&identifier).unwrap().aaguid, None);
    assert_eq!(read.token(&identifier[..19]), None);
    assert_eq!(read.model([0; 16]), None);
}

/// M1: whoever signs, in whichever algorithm, is one of those who may.
#[test]
fn a_list_is_signed_in_any_algorithm_of_jose() {
    let others = [Algorithm::EdDsa, Algorithm::Rs256, Algorithm::Rs384, Algorithm::Rs512];
    let all = Algorithm::ECDSA.into_iter().chain(others).chain([Algorithm::Ps256, Algorithm::Ps384, Algorithm::Ps512]);
    for algorithm in all {
        let key = Key::from_seed(algorithm, &[63; 32]);
        let list = signed(&payload(7, &[model()]), &key, &chain(&key, |_| {}));
        assert_eq!(read(&list).map(|read| read.models.len()), Ok(1), "{algorithm:?}");
    }
}

#[test]
fn a_list_that_nobody_signed_who_may_is_not_taken() {
    let payload = payload(7, &[model()]);
    let (key, other) = (key(), Key::from_seed(Algorithm::Es256, &[64; 32]));
    let (issuer, _) = root();
    let by_itself = vec![signer(HOST, &issuer, &key).signed_by(&key)];
    let sign = |change| signed(&payload, &key, &chain(&key, change));
    let honest = sign(|_| {});
    let parts: Vec<_> = honest.split('.').collect();
    let elsewhere = signed(&json!({"no": 8, "nextUpdate": "2026-12-01", "entries": []}), &other, &[]);
    let foreign = elsewhere.split('.').nth(1).unwrap().to_owned();
    for (name, list, reason) in [
        ("empty", String::new(), NotTaken::NotSigned),
        ("no signature", format!("{}.{}", parts[0], parts[1]), NotTaken::NotSigned),
        ("an empty signature", format!("{}.{}.", parts[0], parts[1]), NotTaken::Signature),
        ("four parts", format!("{honest}.AAAA"), NotTaken::Signature),
        ("another payload", format!("{}.{foreign}.{}", parts[0], parts[2]), NotTaken::Signature),
        ("no certificate", signed(&payload, &key, &[]), NotTaken::NotSigned),
        ("a certificate that is none", signed(&payload, &key, &[vec![0x30, 0]]), NotTaken::Certificate),
        ("its own certificate", signed(&payload, &key, &by_itself), NotTaken::Chain),
        ("expired", sign(|leaf| leaf.not_after = "20251231235959Z".to_owned()), NotTaken::Chain),
        ("not valid yet", sign(|leaf| leaf.not_before = "20270101000000Z".to_owned()), NotTaken::Chain),
        (
            "another host",
            sign(|leaf| leaf.extension(SUBJECT_ALTERNATIVE_NAME).value = hosts("example.org")),
            NotTaken::Host,
        ),
        (
            "a host above",
            sign(|leaf| leaf.extension(SUBJECT_ALTERNATIVE_NAME).value = hosts("*.example.org")),
            NotTaken::Host,
        ),
        ("no host", sign(without_host), NotTaken::Host),
        ("a host by its common name alone", sign(|leaf| leaf.remove(SUBJECT_ALTERNATIVE_NAME)), NotTaken::Host),
        (
            "a certificate for letters",
            sign(|leaf| *leaf = leaf.clone().with("2.5.29.37", false, &purposes("1.3.6.1.5.5.7.3.4"))),
            NotTaken::Host,
        ),
        (
            "one that may not speak for all hosts",
            sign(|leaf| *leaf = leaf.clone().with("2.5.29.30", false, &[0x30, 0])),
            NotTaken::Chain,
        ),
        ("another key", signed(&payload, &other, &chain(&key, |_| {})), NotTaken::Signature),
        ("no algorithm", signed_as("none", &payload, &key, &chain(&key, |_| {})), NotTaken::Algorithm),
        ("a secret's algorithm", signed_as("HS256", &payload, &key, &chain(&key, |_| {})), NotTaken::Algorithm),
        ("another kind's algorithm", signed_as("RS256", &payload, &key, &chain(&key, |_| {})), NotTaken::Algorithm),
        ("another curve's algorithm", signed_as("ES384", &payload, &key, &chain(&key, |_| {})), NotTaken::Algorithm),
    ] {
        assert_eq!(read(&list).err(), Some(reason), "{name}");
    }
    assert!(read(&format!("\n{honest}\n")).is_ok(), "files end with a line");
    let for_servers = sign(|leaf| *leaf = leaf.clone().with("2.5.29.37", false, &purposes("1.3.6.1.5.5.7.3.1")));
    assert!(read(&for_servers).is_ok());
}

fn purposes(oid: &str) -> Vec<u8> {
    der::sequence(&[der::oid(oid)])
}

fn hosts(host: &str) -> Vec<u8> {
    der::sequence(&[der::item(0x82, host)])
}

fn without_host(leaf: &mut Certificate) {
    leaf.remove(SUBJECT_ALTERNATIVE_NAME);
    leaf.subject = name(&[("2.5.4.10", "Example")]);
}

#[test]
fn what_is_signed_is_a_list_or_not_taken() {
    let sign = |payload: Value| read(&signed(&payload, &key(), &chain(&key(), |_| {}))).err();
    for other in [
        json!([]),
        json!({"no": 7, "entries": []}),
        json!({"no": -7, "nextUpdate": "2026-12-01", "entries": []}),
        json!({"no": "7", "nextUpdate": "2026-12-01", "entries": []}),
        json!({"no": 7, "nextUpdate": "soon", "entries": []}),
        json!({"no": 7, "nextUpdate": "2026-12-01T00:00:00Z", "entries": []}),
        json!({"no": 7, "nextUpdate": "2026-12-01"}),
        json!({"no": 7, "nextUpdate": "2026-12-01", "entries": {}}),
    ] {
        assert_eq!(sign(other.clone()), Some(NotTaken::Payload), "{other}");
    }
}

/// One entry that is not of its form takes none of the others with it, and is counted and named.
#[test]
fn entries_are_read_leniently_and_what_cannot_be_read_is_shown() {
    let mut unknown = model();
    unknown["somethingNew"] = json!({"a": [1, 2]});
    unknown["metadataStatement"]["keyProtection"] = json!(["software", "something_new"]);
    unknown["statusReports"] = json!([{"status": "SOMETHING_NEW", "effectiveDate": "2026-01-01", "more": 1}]);
    let bad = |change: fn(&mut Value)| {
        let mut entry = model();
        change(&mut entry);
        entry
    };
    let read = read(&list(&[
        unknown,
        json!({"aaid": "4e4e#4005", "metadataStatement": {"description": "of another protocol"}}),
        bad(|entry| entry["aaguid"] = json!("no such thing")),
        bad(|entry| entry["aaguid"] = json!(7)),
        bad(|entry| entry["metadataStatement"]["attestationRootCertificates"] = json!([7])),
        bad(|entry| entry["statusReports"] = json!("FIDO_CERTIFIED")),
        json!(7),
        json!({}),
        bad(|entry| entry["attestationCertificateKeyIdentifiers"] = json!(["00"])),
    ]));
    let read = read.unwrap();
    assert_eq!((read.models.len(), read.passed_over, read.unreadable.len()), (1, 1, 7));
    let model = &read.models[0];
    assert_eq!((model.is_hardware, model.level), (Some(false), None));
    let broken_root = bad(|entry| entry["metadataStatement"]["attestationRootCertificates"] = json!(["MIIB"]));
    let broken = super::metadata::read(&list(&[broken_root])).unwrap().models.remove(0);
    assert_eq!((broken.anchors.len(), broken.status.is_some()), (0, true));
    let status = Status::Other("SOMETHING_NEW".to_owned());
    assert_eq!(model.status, Some((status, "2026-01-01".to_owned())));
    let which: Vec<_> = read.unreadable.iter().map(|entry| entry.which.as_str()).collect();
    assert_eq!(which, ["no such thing", "?", AAGUID, AAGUID, "?", "?", AAGUID]);
    assert!(read.unreadable[2].because.contains("expected a string"), "{:?}", read.unreadable[2]);
}

/// M5: what was reported last counts, wherever it stands; a certification is kept beside it.
#[test]
fn the_last_report_counts() {
    let standing = |reports: &[(&str, &str)]| {
        let model = read(&list(&[entry(AAGUID, "", &[], reports)])).unwrap().models.remove(0);
        (model.status.map(|(status, _)| status), model.level)
    };
    assert_eq!(standing(&[]), (None, None));
    let revoked = [("REVOKED", "2026-02-01"), ("FIDO_CERTIFIED_L1", "2025-01-01")];
    assert_eq!(standing(&revoked), (Some(Status::Revoked), Some(Level::L1)));
    let mended = [("USER_KEY_REMOTE_COMPROMISE", "2025-01-01"), ("FIDO_CERTIFIED_L1plus", "2025-06-01")];
    assert_eq!(standing(&mended), (Some(Status::Certified(Level::L1Plus)), Some(Level::L1Plus)));
    let updated = [("REVOKED", "2026-02-01"), ("UPDATE_AVAILABLE", "2026-03-01"), ("NEW_WORD", "2026-04-01")];
    assert_eq!(standing(&updated), (Some(Status::Revoked), None));
    let undated = [("FIDO_CERTIFIED", "2026-01-01"), ("REVOKED", "02/01/2026")];
    assert_eq!(standing(&undated), (Some(Status::Revoked), Some(Level::L1)));
    let same_day = [("FIDO_CERTIFIED", "2025-01-01"), ("USER_VERIFICATION_BYPASS", "2025-01-01")];
    assert_eq!(standing(&same_day), (Some(Status::VerificationBypass), Some(Level::L1)));
    for (word, is_a_breach) in [
        ("NOT_FIDO_CERTIFIED", false),
        ("SELF_ASSERTION_SUBMITTED", false),
        ("FIDO_CERTIFIED_L3plus", false),
        ("UPDATE_AVAILABLE", false),
        ("RETIRED", false),
        ("USER_VERIFICATION_BYPASS", true),
        ("ATTESTATION_KEY_COMPROMISE", true),
        ("USER_KEY_REMOTE_COMPROMISE", true),
        ("USER_KEY_PHYSICAL_COMPROMISE", true),
        ("REVOKED", true),
        ("something else", false),
    ] {
        let (status, _) = standing(&[(word, "2026-01-01")]);
        let status = status.unwrap();
        assert_eq!((status.is_a_breach(), status.to_string().as_str()), (is_a_breach, word));
    }
}

#[test]
fn levels_are_in_order() {
    assert!(Level::ALL.is_sorted());
    for level in Level::ALL {
        assert_eq!(Level::parse(level.as_str()), Some(level));
    }
    assert_eq!(Level::parse("L4"), None);
}

/// The roots that are shipped are the ones that are meant.
#[test]
fn the_fido_alliance_signs_under_two_roots() {
    let signer = Signer::fido().unwrap();
    assert_eq!(signer.host.as_deref(), Some("mds.fidoalliance.org"));
    let hash = |root: &Anchor| aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, root.der());
    let hex = |root| hash(root).as_ref().iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    assert_eq!(
        signer.roots.iter().map(hex).collect::<Vec<_>>(),
        [
            "cbb522d7b7f127ad6a0113865bdf1cd4102e7d0759af635a7cf4720dc963c53b",
            "4fa3126d8d3a11d1c4855a4f807cbad6cf919d3a5a88b03bea2c6372d93c40c9",
        ]
    );
    let refused = Metadata::read(list(&[model()]).as_bytes(), &signer, Timestamp::from_micros(NOW.micros()));
    assert_eq!(refused.err(), Some(NotTaken::Chain));
}
