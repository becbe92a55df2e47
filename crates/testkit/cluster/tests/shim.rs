#![cfg(test)]
//! The shim under a small C program. A second preload stands where libc would be and tells what really reached it.

use std::fs::{self, File};
use std::io::Read;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

/// Stands where libc's calls would be and writes down those that reach it.
const WITNESS: &str = r#"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
static void tell(const char *line) {
    int fd = open(getenv("WITNESS"), O_WRONLY | O_CREAT | O_APPEND, 0600);
    dprintf(fd, "%s\n", line);
    close(fd);
}
int fsync(int fd) { (void)fd; tell("fsync"); return 0; }
int fdatasync(int fd) { (void)fd; tell("fdatasync"); return 0; }
int clock_nanosleep(clockid_t clock, int flags, const struct timespec *wish, struct timespec *left) {
    (void)clock; (void)flags; (void)left;
    char line[64];
    snprintf(line, sizeof line, "sleep %ld.%09ld", (long)wish->tv_sec, wish->tv_nsec);
    tell(line);
    return 0;
}
"#;

/// `sync FILE COUNT` syncs that often each way; every other word sends two statements on standard output that way.
const SUBJECT: &str = r#"
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>
static void say(const char *how, char *text) {
    size_t length = strlen(text), half = length / 2;
    struct iovec parts[2] = {{text, half}, {text + half, length - half}};
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
    if (!strcmp(how, "send")) send(1, text, length, 0);
    else if (!strcmp(how, "sendto")) sendto(1, text, length, 0, NULL, 0);
    else if (!strcmp(how, "sendmsg")) sendmsg(1, &message, 0);
    else if (!strcmp(how, "writev")) (void)!writev(1, parts, 2);
    else (void)!write(1, text, length);
}
int main(int count, char **words) {
    if (count < 4) {
        say(words[1], "BEGIN;");
        say(words[1], "COMMIT;");
        return 0;
    }
    int fd = open(words[2], O_WRONLY | O_CREAT, 0600);
    for (int round = atoi(words[3]); round > 0; round--) {
        if (fsync(fd) || fdatasync(fd)) return 1;
    }
    return 0;
}
"#;

const WAYS: [&str; 5] = ["send", "sendto", "sendmsg", "write", "writev"];

/// A folder with the compiled subject and witness, removed with the test.
struct Bench {
    folder: PathBuf,
}

impl Bench {
    fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("signet-shim-test-{}-{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let folder = std::env::temp_dir().join(name);
        fs::create_dir_all(&folder).unwrap();
        compile(SUBJECT, &folder.join("subject"), &[]);
        compile(WITNESS, &folder.join("witness.so"), &["-shared", "-fPIC"]);
        Self { folder }
    }

    fn arm_file(&self) -> PathBuf {
        self.folder.join("arm")
    }

    fn arm(&self) {
        File::create(self.arm_file()).unwrap();
    }

    fn is_armed(&self) -> bool {
        self.arm_file().exists()
    }

    /// The subject under the shim and, behind it, the witness.
    fn subject(&self, words: &[&str]) -> Command {
        let mut command = Command::new(self.folder.join("subject"));
        let preload = [cluster::shim().unwrap(), self.folder.join("witness.so")];
        let preload = preload.map(|library| library.to_str().unwrap().to_owned()).join(":");
        command.args(words).env("LD_PRELOAD", preload).env("WITNESS", self.folder.join("told"));
        command
    }

    fn syncing(&self, rounds: u32) -> Command {
        self.subject(&["sync", self.folder.join("file").to_str().unwrap(), &rounds.to_string()])
    }

    fn told(&self) -> Vec<String> {
        let told = fs::read_to_string(self.folder.join("told")).unwrap_or_default();
        told.lines().map(str::to_owned).collect()
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn compile(source: &str, program: &Path, flags: &[&str]) {
    let file = program.with_extension("c");
    fs::write(&file, source).unwrap();
    let status = Command::new("cc").args(["-D_GNU_SOURCE"]).args(flags).arg("-o").args([program, &file]).status();
    assert!(status.unwrap().success());
}

fn was_killed(status: ExitStatus) -> bool {
    status.signal() == Some(libc::SIGKILL)
}

/// What arrived at the other end of a socket before the subject ended, and how it ended.
fn heard_on_socket(command: &mut Command) -> (String, ExitStatus) {
    let (mut ours, theirs) = UnixStream::pair().unwrap();
    let mut child: Child = command.stdout(Stdio::from(OwnedFd::from(theirs))).spawn().unwrap();
    command.stdout(Stdio::null()); // lets go of the other end
    let status = child.wait().unwrap();
    let mut heard = String::new();
    ours.read_to_string(&mut heard).unwrap();
    (heard, status)
}

#[test]
fn without_a_word_it_only_passes_syncs_on() {
    let bench = Bench::new();
    assert!(bench.syncing(2).status().unwrap().success());
    assert_eq!(bench.told(), ["fsync", "fdatasync", "fsync", "fdatasync"]);
}

#[test]
fn a_delay_is_slept_beside_every_real_sync() {
    let bench = Bench::new();
    assert!(bench.syncing(1).env("SIGNET_SHIM_DELAY_US", "1004000").status().unwrap().success());
    assert_eq!(bench.told(), ["sleep 1.004000000", "fsync", "sleep 1.004000000", "fdatasync"]);
}

#[test]
fn an_armed_sync_kills_before_the_real_one() {
    let bench = Bench::new();
    bench.arm();
    let status = bench.syncing(1).env("SIGNET_SHIM_ARM", bench.arm_file()).status().unwrap();
    assert!(was_killed(status) && !bench.is_armed());
    assert!(bench.told().is_empty());
}

#[test]
fn an_armed_sync_kills_after_the_real_one() {
    let bench = Bench::new();
    bench.arm();
    let mut subject = bench.syncing(1);
    let status = subject.env("SIGNET_SHIM_ARM", bench.arm_file()).env("SIGNET_SHIM_WHEN", "after").status().unwrap();
    assert!(was_killed(status) && !bench.is_armed());
    assert_eq!(bench.told(), ["fsync"]);
}

#[test]
fn an_unarmed_sync_kills_nobody() {
    let bench = Bench::new();
    assert!(bench.syncing(1).env("SIGNET_SHIM_ARM", bench.arm_file()).status().unwrap().success());
    assert_eq!(bench.told(), ["fsync", "fdatasync"]);
}

#[test]
fn one_arming_is_one_death_among_many_processes() {
    let bench = Bench::new();
    bench.arm();
    let start = |_| bench.syncing(50).env("SIGNET_SHIM_ARM", bench.arm_file()).spawn().unwrap();
    let subjects: Vec<Child> = (0..8).map(start).collect();
    let killed = subjects.into_iter().filter_map(|mut child| child.wait().ok()).filter(|status| was_killed(*status));
    assert_eq!(killed.count(), 1);
}

#[test]
fn an_armed_commit_is_never_sent_when_killed_before_it() {
    for way in WAYS {
        let bench = Bench::new();
        bench.arm();
        let mut subject = bench.subject(&[way]);
        let (heard, status) = heard_on_socket(subject.env("SIGNET_SHIM_ARM_COMMIT", bench.arm_file()));
        assert!(was_killed(status) && !bench.is_armed(), "{way}");
        assert_eq!(heard, "BEGIN;", "{way}");
    }
}

#[test]
fn an_armed_commit_is_sent_when_killed_after_it() {
    for way in WAYS {
        let bench = Bench::new();
        bench.arm();
        let mut subject = bench.subject(&[way]);
        subject.env("SIGNET_SHIM_ARM_COMMIT", bench.arm_file()).env("SIGNET_SHIM_WHEN", "after");
        let (heard, status) = heard_on_socket(&mut subject);
        assert!(was_killed(status) && !bench.is_armed(), "{way}");
        assert_eq!(heard, "BEGIN;COMMIT;", "{way}");
    }
}

#[test]
fn a_commit_that_is_not_on_a_socket_is_let_through() {
    let bench = Bench::new();
    bench.arm();
    let output = bench.subject(&["write"]).env("SIGNET_SHIM_ARM_COMMIT", bench.arm_file()).output().unwrap();
    assert!(output.status.success() && bench.is_armed());
    assert_eq!(output.stdout, b"BEGIN;COMMIT;");
}

#[test]
fn an_unarmed_commit_is_let_through() {
    let bench = Bench::new();
    let mut subject = bench.subject(&["send"]);
    let (heard, status) = heard_on_socket(subject.env("SIGNET_SHIM_ARM_COMMIT", bench.arm_file()));
    assert!(status.success());
    assert_eq!(heard, "BEGIN;COMMIT;");
}
