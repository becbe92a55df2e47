//! Where databases lie while they are measured: in the user's cache, on a real disk, never in a temporary folder that
//! may be memory.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use store::MIGRATIONS;

use crate::{house, load};

fn cache() -> PathBuf {
    let variable = |name| std::env::var_os(name).map(PathBuf::from);
    let base = variable("XDG_CACHE_HOME").or_else(|| variable("HOME").map(|home| home.join(".cache")));
    base.expect("HOME is set").join("signet/bench")
}

const SCRATCH: &str = "scratch-";

/// Removes what a bench left that was ended by force.
pub(crate) fn sweep() {
    for entry in fs::read_dir(cache()).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let owner = name.strip_prefix(SCRATCH).and_then(|rest| rest.split('-').next());
        if owner.is_some_and(|pid| !Path::new("/proc").join(pid).exists()) {
            let _in_use_elsewhere = fs::remove_dir_all(entry.path());
        }
    }
}

/// A folder of one's own, gone when dropped.
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    pub(crate) fn new() -> Self {
        static MADE: AtomicU64 = AtomicU64::new(0);
        let name = format!("{SCRATCH}{}-{}", std::process::id(), MADE.fetch_add(1, Relaxed));
        let path = cache().join(name);
        fs::create_dir_all(&path).expect("a scratch folder");
        Self(path)
    }

    /// A folder with the same files as another.
    pub(crate) fn copy_of(folder: &Path) -> Self {
        let scratch = Self::new();
        for entry in fs::read_dir(folder).expect("a folder to copy").flatten() {
            fs::copy(entry.path(), scratch.0.join(entry.file_name())).expect("a copied file");
        }
        scratch
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _already_gone = fs::remove_dir_all(&self.0);
    }
}

/// A data folder with this many accounts, made once per schema and kept beside the build cache.
pub(crate) fn seeded(accounts: u64) -> PathBuf {
    let folder = cache().join(format!("accounts-{accounts}-{:016x}", schema()));
    if !folder.exists() {
        eprintln!("seeding {accounts} accounts, once");
        let scratch = Scratch::new();
        load::on_two_threads(async {
            let app = house::open(&house::Place::Folder(scratch.path().to_owned())).await;
            house::seed(&app, accounts).await;
        });
        fs::rename(scratch.path(), &folder).expect("the seeded folder takes its name when it is whole");
    }
    folder
}

fn schema() -> u64 {
    let mut hasher = DefaultHasher::new();
    for migration in MIGRATIONS {
        (migration.version, migration.text).hash(&mut hasher);
    }
    hasher.finish()
}
