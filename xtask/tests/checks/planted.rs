//! A workspace of a few files, in a folder that goes away with it.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use xtask::Finding;

static TREES: AtomicU32 = AtomicU32::new(0);

pub(crate) struct Tree(PathBuf);

impl Tree {
    pub(crate) fn new() -> Self {
        let name = format!("planted-{}-{}", std::process::id(), TREES.fetch_add(1, Ordering::Relaxed));
        let tree = Self(Path::new(env!("CARGO_TARGET_TMPDIR")).join(name));
        tree.with("Cargo.toml", "[workspace]\nmembers = [\"crates/*\"]\n")
            .with("xtask/Cargo.toml", "[package]\nname = \"xtask\"\n")
    }

    /// With a room in it whose manifest lists these lines under `[dependencies]`.
    pub(crate) fn with_room(self, room: &str, dependencies: &str) -> Self {
        let manifest = format!("[package]\nname = \"{room}\"\n\n[dependencies]\n{dependencies}\n");
        self.with(&format!("crates/{room}/Cargo.toml"), &manifest)
    }

    pub(crate) fn with(self, path: &str, text: &str) -> Self {
        let path = self.0.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    pub(crate) fn root(&self) -> &Path {
        &self.0
    }
}

impl Drop for Tree {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

/// `path:line: sentence`, without the reason, which every finding must have.
pub(crate) fn told(findings: &[Finding]) -> Vec<String> {
    assert!(findings.iter().all(|finding| !finding.reason.is_empty()));
    findings.iter().map(|finding| format!("{}:{}: {}", finding.path, finding.line, finding.sentence)).collect()
}
