//! The part of a test that needs a process of its own: one that dies, or whose disk fails.

use std::process::Command;

const TASK: &str = "SIGNET_TEST_TASK";

/// What this process was started to do; `None` in the test itself.
#[expect(clippy::disallowed_methods, reason = "a child is told its task in its environment")]
pub(crate) fn task() -> Option<String> {
    std::env::var(TASK).ok()
}

/// This test once more, in another process that has a task. What it leaves lying about lies in `folder`.
pub(crate) fn again(test: &str, task: &str, folder: &std::path::Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", test, "--nocapture"]).env(TASK, task).env("TMPDIR", folder);
    command
}
