//! Strings that fit into a sentence.

/// A point in time as a person reads it and as a machine does.
#[derive(Debug, Clone, Default)]
pub(crate) struct Moment {
    /// As it stands inside a sentence: “today at 08:12”, “on 2 September”.
    pub(crate) text: String,
    /// RFC 3339, for the `datetime` attribute.
    pub(crate) datetime: String,
}

/// Foreign text for a sentence that is put together outside the templates: whatever direction it is written in, it
/// cannot turn the words around it.
pub(crate) fn isolated(foreign: &str) -> String {
    format!("\u{2068}{foreign}\u{2069}")
}
