//! Passkeys of people who do not exist: who asks for a name learns nothing about whether somebody has it.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;
use store::Fault;
use vocab::Timestamp;
use webauthn::{Descriptor, Transport};

use crate::App;
use crate::keys::{Key, Use};

/// Shapes of ids as authenticators of our time make them, with what those say of how they are reached.
const SHAPES: [(usize, &[Transport]); 8] = [
    (16, &[Transport::Hybrid, Transport::Internal]),
    (16, &[Transport::Hybrid, Transport::Internal]),
    (20, &[Transport::Hybrid, Transport::Internal]),
    (20, &[Transport::Hybrid, Transport::Internal]),
    (32, &[Transport::Internal]),
    (32, &[Transport::Internal]),
    (48, &[Transport::Usb, Transport::Nfc]),
    (64, &[Transport::Usb]),
];
/// How many passkeys somebody may have, as often as we suppose that people have so many.
const COUNTS: [usize; 16] = [1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 4, 5];
const BLOCK: usize = 32;

impl App {
    /// The passkeys of an unknown name: the same ones for the same name on every node and after every restart, and others
    /// for each domain of before, as somebody would have.
    pub(crate) fn decoys(
        &self,
        (name, domain): (&str, Option<&str>),
        now: Timestamp,
    ) -> Result<Vec<Descriptor>, Fault> {
        let key = self.ring.active(Use::Decoy, now)?;
        Ok(made(&hmac_key(&key), &called(name, domain)))
    }

    /// Did we make this id up? Whoever registers it must be answered as if somebody had it.
    pub(crate) fn is_decoy(&self, id: &[u8]) -> bool {
        self.ring.of(Use::Decoy).iter().any(|key| is_of(&hmac_key(key), id))
    }
}

/// No name is another's in another domain, whatever anybody types: how long the domain is stands before it.
fn called(name: &str, domain: Option<&str>) -> String {
    let domain = domain.unwrap_or_default();
    format!("{}:{domain}{name}", domain.len())
}

fn hmac_key(key: &Key) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, key.secret().expose())
}

fn tag(key: &hmac::Key, parts: &[&[u8]]) -> Vec<u8> {
    let mut context = hmac::Context::with_key(key);
    context.update(b"signet decoy v1\0");
    parts.iter().for_each(|part| context.update(part));
    context.sign().as_ref().to_vec()
}

fn made(key: &hmac::Key, name: &str) -> Vec<Descriptor> {
    let dice = tag(key, &[b"shape\0", name.as_bytes()]);
    let throws = |at: usize| dice.get(at).copied().map_or(0, usize::from);
    let count = COUNTS.get(throws(0) % COUNTS.len()).copied().unwrap_or(1);
    let descriptor = |number: usize| {
        let (length, transports) = SHAPES.get(throws(1 + number) % SHAPES.len()).copied().unwrap_or((BLOCK, &[]));
        let place = [u8::try_from(number).unwrap_or(0)];
        let seed = tag(key, &[b"id\0", &place, name.as_bytes()]);
        let half: Vec<u8> = seed.into_iter().cycle().take(length / 2).collect();
        let id = [half.as_slice(), &mark(key, &half, length - half.len())].concat();
        Descriptor { id, transports: transports.to_vec() }
    };
    (0..count).map(descriptor).collect()
}

/// The second half of an id, from the first: that is how we know our own again. To others both are noise.
fn mark(key: &hmac::Key, half: &[u8], length: usize) -> Vec<u8> {
    tag(key, &[b"mark\0", half]).into_iter().take(length).collect()
}

fn is_of(key: &hmac::Key, id: &[u8]) -> bool {
    let (half, rest) = id.split_at(id.len() / 2);
    SHAPES.iter().any(|(length, _)| *length == id.len())
        && verify_slices_are_equal(&mark(key, half, rest.len()), rest).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn key(n: u8) -> hmac::Key {
        hmac::Key::new(hmac::HMAC_SHA256, &[n; 32])
    }

    #[test]
    fn w15_a_name_has_the_same_decoys_for_ever_and_no_two_names_share_one() {
        let names: Vec<String> = (0..500).map(|n| format!("person{n}")).collect();
        let mut ids = BTreeSet::new();
        for name in &names {
            let decoys = made(&key(1), name);
            assert_eq!(decoys, made(&key(1), name));
            assert_ne!(decoys, made(&key(2), name));
            assert!(decoys.into_iter().all(|decoy| ids.insert(decoy.id)));
        }
    }

    #[test]
    fn w15_no_name_is_another_s_in_another_domain() {
        let typed = ["ann", "ann\0a.example", "9:a.exampleann", "a.exampleann", "9", ""];
        let domains = [None, Some("a.example"), Some("b.example")];
        let called: BTreeSet<String> =
            typed.iter().flat_map(|name| domains.map(|domain| called(name, domain))).collect();
        assert_eq!(called.len(), typed.len() * domains.len());
    }

    #[test]
    fn w15_we_know_a_decoy_again_and_take_nothing_else_for_one() {
        for n in 0..500 {
            for decoy in made(&key(1), &format!("person{n}")) {
                assert!(is_of(&key(1), &decoy.id) && !is_of(&key(2), &decoy.id));
                let mut other = decoy.id.clone();
                other[n % decoy.id.len()] ^= 1;
                assert!(!is_of(&key(1), &other) && !is_of(&key(1), &decoy.id[1..]));
            }
        }
        assert!(!is_of(&key(1), &[]) && !is_of(&key(1), &[7; 32]));
    }

    #[test]
    fn w15_decoys_are_written_as_records_are() {
        for (_, transports) in SHAPES {
            let in_order: Vec<_> = Transport::ALL.into_iter().filter(|one| transports.contains(one)).collect();
            assert_eq!(in_order, transports);
        }
    }

    #[test]
    fn w15_decoys_come_in_every_shape() {
        let decoys: Vec<_> = (0..500).map(|n| made(&key(1), &format!("person{n}"))).collect();
        let counts: BTreeSet<usize> = decoys.iter().map(Vec::len).collect();
        let lengths: BTreeSet<usize> = decoys.iter().flatten().map(|decoy| decoy.id.len()).collect();
        assert_eq!((counts, lengths), (BTreeSet::from([1, 2, 3, 4, 5]), BTreeSet::from([16, 20, 32, 48, 64])));
    }
}
