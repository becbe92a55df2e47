//! `signet` with a clock that a test holds in its hand: `signet-testnode SOCKET serve …`.
//!
//! What it is for: process tests that need time to pass. It is the server, whole, through the same [`server::run`];
//! only the clock is another one. A test connects to SOCKET and writes a line `set MICROS` or `advance MICROS`; the
//! answer is the time it is now, in microseconds.
//!
//! Where its input is a pipe, it ends with it: whoever holds the other end need not live long enough to end it.
//!
//! What it refuses: to be shipped. It is a package of its own, outside `default-members`.
//!
//! Invariants:
//! - `two differences`: nothing but the clock and the tie to its input differs from `signet`.

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::FileTypeExt;
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
    if is_held() {
        std::thread::spawn(end_with_input);
    }
    let clock = FakeClock::default();
    listen(&socket, clock.clone()).map_err(Failure::not_started)?;
    let cli = Cli::parse_from(std::iter::once(program).chain(arguments));
    server::run(cli, server::surroundings()?, World::with_clock(Arc::new(clock)))
}

/// A pipe, or the socket that some languages make instead of one.
fn is_held() -> bool {
    std::fs::metadata("/dev/stdin").is_ok_and(|input| input.file_type().is_fifo() || input.file_type().is_socket())
}

#[expect(clippy::disallowed_methods, reason = "nobody is left for whom an orderly end would matter")]
fn end_with_input() {
    let _broken_is_ended_too = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
    std::process::exit(0);
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
