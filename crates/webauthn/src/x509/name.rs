//! Names of subjects, and what stands in them.
// SPEC: RFC 5280 §4.1.2.4

use super::der::{Malformed, Reader, Tag};

/// The value of an attribute that stands once in a Name, as text. `None`: it stands there not at all or more than once,
/// or is no text.
pub(crate) fn attribute<'a>(name: &'a [u8], wanted: &[u8]) -> Result<Option<&'a str>, Malformed> {
    let mut found = None;
    let mut sets = Reader::new(name).inside(Tag::SEQUENCE)?;
    while !sets.is_empty() {
        let mut attributes = sets.inside(Tag::SET)?;
        while !attributes.is_empty() {
            let mut attribute = attributes.inside(Tag::SEQUENCE)?;
            let kind = attribute.content(Tag::OBJECT_IDENTIFIER)?;
            let (_, value) = attribute.next()?;
            if kind == wanted && found.replace(value).is_some() {
                return Ok(None);
            }
        }
    }
    Ok(found.and_then(|value| str::from_utf8(value).ok()))
}
