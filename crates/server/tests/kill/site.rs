//! A server's surroundings, which outlive it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use cluster::Arm;
use testkit::Folder;
use testkit::process::{Process, command, ended};

use crate::ledger::Ledger;

/// Wherever a server listens, it is found here: a body that one life did not answer can be sent to the next.
const ORIGIN: &str = "http://localhost:8080";

/// How a server is made to die.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Death {
    /// SIGKILL from outside, at whatever it is doing.
    Anywhere,
    /// By its own hand, immediately before or after the disk has confirmed a commit.
    AtSync(&'static str),
    /// By its own hand, immediately before or after COMMIT was sent to PostgreSQL.
    AtCommit(&'static str),
}

pub(crate) struct Site {
    folder: Folder,
    database: Option<String>,
    pub(crate) ledger: Arc<Ledger>,
}

impl Site {
    pub(crate) fn new(database: Option<String>) -> Self {
        Self { folder: Folder::new(), database, ledger: Arc::new(Ledger::default()) }
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Made by the test, taken away by the hand that kills.
    pub(crate) fn armed(&self) -> PathBuf {
        self.folder.path().join("armed")
    }

    fn command(&self, arguments: &[&str], data: &Path) -> Command {
        let mut command = command(Path::new(env!("CARGO_BIN_EXE_signet")), arguments);
        command.arg("--data").arg(data).current_dir(self.folder.path());
        command.env("SIGNET_SERVER__PUBLIC_URL", ORIGIN).env("SIGNET_ACCOUNTS__SIGN_UP", "true");
        command.env("SIGNET_SERVER__TRUSTED_PROXIES", "127.0.0.1");
        if let Some(url) = &self.database {
            command.env("SIGNET_DATABASE__URL", url);
        }
        command
    }

    pub(crate) fn start(&self, death: Death) -> Process {
        let shimmed = match death {
            Death::Anywhere => None,
            Death::AtSync(when) => Some((Arm::Sync, when)),
            Death::AtCommit(when) => Some((Arm::Commit, when)),
        };
        let mut command = self.command(&SERVE, &self.data());
        if let Some((point, when)) = shimmed {
            command.env("LD_PRELOAD", cluster::shim().unwrap()).env("SIGNET_SHIM_WHEN", when);
            command.env(point.variable(), self.armed());
        }
        started(command, &self.data())
    }

    /// Another server on the same database, which has been served before.
    pub(crate) fn start_another(&self) -> Process {
        let data = self.folder.path().join("another");
        std::fs::create_dir_all(&data).unwrap();
        std::fs::copy(self.data().join("master.key"), data.join("master.key")).unwrap();
        started(self.command(&SERVE, &data), &data)
    }

    /// Everything acknowledged is there, and everything that is there stands together.
    pub(crate) async fn check(&self, server: &Process) {
        self.ledger.check(server).await;
        let doctor = ended(self.command(&["doctor"], &self.data()));
        assert_eq!(doctor.status, Some(0), "{}{}", doctor.out, doctor.err);
    }
}

const SERVE: [&str; 3] = ["serve", "--listen", "127.0.0.1:0"];

fn started(serve: Command, data: &Path) -> Process {
    Process::start(serve, data).unwrap_or_else(|said| panic!("{said:?}"))
}
