//! Sign-ins over HTTP at the real server: what one costs beside the parts it cannot do without, how long it takes, how
//! many are durable in a second, and what is left of them in memory.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use cluster::Cluster;

use crate::comparison::{self, Scale};
use crate::crowd::{Crowd, Exchange};
use crate::figure::{Definition, Figure, Sides};
use crate::floor::postgres;
use crate::house::{self, Place};
use crate::load;
use crate::machine::{self, Core, Sample, Stopwatch};
use crate::people::{self, Person};
use crate::place::Scratch;
use crate::probe::{Program, Task};
use crate::server::Server;

/// Who signs in.
const PEOPLE: u64 = 10_000;
const SATURATED: usize = 64;
const MANY: usize = 256;

/// A part of the floor under a sign-in.
struct Part {
    how: How,
    /// What it costs where a verification costs one: the table of the floor, measured once on a machine at rest.
    share: f64,
}

enum How {
    Program(Program, u64),
    /// A server of its own, with so many exchanges.
    Http(usize),
}

/// The table says, in µs: two requests 19.6, options 0.8, parsing 1.0, a verification 50, the commit 22.7.
static PARTS: [Part; 5] = [
    Part { how: How::Http(60_000), share: 19.6 / 50.0 },
    Part { how: How::Program(Program::BareOptions, 400_000), share: 0.8 / 50.0 },
    Part { how: How::Program(Program::BareParsing, 400_000), share: 1.0 / 50.0 },
    Part { how: How::Program(Program::BareVerification, 40_000), share: 1.0 },
    Part { how: How::Program(Program::BareWrite, 80_000), share: 22.7 / 50.0 },
];
const VERIFICATION: usize = 3;

/// A data folder with people in it, and on PostgreSQL a database: every server gets a copy.
pub(crate) struct Ground<'a> {
    signet: &'a Path,
    postgres: Option<&'a Cluster>,
    data: Scratch,
    people: Vec<Person>,
    _database: Option<Database>,
}

/// The database of which every server gets a copy.
const GROUND: &str = "ground";

impl<'a> Ground<'a> {
    pub(crate) fn prepare(signet: &'a Path, postgres: Option<&'a Cluster>) -> Self {
        eprintln!("{PEOPLE} people sign up");
        let data = Scratch::new();
        let folder = data.path().to_owned();
        let database = postgres.map(|server| Database::made(server, GROUND, "template0"));
        let place = match &database {
            None => Place::Folder(folder),
            Some(database) => Place::Postgres { url: database.url.clone(), folder },
        };
        let people = load::on_two_threads(async { people::enrol(&house::open(&place).await, PEOPLE).await });
        Self { signet, postgres, data, people, _database: database }
    }

    fn open(&self, clients: usize, variables: &[(&str, &OsStr)]) -> Opened {
        let data = Scratch::copy_of(self.data.path());
        let database = self.postgres.map(|server| Database::made(server, "turn", GROUND));
        let mut all = vec![("SIGNET_SERVER__TRUSTED_PROXIES", OsStr::new("127.0.0.1/32"))];
        all.extend(database.iter().map(|database| ("SIGNET_DATABASE__URL", OsStr::new(&database.url))));
        all.extend(variables);
        let (server, _) = Server::start_with(self.signet, data.path(), &all);
        let crowd = Crowd::at(server.address(), &self.people, clients);
        Opened { crowd, server, _data: data, _database: database }
    }
}

/// A server at which a crowd signs in. In the order in which they go: clients, server, folder.
struct Opened {
    crowd: Crowd,
    server: Server,
    _data: Scratch,
    _database: Option<Database>,
}

/// A database of ours on a PostgreSQL of ours.
struct Database {
    administrator: String,
    url: String,
    name: &'static str,
}

impl Database {
    fn made(server: &Cluster, name: &'static str, template: &str) -> Self {
        let database = Self { administrator: server.url("postgres"), url: server.url(name), name };
        database.administer(&format!("CREATE DATABASE {name} TEMPLATE {template}"));
        database
    }

    fn administer(&self, statement: &str) {
        load::on_two_threads(async {
            let administrator = postgres::connect(&self.administrator).await;
            administrator.batch_execute(statement).await.expect("done");
        });
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        self.administer(&format!("DROP DATABASE {} WITH (FORCE)", self.name));
    }
}

impl Opened {
    /// A tenth goes ahead.
    fn sign_in(&mut self, count: usize) -> (Sample, Vec<Duration>) {
        self.crowd.sign_in(count / 10);
        let before = self.server.commits();
        let watch = Stopwatch::start(Some(self.server.id()));
        let took = self.crowd.sign_in(count);
        let sample = watch.stop(took.len() as u64, 1);
        (Sample { commits: self.server.commits() - before, ..sample }, took)
    }
}

/// One turn: the server's sign-ins and the floor's parts.
struct Turn {
    ours: Sample,
    /// Sorted.
    took: Vec<Duration>,
    /// In µs, in the order of [`PARTS`].
    floor: [f64; PARTS.len()],
}

impl Turn {
    fn cpu_and_floor(&self) -> [f64; 2] {
        [self.ours.server_cpu_us(), self.floor.iter().sum()]
    }

    fn percentile(&self, percent: usize) -> f64 {
        self.took[(self.took.len() - 1) * percent / 100].as_secs_f64() * 1e3
    }
}

/// `definitions`: the CPU of a sign-in against its floor, its p99 over its p50, then one for each of the parts.
pub(crate) fn saturated(ground: &Ground<'_>, scale: Scale, definitions: &[Definition]) -> Vec<Figure> {
    let exchange = ground.open(1, &[]).crowd.overhear();
    let turns: Vec<Turn> = (0..scale.turns).map(|number| turn(ground, scale, &exchange, number)).collect();
    let [cpu, latency, parts @ ..] = definitions else { panic!("two definitions and those of the parts") };
    let read = |definition: &Definition, unit, sides: &dyn Fn(&Turn) -> [f64; 2]| {
        let pairs: Vec<[f64; 2]> = turns.iter().map(sides).collect();
        comparison::ratios(definition, unit, &pairs)
    };
    let mut figures = vec![
        read(cpu, "µs", &Turn::cpu_and_floor),
        read(latency, "ms", &|turn| [turn.percentile(99), turn.percentile(50)]),
    ];
    for (at, (definition, part)) in parts.iter().zip(&PARTS).enumerate() {
        figures.push(read(definition, "µs", &|turn| [turn.floor[at], part.share * turn.floor[VERIFICATION]]));
    }
    figures
}

/// The same CPU on PostgreSQL, whose own processes are not counted; the floor's commit is a bare one there.
pub(crate) fn on_postgres(ground: &Ground<'_>, scale: Scale, definition: &Definition) -> Figure {
    let exchange = ground.open(1, &[]).crowd.overhear();
    let pairs: Vec<[f64; 2]> =
        (0..scale.turns).map(|number| turn(ground, scale, &exchange, number).cpu_and_floor()).collect();
    comparison::ratios(definition, "µs", &pairs)
}

/// Who goes first changes with every turn.
fn turn(ground: &Ground<'_>, scale: Scale, exchange: &Exchange, number: usize) -> Turn {
    let ours = || ground.open(SATURATED, &[]).sign_in(40_000 / scale.divisor as usize);
    let floor = || PARTS.each_ref().map(|part| cost(part, ground, scale, exchange));
    let ((ours, mut took), floor) = if number.is_multiple_of(2) {
        let ours = ours();
        (ours, floor())
    } else {
        let floor = floor();
        (ours(), floor)
    };
    took.sort_unstable();
    let turn = Turn { ours, took, floor };
    eprintln!(
        "  turn {}: {}, p50 {:.1} ms, p99 {:.1} ms; floor {:.1?} µs",
        number + 1,
        told(&turn.ours),
        turn.percentile(50),
        turn.percentile(99),
        turn.floor,
    );
    turn
}

fn told(sample: &Sample) -> String {
    format!(
        "{:.0} sign-ins/s, {:.1} per commit, {:.1} µs CPU, {:.1} µs of the generator",
        sample.rate(),
        sample.writes as f64 / sample.commits as f64,
        sample.server_cpu_us(),
        sample.cpu_us(),
    )
}

fn cost(part: &Part, ground: &Ground<'_>, scale: Scale, exchange: &Exchange) -> f64 {
    match part.how {
        How::Http(exchanges) => bare_http(exchange, exchanges / scale.divisor as usize),
        How::Program(program, writes) => {
            let server = ground.postgres.filter(|_| program == Program::BareWrite);
            let task = Task {
                program,
                writes: writes / scale.divisor,
                clients: 1,
                group: store::GROUP_LIMIT,
                accounts: PEOPLE / scale.divisor,
                postgres: server.map(Cluster::server_url),
                postmaster: server.map(Cluster::pid),
            };
            machine::pin(Core::Server);
            let sample = task.run_slowed(0);
            machine::pin(Core::Generator);
            sample.cpu_us()
        }
    }
}

/// µs of the server's CPU for the two requests of a sign-in.
fn bare_http(exchange: &Exchange, count: usize) -> f64 {
    let folder = Scratch::new();
    let file = |name: &str, body: &[u8]| {
        let file = folder.path().join(name);
        fs::write(&file, body).expect("an answer");
        file
    };
    let (begun, finished) = (file("begun", &exchange.begun), file("finished", &exchange.finished));
    let (server, _) = Server::launch(folder.path(), |address| {
        let mut command = Command::new(std::env::current_exe().expect("our own program"));
        command.arg("desk").args(["--listen", &address.to_string()]);
        command.arg("--begun").arg(begun).arg("--finished").arg(finished);
        command
    });
    let mut crowd = Crowd::at(server.address(), &[], SATURATED);
    crowd.repeat(exchange, count / 10);
    let watch = Stopwatch::start(Some(server.id()));
    crowd.repeat(exchange, count);
    watch.stop(count as u64, 1).server_cpu_us()
}

/// The rate with commits that are durable, and with a shim under which no sync does anything.
pub(crate) fn durable(ground: &Ground<'_>, scale: Scale, definition: &Definition) -> Figure {
    let shim = cluster::shim().expect("the sync shim");
    let without = [("LD_PRELOAD", shim.as_os_str()), ("SIGNET_SHIM_SKIP", OsStr::new("1"))];
    let run = |variables: &[(&str, &OsStr)], what: &str| {
        let (sample, _) = ground.open(MANY, variables).sign_in(40_000 / scale.divisor as usize);
        eprintln!("  {what}: {}", told(&sample));
        sample.rate()
    };
    let pair = |number: usize| {
        if number.is_multiple_of(2) {
            let durable = run(&[], "durable");
            [durable, run(&without, "commits off")]
        } else {
            let off = run(&without, "commits off");
            [run(&[], "durable"), off]
        }
    };
    comparison::ratios(definition, "/s", &(0..scale.turns).map(pair).collect::<Vec<_>>())
}

/// How many sign-ins, if they fit into so long.
const AIM: usize = 1_000_000;
const WHILE: Duration = Duration::from_secs(300);
/// Until every address has come by and every cache is full.
const WARM: usize = 50_000;
const AT_ONCE: usize = 10_000;

/// By how many percent memory grows from the end of the warm-up to the end of very many sign-ins.
pub(crate) fn growth(ground: &Ground<'_>, scale: Scale, definition: &Definition) -> Figure {
    let (aim, time) = (AIM / (scale.divisor as usize).pow(3), WHILE / (scale.divisor as u32).pow(2));
    let mut opened = ground.open(SATURATED, &[]);
    let resident = |opened: &Opened| machine::resident_mb(opened.server.id());
    opened.crowd.sign_in(WARM);
    let (warm, begun) = (resident(&opened), Instant::now());
    let mut done = 0;
    while done < aim && begun.elapsed() < time {
        done += opened.crowd.sign_in(AT_ONCE).len();
    }
    let full = resident(&opened);
    eprintln!("  {done} sign-ins after the warm-up: {warm:.1} MB, then {full:.1} MB");
    let sides = Sides { ours: full, floor: warm, unit: "MB" };
    Figure { sides: Some(sides), ..Figure::of(definition, &[(full / warm - 1.0) * 100.0]) }
}
