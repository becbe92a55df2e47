//! Counts what libtest and cargo say, and what the browser tests say in the same words.

use std::collections::HashSet;
use std::fmt::{self, Display, Formatter};
use std::iter::Sum;

use super::program::Heard;

/// What has been heard so far.
#[derive(Debug, Default)]
pub(super) struct Tally {
    passed: u64,
    failed: u64,
    skipped: u64,
    /// What runs now: its path, which is unique, and what people call it.
    running: (String, String),
    seconds: Vec<(String, f64)>,
    admitted: HashSet<String>,
    failed_targets: u64,
}

/// The closing line.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Verdict {
    pub(super) passed: u64,
    pub(super) failed: u64,
    pub(super) skipped: u64,
}

impl Verdict {
    /// `strict`: whoever skips has not shown anything.
    pub(super) fn is_good(&self, strict: bool) -> bool {
        self.failed == 0 && !(strict && self.skipped > 0)
    }
}

impl Display for Verdict {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed, {} skipped", self.passed, self.failed, self.skipped)
    }
}

impl Sum for Verdict {
    fn sum<I: Iterator<Item = Self>>(verdicts: I) -> Self {
        verdicts.fold(Self::default(), |all, one| Self {
            passed: all.passed + one.passed,
            failed: all.failed + one.failed,
            skipped: all.skipped + one.skipped,
        })
    }
}

impl Tally {
    pub(super) fn hear(&mut self, line: &str) {
        if let Some(running) = announced(line) {
            self.running = running;
        } else if let Some(result) = line.strip_prefix("test result: ") {
            self.count(result);
        } else if let Some(targets) = failed_targets(line) {
            self.failed_targets += targets;
        }
    }

    fn count(&mut self, result: &str) {
        self.passed += number_before(result, " passed");
        self.failed += number_before(result, " failed");
        self.skipped += number_before(result, " ignored");
        if result.starts_with("FAILED") {
            self.admitted.insert(self.running.0.clone());
        }
        let seconds = result.rsplit_once("finished in ").and_then(|(_, time)| time.trim_end_matches('s').parse().ok());
        self.seconds.extend(seconds.map(|seconds| (self.running.1.clone(), seconds)));
    }

    /// Binaries that failed without a result of their own: they crashed or were killed.
    fn crashed(&self) -> u64 {
        self.failed_targets.saturating_sub(self.admitted.len() as u64)
    }

    /// A crash and a compile error have no number of their own, so each counts as one failure.
    pub(super) fn verdict(&self, is_content: bool) -> Verdict {
        let named = self.failed + self.crashed();
        let failed = if is_content { named } else { named.max(1) };
        Verdict { passed: self.passed, failed, skipped: self.skipped }
    }

    fn trouble(&self, program: &str, is_content: bool) -> Option<String> {
        if self.crashed() > 0 {
            Some(format!("Test binaries that ended without a result, each counted as failed: {}.", self.crashed()))
        } else if !is_content && self.failed == 0 {
            Some(format!("{program} ended with a fault of its own (see above); this counts as one failure."))
        } else {
            None
        }
    }
}

/// What should be said before the closing line.
pub(super) fn remarks(heard: &[Heard]) -> Vec<String> {
    let troubles = heard.iter().filter_map(|heard| heard.tally.trouble(heard.program, heard.is_content));
    troubles.chain(slowest(heard)).collect()
}

fn slowest(heard: &[Heard]) -> Option<String> {
    const SHOWN: usize = 3;
    let mut seconds: Vec<_> = heard.iter().flat_map(|heard| &heard.tally.seconds).collect();
    seconds.sort_by(|(_, one), (_, other)| other.total_cmp(one));
    let shown: Vec<_> = seconds.iter().take(SHOWN).map(|(name, time)| format!("{name} {time:.1} s")).collect();
    (!shown.is_empty()).then(|| format!("Slowest: {}.", shown.join(", ")))
}

/// `     Running tests/shim.rs (/target/debug/deps/shim-87dd574c037eb884)`, `   Doc-tests cluster` or
/// `     Running browser tests sign-in`.
fn announced(line: &str) -> Option<(String, String)> {
    if let Some(file) = line.strip_prefix("     Running browser tests ") {
        return Some((line.into(), format!("{file} (browser)")));
    }
    if let Some(room) = line.strip_prefix("   Doc-tests ") {
        return Some((line.into(), format!("{room} (documentation)")));
    }
    let (source, path) = line.strip_prefix("     Running ")?.strip_suffix(')')?.rsplit_once(" (")?;
    let (name, _hash) = path.rsplit(['/', '\\']).next()?.rsplit_once('-')?;
    Some((path.into(), format!("{name} ({})", source.trim_start_matches("unittests "))))
}

/// `error: 2 targets failed:`
fn failed_targets(line: &str) -> Option<u64> {
    let (number, rest) = line.strip_prefix("error: ")?.split_once(' ')?;
    matches!(rest, "target failed:" | "targets failed:").then(|| number.parse().ok())?
}

/// The number that stands before ` passed` and its like.
fn number_before(result: &str, word: &str) -> u64 {
    let before = result.split_once(word).map_or("", |(before, _)| before);
    before.rsplit(' ').next().and_then(|number| number.parse().ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(program: &'static str, is_content: bool, lines: &[&str]) -> Heard {
        let mut tally = Tally::default();
        lines.iter().for_each(|line| tally.hear(line));
        Heard { program, tally, is_content }
    }

    fn cargo_failed(lines: &[&str]) -> Heard {
        heard("cargo", false, lines)
    }

    const UNIT: &str = "     Running unittests src/lib.rs (/t/debug/deps/store-4451a2e782c8433e)";
    const SHIM: &str = "     Running tests/shim.rs (/t/debug/deps/shim-87dd574c037eb884)";

    #[test]
    fn results_of_all_binaries_and_of_the_documentation_are_added_up() {
        let heard = cargo_failed(&[
            UNIT,
            "test result: ok. 13 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.04s",
            SHIM,
            "test result: FAILED. 9 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 10.50s",
            "   Doc-tests store",
            "test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s",
            "error: 1 target failed:",
        ]);
        let verdict = heard.verdict();
        assert_eq!(verdict.to_string(), "23 passed, 2 failed, 1 skipped");
        assert!(!verdict.is_good(false));
        assert_eq!(
            remarks(&[heard]),
            ["Slowest: shim (tests/shim.rs) 10.5 s, store (src/lib.rs) 0.0 s, store (documentation) 0.0 s."]
        );
    }

    #[test]
    fn a_binary_that_dies_without_a_result_is_a_failure() {
        let heard = cargo_failed(&[
            UNIT,
            "test result: FAILED. 1 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.04s",
            SHIM,
            "running 10 tests",
            "error: 2 targets failed:",
        ]);
        assert_eq!(heard.verdict(), Verdict { passed: 1, failed: 2, skipped: 0 });
        assert_eq!(remarks(&[heard])[0], "Test binaries that ended without a result, each counted as failed: 1.");
    }

    #[test]
    fn a_room_that_does_not_compile_is_a_failure() {
        let heard = cargo_failed(&["error: could not compile `store` (lib) due to 1 previous error"]);
        assert_eq!(heard.verdict().to_string(), "0 passed, 1 failed, 0 skipped");
        assert_eq!(remarks(&[heard]), ["cargo ended with a fault of its own (see above); this counts as one failure."]);
    }

    #[test]
    fn a_skipped_test_is_a_failure_only_where_one_is_strict() {
        let verdict = Verdict { passed: 3, failed: 0, skipped: 1 };
        assert!(verdict.is_good(false));
        assert!(!verdict.is_good(true));
    }

    #[test]
    fn a_word_of_a_test_is_not_a_result() {
        let lines = ["   test result: ok. 5 passed", "running 3 tests", "error: targets failed: none"];
        assert_eq!(heard("cargo", true, &lines).verdict(), Verdict::default());
    }

    #[test]
    fn browser_tests_enter_the_same_tally() {
        let cargo = heard("cargo", true, &[UNIT, "test result: ok. 13 passed; 0 failed; 1 ignored; finished in 0.04s"]);
        let result = "test result: FAILED. 6 passed; 2 failed; 0 ignored; finished in 31.25s";
        let node = heard("node", false, &["     Running browser tests sign-in", "test a ... ok (1.00s)", result]);
        let all = [cargo, node];
        assert_eq!(all.iter().map(Heard::verdict).sum::<Verdict>().to_string(), "19 passed, 2 failed, 1 skipped");
        assert_eq!(remarks(&all), ["Slowest: sign-in (browser) 31.2 s, store (src/lib.rs) 0.0 s."]);
    }

    #[test]
    fn a_program_that_ends_badly_is_a_failure_whatever_the_others_say() {
        let one = heard("cargo", false, &["test result: FAILED. 0 passed; 1 failed; 0 ignored; finished in 0.04s"]);
        let other = heard("npm", false, &["src/signet.js(1,1): error TS1005"]);
        let all = [one, other];
        assert_eq!(all.iter().map(Heard::verdict).sum::<Verdict>().failed, 2);
        assert_eq!(remarks(&all)[0], "npm ended with a fault of its own (see above); this counts as one failure.");
    }
}
