use vocab::{Origin, RpId};

/// Who we are to an authenticator. All of it is configuration; nothing of it ever comes from a request.
#[derive(Clone, Debug)]
pub struct RelyingParty {
    pub id: RpId,
    /// Shown by authenticators.
    pub name: String,
    /// The pages that may run a ceremony.
    pub origins: Vec<Origin>,
    /// The foreign pages that may show one of ours in a frame and run a ceremony there. `None`: nobody may.
    pub top_origins: Option<Vec<Origin>>,
}
