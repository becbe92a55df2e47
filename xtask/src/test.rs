//! `cargo xtask test [ONLY=room,room]`: makes sure of what the tests need, gives them one private PostgreSQL, runs
//! them and says at the end, in one line, how many passed, failed and were skipped.

mod console;
mod needs;
pub(crate) mod oracles;
mod program;
mod scope;
mod tally;

use std::io::{self, Write};
use std::path::Path;
use std::process::{Command, ExitCode};

use cluster::{Cluster, Options};
use program::Heard;
use scope::Scope;
use tally::Verdict;

/// What this machine lacks, and words that we do not understand; a failed test is 1.
const NOT_EVEN_TRIED: u8 = 2;

pub(crate) fn run(args: Vec<String>) -> ExitCode {
    let strict = std::env::var("CI").is_ok_and(|ci| ci == "true");
    match test(&args) {
        Ok(verdict) => {
            let good = verdict.is_good(strict);
            if strict && verdict.skipped > 0 {
                say("With CI=true a skipped test is a failure.");
            }
            say(&verdict.to_string());
            if good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(sentence) => {
            let _ = writeln!(io::stderr(), "{sentence}");
            ExitCode::from(NOT_EVEN_TRIED)
        }
    }
}

fn test(args: &[String]) -> Result<Verdict, String> {
    let root = xtask::root().ok_or("cargo xtask test works inside the clone only")?;
    let scope = Scope::chosen(args, &scope::rooms(&root)?)?;
    console::know(&root, scope.console.as_deref().unwrap_or_default())?;
    needs::meet(&scope)?;
    if scope.needs_node() {
        console::install(&root)?;
    }
    let mut heard = Vec::new();
    if scope.needs_a_database() {
        let cluster = Cluster::start(Options::default())?;
        if let Some(rooms) = &scope.rooms {
            heard.push(cargo_test(&root, rooms, &cluster).map_err(|fault| format!("cannot run cargo: {fault}"))?);
        }
        if let Some(files) = &scope.console {
            heard.extend(console::test(&root, files, &cluster)?);
        }
        if scope.firefox {
            heard.extend(console::test_in_firefox(&root, &cluster)?);
        }
    }
    if scope.oracles {
        heard.push(oracles::test(&root));
    }
    for remark in tally::remarks(&heard) {
        say(&remark);
    }
    Ok(heard.iter().map(Heard::verdict).sum())
}

fn cargo() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

fn cargo_test(root: &Path, rooms: &[String], cluster: &Cluster) -> io::Result<Heard> {
    let mut command = cargo();
    command.args(["test", "--locked", "--no-fail-fast"]).current_dir(root);
    match rooms {
        [] => command.arg("--workspace"),
        rooms => command.args(rooms.iter().flat_map(|room| ["--package", room])),
    };
    command.env("SIGNET_TEST_POSTGRES_URL", cluster.url("postgres"));
    program::follow("cargo", command, None)
}

fn say(line: &str) {
    let _ = writeln!(io::stdout(), "{line}");
}
