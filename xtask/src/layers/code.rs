//! A room's sources against its line in the table.

use std::path::Path;

use super::rooms::{Ban, Line, Room, STAIRS, STAIRS_BECAUSE, STAIRS_IN};
use crate::finding::Finding;
use crate::source::{Named, Paths, Source};
use crate::{sql, tree};

pub(super) fn check(root: &Path, room: &Room) -> (usize, Vec<Finding>) {
    let (mut imports, mut findings) = (0, Vec::new());
    for source in tree::sources(root, &root.join(room.path).join("src")) {
        let paths = Paths::of(&source);
        imports += paths.imports.len();
        let view = View { room, source: &source, paths: &paths };
        findings.extend(room.bans.iter().copied().flatten().flat_map(|line| view.breaches(line)));
        findings.extend(view.strange_rooms());
        findings.extend(view.stairs());
    }
    (imports, findings)
}

struct View<'a> {
    room: &'a Room,
    source: &'a Source,
    paths: &'a Paths,
}

impl View<'_> {
    fn finding(&self, line: usize, sentence: String, because: &str) -> Finding {
        Finding::new((&self.source.path, line), sentence, because)
    }

    fn breaches(&self, line: &Line) -> Vec<Finding> {
        let tell = |at: usize, what: String| self.finding(at, what, line.because);
        let named = |is: &dyn Fn(&[String]) -> bool| {
            let hits = self.paths.all().filter(|named| is(&named.segments));
            hits.map(|named| tell(named.line, format!("{} names {}", self.room.name, shown(named)))).collect()
        };
        match line.ban {
            Ban::Crate(name) => {
                let library = name.replace('-', "_");
                named(&|path| path.first() == Some(&library) && !self.is_own_module(&library))
            }
            Ban::Path { path: banned, except } => named(&|path| is_below(path, banned, except)),
            Ban::Ending(ending) => named(&|path| path.iter().any(|segment| segment.ends_with(ending))),
            Ban::Functions(library) => named(&|path| names_a_function(path, library)),
            Ban::Async => {
                let tokens = self.source.tokens.iter().filter(|token| token.text == "async");
                tokens.map(|token| tell(token.line, format!("{} has async code", self.room.name))).collect()
            }
            Ban::SqlText => {
                let texts = self.source.literals.iter().filter(|literal| sql::is_statement(&literal.text));
                texts.map(|literal| tell(literal.line, format!("{} has SQL text", self.room.name))).collect()
            }
        }
    }

    /// A room named in code that this room may not import, whether Cargo.toml admits it or not.
    fn strange_rooms(&self) -> Vec<Finding> {
        let strangers = self.paths.all().filter_map(|named| {
            let room = super::room(named.segments.first()?)?;
            let is_known = room.name == self.room.name || self.room.imports.contains(&room.name);
            let has_own_line =
                self.room.bans.iter().copied().flatten().any(|l| matches!(l.ban, Ban::Crate(n) if n == room.name));
            let is_strange = !is_known && !has_own_line && !self.is_own_module(room.name);
            is_strange.then(|| {
                self.finding(named.line, format!("{} names {}", self.room.name, shown(named)), self.room.because)
            })
        });
        strangers.collect()
    }

    /// `mod policy;` in this file: then `policy::` is a module of this room, not the room of that name.
    fn is_own_module(&self, name: &str) -> bool {
        let mut pairs = self.source.tokens.iter().zip(self.source.tokens.iter().skip(1));
        pairs.any(|(first, second)| first.text == "mod" && second.text == name)
    }

    /// Inside app and web a module names nothing above its own step.
    fn stairs(&self) -> Vec<Finding> {
        let below = self.source.path.strip_prefix(self.room.path).and_then(|path| path.strip_prefix("/src/"));
        let module = below.and_then(|path| path.split('/').next()).map(|first| first.trim_end_matches(".rs"));
        let (true, Some((module, own))) =
            (STAIRS_IN.contains(&self.room.name), module.and_then(|m| Some((m, step(m)?))))
        else {
            return Vec::new();
        };
        let depth = below.map_or(0, module_depth);
        let named =
            self.paths.all().filter_map(|named| Some((named.line, top_module(&named.segments, depth)?.to_owned())));
        let above = named.chain(self.calls()).filter(|(_, name)| step(name).is_some_and(|other| other > own));
        above.map(|(line, name)| self.finding(line, format!("{module} names {name}"), STAIRS_BECAUSE)).collect()
    }

    /// `app.admin(` and `self.admin(`: the use cases of a module, asked for by its name.
    fn calls(&self) -> impl Iterator<Item = (usize, String)> {
        (0..self.source.tokens.len()).filter_map(|at| {
            let is_call = ["app", "self"].contains(&self.source.text(at))
                && self.source.text(at + 1) == "."
                && self.source.text(at + 3) == "(";
            is_call.then(|| (self.source.line(at), self.source.text(at + 2).to_owned()))
        })
    }
}

fn shown(named: &Named) -> String {
    named.segments.join("::")
}

/// At or below the banned path and not among its exceptions; a glob that would bring it in counts too.
fn is_below(path: &[String], banned: &str, except: &[&str]) -> bool {
    let banned: Vec<&str> = banned.split("::").collect();
    let path: Vec<&str> = path.iter().map(|s| if s == "core" { "std" } else { s }).collect();
    if let [parent @ .., "*"] = path.as_slice() {
        return banned.starts_with(parent) || parent.starts_with(&banned);
    }
    path.starts_with(&banned) && !path.get(banned.len()).is_some_and(|next| except.contains(next))
}

/// `identity::session::open`, `Session::open` behind its `use`, or a whole module brought in.
fn names_a_function(path: &[String], library: &str) -> bool {
    let starts_lower = |segment: &String| !segment.starts_with(char::is_uppercase);
    path.first().is_some_and(|first| first == library) && path.last().is_some_and(starts_lower)
}

fn step(module: &str) -> Option<usize> {
    STAIRS.iter().position(|step| step.contains(&module))
}

/// How many `super::` lead from this file to the crate's root.
fn module_depth(path: &str) -> usize {
    let folders = path.matches('/').count();
    if path.ends_with("/mod.rs") { folders } else { folders + 1 }
}

/// The module of the crate's root that a path leads into: `crate::admin`, `super::admin`, `app::admin`.
fn top_module(path: &[String], depth: usize) -> Option<&str> {
    let (first, rest) = path.split_first()?;
    let supers = path.iter().take_while(|segment| *segment == "super").count();
    let inside = match first.as_str() {
        "crate" | "app" => rest,
        "super" if supers == depth => path.get(supers..)?,
        _ => return None,
    };
    inside.first().map(String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> Vec<String> {
        text.split("::").map(str::to_owned).collect()
    }

    #[test]
    fn values_below_a_banned_path_may_be_named() {
        assert!(is_below(&path("std::net::TcpStream"), "std::net", &["IpAddr"]));
        assert!(is_below(&path("std::net"), "std::net", &["IpAddr"]));
        assert!(is_below(&path("std::net::*"), "std::net", &["IpAddr"]));
        assert!(is_below(&path("std::*"), "std::net", &["IpAddr"]));
        assert!(!is_below(&path("std::net::IpAddr"), "std::net", &["IpAddr"]));
        assert!(!is_below(&path("core::net::IpAddr::from"), "std::net", &["IpAddr"]));
        assert!(!is_below(&path("std::collections::*"), "std::net", &[]));
        assert!(!is_below(&path("super::*"), "std::net", &[]));
    }

    #[test]
    fn types_of_identity_may_be_named_and_its_functions_not() {
        assert!(names_a_function(&path("identity::session::open"), "identity"));
        assert!(names_a_function(&path("identity::session::Session::open"), "identity"));
        assert!(names_a_function(&path("identity::session"), "identity"));
        assert!(!names_a_function(&path("identity::account::State::Active"), "identity"));
        assert!(!names_a_function(&path("crate::session::open"), "identity"));
    }

    #[test]
    fn super_is_followed_to_the_root_and_no_further() {
        assert_eq!(top_module(&path("super::admin"), module_depth("session.rs")), Some("admin"));
        assert_eq!(top_module(&path("super::admin"), module_depth("session/token.rs")), None);
        assert_eq!(top_module(&path("super::super::admin"), module_depth("session/token.rs")), Some("admin"));
        assert_eq!(top_module(&path("super::admin"), module_depth("session/mod.rs")), Some("admin"));
    }
}
