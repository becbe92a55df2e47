//! The certificate of the key by which a TPM attests.
// SPEC: WebAuthn-3 §8.3.1

use crate::attestation::{Trust, check_is_no_authority};
use crate::refusal::Certificate as Reason;
use crate::x509::der::{Malformed, Reader, Tag};
use crate::x509::{self, Certificate, oid};

pub(super) fn check(certificate: &Certificate<'_>, trust: &Trust<'_>) -> Result<(), Reason> {
    if certificate.version() != 3 {
        return Err(Reason::Version);
    }
    if !certificate.has_no_subject() {
        return Err(Reason::Subject);
    }
    let names = certificate.extension(oid::SUBJECT_ALTERNATIVE_NAME).ok_or(Reason::AlternativeName)?;
    let manufacturer = read_manufacturer(names.value).ok().flatten().ok_or(Reason::AlternativeName)?;
    let mut known = VENDORS.into_iter().chain(trust.tpm_vendors.iter().map(String::as_str));
    let is_known = known.any(|vendor| vendor.eq_ignore_ascii_case(manufacturer));
    if !is_known {
        return Err(Reason::Vendor);
    }
    if certificate.is_for(oid::ATTESTATION_IDENTITY_KEY) != Some(true) {
        return Err(Reason::Usage);
    }
    check_is_no_authority(certificate)
}

/// The number of the manufacturer, in hexadecimal, out of a name that says manufacturer, model and version.
// SPEC: TCG EK Credential Profile §3.2.9
fn read_manufacturer(value: &[u8]) -> Result<Option<&str>, Malformed> {
    let mut outside = Reader::new(value);
    let mut names = outside.inside(Tag::SEQUENCE)?;
    outside.end()?;
    while !names.is_empty() {
        let (tag, name) = names.next()?;
        if tag != DIRECTORY_NAME {
            continue;
        }
        let manufacturer = x509::attribute(name, oid::TPM_MANUFACTURER)?;
        let is_whole =
            x509::attribute(name, oid::TPM_MODEL)?.is_some() && x509::attribute(name, oid::TPM_VERSION)?.is_some();
        return Ok(manufacturer.and_then(|text| text.strip_prefix("id:")).filter(|_| is_whole));
    }
    Ok(None)
}

const DIRECTORY_NAME: Tag = Tag::around(4);

/// The makers of TPMs: their initials in ASCII, in hexadecimal.
// Facts from the TCG TPM Vendor ID Registry, version 1.07, family 2.0.
const VENDORS: [&str; 29] = [
    "414D4400", "414E5400", "41544D4C", "4252434D", "4353434F", "464C5953", "474F4F47", "48495349", "48504500",
    "48504900", "49424D00", "49465800", "494E5443", "4C454E00", "4D534654", "4E534700", "4E534D20", "4E544300",
    "4E545A00", "51434F4D", "524F4343", "53454345", "5345414C", "534D534E", "534D5343", "534E5300", "53544D20",
    "54584E00", "57454300",
];
