//! `cargo xtask fuzz [TIME=seconds] [ONLY=target]`: builds the fuzzer once, lets it at one target after another, stops
//! at the first finding, and says at the end in a table what was done.

mod figures;
mod wish;

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::thread::{available_parallelism, sleep};
use std::time::Duration;

use figures::Figures;
use serde_json::Value;
use wish::Wish;

/// What this machine lacks, and words that we do not understand; a finding is 1.
const NOT_EVEN_TRIED: u8 = 2;

/// What one input may take: far more than any does, far less than would hurt.
const LIMITS: [&str; 2] = ["-timeout=10", "-rss_limit_mb=512"];

pub(crate) fn run(root: &Path, args: &[String]) -> ExitCode {
    match fuzz(root, args) {
        Ok(code) => code,
        Err(sentence) => {
            let _ = writeln!(io::stderr(), "{sentence}");
            ExitCode::from(NOT_EVEN_TRIED)
        }
    }
}

fn fuzz(root: &Path, args: &[String]) -> Result<ExitCode, String> {
    let seeds = root.join("crates/webauthn/seeds");
    let wish = Wish::read(args, &targets(&seeds)?)?;
    let fuzzer = build(root)?;
    let kept = cache()?;
    let workers = available_parallelism().map_or(1, |cores| cores.get().saturating_sub(1).max(1));
    let mut table = Vec::new();
    for target in &wish.targets {
        say(&format!("{target}: {} s, workers: {workers}", wish.seconds));
        let round = Round { fuzzer: &fuzzer, kept: &kept, seeds: &seeds.join(target), target, seconds: wish.seconds };
        let (figures, is_content) =
            round.run(workers).map_err(|fault| format!("{target} could not be fuzzed: {fault}"))?;
        if !is_content {
            say(&figures.last_words);
            say(&figures::table(&table));
            let nothing_to_show = || format!("nothing to show; see {}", round.folder("logs").display());
            say(&format!("Found in {target}: {}", figures.finding.unwrap_or_else(nothing_to_show)));
            return Ok(ExitCode::FAILURE);
        }
        table.push((target.clone(), figures));
    }
    say(&figures::table(&table));
    Ok(ExitCode::SUCCESS)
}

/// Each has a folder of seeds, which a test of `webauthn` sees to.
fn targets(seeds: &Path) -> Result<Vec<String>, String> {
    let entries = fs::read_dir(seeds).map_err(|fault| format!("{}: {fault}", seeds.display()))?;
    let mut names: Vec<_> = entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort_unstable();
    Ok(names)
}

/// How it is built stands in `fuzz/.cargo/config.toml`, which flags from outside would put aside.
fn build(root: &Path) -> Result<PathBuf, String> {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(["build", "--release", "--locked", "--message-format", "json-render-diagnostics"]);
    command.current_dir(root.join("fuzz")).env_remove("RUSTFLAGS").stderr(Stdio::inherit());
    let output = command.output().map_err(|fault| format!("cannot run cargo: {fault}"))?;
    let messages = String::from_utf8_lossy(&output.stdout);
    let built = messages.lines().find_map(executable).filter(|_| output.status.success());
    built.ok_or_else(|| "The fuzzer could not be built; it takes a C++ compiler (Debian's package: g++).".to_owned())
}

fn executable(message: &str) -> Option<PathBuf> {
    let message: Value = serde_json::from_str(message).ok()?;
    Some(message.get("executable")?.as_str()?.into())
}

/// What was found out stays for the next time: it took its time, and it is in nobody's way there.
fn cache() -> Result<PathBuf, String> {
    let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let base = variable("XDG_CACHE_HOME").or_else(|| variable("HOME").map(|home| home.join(".cache")));
    base.map(|base| base.join("signet/fuzz")).ok_or_else(|| "HOME is not set.".to_owned())
}

/// One target's turn.
struct Round<'a> {
    fuzzer: &'a Path,
    kept: &'a Path,
    seeds: &'a Path,
    target: &'a str,
    seconds: u64,
}

impl Round<'_> {
    fn folder(&self, name: &str) -> PathBuf {
        self.kept.join(name).join(self.target)
    }

    /// What the workers counted together, and whether all of them ended well.
    fn run(&self, workers: usize) -> io::Result<(Figures, bool)> {
        let [corpus, findings, logs] = ["corpus", "findings", "logs"].map(|name| self.folder(name));
        for folder in [&corpus, &findings, &logs] {
            fs::create_dir_all(folder)?;
        }
        let log = |worker: usize| logs.join(worker.to_string());
        let workers: Vec<_> = (0..workers).map(log).collect();
        let children: Vec<_> =
            workers.iter().map(|log| self.spawn(&corpus, &findings, log)).collect::<io::Result<_>>()?;
        let is_content = wait(children)?;
        let texts = workers.iter().map(fs::read).collect::<io::Result<Vec<_>>>()?;
        let mut figures: Figures = texts.iter().map(|text| Figures::read(&String::from_utf8_lossy(text))).sum();
        figures.corpus = fs::read_dir(&corpus)?.count() as u64;
        Ok((figures, is_content))
    }

    /// Workers find what the others found in the folder that they share.
    fn spawn(&self, corpus: &Path, findings: &Path, log: &Path) -> io::Result<Child> {
        let mut command = Command::new(self.fuzzer);
        command
            .env("TARGET", self.target)
            .env("RUST_BACKTRACE", "0")
            .args(LIMITS)
            .args(["-print_final_stats=1", "-reload=1"]);
        command.arg(format!("-max_total_time={}", self.seconds));
        command.arg(format!("-artifact_prefix={}/", findings.display()));
        command.args([corpus, self.seeds]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(File::create(log)?);
        command.spawn()
    }
}

/// The first that ends badly ends all.
fn wait(mut children: Vec<Child>) -> io::Result<bool> {
    const STEP: Duration = Duration::from_millis(200);
    while !children.is_empty() {
        let mut running = Vec::new();
        let mut is_content = true;
        for mut child in children {
            match child.try_wait()? {
                None => running.push(child),
                Some(status) => is_content &= status.success(),
            }
        }
        if !is_content {
            for child in &mut running {
                child.kill()?;
                child.wait()?;
            }
            return Ok(false);
        }
        children = running;
        sleep(STEP);
    }
    Ok(true)
}

fn say(text: &str) {
    let _ = writeln!(io::stdout(), "{}", text.trim_end());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Child {
        Command::new("sh").args(["-c", script]).spawn().unwrap()
    }

    #[test]
    fn the_first_that_ends_badly_ends_all() {
        assert!(wait(vec![shell("exit 0"), shell("exit 0")]).unwrap());
        assert!(!wait(vec![shell("exec tail -f /dev/null"), shell("exit 77")]).unwrap());
    }

    #[test]
    fn the_built_program_is_named_among_what_cargo_says() {
        let said = r#"{"reason":"compiler-artifact","target":{"name":"fuzz"},"executable":"/t/release/fuzz"}"#;
        assert_eq!(executable(said), Some("/t/release/fuzz".into()));
        assert_eq!(executable(r#"{"reason":"compiler-artifact","executable":null}"#), None);
        assert_eq!(executable("warning: nothing"), None);
    }

    #[test]
    fn the_targets_are_the_folders_of_seeds() {
        let targets = targets(&xtask::root().unwrap().join("crates/webauthn/seeds")).unwrap();
        assert!(["cbor", "certificate", "chain"].iter().all(|name| targets.iter().any(|target| target == name)));
    }
}
