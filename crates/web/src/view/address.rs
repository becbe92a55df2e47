//! The page a confirmation letter links to.

use askama::Template;

use super::{Frame, asset, written};

/// Opening the page changes nothing: mail scanners open links too.
#[derive(Debug, Clone)]
pub(crate) enum ConfirmAddress {
    /// The address is masked unless the person who asks is signed in to its account.
    Ready {
        link: String,
        address: Option<String>,
    },
    /// `next` is this page's own local path, with its link.
    NeedsSignIn {
        next: String,
    },
    Done {
        address: Option<String>,
    },
    /// Used, too old, or never made.
    Ended,
}

#[derive(Template)]
#[template(path = "confirm_address.html")]
struct Page<'a> {
    frame: &'a Frame,
    view: &'a ConfirmAddress,
}

pub(crate) fn confirm_address(frame: &Frame, view: &ConfirmAddress) -> String {
    written(&Page { frame, view })
}
