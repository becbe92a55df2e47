//! Every figure: what it is called, what it is held against, what it must keep.

use std::path::Path;

use cluster::{Cluster, Options};

pub(crate) use crate::comparison::Scale;
use crate::comparison::{Comparison, Engine, Quantity, Side};
use crate::figure::{Definition, Figure, Limit};
use crate::oracles::{Contest, Oracle, Oracles};
use crate::probe::Program;
use crate::server;
use crate::sign_ins::{self, Ground};
use crate::{place, served};

const GROUP: usize = store::GROUP_LIMIT;

const fn ratio(name: &'static str, against: &'static str, limit: Limit) -> Definition {
    Definition { name, unit: "x", against, limit }
}

const fn part(name: &'static str, against: &'static str) -> Definition {
    ratio(name, against, Limit::ValidUpTo(1.5))
}

const THREE_STATEMENTS: &str = "bare commit, 1 update + 2 inserts";
const ITS_STATEMENTS: &str = "bare commit of the same 4 inserts";

/// The settings are real but for the first comparison's: there every sync takes 4 ms longer, as on a disk that syncs.
static COMPARISONS: [Comparison; 10] = [
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
        engine: Engine::Sqlite,
        ours: Side { program: Program::BareArrival, writes: 60_000 },
        floor: Side { program: Program::BareWrite, writes: 80_000 },
        clients: 64,
        group: GROUP,
        delay_us: 0,
        readings: &[(ratio("cpu_of_sign_in_rows_sqlite", THREE_STATEMENTS, Limit::Reported), Quantity::Cpu)],
    },
    Comparison {
        engine: Engine::Sqlite,
        ours: Side { program: Program::Assertion, writes: 40_000 },
        floor: Side { program: Program::BareVerification, writes: 40_000 },
        clients: 1,
        group: 1,
        delay_us: 0,
        readings: &[(
            ratio("assertion_vs_bare_verify", "bare verification", Limit::AtLeast { fail: 0.93, goal: 0.97 }),
            Quantity::RatePerCore,
        )],
    },
    Comparison {
        engine: Engine::Sqlite,
        ours: Side { program: Program::Registration, writes: 15_000 },
        floor: Side { program: Program::BareChain, writes: 15_000 },
        clients: 1,
        group: 1,
        delay_us: 0,
        readings: &[(
            ratio(
                "registration_vs_its_signatures",
                "the three signatures alone",
                Limit::AtLeast { fail: 0.7, goal: 0.85 },
            ),
            Quantity::RatePerCore,
        )],
    },
    Comparison {
        engine: Engine::Sqlite,
        ours: Side { program: Program::LatticeAssertion, writes: 40_000 },
        floor: Side { program: Program::Assertion, writes: 40_000 },
        clients: 1,
        group: 1,
        delay_us: 0,
        readings: &[(
            ratio("ml_dsa_44_vs_p256", "an assertion by P-256", Limit::AtMost { fail: 1.0, goal: 1.0 }),
            Quantity::Cpu,
        )],
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

/// Ceremonies a second, by us and by others. Nothing is decided by them.
static CONTESTS: [Contest; 4] = [
    contest("assertion_vs_webauthn_rs_core", Oracle::WebauthnRs, Program::Assertion),
    contest("assertion_vs_py_webauthn", Oracle::PyWebauthn, Program::Assertion),
    contest("registration_vs_webauthn_rs_core", Oracle::WebauthnRs, Program::Registration),
    contest("registration_vs_py_webauthn", Oracle::PyWebauthn, Program::Registration),
];

const fn contest(name: &'static str, oracle: Oracle, program: Program) -> Contest {
    let against = match oracle {
        Oracle::WebauthnRs => "webauthn-rs-core 0.6.2",
        Oracle::PyWebauthn => "py_webauthn 3.0.1",
    };
    Contest { definition: ratio(name, against, Limit::Reported), oracle, program }
}

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

/// Figures of sign-ins at the real server, which come together.
struct SignIns {
    engine: Engine,
    definitions: &'static [Definition],
    figures: fn(&Ground<'_>, Scale, &[Definition]) -> Vec<Figure>,
}

static SIGN_INS: [SignIns; 4] = [
    SignIns {
        engine: Engine::Sqlite,
        definitions: &[
            ratio("sign_in_cpu", "sum of its floor parts", Limit::AtMost { fail: 2.0, goal: 1.4 }),
            ratio("sign_in_p99_over_p50", "p50", Limit::AtMost { fail: 6.0, goal: 2.5 }),
            part("floor_http", "19.6 / 50 of a verification"),
            part("floor_options", "0.8 / 50 of a verification"),
            part("floor_parsing", "1.0 / 50 of a verification"),
            part("floor_verification", "itself"),
            part("floor_commit", "22.7 / 50 of a verification"),
        ],
        figures: sign_ins::saturated,
    },
    SignIns {
        engine: Engine::Sqlite,
        definitions: &[ratio(
            "durable_rate_vs_commits_off",
            "the same, no sync done",
            Limit::AtLeast { fail: 0.6, goal: 0.75 },
        )],
        figures: |ground, scale, definitions| vec![sign_ins::durable(ground, scale, &definitions[0])],
    },
    SignIns {
        engine: Engine::Postgres,
        definitions: &[ratio("sign_in_cpu_postgres", "sum of its floor parts", Limit::Reported)],
        figures: |ground, scale, definitions| vec![sign_ins::on_postgres(ground, scale, &definitions[0])],
    },
    SignIns {
        engine: Engine::Sqlite,
        definitions: &[at_most("rss_growth", "%", [10.0, 3.0])],
        figures: |ground, scale, definitions| vec![sign_ins::growth(ground, scale, &definitions[0])],
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
    let contests: Vec<&Contest> = CONTESTS.iter().filter(|contest| is_wanted(&contest.definition)).collect();
    let served: Vec<&Served> = SERVED.iter().filter(|served| is_wanted(&served.definition)).collect();
    let sign_ins: Vec<&SignIns> =
        SIGN_INS.iter().filter(|sign_ins| sign_ins.definitions.iter().any(is_wanted)).collect();
    let needs_server = !(served.is_empty() && sign_ins.is_empty());
    let needs_postgres = compared.iter().any(|comparison| comparison.engine == Engine::Postgres)
        || sign_ins.iter().any(|sign_ins| sign_ins.engine == Engine::Postgres);

    place::sweep();
    let signet = if needs_server { Some(server::build()?) } else { None };
    let postgres = if needs_postgres { Some(start_postgres()?) } else { None };
    let oracles = if contests.is_empty() { None } else { Some(Oracles::make()?) };
    let mut figures = Vec::new();
    for (contest, oracles) in contests.iter().zip(oracles.iter().cycle()) {
        eprintln!("{}", contest.definition.name);
        figures.push(oracles.measure(contest, scale));
    }
    for comparison in compared {
        eprintln!("{}", comparison.readings[0].0.name);
        figures.extend(comparison.measure(scale, postgres.as_ref()));
    }
    figures.extend(sign_ins_at(Engine::Postgres, (&sign_ins, signet.as_deref(), postgres.as_ref()), scale));
    drop(postgres);
    for (served, signet) in served.iter().zip(signet.iter().cycle()) {
        eprintln!("{}", served.definition.name);
        figures.push(Figure::of(&served.definition, &(served.turns)(signet, scale.turns)));
    }
    figures.extend(sign_ins_at(Engine::Sqlite, (&sign_ins, signet.as_deref(), None), scale));
    figures.retain(|figure| figure.is_invalid() || only.is_none_or(|only| only == figure.name));
    Ok(figures)
}

fn sign_ins_at(
    engine: Engine,
    (wanted, signet, postgres): (&[&SignIns], Option<&Path>, Option<&Cluster>),
    scale: Scale,
) -> Vec<Figure> {
    let mut theirs = wanted.iter().filter(|sign_ins| sign_ins.engine == engine).peekable();
    let Some(signet) = signet.filter(|_| theirs.peek().is_some()) else { return Vec::new() };
    let ground = Ground::prepare(signet, postgres);
    let measured = theirs.flat_map(|sign_ins| {
        eprintln!("{}", sign_ins.definitions[0].name);
        (sign_ins.figures)(&ground, scale, sign_ins.definitions)
    });
    measured.collect()
}

/// Nothing shall run in the background of one turn and not of the next.
fn start_postgres() -> Result<Cluster, String> {
    Cluster::start(Options::default().setting("autovacuum", "off").setting("max_wal_size", "4GB"))
}

fn names() -> impl Iterator<Item = &'static str> {
    let compared = COMPARISONS.iter().flat_map(|comparison| comparison.readings).map(|(definition, _)| definition.name);
    let contests = CONTESTS.iter().map(|contest| &contest.definition);
    let served = SERVED.iter().map(|served| &served.definition);
    let sign_ins = SIGN_INS.iter().flat_map(|sign_ins| sign_ins.definitions);
    compared
        .chain(contests.map(|definition| definition.name))
        .chain(served.chain(sign_ins).map(|definition| definition.name))
}
