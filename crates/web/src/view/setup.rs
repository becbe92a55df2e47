//! The first administrator.

use askama::Template;

use super::{Frame, Typed, asset, icon::Icon, written};

/// The link's token stays in the fragment of the address, so the server cannot say here whether the link still works;
/// its module learns that when it begins.
#[derive(Debug, Clone)]
pub(crate) enum Setup {
    Open {
        /// What makes a new link without a new start, to be copied into a terminal.
        command: String,
        /// Makers are asked about the passkey.
        asks_makers: bool,
    },
    Done,
}

#[derive(Template)]
#[template(path = "setup.html")]
struct Page<'a> {
    frame: &'a Frame,
    command: &'a str,
    asks_makers: bool,
    blank: Typed,
}

#[derive(Template)]
#[template(path = "setup_done.html")]
struct Done<'a> {
    frame: &'a Frame,
}

pub(crate) fn setup(frame: &Frame, view: &Setup) -> String {
    match view {
        Setup::Open { command, asks_makers } => {
            written(&Page { frame, command, asks_makers: *asks_makers, blank: Typed::default() })
        }
        Setup::Done => written(&Done { frame }),
    }
}
