//! What the FIDO Alliance, or whoever an operator believes instead, says of models of authenticators: a signed list (a
//! BLOB of the FIDO Metadata Service, version 3).
// SPEC: FIDO Metadata Service 3.1 §3.1 and §3.2

mod envelope;
mod model;
mod status;

use aws_lc_rs::digest;
use serde::Deserialize;
use serde_json::value::RawValue;
use vocab::Timestamp;

use crate::Anchor;
pub use model::{Model, Unreadable};
pub use status::Status;
pub use vocab::Level;

/// A list that is whole and that its signer signed.
#[derive(Clone, Debug)]
pub struct Metadata {
    /// It only ever grows: a list with a number that was seen before is an old one.
    pub number: u64,
    /// `YYYY-MM-DD`: when there will be another.
    pub next_update: String,
    pub models: Vec<Model>,
    /// Entries that are not of the form they should be. The others count all the same.
    pub unreadable: Vec<Unreadable>,
    /// Entries about authenticators of another protocol.
    pub passed_over: usize,
}

/// Who may sign a list.
#[derive(Clone, Debug)]
pub struct Signer {
    pub roots: Vec<Anchor>,
    /// The host that the certificate of the signature must be for: many are certified under such a root. `None`: any.
    pub host: Option<String>,
}

/// Why a list is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotTaken {
    TooLong,
    NotSigned,
    Algorithm,
    Certificate,
    Chain,
    Host,
    Signature,
    Payload,
}

const DAY: u64 = 24 * 60 * 60;
/// In bytes. The list of the FIDO Alliance has some ten millions.
pub const LONGEST: usize = 64 << 20;
/// GlobalSign's, under which the certificate of [`FIDO_HOST`] stood and stands.
const FIDO_ROOTS: &str = include_str!("../../data/globalsign-roots.pem");
const FIDO_HOST: &str = "mds.fidoalliance.org";

#[derive(Deserialize)]
struct Payload<'a> {
    no: u64,
    #[serde(rename = "nextUpdate")]
    next_update: &'a str,
    #[serde(borrow)]
    entries: Vec<&'a RawValue>,
}

impl Metadata {
    /// Reads a list as it is published: a JSON Web Signature in its compact form.
    pub fn read(list: &[u8], signer: &Signer, at: Timestamp) -> Result<Self, NotTaken> {
        if list.len() > LONGEST {
            return Err(NotTaken::TooLong);
        }
        Self::read_payload(&envelope::open(list.trim_ascii(), signer, at)?)
    }

    pub(crate) fn read_payload(json: &[u8]) -> Result<Self, NotTaken> {
        let payload: Payload<'_> = serde_json::from_slice(json).map_err(|_| NotTaken::Payload)?;
        if !is_date(payload.next_update) {
            return Err(NotTaken::Payload);
        }
        let mut read = Self {
            number: payload.no,
            next_update: payload.next_update.to_owned(),
            models: vec![],
            unreadable: vec![],
            passed_over: 0,
        };
        for entry in payload.entries {
            match Model::read(entry) {
                Ok(Some(model)) => read.models.push(model),
                Ok(None) => read.passed_over += 1,
                Err(unreadable) => read.unreadable.push(unreadable),
            }
        }
        Ok(read)
    }

    /// `None`: nothing is known of this model. Zeros are the AAGUID of those that do not say.
    pub fn model(&self, aaguid: [u8; 16]) -> Option<&Model> {
        self.models.iter().find(|model| model.aaguid == Some(aaguid)).filter(|_| aaguid != [0; 16])
    }

    /// A token of the first generation is known by the key of its certificate, in the form of RFC 5280 §4.2.1.2 (1).
    pub fn token(&self, key_identifier: &[u8]) -> Option<&Model> {
        self.models.iter().find(|model| model.key_identifiers.iter().any(|known| *known == key_identifier))
    }

    /// Whether there should have been another list by now.
    pub fn is_due(&self, at: Timestamp) -> bool {
        self.overdue(at) > 0
    }

    /// Days since there should have been another.
    pub fn overdue(&self, at: Timestamp) -> u16 {
        let due = format!("{}T00:00:00Z", self.next_update).parse::<Timestamp>();
        due.map_or(0, |due| u16::try_from(at.since(due).as_secs() / DAY).unwrap_or(u16::MAX))
    }
}

impl Signer {
    /// What tells this signer from others: numbers of lists are each signer's own.
    pub fn name(&self) -> String {
        let mut known: Vec<Vec<u8>> = self.roots.iter().filter_map(Anchor::identity).collect();
        known.sort();
        known.push(self.host.clone().unwrap_or_default().into_bytes());
        let hash = digest::digest(&digest::SHA256, &known.concat());
        hash.as_ref().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
    }

    /// The FIDO Alliance.
    pub fn fido() -> Option<Self> {
        Some(Self { roots: Anchor::parse_pem(FIDO_ROOTS)?, host: Some(FIDO_HOST.to_owned()) })
    }
}

fn is_date(text: &str) -> bool {
    let form = |(at, byte): (usize, u8)| if at == 4 || at == 7 { byte == b'-' } else { byte.is_ascii_digit() };
    text.len() == 10 && text.bytes().enumerate().all(form)
}

impl std::fmt::Display for NotTaken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::TooLong => "the list is longer than 64 MB",
            Self::NotSigned => "this is not a JSON Web Signature with certificates (`x5c`)",
            Self::Algorithm => {
                "the list is signed with an algorithm that is not that of its certificate, or none of ours"
            }
            Self::Certificate => "a certificate of the list cannot be read",
            Self::Chain => "the certificate of the list does not lead to a root that may sign it",
            Self::Host => "the certificate of the list is for another host",
            Self::Signature => "the signature of the list does not hold",
            Self::Payload => "what is signed is not a list of authenticators",
        })
    }
}

impl std::error::Error for NotTaken {}
