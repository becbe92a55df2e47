//! A private PostgreSQL for tests and measurements: started in a temporary folder on a free loopback port, ended
//! with its owner, and crashed on request.
//!
//! It knows how to run a server and nothing about what is kept in it: databases are made by the callers, in SQL.
//! [`shim`] builds the preload library that slows syncs and kills a process around a sync or a COMMIT; it works
//! under this PostgreSQL and under `signet` alike.
//!
//! ```no_run
//! use cluster::{Arm, Cluster, Options};
//!
//! # fn main() -> Result<(), String> {
//! let options = Options::default().setting("work_mem", "8MB").env("LD_PRELOAD", cluster::shim()?);
//! let mut cluster = Cluster::start(options)?;
//! println!("{}", cluster.url("postgres"));
//! cluster.arm(Arm::Sync)?; // the next sync kills the process that asks for it
//! cluster.kill()?; // a true crash of all its processes
//! cluster.restart()?; // recovery, in the same folder and on the same port
//! # Ok(())
//! # }
//! ```
//!
//! What it refuses: a server older than 15, any address but loopback, and to run as root (PostgreSQL would not).
//!
//! Invariants:
//! - The server ends with the process that started it, however that ends, and not with the thread that did.
//! - After a drop neither process nor folder is left; after a kill of the owner the next start sweeps the folder.
//! - Only processes started here are ever signalled.
//! - Everybody on this machine may connect as superuser while it runs: never put anything real into it.

mod folder;
mod home;
mod port;
mod process;
mod server;
mod shim;
mod user;

use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;
use std::process::Child;

use home::Home;
pub use server::{OLDEST, Server};
pub use shim::shim;

/// What one cluster has beside the defaults.
#[derive(Debug, Clone, Default)]
pub struct Options {
    settings: Vec<(String, String)>,
    environment: Vec<(OsString, OsString)>,
}

impl Options {
    /// A server setting, as `-c name=value`; it wins over the default of the same name.
    #[must_use]
    pub fn setting(mut self, name: &str, value: &str) -> Self {
        self.settings.push((name.into(), value.into()));
        self
    }

    /// An environment variable of the server; it inherits none from us.
    #[must_use]
    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }
}

/// The two crash points of the shim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arm {
    /// The next fsync or fdatasync.
    Sync,
    /// The next bytes with COMMIT that leave on a socket: from a client the statement, from a server its answer.
    Commit,
}

impl Arm {
    const ALL: [Self; 2] = [Self::Sync, Self::Commit];

    /// The environment variable by which the shim learns the file.
    pub fn variable(self) -> &'static str {
        match self {
            Self::Sync => "SIGNET_SHIM_ARM",
            Self::Commit => "SIGNET_SHIM_ARM_COMMIT",
        }
    }
}

/// A running PostgreSQL. Dropping it ends the server and removes its folder.
#[derive(Debug)]
pub struct Cluster {
    home: Home,
    options: Options,
    port: u16,
    postmaster: Child,
}

/// How often a port is chosen again when somebody took it between our look and the server's.
const PORTS_TRIED: usize = 4;

impl Cluster {
    /// Find a server, make its folder, start it and wait until it answers.
    pub fn start(options: Options) -> Result<Self, String> {
        let home = Home::make()?;
        let port = port::free()?;
        let postmaster = home.launch(port, &options)?;
        let mut cluster = Self { home, options, port, postmaster };
        for _ in 1..PORTS_TRIED {
            match cluster.await_answer() {
                Err(_) if cluster.port_was_taken() => cluster.port = port::free()?,
                answer => return answer.map(|()| cluster),
            }
            cluster.relaunch()?;
        }
        cluster.await_answer().map(|()| cluster)
    }

    /// Where clients find it; `/` and the name of a database may follow.
    pub fn server_url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}", self.port)
    }

    /// Where clients find a database of it.
    pub fn url(&self, database: &str) -> String {
        format!("{}/{database}", self.server_url())
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// The postmaster's process id.
    pub fn pid(&self) -> u32 {
        self.postmaster.id()
    }

    /// The programs beside the server, `psql` among them.
    pub fn server(&self) -> &Server {
        &self.home.server
    }

    /// Everything the server has said since it was first started.
    pub fn log(&self) -> String {
        fs::read_to_string(self.home.folder.log()).unwrap_or_default()
    }

    /// Arm a crash point of the shim under this server (start it with `LD_PRELOAD` in its environment).
    pub fn arm(&self, point: Arm) -> Result<(), String> {
        let file = self.arm_file(point);
        fs::write(&file, "").map_err(|fault| format!("cannot write {}: {fault}", file.display()))
    }

    /// Has the armed point not been reached yet?
    pub fn is_armed(&self, point: Arm) -> bool {
        self.arm_file(point).exists()
    }

    /// Kill every process of the server at once, so that nothing is written after this call.
    pub fn kill(&mut self) -> Result<(), String> {
        process::kill_family(&mut self.postmaster).map_err(|fault| format!("cannot kill PostgreSQL: {fault}"))
    }

    /// Start it again in the same folder and on the same port, stopping it first where it still runs.
    pub fn restart(&mut self) -> Result<(), String> {
        self.stop()?;
        self.relaunch()?;
        self.await_answer()
    }

    fn arm_file(&self, point: Arm) -> PathBuf {
        self.home.folder.path().join(point.variable())
    }

    fn lock_file(&self) -> PathBuf {
        self.home.folder.data().join("postmaster.pid")
    }

    fn is_running(&mut self) -> bool {
        matches!(self.postmaster.try_wait(), Ok(None))
    }

    /// A fast shutdown; what does not follow it is killed.
    fn stop(&mut self) -> Result<(), String> {
        for point in Arm::ALL {
            let _ = fs::remove_file(self.arm_file(point));
        }
        if self.is_running() {
            process::signal(self.postmaster.id(), libc::SIGINT);
        }
        if process::wait_until(|| !self.is_running()) { Ok(()) } else { self.kill() }
    }

    fn relaunch(&mut self) -> Result<(), String> {
        self.postmaster = self.home.launch(self.port, &self.options)?;
        Ok(())
    }

    fn await_answer(&mut self) -> Result<(), String> {
        let mut ended = None;
        let answered = process::wait_until(|| {
            ended = self.postmaster.try_wait().ok().flatten();
            ended.is_some() || (self.is_ours() && port::answers(self.port))
        });
        match ended {
            None if answered => Ok(()),
            None => Err(format!("PostgreSQL did not answer on port {}: {}", self.port, self.last_words())),
            Some(status) => Err(format!("PostgreSQL ended while starting ({status}): {}", self.last_words())),
        }
    }

    /// Only the lock file tells our server from another one that was quicker to take the port.
    fn is_ours(&self) -> bool {
        let lock = fs::read_to_string(self.lock_file()).unwrap_or_default();
        lock.lines().next() == Some(&self.pid().to_string()) && lock.lines().any(|line| line.trim_end() == "ready")
    }

    fn port_was_taken(&mut self) -> bool {
        !self.is_running() && self.log().contains("could not create any TCP/IP sockets")
    }

    fn last_words(&self) -> String {
        let log = self.log();
        let lines: Vec<&str> = log.lines().rev().take(8).collect();
        lines.into_iter().rev().collect::<Vec<_>>().join("\n")
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // After a crash only the server itself can give back the shared memory that the crash left behind.
        if !self.is_running() && self.lock_file().exists() {
            let _ = self.restart();
        }
        let _ = self.stop();
    }
}
