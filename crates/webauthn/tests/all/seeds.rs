//! The seeds that fuzzing begins with: each is what its name says, and every small change to one is survived. What a
//! target may ask of memory is asserted in each of them ([`crate::targets`]); how much work it may do, by seeds that
//! need all of it, and one step more.

use std::fs;
use std::path::{Path, PathBuf};

use crate::made;
use crate::targets::TARGETS;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds")
}

/// The name and the bytes of each seed.
fn seeds(target: &str) -> Vec<(String, Vec<u8>)> {
    let folder = folder().join(target);
    let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let read = |path: &Path| (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read(path).unwrap());
    entries.map(|entry| read(&entry.unwrap().path())).collect()
}

#[test]
fn good_seeds_are_read_and_bad_ones_refused() {
    for (name, is_read) in TARGETS {
        let seeds = seeds(name);
        let good = seeds.iter().filter(|(seed, _)| seed.starts_with("good-")).count();
        assert!(good >= 2 && seeds.len() > good, "{name}: {good} good seeds of {}", seeds.len());
        for (seed, bytes) in seeds {
            println!("{name}/{seed}"); // which one it was, should it panic
            assert!(seed.starts_with("good-") || seed.starts_with("bad-"));
            assert_eq!(is_read(&bytes), seed.starts_with("good-"), "{name}/{seed}");
        }
    }
}

#[test]
fn each_target_has_a_folder_and_each_folder_a_target() {
    let mut folders: Vec<_> = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    let mut targets: Vec<_> = TARGETS.iter().map(|(name, _)| *name).collect();
    folders.sort_unstable();
    targets.sort_unstable();
    assert_eq!(folders, targets);
}

#[test]
fn what_can_be_made_is_kept() {
    let missing: Vec<_> = made::all().into_iter().filter(|seed| !folder().join(seed.path()).exists()).collect();
    for seed in &missing {
        let path = folder().join(seed.path());
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, (seed.make)()).unwrap();
    }
    let names: Vec<_> = missing.iter().map(made::Made::path).collect();
    assert!(names.is_empty(), "these seeds were missing and are made now; look at them and commit them: {names:?}");
}

/// Bytes of one target's seeds that are changed, all of them or evenly many; what a chain costs is a signature each.
fn places(target: &str) -> usize {
    if target == "chain" { 200 } else { 2000 }
}

#[test]
fn no_change_of_a_seed_is_too_much() {
    for (name, run) in TARGETS {
        let seeds = seeds(name);
        let all: Vec<_> = seeds.iter().flat_map(|(_, seed)| (0..seed.len()).map(move |at| (seed, at))).collect();
        for (seed, at) in all.iter().step_by(all.len().div_ceil(places(name))) {
            let mut changed = seed.to_vec();
            let bits = (0..8).map(|bit| seed[*at] ^ 1 << bit);
            for byte in bits.chain([0, 0xff, seed[*at].wrapping_add(1)]) {
                changed[*at] = byte;
                run(&changed);
            }
        }
    }
}

/// What is read to its end cannot end earlier.
#[test]
fn a_good_seed_that_is_cut_is_refused() {
    for (name, is_read) in TARGETS {
        for (seed, bytes) in seeds(name).into_iter().filter(|(seed, _)| seed.starts_with("good-")) {
            for length in 0..bytes.len() {
                assert!(!is_read(&bytes[..length]), "{name}/{seed}, {length} of {} bytes", bytes.len());
            }
        }
    }
}
