//! Every figure: what it is called, what it is held against, what it must keep.

use cluster::Cluster;

pub(crate) use crate::comparison::Scale;
use crate::comparison::{Comparison, Engine, Quantity, Side};
use crate::figure::{Definition, Figure, Limit};
use crate::probe::Program;
use crate::served;

const GROUP: usize = store::GROUP_LIMIT;

const fn ratio(name: &'static str, against: &'static str, limit: Limit) -> Definition {
    Definition { name, unit: "x", against, limit }
}

const THREE_STATEMENTS: &str = "bare commit, 1 update + 2 inserts";

/// The settings are real but for the first comparison's: there every sync takes 4 ms longer, as on a disk that syncs.
static COMPARISONS: [Comparison; 5] = [
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

const RSS_IDLE: Definition = Definition {
    name: "rss_idle",
    unit: "MB",
    against: "limit",
    limit: Limit::AtMost { fail: 60.0, goal: 30.0 },
};

const RESTART_50K: Definition = Definition {
    name: "restart_50k",
    unit: "ms",
    against: "limit",
    limit: Limit::AtMost { fail: 300.0, goal: 60.0 },
};
const ACCOUNTS: u64 = 50_000;

/// Measures what is asked for. A name nobody knows is a sentence.
pub(crate) fn measure(scale: Scale, only: Option<&str>) -> Result<Vec<Figure>, String> {
    if let Some(name) = only.filter(|name| !names().any(|known| known == *name)) {
        let known: Vec<&str> = names().collect();
        return Err(format!("there is no figure {name}; there are {}", known.join(", ")));
    }
    let is_wanted = |name: &str| only.is_none_or(|only| only == name);
    let mut figures = Vec::new();
    let mut postgres: Option<Cluster> = None;
    for comparison in &COMPARISONS {
        let Some((first, _)) = comparison.readings.iter().find(|(definition, _)| is_wanted(definition.name)) else {
            continue;
        };
        eprintln!("{}", first.name);
        figures.extend(comparison.measure(scale, &mut postgres));
    }
    drop(postgres);
    if is_wanted(RSS_IDLE.name) || is_wanted(RESTART_50K.name) {
        figures.extend(served_figures(scale, is_wanted));
    }
    figures.retain(|figure| is_wanted(figure.name));
    Ok(figures)
}

fn served_figures(scale: Scale, is_wanted: impl Fn(&str) -> bool) -> Vec<Figure> {
    let signet = served::build();
    let mut figures = Vec::new();
    if is_wanted(RSS_IDLE.name) {
        eprintln!("{}", RSS_IDLE.name);
        figures.push(Figure::of(&RSS_IDLE, &served::idle_memory(&signet, scale.turns)));
    }
    if is_wanted(RESTART_50K.name) {
        eprintln!("{}", RESTART_50K.name);
        let restarts = served::restarts(&signet, ACCOUNTS, scale.turns);
        figures.push(Figure::of(&RESTART_50K, &restarts));
    }
    figures
}

fn names() -> impl Iterator<Item = &'static str> {
    let compared = COMPARISONS.iter().flat_map(|comparison| comparison.readings);
    compared.map(|(definition, _)| definition.name).chain([RSS_IDLE.name, RESTART_50K.name])
}
