//! Strings that fit into a sentence, and sentences that count.

use std::borrow::Cow;

/// A point in time as a person reads it and as a machine does.
#[derive(Debug, Clone, Default)]
pub(crate) struct Moment {
    /// As it stands inside a sentence: “today at 08:12”, “on 2 September”.
    pub(crate) text: String,
    /// RFC 3339, for the `datetime` attribute.
    pub(crate) datetime: String,
}

/// A number at the beginning of a sentence.
fn counted(number: usize) -> Cow<'static, str> {
    let small = ["No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine"];
    small.get(number).map_or_else(|| number.to_string().into(), |word| (*word).into())
}

pub(super) fn ways_in(passkeys: usize) -> String {
    match passkeys {
        0 => "No way in yet. Add a passkey before you sign out.".to_owned(),
        1 => "One way in. Add a second, so that losing this one does not lock you out.".to_owned(),
        more => format!("{} ways in. Losing one does not lock you out.", counted(more)),
    }
}

pub(super) fn sessions_that_end(sessions: usize) -> String {
    match sessions {
        0 => "It has opened no session that is still running.".to_owned(),
        1 => "One session that it opened ends now.".to_owned(),
        more => format!("{} sessions that it opened end now.", counted(more)),
    }
}

/// The names follow.
pub(super) fn passkeys_that_stay(passkeys: usize) -> String {
    match passkeys {
        1 => "One passkey stays:".to_owned(),
        more => format!("{} passkeys stay:", counted(more)),
    }
}

/// Foreign text for a sentence that is put together outside the templates: whatever direction it is written in, it
/// cannot turn the words around it.
pub(crate) fn isolated(foreign: &str) -> String {
    format!("\u{2068}{foreign}\u{2069}")
}
