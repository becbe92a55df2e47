use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::{Key, der};

/// A certificate before it is signed, with every part open to change.
// SPEC: RFC 5280 §4.1
#[derive(Clone, Debug)]
pub struct Certificate {
    /// As it is written: 2 for version 3. `None`: not written at all, which is version 1.
    pub version: Option<u32>,
    pub serial: Vec<u8>,
    /// DER, see [`name`].
    pub issuer: Vec<u8>,
    pub subject: Vec<u8>,
    /// `YYYYMMDDhhmmssZ`
    pub not_before: String,
    pub not_after: String,
    /// A SubjectPublicKeyInfo.
    pub key: Vec<u8>,
    pub extensions: Vec<Extension>,
    /// What the signature's BIT STRING claims of its last byte.
    pub unused_bits: u8,
}

#[derive(Clone, Debug)]
pub struct Extension {
    /// With dots.
    pub oid: String,
    pub is_critical: bool,
    pub value: Vec<u8>,
}

/// A Name of one attribute per set, each an object identifier with dots and a text.
pub fn name(attributes: &[(&str, &str)]) -> Vec<u8> {
    let attribute = |(oid, text): &(&str, &str)| der::set(&[der::sequence(&[der::oid(oid), der::text(text)])]);
    der::sequence(&attributes.iter().map(attribute).collect::<Vec<_>>())
}

pub const BASIC_CONSTRAINTS: &str = "2.5.29.19";
pub const KEY_USAGE: &str = "2.5.29.15";
pub const SUBJECT_ALTERNATIVE_NAME: &str = "2.5.29.17";

impl Certificate {
    /// For a key, by this issuer, with no extension.
    pub fn new(issuer: &[u8], subject: &[u8], key: &Key) -> Certificate {
        Certificate {
            version: Some(2),
            serial: vec![0x4d, 7],
            issuer: issuer.to_vec(),
            subject: subject.to_vec(),
            not_before: "20200101000000Z".to_owned(),
            not_after: "20991231235959Z".to_owned(),
            key: key.spki(),
            extensions: vec![],
            unused_bits: 0,
        }
    }

    /// Of one that signs others, with so many authorities below it at most.
    pub fn authority(issuer: &[u8], subject: &[u8], key: &Key, path_length: Option<u32>) -> Certificate {
        let limits = [vec![der::boolean(true)], path_length.map(der::integer).into_iter().collect()].concat();
        Certificate::new(issuer, subject, key).with(BASIC_CONSTRAINTS, true, &der::sequence(&limits)).with(
            KEY_USAGE,
            true,
            &der::bits(&[0x06], 1),
        )
    }

    pub fn with(mut self, oid: &str, is_critical: bool, value: &[u8]) -> Certificate {
        self.extensions.push(Extension { oid: oid.to_owned(), is_critical, value: value.to_vec() });
        self
    }

    /// The extension of this kind, to change it.
    pub fn extension(&mut self, oid: &str) -> &mut Extension {
        self.extensions.iter_mut().find(|extension| extension.oid == oid).expect("an extension of this kind")
    }

    pub fn remove(&mut self, oid: &str) {
        self.extension(oid);
        self.extensions.retain(|extension| extension.oid != oid);
    }

    pub fn signed_by(&self, issuer: &Key) -> Vec<u8> {
        let signed = self.to_be_signed(&issuer.signature_algorithm());
        let signature = der::bits(&issuer.sign(&signed), self.unused_bits);
        der::sequence(&[signed, issuer.signature_algorithm(), signature])
    }

    fn to_be_signed(&self, algorithm: &[u8]) -> Vec<u8> {
        let mut parts = vec![
            der::item(2, &self.serial),
            algorithm.to_vec(),
            self.issuer.clone(),
            der::sequence(&[der::time(&self.not_before), der::time(&self.not_after)]),
            self.subject.clone(),
            self.key.clone(),
        ];
        if let Some(version) = self.version {
            parts.insert(0, der::around(0, der::integer(version)));
        }
        if !self.extensions.is_empty() {
            let extensions: Vec<_> = self.extensions.iter().map(Extension::der).collect();
            parts.push(der::around(3, der::sequence(&extensions)));
        }
        der::sequence(&parts)
    }
}

impl Extension {
    fn der(&self) -> Vec<u8> {
        let mut parts = vec![der::oid(&self.oid), der::octets(&self.value)];
        if self.is_critical {
            parts.insert(1, der::boolean(true));
        }
        der::sequence(&parts)
    }
}

/// A list of what an issuer took back, by serial numbers, with extensions beside.
// SPEC: RFC 5280 §5.1
pub fn revocation_list(issuer: &[u8], key: &Key, serials: &[Vec<u8>], extensions: &[Extension]) -> Vec<u8> {
    let at = |text: &str| der::item(0x18, text);
    let entry = |serial: &Vec<u8>| der::sequence(&[der::item(2, serial), at("20260601000000Z")]);
    let mut parts =
        vec![der::integer(1), key.signature_algorithm(), issuer.to_vec(), at("20260601000000Z"), at("20270601000000Z")];
    if !serials.is_empty() {
        parts.push(der::sequence(&serials.iter().map(entry).collect::<Vec<_>>()));
    }
    if !extensions.is_empty() {
        parts.push(der::around(0, der::sequence(&extensions.iter().map(Extension::der).collect::<Vec<_>>())));
    }
    let signed = der::sequence(&parts);
    der::sequence(&[signed.clone(), key.signature_algorithm(), der::bits(&key.sign(&signed), 0)])
}

/// As files hold certificates (RFC 7468).
pub fn pem(der: impl AsRef<[u8]>) -> String {
    armoured("CERTIFICATE", der)
}

/// The same of lists of certificates that were taken back.
pub fn pem_of_revocations(der: impl AsRef<[u8]>) -> String {
    armoured("X509 CRL", der)
}

fn armoured(what: &str, der: impl AsRef<[u8]>) -> String {
    format!("-----BEGIN {what}-----\n{}\n-----END {what}-----\n", STANDARD.encode(der))
}
