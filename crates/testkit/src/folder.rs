use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

/// A temporary folder of one's own, gone when dropped.
#[derive(Debug)]
pub struct Folder(PathBuf);

static MADE: AtomicU64 = AtomicU64::new(0);

impl Folder {
    pub fn new() -> Self {
        let name = format!("signet-test-{}-{}", std::process::id(), MADE.fetch_add(1, SeqCst));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Default for Folder {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _already_gone = std::fs::remove_dir_all(&self.0);
    }
}
