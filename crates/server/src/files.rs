//! Open files: every connection is one, and so is every connection to a database.

/// Kept for the database, letters, logs and the operator's door, however many strangers come.
const RESERVE: u64 = 256;

/// Raises this process's limit of open files as far as it may, and says how many connections that leaves room for.
#[expect(unsafe_code, reason = "std has no word for resource limits")]
pub(crate) fn room_for_connections() -> usize {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: both calls get a pointer to a live, initialised struct and keep none.
    let files = unsafe {
        if libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit) != 0 {
            return usize::MAX;
        }
        let raised = libc::rlimit { rlim_cur: limit.rlim_max, rlim_max: limit.rlim_max };
        if libc::setrlimit(libc::RLIMIT_NOFILE, &raw const raised) == 0 { limit.rlim_max } else { limit.rlim_cur }
    };
    usize::try_from(files.saturating_sub(RESERVE).max(files / 2)).unwrap_or(usize::MAX)
}
