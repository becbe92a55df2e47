//! The fence: three numbers that never go back, kept in the database and, in a file, outside it.
//!
//! A database that stands behind the file beside it was restored from a backup. Serving it would bring spent codes,
//! ceremonies and refresh tokens back to life, so `serve` refuses until an operator raises the epoch.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use vocab::Timestamp;

use crate::fault::{Fault, Kind};

const FILE: &str = "fence";
/// Two of this process that save at once must not write into one file.
static SAVING: Mutex<()> = Mutex::new(());

/// Where a database, or the file that outlives it, stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fence {
    /// How often an operator has accepted a restored database.
    pub epoch: i64,
    /// 1 once the first administrator exists.
    pub latch: i64,
    /// Nothing issued before this is honoured; within an epoch it only moves forward, with every pruning.
    pub mark: Timestamp,
}

impl Fence {
    pub const START: Fence = Fence { epoch: 0, latch: 0, mark: Timestamp::from_micros(0) };

    /// Does a database that stands here lack something `self` remembers?
    pub fn is_ahead_of(&self, database: &Fence) -> bool {
        self.latch > database.latch || self.reach() > database.reach()
    }

    /// The furthest of both.
    pub fn joined(&self, other: &Fence) -> Fence {
        let (epoch, mark) = self.reach().max(other.reach());
        Fence { epoch, latch: self.latch.max(other.latch), mark }
    }

    /// A mark counts within its epoch: a new epoch voids everything older, and lets a mark that a wrong clock had set
    /// come back to the present.
    fn reach(&self) -> (i64, Timestamp) {
        (self.epoch, self.mark)
    }

    /// Does this folder remember anything?
    pub fn is_in(folder: &Path) -> bool {
        folder.join(FILE).exists()
    }

    /// The fence of this folder; a folder without one remembers nothing.
    pub fn load(folder: &Path) -> Result<Fence, Fault> {
        let path = folder.join(FILE);
        match fs::read(&path) {
            Ok(bytes) => parse(&bytes)
                .ok_or_else(|| Fault::new(Kind::Corrupt, format!("{} is not a fence file", path.display()))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Fence::START),
            Err(error) => Err(Fault::because(Kind::Unfit, format!("reading {}", path.display()), error)),
        }
    }

    /// Remember it durably. The file is replaced whole or not at all.
    pub fn save(&self, folder: &Path) -> Result<(), Fault> {
        let place = || format!("writing the fence in {}", folder.display());
        let _alone = SAVING.lock().unwrap_or_else(PoisonError::into_inner);
        let write = || -> io::Result<()> {
            let next = folder.join("fence.next");
            let mut file = File::options().create(true).truncate(true).write(true).mode(0o600).open(&next)?;
            file.write_all(self.text().as_bytes())?;
            file.sync_all()?;
            fs::rename(&next, folder.join(FILE))?;
            File::open(folder)?.sync_all()
        };
        write().map_err(|error| Fault::because(Kind::Unavailable, place(), error))
    }

    fn text(&self) -> String {
        format!("epoch {}\nlatch {}\nmark {}\n", self.epoch, self.latch, self.mark.micros())
    }
}

/// Only what `save` would write: a number that lost its last digits must not pass for a smaller one.
fn parse(bytes: &[u8]) -> Option<Fence> {
    let text = std::str::from_utf8(bytes).ok()?;
    let mut lines = text.lines();
    let mut number = |word: &str| lines.next()?.strip_prefix(word)?.strip_prefix(' ')?.parse::<i64>().ok();
    let fence =
        Fence { epoch: number("epoch")?, latch: number("latch")?, mark: Timestamp::from_micros(number("mark")?) };
    (fence.text() == text).then_some(fence)
}
