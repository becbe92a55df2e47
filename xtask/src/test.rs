//! `cargo xtask test [ONLY=room,room]`: makes sure of what the tests need, gives them one private PostgreSQL, runs
//! them and says at the end, in one line, how many passed, failed and were skipped.

mod needs;
mod tally;

use std::io::{self, BufRead, BufReader, PipeReader, Write};
use std::path::Path;
use std::process::{Child, Command, ExitCode, ExitStatus};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use cluster::{Cluster, Options};
use serde_json::Value;
use tally::{Tally, Verdict};

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
    let only = chosen(args, &rooms(&root)?)?;
    needs::meet()?;
    let cluster = Cluster::start(Options::default())?;
    let (tally, status) = cargo_test(&root, &only, &cluster).map_err(|fault| format!("cannot run cargo: {fault}"))?;
    drop(cluster);
    for remark in tally.remarks(status.success()) {
        say(&remark);
    }
    Ok(tally.verdict(status.success()))
}

/// The rooms named by `ONLY=`; none named means all.
fn chosen(args: &[String], rooms: &[String]) -> Result<Vec<String>, String> {
    let mut chosen = Vec::new();
    for arg in args {
        let Some(names) = arg.strip_prefix("ONLY=") else {
            return Err(format!("`{arg}` is not understood: cargo xtask test [ONLY=room,room]"));
        };
        for name in names.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            if !rooms.iter().any(|room| room == name) {
                return Err(format!("There is no room `{name}`; the rooms are {}.", rooms.join(", ")));
            }
            chosen.push(name.to_owned());
        }
    }
    Ok(chosen)
}

/// The packages of the workspace, in order.
fn rooms(root: &Path) -> Result<Vec<String>, String> {
    let output = cargo()
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .current_dir(root)
        .output()
        .map_err(|fault| format!("cannot run cargo metadata: {fault}"))?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).trim_end().to_owned());
    }
    let metadata: Value = serde_json::from_slice(&output.stdout).map_err(|fault| fault.to_string())?;
    let packages = metadata.get("packages").and_then(Value::as_array).into_iter().flatten();
    let mut rooms: Vec<String> = packages.filter_map(|package| Some(package.get("name")?.as_str()?.into())).collect();
    rooms.sort_unstable();
    Ok(rooms)
}

fn cargo() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

fn cargo_test(root: &Path, only: &[String], cluster: &Cluster) -> io::Result<(Tally, ExitStatus)> {
    let mut command = cargo();
    command.args(["test", "--locked", "--no-fail-fast"]).current_dir(root);
    match only {
        [] => command.arg("--workspace"),
        rooms => command.args(rooms.iter().flat_map(|room| ["--package", room])),
    };
    command.env("SIGNET_TEST_POSTGRES_URL", cluster.url("postgres"));
    let (output, input) = io::pipe()?;
    command.stdout(input.try_clone()?).stderr(input);
    let child = command.spawn()?;
    drop(command); // lets go of our ends of the pipe
    follow(child, &lines(output))
}

/// Both streams of cargo come through one pipe, because only their order says which result is whose.
fn lines(output: PipeReader) -> Receiver<String> {
    let (tell, lines) = channel();
    thread::spawn(move || {
        let mut output = BufReader::new(output);
        let mut line = Vec::new();
        while output.read_until(b'\n', &mut line).is_ok_and(|length| length > 0) {
            let text = String::from_utf8_lossy(&line).trim_end_matches('\n').to_owned();
            if tell.send(text).is_err() {
                return;
            }
            line.clear();
        }
    });
    lines
}

/// Repeat and count what cargo says until it has ended. A process that a broken test left behind may hold the pipe
/// open for ever, so the end of the lines alone is not waited for.
fn follow(mut child: Child, lines: &Receiver<String>) -> io::Result<(Tally, ExitStatus)> {
    const SILENCE: Duration = Duration::from_millis(500);
    let mut tally = Tally::default();
    loop {
        match lines.recv_timeout(SILENCE) {
            Ok(line) => {
                say(&line);
                tally.hear(&line);
            }
            Err(RecvTimeoutError::Timeout) if child.try_wait()?.is_none() => {}
            Err(_) => return Ok((tally, child.wait()?)),
        }
    }
}

fn say(line: &str) {
    let _ = writeln!(io::stdout(), "{line}");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choose(args: &[&str]) -> Result<Vec<String>, String> {
        let args: Vec<String> = args.iter().map(|arg| (*arg).into()).collect();
        chosen(&args, &["app".into(), "cluster".into(), "store".into()])
    }

    #[test]
    fn nothing_chosen_is_everything() {
        assert_eq!(choose(&[]), Ok(vec![]));
        assert_eq!(choose(&["ONLY="]), Ok(vec![]));
    }

    #[test]
    fn several_rooms_are_separated_by_commas() {
        assert_eq!(choose(&["ONLY=store, app"]), Ok(vec!["store".into(), "app".into()]));
    }

    #[test]
    fn an_unknown_room_is_refused_with_the_rooms_there_are() {
        assert_eq!(choose(&["ONLY=stor"]), Err("There is no room `stor`; the rooms are app, cluster, store.".into()));
    }

    #[test]
    fn an_unknown_word_is_refused() {
        assert_eq!(choose(&["store"]), Err("`store` is not understood: cargo xtask test [ONLY=room,room]".into()));
    }

    #[test]
    fn the_rooms_are_the_packages_of_this_workspace() {
        let rooms = rooms(&xtask::root().unwrap()).unwrap();
        assert!(["cluster", "store", "xtask"].iter().all(|room| rooms.iter().any(|known| known == room)));
    }
}
