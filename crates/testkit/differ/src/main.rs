//! The command line: cases for whoever wants some, and the comparison.

use std::io::{self, Write};
use std::path::Path;
use std::process::{Command, ExitCode};

use differ::{Case, Oracle, Pattern, cases, compare};

const HELP: &str = "\
differ cases COUNT SEED [PATTERN]
        the cases that COUNT and SEED make, one a line; only those whose ids fit PATTERN
differ compare COUNT SEED ORACLES WEBAUTHN_RS PYTHON
        what we and the oracles say of them. ORACLES is the folder with disagreements.toml, WEBAUTHN_RS the
        program made in it, PYTHON one that has what py-webauthn/requirements.txt asks for.
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match words[..] {
        ["cases", count, seed] => made(count, seed).map(|cases| print(&cases, "*")),
        ["cases", count, seed, pattern] => made(count, seed).map(|cases| print(&cases, pattern)),
        ["compare", count, seed, oracles, webauthn_rs, python] => {
            made(count, seed).and_then(|cases| compared(&cases, Path::new(oracles), webauthn_rs, python))
        }
        _ => Err(HELP.to_owned()),
    };
    done.unwrap_or_else(|sentence| {
        let _ = writeln!(io::stderr(), "{}", sentence.trim_end());
        ExitCode::from(2)
    })
}

fn made(count: &str, seed: &str) -> Result<Vec<Case>, String> {
    let number = |text: &str| text.parse::<u64>().map_err(|_| format!("`{text}` is not a number"));
    Ok(cases(usize::try_from(number(count)?).map_err(|fault| fault.to_string())?, number(seed)?))
}

/// A reader that closes the pipe early (`| head`) is no error.
fn print(cases: &[Case], pattern: &str) -> ExitCode {
    let pattern = Pattern::from(pattern.to_owned());
    let mut out = io::stdout().lock();
    let mut fitting = cases.iter().filter(|case| pattern.fits(&case.id));
    let _ = fitting.try_for_each(|case| writeln!(out, "{}", case.record));
    ExitCode::SUCCESS
}

/// Says what came of it, and the last line in the words of Rust's own tests.
fn compared(cases: &[Case], folder: &Path, webauthn_rs: &str, python: &str) -> Result<ExitCode, String> {
    let mut first = Command::new(webauthn_rs);
    first.arg("-");
    let mut second = Command::new(python);
    second.arg(folder.join("py-webauthn/oracle.py")).arg("-");
    let mut oracles =
        [Oracle { name: "webauthn-rs-core", command: first }, Oracle { name: "py_webauthn", command: second }];
    let list = folder.join("disagreements.toml");
    let list = std::fs::read_to_string(&list).map_err(|fault| format!("{}: {fault}", list.display()))?;
    let outcome = compare(cases, &mut oracles, &list)?;
    let (word, code) = if outcome.failed == 0 { ("ok", ExitCode::SUCCESS) } else { ("FAILED", ExitCode::FAILURE) };
    let mut out = io::stdout().lock();
    let _ = writeln!(
        out,
        "{}\ntest result: {word}. {} passed; {} failed; 0 ignored",
        outcome.page, outcome.passed, outcome.failed
    );
    Ok(code)
}
