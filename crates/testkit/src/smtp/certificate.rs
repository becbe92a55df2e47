use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

// SPEC: RFC 5280 §4.1, in the DER of X.690.
const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OCTET_STRING: u8 = 0x04;
const UTF8_STRING: u8 = 0x0c;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const EXPLICIT_0: u8 = 0xa0;
const EXPLICIT_3: u8 = 0xa3;
const DNS_NAME: u8 = 0x82;

const ECDSA_WITH_SHA256: &[u8] = b"\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02";
const KEY_ON_P256: &[u8] = b"\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07";
const COMMON_NAME: &[u8] = b"\x06\x03\x55\x04\x03";
const SUBJECT_ALT_NAME: &[u8] = b"\x06\x03\x55\x1d\x11";

/// A self-signed certificate for one host, valid for a century, with a key made for it.
pub struct Certificate {
    der: Vec<u8>,
    key: Vec<u8>,
}

impl Certificate {
    #[expect(clippy::disallowed_methods, reason = "a key that lives for one test need not repeat")]
    pub fn of(host: &str) -> Self {
        let algorithm = &ECDSA_P256_SHA256_ASN1_SIGNING;
        let key = EcdsaKeyPair::generate(algorithm).unwrap();
        let to_be_signed = to_be_signed(host, key.public_key().as_ref());
        let signature = key.sign(&SystemRandom::new(), &to_be_signed).unwrap();
        let der = part(SEQUENCE, &[&to_be_signed, ECDSA_WITH_SHA256, &bits(signature.as_ref())]);
        Self { der, key: key.to_pkcs8v1().unwrap().as_ref().to_vec() }
    }

    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The private key in PKCS #8.
    pub fn key(&self) -> &[u8] {
        &self.key
    }

    pub fn pem(&self) -> String {
        format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", STANDARD.encode(&self.der))
    }
}

fn to_be_signed(host: &str, public_key: &[u8]) -> Vec<u8> {
    let version_3 = part(EXPLICIT_0, &[&part(INTEGER, &[&[2]])]);
    let common_name = part(SEQUENCE, &[COMMON_NAME, &part(UTF8_STRING, &[host.as_bytes()])]);
    let name = part(SEQUENCE, &[&part(SET, &[&common_name])]);
    let times = [part(UTC_TIME, &[b"200101000000Z"]), part(GENERALIZED_TIME, &[b"21200101000000Z"])];
    let names = part(SEQUENCE, &[&part(DNS_NAME, &[host.as_bytes()])]);
    let alt_name = part(SEQUENCE, &[SUBJECT_ALT_NAME, &part(OCTET_STRING, &[&names])]);
    part(
        SEQUENCE,
        &[
            &version_3,
            &part(INTEGER, &[&[1]]),
            ECDSA_WITH_SHA256,
            &name,
            &part(SEQUENCE, &[&times.concat()]),
            &name,
            &part(SEQUENCE, &[KEY_ON_P256, &bits(public_key)]),
            &part(EXPLICIT_3, &[&part(SEQUENCE, &[&alt_name])]),
        ],
    )
}

fn bits(bytes: &[u8]) -> Vec<u8> {
    part(BIT_STRING, &[&[0], bytes])
}

/// Tag, length, content.
fn part(tag: u8, content: &[&[u8]]) -> Vec<u8> {
    let content = content.concat();
    let length = u16::try_from(content.len()).unwrap().to_be_bytes();
    let length = match length {
        [0, short @ ..=0x7f] => vec![short],
        [0, long] => vec![0x81, long],
        [high, low] => vec![0x82, high, low],
    };
    [vec![tag], length, content].concat()
}
