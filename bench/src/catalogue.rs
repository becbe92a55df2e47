//! Every figure: what it is called, what it is held against, what it must keep.

use std::path::Path;

use cluster::{Cluster, Options};

pub(crate) use crate::comparison::Scale;
use crate::comparison::{Comparison, Engine, Quantity, Side};
use crate::figure::{Definition, Figure, Limit};
use crate::probe::Program;
use crate::{place, served};

const GROUP: usize = store::GROUP_LIMIT;

const fn ratio(name: &'static str, against: &'static str, limit: Limit) -> Definition {
    Definition { name, unit: "x", against, limit }
}

const THREE_STATEMENTS: &str = "bare commit, 1 update + 2 inserts";
const ITS_STATEMENTS: &str = "bare commit of the same 4 inserts";

/// The settings are real but for the first comparison's: there every sync takes 4 ms longer, as on a disk that syncs.
static COMPARISONS: [Comparison; 6] = [
    Comparison {
        engine: Engine::Sqlite,
        ours: Side { program: Program::AccountCreation, writes: 30_000 },
        floor: Side { program: Program::BareCreation, writes: 1_000 },
        clients: 256,
        group: 1,
        delay_us: 4_000,
        readings: &[(
            ratio("group_commit_vs_one_commit", "one commit each", Limit::AtLeast { fail: 15.0, goal: 30.0 }),
            Quantity::Rate,
        )],
    },
    Comparison {
        engine: Engine::Sqlite,
        ours: Side { program: Program::AccountCreation, writes: 40_000 },
        floor: Side { program: Program::BareWrite, writes: 80_000 },
        clients: 64,
        group: GROUP,
        delay_us: 0,
        readings: &[(ratio("cpu_per_transaction_sqlite", THREE_STATEMENTS, Limit::Reported), Quantity::Cpu)],
    },
    Comparison {
        engine: Engine::Sqlite,
        ours: Side { program: Program::AccountCreation, writes: 40_000 },
        floor: Side { program: Program::BareCreation, writes: 40_000 },
        clients: 64,
        group: GROUP,
        delay_us: 0,
        readings: &[(
            ratio("cpu_per_transaction_same_statements_sqlite", ITS_STATEMENTS, Limit::Reported),
            Quantity::Cpu,
        )],
    },
    Comparison {
        engine: Engine::Sqlite,
        ours: Side { program: Program::StoreWrite, writes: 80_000 },
        floor: Side { program: Program::BareWrite, writes: 80_000 },
        clients: 64,
        group: GROUP,
        delay_us: 0,
        readings: &[(ratio("cpu_per_store_write_sqlite", THREE_STATEMENTS, Limit::Reported), Quantity::Cpu)],
    },
    Comparison {
        engine: Engine::Postgres,
        ours: Side { program: Program::AccountCreation, writes: 15_000 },
        floor: Side { program: Program::BareWrite, writes: 20_000 },
        clients: 64,
        group: 1,
        delay_us: 0,
        readings: &[
            (ratio("cpu_per_transaction_postgres", THREE_STATEMENTS, Limit::Reported), Quantity::Cpu),
            (ratio("server_cpu_per_transaction_postgres", THREE_STATEMENTS, Limit::Reported), Quantity::ServerCpu),
        ],
    },
    Comparison {
        engine: Engine::Postgres,
        ours: Side { program: Program::StoreWrite, writes: 20_000 },
        floor: Side { program: Program::BareWrite, writes: 20_000 },
        clients: 64,
        group: 1,
        delay_us: 0,
        readings: &[
            (ratio("cpu_per_store_write_postgres", THREE_STATEMENTS, Limit::Reported), Quantity::Cpu),
            (ratio("server_cpu_per_store_write_postgres", THREE_STATEMENTS, Limit::Reported), Quantity::ServerCpu),
        ],
    },
];

/// Figures of the real server as a process.
struct Served {
    definition: Definition,
    /// The figure, turn by turn, of this binary.
    turns: fn(&Path, usize) -> Vec<f64>,
}

const fn at_most(name: &'static str, unit: &'static str, [fail, goal]: [f64; 2]) -> Definition {
    Definition { name, unit, against: "limit", limit: Limit::AtMost { fail, goal } }
}

static SERVED: [Served; 2] = [
    Served { definition: at_most("rss_idle", "MB", [60.0, 30.0]), turns: served::idle_memory },
    Served {
        definition: at_most("restart_50k", "ms", [300.0, 60.0]),
        turns: |signet, turns| served::restarts(signet, 50_000, turns),
    },
];

/// Measures what is asked for. What cannot be prepared is a sentence, before anything was measured.
pub(crate) fn measure(scale: Scale, only: Option<&str>) -> Result<Vec<Figure>, String> {
    if let Some(name) = only.filter(|name| !names().any(|known| known == *name)) {
        let known: Vec<&str> = names().collect();
        return Err(format!("there is no figure {name}; there are {}", known.join(", ")));
    }
    let is_wanted = |definition: &Definition| only.is_none_or(|only| only == definition.name);
    let compared: Vec<&Comparison> = COMPARISONS
        .iter()
        .filter(|comparison| comparison.readings.iter().any(|(definition, _)| is_wanted(definition)))
        .collect();
    let served: Vec<&Served> = SERVED.iter().filter(|served| is_wanted(&served.definition)).collect();
    let needs_postgres = compared.iter().any(|comparison| comparison.engine == Engine::Postgres);

    place::sweep();
    let signet = if served.is_empty() { None } else { Some(served::build()?) };
    let postgres = if needs_postgres { Some(start_postgres()?) } else { None };
    let mut figures = Vec::new();
    for comparison in compared {
        eprintln!("{}", comparison.readings[0].0.name);
        figures.extend(comparison.measure(scale, postgres.as_ref()));
    }
    drop(postgres);
    for (served, signet) in served.iter().zip(signet.iter().cycle()) {
        eprintln!("{}", served.definition.name);
        figures.push(Figure::of(&served.definition, &(served.turns)(signet, scale.turns)));
    }
    figures.retain(|figure| only.is_none_or(|only| only == figure.name));
    Ok(figures)
}

/// Nothing shall run in the background of one turn and not of the next.
fn start_postgres() -> Result<Cluster, String> {
    Cluster::start(Options::default().setting("autovacuum", "off").setting("max_wal_size", "4GB"))
}

fn names() -> impl Iterator<Item = &'static str> {
    let compared = COMPARISONS.iter().flat_map(|comparison| comparison.readings).map(|(definition, _)| definition.name);
    compared.chain(SERVED.iter().map(|served| served.definition.name))
}
