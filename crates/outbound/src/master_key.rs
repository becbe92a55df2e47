//! The master key's file: 64 hexadecimal digits, readable by its owner only.

use std::fmt;
use std::fs::{self, File, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use vocab::Secret;

const FILE: &str = "master.key";

/// Why a master key cannot be had.
#[derive(Debug)]
pub enum Unusable {
    OthersMayRead(PathBuf),
    NotAKey(PathBuf),
    File(PathBuf, io::Error),
}

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OthersMayRead(path) => {
                let path = path.display();
                write!(f, "{path} may be read by others; make it yours alone with 'chmod 600 {path}'")
            }
            Self::NotAKey(path) => write!(f, "{} does not hold 64 hexadecimal digits", path.display()),
            Self::File(path, error) => write!(f, "{}: {error}", path.display()),
        }
    }
}

impl std::error::Error for Unusable {}

/// The key in this folder, if there is one.
pub fn load(folder: &Path) -> Result<Option<Secret<[u8; 32]>>, Unusable> {
    let path = folder.join(FILE);
    let mut file = match File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Unusable::File(path, error)),
    };
    // Of the file that was opened, not of the name: a name can be exchanged in between.
    let metadata = file.metadata().map_err(|error| Unusable::File(path.clone(), error))?;
    if metadata.permissions().mode() & 0o077 != 0 {
        return Err(Unusable::OthersMayRead(path));
    }
    let text = io::read_to_string(&mut file).map(Secret::new).map_err(|error| Unusable::File(path.clone(), error))?;
    parse(text.expose().trim_end()).map(Some).ok_or(Unusable::NotAKey(path))
}

/// Put a new key into this folder. When another process was faster, its key is the one.
pub fn make(folder: &Path, entropy: &dyn app::Entropy) -> Result<Secret<[u8; 32]>, Unusable> {
    let path = folder.join(FILE);
    let mut key = [0; 32];
    entropy.fill(&mut key);
    let key = Secret::new(key);
    place(folder, &path, &key).map_err(|error| Unusable::File(path.clone(), error))?;
    load(folder)?.ok_or(Unusable::NotAKey(path))
}

/// Written whole beside its name, then linked: a link fails where the name is taken, a rename would replace.
fn place(folder: &Path, path: &Path, key: &Secret<[u8; 32]>) -> io::Result<()> {
    let unfinished = folder.join(format!(".{FILE}.{}", std::process::id()));
    let mut file = File::options().create(true).truncate(true).write(true).mode(0o600).open(&unfinished)?;
    file.set_permissions(Permissions::from_mode(0o600))?;
    let hex = Secret::new(key.expose().iter().map(|byte| format!("{byte:02x}")).collect::<String>());
    writeln!(file, "{}", hex.expose())?;
    file.sync_all()?;
    let linked = match fs::hard_link(&unfinished, path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        linked => linked,
    };
    fs::remove_file(&unfinished)?;
    linked?;
    File::open(folder)?.sync_all()
}

fn parse(text: &str) -> Option<Secret<[u8; 32]>> {
    let mut key = [0_u8; 32];
    if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    for (byte, at) in key.iter_mut().zip((0..64).step_by(2)) {
        *byte = u8::from_str_radix(text.get(at..at + 2)?, 16).ok()?;
    }
    Some(Secret::new(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_64_hexadecimal_digits() {
        assert_eq!(parse(&"0f".repeat(32)).unwrap().expose(), &[15; 32]);
        for wrong in ["", "0f", &"0g".repeat(32), &"0f".repeat(33), &"é".repeat(32)] {
            assert!(parse(wrong).is_none(), "{wrong}");
        }
    }
}
