//! Who disagrees with whom.

use std::fmt::Write;
use std::thread;

use crate::case::Case;
use crate::explanation::{self, Explanation};
use crate::verdict::{Oracle, Verdict, Word, ours};

/// From so many cases on, an explanation that explains nothing is a mistake in the list.
const WHOLE: usize = 10_000;

/// What came of a comparison: a page to read, and how many judges passed.
pub struct Outcome {
    pub page: String,
    pub passed: usize,
    pub failed: usize,
}

/// Asks everybody about every case. `list` is the text of the disagreements that are understood.
pub fn compare(cases: &[Case], oracles: &mut [Oracle], list: &str) -> Result<Outcome, String> {
    let list = explanation::read(list)?;
    let is_asked = |name: &str| oracles.is_empty() || oracles.iter().any(|oracle| oracle.name == name);
    if let Some(stray) = list.iter().find(|one| !is_asked(&one.oracle)) {
        return Err(format!("{} is about {}, and there is no such oracle", stray.name, stray.oracle));
    }
    let asked = thread::scope(|scope| {
        let theirs: Vec<_> =
            oracles.iter_mut().map(|oracle| scope.spawn(|| (oracle.name, oracle.judge(cases)))).collect();
        let ours: Vec<_> = cases.iter().map(ours).collect();
        (ours, theirs.into_iter().map(|asked| asked.join().expect("an oracle's thread")).collect::<Vec<_>>())
    });
    let (ours, theirs) = asked;
    let mut outcome = Outcome { page: String::new(), passed: 0, failed: 0 };
    outcome.add(&meant(cases, &ours));
    for (name, verdicts) in theirs {
        outcome.add(&Report::of(name, cases, &ours, &verdicts?, &list));
    }
    Ok(outcome)
}

impl Outcome {
    fn add(&mut self, report: &Report) {
        self.page += &report.page;
        *(if report.is_good { &mut self.passed } else { &mut self.failed }) += 1;
    }
}

/// Of one judge.
struct Report {
    page: String,
    is_good: bool,
}

/// We against the one who made the cases.
fn meant(cases: &[Case], ours: &[Verdict]) -> Report {
    let right = cases.iter().filter(|case| case.is_right).count();
    let mut page = format!("{} cases: {right} are right, {} hold a lie.\n", cases.len(), cases.len() - right);
    let others = cases.iter().zip(ours).filter(|(case, verdict)| case.is_right != (verdict.word == Word::Accept));
    let others: Vec<_> = others.collect();
    for (case, verdict) in &others {
        let meant = if case.is_right { "accept" } else { "reject" };
        line(&mut page, &format!("  NOT AS MEANT: {} was made to {meant}; we say {}", case.id, said(verdict)));
    }
    Report { page, is_good: others.is_empty() }
}

impl Report {
    fn of(name: &str, cases: &[Case], ours: &[Verdict], theirs: &[Verdict], list: &[Explanation]) -> Report {
        let (mut agreements, mut unsupported, mut unexplained) = (0, 0, Vec::new());
        let mut explained: Vec<(&Explanation, usize)> =
            list.iter().filter(|one| one.oracle == name).map(|one| (one, 0)).collect();
        for ((case, our), their) in cases.iter().zip(ours).zip(theirs) {
            match their.word {
                Word::Unsupported => unsupported += 1,
                word if word == our.word => agreements += 1,
                _ => {
                    match explained.iter_mut().find(|(one, _)| one.explains(name, &case.id, our.word, &their.reason)) {
                        Some((_, count)) => *count += 1,
                        None => unexplained.push((case, our, their)),
                    }
                }
            }
        }
        let understood: usize = explained.iter().map(|(_, count)| count).sum();
        let mut page = format!(
            "\n{name}: {agreements} agreements, {understood} disagreements as explained, {} unexplained, {unsupported} \
             unsupported.\n",
            unexplained.len()
        );
        let idle: Vec<_> = explained.extract_if(.., |(_, count)| *count == 0).map(|(one, _)| &one.name[..]).collect();
        explained.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        for (one, count) in &explained {
            line(&mut page, &format!("{count:6}  {} ({}, {})", one.name, one.right, one.clause));
        }
        if !idle.is_empty() {
            line(&mut page, &format!("  explanations of nothing that came up: {}", idle.join(", ")));
        }
        for (case, our, their) in &unexplained {
            line(&mut page, &format!("  UNEXPLAINED: {}: we {}, {name} {}", case.id, said(our), said(their)));
        }
        Report { page, is_good: unexplained.is_empty() && (idle.is_empty() || cases.len() < WHOLE) }
    }
}

fn line(page: &mut String, line: &str) {
    let _ = writeln!(page, "{line}");
}

fn said(verdict: &Verdict) -> String {
    format!("{} ({})", verdict.word.as_str(), verdict.reason)
}
