//! Random bytes for an act that needs several. Drawing sixty-four costs what drawing one does.

use vocab::Secret;

use crate::Entropy;

/// More than an entry takes (38), or a session (42).
const AT_ONCE: usize = 64;

/// Each byte is given out once.
pub(crate) struct Noises<'a> {
    entropy: &'a dyn Entropy,
    drawn: Secret<[u8; AT_ONCE]>,
    given: usize,
}

impl<'a> Noises<'a> {
    pub(crate) fn of(entropy: &'a dyn Entropy) -> Self {
        Self { entropy, drawn: Secret::new(drawn(entropy)), given: 0 }
    }

    pub(crate) fn next<const N: usize>(&mut self) -> [u8; N] {
        let left = self.drawn.expose().get(self.given..).and_then(|left| left.first_chunk());
        match left {
            Some(bytes) => {
                self.given += N;
                *bytes
            }
            None => drawn(self.entropy),
        }
    }
}

pub(crate) fn drawn<const N: usize>(entropy: &dyn Entropy) -> [u8; N] {
    let mut bytes = [0; N];
    entropy.fill(&mut bytes);
    bytes
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU8, Ordering::Relaxed};

    use super::*;

    /// Counts, and never gives the same byte twice here.
    struct Counting(AtomicU8);

    impl Entropy for Counting {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.iter_mut().for_each(|byte| *byte = self.0.fetch_add(1, Relaxed));
        }
    }

    #[test]
    fn no_byte_is_given_out_twice() {
        let counting = Counting(AtomicU8::new(0));
        let mut noises = Noises::of(&counting);
        let mut given = Vec::new();
        given.extend(noises.next::<32>());
        given.extend(noises.next::<10>());
        given.extend(noises.next::<32>()); // more than is left
        given.extend(noises.next::<22>()); // just what is left
        given.extend(noises.next::<1>());
        let all = given.len();
        given.sort_unstable();
        given.dedup();
        assert_eq!((given.len(), all), (97, 97));
    }
}
