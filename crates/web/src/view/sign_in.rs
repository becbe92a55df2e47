//! Signing in.

use askama::Template;

use super::{Frame, asset, icon::Icon, written};

#[derive(Debug, Clone, Default)]
pub(crate) struct SignIn {
    /// What was typed as user name or address.
    pub(crate) name: String,
    /// Where to go afterwards: a local path that was validated.
    pub(crate) next: String,
    pub(crate) sign_up_open: bool,
    /// The name was posted without script: show the passkey step.
    pub(crate) asked: bool,
    pub(crate) fault: Option<String>,
    pub(crate) just_signed_out: bool,
    /// Domains of which passkeys sign in still.
    pub(crate) former: Vec<String>,
}

#[derive(Template)]
#[template(path = "sign_in.html")]
struct Page<'a> {
    frame: &'a Frame,
    view: &'a SignIn,
}

pub(crate) fn sign_in(frame: &Frame, view: &SignIn) -> String {
    written(&Page { frame, view })
}
