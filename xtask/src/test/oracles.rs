//! Other verifiers of WebAuthn (`oracles/`), and we, before the same generated ceremonies.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use super::program::{Heard, follow};
use super::{NOT_EVEN_TRIED, cargo, say};

/// What `make test` asks; `make oracles` asks for more and for others.
const CASES: &str = "500";
const SEED: &str = "1";

/// `cargo xtask oracles [CASES=number] [SEED=number]`, or `cargo xtask oracles --make`, which makes them and says where
/// they lie: a program, and a Python, a line each.
pub(crate) fn run(args: &[String]) -> ExitCode {
    let root = || xtask::root().ok_or_else(|| "cargo xtask oracles works inside the clone only".to_owned());
    if args == ["--make"] {
        return match root().and_then(|root| make(&root)) {
            Ok(Made { webauthn_rs, python }) => {
                println!("{}\n{}", webauthn_rs.display(), python.display());
                ExitCode::SUCCESS
            }
            Err(sentence) => {
                eprintln!("{sentence}");
                ExitCode::from(NOT_EVEN_TRIED)
            }
        };
    }
    match words(args).and_then(|(cases, seed)| compare(&root()?, cases, seed)) {
        Ok(heard) if heard.is_content => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(sentence) => {
            eprintln!("{sentence}");
            ExitCode::from(NOT_EVEN_TRIED)
        }
    }
}

fn words(args: &[String]) -> Result<(&str, &str), String> {
    let (mut cases, mut seed) = (CASES, SEED);
    for arg in args {
        match arg.split_once('=') {
            Some(("CASES", number)) => cases = number,
            Some(("SEED", number)) => seed = number,
            _ => {
                return Err(format!(
                    "`{arg}` is not understood: cargo xtask oracles [--make | CASES=number SEED=number]"
                ));
            }
        }
    }
    Ok((cases, seed))
}

/// Where the oracles cannot be made, their tests are skipped.
pub(super) fn test(root: &Path) -> Heard {
    compare(root, CASES, SEED).unwrap_or_else(|sentence| {
        say(&sentence);
        let mut skipped = Heard { program: "differ", tally: Default::default(), is_content: true };
        skipped.tally.hear("test result: ok. 0 passed; 0 failed; 3 ignored");
        skipped
    })
}

struct Made {
    webauthn_rs: PathBuf,
    /// One that has py_webauthn.
    python: PathBuf,
}

fn make(root: &Path) -> Result<Made, String> {
    let (folder, beside) = (root.join("oracles"), beside_target(root)?);
    Ok(Made {
        webauthn_rs: build(&folder.join("webauthn-rs"), &beside.join("oracles-target"))?,
        python: environment(&folder.join("py-webauthn/requirements.txt"), &beside.join("oracles-venv"))?,
    })
}

fn compare(root: &Path, cases: &str, seed: &str) -> Result<Heard, String> {
    let Made { webauthn_rs, python } = make(root)?;
    let folder = root.join("oracles");
    let mut command = cargo();
    command.args(["run", "--quiet", "--locked", "--package", "differ", "--", "compare", cases, seed]);
    command.args([&folder, &webauthn_rs, &python]).current_dir(root);
    follow("differ", command, None).map_err(|fault| format!("cannot run cargo: {fault}"))
}

/// A folder outside the clone, where what is built from it may lie: the one that holds cargo's.
fn beside_target(root: &Path) -> Result<PathBuf, String> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let target = set("CARGO_TARGET_DIR").and_then(|target| std::path::absolute(target).ok());
    let outside = target.filter(|target| !target.starts_with(root)).and_then(|target| Some(target.parent()?.into()));
    let cache = || set("XDG_CACHE_HOME").or_else(|| Some(set("HOME")?.join(".cache")));
    let beside = outside.or_else(|| Some(cache()?.join("signet")));
    beside.ok_or_else(|| skipped("neither CARGO_TARGET_DIR nor HOME says where they may be made"))
}

/// Apart from the workspace: with its own lock file, into its own folder.
fn build(folder: &Path, target: &Path) -> Result<PathBuf, String> {
    let mut command = cargo();
    command.args(["build", "--quiet", "--release", "--locked"]).current_dir(folder).env("CARGO_TARGET_DIR", target);
    succeed(command, "webauthn-rs-core could not be built")?;
    Ok(target.join("release/oracle-webauthn-rs"))
}

/// A Python of its own. It is complete once it holds the list of what was installed.
fn environment(requirements: &Path, venv: &Path) -> Result<PathBuf, String> {
    let fault = |fault: std::io::Error| skipped(&format!("{}: {fault}", venv.display()));
    let wanted = fs::read(requirements).map_err(fault)?;
    let (python, installed) = (venv.join("bin/python"), venv.join("requirements.txt"));
    fs::create_dir_all(venv).map_err(fault)?;
    let _others_wait = File::create(venv.join("lock")).and_then(|lock| lock.lock().map(|()| lock)).map_err(fault)?;
    if fs::read(&installed).is_ok_and(|installed| installed == wanted) && python.exists() {
        return Ok(python);
    }
    let mut make = Command::new("python3");
    make.args(["-m", "venv"]).arg(venv);
    succeed(make, "Python could not make an environment for py_webauthn")?;
    let mut install = Command::new(&python);
    install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes", "-r"]);
    install.arg(requirements);
    succeed(install, "py_webauthn could not be installed")?;
    fs::write(installed, wanted).map_err(fault)?;
    Ok(python)
}

fn succeed(mut command: Command, otherwise: &str) -> Result<(), String> {
    match command.stdin(Stdio::null()).status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(skipped(&format!("{otherwise} ({status})"))),
        Err(fault) => Err(skipped(&format!("{otherwise} ({fault})"))),
    }
}

fn skipped(why: &str) -> String {
    format!("The oracles were not asked: {why}.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cases_and_seed_are_numbers_of_ones_choice() {
        let words = |args: &[&str]| {
            let args: Vec<String> = args.iter().map(|arg| (*arg).into()).collect();
            super::words(&args).map(|(cases, seed)| format!("{cases} of {seed}"))
        };
        assert_eq!(words(&[]), Ok(format!("{CASES} of {SEED}")));
        assert_eq!(words(&["SEED=7", "CASES=10000"]), Ok("10000 of 7".into()));
        assert!(words(&["10000"]).is_err());
    }

    #[test]
    fn what_cannot_be_made_is_said_in_one_sentence() {
        let sentence = succeed(Command::new("false"), "It could not be built").unwrap_err();
        assert!(
            sentence.starts_with("The oracles were not asked: It could not be built (exit status: 1)"),
            "{sentence}"
        );
        assert!(succeed(Command::new("true"), "").is_ok());
    }
}
