use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex, mpsc};
use std::thread::JoinHandle;

/// A `signet serve` of its own process, killed when dropped.
pub struct Process {
    child: Child,
    said: Said,
    origin: String,
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
        let said = Said::by(child.stdout.take().unwrap());
        let (address, logs) = read_logs(child.stderr.take().unwrap());
        let Some(origin) = said.find(|line| Some(line.strip_prefix("Signet is ready at ")?.to_owned())) else {
            let status = child.wait().unwrap().code();
            return Err(Ended { status, out: said.everything().join("\n"), err: logs.join().unwrap() });
        };
        let address = address.recv().unwrap_or_else(|_| panic!("it serves and its log does not say where"));
        Ok(Self { child, said, origin, address, socket: data.join("operator.sock") })
    }

    /// `host:port`
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Where people see it in their browser.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The operator's socket.
    pub fn socket(&self) -> &Path {
        &self.socket
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The link for the first administrator, of a server that has none.
    pub fn setup_link(&self) -> String {
        let link =
            |line: &str| Some(line.strip_prefix("Become the first administrator ")?.split_once(": ")?.1.to_owned());
        self.said.find(link).unwrap_or_else(|| panic!("it ended and has printed no link"))
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
    pub fn stop(self) -> ExitStatus {
        self.told_to_stop().0
    }

    /// SIGTERM, what came of it, and every line it had said.
    #[expect(unsafe_code, reason = "std can only send SIGKILL")]
    pub fn told_to_stop(mut self) -> (ExitStatus, Vec<String>) {
        // SAFETY: the id belongs to our own child, which has not been waited for.
        unsafe { libc::kill(self.child.id().cast_signed(), libc::SIGTERM) };
        (self.child.wait().unwrap(), self.said.everything())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ended_already = self.child.kill();
        let _reaped_already = self.child.wait();
    }
}

/// The lines of a process, read to the end by a thread of their own: whoever asks for one later misses none.
struct Said(Arc<(Mutex<Lines>, Condvar)>);

#[derive(Default)]
struct Lines {
    lines: Vec<String>,
    is_over: bool,
}

impl Said {
    fn by(out: impl Read + Send + 'static) -> Self {
        let said = Arc::new((Mutex::new(Lines::default()), Condvar::new()));
        let written = Arc::clone(&said);
        std::thread::spawn(move || {
            let tell = |change: &dyn Fn(&mut Lines)| {
                change(&mut written.0.lock().unwrap());
                written.1.notify_all();
            };
            for line in BufReader::new(out).lines().map_while(Result::ok) {
                tell(&|said| said.lines.push(line.clone()));
            }
            tell(&|said| said.is_over = true);
        });
        Self(said)
    }

    /// Waits for a line that has it. `None`: it has said its last.
    fn find<T>(&self, it: impl Fn(&str) -> Option<T>) -> Option<T> {
        let mut said = self.0.0.lock().unwrap();
        loop {
            let found = said.lines.iter().find_map(|line| it(line));
            if found.is_some() || said.is_over {
                return found;
            }
            said = self.0.1.wait(said).unwrap();
        }
    }

    /// Waits for the end.
    fn everything(&self) -> Vec<String> {
        let said = self.0.1.wait_while(self.0.0.lock().unwrap(), |said| !said.is_over).unwrap();
        said.lines.clone()
    }
}

/// The address it listens on, as its log says, and everything it said before that. Later lines are read and forgotten:
/// a full pipe would stop the log.
fn read_logs(logs: ChildStderr) -> (mpsc::Receiver<String>, JoinHandle<String>) {
    let (sender, address) = mpsc::channel();
    let reader = std::thread::spawn(move || {
        let (mut logs, mut said) = (BufReader::new(logs), String::new());
        for line in logs.by_ref().lines().map_while(Result::ok) {
            if let Some(address) = address_in(&line) {
                let _nobody_waits = sender.send(address);
                break;
            }
            said += &format!("{line}\n");
        }
        drop(sender);
        let _read_to_the_end = std::io::copy(&mut logs, &mut std::io::sink());
        said
    });
    (address, reader)
}

fn address_in(line: &str) -> Option<String> {
    let line: serde_json::Value = serde_json::from_str(line).ok()?;
    (line["message"] == "serving").then(|| line["address"].as_str().map(str::to_owned))?
}
