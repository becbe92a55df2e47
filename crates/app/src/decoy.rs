//! Passkeys of people who do not exist: who asks for a name learns nothing about whether somebody has it.

use aws_lc_rs::hmac;
use store::Fault;
use vocab::Timestamp;
use webauthn::{Descriptor, Transport};

use crate::App;
use crate::keys::Use;

/// Shapes of ids as authenticators of our time make them, with what those say of how they are reached.
const SHAPES: [(usize, &[Transport]); 8] = [
    (16, &[Transport::Hybrid, Transport::Internal]),
    (16, &[Transport::Hybrid, Transport::Internal]),
    (20, &[Transport::Hybrid, Transport::Internal]),
    (20, &[Transport::Hybrid, Transport::Internal]),
    (32, &[Transport::Internal]),
    (32, &[Transport::Internal]),
    (48, &[Transport::Nfc, Transport::Usb]),
    (64, &[Transport::Usb]),
];
const BLOCK: usize = 32;

impl App {
    /// The passkeys of an unknown name: the same ones for the same name on every node and after every restart.
    pub(crate) fn decoys(&self, name: &str, now: Timestamp) -> Result<Vec<Descriptor>, Fault> {
        let key = self.ring.active(Use::Decoy, now)?;
        Ok(made(&hmac::Key::new(hmac::HMAC_SHA256, key.secret().expose()), name))
    }
}

fn made(key: &hmac::Key, name: &str) -> Vec<Descriptor> {
    let tag = |parts: &[&[u8]]| {
        let mut context = hmac::Context::with_key(key);
        context.update(b"signet decoy v1\0");
        parts.iter().for_each(|part| context.update(part));
        context.sign()
    };
    let dice = tag(&[b"shape\0", name.as_bytes()]);
    let throws = |at: usize| dice.as_ref().get(at).copied().map_or(0, usize::from);
    let count = 1 + usize::from(throws(0) < 64);
    let descriptor = |number: usize| {
        let (length, transports) = SHAPES.get(throws(1 + number) % SHAPES.len()).copied().unwrap_or((BLOCK, &[]));
        let block = |at: usize| {
            let place = [u8::try_from(number).unwrap_or(0), u8::try_from(at).unwrap_or(0)];
            tag(&[b"id\0", &place, name.as_bytes()]).as_ref().to_vec()
        };
        let id: Vec<u8> = (0..length.div_ceil(BLOCK)).flat_map(block).take(length).collect();
        Descriptor { id, transports: transports.to_vec() }
    };
    (0..count).map(descriptor).collect()
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
    fn w15_decoys_come_in_every_shape() {
        let decoys: Vec<_> = (0..500).map(|n| made(&key(1), &format!("person{n}"))).collect();
        let counts: BTreeSet<usize> = decoys.iter().map(Vec::len).collect();
        let lengths: BTreeSet<usize> = decoys.iter().flatten().map(|decoy| decoy.id.len()).collect();
        assert_eq!((counts, lengths), (BTreeSet::from([1, 2]), BTreeSet::from([16, 20, 32, 48, 64])));
    }
}
