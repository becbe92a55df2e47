//! Where one cluster lives: the server's programs, its folder, and whom it runs as.

use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};

use crate::folder::Folder;
use crate::server::Server;
use crate::user::{User, unprivileged};
use crate::{Arm, Options, process};

#[derive(Debug)]
pub(crate) struct Home {
    pub(crate) server: Server,
    pub(crate) folder: Folder,
    user: Option<User>,
}

/// Given before the caller's own settings, which win.
const SETTINGS: [(&str, &str); 6] = [
    ("listen_addresses", "127.0.0.1"),
    ("unix_socket_directories", ""),
    ("shared_buffers", "64MB"),
    ("max_connections", "300"),
    ("fsync", "on"),
    ("synchronous_commit", "on"),
];

impl Home {
    /// A new folder with an empty database in it.
    pub(crate) fn make() -> Result<Self, String> {
        let server = Server::find()?;
        let user = unprivileged()?;
        let folder = Folder::create(user)?;
        let home = Self { server, folder, user };
        home.initdb()?;
        Ok(home)
    }

    fn initdb(&self) -> Result<(), String> {
        let mut command = self.command("initdb");
        command.args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"]);
        command.arg("--pgdata").arg(self.folder.data());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let done = process::spawn(command).and_then(Child::wait_with_output);
        match done.map_err(|fault| format!("cannot run initdb: {fault}"))? {
            output if output.status.success() => Ok(()),
            output => Err(format!("initdb failed: {}", String::from_utf8_lossy(&output.stderr).trim_end())),
        }
    }

    /// Start the server, in a process group of its own: a Ctrl-C at the terminal is not meant for it.
    pub(crate) fn launch(&self, port: u16, options: &Options) -> Result<Child, String> {
        let mut command = self.command("postgres");
        command.arg("-D").arg(self.folder.data()).arg("-p").arg(port.to_string());
        for (name, value) in SETTINGS {
            command.arg("-c").arg(format!("{name}={value}"));
        }
        for (name, value) in &options.settings {
            command.arg("-c").arg(format!("{name}={value}"));
        }
        for point in Arm::ALL {
            command.env(point.variable(), self.folder.path().join(point.variable()));
        }
        command.envs(options.environment.iter().cloned()).process_group(0);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(self.folder.open_log()?);
        process::spawn(command).map_err(|fault| format!("cannot run PostgreSQL: {fault}"))
    }

    /// A command with an empty environment: no `PG…`, no `LD_PRELOAD` and no locale of ours reaches the server.
    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.server.program(program));
        command.env_clear().env("PATH", "/usr/bin:/bin").env("LC_ALL", "C").env("TZ", "UTC");
        command.current_dir(self.folder.path());
        if let Some(user) = self.user {
            command.uid(user.uid).gid(user.gid);
        }
        command
    }
}
