//! Letters as files: what leaves the house when no mail server is configured.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use app::{Delivery, Letter, Undelivered};

use crate::letter::{id, one_line, recipient};

/// Writes each letter to a file of its own, named by its id: a letter carried twice is one file.
#[derive(Debug, Clone)]
pub struct MailFolder(PathBuf);

impl MailFolder {
    pub fn new(folder: PathBuf) -> Self {
        Self(folder)
    }
}

impl app::Courier for MailFolder {
    fn deliver<'a>(&'a self, letter: &'a Letter) -> Delivery<'a> {
        let (folder, letter) = (self.0.clone(), letter.clone());
        Box::pin(async move {
            let (_one_address, _a_plain_name) = (recipient(&letter)?, id(&letter)?);
            tokio::task::spawn_blocking(move || write(&folder, &letter))
                .await
                .map_err(|error| Undelivered::Later(error.to_string()))?
                .map_err(|error| Undelivered::Later(format!("writing the letter: {error}")))
        })
    }
}

fn write(folder: &Path, letter: &Letter) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let unfinished = folder.join(format!(".{}.part", letter.id));
    let mut file = File::options().create(true).truncate(true).write(true).mode(0o600).open(&unfinished)?;
    write!(
        file,
        "To: {}\r\nSubject: {}\r\nMessage-ID: <{}@signet>\r\nMIME-Version: 1.0\r\n\
         Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{}",
        letter.to,
        one_line(&letter.subject),
        letter.id,
        letter.text.replace('\n', "\r\n")
    )?;
    file.sync_all()?;
    fs::rename(&unfinished, folder.join(format!("{}.eml", letter.id)))?;
    File::open(folder)?.sync_all()
}
