use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use store::{Fault, Kind, Moment, Seam};

/// Where to break: the n-th time (from 0) this statement comes by, at this moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Strike {
    pub statement: &'static str,
    pub moment: Moment,
    pub nth: usize,
}

#[derive(Default)]
struct State {
    strike: Option<Strike>,
    passed: usize,
    struck: bool,
    seen: BTreeMap<&'static str, usize>,
}

/// Breaks one write, once, and remembers which writes came by.
#[derive(Default)]
pub struct Breaker(Mutex<State>);

impl Breaker {
    pub fn arm(&self, strike: Strike) {
        let mut state = self.0.lock().unwrap();
        (state.strike, state.passed, state.struck) = (Some(strike), 0, false);
    }

    /// Stop breaking. Did the armed strike happen?
    pub fn disarm(&self) -> bool {
        let mut state = self.0.lock().unwrap();
        state.strike = None;
        state.struck
    }

    /// Every write statement that came by so far.
    pub fn seen(&self) -> BTreeSet<&'static str> {
        self.0.lock().unwrap().seen.keys().copied().collect()
    }

    /// How often each came by since the last look.
    pub fn take_counts(&self) -> BTreeMap<&'static str, usize> {
        std::mem::take(&mut self.0.lock().unwrap().seen)
    }
}

impl Seam for Breaker {
    fn strike(&self, statement: &'static str, moment: Moment) -> Option<Fault> {
        let mut state = self.0.lock().unwrap();
        *state.seen.entry(statement).or_default() += usize::from(moment == Moment::Before);
        let strike = state.strike.filter(|strike| strike.statement == statement && strike.moment == moment)?;
        state.passed += 1;
        if state.struck || state.passed <= strike.nth {
            return None;
        }
        state.struck = true;
        Some(Fault::new(Kind::Unavailable, format!("broken on purpose: {statement} {moment:?}")))
    }
}
