//! COSE keys as [`crate::Key`] writes them, taken apart and put together again.

use crate::cbor;

/// The members in their order: labels and values as they are written.
pub struct Members(Vec<(Vec<u8>, Vec<u8>)>);

impl Members {
    /// Of a key in which every label is a number and every value a number or bytes, in their shortest form.
    pub fn read(cose: &[u8]) -> Members {
        let mut rest = &cose[1..];
        let mut item = || {
            let length = match rest[0] {
                0x59 => 3 + usize::from(u16::from_be_bytes([rest[1], rest[2]])),
                0x58 => 2 + usize::from(rest[1]),
                0x40..=0x57 => 1 + usize::from(rest[0] & 0x1f),
                0x19 | 0x39 => 3,
                0x18 | 0x38 => 2,
                _ => 1,
            };
            let (item, after) = rest.split_at(length);
            rest = after;
            item.to_vec()
        };
        Members((0..cose[0] & 0x1f).map(|_| (item(), item())).collect())
    }

    pub fn write(&self) -> Vec<u8> {
        cbor::map(&self.0)
    }

    pub fn set(&mut self, label: i64, value: Vec<u8>) -> &mut Members {
        match self.0.iter_mut().find(|(key, _)| *key == cbor::integer(label)) {
            Some(member) => member.1 = value,
            None => self.0.push((cbor::integer(label), value)),
        }
        self
    }

    pub fn remove(&mut self, label: i64) -> &mut Members {
        self.0.retain(|(key, _)| *key != cbor::integer(label));
        self
    }

    /// The first member, at the end once more.
    pub fn repeat(&mut self) -> &mut Members {
        self.0.push(self.0[0].clone());
        self
    }

    /// What a value's bytes are.
    pub fn number(&self, label: i64) -> Vec<u8> {
        let (_, value) = self.0.iter().find(|(key, _)| *key == cbor::integer(label)).unwrap();
        let head = match value[0] {
            0x59 => 3,
            0x58 => 2,
            _ => 1,
        };
        value[head..].to_vec()
    }
}
