//! Processes that end with us, and the end of a whole family of them. All of this crate's `unsafe` is here.

use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command};
use std::sync::OnceLock;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;
use std::{fs, thread};

type Started = io::Result<Child>;
type Order = (Command, Sender<Started>);

/// Start a command that is told to quit when this process ends, however it ends.
///
/// The kernel ties that wish to the *thread* which started the child, and test threads come and go; so one thread
/// that never ends starts them all.
pub(crate) fn spawn(mut command: Command) -> Started {
    static KEEPER: OnceLock<Sender<Order>> = OnceLock::new();
    let keeper = KEEPER.get_or_init(|| {
        let (orders, desk) = channel();
        thread::spawn(move || keep(&desk));
        orders
    });
    quit_with_parent(&mut command);
    let (answer, started) = channel();
    keeper.send((command, answer)).map_err(io::Error::other)?;
    started.recv().map_err(io::Error::other)?
}

fn keep(desk: &Receiver<Order>) {
    for (mut command, answer) in desk {
        let _ = answer.send(command.spawn());
    }
}

/// SIGQUIT is PostgreSQL's immediate shutdown: it ends its children and gives back its shared memory.
fn quit_with_parent(command: &mut Command) {
    let parent = std::process::id();
    let tie = move || {
        // SAFETY: prctl with PR_SET_PDEATHSIG reads one integer, and getppid nothing.
        #[expect(unsafe_code, reason = "the standard library does not offer the parent-death signal")]
        let (tied, ours) = unsafe { (libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGQUIT), libc::getppid()) };
        match tied {
            0 if u32::try_from(ours) == Ok(parent) => Ok(()),
            0 => Err(io::Error::from_raw_os_error(libc::ESRCH)), // the parent ended before the tie was made
            _ => Err(io::Error::last_os_error()),
        }
    };
    // SAFETY: between fork and exec the closure only makes two system calls and allocates nothing. It runs after
    // the change of user, which would clear the tie.
    #[expect(unsafe_code, reason = "the standard library runs code after fork only on request")]
    unsafe {
        command.pre_exec(tie);
    }
}

/// Send a signal to a process that we started and have not yet waited for, or to a child of one that is stopped:
/// in both cases the number cannot have passed to another process.
pub(crate) fn signal(pid: u32, signal: libc::c_int) {
    let Ok(pid) = libc::pid_t::try_from(pid) else { return };
    // SAFETY: kill takes two integers.
    #[expect(unsafe_code, reason = "the standard library sends SIGKILL only")]
    let _ = unsafe { libc::kill(pid, signal) };
}

/// Kill a process and its children as one: the parent is stopped first, so that it neither starts another child
/// nor does anything about the deaths of those it has.
pub(crate) fn kill_family(parent: &mut Child) -> io::Result<()> {
    if parent.try_wait()?.is_some() {
        return Ok(());
    }
    signal(parent.id(), libc::SIGSTOP);
    wait_until(|| stat(parent.id()).is_none_or(|stat| matches!(stat.state, 'T' | 'Z')));
    let children = children_of(parent.id());
    for child in &children {
        signal(*child, libc::SIGKILL);
    }
    parent.kill()?;
    parent.wait()?;
    if wait_until(|| children.iter().all(|child| is_gone(*child))) {
        Ok(())
    } else {
        Err(io::Error::other("its children did not end"))
    }
}

/// Ask again and again, for about a minute. `false`: it did not come true.
#[expect(clippy::disallowed_methods, reason = "another program's start and end can only be asked for")]
pub(crate) fn wait_until(mut comes_true: impl FnMut() -> bool) -> bool {
    const STEP: Duration = Duration::from_millis(5);
    const STEPS: usize = 12_000;
    (0..STEPS).any(|step| {
        if step > 0 {
            thread::sleep(STEP);
        }
        comes_true()
    })
}

struct Stat {
    state: char,
    parent: u32,
}

fn stat(pid: u32) -> Option<Stat> {
    parse_stat(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

/// `pid (name) state parent …`, where the name may hold blanks and parentheses.
fn parse_stat(line: &str) -> Option<Stat> {
    let mut fields = line.rsplit_once(')')?.1.split_ascii_whitespace();
    Some(Stat { state: fields.next()?.chars().next()?, parent: fields.next()?.parse().ok()? })
}

fn children_of(parent: u32) -> Vec<u32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter(|pid| stat(*pid).is_some_and(|stat| stat.parent == parent)).collect()
}

/// One that nobody has waited for yet holds nothing any more.
fn is_gone(pid: u32) -> bool {
    stat(pid).is_none_or(|stat| matches!(stat.state, 'Z' | 'X'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_parentheses_does_not_hide_the_parent() {
        let stat = parse_stat("42 (a) b (c)) S 7 42 42 0 -1\n").unwrap();
        assert_eq!((stat.state, stat.parent), ('S', 7));
        assert!(parse_stat("42 (half").is_none());
    }

    #[test]
    fn a_family_dies_together() {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", "sleep 600 & sleep 600 & wait"]);
        let mut shell = spawn(command).unwrap();
        assert!(wait_until(|| children_of(shell.id()).len() == 2));
        let children = children_of(shell.id());

        kill_family(&mut shell).unwrap();

        assert!(children.iter().all(|child| is_gone(*child)));
        assert!(kill_family(&mut shell).is_ok(), "killing what is dead is no fault");
    }

    #[test]
    fn a_child_outlives_the_thread_that_asked_for_it() {
        let mut command = Command::new("/bin/sleep");
        command.arg("600");
        let mut child = thread::spawn(|| spawn(command)).join().unwrap().unwrap();
        assert!(child.try_wait().unwrap().is_none());
        child.kill().unwrap();
        child.wait().unwrap();
    }
}
