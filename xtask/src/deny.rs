//! What may come into the house from outside: bans, doubles, licences and sources, read from `deny.toml` (cargo-deny's
//! own format) and checked from `cargo metadata`, so that the check needs nothing but cargo. Where cargo-deny is
//! installed it is asked too; advisories need its database, and `run` says so when there is none.

mod graph;
mod licence;
mod rules;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::finding::Finding;
use crate::tree;
use graph::{Graph, Package};
use rules::{Rules, Spec};

const RULES: &str = "deny.toml";
const TARGET: &str = "x86_64-unknown-linux-gnu";

pub fn check(root: &Path) -> Vec<Finding> {
    survey(root).1
}

/// How many crates ship, and what is wrong with them.
pub fn survey(root: &Path) -> (usize, Vec<Finding>) {
    match metadata(root) {
        Ok(metadata) => {
            check_metadata(&metadata, &tree::text(&root.join(RULES)), &tree::text(&root.join("Cargo.lock")))
        }
        Err(complaint) => {
            let because = "bans and licences are read from what cargo resolves from Cargo.lock";
            (0, vec![Finding::new(("Cargo.lock", 1), format!("cargo metadata failed: {complaint}"), because)])
        }
    }
}

fn metadata(root: &Path) -> Result<Value, String> {
    let arguments = ["metadata", "--format-version", "1", "--locked", "--filter-platform", TARGET];
    let output = Command::new(cargo()).args(arguments).current_dir(root).output().map_err(|e| e.to_string())?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).trim().replace('\n', " "));
    }
    serde_json::from_slice(&output.stdout).map_err(|e| e.to_string())
}

fn cargo() -> PathBuf {
    std::env::var_os("CARGO").map_or_else(|| "cargo".into(), PathBuf::from)
}

/// The check itself, on what `cargo metadata` printed and the texts of deny.toml and Cargo.lock.
pub fn check_metadata(metadata: &Value, rules: &str, lock: &str) -> (usize, Vec<Finding>) {
    let (rules, mut findings) = Rules::read(RULES, rules);
    let house = House { graph: Graph::read(metadata), rules, lock };
    findings.extend(house.banned());
    findings.extend(house.doubles());
    findings.extend(house.idle_exceptions());
    for package in house.graph.packages().filter(|package| !package.is_ours) {
        findings.extend(house.licence(package));
        findings.extend(house.source(package));
    }
    findings.sort();
    (house.graph.packages().filter(|package| !package.is_ours).count(), findings)
}

struct House<'a> {
    graph: Graph,
    rules: Rules,
    lock: &'a str,
}

impl House<'_> {
    fn finding(&self, package: &Package, sentence: String, because: &str) -> Finding {
        let way = self.graph.way_in(package).join(" → ");
        Finding::new(("Cargo.lock", self.line(package)), format!("{sentence}; the way in is {way}"), because)
    }

    /// The package's own line in Cargo.lock.
    fn line(&self, package: &Package) -> usize {
        let (name, version) = (format!("name = \"{}\"", package.name), format!("version = \"{}\"", package.version));
        let mut pairs = self.lock.lines().zip(self.lock.lines().skip(1));
        pairs.position(|(first, second)| first == name && second == version).map_or(1, |at| at + 1)
    }

    fn banned(&self) -> Vec<Finding> {
        let hits = self.graph.packages().flat_map(|package| {
            let bans = self.rules.bans.iter().filter(|ban| ban.spec.covers(package));
            let refused =
                bans.filter(|ban| self.graph.parents(package).any(|parent| !ban.wrappers.contains(&parent.name)));
            refused.map(|ban| {
                self.finding(package, format!("{} {} is banned", package.name, package.version), &ban.because)
            })
        });
        hits.collect()
    }

    fn doubles(&self) -> Vec<Finding> {
        let mut kept: Vec<&Package> = self.graph.packages().filter(|p| !self.is_skipped(p)).collect();
        kept.sort_by_key(|package| (&package.name, package.version_key()));
        let pairs = kept.iter().zip(kept.iter().skip(1)).filter(|(older, newer)| older.name == newer.name);
        let because =
            "two versions are two sets of bugs; if it must be, list the older under [bans] skip with its reason";
        let told = |(older, newer): (&&Package, &&Package)| {
            self.finding(older, format!("{} comes twice, {} and {}", older.name, older.version, newer.version), because)
        };
        pairs.map(told).collect()
    }

    fn is_skipped(&self, package: &Package) -> bool {
        self.rules.skips.iter().any(|skip| skip.covers(package))
    }

    /// A skip without its double, a wrapper that wraps nothing: the list must not outlive its reasons.
    fn idle_exceptions(&self) -> Vec<Finding> {
        let because = "an exception that outlives its reason hides the next one";
        let tell = |spec: &Spec| {
            Finding::new((RULES, spec.line), format!("nothing needs the exception for {}", spec.name), because)
        };
        let is_double = |spec: &Spec| {
            let covered = self.graph.packages().find(|package| spec.covers(package));
            covered.is_some_and(|one| {
                self.graph.packages().any(|other| other.name == one.name && other.version != one.version)
            })
        };
        let skips = self.rules.skips.iter().filter(|skip| !is_double(skip));
        let wraps =
            |ban: &&rules::BanRule| !ban.wrappers.is_empty() && !self.graph.packages().any(|p| ban.spec.covers(p));
        skips.chain(self.rules.bans.iter().filter(wraps).map(|ban| &ban.spec)).map(tell).collect()
    }

    fn licence(&self, package: &Package) -> Option<Finding> {
        let exceptions = self.rules.licence_exceptions.iter().filter(|(spec, _)| spec.covers(package));
        let allowed: Vec<&String> = self.rules.licences.iter().chain(exceptions.flat_map(|(_, also)| also)).collect();
        let is_allowed = |name: &str| allowed.iter().any(|allowed| *allowed == name);
        let told = match &package.licence {
            Some(text) if licence::satisfied(text, &is_allowed) => return None,
            Some(text) => format!("{} {} is licensed {text}", package.name, package.version),
            None => format!("{} {} names no licence", package.name, package.version),
        };
        Some(self.finding(package, told, "what ships must be under a licence of the list in deny.toml"))
    }

    fn source(&self, package: &Package) -> Option<Finding> {
        let source = package.source.as_deref().unwrap_or("a folder outside the workspace");
        let is_known = source.starts_with("registry+https://github.com/rust-lang/crates.io-index");
        let told = format!("{} {} comes from {source}", package.name, package.version);
        (!is_known).then(|| {
            self.finding(package, told, "only released crates of the public registry can be looked up and rebuilt")
        })
    }
}

/// What cargo-deny itself says. `false`: it found something. Printed by cargo-deny as it runs.
pub fn ask_cargo_deny(root: &Path) -> bool {
    let ask = |arguments: &[&str]| {
        Command::new(cargo()).args(arguments).current_dir(root).status().is_ok_and(|s| s.success())
    };
    if !is_installed(root) {
        println!(
            "deny: cargo-deny is not installed; bans, doubles, licences and sources were checked from cargo metadata."
        );
        println!("deny: advisories were not checked: that needs cargo-deny and its advisory database.");
        return true;
    }
    let is_clean = ask(&["deny", "check", "bans", "licenses", "sources"]);
    if !has_advisories() {
        println!(
            "deny: advisories were not checked: there is no advisory database (`cargo deny fetch db` brings one)."
        );
        return is_clean;
    }
    ask(&["deny", "--offline", "check", "advisories"]) && is_clean
}

fn is_installed(root: &Path) -> bool {
    let mut version = Command::new(cargo());
    version.args(["deny", "--version"]).current_dir(root).stdout(Stdio::null()).stderr(Stdio::null());
    version.status().is_ok_and(|status| status.success())
}

fn has_advisories() -> bool {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cargo")));
    home.is_some_and(|home| ["advisory-dbs", "advisory-db"].iter().any(|db| !tree::entries(&home.join(db)).is_empty()))
}
