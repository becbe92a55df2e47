//! The temporary folder of one cluster, held by a lock: a folder whose lock is free belongs to nobody any more.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, chown};
use std::path::{Path, PathBuf};

use crate::user::User;

const PREFIX: &str = "signet-cluster-";
const LOCK: &str = "owner.lock";

#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    _lock: File,
}

impl Folder {
    /// A new folder that belongs to whom the server runs as; what killed owners left beside it is removed.
    pub(crate) fn create(user: Option<User>) -> Result<Self, String> {
        let parent = reachable_temp(user.is_some())?;
        sweep(&parent);
        Self::create_in(&parent, user).map_err(|fault| format!("cannot make a folder in {}: {fault}", parent.display()))
    }

    fn create_in(parent: &Path, user: Option<User>) -> io::Result<Self> {
        let path = make_new(parent)?;
        // Locked before it has its name: a sweep never sees a lock that is about to be taken.
        let unnamed = path.join("owner.new");
        let lock = File::create(&unnamed)?;
        lock.try_lock()?;
        fs::rename(&unnamed, path.join(LOCK))?;
        if let Some(user) = user {
            chown(&path, Some(user.uid), Some(user.gid))?;
        }
        Ok(Self { path, _lock: lock })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.path.join("data")
    }

    pub(crate) fn log(&self) -> PathBuf {
        self.path.join("log")
    }

    pub(crate) fn open_log(&self) -> Result<File, String> {
        let log = self.log();
        let opened = OpenOptions::new().create(true).append(true).open(&log);
        opened.map_err(|fault| format!("cannot write {}: {fault}", log.display()))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// A temporary folder that an unprivileged server can walk into; root's own is often closed to it.
pub(crate) fn reachable_temp(by_others: bool) -> Result<PathBuf, String> {
    let candidates = [std::env::temp_dir(), "/tmp".into(), "/var/tmp".into()];
    candidates
        .iter()
        .filter_map(|candidate| candidate.canonicalize().ok())
        .find(|candidate| !by_others || candidate.ancestors().all(is_open_to_others))
        .ok_or_else(|| "no temporary folder that the PostgreSQL user can reach; set TMPDIR to one".into())
}

fn is_open_to_others(folder: &Path) -> bool {
    const OTHERS_MAY_ENTER: u32 = 0o001;
    fs::metadata(folder).is_ok_and(|facts| facts.mode() & OTHERS_MAY_ENTER != 0)
}

fn make_new(parent: &Path) -> io::Result<PathBuf> {
    let mut last = io::Error::from(io::ErrorKind::AlreadyExists);
    for number in 0..1000 {
        let path = parent.join(format!("{PREFIX}{}-{number}", std::process::id()));
        match DirBuilder::new().mode(0o700).create(&path) {
            Ok(()) => return Ok(path),
            Err(fault) if fault.kind() == io::ErrorKind::AlreadyExists => last = fault,
            Err(fault) => return Err(fault),
        }
    }
    Err(last)
}

fn sweep(parent: &Path) {
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(PREFIX) && is_abandoned(&entry.path()) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

fn is_abandoned(folder: &Path) -> bool {
    File::open(folder.join(LOCK)).is_ok_and(|lock| lock.try_lock().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_held_folder_outlives_a_sweep_and_an_abandoned_one_does_not() {
        let parent = std::env::temp_dir().join(format!("signet-folders-{}", std::process::id()));
        fs::create_dir_all(&parent).unwrap();
        let held = Folder::create_in(&parent, None).unwrap();
        let abandoned = parent.join(format!("{PREFIX}0-0"));
        fs::create_dir(&abandoned).unwrap();
        fs::write(abandoned.join(LOCK), "").unwrap();
        let unfinished = parent.join(format!("{PREFIX}0-1"));
        fs::create_dir(&unfinished).unwrap();
        let foreign = parent.join("somebody-else");
        fs::create_dir(&foreign).unwrap();

        sweep(&parent);

        assert!(held.path().exists() && unfinished.exists() && foreign.exists());
        assert!(!abandoned.exists());
        drop(held);
        fs::remove_dir_all(&parent).unwrap();
    }

    #[test]
    fn two_folders_of_one_process_differ() {
        let parent = std::env::temp_dir();
        let (one, two) = (Folder::create_in(&parent, None).unwrap(), Folder::create_in(&parent, None).unwrap());
        assert_ne!(one.path(), two.path());
    }
}
