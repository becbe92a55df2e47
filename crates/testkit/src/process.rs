use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

/// A `signet serve` of its own process, killed when dropped.
pub struct Process {
    child: Child,
    address: String,
    socket: PathBuf,
}

/// What a command that ended said.
#[derive(Debug)]
pub struct Ended {
    pub status: Option<i32>,
    pub out: String,
    pub err: String,
}

/// A command that inherits nothing but a path: no variable of the test's surroundings configures a server.
pub fn command(program: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).env_clear().stdin(Stdio::null());
    command
}

/// Runs a command to its end.
pub fn ended(mut command: Command) -> Ended {
    let output = command.stdout(Stdio::piped()).stderr(Stdio::piped()).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ended { status: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

impl Process {
    /// Starts it and waits for the line with the address. `Err` is what it said instead.
    pub fn start(mut command: Command, data: &Path) -> Result<Self, Ended> {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let address = lines.by_ref().map_while(Result::ok).find_map(|line| address_in(&line));
        let Some(address) = address else {
            let output = child.wait_with_output().unwrap();
            let err = String::from_utf8_lossy(&output.stderr).into_owned();
            return Err(Ended { status: output.status.code(), out: String::new(), err });
        };
        let (stderr, socket) = (child.stderr.take().unwrap(), data.join("operator.sock"));
        // Log lines must go somewhere, or a full pipe would stop the server.
        std::thread::spawn(move || std::io::copy(&mut BufReader::new(stderr), &mut std::io::sink()));
        Ok(Self { child, address, socket })
    }

    /// `host:port`
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The operator's socket.
    pub fn socket(&self) -> &Path {
        &self.socket
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits for the end it has brought upon itself.
    pub fn wait(mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }

    /// SIGKILL: nothing is flushed, nobody is told.
    pub fn kill(mut self) {
        let _ended_already = self.child.kill();
        self.child.wait().unwrap();
    }

    /// SIGTERM, and what came of it.
    #[expect(unsafe_code, reason = "std can only send SIGKILL")]
    pub fn stop(mut self) -> ExitStatus {
        // SAFETY: the id belongs to our own child, which has not been waited for.
        unsafe { libc::kill(self.child.id().cast_signed(), libc::SIGTERM) };
        self.child.wait().unwrap()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ended_already = self.child.kill();
        let _reaped_already = self.child.wait();
    }
}

/// The last line a server prints holds its address.
fn address_in(line: &str) -> Option<String> {
    let (_, rest) = line.split_once("http://localhost:")?;
    let port: String = rest.chars().take_while(char::is_ascii_digit).collect();
    Some(format!("127.0.0.1:{port}"))
}
