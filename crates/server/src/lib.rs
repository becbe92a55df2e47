//! The binary `signet`, as a library: configuration, wiring, the command line, signals. No rules of any kind.
//!
//! Everything it does starts in [`run`], with the world handed in as a value: the real binary passes the machine's
//! clock, the process tests pass one they can set.
//!
//! ```no_run
//! use clap::Parser;
//! # fn example(around: server::config::Surroundings) -> Result<(), server::terminal::Failure> {
//! let cli = server::cli::Cli::parse_from(["signet", "check-config"]);
//! server::run(cli, around, server::wiring::World::real())
//! # }
//! ```
//!
//! What it refuses: to start when anything is unclear. Every refusal is one sentence, with exit code 2, and nothing
//! was changed.
//!
//! Invariants:
//! - `port first`: the address is bound before the data folder is touched.
//! - `address last`: the line with the address is printed when the server answers, and nothing follows it but the link
//!   for the first administrator, for as long as there is none.

pub mod cli;
mod command;
pub mod config;
mod files;
pub mod logs;
mod measure;
mod serve;
pub mod terminal;
pub mod wiring;

use std::collections::BTreeMap;

use cli::Cli;
use config::Surroundings;
use terminal::Failure;
use wiring::World;

/// Do what the command line says, on a runtime of its own.
pub fn run(cli: Cli, around: Surroundings, world: World) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::not_started(format!("the runtime could not start: {error}")))?;
    runtime.block_on(command::run(cli, around, world))
}

/// What this process finds around itself.
#[expect(clippy::disallowed_methods, reason = "this is where the environment enters")]
pub fn surroundings() -> Result<Surroundings, Failure> {
    let mut env = BTreeMap::new();
    for (name, value) in std::env::vars_os() {
        match (name.into_string(), value.into_string()) {
            (Ok(name), Ok(value)) => {
                env.insert(name, value);
            }
            (Ok(name), Err(_)) if name.starts_with("SIGNET_") => {
                return Err(Failure::not_started(format!("the value of {name} is not UTF-8")));
            }
            _ => {} // somebody else's variable
        }
    }
    let folder = std::env::current_dir()
        .map_err(|error| Failure::not_started(format!("the working folder cannot be named: {error}")))?;
    let hostname = std::fs::read_to_string("/proc/sys/kernel/hostname").ok().map(|name| name.trim().to_owned());
    Ok(Surroundings { env, hostname, folder })
}
