//! A passkey is used once more before something is done.

use askama::Template;

use super::{Frame, asset, icon::Icon, written};

#[derive(Debug, Clone)]
pub(crate) struct StepUp<'a> {
    pub(crate) before: Before<'a>,
    /// The question itself, which is asked again afterwards.
    pub(crate) next: &'a str,
}

/// What waits for it.
#[derive(Debug, Clone)]
pub(crate) enum Before<'a> {
    Removing { passkey: &'a str },
    Confirming { address: &'a str },
    EndingSessions,
}

#[derive(Template)]
#[template(path = "step_up.html")]
struct Page<'a> {
    frame: &'a Frame,
    view: &'a StepUp<'a>,
}

pub(crate) fn step_up(frame: &Frame, view: &StepUp<'_>) -> String {
    written(&Page { frame, view })
}

impl Before<'_> {
    fn leave(&self) -> &'static str {
        match self {
            Self::Removing { .. } => "Keep it, go back",
            Self::Confirming { .. } | Self::EndingSessions => "Not now",
        }
    }
}
