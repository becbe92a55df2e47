//! Where the server's programs are: what `pg_config` names, else the newest of Debian's folders.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The oldest major version that the project works with.
pub const OLDEST: u32 = 15;

/// The folder with a PostgreSQL server's programs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    bindir: PathBuf,
    major: u32,
}

impl Server {
    /// The server of this machine.
    pub fn find() -> Result<Self, String> {
        Self::among(named_by_pg_config().into_iter().chain(debian_folders(Path::new("/usr/lib/postgresql"))))
    }

    /// The first folder that holds a server which is new enough.
    pub fn among(folders: impl IntoIterator<Item = PathBuf>) -> Result<Self, String> {
        let mut too_old = None;
        for bindir in folders {
            match major(&bindir) {
                Some(major) if major >= OLDEST => return Ok(Self { bindir, major }),
                Some(major) => too_old = too_old.max(Some(major)),
                None => {}
            }
        }
        Err(match too_old {
            Some(major) => format!("PostgreSQL {OLDEST} or newer is needed and only {major} was found"),
            None => format!("PostgreSQL {OLDEST} or newer is needed and no server was found"),
        })
    }

    pub fn program(&self, name: &str) -> PathBuf {
        self.bindir.join(name)
    }

    pub fn major(&self) -> u32 {
        self.major
    }
}

fn named_by_pg_config() -> Option<PathBuf> {
    let output = Command::new("pg_config").arg("--bindir").output().ok()?;
    let bindir = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| PathBuf::from(bindir.trim_end()))
}

/// Newest first.
fn debian_folders(base: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(base).into_iter().flatten().flatten();
    let mut versions: Vec<u32> = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
    versions.sort_unstable();
    versions.iter().rev().map(|version| base.join(version.to_string()).join("bin")).collect()
}

/// A folder counts only with both programs that we run.
fn major(bindir: &Path) -> Option<u32> {
    if !bindir.join("initdb").is_file() {
        return None;
    }
    let output = Command::new(bindir.join("postgres")).arg("--version").output().ok()?;
    parse_major(&String::from_utf8(output.stdout).ok()?)
}

/// `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`; before a release, `18beta1`.
fn parse_major(answer: &str) -> Option<u32> {
    let version = answer.split_once("(PostgreSQL) ")?.1;
    version.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    /// A folder whose `postgres` only knows its version, removed with the test.
    struct Pretended(PathBuf);

    impl Pretended {
        fn server(name: &str, version: &str) -> Self {
            let folder = std::env::temp_dir().join(format!("signet-server-{}-{name}", std::process::id()));
            fs::create_dir_all(&folder).unwrap();
            for program in ["postgres", "initdb"] {
                let path = folder.join(program);
                fs::write(&path, format!("#!/bin/sh\necho 'postgres (PostgreSQL) {version}'\n")).unwrap();
                fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).unwrap();
            }
            Self(folder)
        }
    }

    impl Drop for Pretended {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn a_version_is_read_from_what_the_server_says() {
        assert_eq!(parse_major("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n"), Some(15));
        assert_eq!(parse_major("postgres (PostgreSQL) 18beta1\n"), Some(18));
        assert_eq!(parse_major("something else 15.1\n"), None);
    }

    #[test]
    fn a_machine_without_a_server_is_told_what_is_needed() {
        let refusal = Server::among([PathBuf::from("/nonexistent")]).unwrap_err();
        assert_eq!(refusal, "PostgreSQL 15 or newer is needed and no server was found");
    }

    #[test]
    fn an_old_server_is_passed_over_and_named_when_it_is_the_only_one() {
        let (old, new) = (Pretended::server("old", "14.9"), Pretended::server("new", "17.2"));
        let found = Server::among([old.0.clone(), new.0.clone()]).unwrap();
        assert_eq!((found.major(), found.program("psql")), (17, new.0.join("psql")));
        let refusal = Server::among([old.0.clone()]).unwrap_err();
        assert_eq!(refusal, "PostgreSQL 15 or newer is needed and only 14 was found");
    }

    #[test]
    fn the_newest_of_debians_folders_comes_first() {
        let base = std::env::temp_dir().join(format!("signet-debian-{}", std::process::id()));
        for version in ["9.6", "15", "17", "9"] {
            fs::create_dir_all(base.join(version)).unwrap();
        }
        let folders = debian_folders(&base);
        fs::remove_dir_all(&base).unwrap();
        assert_eq!(folders, ["17", "15", "9"].map(|version| base.join(version).join("bin")));
    }
}
