//! From a certificate to one that is believed.

use super::certificate::{Certificate, Moment};
use super::revocation::Revocations;
use super::seen::{SeenSignatures, Signature, signature};

/// Signatures that are looked at on the way, whatever was sent: certificates of one name may be many. Those that were
/// seen before count too: it bounds the ways that are walked, and what is believed does not hang on what came before.
const MOST_SIGNATURES: u32 = 24;

/// Who is believed, and what was taken back.
#[derive(Clone, Copy)]
pub(crate) struct Believed<'s, 'a> {
    pub(crate) anchors: &'s [Certificate<'a>],
    pub(crate) revocations: &'s [&'s Revocations],
    pub(crate) at: Moment,
    /// `None`: every signature is verified.
    pub(crate) seen: Option<&'s SeenSignatures>,
}

/// Whether a certificate is one of the anchors, or is vouched for by one, directly or by way of others. Those may stand
/// in any order, and some that lead nowhere among them.
///
/// An anchor is a name and a key that are believed: roots of old have no extensions, and outlive the time they once gave
/// themselves. One that says it is no authority is believed about itself alone.
// SPEC: RFC 5280 §6.1, which takes of an anchor its name and its key (§6.1.1 (d)).
pub(crate) fn leads_to(certificate: &Certificate<'_>, others: &[Certificate<'_>], believed: Believed<'_, '_>) -> bool {
    let mut search = Search { others, believed, signatures_left: MOST_SIGNATURES, path: vec![] };
    let is_believed = search.reaches(certificate, &mut Vec::with_capacity(others.len()));
    if let Some(seen) = believed.seen.filter(|_| is_believed) {
        seen.remember(search.path);
    }
    is_believed
}

struct Search<'s, 'a> {
    others: &'s [Certificate<'a>],
    believed: Believed<'s, 'a>,
    signatures_left: u32,
    /// The signatures that led to where it stands, where somebody remembers them.
    path: Vec<Signature>,
}

impl Search<'_, '_> {
    /// `passed`: the places of the authorities that lie behind.
    fn reaches(&mut self, here: &Certificate<'_>, passed: &mut Vec<usize>) -> bool {
        let Believed { anchors, revocations, at, .. } = self.believed;
        let is_revoked = revocations.iter().any(|list| list.holds(here));
        if is_revoked || !here.is_valid_at(at) || !here.is_understood() {
            return false;
        }
        if anchors.iter().any(|anchor| anchor.whole == here.whole) {
            return true;
        }
        let may_issue = |anchor: &Certificate<'_>| !matches!(anchor.constraints(), Ok(Some((false, _))) | Err(_));
        let mut issuers = anchors.iter().filter(|anchor| anchor.subject() == here.issuer && may_issue(anchor));
        if issuers.any(|anchor| self.is_signed_by(here, anchor)) {
            return true;
        }
        let others = self.others;
        for (place, issuer) in others.iter().enumerate() {
            let fits = issuer.subject() == here.issuer && !passed.contains(&place) && issuer.may_issue(passed.len());
            if fits && self.is_signed_by(here, issuer) {
                passed.push(place);
                if self.reaches(issuer, passed) {
                    return true;
                }
                passed.pop();
                self.path.pop();
            }
        }
        false
    }

    fn is_signed_by(&mut self, here: &Certificate<'_>, issuer: &Certificate<'_>) -> bool {
        let Some(left) = self.signatures_left.checked_sub(1) else { return false };
        self.signatures_left = left;
        let Some(seen) = self.believed.seen else { return here.is_signed_by(issuer.key()) };
        let signature = signature(here.whole, issuer.key().whole);
        let is_signed = seen.knows(&signature) || here.is_signed_by(issuer.key());
        if is_signed {
            self.path.push(signature);
        }
        is_signed
    }
}
