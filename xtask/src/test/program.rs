//! Programs that run tests: what they say is repeated and counted until they end, or are ended.

use std::io::{self, BufRead, BufReader, PipeReader};
use std::process::Command;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use super::say;
use super::tally::{Tally, Verdict};

/// What one program said, and whether it ended well.
#[derive(Debug)]
pub(super) struct Heard {
    pub(super) program: &'static str,
    pub(super) tally: Tally,
    pub(super) is_content: bool,
}

impl Heard {
    pub(super) fn verdict(&self) -> Verdict {
        self.tally.verdict(self.is_content)
    }
}

/// Run a program to its end. One that is silent for longer than `patience` is told to end, by the end of its input,
/// and then made to.
pub(super) fn follow(program: &'static str, command: Command, patience: Option<Duration>) -> io::Result<Heard> {
    let (tally, is_content) = listen(command, patience, say)?;
    Ok(Heard { program, tally, is_content })
}

/// Both streams come through one pipe, because only their order says which result is whose.
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

/// A process that a broken test left behind may hold the pipe open for ever, so the end of the lines alone is not
/// waited for.
fn listen(mut command: Command, patience: Option<Duration>, repeat: impl Fn(&str)) -> io::Result<(Tally, bool)> {
    const STEP: Duration = Duration::from_millis(500);
    const TO_TIDY_UP: Duration = Duration::from_secs(10);
    let (output, input) = io::pipe()?;
    command.stdout(input.try_clone()?).stderr(input);
    let mut child = command.spawn()?;
    drop(command); // lets go of our ends of the pipe
    let lines = lines(output);
    let mut tally = Tally::default();
    let mut silence = Duration::ZERO;
    loop {
        match lines.recv_timeout(STEP) {
            Ok(line) => {
                repeat(&line);
                tally.hear(&line);
                silence = Duration::ZERO;
            }
            Err(RecvTimeoutError::Timeout) if child.try_wait()?.is_none() => silence += STEP,
            Err(_) => return Ok((tally, child.wait()?.success())),
        }
        let Some(patience) = patience else { continue };
        if silence >= patience && child.stdin.take().is_some() {
            repeat(&format!("Nothing was heard for {} s; what still runs is ended.", patience.as_secs()));
        }
        if silence >= patience + TO_TIDY_UP {
            child.kill()?;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Stdio;

    /// What it says is not repeated: whoever counts the results of these tests would count it too.
    fn run(script: &str, patience: Option<Duration>) -> Heard {
        let mut command = Command::new("sh");
        command.args(["-c", script]).stdin(Stdio::piped());
        let (tally, is_content) = listen(command, patience, |_| {}).unwrap();
        Heard { program: "sh", tally, is_content }
    }

    #[test]
    fn what_a_program_says_on_either_stream_is_counted() {
        let heard = run("echo 'test result: ok. 2 passed; 0 failed'; echo 'test result: ok. 3 passed' >&2", None);
        assert_eq!((heard.verdict().passed, heard.is_content), (5, true));
    }

    #[test]
    fn a_silent_program_is_ended_with_its_input_and_counts_as_a_failure() {
        let heard = run("cat; exit 1", Some(Duration::from_millis(1)));
        assert_eq!(heard.verdict(), Verdict { passed: 0, failed: 1, skipped: 0 });
    }

    #[test]
    fn what_a_program_leaves_behind_is_not_waited_for() {
        let heard = run("sleep 30 & echo 'test result: ok. 1 passed'", None);
        assert_eq!((heard.verdict().passed, heard.is_content), (1, true));
    }
}
