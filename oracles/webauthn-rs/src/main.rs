//! Runs recorded WebAuthn ceremonies through webauthn-rs-core: cases in, one verdict a line out.

mod bench;
mod case;
mod ceremony;
mod verdict;

use std::{
    fs,
    io::{self, Write},
    panic,
    process::ExitCode,
};

use serde_json::Value;
use verdict::Verdict;

const USAGE: &str = "usage: oracle-webauthn-rs [--bench N] FILE|-";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("oracle-webauthn-rs: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn std::error::Error>> {
    // A panic becomes a verdict; the default hook would also print it.
    panic::set_hook(Box::new(|_| {}));
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["--bench", iterations, file] => {
            let report = bench::run(&case::split(&read(file)?), iterations.parse()?);
            println!("{}", serde_json::to_string(&report.ok_or("no accepted case, or no iteration")?)?);
        }
        [file] => {
            let mut out = io::stdout().lock();
            for recorded in case::split(&read(file)?) {
                let id = recorded.as_ref().map_or(&Value::Null, |case| &case["id"]);
                writeln!(out, "{}", serde_json::to_string(&Verdict::of(&recorded).line(id))?)?;
            }
        }
        _ => return Err(USAGE.into()),
    }
    Ok(())
}

fn read(file: &str) -> io::Result<String> {
    if file == "-" { io::read_to_string(io::stdin()) } else { fs::read_to_string(file) }
}
