use std::fmt;

/// One thing that is not in order: where, what, and why the house minds.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    pub path: String,
    pub line: usize,
    pub sentence: String,
    pub reason: String,
}

impl Finding {
    pub(crate) fn new(at: (&str, usize), sentence: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { path: at.0.to_owned(), line: at.1, sentence: sentence.into(), reason: reason.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {} ({})", self.path, self.line, self.sentence, self.reason)
    }
}
