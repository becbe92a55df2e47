//! Lists of models of authenticators, as the FIDO Alliance publishes them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::certificate::{Certificate, SUBJECT_ALTERNATIVE_NAME, name};
use crate::{Algorithm, Key, base64url, der};

/// A JSON Web Signature in its compact form, with the certificates in its head.
// SPEC: RFC 7515 §7.1
pub fn signed(payload: &Value, key: &Key, chain: &[Vec<u8>]) -> String {
    signed_as(key.algorithm().jose(), payload, key, chain)
}

/// The same, whatever algorithm it says it is signed with.
pub fn signed_as(algorithm: &str, payload: &Value, key: &Key, chain: &[Vec<u8>]) -> String {
    let chain: Vec<_> = chain.iter().map(|der| STANDARD.encode(der)).collect();
    let header = json!({"typ": "JWT", "alg": algorithm, "x5c": chain});
    let signed = format!("{}.{}", base64url(header.to_string()), base64url(payload.to_string()));
    let signature = key.sign_jws(signed.as_bytes());
    format!("{signed}.{}", base64url(signature))
}

/// The certificate of whoever signs a list for a host.
pub fn signer(host: &str, issuer: &[u8], key: &Key) -> Certificate {
    let hosts = der::sequence(&[der::item(0x82, host)]);
    Certificate::new(issuer, &name(&[("2.5.4.3", host)]), key).with(SUBJECT_ALTERNATIVE_NAME, false, &hosts)
}

/// An entry for a model with these roots, and what was reported of it, with dates.
pub fn entry(aaguid: &str, description: &str, roots: &[Vec<u8>], reports: &[(&str, &str)]) -> Value {
    let roots: Vec<_> = roots.iter().map(|der| STANDARD.encode(der)).collect();
    let report = |(status, date): &(&str, &str)| json!({"status": status, "effectiveDate": date});
    json!({
        "aaguid": aaguid,
        "metadataStatement": {
            "aaguid": aaguid,
            "description": description,
            "attestationRootCertificates": roots,
            "attestationTypes": ["basic_full"],
            "keyProtection": ["hardware", "secure_element"],
            "icon": "data:image/png;base64,AAAA",
        },
        "statusReports": reports.iter().map(report).collect::<Vec<_>>(),
        "timeOfLastStatusChange": "2026-01-01",
    })
}

/// The list that holds these entries.
pub fn payload(number: u64, entries: &[Value]) -> Value {
    json!({"legalHeader": "none", "no": number, "nextUpdate": "2026-12-01", "entries": entries})
}

impl Algorithm {
    /// As JOSE calls it.
    // SPEC: RFC 7518 §3.1
    pub fn jose(self) -> &'static str {
        match self {
            Algorithm::Es256 => "ES256",
            Algorithm::Es384 => "ES384",
            Algorithm::Es512 => "ES512",
            Algorithm::EdDsa => "EdDSA",
            Algorithm::Rs256 => "RS256",
            Algorithm::Rs384 => "RS384",
            Algorithm::Rs512 => "RS512",
            Algorithm::Ps256 => "PS256",
            Algorithm::Ps384 => "PS384",
            Algorithm::Ps512 => "PS512",
            Algorithm::MlDsa44 => "ML-DSA-44",
            Algorithm::MlDsa65 => "ML-DSA-65",
            Algorithm::MlDsa87 => "ML-DSA-87",
        }
    }
}

const PUBLISHER: [u8; 32] = [71; 32];
const PUBLISHED_UNDER: [u8; 32] = [72; 32];

fn publisher_root() -> (Vec<u8>, Key) {
    (name(&[("2.5.4.3", "Root of lists")]), Key::from_seed(Algorithm::Es256, &PUBLISHED_UNDER))
}

/// The certificate, in DER, under which [`published`] lists are signed.
pub fn root() -> Vec<u8> {
    let (subject, key) = publisher_root();
    Certificate::authority(&subject, &subject, &key, None).signed_by(&key)
}

/// A list of these entries.
pub fn published(number: u64, entries: &[Value]) -> String {
    let ((issuer, root), key) = (publisher_root(), Key::from_seed(Algorithm::Es256, &PUBLISHER));
    signed(&payload(number, entries), &key, &[signer("lists.example.org", &issuer, &key).signed_by(&root)])
}
