use serde::{Deserialize, Serialize};

use crate::base64url::Base64url;
use crate::{Challenge, Descriptor, RelyingParty, UserVerification};

#[derive(Clone, Debug)]
pub struct Ask {
    pub challenge: Challenge,
    /// The credentials that may answer. Empty: whichever the authenticator has for us, and it must name its user.
    pub allow: Vec<Descriptor>,
    pub user_verification: UserVerification,
    pub timeout_ms: u32,
}

/// What the browser is handed: `PublicKeyCredentialRequestOptionsJSON`.
// SPEC: WebAuthn-3 §5.1.9, §5.5
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Options {
    challenge: Challenge,
    timeout: u32,
    rp_id: String,
    allow_credentials: Vec<Descriptor>,
    user_verification: UserVerification,
}

/// What must be remembered until the answer comes. The app seals it; nobody outside reads or changes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pending {
    #[serde(rename = "c")]
    pub(crate) challenge: Challenge,
    /// Empty: nobody was named.
    #[serde(rename = "i")]
    pub(crate) allowed: Vec<Base64url>,
    #[serde(rename = "v")]
    pub(crate) user_verification: UserVerification,
}

/// The options for the browser, and what to keep until [`super::finish`].
pub fn begin(rp: &RelyingParty, ask: Ask) -> (Options, Pending) {
    let pending = Pending {
        challenge: ask.challenge.clone(),
        allowed: ask.allow.iter().map(|descriptor| Base64url(descriptor.id.clone())).collect(),
        user_verification: ask.user_verification,
    };
    let options = Options {
        challenge: ask.challenge,
        timeout: ask.timeout_ms,
        rp_id: rp.id.as_str().to_owned(),
        allow_credentials: ask.allow,
        user_verification: ask.user_verification,
    };
    (options, pending)
}

impl Pending {
    pub(super) fn allows(&self, id: &[u8]) -> bool {
        self.allowed.iter().any(|allowed| allowed.0 == id)
    }
}
