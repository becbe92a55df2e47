//! One turn of one program, in a process of its own.

use std::hint::black_box;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use app::App;
use authenticator::Algorithm;
use clap::{Args, ValueEnum};

use crate::floor::{ceremony, postgres, sqlite};
use crate::house::{self, POOL, Place};
use crate::machine::{self, Sample, Stopwatch};
use crate::place::Scratch;
use crate::rows::{self, Pattern, Unit};
use crate::{answers, chains, load, ours, people};

/// No turn takes longer, or something is wrong.
const LIMIT: Duration = Duration::from_secs(120);

/// What a turn does. The first five are ours, the others floors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Program {
    AccountCreation,
    StoreWrite,
    Assertion,
    /// The same with a passkey of ML-DSA-44.
    LatticeAssertion,
    Registration,
    BareCreation,
    BareWrite,
    BareArrival,
    BareOptions,
    BareParsing,
    BareVerification,
    BareChain,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct Task {
    #[arg(long)]
    pub(crate) program: Program,
    /// Writes that are measured
    #[arg(long)]
    pub(crate) writes: u64,
    /// Clients of ours; a floor program needs none
    #[arg(long)]
    pub(crate) clients: usize,
    /// Transactions that a floor program commits together
    #[arg(long)]
    pub(crate) group: usize,
    /// Accounts in the database before a write of three statements
    #[arg(long)]
    pub(crate) accounts: u64,
    /// Where a private PostgreSQL answers; without it, SQLite
    #[arg(long, requires = "postmaster")]
    pub(crate) postgres: Option<String>,
    /// Its first process
    #[arg(long)]
    pub(crate) postmaster: Option<u32>,
}

impl Task {
    /// Of a program that needs no database and no clients.
    pub(crate) fn alone(program: Program) -> Self {
        Self { program, writes: 0, clients: 1, group: 1, accounts: 0, postgres: None, postmaster: None }
    }

    pub(crate) fn warm_up(&self) -> u64 {
        self.writes / 10
    }

    /// Run it in a new process, with every sync slowed by so many microseconds.
    pub(crate) fn run_slowed(&self, delay_us: u32) -> Sample {
        let mut command = Command::new(std::env::current_exe().expect("our own program"));
        command.arg("probe").args(self.arguments()).stderr(Stdio::inherit());
        if delay_us > 0 {
            command.env("LD_PRELOAD", cluster::shim().expect("the sync shim"));
            command.env("SIGNET_SHIM_DELAY_US", delay_us.to_string());
        }
        let output = command.output().expect("a turn");
        assert!(output.status.success(), "a turn of {:?} ended with {}", self.program, output.status);
        serde_json::from_slice(&output.stdout).expect("a sample")
    }

    fn arguments(&self) -> Vec<String> {
        let program = self.program.to_possible_value().expect("every program has a name");
        let mut words = vec![format!("--program={}", program.get_name())];
        words.push(format!("--writes={}", self.writes));
        words.push(format!("--clients={}", self.clients));
        words.push(format!("--group={}", self.group));
        words.push(format!("--accounts={}", self.accounts));
        words.extend(self.postgres.iter().map(|url| format!("--postgres={url}")));
        words.extend(self.postmaster.iter().map(|pid| format!("--postmaster={pid}")));
        words
    }
}

/// The turn itself.
pub(crate) fn perform(task: &Task) -> Sample {
    machine::end_after(LIMIT);
    let scratch = Scratch::new();
    let folder = scratch.path().to_owned();
    match &task.postgres {
        None => on_sqlite(task, folder),
        Some(url) => load::on_two_threads(on_postgres(task, url, folder)),
    }
}

fn on_sqlite(task: &Task, folder: PathBuf) -> Sample {
    let place = Place::Folder(folder.clone());
    match task.program {
        Program::AccountCreation => {
            load::on_two_threads(async { ours::create_accounts(house::open(&place).await, task).await })
        }
        Program::StoreWrite => {
            load::on_two_threads(async { ours::write_through_store(house::open(&place).await, task).await })
        }
        Program::BareCreation => bare_on_sqlite(task, &folder, &load::on_two_threads(creations(&place, task))),
        Program::BareWrite => bare_on_sqlite(task, &folder, &load::on_two_threads(spendings(&place, task))),
        Program::BareArrival => bare_on_sqlite(task, &folder, &load::on_two_threads(arrivals(&place, task))),
        Program::Registration | Program::BareChain => chained(task),
        Program::Assertion
        | Program::LatticeAssertion
        | Program::BareVerification
        | Program::BareParsing
        | Program::BareOptions => {
            computed(task, &load::on_two_threads(async { people::sealed_state(&*house::open(&place).await).await }))
        }
    }
}

/// Programs that write nothing.
fn computed(task: &Task, state: &str) -> Sample {
    let rp = house::relying_party();
    let algorithm = if task.program == Program::LatticeAssertion { Algorithm::MlDsa44 } else { Algorithm::Es256 };
    let prepared = answers::prepared(&rp, algorithm);
    match task.program {
        Program::Assertion | Program::LatticeAssertion => timed(task, &prepared, |answer| answer.verify(&rp)),
        Program::BareVerification => timed(task, &prepared, |answer| {
            ceremony::verify(&answer.point, &answer.message, answer.signature());
        }),
        Program::BareParsing => {
            let bodies: Vec<Vec<u8>> = prepared.iter().map(|answer| answer.finish_body(state)).collect();
            let url = house::public_url();
            timed(task, &bodies, |body| ceremony::parse(body, url.origin()))
        }
        _ => timed(task, &[()], |()| ceremony::options()),
    }
}

/// The same of new passkeys for which somebody vouches.
fn chained(task: &Task) -> Sample {
    let rp = house::relying_party();
    let (prepared, believed) = chains::prepared(&rp);
    match task.program {
        Program::Registration => timed(task, &prepared, |answer| answer.verify(&rp, &believed)),
        _ => timed(task, &prepared, |answer| {
            for chains::Signed { point, message, signature } in &answer.signed {
                ceremony::verify(point, message, signature);
            }
        }),
    }
}

fn timed<T, R>(task: &Task, items: &[T], mut act: impl FnMut(&T) -> R) -> Sample {
    let mut again = |times: u64| {
        for item in items.iter().cycle().take(usize::try_from(times).expect("few")) {
            black_box(act(black_box(item)));
        }
    };
    again(task.warm_up());
    let watch = Stopwatch::start(None);
    again(task.writes);
    watch.stop(task.writes, task.writes)
}

fn bare_on_sqlite<U: Unit>(task: &Task, folder: &std::path::Path, units: &[U]) -> Sample {
    let connection = sqlite::connect(folder);
    let (warm_up, measured) = units.split_at(usize::try_from(task.warm_up()).expect("few"));
    sqlite::commit_in_groups(&connection, warm_up, task.group);
    let watch = Stopwatch::start(None);
    sqlite::commit_in_groups(&connection, measured, task.group);
    watch.stop(task.writes, task.writes.div_ceil(task.group as u64))
}

async fn on_postgres(task: &Task, server: &str, folder: PathBuf) -> Sample {
    let name = format!("turn_{}", std::process::id());
    let administrator = postgres::connect(&format!("{server}/postgres")).await;
    administrator.batch_execute(&format!("CREATE DATABASE {name}")).await.expect("a database");
    let place = Place::Postgres { url: format!("{server}/{name}"), folder };
    let sample = match task.program {
        Program::AccountCreation => ours::create_accounts(house::open(&place).await, task).await,
        Program::StoreWrite => ours::write_through_store(house::open(&place).await, task).await,
        Program::BareCreation => bare_on_postgres(task, &place, creations(&place, task).await).await,
        Program::BareWrite => bare_on_postgres(task, &place, spendings(&place, task).await).await,
        Program::BareArrival => bare_on_postgres(task, &place, arrivals(&place, task).await).await,
        other => panic!("{other:?} needs no database"),
    };
    administrator.batch_execute(&format!("DROP DATABASE {name} WITH (FORCE)")).await.expect("dropped");
    sample
}

async fn bare_on_postgres<U: Unit>(task: &Task, place: &Place, mut units: Vec<U>) -> Sample {
    let Place::Postgres { url, .. } = place else { panic!("a folder is not a PostgreSQL") };
    let mut lines = Vec::new();
    for _ in 0..POOL {
        lines.push(Arc::new(postgres::Line::open::<U>(url).await));
    }
    let measured = units.split_off(usize::try_from(task.warm_up()).expect("few"));
    run_lines(&lines, units).await;
    let watch = Stopwatch::start(task.postmaster);
    run_lines(&lines, measured).await;
    watch.stop(task.writes, task.writes)
}

async fn run_lines<U: Unit>(lines: &[Arc<postgres::Line>], units: Vec<U>) {
    let hands = load::dealt(units, lines.len());
    let running: Vec<_> = lines
        .iter()
        .zip(hands)
        .map(|(line, units)| {
            let line = Arc::clone(line);
            tokio::spawn(async move {
                for unit in &units {
                    line.commit(unit).await;
                }
            })
        })
        .collect();
    for line in running {
        line.await.expect("a line ends well");
    }
}

async fn creations(place: &Place, task: &Task) -> Vec<impl Unit + use<>> {
    Pattern::learn(&house::open(place).await).await.creations(task.warm_up() + task.writes)
}

async fn spendings(place: &Place, task: &Task) -> Vec<impl Unit + use<>> {
    let app: Arc<App> = house::open(place).await;
    house::seed(&app, task.accounts).await;
    let keys = house::subject_keys(&app).await;
    Pattern::learn(&app).await.spendings(&keys, task.warm_up() + task.writes)
}

async fn arrivals(place: &Place, task: &Task) -> Vec<impl Unit + use<>> {
    let app = house::open(place).await;
    let mut people = people::enrol(&app, task.accounts).await;
    rows::arrivals(&app, &mut people, task.warm_up() + task.writes).await
}
