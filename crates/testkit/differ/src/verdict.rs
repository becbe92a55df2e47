//! What judges say.

use std::io::{self, Write};
use std::process::{Command, Stdio};
use std::thread;

use serde::Deserialize;
use vocab::Timestamp;

use crate::case::Case;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Word {
    Accept,
    Reject,
    /// No verdict: the judge cannot be held to it.
    Unsupported,
}

impl Word {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Word::Accept => "accept",
            Word::Reject => "reject",
            Word::Unsupported => "unsupported",
        }
    }
}

#[derive(Debug, Deserialize)]
pub(crate) struct Verdict {
    id: String,
    #[serde(rename = "verdict")]
    pub(crate) word: Word,
    pub(crate) reason: String,
}

/// What `signet ceremony check` says.
pub(crate) fn ours(case: &Case) -> Verdict {
    let judgement = app::recorded::judge(&case.record, Timestamp::from_micros(0));
    let word = match judgement.verdict {
        app::recorded::Verdict::Accept => Word::Accept,
        app::recorded::Verdict::Reject => Word::Reject,
    };
    Verdict { id: case.id.clone(), word, reason: judgement.reason.unwrap_or_default() }
}

/// A program that reads cases, one a line, and says a verdict for each.
pub struct Oracle {
    pub name: &'static str,
    pub command: Command,
}

impl Oracle {
    pub(crate) fn judge(&mut self, cases: &[Case]) -> Result<Vec<Verdict>, String> {
        let said = self.ask(cases).map_err(|fault| format!("{} could not be asked: {fault}", self.name))?;
        let verdicts: Result<Vec<Verdict>, _> = said.lines().map(serde_json::from_str).collect();
        let verdicts = verdicts.map_err(|fault| format!("{} said something else: {fault}", self.name))?;
        let is_whole = verdicts.iter().map(|verdict| &verdict.id).eq(cases.iter().map(|case| &case.id));
        if is_whole { Ok(verdicts) } else { Err(format!("{} did not speak of every case", self.name)) }
    }

    /// It may answer while it still reads.
    fn ask(&mut self, cases: &[Case]) -> io::Result<String> {
        let mut child = self.command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let input = child.stdin.take();
        let output = thread::scope(|scope| {
            // Whether it read them all, its answers say.
            scope.spawn(|| input.map(|mut input| cases.iter().try_for_each(|case| writeln!(input, "{}", case.record))));
            child.wait_with_output()
        })?;
        match output.status.success() {
            true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
            false => Err(io::Error::other(format!("it ended with {}", output.status))),
        }
    }
}
