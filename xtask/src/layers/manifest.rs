//! A room's Cargo.toml against its line in the table.

use std::collections::BTreeMap;
use std::path::Path;

use toml::{Table, Value};

use super::rooms::{Ban, ROOMS, Room, TESTS_MAY_USE};
use crate::finding::Finding;
use crate::tree;

/// `[workspace.dependencies]` that give a package another name: from that name to the package.
pub(super) struct Renames(BTreeMap<String, String>);

impl Renames {
    pub(super) fn read(root: &Path) -> Self {
        let manifest = parse(&tree::text(&root.join("Cargo.toml")));
        let dependencies = manifest.get("workspace").and_then(|w| w.get("dependencies")).and_then(Value::as_table);
        let named = dependencies.into_iter().flatten().map(|(key, value)| (key.clone(), package(key, value)));
        Self(named.collect())
    }

    fn package(&self, key: &str, value: &Value) -> String {
        let inherits = value.get("workspace").and_then(Value::as_bool).unwrap_or(false);
        let shared = if inherits { self.0.get(key) } else { None };
        shared.cloned().unwrap_or_else(|| package(key, value))
    }
}

fn package(key: &str, value: &Value) -> String {
    value.get("package").and_then(Value::as_str).unwrap_or(key).to_owned()
}

fn parse(text: &str) -> Table {
    text.parse().unwrap_or_default()
}

/// Workspace members written out by name.
pub(super) fn members(root: &Path) -> Vec<String> {
    let manifest = parse(&tree::text(&root.join("Cargo.toml")));
    let members = manifest.get("workspace").and_then(|w| w.get("members")).and_then(Value::as_array);
    let named = members.into_iter().flatten().filter_map(Value::as_str).filter(|member| !member.contains('*'));
    named.map(str::to_owned).collect()
}

struct Dependency {
    package: String,
    is_for_tests: bool,
    line: usize,
}

pub(super) fn check(root: &Path, room: &Room, renames: &Renames) -> (usize, Vec<Finding>) {
    let path = format!("{}/Cargo.toml", room.path);
    let text = tree::text(&root.join(&path));
    let dependencies = dependencies(&text, renames);
    let refused = dependencies.iter().filter_map(|dependency| {
        let because = refuse(room, dependency)?;
        let kind = if dependency.is_for_tests { "depends (for tests) on" } else { "depends on" };
        Some(Finding::new((&path, dependency.line), format!("{} {kind} {}", room.name, dependency.package), because))
    });
    let mut findings: Vec<_> = refused.collect();
    if parse(&text).get("package").and_then(|p| p.get("name")).and_then(Value::as_str) != Some(room.name) {
        let sentence = format!("the crate in {} is not called {}", room.path, room.name);
        findings.push(Finding::new((&path, 1), sentence, "the table knows rooms by their crate's name"));
    }
    (dependencies.len(), findings)
}

fn refuse(room: &Room, dependency: &Dependency) -> Option<&'static str> {
    let name = dependency.package.as_str();
    if dependency.is_for_tests && TESTS_MAY_USE.contains(&name) {
        return None;
    }
    let is_room = ROOMS.iter().any(|other| other.name == name);
    let mut lines = room.bans.iter().copied().flatten();
    let banned = lines.find(|line| matches!(line.ban, Ban::Crate(banned) if banned == name)).map(|line| line.because);
    match is_room {
        true if room.imports.contains(&name) => None,
        true if name == "testkit" => {
            Some("testkit is for tests: a dev-dependency, except in its own node and in bench")
        }
        true => banned.or(Some(room.because)),
        false if dependency.is_for_tests => None,
        false => banned,
    }
}

fn dependencies(text: &str, renames: &Renames) -> Vec<Dependency> {
    let manifest = parse(text);
    let targets = manifest.get("target").and_then(Value::as_table).into_iter().flatten();
    let tables = std::iter::once(&manifest).chain(targets.filter_map(|(_, target)| target.as_table()));
    let mut found = Vec::new();
    for table in tables {
        for section in ["dependencies", "build-dependencies", "dev-dependencies"] {
            let entries = table.get(section).and_then(Value::as_table).into_iter().flatten();
            found.extend(entries.map(|(key, value)| Dependency {
                package: renames.package(key, value),
                is_for_tests: section == "dev-dependencies",
                line: line_of(text, section, key),
            }));
        }
    }
    found
}

fn line_of(text: &str, section: &str, key: &str) -> usize {
    let mut in_section = false;
    for (at, line) in text.lines().enumerate() {
        let line = line.trim();
        if let Some(header) = line.strip_prefix('[').and_then(|rest| rest.split(']').next()) {
            in_section = header == section || header.ends_with(&format!(".{section}"));
            if header.ends_with(&format!("{section}.{key}")) {
                return at + 1;
            }
        }
        let rest = line.trim_start_matches('"').strip_prefix(key);
        if in_section && rest.is_some_and(|rest| rest.starts_with(['.', ' ', '=', '"'])) {
            return at + 1;
        }
    }
    1
}
