//! Which paths a file names: its `use` trees leaf by leaf, and every `a::b` in its code, with the names that `use`
//! gave resolved again, so that `use std as s; s::fs::read(…)` is still `std::fs::read`.

use std::collections::BTreeMap;

use super::Source;

/// A path that the file names; a glob import ends in `*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) segments: Vec<String>,
    pub(crate) line: usize,
}

pub(crate) struct Paths {
    pub(crate) imports: Vec<Named>,
    pub(crate) mentions: Vec<Named>,
}

impl Paths {
    pub(crate) fn of(source: &Source) -> Self {
        let mut reader = Reader { source, imports: Vec::new(), mentions: Vec::new(), names: BTreeMap::new() };
        let mut at = 0;
        while at < source.tokens.len() {
            at = reader.step(at);
        }
        reader.finish()
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Named> {
        self.imports.iter().chain(&self.mentions)
    }
}

struct Reader<'a> {
    source: &'a Source,
    imports: Vec<Named>,
    mentions: Vec<Named>,
    names: BTreeMap<String, Vec<String>>,
}

impl Reader<'_> {
    fn step(&mut self, at: usize) -> usize {
        let before = |back: usize| at.checked_sub(back).map_or("", |at| self.source.text(at));
        match self.source.text(at) {
            "use" if self.source.text(at + 1) != "<" => self.use_tree(at + 1, Vec::new()),
            "extern" if self.source.text(at + 1) == "crate" => self.use_tree(at + 2, Vec::new()),
            word if is_name(word) && !(before(1) == "::" && (is_name(before(2)) || before(2) == ">")) => {
                self.mention(at)
            }
            _ => at + 1,
        }
    }

    fn mention(&mut self, start: usize) -> usize {
        let (mut at, mut segments) = (start, vec![self.source.text(start).to_owned()]);
        while self.source.text(at + 1) == "::" && is_name(self.source.text(at + 2)) {
            at += 2;
            segments.push(self.source.text(at).to_owned());
        }
        if segments.len() > 1 {
            self.mentions.push(Named { segments, line: self.source.line(start) });
        }
        at + 1
    }

    fn use_tree(&mut self, start: usize, mut path: Vec<String>) -> usize {
        let mut at = start;
        loop {
            match self.source.text(at) {
                "{" => return self.use_group(at, &path),
                "as" => {
                    self.import(at, path, Some(self.source.text(at + 1).to_owned()));
                    return at + 2;
                }
                "::" => {}
                word if is_name(word) || word == "*" => path.push(word.to_owned()),
                _ => {
                    self.import(at.saturating_sub(1), path, None);
                    return at;
                }
            }
            at += 1;
        }
    }

    fn use_group(&mut self, open: usize, path: &[String]) -> usize {
        let close = self.source.closing(open);
        let mut at = open + 1;
        while at < close {
            at = if self.source.text(at) == "," { at + 1 } else { self.use_tree(at, path.to_vec()).max(at + 1) };
        }
        close + 1
    }

    fn import(&mut self, at: usize, mut segments: Vec<String>, alias: Option<String>) {
        if segments.last().is_some_and(|last| last == "self") {
            segments.pop();
        }
        let Some(last) = segments.last() else { return };
        self.names.insert(alias.unwrap_or_else(|| last.clone()), segments.clone());
        self.imports.push(Named { segments, line: self.source.line(at) });
    }

    fn finish(self) -> Paths {
        let names = self.names;
        let resolved = |named: Vec<Named>| named.into_iter().map(|n| resolve(n, &names)).collect();
        Paths { imports: resolved(self.imports), mentions: resolved(self.mentions) }
    }
}

/// One step back through the file's own `use` lines; twice would follow a name into itself.
fn resolve(named: Named, names: &BTreeMap<String, Vec<String>>) -> Named {
    let Some((first, rest)) = named.segments.split_first() else { return named };
    match names.get(first) {
        Some(target) if *target != named.segments && target.first() != Some(first) => {
            Named { segments: target.iter().chain(rest).cloned().collect(), line: named.line }
        }
        _ => named,
    }
}

fn is_name(word: &str) -> bool {
    word.chars().next().is_some_and(|c| c.is_alphabetic() || c == '_')
        && !["as", "use", "for", "in", "where", "impl", "dyn", "mut", "ref", "return", "else", "match", "if"]
            .contains(&word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(text: &str) -> Vec<String> {
        Paths::of(&Source::read("a.rs", text)).all().map(|named| named.segments.join("::")).collect()
    }

    #[test]
    fn use_trees_are_taken_apart() {
        assert_eq!(
            named("use std::{fs::{self, File}, net as n, time::*}; use ::tokio;"),
            ["std::fs", "std::fs::File", "std::net", "std::time::*", "tokio"]
        );
    }

    #[test]
    fn a_path_is_followed_through_the_names_that_use_gave_it() {
        assert_eq!(named("use std as s; fn f() { s::fs::read(); }"), ["std", "std::fs::read"]);
        assert_eq!(named("use std::time; type T = time::SystemTime;"), ["std::time", "std::time::SystemTime"]);
    }

    #[test]
    fn a_path_is_named_once_and_whole() {
        assert_eq!(named("fn f(x: a::b::C<d::E>) { ::g::h::<u8>(); x.m() }"), ["a::b::C", "d::E", "g::h"]);
    }

    #[test]
    fn a_use_that_never_ends_does_not_loop() {
        for text in ["use a::{b", "use {", "use a::{;}", "use", "use a::{b as"] {
            named(text);
        }
    }
}
