#![cfg(test)]
//! A private PostgreSQL, for real: it starts, ends, crashes and recovers.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

use cluster::{Arm, Cluster, OLDEST, Options, Server};

/// The answer of `psql`, or what it complains about.
fn ask(cluster: &Cluster, sql: &str) -> Result<String, String> {
    let mut psql = Command::new(cluster.server().program("psql"));
    psql.args(["--no-psqlrc", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1"]).arg(cluster.url("postgres"));
    let output = psql.args(["--command", sql]).output().unwrap();
    match output.status.success() {
        true => Ok(String::from_utf8(output.stdout).unwrap().trim_end().to_owned()),
        false => Err(String::from_utf8(output.stderr).unwrap()),
    }
}

fn folder_of(cluster: &Cluster) -> PathBuf {
    Path::new(&ask(cluster, "SHOW data_directory").unwrap()).parent().unwrap().to_owned()
}

fn process_exists(pid: u32) -> bool {
    fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
}

/// Wait, without a clock, for what another process does.
fn until(mut comes_true: impl FnMut() -> bool) {
    assert!((0..2_000_000).any(|_| {
        thread::yield_now();
        comes_true()
    }));
}

/// The kernel lists a child under the thread that started it.
fn children(pid: u32) -> Vec<u32> {
    let threads = fs::read_dir(format!("/proc/{pid}/task")).unwrap().flatten();
    let lists: String = threads.map(|thread| fs::read_to_string(thread.path().join("children")).unwrap()).collect();
    lists.split_ascii_whitespace().map(|pid| pid.parse().unwrap()).collect()
}

/// Segments that a process made and that are still there.
fn shared_memory_of(pid: u32) -> usize {
    const CREATOR: usize = 4;
    let table = fs::read_to_string("/proc/sysvipc/shm").unwrap();
    let creators = table.lines().filter_map(|line| line.split_ascii_whitespace().nth(CREATOR));
    creators.filter(|creator| **creator == pid.to_string()).count()
}

#[test]
fn it_answers_as_somebody_other_than_root_and_ends_without_a_trace() {
    let cluster = Cluster::start(Options::default()).unwrap();
    let (pid, folder, port) = (cluster.pid(), folder_of(&cluster), cluster.port());
    let version: u32 = ask(&cluster, "SHOW server_version_num").unwrap().parse().unwrap();
    assert!(version / 10_000 >= OLDEST && version / 10_000 == cluster.server().major());
    assert_eq!(ask(&cluster, "SHOW server_encoding").unwrap(), "UTF8");
    assert_eq!(ask(&cluster, "SHOW lc_collate").unwrap(), "C");
    assert_ne!(fs::metadata(format!("/proc/{pid}")).unwrap().uid(), 0);

    drop(cluster);

    assert!(!process_exists(pid) && !folder.exists());
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
}

#[test]
fn it_is_durable_unless_told_otherwise() {
    let durable = Cluster::start(Options::default()).unwrap();
    assert_eq!(ask(&durable, "SHOW fsync").unwrap(), "on");
    assert_eq!(ask(&durable, "SHOW synchronous_commit").unwrap(), "on");
    let careless = Cluster::start(Options::default().setting("fsync", "off")).unwrap();
    assert_eq!(ask(&careless, "SHOW fsync").unwrap(), "off");
    assert_ne!(durable.port(), careless.port());
}

#[test]
fn what_was_committed_survives_a_crash_of_all_its_processes() {
    let mut cluster = Cluster::start(Options::default()).unwrap();
    ask(&cluster, "CREATE TABLE kept (n int); INSERT INTO kept VALUES (7)").unwrap();
    let (url, family) = (cluster.url("postgres"), children(cluster.pid()));
    assert!(family.len() >= 3);

    cluster.kill().unwrap();
    assert!(family.iter().all(|pid| !process_exists(*pid)));
    assert!(ask(&cluster, "SELECT 1").is_err());

    cluster.restart().unwrap();
    assert_eq!(cluster.url("postgres"), url);
    assert_eq!(ask(&cluster, "SELECT n FROM kept").unwrap(), "7");
    assert!(cluster.log().contains("was not properly shut down"));
}

#[test]
fn a_crash_leaves_no_shared_memory_behind() {
    let mut cluster = Cluster::start(Options::default()).unwrap();
    let (pid, folder) = (cluster.pid(), folder_of(&cluster));
    cluster.kill().unwrap();
    assert_ne!(shared_memory_of(pid), 0);
    drop(cluster);
    assert_eq!(shared_memory_of(pid), 0);
    assert!(!folder.exists());
}

#[test]
fn a_restart_without_a_crash_is_a_clean_one() {
    let mut cluster = Cluster::start(Options::default()).unwrap();
    let before = cluster.pid();
    cluster.restart().unwrap();
    assert_ne!(cluster.pid(), before);
    assert_eq!(ask(&cluster, "SELECT 1").unwrap(), "1");
    assert!(!cluster.log().contains("was not properly shut down"));
}

#[test]
fn it_outlives_the_thread_that_started_it() {
    let cluster = thread::spawn(|| Cluster::start(Options::default())).join().unwrap().unwrap();
    assert_eq!(ask(&cluster, "SELECT 1").unwrap(), "1");
}

#[test]
fn it_ends_when_its_owner_is_killed_and_the_next_start_sweeps_up() {
    let mut owner = Command::new(env!("CARGO_BIN_EXE_private-postgres"));
    let mut owner = owner.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut url = String::new();
    BufReader::new(owner.stdout.take().unwrap()).read_line(&mut url).unwrap();
    let port: u16 = url.trim_end().rsplit_once(':').unwrap().1.split_once('/').unwrap().0.parse().unwrap();
    let postmaster = children(owner.id())[0];
    let folder = fs::read_link(format!("/proc/{postmaster}/cwd")).unwrap().parent().unwrap().to_owned();

    owner.kill().unwrap();
    owner.wait().unwrap();

    until(|| !process_exists(postmaster));
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
    let _next = Cluster::start(Options::default()).unwrap();
    assert!(!folder.exists());
}

#[test]
fn a_server_that_refuses_to_start_says_why() {
    let refusal = Cluster::start(Options::default().setting("shared_buffers", "plenty")).unwrap_err();
    assert!(refusal.contains("invalid value for parameter \"shared_buffers\""), "{refusal}");
}

#[test]
fn an_armed_sync_crashes_the_server_and_nothing_acknowledged_is_lost() {
    let options = Options::default().env("LD_PRELOAD", cluster::shim().unwrap());
    let cluster = Cluster::start(options).unwrap();
    ask(&cluster, "CREATE TABLE kept (n int)").unwrap();
    ask(&cluster, "INSERT INTO kept VALUES (1)").unwrap();
    cluster.arm(Arm::Sync).unwrap();
    let refused = ask(&cluster, "INSERT INTO kept VALUES (2)");
    assert!(refused.is_err() && !cluster.is_armed(Arm::Sync));
    until(|| ask(&cluster, "SELECT 1").is_ok());
    assert!(ask(&cluster, "SELECT min(n) FROM kept").unwrap() == "1");
    assert!(cluster.log().contains("was terminated by signal 9"));
}

#[test]
fn an_armed_answer_dies_after_the_commit_is_durable() {
    let options = Options::default().env("LD_PRELOAD", cluster::shim().unwrap()).setting("restart_after_crash", "off");
    let mut cluster = Cluster::start(options).unwrap();
    ask(&cluster, "CREATE TABLE kept (n int)").unwrap();
    cluster.arm(Arm::Commit).unwrap();
    let lost_answer = ask(&cluster, "BEGIN; INSERT INTO kept VALUES (1); COMMIT");
    assert!(lost_answer.is_err() && !cluster.is_armed(Arm::Commit));
    cluster.restart().unwrap();
    assert_eq!(ask(&cluster, "SELECT n FROM kept").unwrap(), "1");
}

#[test]
fn the_machine_has_a_server_that_is_new_enough() {
    assert!(Server::find().unwrap().major() >= OLDEST);
}
