//! The crates that ship: what the workspace's normal and build dependencies reach, with the features that are on.
//!
//! `cargo metadata` lists an optional dependency as resolved as soon as a weak feature (`ring?/std`) mentions it, so
//! an edge counts only when an active feature turns it on.

use std::collections::{BTreeMap, VecDeque};

use serde_json::Value;

pub(super) struct Package {
    pub(super) name: String,
    pub(super) version: String,
    pub(super) licence: Option<String>,
    pub(super) source: Option<String>,
    pub(super) is_ours: bool,
    /// Who was found to bring it in first: the shortest way.
    brought_by: Option<String>,
    parents: Vec<String>,
}

impl Package {
    /// Versions in their order: 0.9 before 0.10.
    pub(super) fn version_key(&self) -> Vec<u64> {
        self.version.split(['.', '-', '+']).map_while(|part| part.parse().ok()).collect()
    }
}

pub(super) struct Graph(BTreeMap<String, Package>);

impl Graph {
    pub(super) fn read(metadata: &Value) -> Self {
        let nodes = by_id(metadata.pointer("/resolve/nodes"));
        let packages = by_id(metadata.get("packages"));
        let members = strings(metadata.get("workspace_members"));
        let mut found: BTreeMap<String, Package> = BTreeMap::new();
        let mut queue: VecDeque<(String, Option<String>)> = members.iter().map(|id| (id.to_string(), None)).collect();
        while let Some((id, parent)) = queue.pop_front() {
            let Some((package, node)) = packages.get(id.as_str()).zip(nodes.get(id.as_str())) else { continue };
            if let Some(known) = found.get_mut(&id) {
                known.parents.extend(parent);
                continue;
            }
            queue.extend(live_edges(package, node, &packages).map(|below| (below, Some(id.clone()))));
            let is_ours = members.contains(&id.as_str());
            found.insert(id, Package { is_ours, ..describe(package, parent) });
        }
        Self(found)
    }

    pub(super) fn packages(&self) -> impl Iterator<Item = &Package> {
        self.0.values()
    }

    pub(super) fn parents(&self, package: &Package) -> impl Iterator<Item = &Package> {
        package.parents.iter().filter_map(|id| self.0.get(id))
    }

    /// From one of our crates down to this one, by the shortest way.
    pub(super) fn way_in(&self, package: &Package) -> Vec<String> {
        let up = std::iter::successors(Some(package), |p| p.brought_by.as_ref().and_then(|id| self.0.get(id)));
        let mut way: Vec<String> = up.map(|package| package.name.clone()).collect();
        way.reverse();
        way
    }
}

fn by_id(list: Option<&Value>) -> BTreeMap<&str, &Value> {
    let items = list.and_then(Value::as_array).into_iter().flatten();
    items.filter_map(|item| Some((text(item, "id")?, item))).collect()
}

fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key).and_then(Value::as_str)
}

fn strings(list: Option<&Value>) -> Vec<&str> {
    list.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
}

fn describe(package: &Value, parent: Option<String>) -> Package {
    let own = |key: &str| text(package, key).map(str::to_owned);
    Package {
        name: own("name").unwrap_or_default(),
        version: own("version").unwrap_or_default(),
        licence: own("license"),
        source: own("source"),
        is_ours: false,
        parents: parent.iter().cloned().collect(),
        brought_by: parent,
    }
}

/// Ids of what this node really links or builds with.
fn live_edges<'a>(
    package: &'a Value,
    node: &'a Value,
    packages: &'a BTreeMap<&str, &Value>,
) -> impl Iterator<Item = String> + 'a {
    let edges = node.get("deps").and_then(Value::as_array).into_iter().flatten();
    edges.filter_map(move |edge| {
        let id = text(edge, "pkg")?;
        let name = text(packages.get(id)?, "name")?;
        let kinds = edge.get("dep_kinds").and_then(Value::as_array).into_iter().flatten();
        let mut shipped = kinds.filter(|kind| text(kind, "kind") != Some("dev"));
        shipped.any(|kind| is_on(package, node, name, kind)).then(|| id.to_owned())
    })
}

/// Whether some declaration of this dependency, of this kind and target, is required or turned on by a feature.
fn is_on(package: &Value, node: &Value, name: &str, kind: &Value) -> bool {
    let declared = package.get("dependencies").and_then(Value::as_array).into_iter().flatten();
    let mut same = declared.filter(|dependency| {
        let is_same =
            |key: &str| dependency.get(key).filter(|v| !v.is_null()) == kind.get(key).filter(|v| !v.is_null());
        text(dependency, "name") == Some(name) && is_same("kind") && is_same("target")
    });
    same.any(|dependency| {
        let is_optional = dependency.get("optional").and_then(Value::as_bool).unwrap_or(false);
        !is_optional || is_featured(package, node, text(dependency, "rename").unwrap_or(name))
    })
}

fn is_featured(package: &Value, node: &Value, name: &str) -> bool {
    let active = strings(node.get("features"));
    let turns_on = |word: &str| word == format!("dep:{name}") || word.starts_with(&format!("{name}/"));
    active
        .iter()
        .any(|feature| strings(package.get("features").and_then(|all| all.get(*feature))).into_iter().any(turns_on))
}
