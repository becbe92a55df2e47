//! What was wrong and where, and the name that was likely meant.

use std::fmt;

/// Where a value or an error comes from; the order is the order in which errors are shown.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    Flag(&'static str),
    /// The name of the variable, with `_FILE` where the value came through a file.
    Environment(String),
    File {
        name: String,
        line: usize,
    },
    Default,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(flag) => f.write_str(flag),
            Self::Environment(name) => f.write_str(name),
            Self::File { name, line } => write!(f, "{name}:{line}"),
            Self::Default => f.write_str("default"),
        }
    }
}

/// All that was wrong, in one piece. Never empty when `load` returns it.
#[derive(Debug, Default)]
pub struct Errors(Vec<(Place, String)>);

impl Errors {
    pub(super) fn push(&mut self, place: Place, sentence: String) {
        let at = self.0.partition_point(|(other, _)| *other <= place);
        self.0.insert(at, (place, sentence));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Errors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = if self.0.len() == 1 { "" } else { "s" };
        write!(f, "the configuration has {} error{plural}, nothing was started:", self.0.len())?;
        self.0.iter().try_for_each(|(place, sentence)| write!(f, "\n{place}: {sentence}"))
    }
}

impl std::error::Error for Errors {}

/// The name that was likely meant: almost the same, or the right key without its section.
pub(super) fn nearest<'a>(word: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    names.filter_map(|name| Some((distance(word, name)?, name))).min().map(|(_, name)| name)
}

fn distance(word: &str, name: &str) -> Option<usize> {
    const MISSPELT: usize = 2;
    const MISPLACED: usize = 3;
    let flat = |path: &str| path.to_lowercase().replace('.', "_");
    let key = |path: &str| path.rsplit('.').next().map(str::to_lowercase);
    match strsim::damerau_levenshtein(&flat(word), &flat(name)) {
        close if close <= MISSPELT => Some(close),
        _ if key(word) == key(name) => Some(MISPLACED),
        _ => None,
    }
}

/// `; did you mean …?`, or nothing.
pub(super) fn did_you_mean(name: Option<String>) -> String {
    name.map(|name| format!("; did you mean {name}?")).unwrap_or_default()
}
