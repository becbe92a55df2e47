//! `signet` with a clock that a test holds in its hand: `signet-testnode SOCKET serve …`.
//!
//! What it is for: process tests that need time to pass. It is the server, whole, through the same [`server::run`];
//! only the clock is another one. A test connects to SOCKET and writes a line `set MICROS` or `advance MICROS`; the
//! answer is the time it is now, in microseconds.
//!
//! What it refuses: to be shipped. It is a package of its own, outside `default-members`.
//!
//! Invariants:
//! - `one difference`: nothing but the clock differs from `signet`.

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Parser;
use server::cli::Cli;
use server::terminal::{Failure, end};
use server::wiring::World;
use testkit::FakeClock;
use vocab::Timestamp;

fn main() -> ExitCode {
    end(run())
}

fn run() -> Result<(), Failure> {
    let mut arguments = std::env::args_os();
    let program = arguments.next().unwrap_or_default();
    let socket = arguments.next().ok_or_else(|| Failure::not_started("the first argument is the clock's socket"))?;
    let clock = FakeClock::default();
    listen(&socket, clock.clone()).map_err(Failure::not_started)?;
    let cli = Cli::parse_from(std::iter::once(program).chain(arguments));
    server::run(cli, server::surroundings()?, World::with_clock(Arc::new(clock)))
}

fn listen(socket: &OsString, clock: FakeClock) -> std::io::Result<()> {
    let listener = UnixListener::bind(socket)?;
    std::thread::spawn(move || {
        for connection in listener.incoming().map_while(Result::ok) {
            let _hung_up = answer(&connection, &clock);
        }
    });
    Ok(())
}

fn answer(connection: &UnixStream, clock: &FakeClock) -> std::io::Result<()> {
    for line in BufReader::new(connection).lines() {
        let line = line?;
        let (word, number) = line.split_once(' ').unwrap_or_default();
        match (word, number.parse::<i64>()) {
            ("set", Ok(micros)) => clock.set(Timestamp::from_micros(micros)),
            ("advance", Ok(micros)) => clock.advance(Duration::from_micros(micros.unsigned_abs())),
            _ => return Ok(()),
        }
        writeln!(&mut &*connection, "{}", clock.time().micros())?;
    }
    Ok(())
}
