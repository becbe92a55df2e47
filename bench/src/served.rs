//! The real server as a process: how much it holds when idle, how soon it answers after a restart.

use std::path::Path;
use std::thread;
use std::time::Duration;

use crate::machine;
use crate::place::{self, Scratch};
use crate::server::Server;

/// What a server has allocated for its start and given back is gone after this.
const SETTLING: Duration = Duration::from_secs(1);

/// MB resident in an idle server, start by start.
pub(crate) fn idle_memory(signet: &Path, starts: usize) -> Vec<f64> {
    let data = Scratch::new();
    let measure = |_| {
        let (server, _) = Server::start(signet, data.path());
        thread::sleep(SETTLING);
        machine::resident_mb(server.id())
    };
    (0..starts).map(measure).collect()
}

/// Milliseconds from a start to the first good answer, on a folder with so many accounts.
pub(crate) fn restarts(signet: &Path, accounts: u64, starts: usize) -> Vec<f64> {
    let data = Scratch::copy_of(&place::seeded(accounts));
    drop(Server::start(signet, data.path())); // a copy's first start is not a restart
    (0..starts).map(|_| Server::start(signet, data.path()).1.as_secs_f64() * 1e3).collect()
}
