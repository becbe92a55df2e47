//! `cargo run -p cluster`: a private PostgreSQL to try something on. It ends when its input does (Ctrl-D), or with us.

use std::io::{self, Write};
use std::process::ExitCode;

use cluster::{Cluster, Options};

fn main() -> ExitCode {
    match hold() {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            let _ = writeln!(io::stderr(), "{fault}");
            ExitCode::from(2)
        }
    }
}

fn hold() -> Result<(), String> {
    let cluster = Cluster::start(Options::default())?;
    let told = writeln!(io::stdout(), "{}", cluster.url("postgres"));
    told.and_then(|()| io::copy(&mut io::stdin(), &mut io::sink())).map(drop).map_err(|fault| fault.to_string())
}
