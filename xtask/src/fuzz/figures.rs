//! What a fuzzer says of its work, counted.

use std::iter::Sum;

#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Figures {
    pub(super) runs: u64,
    pub(super) runs_per_second: u64,
    /// Edges.
    pub(super) coverage: u64,
    /// Inputs that are kept because each reaches something of its own.
    pub(super) corpus: u64,
    /// Of the largest worker, in MiB.
    pub(super) memory: u64,
    /// The path of an input that should not have done what it did.
    pub(super) finding: Option<String>,
    /// The end of what a worker said that found something.
    pub(super) last_words: String,
}

impl Figures {
    pub(super) fn read(log: &str) -> Self {
        let mut figures = Self::default();
        for line in log.lines() {
            if let Some((_, path)) = line.split_once("Test unit written to ") {
                figures.finding = Some(path.trim().to_owned());
            } else if let Some((name, number)) = line.strip_prefix("stat::").and_then(|stat| stat.split_once(':')) {
                figures.count(name, number.trim().parse().unwrap_or_default());
            } else if line.starts_with('#') {
                figures.coverage = figures.coverage.max(number_behind(line, " cov: "));
            }
        }
        if figures.finding.is_some() {
            figures.last_words = end(log);
        }
        figures
    }

    fn count(&mut self, name: &str, number: u64) {
        match name {
            "number_of_executed_units" => self.runs = number,
            "average_exec_per_sec" => self.runs_per_second = number,
            "peak_rss_mb" => self.memory = number,
            _ => {}
        }
    }
}

/// Of workers beside one another.
impl Sum for Figures {
    fn sum<I: Iterator<Item = Self>>(figures: I) -> Self {
        figures.fold(Self::default(), |all, one| Self {
            runs: all.runs + one.runs,
            runs_per_second: all.runs_per_second + one.runs_per_second,
            coverage: all.coverage.max(one.coverage),
            corpus: all.corpus.max(one.corpus),
            memory: all.memory.max(one.memory),
            finding: all.finding.or(one.finding),
            last_words: all.last_words + &one.last_words,
        })
    }
}

fn number_behind(line: &str, word: &str) -> u64 {
    let behind = line.split_once(word).and_then(|(_, behind)| behind.split(' ').next());
    behind.and_then(|number| number.parse().ok()).unwrap_or_default()
}

fn end(log: &str) -> String {
    const SHOWN: usize = 30;
    let lines: Vec<_> = log.lines().collect();
    let shown = lines.get(lines.len().saturating_sub(SHOWN)..).unwrap_or_default();
    shown.join("\n") + "\n"
}

/// In Markdown, so that it can stand in a document as it is.
pub(super) fn table(rows: &[(String, Figures)]) -> String {
    let head = "| target | runs | runs/s | edges | corpus | peak MiB |\n|---|--:|--:|--:|--:|--:|\n";
    let row = |(target, of): &(String, Figures)| {
        format!(
            "| {target} | {} | {} | {} | {} | {} |\n",
            of.runs, of.runs_per_second, of.coverage, of.corpus, of.memory
        )
    };
    rows.iter().map(row).fold(head.to_owned(), |table, row| table + &row)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALM: &str = "\
INFO: seed corpus: files: 5 min: 544b max: 882b total: 3320b rss: 28Mb
#6\tINITED cov: 283 ft: 325 corp: 5/3320b exec/s: 0 rss: 29Mb
#7\tNEW    cov: 286 ft: 326 corp: 6/3957b lim: 882 exec/s: 0 rss: 29Mb L: 637/882 MS: 1 InsertByte-
#900\tDONE   cov: 286 ft: 326 corp: 6/3957b lim: 882 exec/s: 450 rss: 29Mb
Done 900 runs in 2 second(s)
stat::number_of_executed_units: 900
stat::average_exec_per_sec:     450
stat::new_units_added:          2
stat::slowest_unit_time_sec:    0
stat::peak_rss_mb:              32
";

    const LOUD: &str = "\
#8\tNEW    cov: 290 ft: 325 corp: 5/3320b exec/s: 0 rss: 29Mb
thread '<unnamed>' panicked at src/der.rs:7:5:
artifact_prefix='/f/chain/'; Test unit written to /f/chain/crash-da39a3ee
";

    #[test]
    fn what_a_fuzzer_says_at_its_end_is_counted() {
        let figures = Figures::read(CALM);
        let expected = Figures { runs: 900, runs_per_second: 450, coverage: 286, memory: 32, ..Figures::default() };
        assert_eq!(figures, expected);
    }

    #[test]
    fn a_finding_comes_with_its_path_and_with_what_was_said_of_it() {
        let figures = Figures::read(LOUD);
        assert_eq!(figures.finding.as_deref(), Some("/f/chain/crash-da39a3ee"));
        assert!(figures.last_words.contains("src/der.rs:7:5"));
    }

    #[test]
    fn workers_are_added_up_and_what_they_share_is_not() {
        let all: Figures = [Figures::read(CALM), Figures::read(LOUD), Figures::read(CALM)].into_iter().sum();
        assert_eq!((all.runs, all.runs_per_second, all.coverage, all.memory), (1800, 900, 290, 32));
        assert!(all.finding.is_some());
    }

    #[test]
    fn the_table_has_a_line_for_each_target() {
        let figures = Figures { corpus: 7, ..Figures::read(CALM) };
        let table = table(&[("chain".to_owned(), figures)]);
        assert!(table.ends_with("| chain | 900 | 450 | 286 | 7 | 32 |\n"), "{table}");
        assert_eq!(table.lines().count(), 3);
    }
}
