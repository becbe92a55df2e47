//! The list of disagreements that are understood.

use std::fmt;

use serde::Deserialize;

use crate::verdict::Word;

/// Which ids are meant: segment by segment, each one or several words with `|` between, in which `*` stands for any
/// letters. A pattern that ends earlier means whatever follows.
#[derive(Clone, Debug, Deserialize)]
#[serde(from = "String")]
pub struct Pattern(String);

impl From<String> for Pattern {
    fn from(text: String) -> Pattern {
        Pattern(text)
    }
}

impl Pattern {
    pub fn fits(&self, id: &str) -> bool {
        let mut segments = id.split('/');
        self.0.split('/').all(|wanted| segments.next().is_some_and(|segment| is_one_of(wanted, segment)))
    }
}

fn is_one_of(words: &str, segment: &str) -> bool {
    words.split('|').any(|word| is_like(word, segment))
}

fn is_like(word: &str, segment: &str) -> bool {
    let Some((head, rest)) = word.split_once('*') else { return word == segment };
    let Some(after) = segment.strip_prefix(head) else { return false };
    (0..=after.len()).filter(|place| after.is_char_boundary(*place)).any(|place| is_like(rest, &after[place..]))
}

/// Why an oracle does not say what we say, and who is right.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Explanation {
    pub(crate) name: String,
    pub(crate) oracle: String,
    cases: Vec<Pattern>,
    /// What we say; the oracle says the other.
    ours: Word,
    /// A part of the oracle's reason, where the ids alone would explain too much.
    #[serde(default)]
    says: String,
    pub(crate) right: Right,
    /// Where the standard says so.
    pub(crate) clause: String,
    pub(crate) because: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Right {
    Ours,
    Theirs,
    /// The standard leaves it open.
    Both,
}

impl fmt::Display for Right {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Right::Ours => "ours is right",
            Right::Theirs => "theirs is right",
            Right::Both => "both may",
        })
    }
}

impl Explanation {
    pub(crate) fn explains(&self, oracle: &str, id: &str, ours: Word, reason: &str) -> bool {
        let is_about = self.oracle == oracle && self.ours == ours && reason.contains(&self.says);
        is_about && self.cases.iter().any(|pattern| pattern.fits(id))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    disagreement: Vec<Explanation>,
}

pub(crate) fn read(list: &str) -> Result<Vec<Explanation>, String> {
    let List { disagreement: list } = toml::from_str(list).map_err(|fault| fault.to_string())?;
    match list.iter().find(|one| one.clause.is_empty() || one.because.is_empty() || one.cases.is_empty()) {
        Some(bare) => Err(format!("{} names no case, no clause or no reason", bare.name)),
        None => Ok(list),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_means_segments_and_whatever_follows() {
        let fits = |pattern: &str, id: &str| Pattern(pattern.to_owned()).fits(id);
        let id = "registration/packed/es384/roots/leaf-expired/0007";
        for pattern in ["registration", "*/packed|tpm", "registration/*/es384/*/leaf-*", "*/*/*/*/*-exp*d/0007"] {
            assert!(fits(pattern, id), "{pattern}");
        }
        for pattern in ["assertion", "registration/pack", "*/packed-self|tpm", "*/*/*/*/*/*/*", "*/*/*/*/leaf"] {
            assert!(!fits(pattern, id), "{pattern}");
        }
    }

    #[test]
    fn an_explanation_without_a_clause_is_none() {
        let list = |clause| {
            format!(
                "[[disagreement]]\nname = 'a'\noracle = 'o'\ncases = ['*']\nours = 'accept'\nright = 'ours'\n\
                 clause = '{clause}'\nbecause = 'b'"
            )
        };
        assert!(read(&list("WebAuthn-3 §7.1")).is_ok());
        assert_eq!(read(&list("")).unwrap_err(), "a names no case, no clause or no reason");
    }
}
