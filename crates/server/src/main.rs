//! The binary `signet`: reads the command line and its surroundings, and lets [`server`] do the rest.

use std::process::ExitCode;

use clap::Parser;
use server::cli::Cli;
use server::terminal::end;
use server::wiring::World;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    end(server::surroundings().and_then(|around| server::run(cli, around, World::real())))
}
