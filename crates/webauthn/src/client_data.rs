//! The client data: what the browser says it asked the authenticator, and for which page. The authenticator signs their
//! hash, so they are believed only after the signature.

mod json;

use aws_lc_rs::digest::{self, Digest};

use crate::refusal::{ClientData as Reason, Signed, Slip};
use crate::{Ceremony, Challenge, Refusal, RelyingParty};

pub(crate) const LONGEST: usize = 4096;

impl Ceremony {
    /// The type that its client data name.
    const fn kind(self) -> &'static str {
        match self {
            Self::Registration => "webauthn.create",
            Self::Authentication => "webauthn.get",
        }
    }
}

#[derive(Debug)]
pub(crate) struct ClientData {
    ceremony: String,
    challenge: String,
    origin: String,
    is_cross_origin: bool,
    top_origin: Option<String>,
    hash: Digest,
}

impl ClientData {
    // SPEC: WebAuthn-3 §7.1 steps 5, 6 and 12, §7.2 steps 7 to 9 and 20.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, Refusal> {
        let text = str::from_utf8(bytes).map_err(|_| Reason::NotUtf8)?;
        let members = json::read(text.strip_prefix('\u{feff}').unwrap_or(text))?;
        let demanded = |item: json::Item, of| item.text(of)?.ok_or(Refusal::Signed(of, Slip::Missing));
        Ok(Self {
            ceremony: demanded(members.ceremony, Signed::Type)?,
            challenge: demanded(members.challenge, Signed::Challenge)?,
            origin: demanded(members.origin, Signed::Origin)?,
            is_cross_origin: members.cross_origin.flag(Signed::CrossOrigin)?.unwrap_or(false),
            top_origin: members.top_origin.text(Signed::TopOrigin)?,
            hash: digest::digest(&digest::SHA256, bytes),
        })
    }

    /// SHA-256 of the bytes as they came, not of what they mean.
    pub(crate) fn hash(&self) -> &[u8] {
        self.hash.as_ref()
    }

    pub(crate) fn answers(&self, ceremony: Ceremony, challenge: &Challenge) -> bool {
        self.ceremony == ceremony.kind() && self.challenge == challenge.text()
    }

    // SPEC: WebAuthn-3 §7.1 steps 7 to 11, §7.2 steps 10 to 14.
    pub(crate) fn check(&self, ceremony: Ceremony, challenge: &Challenge, rp: &RelyingParty) -> Result<(), Refusal> {
        let reason = match () {
            () if self.ceremony != ceremony.kind() => Reason::Type,
            () if self.challenge != challenge.text() => Reason::Challenge,
            () if !rp.origins.iter().any(|ours| ours.as_str() == self.origin) => Reason::Origin,
            () if self.is_cross_origin && rp.top_origins.is_none() => Reason::CrossOrigin,
            () if !self.is_topped_as_expected(rp) => Reason::TopOrigin,
            () => return Ok(()),
        };
        Err(reason.into())
    }

    /// Older browsers say that the page stood in a frame and not in whose; where frames are expected at all, what keeps
    /// other sites out is then the page's own `frame-ancestors`.
    fn is_topped_as_expected(&self, rp: &RelyingParty) -> bool {
        let is_listed = |top: &String| rp.top_origins.iter().flatten().any(|listed| listed.as_str() == top);
        self.top_origin.as_ref().is_none_or(|top| self.is_cross_origin && is_listed(top))
    }
}
