#![cfg(test)]
//! The kill driver: the real `signet`, 32 clients writing, and a ledger of what was acknowledged that the server
//! cannot touch. After every kill: nothing acknowledged is lost, no change without its entry, no entry without its
//! change (I01, I03, F01, F05).

mod ledger;
mod load;

use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use cluster::{Arm, Cluster, Options};
use ledger::Ledger;
use load::Load;
use testkit::Folder;
use testkit::process::{Process, command, ended};

const KILLS: usize = 10;
/// A kill comes after at least this many acknowledged writes since the one before.
const ACKNOWLEDGED_BEFORE_A_KILL: usize = 200;

fn signet() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_signet"))
}

/// How a server is made to die.
#[derive(Debug, Clone, Copy)]
enum Death {
    /// SIGKILL from outside, at whatever it is doing.
    Anywhere,
    /// By its own hand, immediately before or after the disk has confirmed a commit.
    AtSync(&'static str),
    /// By its own hand, immediately before or after COMMIT was sent to PostgreSQL.
    AtCommit(&'static str),
}

/// A server's surroundings that outlive it.
struct Site {
    folder: Folder,
    database: Option<String>,
    ledger: Arc<Ledger>,
}

impl Site {
    fn new(database: Option<String>) -> Self {
        Self { folder: Folder::new(), database, ledger: Arc::new(Ledger::default()) }
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn armed(&self) -> PathBuf {
        self.folder.path().join("armed")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = command(signet(), arguments);
        command.arg("--data").arg(self.data()).current_dir(self.folder.path());
        if let Some(url) = &self.database {
            command.env("SIGNET_DATABASE__URL", url);
        }
        command
    }

    fn start(&self, death: Death) -> Process {
        let mut command = self.command(&["serve", "--listen", "127.0.0.1:0"]);
        let shimmed = match death {
            Death::Anywhere => None,
            Death::AtSync(when) => Some((Arm::Sync, when)),
            Death::AtCommit(when) => Some((Arm::Commit, when)),
        };
        if let Some((point, when)) = shimmed {
            command.env("LD_PRELOAD", cluster::shim().unwrap()).env("SIGNET_SHIM_WHEN", when);
            command.env(point.variable(), self.armed());
        }
        Process::start(command, &self.data()).unwrap_or_else(|said| panic!("{said:?}"))
    }

    /// Everything acknowledged is there, and everything that is there stands together.
    async fn check(&self, server: &Process) {
        self.ledger.check(server).await;
        let doctor = ended(self.command(&["doctor"]));
        assert_eq!(doctor.status, Some(0), "{}{}", doctor.out, doctor.err);
    }
}

/// One round: load until enough is acknowledged, then death, then the next life must remember everything.
async fn kill_server(site: &Site, round: usize, death: Death) {
    let server = site.start(death);
    let load = Load::start(&site.ledger, &[server.socket()], round);
    load.until_acknowledged(ACKNOWLEDGED_BEFORE_A_KILL + round * 7).await;
    match death {
        Death::Anywhere => server.kill(),
        Death::AtSync(_) | Death::AtCommit(_) => {
            std::fs::write(site.armed(), "").unwrap();
            load.until_everybody_is_cut_off().await;
            // The file is taken away by the hand that kills, so the end is certain now, if not reached.
            assert!(!site.armed().exists(), "round {round}: {death:?} did not happen");
            assert_eq!(server.wait().signal(), Some(9), "round {round}");
        }
    }
    load.stop().await;
    site.check(&site.start(Death::Anywhere)).await;
}

#[test]
fn f01_ten_kills_lose_nothing_on_sqlite() {
    testkit::run(async {
        let site = Site::new(None);
        for round in 0..KILLS {
            let death = match round {
                3 | 8 => Death::AtSync("after"),
                6 => Death::AtSync("before"),
                _ => Death::Anywhere,
            };
            kill_server(&site, round, death).await;
        }
        testkit::tell(format_args!(
            "sqlite: {KILLS} kills, {} acknowledged writes, none lost",
            site.ledger.acknowledged()
        ));
    });
}

#[test]
fn f05_ten_kills_lose_nothing_on_postgres() {
    testkit::run(async {
        let mut cluster = Cluster::start(
            Options::default().env("LD_PRELOAD", cluster::shim().unwrap()).env("SIGNET_SHIM_WHEN", "after"),
        )
        .unwrap();
        let site = Site::new(Some(cluster.url("postgres")));
        for (round, death) in
            [Death::Anywhere, Death::AtCommit("before"), Death::Anywhere, Death::AtCommit("after"), Death::Anywhere]
                .into_iter()
                .enumerate()
        {
            kill_server(&site, round, death).await;
        }
        kill_database(&mut cluster, &site).await;
        testkit::tell(format_args!(
            "postgres: {KILLS} kills, {} acknowledged writes, none lost",
            site.ledger.acknowledged()
        ));
    });
}

/// The other half: the database dies under a server that lives on, once right after it has written a commit.
async fn kill_database(cluster: &mut Cluster, site: &Site) {
    let server = site.start(Death::Anywhere);
    for round in KILLS / 2..KILLS {
        let load = Load::start(&site.ledger, &[server.socket()], round);
        load.until_acknowledged(ACKNOWLEDGED_BEFORE_A_KILL).await;
        if round == KILLS - 1 {
            cluster.arm(Arm::Sync).unwrap(); // whichever process syncs the log next dies on it, then all of it dies
            load.until(|| !cluster.is_armed(Arm::Sync)).await;
        }
        cluster.kill().unwrap();
        cluster.restart().unwrap();
        load.stop().await;
        site.check(&server).await;
    }
}

/// Two servers on one database do the same work together; what one has, the other cannot give away again.
#[test]
fn i15_two_servers_on_one_postgres_share_the_load() {
    testkit::run(async {
        let cluster = Cluster::start(Options::default()).unwrap();
        let site = Site::new(Some(cluster.url("postgres")));
        let first = site.start(Death::Anywhere);
        let other = Folder::new();
        std::fs::create_dir_all(other.path()).unwrap();
        std::fs::copy(site.data().join("master.key"), other.path().join("master.key")).unwrap();
        let mut command = command(signet(), &["serve", "--listen", "127.0.0.1:0"]);
        command.arg("--data").arg(other.path()).env("SIGNET_DATABASE__URL", cluster.url("postgres"));
        let second = Process::start(command, other.path()).unwrap_or_else(|said| panic!("{said:?}"));
        let load = Load::start(&site.ledger, &[first.socket(), second.socket()], 0);
        load.until_acknowledged(600).await;
        load.stop().await;
        site.check(&first).await;
        site.ledger.check(&second).await;
        load::race_for_one_username(&[first.socket(), second.socket()]).await;
    });
}
