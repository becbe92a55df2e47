//! The browser tests: Node runs them against servers that they start themselves.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};

use cluster::Cluster;
use serde_json::Value;

use super::cargo;
use super::program::{Heard, follow};

/// Their runner says something at the end of each file and gives none of them as long as this.
const PATIENCE: Duration = Duration::from_secs(450);

/// Brings the packages that the tests import, where they are missing or older than their list.
pub(super) fn install(root: &Path) -> Result<(), String> {
    let folder = root.join("console");
    let changed = |file: &str| fs::metadata(folder.join(file)).and_then(|facts| facts.modified()).ok();
    if is_current(changed("node_modules/.package-lock.json"), changed("package-lock.json")) {
        return Ok(());
    }
    match npm(&folder, &["ci", "--ignore-scripts"]).status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!(
            "The tests were not run: the packages that the browser tests import could not be installed \
             (npm ci in console/: {status})."
        )),
        Err(fault) => Err(format!("npm could not be run: {fault}.")),
    }
}

fn is_current(installed: Option<SystemTime>, listed: Option<SystemTime>) -> bool {
    installed.is_some() && installed >= listed
}

/// Says which of these files there is not, and which there are.
pub(super) fn know(root: &Path, files: &[String]) -> Result<(), String> {
    let mut known = [tests_in(&root.join("console/tests")), tests_in(&root.join("console/src"))].concat();
    known.sort_unstable();
    match files.iter().find(|file| !known.contains(file)) {
        Some(file) => Err(format!("There are no browser tests `{file}`; there are {}.", known.join(", "))),
        None => Ok(()),
    }
}

fn tests_in(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let tests =
        entries.flat_map(|entry| match entry.file_name().to_str().and_then(|name| name.strip_suffix(".test.js")) {
            Some(name) => vec![name.to_owned()],
            None => tests_in(&entry.path()),
        });
    tests.collect()
}

/// The tests in `files`, or all.
pub(super) fn test(root: &Path, files: &[String], cluster: &Cluster) -> Result<Vec<Heard>, String> {
    run(root, files, cluster)
}

pub(super) fn test_in_firefox(root: &Path, cluster: &Cluster) -> Result<Vec<Heard>, String> {
    run(root, &["--firefox".into()], cluster)
}

/// Types first, then what the runner is told to.
fn run(root: &Path, words: &[String], cluster: &Cluster) -> Result<Vec<Heard>, String> {
    let folder = root.join("console");
    let checked = check(&folder).map_err(|fault| format!("cannot run npm: {fault}"))?;
    let Some(node) = server(root)? else {
        return Ok(vec![checked, Heard { program: "cargo", tally: Default::default(), is_content: false }]);
    };
    let temp = Temp::make().map_err(|fault| format!("cannot make a temporary folder: {fault}"))?;
    let mut command = Command::new("node");
    command.args(["tests/run.js", "--held"]).args(words).current_dir(&folder).stdin(Stdio::piped());
    command.env("SIGNET_TEST_NODE", node).env("SIGNET_TEST_POSTGRES_URL", cluster.url("postgres"));
    command.env("PATH", path_with(cluster)).env("TMPDIR", &temp.0);
    if let Some(shots) = std::env::var_os("SIGNET_TEST_SHOTS").and_then(|shots| std::path::absolute(shots).ok()) {
        command.env("SIGNET_TEST_SHOTS", shots);
    }
    let tested = follow("node", command, Some(PATIENCE)).map_err(|fault| format!("cannot run node: {fault}"))?;
    Ok(vec![checked, tested])
}

/// The whole check counts as one test.
fn check(folder: &Path) -> io::Result<Heard> {
    let mut heard = follow("npm", npm(folder, &["run", "check"]), None)?;
    if heard.is_content {
        heard.tally.hear("test result: ok. 1 passed");
    }
    Ok(heard)
}

fn npm(folder: &Path, words: &[&str]) -> Command {
    let mut command = Command::new("npm");
    command.args(words).current_dir(folder).stdin(Stdio::null());
    command
}

/// Where the server with a turnable clock is, once it is built; `None` if it cannot be.
fn server(root: &Path) -> Result<Option<PathBuf>, String> {
    let mut command = cargo();
    command.args(["build", "--locked", "--package", "testnode", "--message-format", "json-render-diagnostics"]);
    let built = command.current_dir(root).stderr(Stdio::inherit()).output();
    let output = built.map_err(|fault| format!("cannot run cargo build: {fault}"))?;
    let messages = String::from_utf8_lossy(&output.stdout);
    Ok(messages.lines().find_map(executable).filter(|_| output.status.success()))
}

fn executable(message: &str) -> Option<PathBuf> {
    let message: Value = serde_json::from_str(message).ok()?;
    (message.pointer("/target/name")? == "signet-testnode")
        .then(|| message.get("executable")?.as_str())?
        .map(Into::into)
}

/// With the programs beside the PostgreSQL that was found: they need not be where people look.
fn path_with(cluster: &Cluster) -> OsString {
    let psql = cluster.server().program("psql");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain(psql.parent().map(Path::to_path_buf));
    std::env::join_paths(folders).unwrap_or(path)
}

/// What browsers and servers leave behind when they are killed is gone with it.
struct Temp(PathBuf);

const PREFIX: &str = "signet-console-";

impl Temp {
    fn make() -> io::Result<Self> {
        let parent = std::env::temp_dir();
        sweep(&parent);
        let path = parent.join(format!("{PREFIX}{}", std::process::id()));
        fs::create_dir(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Temp {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Removes the folders whose owners have been killed.
fn sweep(parent: &Path) {
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let owner = name.to_str().and_then(|name| name.strip_prefix(PREFIX)?.parse::<u32>().ok());
        if owner.is_some_and(|owner| !Path::new("/proc").join(owner.to_string()).exists()) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_current_when_they_came_after_their_list() {
        let (earlier, later) = (Some(SystemTime::UNIX_EPOCH), Some(SystemTime::now()));
        assert!(is_current(later, earlier) && is_current(later, later));
        assert!(!is_current(earlier, later) && !is_current(None, earlier));
    }

    #[test]
    fn unknown_files_are_refused_with_those_there_are() {
        let root = xtask::root().unwrap();
        assert_eq!(know(&root, &["harness".into()]), Ok(()));
        let refusal = know(&root, &["harness".into(), "harnes".into()]).unwrap_err();
        assert!(refusal.starts_with("There are no browser tests `harnes`; there are "), "{refusal}");
        assert!(refusal.contains("harness"), "{refusal}");
    }

    #[test]
    fn the_server_is_found_in_what_cargo_says() {
        let message = r#"{"reason":"compiler-artifact","target":{"name":"signet-testnode"},"executable":"/t/node"}"#;
        assert_eq!(executable(message), Some("/t/node".into()));
        assert_eq!(executable(&message.replace("\"/t/node\"", "null")), None);
        assert_eq!(executable(r#"{"reason":"build-finished","success":true}"#), None);
    }

    #[test]
    fn a_folder_of_a_dead_owner_is_swept_away() {
        let parent = std::env::temp_dir().join(format!("signet-sweep-{}", std::process::id()));
        let (ours, theirs) = (parent.join(format!("{PREFIX}{}", std::process::id())), parent.join("signet-console-0"));
        fs::create_dir_all(&ours).unwrap();
        fs::create_dir_all(&theirs).unwrap();
        sweep(&parent);
        assert!(ours.exists() && !theirs.exists());
        fs::remove_dir_all(&parent).unwrap();
    }
}
