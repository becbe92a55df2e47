//! How much is allocated, counted by an allocator of our own; for the tests and for the fuzzer.
#![expect(unsafe_code, reason = "counting what is allocated takes an allocator of our own")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// Counts, for each thread by itself, the bytes that were ever asked for.
struct Counting;

thread_local! {
    static ALLOCATED: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: every call goes to the system's allocator as it came; counting touches nothing of it.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        // SAFETY: as it came.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as it came.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size.saturating_sub(layout.size()));
        // SAFETY: as it came.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

fn count(bytes: usize) {
    // A thread that ends frees its own counter; what it allocates then is nobody's.
    let _ = ALLOCATED.try_with(|allocated| allocated.set(allocated.get() + bytes));
}

/// Room for what does not grow with the input: an answer's own fields, an error's text.
const A_LITTLE: usize = 1024;

/// A parser asks for no more than four times its input, and a little.
pub(crate) fn within_bounds<T>(name: &str, input: usize, parse: impl FnOnce() -> T) -> T {
    within(name, 4 * input + A_LITTLE, parse)
}

pub(crate) fn within<T>(name: &str, most: usize, run: impl FnOnce() -> T) -> T {
    let before = ALLOCATED.get();
    let outcome = run();
    let allocated = ALLOCATED.get() - before;
    assert!(allocated <= most, "{name}: {allocated} bytes were asked for, of {most} at most");
    outcome
}
