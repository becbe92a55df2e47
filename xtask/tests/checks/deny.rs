use serde_json::{Value, json};
use xtask::deny::check_metadata;

use crate::planted::told;

const REAL_RULES: &str = include_str!("../../../deny.toml");
const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";

const RULES: &str = r#"
[bans]
deny = [
    { crate = "ring", reason = "one crypto stack" },
    { crate = "old", wrappers = ["middle"], reason = "middle still asks for it" },
]
skip = [{ crate = "twice@1.0.0", reason = "middle has not moved" }]
[licenses]
allow = ["MIT"]
exceptions = [{ crate = "odd", allow = ["Zlib"] }]
"#;

/// What `cargo metadata` says of `server → middle → the planted crates`, in its own format.
struct Metadata {
    packages: Vec<Value>,
    middle: Vec<(Value, Value)>,
}

impl Metadata {
    fn new() -> Self {
        let twice = |version: &str| plant("twice", version);
        let packages = vec![twice("1.0.0"), twice("2.0.0"), plant("old", "0.1.0")];
        let middle =
            packages.iter().map(|package| (edge(package, Value::Null), declared(package, Value::Null))).collect();
        Self { packages, middle }
    }

    /// Depended on by `middle`: for building, for tests, always.
    fn with(mut self, package: Value, kind: Value) -> Self {
        self.middle.push((edge(&package, kind.clone()), declared(&package, kind)));
        self.packages.push(package);
        self
    }

    /// In the lockfile, wanted by nobody.
    fn unreached(mut self, package: Value) -> Self {
        self.packages.push(package);
        self
    }

    fn told(self) -> Vec<String> {
        told(&check_metadata(&self.json(&[]), RULES, "[[package]]\nname = \"ring\"\nversion = \"0.17.0\"\n").1)
    }

    fn json(&self, active: &[&str]) -> Value {
        let (edges, declarations): (Vec<_>, Vec<_>) = self.middle.iter().cloned().unzip();
        let mut middle = plant("middle", "1.0.0");
        middle["dependencies"] = json!(declarations);
        middle["features"] = json!({ "std": ["ring?/std"], "crypto": ["dep:ring"], "full": ["ring/std"] });
        let mut server = plant("server", "0.1.0");
        server["source"] = Value::Null;
        server["dependencies"] = json!([declared(&middle, Value::Null)]);
        let mut nodes: Vec<Value> =
            self.packages.iter().map(|p| json!({ "id": p["id"], "deps": [], "features": [] })).collect();
        nodes.push(json!({ "id": middle["id"], "deps": edges, "features": active }));
        nodes.push(json!({ "id": server["id"], "deps": [edge(&middle, Value::Null)], "features": [] }));
        let members = [server["id"].clone()];
        let mut packages = self.packages.clone();
        packages.extend([middle, server]);
        json!({ "packages": packages, "workspace_members": members, "resolve": { "nodes": nodes } })
    }
}

fn plant(name: &str, version: &str) -> Value {
    let id = format!("{REGISTRY}#{name}@{version}");
    let (dependencies, features) = (json!([]), json!({}));
    json!({ "id": id, "name": name, "version": version, "license": "MIT", "source": REGISTRY,
            "dependencies": dependencies, "features": features })
}

fn edge(package: &Value, kind: Value) -> Value {
    json!({ "name": package["name"], "pkg": package["id"], "dep_kinds": [{ "kind": kind, "target": null }] })
}

fn declared(package: &Value, kind: Value) -> Value {
    json!({ "name": package["name"], "kind": kind, "target": null, "rename": null, "optional": false })
}

#[test]
fn a_planted_ban_is_found_with_its_way_in() {
    let said = Metadata::new().with(plant("ring", "0.17.0"), Value::Null).told();
    assert_eq!(said, ["Cargo.lock:2: ring 0.17.0 is banned; the way in is server → middle → ring"]);
}

#[test]
fn every_ban_of_the_house_is_in_the_real_list() {
    for name in ["openssl-sys", "native-tls", "ring", "rsa", "sqlx", "chrono", "lazy_static"] {
        let metadata = Metadata::new().with(plant(name, "1.0.0"), Value::Null).json(&[]);
        let said = told(&check_metadata(&metadata, REAL_RULES, "").1);
        assert!(said.iter().any(|line| line.contains(&format!("{name} 1.0.0 is banned"))), "{name}: {said:?}");
    }
}

#[test]
fn a_build_dependency_counts_and_a_test_dependency_does_not() {
    assert_eq!(Metadata::new().with(plant("ring", "0.17.0"), json!("build")).told().len(), 1);
    assert_eq!(Metadata::new().with(plant("ring", "0.17.0"), json!("dev")).told(), [""; 0]);
}

#[test]
fn a_crate_that_is_only_in_the_lockfile_does_not_count() {
    assert_eq!(Metadata::new().unreached(plant("ring", "0.17.0")).told(), [""; 0]);
}

#[test]
fn an_optional_crate_counts_only_when_a_feature_turns_it_on() {
    let mut metadata = Metadata::new().with(plant("ring", "0.17.0"), Value::Null);
    metadata.middle.last_mut().unwrap().1["optional"] = json!(true);
    for (active, expected) in [(vec!["std"], 0), (vec!["crypto"], 1), (vec!["full"], 1), (vec![], 0)] {
        assert_eq!(check_metadata(&metadata.json(&active), RULES, "").1.len(), expected, "{active:?}");
    }
}

#[test]
fn a_banned_crate_may_stay_under_its_wrapper_and_nowhere_else() {
    let mut metadata = Metadata::new().json(&[]);
    assert_eq!(told(&check_metadata(&metadata, RULES, "").1), [""; 0]);
    let server = metadata["packages"].as_array().unwrap().len() - 1;
    let old = plant("old", "0.1.0");
    metadata["packages"][server]["dependencies"].as_array_mut().unwrap().push(declared(&old, Value::Null));
    metadata["resolve"]["nodes"][server]["deps"].as_array_mut().unwrap().push(edge(&old, Value::Null));
    let said = told(&check_metadata(&metadata, RULES, "").1);
    assert_eq!(said, ["Cargo.lock:1: old 0.1.0 is banned; the way in is server → old"]);
}

#[test]
fn a_crate_that_comes_twice_is_found_unless_it_is_listed() {
    let double = Metadata::new().with(plant("even", "1.9.0"), Value::Null).with(plant("even", "1.10.0"), Value::Null);
    assert_eq!(
        double.told(),
        ["Cargo.lock:1: even comes twice, 1.9.0 and 1.10.0; the way in is server → middle → even"]
    );
}

#[test]
fn an_exception_that_nothing_needs_is_found() {
    let rules = RULES.replace("twice@1.0.0", "twice@3.0.0");
    let said = told(&check_metadata(&Metadata::new().json(&[]), &rules, "").1);
    assert!(said.contains(&"deny.toml:7: nothing needs the exception for twice".to_owned()), "{said:?}");
}

#[test]
fn an_exception_without_a_reason_is_found() {
    let rules = RULES.replace(", reason = \"middle has not moved\"", "");
    let said = told(&check_metadata(&Metadata::new().json(&[]), &rules, "").1);
    assert_eq!(said, ["deny.toml:7: the entry for twice gives no reason"]);
}

#[test]
fn a_missing_list_is_found() {
    let said = told(&check_metadata(&Metadata::new().json(&[]), "", "").1);
    assert!(said.contains(&"deny.toml:1: deny.toml is missing or cannot be read".to_owned()), "{said:?}");
}

#[test]
fn a_licence_outside_the_list_is_found() {
    let licensed = |name: &str, licence: Value| {
        let mut package = plant(name, "1.0.0");
        package["license"] = licence;
        Metadata::new().with(package, Value::Null).told()
    };
    assert_eq!(licensed("free", json!("GPL-3.0 OR MIT")), [""; 0]);
    assert_eq!(licensed("odd", json!("Zlib")), [""; 0]);
    assert_eq!(
        licensed("stern", json!("GPL-3.0")),
        ["Cargo.lock:1: stern 1.0.0 is licensed GPL-3.0; the way in is server → middle → stern"]
    );
    assert_eq!(
        licensed("mute", Value::Null),
        ["Cargo.lock:1: mute 1.0.0 names no licence; the way in is server → middle → mute"]
    );
}

#[test]
fn a_crate_from_elsewhere_is_found() {
    let from = |source: Value| {
        let mut package = plant("stray", "1.0.0");
        package["source"] = source;
        Metadata::new().with(package, Value::Null).told()
    };
    assert!(from(json!("git+https://example.org/stray#abc"))[0].contains("comes from git+https://example.org/stray"));
    assert!(from(Value::Null)[0].contains("comes from a folder outside the workspace"));
}
