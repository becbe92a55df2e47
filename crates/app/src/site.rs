//! What this installation says of itself. All of it is configuration: nothing here ever comes from a request.

use std::borrow::Cow;

use vocab::RpId;
use vocab::url::{PublicUrl, RemoteUrl};
use webauthn::metadata::Signer;
use webauthn::{Conveyance, RelyingParty};

/// May anybody make an account?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignUps {
    Open,
    Closed,
}

#[derive(Debug, Clone)]
pub struct Site {
    /// Where people find us; links in letters begin with it.
    pub public_url: PublicUrl,
    /// Who we are to authenticators; its name is the organisation's.
    pub relying_party: RelyingParty,
    /// Domains that passkeys were bound to before: theirs sign in all the same, and no new ones are made.
    pub former_rp_ids: Vec<RpId>,
    /// Passkeys that are bound to another domain may be lost.
    pub may_strand: bool,
    pub sign_ups: SignUps,
    /// Whether makers of authenticators are asked to state where a passkey is made.
    pub attestation: Conveyance,
    /// Makers of TPMs beside those of the TCG's registry, by eight hexadecimal digits.
    pub tpm_vendors: Vec<String>,
    /// TPMs may sign their statements with SHA-1.
    pub takes_sha1_of_tpms: bool,
    /// Who may say what is known of models of authenticators.
    pub list_signer: Signer,
    /// Where that is published. `None`: nobody is asked, and an operator brings it.
    pub list_url: Option<RemoteUrl>,
}

impl Site {
    /// The domain that counts, then those before.
    pub fn rp_ids(&self) -> Vec<RpId> {
        [&self.relying_party.id].into_iter().chain(&self.former_rp_ids).cloned().collect()
    }

    /// Who we are to authenticators that know us by this domain. `None`: nobody knows us by it.
    pub(crate) fn known_as(&self, domain: Option<&str>) -> Option<Cow<'_, RelyingParty>> {
        let Some(domain) = domain else { return Some(Cow::Borrowed(&self.relying_party)) };
        let id = self.former_rp_ids.iter().find(|id| id.as_str() == domain)?;
        Some(Cow::Owned(RelyingParty { id: id.clone(), ..self.relying_party.clone() }))
    }

    /// An address of ours.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.public_url.origin())
    }
}
