use serde::Deserialize;
use serde_json::value::RawValue;
use vocab::Level;

use super::is_date;
use super::status::Status;
use crate::{Anchor, base64url};

/// A model of authenticator, as far as we ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Model {
    /// `None`: a token of FIDO's first generation, known by the keys of its batches.
    pub aaguid: Option<[u8; 16]>,
    /// Of the certificates of its batches.
    pub key_identifiers: Vec<[u8; 20]>,
    /// What its maker calls it.
    pub name: String,
    /// Who may vouch for one; see [`crate::Trust`].
    pub anchors: Vec<Anchor>,
    /// Whether keys stay in hardware made for it. `None`: it is not said.
    pub is_hardware: Option<bool>,
    /// The last thing that was reported, with its date.
    pub status: Option<(Status, String)>,
    /// The highest at which it was ever certified.
    pub level: Option<Level>,
}

/// An entry that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// Whose it is, as far as that could be made out.
    pub which: String,
    /// What is wrong with it.
    pub because: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    aaguid: Option<String>,
    aaid: Option<String>,
    #[serde(default)]
    attestation_certificate_key_identifiers: Vec<String>,
    metadata_statement: Option<Statement>,
    #[serde(default)]
    status_reports: Vec<Report>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct Statement {
    description: Option<String>,
    #[serde(default)]
    attestation_root_certificates: Vec<String>,
    key_protection: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Report {
    status: String,
    effective_date: Option<String>,
}

const LONGEST_NAME: usize = 200;

impl Model {
    /// `None`: an authenticator of another protocol (UAF), with an AAID alone.
    pub(super) fn read(entry: &RawValue) -> Result<Option<Self>, Unreadable> {
        let read: Entry = serde_json::from_str(entry.get()).map_err(|error| Unreadable::new(entry, error))?;
        let unreadable = |because: &str| Unreadable::new(entry, because);
        let aaguid = read.aaguid.as_deref().map(|text| parse_aaguid(text).ok_or_else(|| unreadable("its AAGUID")));
        let aaguid = aaguid.transpose()?;
        let hex = |text: &String| unhex(text).ok_or_else(|| unreadable("a key identifier"));
        let key_identifiers =
            read.attestation_certificate_key_identifiers.iter().map(hex).collect::<Result<Vec<_>, _>>()?;
        if aaguid.is_none() && key_identifiers.is_empty() {
            return if read.aaid.is_some() { Ok(None) } else { Err(unreadable("no AAGUID and no key identifier")) };
        }
        let statement = read.metadata_statement.unwrap_or_default();
        // A root that cannot be read vouches for nothing; what is reported of the model counts all the same.
        let anchors = statement.attestation_root_certificates.iter().filter_map(|text| parse_root(text)).collect();
        Ok(Some(Self {
            aaguid,
            key_identifiers,
            name: short(&statement.description.unwrap_or_default()),
            anchors,
            is_hardware: statement.key_protection.map(|words| words.iter().any(|word| is_of_hardware(word))),
            status: last(&read.status_reports),
            level: read.status_reports.iter().filter_map(|report| level(&report.status)).max(),
        }))
    }
}

/// Names are shown: without what moves a cursor, and not without end.
fn short(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(LONGEST_NAME).collect()
}

fn is_of_hardware(word: &str) -> bool {
    matches!(word, "hardware" | "secure_element" | "tee")
}

fn level(status: &str) -> Option<Level> {
    if let Status::Certified(level) = Status::parse(status) { Some(level) } else { None }
}

/// Of the latest date; of one date, that which stands last. One without a date was always so, and one whose date is none
/// is the latest: it may be a breach. That there is an update takes nothing back.
fn last(reports: &[Report]) -> Option<(Status, String)> {
    let date = |report: &Report| match &report.effective_date {
        None => String::new(),
        Some(date) if is_date(date) => date.clone(),
        Some(_) => "9999-12-31".to_owned(),
    };
    let mut dated: Vec<_> = reports.iter().map(|report| (date(report), Status::parse(&report.status))).collect();
    dated.sort_by(|one, other| one.0.cmp(&other.0));
    let says_more = |(_, status): &&(String, Status)| !matches!(status, Status::UpdateAvailable | Status::Other(_));
    let last = dated.iter().rev().find(says_more).or(dated.last());
    last.map(|(date, status)| (status.clone(), date.clone()))
}

/// Lists are made by hand, and some have broken the lines of a certificate.
fn parse_root(text: &str) -> Option<Anchor> {
    let whole: String = text.split_whitespace().collect();
    Anchor::parse(base64url::decode_standard(&whole)?).ok()
}

/// `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx`
fn parse_aaguid(text: &str) -> Option<[u8; 16]> {
    let lengths = text.split('-').map(str::len);
    if lengths.eq([8, 4, 4, 4, 12]) { unhex(&text.replace('-', "")) } else { None }
}

fn unhex<const N: usize>(text: &str) -> Option<[u8; N]> {
    if text.len() != 2 * N || !text.is_ascii() {
        return None;
    }
    let mut bytes = [0; N];
    for (place, pair) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
        *place = u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(bytes)
}

impl Unreadable {
    fn new(entry: &RawValue, because: impl ToString) -> Self {
        #[derive(Deserialize)]
        struct Whose<'a> {
            aaguid: Option<&'a str>,
            aaid: Option<&'a str>,
        }
        let whose = serde_json::from_str::<Whose<'_>>(entry.get()).ok();
        let which = whose.and_then(|whose| whose.aaguid.or(whose.aaid)).unwrap_or("?");
        Self { which: short(which), because: short(&because.to_string()) }
    }
}
