//! The page a confirmation letter links to.

use askama::Template;

use super::{Before, Frame, StepUp, asset, step_up, written};

/// Opening the page changes nothing: mail scanners open links too.
#[derive(Debug, Clone)]
pub(crate) enum ConfirmAddress {
    /// Whoever asks is signed in to the account of this address.
    Ready {
        link: String,
        address: String,
    },
    /// `next` is this page's own local path, with its link.
    NeedsSignIn {
        next: String,
    },
    /// A passkey was used too long ago.
    NeedsStepUp {
        next: String,
        address: String,
    },
    Done {
        address: String,
    },
    /// Somebody else was faster.
    Taken {
        address: String,
    },
    /// Used, too old, or never made for this account.
    Ended,
}

#[derive(Template)]
#[template(path = "confirm_address.html")]
struct Page<'a> {
    frame: &'a Frame,
    view: &'a ConfirmAddress,
}

pub(crate) fn confirm_address(frame: &Frame, view: &ConfirmAddress) -> String {
    match view {
        ConfirmAddress::NeedsStepUp { next, address } => {
            step_up(frame, &StepUp { before: Before::Confirming { address }, next })
        }
        _ => written(&Page { frame, view }),
    }
}
