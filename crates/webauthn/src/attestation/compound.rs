//! `compound`: several statements about one credential. All of them must hold.
// SPEC: WebAuthn-3 §8.9

use super::{Format, Subject, Trust, Vouched};
use crate::cbor::Reader;
use crate::refusal::{Attestation as Reason, Compound, Place, Refusal};

/// Statements of one compound: each costs signatures.
const MOST: u64 = 4;

pub(super) fn verify(statement: &[u8], subject: &Subject<'_>, trust: &Trust<'_>) -> Result<Vouched, Refusal> {
    let mut from = Reader::new(Place::AttestationObject, statement);
    let count = from.array()?;
    if !(2..=MOST).contains(&count) {
        return Err(Compound::Count.into());
    }
    let mut vouched = Vouched::Nobody;
    for _ in 0..count {
        let (format, statement) = read_member(&mut from)?;
        if format == Format::Compound {
            return Err(Compound::Nested.into());
        }
        vouched = vouched.max(format.verify(statement, subject, trust)?);
    }
    Ok(vouched)
}

/// A map of `fmt` and `attStmt`.
fn read_member<'a>(from: &mut Reader<'a>) -> Result<(Format, &'a [u8]), Refusal> {
    let (mut format, mut statement) = (None, None);
    for _ in 0..from.map().map_err(|_| Reason::Member)? {
        match from.text().map_err(|_| Reason::Member)? {
            "fmt" => format = Some(from.text().map_err(|_| Reason::Member)?),
            "attStmt" => statement = Some(from.item().map_err(|_| Reason::Member)?),
            _ => return Err(Reason::Member.into()),
        }
    }
    let format = Format::parse(format.ok_or(Reason::Member)?).ok_or(Reason::UnknownFormat)?;
    Ok((format, statement.ok_or(Reason::Member)?))
}
