//! Builds the preload library from its C source, once per content.

use std::fs::{self, DirBuilder};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::folder::reachable_temp;
use crate::user::{own_uid, unprivileged};

const SOURCE: &str = include_str!("../../shim/sync.c");
const FLAGS: [&str; 6] = ["-shared", "-fPIC", "-O2", "-Wall", "-Wextra", "-Werror"];

/// The preload library, to be named in `LD_PRELOAD`. What it does stands at the top of `shim/sync.c`.
pub fn shim() -> Result<PathBuf, String> {
    static BUILT: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    BUILT.get_or_init(find_or_build).clone()
}

fn find_or_build() -> Result<PathBuf, String> {
    let folder = own_folder()?;
    let library = folder.join(format!("sync-{:016x}.so", fingerprint()));
    if !library.exists() {
        build(&folder, &library)?;
    }
    Ok(library)
}

/// Not the user's cache: a server that runs as somebody else must be able to read it. What is preloaded runs with
/// our rights, so a folder that anybody else made or may write to is refused.
fn own_folder() -> Result<PathBuf, String> {
    const OTHERS_MAY_WRITE: u32 = 0o022;
    let uid = own_uid()?;
    let folder = reachable_temp(unprivileged()?.is_some())?.join(format!("signet-shim-{uid}"));
    let _ = DirBuilder::new().mode(0o755).create(&folder);
    let facts = fs::symlink_metadata(&folder).map_err(|fault| format!("cannot use {}: {fault}", folder.display()))?;
    if facts.is_dir() && facts.uid() == uid && facts.mode() & OTHERS_MAY_WRITE == 0 {
        Ok(folder)
    } else {
        Err(format!("{} is not a folder that only we can write to; remove it", folder.display()))
    }
}

fn fingerprint() -> u64 {
    let mut hasher = DefaultHasher::new();
    (SOURCE, FLAGS).hash(&mut hasher);
    hasher.finish()
}

/// Built beside its place and renamed into it, so that nobody ever loads half a library.
fn build(folder: &Path, library: &Path) -> Result<(), String> {
    let own = std::process::id();
    let (source, unfinished) = (folder.join(format!("sync-{own}.c")), folder.join(format!("sync-{own}.so")));
    let compiled = fs::write(&source, SOURCE)
        .and_then(|()| Command::new("cc").args(FLAGS).arg("-o").args([&unfinished, &source]).arg("-ldl").output());
    let _ = fs::remove_file(&source);
    let output = compiled.map_err(|fault| format!("cannot run cc: {fault}"))?;
    if !output.status.success() {
        return Err(format!("cc refused the sync shim: {}", String::from_utf8_lossy(&output.stderr)));
    }
    fs::rename(&unfinished, library).map_err(|fault| format!("cannot write {}: {fault}", library.display()))
}
