//! Measures what Signet costs, each figure beside its yardstick in the same run.
//!
//! Absolute rates swing with the neighbours of a machine, so a figure is a ratio wherever it can be: our program and a
//! *floor program* (`floor/`), the least that does the same work durably, take turns, each in a process of its own, and
//! what is shown is the median of the ratios of neighbouring turns. A sign-in at the real server is held against the
//! sum of several floor programs (`sign_ins`). Three figures have no yardstick but a limit: the memory of an idle
//! server, by how much it grows, and the time a restart takes.
//!
//! ```text
//! make bench                                   every figure
//! make bench ARGS="--quick"                    half the sizes, half the turns
//! make bench ARGS="--only rss_idle"            one figure
//! make bench ARGS="--record"                   also keep the figures in bench/results/<date>.json
//! ```
//!
//! What it refuses: to be a test (nothing asserts a time; a missed limit is exit code 1 of this program alone), to
//! measure another profile than the shipped one, to leave folders or processes behind.
//!
//! Invariants:
//! - `same work`: a floor program runs the statements of the store's own registry, with rows of the sizes our program
//!   writes, on the same schema, with the same durability.
//! - `own process`: no turn inherits another's memory, connections or warm caches.
//! - `prepared ahead`: what clients send is made before the clock starts; but a passkey signs the challenge it is given.
//! - `nothing switched off`: the server is the one that ships, with its limits and its log.
//! - `a floor is low`: a part of a sign-in's floor that costs more than it may makes the run invalid, not the figure good.

mod answers;
mod catalogue;
mod chains;
mod comparison;
mod crowd;
mod figure;
mod floor;
mod house;
mod load;
mod machine;
mod oracles;
mod ours;
mod people;
mod place;
mod probe;
mod report;
mod rows;
mod served;
mod server;
mod sign_ins;
mod wire;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "bench", about = "Measures Signet, each figure beside its yardstick")]
struct Arguments {
    /// Measure this figure alone
    #[arg(long, value_name = "NAME")]
    only: Option<String>,
    /// Half the sizes and half the turns
    #[arg(long)]
    quick: bool,
    /// Keep the figures in bench/results/, with machine, date and commit
    #[arg(long)]
    record: bool,
    #[command(subcommand)]
    turn: Option<Turn>,
}

#[derive(Subcommand)]
enum Turn {
    /// One turn of one program, in a process of its own; the bench starts these by itself
    #[command(hide = true)]
    Probe(probe::Task),
    /// The floor of the server itself
    #[command(hide = true)]
    Desk(floor::http::Desk),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match &arguments.turn {
        Some(Turn::Probe(task)) => {
            println!("{}", serde_json::to_string(&probe::perform(task)).expect("a sample is plain numbers"));
            return ExitCode::SUCCESS;
        }
        Some(Turn::Desk(desk)) => {
            floor::http::serve(desk);
            return ExitCode::SUCCESS;
        }
        None => {}
    }
    let scale = if arguments.quick { catalogue::Scale::QUICK } else { catalogue::Scale::FULL };
    let figures = match catalogue::measure(scale, arguments.only.as_deref()) {
        Ok(figures) => figures,
        Err(sentence) => {
            eprintln!("{sentence}");
            return ExitCode::from(2);
        }
    };
    report::publish(&figures, arguments.record);
    let invalid: Vec<&str> = figures.iter().filter(|figure| figure.is_invalid()).map(|figure| figure.name).collect();
    if !invalid.is_empty() {
        eprintln!("the run is invalid: {} cost more than a floor may", invalid.join(", "));
        return ExitCode::from(2);
    }
    if figures.iter().any(figure::Figure::failed) { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
