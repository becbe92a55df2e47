//! Counts what libtest and cargo say.

use std::collections::HashSet;
use std::fmt::{self, Display, Formatter};

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
        self.seconds.push((self.running.1.clone(), seconds.unwrap_or_default()));
    }

    /// Binaries that failed without a result of their own: they crashed or were killed.
    fn crashed(&self) -> u64 {
        self.failed_targets.saturating_sub(self.admitted.len() as u64)
    }

    /// A crash and a compile error have no number of their own, so each counts as one failure.
    pub(super) fn verdict(&self, cargo_content: bool) -> Verdict {
        let named = self.failed + self.crashed();
        let failed = if cargo_content { named } else { named.max(1) };
        Verdict { passed: self.passed, failed, skipped: self.skipped }
    }

    /// What should be said before the closing line.
    pub(super) fn remarks(&self, cargo_content: bool) -> Vec<String> {
        let mut remarks = Vec::new();
        if self.crashed() > 0 {
            remarks.push(format!(
                "Test binaries that ended without a result, each counted as failed: {}.",
                self.crashed()
            ));
        } else if !cargo_content && self.failed == 0 {
            remarks.push("cargo gave up before the tests ran (see above); this counts as one failure.".into());
        }
        remarks.extend(self.slowest());
        remarks
    }

    fn slowest(&self) -> Option<String> {
        const SHOWN: usize = 3;
        let mut seconds = self.seconds.clone();
        seconds.sort_by(|(_, one), (_, other)| other.total_cmp(one));
        let shown: Vec<_> = seconds.iter().take(SHOWN).map(|(name, time)| format!("{name} {time:.1} s")).collect();
        (!shown.is_empty()).then(|| format!("Slowest: {}.", shown.join(", ")))
    }
}

/// `     Running tests/shim.rs (/target/debug/deps/shim-87dd574c037eb884)` or `   Doc-tests cluster`.
fn announced(line: &str) -> Option<(String, String)> {
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

    fn heard(lines: &[&str]) -> Tally {
        let mut tally = Tally::default();
        lines.iter().for_each(|line| tally.hear(line));
        tally
    }

    const UNIT: &str = "     Running unittests src/lib.rs (/t/debug/deps/store-4451a2e782c8433e)";
    const SHIM: &str = "     Running tests/shim.rs (/t/debug/deps/shim-87dd574c037eb884)";

    #[test]
    fn results_of_all_binaries_and_of_the_documentation_are_added_up() {
        let tally = heard(&[
            UNIT,
            "test result: ok. 13 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.04s",
            SHIM,
            "test result: FAILED. 9 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 10.50s",
            "   Doc-tests store",
            "test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s",
            "error: 1 target failed:",
        ]);
        let verdict = tally.verdict(false);
        assert_eq!(verdict.to_string(), "23 passed, 2 failed, 1 skipped");
        assert!(!verdict.is_good(false));
        assert_eq!(
            tally.remarks(false),
            ["Slowest: shim (tests/shim.rs) 10.5 s, store (src/lib.rs) 0.0 s, store (documentation) 0.0 s."]
        );
    }

    #[test]
    fn a_binary_that_dies_without_a_result_is_a_failure() {
        let tally = heard(&[
            UNIT,
            "test result: FAILED. 1 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.04s",
            SHIM,
            "running 10 tests",
            "error: 2 targets failed:",
        ]);
        assert_eq!(tally.verdict(false), Verdict { passed: 1, failed: 2, skipped: 0 });
        assert_eq!(tally.remarks(false)[0], "Test binaries that ended without a result, each counted as failed: 1.");
    }

    #[test]
    fn a_room_that_does_not_compile_is_a_failure() {
        let tally = heard(&["error: could not compile `store` (lib) due to 1 previous error"]);
        assert_eq!(tally.verdict(false).to_string(), "0 passed, 1 failed, 0 skipped");
        assert_eq!(
            tally.remarks(false),
            ["cargo gave up before the tests ran (see above); this counts as one failure."]
        );
    }

    #[test]
    fn a_skipped_test_is_a_failure_only_where_one_is_strict() {
        let verdict = Verdict { passed: 3, failed: 0, skipped: 1 };
        assert!(verdict.is_good(false));
        assert!(!verdict.is_good(true));
    }

    #[test]
    fn a_word_of_a_test_is_not_a_result() {
        let tally = heard(&["   test result: ok. 5 passed", "running 3 tests", "error: targets failed: none"]);
        assert_eq!(tally.verdict(true), Verdict::default());
    }
}
