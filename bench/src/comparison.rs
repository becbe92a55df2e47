//! Our program and its floor, turn by turn.

use cluster::Cluster;

use crate::figure::{Definition, Figure, Sides, median};
use crate::machine::Sample;
use crate::probe::{Program, Task};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Engine {
    Sqlite,
    Postgres,
}

/// What is compared.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Quantity {
    Rate,
    /// In a second of CPU time.
    RatePerCore,
    Cpu,
    ServerCpu,
}

impl Quantity {
    fn of(self, sample: &Sample) -> f64 {
        match self {
            Self::Rate => sample.rate(),
            Self::RatePerCore => 1e6 / sample.cpu_us(),
            Self::Cpu => sample.cpu_us(),
            Self::ServerCpu => sample.server_cpu_us(),
        }
    }

    fn unit(self) -> &'static str {
        match self {
            Self::Rate | Self::RatePerCore => "/s",
            Self::Cpu | Self::ServerCpu => "µs",
        }
    }
}

/// One side of a comparison.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Side {
    pub(crate) program: Program,
    pub(crate) writes: u64,
}

/// Two programs that take turns, and the figures read from them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Comparison {
    pub(crate) engine: Engine,
    pub(crate) ours: Side,
    pub(crate) floor: Side,
    pub(crate) clients: usize,
    /// Transactions per commit of the floor.
    pub(crate) group: usize,
    /// How much slower each sync is made.
    pub(crate) delay_us: u32,
    pub(crate) readings: &'static [(Definition, Quantity)],
}

/// How often, and how much.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scale {
    pub(crate) turns: usize,
    pub(crate) divisor: u64,
}

impl Scale {
    pub(crate) const FULL: Self = Self { turns: 6, divisor: 1 };
    pub(crate) const QUICK: Self = Self { turns: 3, divisor: 2 };
}

const SEEDED: u64 = 10_000;

impl Comparison {
    pub(crate) fn measure(&self, scale: Scale, postgres: Option<&Cluster>) -> Vec<Figure> {
        let tasks = [self.ours, self.floor].map(|side| self.task(side, scale, postgres));
        let pairs: Vec<[Sample; 2]> = (0..scale.turns).map(|turn| self.pair(&tasks, turn)).collect();
        self.readings.iter().map(|(definition, quantity)| read(definition, *quantity, &pairs)).collect()
    }

    /// Who goes first changes with every turn, so that neither always finds the machine as the other left it.
    fn pair(&self, [ours, floor]: &[Task; 2], turn: usize) -> [Sample; 2] {
        let run = |task: &Task| {
            let sample = task.run_slowed(self.delay_us);
            eprintln!("  turn {}: {}", turn + 1, told(task, &sample));
            sample
        };
        if turn.is_multiple_of(2) {
            let ours = run(ours);
            [ours, run(floor)]
        } else {
            let floor = run(floor);
            [run(ours), floor]
        }
    }

    fn task(&self, side: Side, scale: Scale, postgres: Option<&Cluster>) -> Task {
        let server = postgres.filter(|_| self.engine == Engine::Postgres);
        Task {
            program: side.program,
            writes: side.writes / scale.divisor,
            clients: self.clients,
            group: self.group,
            accounts: SEEDED / scale.divisor,
            postgres: server.map(Cluster::server_url),
            postmaster: server.map(Cluster::pid),
        }
    }
}

fn read(definition: &Definition, quantity: Quantity, pairs: &[[Sample; 2]]) -> Figure {
    let pairs: Vec<[f64; 2]> = pairs.iter().map(|pair| pair.each_ref().map(|sample| quantity.of(sample))).collect();
    ratios(definition, quantity.unit(), &pairs)
}

/// The median of the ratios of ours to the floor's, turn by turn.
pub(crate) fn ratios(definition: &Definition, unit: &'static str, pairs: &[[f64; 2]]) -> Figure {
    let side = |at: usize| median(&pairs.iter().map(|pair| pair[at]).collect::<Vec<f64>>());
    let ratios: Vec<f64> = pairs.iter().map(|[ours, floor]| ours / floor).collect();
    Figure { sides: Some(Sides { ours: side(0), floor: side(1), unit }), ..Figure::of(definition, &ratios) }
}

fn told(task: &Task, sample: &Sample) -> String {
    format!(
        "{:?}: {:.0} writes/s, {:.1} per commit, {:.1} µs CPU, {:.1} µs of the database server",
        task.program,
        sample.rate(),
        sample.writes as f64 / sample.commits as f64,
        sample.cpu_us(),
        sample.server_cpu_us(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::Limit;

    #[test]
    fn a_turn_is_held_against_its_own_neighbour() {
        let definition = Definition { name: "a", unit: "x", against: "b", limit: Limit::Reported };
        let figure = ratios(&definition, "µs", &[[20.0, 10.0], [90.0, 30.0], [80.0, 80.0]]);
        assert_eq!((figure.value, figure.min, figure.max, figure.runs), (2.0, 1.0, 3.0, 3));
        let sides = figure.sides.unwrap();
        assert_eq!((sides.ours, sides.floor), (80.0, 30.0));
    }
}
