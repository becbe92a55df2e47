//! What the tests need from the machine: found, else installed where we may, else named exactly.

use std::path::Path;
use std::process::{Command, Stdio};

use cluster::Server;

use super::scope::Scope;

/// One thing the tests cannot do without.
#[derive(Clone, Copy)]
struct Need {
    name: &'static str,
    /// Debian's packages that bring it.
    packages: &'static [&'static str],
    /// What is wrong, where something is.
    lacking: fn() -> Option<String>,
}

const ALWAYS: [Need; 1] = [Need { name: "C compiler", packages: &["gcc", "libc6-dev"], lacking: || silent("cc") }];

const DATABASE: [Need; 1] = [Need { name: "PostgreSQL", packages: &["postgresql"], lacking: || Server::find().err() }];

const ORACLES: [Need; 1] = [Need { name: "Python", packages: &["python3", "python3-venv"], lacking: no_python }];

const PAGES: [Need; 4] = [
    Need { name: "Fonts", packages: &["fonts-dejavu-core", "fonts-liberation"], lacking: no_fonts },
    Need { name: "Node.js", packages: &["nodejs"], lacking: || too_old(&answer("node")) },
    Need { name: "npm", packages: &["npm"], lacking: || silent("npm") },
    Need { name: "sqlite3", packages: &["sqlite3"], lacking: || silent("sqlite3") },
];

const CHROMIUM: [Need; 2] = [
    Need { name: "Chromium", packages: &["chromium"], lacking: || silent("chromium") },
    // It tells Chromium whom to trust.
    Need { name: "certutil", packages: &["libnss3-tools"], lacking: || absent("certutil") },
];

const FIREFOX: [Need; 1] =
    [Need { name: "Firefox ESR", packages: &["firefox-esr"], lacking: || silent("firefox-esr") }];

fn silent(program: &str) -> Option<String> {
    let asked = Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    (!asked.is_ok_and(|status| status.success())).then(|| format!("`{program}` does not run"))
}

/// For one that fails whatever it is asked.
fn absent(program: &str) -> Option<String> {
    let asked = Command::new(program).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    asked.err().map(|fault| format!("`{program}` cannot be run: {fault}"))
}

/// 3.11 runs the second oracle; Debian keeps what makes environments in a package of its own.
fn no_python() -> Option<String> {
    const ASKED: &str = "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))";
    (!succeeds(&["python3", "-c", ASKED])).then(|| "3.11 or newer with `venv` is needed and none was found".into())
}

/// The oldest Node.js that the browser tests' packages work with.
const OLDEST_NODE: u32 = 20;

/// `v20.20.2`, or nothing.
fn answer(program: &str) -> String {
    let asked = Command::new(program).arg("--version").stderr(Stdio::null()).output();
    asked.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default()
}

fn too_old(version: &str) -> Option<String> {
    let major = version.strip_prefix('v').and_then(|version| version.split('.').next()?.parse::<u32>().ok());
    match major {
        Some(major) if major >= OLDEST_NODE => None,
        Some(_) => Some(format!("{OLDEST_NODE} or newer (as in Debian 13) is needed and only {version} was found")),
        None => Some(format!("{OLDEST_NODE} or newer (as in Debian 13) is needed and none was found")),
    }
}

fn no_fonts() -> Option<String> {
    const FOLDERS: [&str; 2] = ["/usr/share/fonts", "/usr/local/share/fonts"];
    (!FOLDERS.iter().any(|folder| holds_fonts(Path::new(folder)))).then(|| format!("none in {}", FOLDERS.join(" or ")))
}

fn holds_fonts(folder: &Path) -> bool {
    std::fs::read_dir(folder).into_iter().flatten().flatten().any(|entry| {
        let path = entry.path();
        path.extension().is_some_and(|ending| ending == "ttf" || ending == "otf") || path.is_dir() && holds_fonts(&path)
    })
}

/// A need that is not met, and what is wrong.
type Gap<'a> = (&'a Need, String);

fn gaps(needs: &[Need]) -> Vec<Gap<'_>> {
    needs.iter().filter_map(|need| Some((need, (need.lacking)()?))).collect()
}

pub(super) fn meet(scope: &Scope) -> Result<(), String> {
    let groups = [
        (true, &ALWAYS[..]),
        (scope.needs_a_database(), &DATABASE),
        (scope.needs_node(), &PAGES),
        (scope.console.is_some(), &CHROMIUM),
        (scope.firefox, &FIREFOX),
        (scope.oracles, &ORACLES),
    ];
    let needs: Vec<Need> =
        groups.iter().filter(|(is_needed, _)| *is_needed).flat_map(|(_, group)| *group).copied().collect();
    meet_all(&needs, may_install())
}

/// `installer` is the command before `sh`; without one nothing is installed.
fn meet_all(needs: &[Need], installer: Option<&[&str]>) -> Result<(), String> {
    let missing = gaps(needs);
    let Some(installer) = installer.filter(|_| !missing.is_empty()) else {
        return nothing_lacks(&missing);
    };
    install(installer, &packages(&missing))?;
    nothing_lacks(&gaps(needs))
}

fn nothing_lacks(missing: &[Gap<'_>]) -> Result<(), String> {
    if missing.is_empty() {
        return Ok(());
    }
    let list: Vec<String> = missing.iter().map(|(need, why)| format!("  {}: {why}", need.name)).collect();
    Err(format!(
        "The tests were not run, because something is missing:\n{}\nOn Debian it comes with: apt-get install \
         --no-install-recommends {}",
        list.join("\n"),
        packages(missing).join(" ")
    ))
}

fn packages(missing: &[Gap<'_>]) -> Vec<&'static str> {
    missing.iter().flat_map(|(need, _)| need.packages).copied().collect()
}

/// How we become root where apt-get is: by being it, or by a sudo that does not ask.
fn may_install() -> Option<&'static [&'static str]> {
    if !Path::new("/usr/bin/apt-get").exists() {
        None
    } else if succeeds(&["sh", "-c", "test $(id -u) = 0"]) {
        Some(&[])
    } else {
        Some(["sudo", "-n"].as_slice()).filter(|_| succeeds(&["sudo", "-n", "true"]))
    }
}

fn succeeds(words: &[&str]) -> bool {
    command(words).is_some_and(|mut command| {
        command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
    })
}

/// Debian makes a cluster and starts it when a server is first installed; the tests have their own, so for as long
/// as the installation takes it is told not to.
const INSTALL: &str = r#"set -eu
export DEBIAN_FRONTEND=noninteractive
echo "Installing $*, which the tests need."
no_cluster=/etc/postgresql-common/createcluster.d/signet-tests.conf
mkdir -p "${no_cluster%/*}"
trap 'rm -f "$no_cluster"' EXIT
trap 'exit 1' INT TERM
echo 'create_main_cluster = false' >"$no_cluster"
apt-get update
apt-get install -y --no-install-recommends "$@"
"#;

fn install(installer: &[&str], packages: &[&str]) -> Result<(), String> {
    let words = [installer, &["sh", "-c", INSTALL, "install"], packages].concat();
    let status = command(&words).ok_or("nothing to run")?.stdin(Stdio::null()).status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("apt-get could not install {} ({status}).", packages.join(" "))),
        Err(fault) => Err(format!("apt-get could not be run: {fault}.")),
    }
}

fn command(words: &[&str]) -> Option<Command> {
    let (program, arguments) = words.split_first()?;
    let mut command = Command::new(program);
    command.args(arguments);
    Some(command)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MET: Need = Need { name: "Air", packages: &["air"], lacking: || None };
    const UNMET: Need = Need { name: "Water", packages: &["water", "pipes"], lacking: || Some("none flows".into()) };

    #[test]
    fn what_is_there_is_not_installed() {
        assert_eq!(meet_all(&[MET], Some(&["false"])), Ok(()));
    }

    #[test]
    fn what_is_missing_is_named_with_the_command_that_brings_it() {
        assert_eq!(
            meet_all(&[MET, UNMET], None),
            Err(
                "The tests were not run, because something is missing:\n  Water: none flows\nOn Debian it comes with: \
                 apt-get install --no-install-recommends water pipes"
                    .into()
            )
        );
    }

    #[test]
    fn an_installation_that_fails_is_said() {
        let refusal = meet_all(&[UNMET], Some(&["false"])).unwrap_err();
        assert!(refusal.starts_with("apt-get could not install water pipes"), "{refusal}");
    }

    #[test]
    fn an_installation_that_did_not_help_is_said() {
        let refusal = meet_all(&[UNMET], Some(&["true"])).unwrap_err();
        assert!(refusal.contains("Water: none flows"), "{refusal}");
    }

    #[test]
    fn a_program_that_is_not_there_is_lacking() {
        assert_eq!(silent("signet-no-such-program"), Some("`signet-no-such-program` does not run".into()));
        assert_eq!(silent("true"), None);
        assert!(absent("signet-no-such-program").is_some());
        assert_eq!((absent("false"), silent("false").is_some()), (None, true));
    }

    #[test]
    fn a_node_that_is_too_old_or_missing_is_lacking() {
        assert_eq!(
            too_old("v18.20.4"),
            Some("20 or newer (as in Debian 13) is needed and only v18.20.4 was found".into())
        );
        assert_eq!(too_old(""), Some("20 or newer (as in Debian 13) is needed and none was found".into()));
        assert_eq!((too_old("v20.20.2"), too_old("v24.0.1")), (None, None));
    }
}
