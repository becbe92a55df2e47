//! The question before a passkey is removed.

use askama::Template;

use super::{Before, Frame, Impression, Moment, PasskeyKind, StepUp, asset, icon::Icon, step_up, words, written};

#[derive(Debug, Clone)]
pub(crate) struct RemovePasskey {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) impression: Impression,
    pub(crate) kind: PasskeyKind,
    pub(crate) removal: Removal,
}

/// What may happen now.
#[derive(Debug, Clone)]
pub(crate) enum Removal {
    Possible {
        /// The sessions it opened, which end with it.
        sessions: usize,
        /// Names of the passkeys that stay.
        staying: Vec<String>,
    },
    /// The last proof is too old: confirm first.
    NeedsStepUp,
    /// Nothing else signs this person in.
    LastPasskey,
    /// The passkey this person signed in with is too new to remove older ones.
    TooNew { from: Moment },
}

#[derive(Template)]
#[template(path = "remove_passkey.html")]
struct Page<'a> {
    frame: &'a Frame,
    view: &'a RemovePasskey,
}

pub(crate) fn remove_passkey(frame: &Frame, view: &RemovePasskey) -> String {
    match view.removal {
        Removal::NeedsStepUp => {
            let next = format!("/account/credentials/{}/remove", view.id);
            step_up(frame, &StepUp { before: Before::Removing { passkey: &view.name }, next: &next })
        }
        Removal::Possible { .. } | Removal::LastPasskey | Removal::TooNew { .. } => written(&Page { frame, view }),
    }
}
