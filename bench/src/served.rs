//! The real server as a process: how much it holds when idle, how soon it answers after a restart.

use std::fs::File;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::machine::{self, Core};
use crate::place::{self, Scratch};

/// How long a server may take to answer, or to stop, before the measurement is given up.
const PATIENCE: Duration = Duration::from_secs(30);
/// What a server has allocated for its start and given back is gone after this.
const SETTLING: Duration = Duration::from_secs(1);
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

/// MB resident in an idle server, start by start.
pub(crate) fn idle_memory(signet: &Path, starts: usize) -> Vec<f64> {
    let data = Scratch::new();
    let measure = |_| {
        let (server, _) = Server::start(signet, data.path());
        thread::sleep(SETTLING);
        machine::resident_mb(server.process.id())
    };
    (0..starts).map(measure).collect()
}

/// Milliseconds from a start to the first good answer, on a folder with so many accounts.
pub(crate) fn restarts(signet: &Path, accounts: u64, starts: usize) -> Vec<f64> {
    let data = Scratch::copy_of(&place::seeded(accounts));
    drop(Server::start(signet, data.path())); // a copy's first start is not a restart
    (0..starts).map(|_| Server::start(signet, data.path()).1.as_secs_f64() * 1e3).collect()
}

/// A running server; dropped, it is asked to stop and waited for.
struct Server {
    process: Child,
}

impl Server {
    /// Starts it on its own core and waits for the first 200 on `/readyz`. How long did that take?
    fn start(signet: &Path, data: &Path) -> (Self, Duration) {
        let address = free_address();
        let said = data.join("said.log");
        let mut command = Command::new(signet);
        command.arg("serve").arg("--data").arg(data).args(["--listen", &address.to_string()]);
        command.args(["--public-url", &format!("http://localhost:{}", address.port())]);
        command.env_clear().current_dir(data).stdin(Stdio::null()).stdout(Stdio::null());
        command.stderr(File::create(&said).expect("a file for what the server says"));
        machine::pin(Core::Server);
        let begun = Instant::now();
        let process = command.spawn().expect("signet starts");
        machine::pin(Core::Generator);
        let mut server = Self { process };
        while !is_ready(address) {
            let ended = server.process.try_wait().expect("a child");
            assert!(ended.is_none() && begun.elapsed() < PATIENCE, "signet did not answer: {}", told(&said));
            thread::sleep(PAUSE);
        }
        let took = begun.elapsed();
        (server, took)
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
    let ask = || -> std::io::Result<bool> {
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.write_all(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
        let mut status = [0; 12];
        stream.read_exact(&mut status)?;
        Ok(&status[9..] == b"200")
    };
    ask().unwrap_or(false)
}
