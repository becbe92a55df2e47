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
    Cpu,
    ServerCpu,
}

impl Quantity {
    fn of(self, sample: &Sample) -> f64 {
        match self {
            Self::Rate => sample.rate(),
            Self::Cpu => sample.cpu_us(),
            Self::ServerCpu => sample.server_cpu_us(),
        }
    }

    fn unit(self) -> &'static str {
        match self {
            Self::Rate => "/s",
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
            postgres: server.map(|server| server.url("").trim_end_matches('/').to_owned()),
            postmaster: server.map(Cluster::pid),
        }
    }
}

fn read(definition: &Definition, quantity: Quantity, pairs: &[[Sample; 2]]) -> Figure {
    let side = |at: usize| pairs.iter().map(|pair| quantity.of(&pair[at])).collect::<Vec<f64>>();
    let (ours, floor) = (side(0), side(1));
    let ratios: Vec<f64> = ours.iter().zip(&floor).map(|(ours, floor)| ours / floor).collect();
    let sides = Sides { ours: median(&ours), floor: median(&floor), unit: quantity.unit() };
    Figure { sides: Some(sides), ..Figure::of(definition, &ratios) }
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
