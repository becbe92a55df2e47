//! A server as a process of its own, on its own core.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::machine::{self, Core};

/// How long a server may take to answer, or to stop, before the measurement is given up.
const PATIENCE: Duration = Duration::from_secs(30);
/// Between two questions. Asking costs the other core, not the server's.
const PAUSE: Duration = Duration::from_micros(200);

/// Builds the server as it ships; it lies beside this program.
pub(crate) fn build() -> Result<PathBuf, String> {
    eprintln!("building signet as it ships");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["build", "--release", "--locked", "--package", "server"]).current_dir(env!("CARGO_MANIFEST_DIR"));
    match command.status() {
        Ok(status) if status.success() => {
            Ok(std::env::current_exe().expect("our own program").with_file_name("signet"))
        }
        Ok(_) => Err("signet could not be built".to_owned()),
        Err(error) => Err(format!("cargo could not be run: {error}")),
    }
}

/// A running server; dropped, it is asked to stop and waited for.
pub(crate) struct Server {
    process: Child,
    address: SocketAddr,
}

impl Server {
    /// Starts signet and waits for the first 200 on `/readyz`. How long did that take?
    pub(crate) fn start(signet: &Path, data: &Path) -> (Self, Duration) {
        Self::start_with(signet, data, &[])
    }

    /// The same, with these variables around it.
    pub(crate) fn start_with(signet: &Path, data: &Path, variables: &[(&str, &OsStr)]) -> (Self, Duration) {
        Self::launch(data, |address| {
            let mut command = Command::new(signet);
            command.arg("serve").arg("--data").arg(data).args(["--listen", &address.to_string()]);
            command.args(["--public-url", &format!("http://localhost:{}", address.port())]);
            command.env_clear().envs(variables.iter().copied());
            command
        })
    }

    /// Starts whatever answers `/readyz` at the address it is told.
    pub(crate) fn launch(folder: &Path, command: impl FnOnce(SocketAddr) -> Command) -> (Self, Duration) {
        let address = free_address();
        let said = folder.join("said.log");
        let mut command = command(address);
        command.current_dir(folder).stdin(Stdio::null()).stdout(Stdio::null());
        command.stderr(File::create(&said).expect("a file for what the server says"));
        machine::pin(Core::Server);
        let begun = Instant::now();
        let process = command.spawn().expect("the server starts");
        machine::pin(Core::Generator);
        let mut server = Self { process, address };
        while !is_ready(address) {
            let ended = server.process.try_wait().expect("a child");
            assert!(ended.is_none() && begun.elapsed() < PATIENCE, "the server did not answer: {}", told(&said));
            thread::sleep(PAUSE);
        }
        let took = begun.elapsed();
        (server, took)
    }

    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    /// How often its store has committed, by its own word.
    pub(crate) fn commits(&self) -> u64 {
        let figures = asked(self.address, "/metrics").expect("figures");
        let line = figures.lines().find(|line| line.starts_with("signet_store_commits_total"));
        let number = line.and_then(|line| line.rsplit(' ').next()).and_then(|number| number.parse().ok());
        number.expect("a number of commits")
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        machine::ask_to_stop(&self.process);
        let asked = Instant::now();
        while matches!(self.process.try_wait(), Ok(None)) {
            if asked.elapsed() > PATIENCE {
                let _ = self.process.kill();
            }
            thread::sleep(PAUSE);
        }
    }
}

fn told(log: &Path) -> String {
    std::fs::read_to_string(log).unwrap_or_default()
}

fn free_address() -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("its address")
}

fn is_ready(address: SocketAddr) -> bool {
    asked(address, "/readyz").is_ok_and(|answer| answer.starts_with("HTTP/1.1 200 "))
}

fn asked(address: SocketAddr, path: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}
