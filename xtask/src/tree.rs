//! Walking the tree: files in a stable order, always named relative to the root with `/` between.

use std::fs;
use std::path::{Path, PathBuf};

use crate::source::Source;

/// The workspace the caller stands in: the nearest folder upwards that holds `xtask/Cargo.toml`.
pub fn root() -> Option<PathBuf> {
    let here = std::env::current_dir().ok()?;
    here.ancestors().find(|folder| folder.join("xtask/Cargo.toml").is_file()).map(Path::to_path_buf)
}

pub(crate) fn relative(root: &Path, path: &Path) -> String {
    path.strip_prefix(root).unwrap_or(path).to_string_lossy().replace('\\', "/")
}

/// The text of a file, or nothing: a file that vanished under the walk is not a finding.
pub(crate) fn text(path: &Path) -> String {
    fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
}

pub(crate) fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<_> = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    entries.retain(|path| !is_noise(path));
    entries.sort();
    entries
}

fn is_noise(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with('.') || ["target", "node_modules", "var"].contains(&name.as_ref())
}

/// Every file below `folder` with this ending.
pub(crate) fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for path in entries(folder) {
        if path.is_dir() {
            found.extend(files(&path, ending));
        } else if path.extension().is_some_and(|extension| extension == ending) {
            found.push(path);
        }
    }
    found
}

/// The Rust sources below `folder`, read and without their test code.
pub(crate) fn sources(root: &Path, folder: &Path) -> Vec<Source> {
    let all: Vec<_> = files(folder, "rs").iter().map(|p| Source::read(&relative(root, p), &text(p))).collect();
    let tests: Vec<String> = all.iter().flat_map(test_module_files).collect();
    let is_test = |path: &str| tests.iter().any(|t| path == format!("{t}.rs") || path.starts_with(&format!("{t}/")));
    all.into_iter().filter(|source| !is_test(&source.path)).collect()
}

/// Where `#[cfg(test)] mod name;` in this file lives, without its ending.
fn test_module_files(source: &Source) -> Vec<String> {
    let (folder, file) = source.path.rsplit_once('/').unwrap_or(("", &source.path));
    let below = match file {
        "lib.rs" | "main.rs" | "mod.rs" => folder.to_owned(),
        other => format!("{folder}/{}", other.trim_end_matches(".rs")),
    };
    source.test_modules.iter().map(|name| format!("{below}/{name}")).collect()
}
