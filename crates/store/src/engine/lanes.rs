//! The queue in front of the embedded database's only writer: bounded, with a slow lane for bulk work.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use super::Lane;

struct State<J> {
    ordinary: VecDeque<J>,
    bulk: VecDeque<J>,
    closed: bool,
    /// The writer waits for work. To wake costs a system call, so nobody is woken who is awake.
    writer_waits: bool,
}

/// Two lanes, each bounded. Bulk work is handed out only while no ordinary work waits.
pub(super) struct Lanes<J> {
    state: Mutex<State<J>>,
    work: Condvar,
    limit: usize,
}

impl<J> Lanes<J> {
    pub(super) fn new(limit: usize) -> Self {
        let state = State { ordinary: VecDeque::new(), bulk: VecDeque::new(), closed: false, writer_waits: false };
        Self { state: Mutex::new(state), work: Condvar::new(), limit }
    }

    fn lock(&self) -> MutexGuard<'_, State<J>> {
        // INVARIANT (lanes never panic): nothing between lock and unlock can; a poisoned lock still holds a whole state.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Queue a job, or give it back when the lane is full or closed.
    pub(super) fn offer(&self, job: J, lane: Lane) -> Result<(), J> {
        let mut state = self.lock();
        let closed = state.closed;
        let queue = match lane {
            Lane::Ordinary => &mut state.ordinary,
            Lane::Bulk => &mut state.bulk,
        };
        if closed || queue.len() >= self.limit {
            return Err(job);
        }
        queue.push_back(job);
        let writer_waits = std::mem::take(&mut state.writer_waits);
        drop(state);
        if writer_waits {
            self.work.notify_one();
        }
        Ok(())
    }

    /// The next job, waiting for one. `None` once closed and empty: what was accepted is always run.
    pub(super) fn next(&self) -> Option<J> {
        let mut state = self.lock();
        loop {
            if let Some(job) = state.ordinary.pop_front() {
                return Some(job);
            }
            if let Some(job) = state.bulk.pop_front() {
                return Some(job);
            }
            if state.closed {
                return None;
            }
            state.writer_waits = true;
            state = self.work.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// An ordinary job if one waits: it joins the group that is about to commit.
    pub(super) fn joining(&self) -> Option<J> {
        self.lock().ordinary.pop_front()
    }

    pub(super) fn waiting(&self) -> usize {
        let state = self.lock();
        state.ordinary.len() + state.bulk.len()
    }

    pub(super) fn is_closed(&self) -> bool {
        self.lock().closed
    }

    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.work.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bulk_waits_for_ordinary_and_the_bound_holds() {
        let lanes = Lanes::new(2);
        assert!(lanes.offer("bulk", Lane::Bulk).is_ok());
        assert!(lanes.offer("one", Lane::Ordinary).is_ok());
        assert!(lanes.offer("two", Lane::Ordinary).is_ok());
        assert_eq!(lanes.offer("three", Lane::Ordinary), Err("three"));
        assert_eq!(lanes.next(), Some("one"));
        assert_eq!(lanes.joining(), Some("two"));
        assert_eq!(lanes.joining(), None, "bulk work never joins a group");
        assert_eq!(lanes.next(), Some("bulk"));
    }

    #[test]
    fn what_was_accepted_is_handed_out_after_closing() {
        let lanes = Lanes::new(2);
        assert!(lanes.offer(1, Lane::Ordinary).is_ok());
        lanes.close();
        assert_eq!(lanes.offer(2, Lane::Ordinary), Err(2));
        assert_eq!(lanes.next(), Some(1));
        assert_eq!(lanes.next(), None);
    }
}
