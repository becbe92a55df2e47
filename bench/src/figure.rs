//! A figure: the median of several turns, its spread, and what is to be thought of it.

use serde::Serialize;

/// What a figure must keep and what it aims at.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Limit {
    AtLeast {
        fail: f64,
        goal: f64,
    },
    AtMost {
        fail: f64,
        goal: f64,
    },
    /// A part of a yardstick: above this it is no floor, and nothing that is held against it counts.
    ValidUpTo(f64),
    /// Nothing is decided by it.
    Reported,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Verdict {
    Goal,
    Pass,
    Fail,
    Valid,
    Invalid,
    Reported,
}

impl Limit {
    fn verdict(self, value: f64) -> Verdict {
        match self {
            Self::Reported => Verdict::Reported,
            Self::ValidUpTo(most) if value <= most => Verdict::Valid,
            Self::ValidUpTo(_) => Verdict::Invalid,
            Self::AtLeast { goal, .. } if value >= goal => Verdict::Goal,
            Self::AtLeast { fail, .. } if value >= fail => Verdict::Pass,
            Self::AtMost { goal, .. } if value <= goal => Verdict::Goal,
            Self::AtMost { fail, .. } if value <= fail => Verdict::Pass,
            Self::AtLeast { .. } | Self::AtMost { .. } => Verdict::Fail,
        }
    }

    fn numbers(self) -> (Option<f64>, Option<f64>) {
        match self {
            Self::AtLeast { fail, goal } | Self::AtMost { fail, goal } => (Some(fail), Some(goal)),
            Self::ValidUpTo(most) => (Some(most), None),
            Self::Reported => (None, None),
        }
    }
}

/// What is measured and how it is judged.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Definition {
    pub(crate) name: &'static str,
    pub(crate) unit: &'static str,
    pub(crate) against: &'static str,
    pub(crate) limit: Limit,
}

/// One line of the report, in the shape of `bench/out/latest.json`.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Figure {
    pub(crate) name: &'static str,
    pub(crate) value: f64,
    pub(crate) unit: &'static str,
    pub(crate) against: &'static str,
    pub(crate) fail: Option<f64>,
    pub(crate) goal: Option<f64>,
    pub(crate) verdict: Verdict,
    pub(crate) runs: usize,
    pub(crate) min: f64,
    pub(crate) max: f64,
    /// For ratios: the medians of both sides, in the words of the machine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sides: Option<Sides>,
}

#[derive(Debug, Clone, Serialize)]
pub(crate) struct Sides {
    pub(crate) ours: f64,
    pub(crate) floor: f64,
    pub(crate) unit: &'static str,
}

impl Figure {
    pub(crate) fn of(definition: &Definition, turns: &[f64]) -> Self {
        let Definition { name, unit, against, limit } = *definition;
        let value = median(turns);
        let (fail, goal) = limit.numbers();
        Self {
            name,
            value,
            unit,
            against,
            fail,
            goal,
            verdict: limit.verdict(value),
            runs: turns.len(),
            min: turns.iter().copied().fold(f64::INFINITY, f64::min),
            max: turns.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            sides: None,
        }
    }

    pub(crate) fn failed(&self) -> bool {
        self.verdict == Verdict::Fail
    }

    pub(crate) fn is_invalid(&self) -> bool {
        self.verdict == Verdict::Invalid
    }
}

pub(crate) fn median(turns: &[f64]) -> f64 {
    let mut sorted = turns.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    if sorted.len() % 2 == 1 { sorted[middle] } else { f64::midpoint(sorted[middle - 1], sorted[middle]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_ignores_one_noisy_turn() {
        assert_eq!(median(&[1.0, 900.0, 3.0]), 3.0);
        assert_eq!(median(&[4.0, 1.0, 3.0, 2.0]), 2.5);
    }

    #[test]
    fn a_limit_is_kept_on_its_own_side() {
        let rate = Limit::AtLeast { fail: 15.0, goal: 30.0 };
        assert_eq!([14.9, 15.0, 30.0].map(|value| rate.verdict(value)), [Verdict::Fail, Verdict::Pass, Verdict::Goal]);
        let size = Limit::AtMost { fail: 60.0, goal: 30.0 };
        assert_eq!([60.1, 60.0, 30.0].map(|value| size.verdict(value)), [Verdict::Fail, Verdict::Pass, Verdict::Goal]);
        let part = Limit::ValidUpTo(1.5);
        assert_eq!([1.5, 1.51].map(|value| part.verdict(value)), [Verdict::Valid, Verdict::Invalid]);
        assert_eq!(Limit::Reported.verdict(1e9), Verdict::Reported);
    }
}
