//! What the machine says: clocks, CPU time, memory, and which core a thread may use. All of the bench's `unsafe`.

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

/// What a number of writes cost.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Sample {
    pub(crate) writes: u64,
    pub(crate) commits: u64,
    pub(crate) seconds: f64,
    /// CPU seconds of the measured process.
    pub(crate) cpu: f64,
    /// CPU seconds of the database server's processes, where there are any.
    pub(crate) server_cpu: f64,
}

impl Sample {
    pub(crate) fn rate(&self) -> f64 {
        self.writes as f64 / self.seconds
    }

    pub(crate) fn cpu_us(&self) -> f64 {
        self.cpu * 1e6 / self.writes as f64
    }

    pub(crate) fn server_cpu_us(&self) -> f64 {
        self.server_cpu * 1e6 / self.writes as f64
    }
}

/// Started when everything is prepared, read when the last write is answered.
pub(crate) struct Stopwatch {
    at: Instant,
    cpu: Duration,
    server_cpu: f64,
    postmaster: Option<u32>,
}

impl Stopwatch {
    pub(crate) fn start(postmaster: Option<u32>) -> Self {
        let server_cpu = postmaster.map_or(0.0, family_cpu);
        Self { at: Instant::now(), cpu: own_cpu(), server_cpu, postmaster }
    }

    pub(crate) fn stop(&self, writes: u64, commits: u64) -> Sample {
        Sample {
            writes,
            commits,
            seconds: self.at.elapsed().as_secs_f64(),
            cpu: (own_cpu() - self.cpu).as_secs_f64(),
            server_cpu: self.postmaster.map_or(0.0, family_cpu) - self.server_cpu,
        }
    }
}

/// CPU time of all threads of this process, kernel included.
#[expect(unsafe_code, reason = "the standard library does not tell CPU time")]
fn own_cpu() -> Duration {
    // SAFETY: an all-zero timespec is valid, and clock_gettime writes only into it.
    let now = unsafe {
        let mut now: libc::timespec = std::mem::zeroed();
        libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &raw mut now);
        now
    };
    Duration::new(now.tv_sec.unsigned_abs(), u32::try_from(now.tv_nsec).expect("less than a second"))
}

/// CPU seconds of a process, its living children, and those it has buried.
fn family_cpu(parent: u32) -> f64 {
    let entries = fs::read_dir("/proc").expect("/proc").flatten();
    let stats = entries.filter_map(|entry| fs::read_to_string(entry.path().join("stat")).ok());
    stats.filter_map(|stat| ticks_in_family(&stat, parent)).sum::<u64>() as f64 / ticks_per_second()
}

/// `pid (name) state parent …`: fields 14 to 17 are user, system, and the same of buried children.
fn ticks_in_family(stat: &str, family: u32) -> Option<u64> {
    let (pid, _) = stat.split_once(' ')?;
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_ascii_whitespace().collect();
    let own = fields.get(11..13)?.iter().filter_map(|field| field.parse::<u64>().ok()).sum::<u64>();
    let buried = fields.get(13..15)?.iter().filter_map(|field| field.parse::<u64>().ok()).sum::<u64>();
    let family = family.to_string();
    match () {
        () if pid == family => Some(own + buried),
        () if fields.get(1) == Some(&family.as_str()) => Some(own),
        () => None,
    }
}

#[expect(unsafe_code, reason = "the standard library does not tell the length of a tick")]
fn ticks_per_second() -> f64 {
    // SAFETY: sysconf takes an integer and touches no memory of ours.
    unsafe { libc::sysconf(libc::_SC_CLK_TCK) as f64 }
}

/// The cores of a measurement with two processes.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Core {
    Server = 0,
    Generator = 1,
}

/// Keep the calling thread, and what it starts from now on, on one core. A machine with one core has nothing to choose.
#[expect(unsafe_code, reason = "the standard library does not choose cores")]
pub(crate) fn pin(core: Core) {
    // SAFETY: an all-zero set is valid; the calls touch only this set.
    unsafe {
        let mut set: libc::cpu_set_t = std::mem::zeroed();
        libc::CPU_SET(core as usize, &mut set);
        let _only_one_core = libc::sched_setaffinity(0, size_of::<libc::cpu_set_t>(), &raw const set);
    }
}

/// This process is ended by the kernel after so long: nothing hangs for ever.
#[expect(unsafe_code, reason = "the standard library sets no alarms")]
pub(crate) fn end_after(limit: Duration) {
    // SAFETY: alarm takes an integer; the default action of its signal ends the process.
    unsafe { libc::alarm(u32::try_from(limit.as_secs()).expect("minutes")) };
}

/// Ask a process that we started, and have not waited for, to stop.
#[expect(unsafe_code, reason = "the standard library sends SIGKILL only")]
pub(crate) fn ask_to_stop(child: &std::process::Child) {
    // SAFETY: kill takes two integers, and the number of an unburied child belongs to nobody else.
    unsafe { libc::kill(libc::pid_t::try_from(child.id()).expect("a process id"), libc::SIGTERM) };
}

/// Memory of a process that is resident now, in MB.
pub(crate) fn resident_mb(pid: u32) -> f64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("the server's /proc/PID/status");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("VmRSS");
    let kib: f64 = line.trim().trim_end_matches(" kB").parse().expect("a number of kB");
    kib * 1024.0 / 1e6
}

/// What must stand beside figures that are kept.
#[derive(Debug, Serialize)]
pub(crate) struct Circumstances {
    pub(crate) machine: String,
    pub(crate) date: String,
    pub(crate) commit: String,
}

impl Circumstances {
    pub(crate) fn now() -> Self {
        let date = app::Clock::now(&outbound::SystemClock).to_string();
        Self { machine: machine(), date: date[..10].to_owned(), commit: commit() }
    }
}

fn machine() -> String {
    // Not `available_parallelism`: that would be the one core this thread was last pinned to.
    let processors = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let cores = processors.lines().filter(|line| line.starts_with("processor")).count();
    let field = |file: &str, name: &str| {
        let text = fs::read_to_string(file).unwrap_or_default();
        let line = text.lines().find(|line| line.starts_with(name)).unwrap_or_default().to_owned();
        line.split_once(':').map(|(_, value)| value.trim().to_owned()).unwrap_or_default()
    };
    let kib: u64 = field("/proc/meminfo", "MemTotal").trim_end_matches(" kB").parse().unwrap_or(0);
    let model = field("/proc/cpuinfo", "model name");
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let kernel: Vec<&str> = kernel.split('.').take(2).collect();
    format!("{cores} cores ({model}), {} GiB, Linux {}", kib >> 20, kernel.join("."))
}

/// The commit that was measured, and whether files had changed since.
fn commit() -> String {
    let git = |arguments: &[&str]| {
        let output = Command::new("git").current_dir(env!("CARGO_MANIFEST_DIR")).args(arguments).output();
        output.map_or(String::new(), |output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let changed = if git(&["status", "--porcelain"]).is_empty() { "" } else { " with changes" };
    format!("{}{changed}", git(&["rev-parse", "--short=12", "HEAD"]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_family_is_a_process_its_children_and_those_it_buried() {
        let stat = "42 (post (gres)) S 7 42 42 0 -1 4 0 0 0 0 100 20 3 1 20 0 1 0 9 0 0";
        assert_eq!(ticks_in_family(stat, 42), Some(124));
        assert_eq!(ticks_in_family(stat, 7), Some(120));
        assert_eq!(ticks_in_family(stat, 1), None);
    }

    #[test]
    fn work_costs_time_of_this_process() {
        let watch = Stopwatch::start(None);
        let sum: u64 = std::hint::black_box((0..2_000_000_u64).map(std::hint::black_box).sum());
        let sample = watch.stop(sum.min(1), 1);
        assert!(sample.cpu > 0.0 && sample.seconds > 0.0 && sample.server_cpu == 0.0);
    }
}
