//! The pages people see: plain views in, HTML out.
//!
//! A page is a pure function of a [`Frame`] and its view. It knows nothing of requests, sessions or SQL, so a test
//! renders every state of every page without a server. What a person reads stands in the templates, in whole
//! sentences; names and times arrive as strings that fit into them.
//!
//! ```text
//! let html = view::sign_in(&frame, &view::SignIn { next: "/account".to_owned(), ..Default::default() });
//! let style = view::asset::href("base.css"); // "/assets/base-1f2e3d4c5b6a7988.css"
//! ```
//!
//! What it refuses: inline script, style and handlers (the content security policy forbids them); to mark up anything
//! that came from a person.
//!
//! Invariants:
//! - `every state is in the page`: a module of `console/` only shows one of the sections the server wrote.
//! - `works without script`: all but the passkey ceremony itself is a form, a link or a disclosure.
//! - `foreign text is isolated`: what a person typed stands in `<bdi>` or between isolates, and is escaped.

mod address;
pub(crate) mod asset;
mod credential;
mod icon;
mod impression;
mod own_account;
mod problem;
mod setup;
mod short_code;
mod sign_in;
mod sign_up;
mod step_up;
mod words;

#[cfg(test)]
mod tests;

pub(crate) use address::{ConfirmAddress, confirm_address};
pub(crate) use credential::{Removal, RemovePasskey, remove_passkey};
pub(crate) use impression::Impression;
pub(crate) use own_account::{
    Account, Activity, Banner, DeviceKind, IdentifierRow, PasskeyKind, PasskeyRow, Remark, SessionRow, Tone, account,
};
pub(crate) use problem::{ProblemPage, problem};
pub(crate) use setup::{Setup, setup};
pub(crate) use short_code::short_code;
pub(crate) use sign_in::{SignIn, sign_in};
pub(crate) use sign_up::{SignUp, Typed, sign_up, sign_up_closed};
pub(crate) use step_up::{Before, StepUp, step_up};
pub(crate) use words::{Moment, isolated};

use crate::help::Help;

/// What every page says about where a person is.
#[derive(Debug, Clone)]
pub(crate) struct Frame {
    pub(crate) organisation: String,
    /// The true host: the page shows it in bold, so that a person can compare it.
    pub(crate) address: String,
    pub(crate) help: Option<Help>,
}

/// The address of a page that leads on to `next` afterwards, a local path of the few signs that are let through.
pub(crate) fn leading_to(path: &str, next: &str) -> String {
    format!("{path}?next={}", next.replace('&', "%26"))
}

/// Writing a page to a string cannot fail: no template calls anything that does.
fn written(page: &impl askama::Template) -> String {
    page.render().unwrap_or_default()
}
