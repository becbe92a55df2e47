//! `TARGET=chain fuzz …`, with what libFuzzer takes: one of the targets of `crates/webauthn/tests/all/targets.rs`. A
//! finding is what makes it panic; the bounds it keeps to are asserted there, for the tests as well.
#![no_main]

#[path = "../../crates/webauthn/tests/all/counting.rs"]
mod counting;
#[path = "../../crates/webauthn/tests/all/targets.rs"]
mod targets;

use std::sync::LazyLock;

use targets::{TARGETS, Target};

static TARGET: LazyLock<Target> = LazyLock::new(|| {
    let wanted = std::env::var("TARGET").unwrap_or_default();
    let found = TARGETS.iter().find(|(name, _)| *name == wanted);
    found.map(|(_, target)| *target).unwrap_or_else(|| panic!("TARGET={wanted} is none of the targets"))
});

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    TARGET(input);
});
