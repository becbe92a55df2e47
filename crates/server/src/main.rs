//! The binary `signet`: reads the command line and its surroundings, and lets [`server`] do the rest.

use std::collections::BTreeMap;
use std::process::ExitCode;

use clap::Parser;
use server::cli::Cli;
use server::config::Surroundings;
use server::terminal::{Failure, end};
use server::wiring::World;

fn main() -> ExitCode {
    let cli = Cli::parse();
    end(surroundings().and_then(|around| server::run(cli, around, World::real())))
}

#[expect(clippy::disallowed_methods, reason = "this is where the environment enters")]
fn surroundings() -> Result<Surroundings, Failure> {
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
