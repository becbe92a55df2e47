//! What makers of authenticators state about a new credential.

use aws_lc_rs::digest::{SHA256, SHA384, SHA512, digest};

use crate::certificate::{BASIC_CONSTRAINTS, Certificate, SUBJECT_ALTERNATIVE_NAME, name};
use crate::{Algorithm, Key, Passkey, Registration, cbor, der};

/// A maker: a root, one authority below it, and the key of a batch of authenticators.
pub struct Maker {
    root: Key,
    authority: Key,
    batch: Key,
}

/// A statement before it is signed, with every part open to change.
#[derive(Clone)]
pub struct Attestation {
    pub format: &'static str,
    /// What signs the statement, and for which the certificate is.
    pub key: Key,
    pub certificate: Certificate,
    /// What signs the certificate.
    pub issuer: Key,
    /// Certificates after the first, in DER.
    pub others: Vec<Vec<u8>>,
    pub algorithm: i64,
    /// What is signed; for a TPM, what is hashed into what it signs.
    pub message: Vec<u8>,
    pub tpm: Option<Tpm>,
}

/// What a TPM says beside.
#[derive(Clone)]
pub struct Tpm {
    pub version: &'static str,
    pub public_area: Vec<u8>,
    pub magic: u32,
    pub kind: u16,
    /// The hash of the message.
    pub extra_data: Vec<u8>,
    pub name: Vec<u8>,
}

pub const AAGUID: &str = "1.3.6.1.4.1.45724.1.1.4";
pub const ANDROID_KEY_DESCRIPTION: &str = "1.3.6.1.4.1.11129.2.1.17";
pub const APPLE_NONCE: &str = "1.2.840.113635.100.8.2";
pub const EXTENDED_KEY_USAGE: &str = "2.5.29.37";

/// The formats in which a maker states something.
pub const FORMATS: [&str; 5] = ["packed", "fido-u2f", "apple", "android-key", "tpm"];

impl Maker {
    pub fn new(seed: u8) -> Maker {
        let key = |place: u8| Key::from_seed(Algorithm::Es256, &[seed.wrapping_mul(8).wrapping_add(place).max(1); 32]);
        Maker { root: key(1), authority: key(2), batch: key(3) }
    }

    /// The certificate of its root, in DER.
    pub fn root(&self) -> Vec<u8> {
        self.root_certificate().signed_by(&self.root)
    }

    pub fn root_certificate(&self) -> Certificate {
        Certificate::authority(&root_name(), &root_name(), &self.root, None)
    }

    pub fn root_key(&self) -> &Key {
        &self.root
    }

    pub fn authority_key(&self) -> &Key {
        &self.authority
    }

    /// The certificate below the root, unsigned.
    pub fn authority(&self) -> Certificate {
        Certificate::authority(&root_name(), &authority_name(), &self.authority, Some(0))
    }

    /// What it states of a new credential, in one of [`FORMATS`].
    pub fn attest(
        &self,
        format: &'static str,
        passkey: &Passkey,
        draft: &Registration,
        aaguid: &[u8; 16],
    ) -> Attestation {
        let message = draft.signed();
        let is_of_the_credential = matches!(format, "apple" | "android-key");
        let key = if is_of_the_credential { passkey.key.clone() } else { self.batch.clone() };
        let subject = if format == "tpm" { name(&[]) } else { batch_name() };
        let plain =
            Certificate::new(&authority_name(), &subject, &key).with(BASIC_CONSTRAINTS, true, &der::sequence(&[]));
        let client_data_hash = digest(&SHA256, &draft.client_data);
        let certificate = match format {
            "packed" => plain.with(AAGUID, false, &der::octets(aaguid)),
            "apple" => plain.with(APPLE_NONCE, false, &apple_nonce(digest(&SHA256, &message).as_ref())),
            "android-key" => plain.with(ANDROID_KEY_DESCRIPTION, false, &key_description(client_data_hash.as_ref())),
            "tpm" => plain
                .with(AAGUID, false, &der::octets(aaguid))
                .with(EXTENDED_KEY_USAGE, false, &der::sequence(&[der::oid("2.23.133.8.3")]))
                .with(SUBJECT_ALTERNATIVE_NAME, true, &tpm_names("id:494E5443")),
            _ => plain,
        };
        let message = if format == "fido-u2f" { u2f_message(passkey, draft) } else { message };
        let algorithm = key.algorithm().number();
        let tpm = (format == "tpm").then(|| Tpm::of(&passkey.key, key.algorithm(), &message));
        let others = if format == "fido-u2f" { vec![] } else { vec![self.authority().signed_by(&self.root)] };
        let issuer = if format == "fido-u2f" { &self.root } else { &self.authority };
        let mut attestation =
            Attestation { format, key, certificate, issuer: issuer.clone(), others, algorithm, message, tpm };
        if format == "fido-u2f" {
            attestation.certificate.issuer = root_name();
        }
        attestation
    }
}

impl Attestation {
    /// The members of the statement, by name.
    pub fn members(&self) -> Vec<(&'static str, Vec<u8>)> {
        let certificates = [vec![self.certificate.signed_by(&self.issuer)], self.others.clone()].concat();
        let chain = cbor::array(&certificates.iter().map(|der| cbor::bytes(der)).collect::<Vec<_>>());
        let sign = |message: &[u8]| cbor::bytes(&self.key.sign(message));
        let algorithm = cbor::integer(self.algorithm);
        match (self.format, &self.tpm) {
            ("fido-u2f", _) => vec![("sig", sign(&self.message)), ("x5c", chain)],
            ("apple", _) => vec![("x5c", chain)],
            (_, Some(tpm)) => vec![
                ("ver", cbor::text(tpm.version)),
                ("alg", algorithm),
                ("x5c", chain),
                ("sig", sign(&tpm.cert_info())),
                ("certInfo", cbor::bytes(&tpm.cert_info())),
                ("pubArea", cbor::bytes(&tpm.public_area)),
            ],
            _ => vec![("alg", algorithm), ("sig", sign(&self.message)), ("x5c", chain)],
        }
    }

    /// In CBOR.
    pub fn statement(&self) -> Vec<u8> {
        statement(&self.members())
    }
}

/// A map of members by name, in CBOR.
pub fn statement(members: &[(&str, Vec<u8>)]) -> Vec<u8> {
    cbor::map(&members.iter().map(|(name, value)| (cbor::text(name), value.clone())).collect::<Vec<_>>())
}

impl Tpm {
    /// What one says that keeps this key, and attests with a key of that algorithm.
    pub fn of(key: &Key, attesting: Algorithm, message: &[u8]) -> Tpm {
        let hash = match attesting.number() {
            -35 | -258 | -38 => &SHA384,
            -36 | -259 | -39 => &SHA512,
            _ => &SHA256,
        };
        let public_area = key.tpm_public_area();
        Tpm {
            version: "2.0",
            magic: 0xff54_4347,
            kind: 0x8017,
            extra_data: digest(hash, message).as_ref().to_vec(),
            name: Tpm::name_of(&public_area),
            public_area,
        }
    }

    /// By SHA-256.
    pub fn name_of(public_area: &[u8]) -> Vec<u8> {
        [&[0, 0x0b], digest(&SHA256, public_area).as_ref()].concat()
    }

    // SPEC: TPM 2.0 Library part 2, §10.12.12
    pub fn cert_info(&self) -> Vec<u8> {
        [
            self.magic.to_be_bytes().to_vec(),
            self.kind.to_be_bytes().to_vec(),
            sized(&[0, 0x0b, 1, 2, 3]),
            sized(&self.extra_data),
            vec![7; 17 + 8],
            sized(&self.name),
            sized(&[0, 0x0b, 9]),
        ]
        .concat()
    }
}

/// Bytes with their length before them.
pub(crate) fn sized(bytes: &[u8]) -> Vec<u8> {
    [&(bytes.len() as u16).to_be_bytes(), bytes].concat()
}

fn root_name() -> Vec<u8> {
    name(&[("2.5.4.6", "DE"), ("2.5.4.10", "Maker"), ("2.5.4.3", "Root")])
}

fn authority_name() -> Vec<u8> {
    name(&[("2.5.4.6", "DE"), ("2.5.4.10", "Maker"), ("2.5.4.3", "Authority")])
}

fn batch_name() -> Vec<u8> {
    name(&[("2.5.4.6", "DE"), ("2.5.4.10", "Maker"), ("2.5.4.11", "Authenticator Attestation"), ("2.5.4.3", "Batch 7")])
}

// SPEC: WebAuthn-3 §8.8
pub fn apple_nonce(nonce: &[u8]) -> Vec<u8> {
    der::sequence(&[der::around(1, der::octets(nonce))])
}

/// Of a key that was made in hardware, for signing.
pub fn key_description(challenge: &[u8]) -> Vec<u8> {
    let [by_software, by_hardware] = authorizations();
    key_description_of(challenge, &by_software, &by_hardware)
}

/// What software and hardware say of such a key.
pub fn authorizations() -> [Vec<Vec<u8>>; 2] {
    let by_hardware = vec![
        der::around(1, der::set(&[der::integer(2)])),
        der::around(2, der::integer(3)),
        der::around(503, der::item(5, [])),
        der::around(702, der::integer(0)),
    ];
    [vec![der::around(701, der::integer(1_600_000_000))], by_hardware]
}

/// The authorizations of each list in any order: they are written in that of their tags.
// SPEC: WebAuthn-3 §8.4.1
pub fn key_description_of(challenge: &[u8], by_software: &[Vec<u8>], by_hardware: &[Vec<u8>]) -> Vec<u8> {
    let secured = der::item(10, [1]);
    let ordered = |list: &[Vec<u8>]| {
        let mut list = list.to_vec();
        list.sort();
        der::sequence(&list)
    };
    der::sequence(&[
        der::integer(3),
        secured.clone(),
        der::integer(4),
        secured,
        der::octets(challenge),
        der::octets([]),
        ordered(by_software),
        ordered(by_hardware),
    ])
}

/// The alternative name of a TPM's attestation key.
// SPEC: TCG EK Credential Profile §3.2.9
pub fn tpm_names(manufacturer: &str) -> Vec<u8> {
    tpm_names_of(&[("2.23.133.2.1", manufacturer), ("2.23.133.2.2", "Model"), ("2.23.133.2.3", "id:00010002")])
}

pub fn tpm_names_of(attributes: &[(&str, &str)]) -> Vec<u8> {
    der::sequence(&[der::around(4, name(attributes))])
}

// SPEC: WebAuthn-3 §8.6
fn u2f_message(passkey: &Passkey, draft: &Registration) -> Vec<u8> {
    let client_data_hash = digest(&SHA256, &draft.client_data);
    let point = passkey.key.bytes();
    [&[0], &draft.authenticator_data[..32], client_data_hash.as_ref(), &draft.id, &point].concat()
}
