//! How long the library takes for the cases it accepts.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{case::Case, ceremony::Ceremony, verdict::Verdict};

#[derive(Serialize)]
pub struct Report {
    cases: usize,
    iterations: usize,
    median_us: f64,
    min_us: f64,
}

#[expect(clippy::disallowed_methods, reason = "measures latency")]
pub fn run(recorded: &[serde_json::Result<Value>], iterations: usize) -> Option<Report> {
    let accepted: Vec<Ceremony> = recorded
        .iter()
        .filter(|case| Verdict::of(case) == Verdict::Accept)
        .filter_map(|case| Ceremony::prepare(&Case::deserialize(case.as_ref().ok()?).ok()?).ok())
        .collect();
    let mut passes = vec![Duration::ZERO; iterations];
    for ceremony in &accepted {
        for pass in &mut passes {
            let start = Instant::now();
            let _verified = black_box(black_box(ceremony).verify());
            *pass += start.elapsed();
        }
    }
    if accepted.is_empty() {
        return None;
    }
    passes.sort_unstable();
    let per_case = |pass: &Duration| pass.as_secs_f64() * 1e6 / accepted.len() as f64;
    Some(Report {
        cases: accepted.len(),
        iterations,
        median_us: per_case(passes.get(iterations / 2)?),
        min_us: per_case(passes.first()?),
    })
}
