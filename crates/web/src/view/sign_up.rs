//! Making an account for oneself.

use askama::Template;

use super::{Frame, asset, icon::Icon, written};

/// One field: what was typed, and what is wrong with it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Typed {
    pub(crate) value: String,
    /// A whole sentence.
    pub(crate) fault: Option<String>,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct SignUp {
    pub(crate) display_name: Typed,
    pub(crate) username: Typed,
    pub(crate) email: Typed,
    /// Where to go afterwards: a local path that was validated.
    pub(crate) next: String,
    /// It was posted without script and all of it can be used: show the passkey step.
    pub(crate) checked: bool,
    /// Makers are asked about the passkey.
    pub(crate) asks_makers: bool,
}

#[derive(Template)]
#[template(path = "sign_up.html")]
struct Page<'a> {
    frame: &'a Frame,
    view: &'a SignUp,
}

#[derive(Template)]
#[template(path = "sign_up_closed.html")]
struct Closed<'a> {
    frame: &'a Frame,
    next: &'a str,
}

pub(crate) fn sign_up(frame: &Frame, view: &SignUp) -> String {
    written(&Page { frame, view })
}

pub(crate) fn sign_up_closed(frame: &Frame, next: &str) -> String {
    written(&Closed { frame, next })
}
