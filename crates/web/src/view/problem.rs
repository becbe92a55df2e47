//! What a person reads when a page cannot be shown.

use askama::Template;

use super::{Frame, Moment, asset, written};

#[derive(Debug, Clone)]
pub(crate) enum ProblemPage {
    NotFound,
    WrongMethod,
    TooMany {
        until: Moment,
    },
    /// Ours; `code` is a [`short_code`](super::short_code).
    Ours {
        code: String,
    },
    /// Busy or too late: it may go through by itself in a moment.
    Busy {
        code: String,
    },
    /// A form that came from elsewhere, or a session that ended meanwhile.
    BeginAgain,
    /// Everything else: title and sentence of its problem document.
    Other {
        title: String,
        sentence: String,
    },
}

#[derive(Template)]
#[template(path = "problem.html")]
struct Page<'a> {
    frame: &'a Frame,
    view: &'a ProblemPage,
}

impl ProblemPage {
    fn title(&self) -> &str {
        match self {
            Self::NotFound => "There is nothing here",
            Self::WrongMethod => "That can’t be done here",
            Self::TooMany { .. } => "Take a break",
            Self::BeginAgain => "Please begin again",
            Self::Ours { .. } => "We couldn’t finish that",
            Self::Busy { .. } => "We are busy right now",
            Self::Other { title, .. } => title,
        }
    }
}

pub(crate) fn problem(frame: &Frame, view: &ProblemPage) -> String {
    written(&Page { frame, view })
}
