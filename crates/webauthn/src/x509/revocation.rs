//! Certificates that their issuer took back.
// SPEC: RFC 5280 §5

use std::collections::BTreeSet;

use super::certificate::{Certificate, Moment, read_extension};
use super::der::{Malformed, Reader, Tag};
use super::signature::Scheme;

/// A list that its issuer signed.
#[derive(Clone, Debug)]
pub(crate) struct Revocations {
    /// A name, as it is written.
    issuer: Box<[u8]>,
    serials: BTreeSet<Box<[u8]>>,
    /// When the issuer meant to say more. `None`: it did not say.
    pub(crate) next_update: Option<Moment>,
}

impl Revocations {
    /// `None`: the list is not that of this issuer, or was changed since.
    pub(crate) fn read(list: &[u8], issuer: &Certificate<'_>) -> Result<Option<Self>, Malformed> {
        let mut outside = Reader::new(list);
        let mut from = outside.inside(Tag::SEQUENCE)?;
        outside.end()?;
        let signed = from.whole(Tag::SEQUENCE)?;
        let scheme = Scheme::read(from.content(Tag::SEQUENCE)?)?;
        let signature = from.bit_string()?;
        from.end()?;
        let revocations = Self::read_signed(signed)?;
        let is_signed = scheme.is_some_and(|scheme| issuer.key().verifies(scheme, signed, signature));
        Ok((is_signed && *revocations.issuer == *issuer.subject()).then_some(revocations))
    }

    fn read_signed(signed: &[u8]) -> Result<Self, Malformed> {
        let mut from = Reader::new(signed).inside(Tag::SEQUENCE)?;
        from.optional(Tag::INTEGER)?;
        from.content(Tag::SEQUENCE)?;
        let issuer = from.whole(Tag::SEQUENCE)?.into();
        Moment::read(&mut from)?;
        let next_update = if from.next_is_a_time() { Some(Moment::read(&mut from)?) } else { None };
        let mut entries = Reader::new(from.optional(Tag::SEQUENCE)?.unwrap_or_default());
        let mut serials = BTreeSet::new();
        while !entries.is_empty() {
            serials.insert(entries.inside(Tag::SEQUENCE)?.content(Tag::INTEGER)?.into());
        }
        if let Some(extensions) = from.optional(Tag::around(0))? {
            check_plain(Reader::new(extensions).inside(Tag::SEQUENCE)?)?;
        }
        from.end()?;
        Ok(Self { issuer, serials, next_update })
    }

    pub(crate) fn holds(&self, certificate: &Certificate<'_>) -> bool {
        *self.issuer == *certificate.issuer && self.serials.contains(certificate.serial)
    }
}

/// A list of changes, or of others' certificates, says so in an extension that must be understood.
fn check_plain(mut extensions: Reader<'_>) -> Result<(), Malformed> {
    while !extensions.is_empty() {
        if read_extension(&mut extensions)?.1.is_critical {
            return Err(Malformed);
        }
    }
    Ok(())
}
