//! `apple`: a certificate that Apple makes for the new credential's own key, and which contains what was asked.
// SPEC: WebAuthn-3 §8.8

use aws_lc_rs::digest;

use super::statement::Members;
use super::{Subject, Trust, Vouched, check_key};
use crate::refusal::{Apple, Attestation as Reason, Refusal};
use crate::x509::der::{Malformed, Reader, Tag};
use crate::x509::oid;

pub(super) fn verify(statement: &[u8], subject: &Subject<'_>, trust: &Trust<'_>) -> Result<Vouched, Refusal> {
    let chain = Members::read(statement, &["x5c"])?.chain().ok_or(Reason::Member)?;
    let extension = chain.leaf.extension(oid::APPLE_NONCE).ok_or(Apple::NonceForm)?;
    let nonce = read_nonce(extension.value).map_err(|_| Apple::NonceForm)?;
    if nonce != digest::digest(&digest::SHA256, &subject.signed()).as_ref() {
        return Err(Apple::Nonce.into());
    }
    check_key(&chain.leaf, subject)?;
    trust.follow(&chain)
}

/// A list of one `[1]` around an octet string.
fn read_nonce(value: &[u8]) -> Result<&[u8], Malformed> {
    let mut from = Reader::new(value);
    let mut list = from.inside(Tag::SEQUENCE)?;
    from.end()?;
    let mut around = list.inside(Tag::around(1))?;
    list.end()?;
    let nonce = around.content(Tag::OCTET_STRING)?;
    around.end()?;
    Ok(nonce)
}
