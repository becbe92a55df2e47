//! Signatures of certificates that were verified once: a batch's certificate, and those above it, come with thousands of
//! devices.

use std::collections::BTreeSet;
use std::mem;
use std::sync::{Mutex, MutexGuard, PoisonError};

use aws_lc_rs::digest;

/// How many are remembered at most.
const MOST: usize = 4096;

/// That a certificate, as it is written to the last byte, is signed by a key, as that is written. Nothing else goes into
/// verifying a signature, so what was true of these bytes stays true; and nothing else is remembered. Who is believed,
/// names, times, constraints and what was taken back are looked at every time.
///
/// The caller keeps it, and shares it between threads. Verdicts are what they would be without: of the signatures that
/// one answer may have looked at, those that were seen before are some, and what did not verify is remembered nowhere.
#[derive(Debug, Default)]
pub struct SeenSignatures(Mutex<Generations>);

/// When the young ones are half of all, those before them are forgotten. What goes on being used is young again each
/// time it leads somewhere, and stays.
#[derive(Debug, Default)]
struct Generations {
    young: BTreeSet<Signature>,
    old: BTreeSet<Signature>,
    spared: u64,
}

/// SHA-256 of a certificate with its length before it, and of the issuer's SubjectPublicKeyInfo.
pub(super) type Signature = Box<[u8]>;

pub(super) fn signature(certificate: &[u8], issuer: &[u8]) -> Signature {
    let mut hash = digest::Context::new(&digest::SHA256);
    hash.update(&(certificate.len() as u64).to_be_bytes());
    hash.update(certificate);
    hash.update(issuer);
    hash.finish().as_ref().into()
}

impl SeenSignatures {
    /// How many are remembered now.
    pub fn remembered(&self) -> usize {
        let generations = self.lock();
        generations.young.len() + generations.old.len()
    }

    /// How often one was not verified again.
    pub fn spared(&self) -> u64 {
        self.lock().spared
    }

    pub(super) fn knows(&self, signature: &Signature) -> bool {
        let mut generations = self.lock();
        let is_known = generations.young.contains(signature) || generations.old.contains(signature);
        generations.spared = generations.spared.saturating_add(u64::from(is_known));
        is_known
    }

    /// Those of a path, and only of one that ended at somebody who is believed. Anybody can make chains without end whose
    /// signatures are right; what pushes others out of here has to come from a device of a believed maker. Whoever has
    /// one can still write its certificates in a few hundred ways, or make keys that it vouches for: then everybody pays
    /// what they paid before there was a memory, and it is no larger.
    pub(super) fn remember(&self, path: Vec<Signature>) {
        let mut generations = self.lock();
        for signature in path {
            if generations.young.len() >= MOST / 2 && !generations.young.contains(&signature) {
                generations.old = mem::take(&mut generations.young);
            }
            generations.young.insert(signature);
        }
    }

    /// Whoever panicked with it in hand left nothing half done: an entry is there or is not.
    fn lock(&self) -> MutexGuard<'_, Generations> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbered(number: u32) -> Signature {
        signature(&number.to_be_bytes(), b"key")
    }

    #[test]
    fn a_certificate_ends_where_it_ends() {
        assert_ne!(signature(b"certificate", b"key"), signature(b"certificatek", b"ey"));
        assert_ne!(signature(b"certificate", b"key"), signature(b"certificate", b"kez"));
        assert_eq!(signature(b"certificate", b"key"), signature(b"certificate", b"key"));
        assert_eq!(signature(b"", b"").len(), 32);
    }

    #[test]
    fn i18_no_more_are_remembered_than_there_is_room_for() {
        let seen = SeenSignatures::default();
        for number in 0..10_000 {
            seen.remember(vec![numbered(number)]);
            assert!(seen.remembered() <= MOST);
            assert!(seen.knows(&numbered(number)));
        }
        assert!(seen.remembered() >= MOST / 2);
        assert!(!seen.knows(&numbered(0)));
        // One path after another that is as long as they come.
        for number in 1_000..2_000 {
            seen.remember((0..11).map(|step| numbered(number * 11 + step)).collect());
            assert!(seen.remembered() <= MOST);
        }
    }

    #[test]
    fn i18_what_is_in_use_stays_however_many_pass_by() {
        let (seen, batch) = (SeenSignatures::default(), numbered(u32::MAX));
        seen.remember(vec![batch.clone()]);
        for number in 0..20_000 {
            seen.remember(vec![numbered(number)]);
            if number % 1_000 == 0 {
                assert!(seen.knows(&batch), "after {number} others");
                seen.remember(vec![batch.clone()]);
            }
        }
        for number in 20_000..30_000 {
            seen.remember(vec![numbered(number)]);
        }
        assert!(!seen.knows(&batch), "and goes when it is used no more");
    }

    #[test]
    fn many_share_one() {
        let seen = SeenSignatures::default();
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let seen = &seen;
                scope.spawn(move || {
                    for number in 0..2_000 {
                        let mine = numbered(thread * 2_000 + number);
                        assert!(!seen.knows(&mine));
                        seen.remember(vec![mine]);
                        assert!(seen.remembered() <= MOST);
                    }
                });
            }
        });
    }
}
