//! The signature around a list.
// SPEC: RFC 7515 §3.1, §4.1.6; FIDO Metadata Service 3.1 §3.2

use serde::Deserialize;
use vocab::Timestamp;

use super::{NotTaken, Signer};
use crate::attestation::Anchor;
use crate::base64url;
use crate::x509::{self, Believed, Certificate, oid};

#[derive(Deserialize)]
struct Header {
    alg: String,
    #[serde(default)]
    x5c: Vec<String>,
    /// Members that must be understood; none are (RFC 7515 §4.1.11).
    crit: Option<serde::de::IgnoredAny>,
}

/// Certificates of one chain.
const MOST_CERTIFICATES: usize = 10;

/// What was signed.
pub(super) fn open(list: &[u8], signer: &Signer, at: Timestamp) -> Result<Vec<u8>, NotTaken> {
    let text = str::from_utf8(list).map_err(|_| NotTaken::NotSigned)?;
    let (signed, signature) = text.rsplit_once('.').ok_or(NotTaken::NotSigned)?;
    let (header, payload) = signed.split_once('.').ok_or(NotTaken::NotSigned)?;
    let decode = |text| base64url::decode(text).ok_or(NotTaken::NotSigned);
    let header: Header = serde_json::from_slice(&decode(header)?).map_err(|_| NotTaken::NotSigned)?;
    if header.crit.is_some() {
        return Err(NotTaken::NotSigned);
    }
    let ders = read_chain(&header.x5c)?;
    let chain: Vec<_> =
        ders.iter().map(|der| Certificate::parse(der)).collect::<Result<_, _>>().map_err(|_| NotTaken::Certificate)?;
    let (leaf, others) = chain.split_first().ok_or(NotTaken::NotSigned)?;
    let roots: Vec<_> = signer.roots.iter().filter_map(Anchor::certificate).collect();
    // Which hosts an authority may speak for is not looked at, so one that may not speak for all is not heard.
    let is_constrained = chain.iter().any(|certificate| certificate.extension(oid::NAME_CONSTRAINTS).is_some());
    let believed = Believed { anchors: &roots, revocations: &[], at: at.into(), seen: None };
    if is_constrained || !x509::leads_to(leaf, others, believed) {
        return Err(NotTaken::Chain);
    }
    if signer.host.as_deref().is_some_and(|host| !leaf.is_for_host(host)) {
        return Err(NotTaken::Host);
    }
    let is_right = leaf.key().verifies_jws(&header.alg, signed.as_bytes(), &decode(signature)?);
    if !is_right.ok_or(NotTaken::Algorithm)? {
        return Err(NotTaken::Signature);
    }
    decode(payload)
}

/// In the other alphabet of base64 (RFC 7515 §4.1.6).
fn read_chain(x5c: &[String]) -> Result<Vec<Vec<u8>>, NotTaken> {
    if x5c.is_empty() || x5c.len() > MOST_CERTIFICATES {
        return Err(NotTaken::NotSigned);
    }
    x5c.iter().map(|text| base64url::decode_standard(text).ok_or(NotTaken::Certificate)).collect()
}
