//! Saying things to the person at the terminal. A closed pipe is not an error worth a panic.

use std::fmt::Display;
use std::io::Write;
use std::process::ExitCode;

/// Something could not even be tried: configuration, a port, a folder, a schema.
pub const NOT_STARTED: u8 = 2;
/// It was tried, and the answer is no.
pub const REFUSED: u8 = 1;

/// How a command ends when it does not succeed.
#[derive(Debug)]
pub struct Failure {
    pub code: u8,
    pub words: String,
}

impl Failure {
    pub fn not_started(words: impl Display) -> Self {
        Self { code: NOT_STARTED, words: words.to_string() }
    }

    pub fn refused(words: impl Display) -> Self {
        Self { code: REFUSED, words: words.to_string() }
    }
}

pub fn say(words: impl Display) {
    let _nobody_listens = writeln!(std::io::stdout(), "{words}");
}

/// The end of the process.
pub fn end(outcome: Result<(), Failure>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            let _nobody_listens = writeln!(std::io::stderr(), "{}", failure.words);
            ExitCode::from(failure.code)
        }
    }
}

/// Rows of words in columns as wide as they need to be.
pub fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
    let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}
