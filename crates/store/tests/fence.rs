#![cfg(test)]
//! The fence file: what it remembers it remembers exactly, and what it cannot read it never takes for nothing.

use std::fs;

use proptest::prelude::*;
use store::Kind;
use store::fence::Fence;
use testkit::Folder;
use vocab::Timestamp;

fn fence((epoch, latch, mark): (i64, i64, i64)) -> Fence {
    Fence { epoch, latch, mark: Timestamp::from_micros(mark) }
}

fn any_fence() -> impl Strategy<Value = Fence> {
    any::<(i64, i64, i64)>().prop_map(fence)
}

/// All fences whose three numbers are 0, 1 or 2.
fn small_fences() -> Vec<Fence> {
    (0..27).map(|n| fence((n / 9, n / 3 % 3, n % 3))).collect()
}

fn written(folder: &Folder) -> Vec<u8> {
    fs::read(folder.path().join("fence")).unwrap()
}

#[test]
fn a_folder_without_a_fence_remembers_nothing() {
    assert_eq!(Fence::load(Folder::new().path()).unwrap(), Fence::START);
}

#[test]
fn a_cut_fence_is_corrupt_wherever_it_was_cut() {
    let folder = Folder::new();
    fence((12, 1, 1_795_248_000_000_000)).save(folder.path()).unwrap();
    let whole = written(&folder);
    for length in 0..whole.len() {
        fs::write(folder.path().join("fence"), &whole[..length]).unwrap();
        assert_eq!(Fence::load(folder.path()).unwrap_err().kind(), Kind::Corrupt, "cut after {length} bytes");
    }
}

#[test]
fn anything_but_what_is_written_is_corrupt() {
    let folder = Folder::new();
    let others: [&[u8]; 8] = [
        b"epoch 1\nlatch 0\nmark +5\n",
        b"epoch 1\nlatch 0\nmark 05\n",
        b"epoch 1\nlatch 0\nmark 5\nmark 0\n",
        b"epoch 1\r\nlatch 0\r\nmark 5\r\n",
        b"latch 0\nepoch 1\nmark 5\n",
        b"epoch 1\nlatch 0\nmark 9223372036854775808\n",
        b"epoch 1\nlatch 0\nmark 5\n\0",
        b"epoch 1\nlatch 0\nmark \xff\n",
    ];
    for other in others {
        fs::write(folder.path().join("fence"), other).unwrap();
        let fault = Fence::load(folder.path()).unwrap_err();
        assert_eq!(fault.kind(), Kind::Corrupt, "{}", other.escape_ascii());
        assert!(fault.to_string().contains("is not a fence file"), "{fault}");
    }
}

/// Were an unreadable fence taken for a missing one, a restored database would be served.
#[test]
fn a_fence_that_cannot_be_read_is_not_taken_for_none() {
    let folder = Folder::new();
    fs::create_dir(folder.path().join("fence")).unwrap();
    assert_eq!(Fence::load(folder.path()).unwrap_err().kind(), Kind::Unfit);
    assert_eq!(fence((1, 1, 1)).save(folder.path()).unwrap_err().kind(), Kind::Unavailable);
}

#[test]
fn a_fence_that_cannot_be_written_says_so() {
    let folder = Folder::new();
    let gone = folder.path().join("gone");
    assert_eq!(fence((1, 1, 1)).save(&gone).unwrap_err().kind(), Kind::Unavailable);
}

/// A crash between writing `fence.next` and renaming it: the old fence stands, and the next one replaces it whole.
#[test]
fn what_a_crash_left_half_written_does_no_harm() {
    let folder = Folder::new();
    let (old, new) = (fence((1, 0, 5)), fence((2, 1, 7)));
    old.save(folder.path()).unwrap();
    for left in [&b"epoch 9\nlat"[..], b"", &[b'9'; 4_096]] {
        fs::write(folder.path().join("fence.next"), left).unwrap();
        assert_eq!(Fence::load(folder.path()).unwrap(), old);
    }
    new.save(folder.path()).unwrap();
    assert_eq!(Fence::load(folder.path()).unwrap(), new);
    assert_eq!(written(&folder), b"epoch 2\nlatch 1\nmark 7\n");
    assert!(!folder.path().join("fence.next").exists());
}

#[test]
fn ahead_is_ahead_in_the_latch_the_epoch_or_the_mark_of_one_epoch() {
    for ours in small_fences() {
        for theirs in small_fences() {
            let further = ours.epoch == theirs.epoch && ours.mark > theirs.mark;
            let expected = ours.epoch > theirs.epoch || ours.latch > theirs.latch || further;
            assert_eq!(ours.is_ahead_of(&theirs), expected, "{ours:?} {theirs:?}");
        }
        assert!(!ours.is_ahead_of(&ours));
        assert!(!Fence::START.is_ahead_of(&ours));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_was_saved_is_loaded(first in any_fence(), second in any_fence()) {
        let folder = Folder::new();
        first.save(folder.path()).unwrap();
        prop_assert_eq!(Fence::load(folder.path()).unwrap(), first);
        second.save(folder.path()).unwrap();
        prop_assert_eq!(Fence::load(folder.path()).unwrap(), second);
    }

    #[test]
    fn joining_never_goes_back_and_invents_nothing(a in any_fence(), b in any_fence(), c in any_fence()) {
        let joined = a.joined(&b);
        prop_assert!(!a.is_ahead_of(&joined) && !b.is_ahead_of(&joined));
        prop_assert!([a.epoch, b.epoch].contains(&joined.epoch));
        prop_assert!([a.latch, b.latch].contains(&joined.latch));
        prop_assert!([a.mark, b.mark].contains(&joined.mark));
        prop_assert_eq!(joined, b.joined(&a));
        prop_assert_eq!(joined.joined(&a), joined);
        prop_assert_eq!(joined.joined(&c), a.joined(&b.joined(&c)));
    }
}
