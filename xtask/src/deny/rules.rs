//! `deny.toml`: the parts of cargo-deny's format that the house uses. Every ban and exception says why.

use toml::{Table, Value};

use super::graph::Package;
use crate::finding::Finding;

pub(super) struct Rules {
    pub(super) bans: Vec<BanRule>,
    pub(super) skips: Vec<Spec>,
    pub(super) licences: Vec<String>,
    pub(super) licence_exceptions: Vec<(Spec, Vec<String>)>,
}

pub(super) struct BanRule {
    pub(super) spec: Spec,
    /// Crates that may depend on it all the same.
    pub(super) wrappers: Vec<String>,
    pub(super) because: String,
}

/// `name` or `name@version`, and the line it stands on.
pub(super) struct Spec {
    pub(super) name: String,
    version: Option<String>,
    pub(super) line: usize,
}

impl Spec {
    pub(super) fn covers(&self, package: &Package) -> bool {
        let is_version =
            |version: &String| package.version == *version || package.version.starts_with(&format!("{version}."));
        self.name == package.name && self.version.as_ref().is_none_or(is_version)
    }

    fn read(text: &str, spec: &str) -> Self {
        let (name, version) = spec.split_once(['@', ':']).map_or((spec, None), |(name, version)| (name, Some(version)));
        let line = text.lines().position(|line| line.contains(&format!("\"{spec}\""))).map_or(1, |at| at + 1);
        let version = version.map(|version| version.trim_start_matches('=').to_owned());
        Self { name: name.to_owned(), version, line }
    }
}

impl Rules {
    /// The rules, and what is wrong with the list itself.
    pub(super) fn read(path: &str, text: &str) -> (Self, Vec<Finding>) {
        let mut findings = Vec::new();
        let table: Table = text.parse().unwrap_or_default();
        if table.is_empty() {
            let because = "bans, licences and exceptions are listed there";
            findings.push(Finding::new((path, 1), "deny.toml is missing or cannot be read", because));
        }
        let list = |section: &str, key: &str| {
            entries(&table, section, key).iter().map(|e| Entry::read(text, e)).collect::<Vec<_>>()
        };
        let (bans, skips, exceptions) = (list("bans", "deny"), list("bans", "skip"), list("licenses", "exceptions"));
        for entry in bans.iter().chain(&skips).filter(|entry| entry.because.is_empty()) {
            let sentence = format!("the entry for {} gives no reason", entry.spec.name);
            findings.push(Finding::new(
                (path, entry.spec.line),
                sentence,
                "without its reason nobody dares to take it out",
            ));
        }
        let licences =
            entries(&table, "licenses", "allow").iter().filter_map(Value::as_str).map(str::to_owned).collect();
        let bans =
            bans.into_iter().map(|e| BanRule { spec: e.spec, wrappers: e.wrappers, because: e.because }).collect();
        let skips = skips.into_iter().map(|entry| entry.spec).collect();
        let licence_exceptions = exceptions.into_iter().map(|entry| (entry.spec, entry.allow)).collect();
        (Self { bans, skips, licences, licence_exceptions }, findings)
    }
}

struct Entry {
    spec: Spec,
    because: String,
    wrappers: Vec<String>,
    allow: Vec<String>,
}

impl Entry {
    fn read(text: &str, value: &Value) -> Self {
        let field = |name: &str| value.get(name).and_then(Value::as_str);
        let list = |name: &str| {
            let values = value.get(name).and_then(Value::as_array).into_iter().flatten();
            values.filter_map(Value::as_str).map(str::to_owned).collect()
        };
        let spec = value.as_str().or_else(|| field("crate")).or_else(|| field("name")).unwrap_or_default();
        Self {
            spec: Spec::read(text, spec),
            because: field("reason").unwrap_or_default().to_owned(),
            wrappers: list("wrappers"),
            allow: list("allow"),
        }
    }
}

fn entries<'a>(table: &'a Table, section: &str, key: &str) -> &'a [Value] {
    table.get(section).and_then(|section| section.get(key)).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}
