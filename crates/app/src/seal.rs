//! Sealing bytes under a key: AES-256-GCM, bound to what they are for.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use store::{Fault, Kind};
use vocab::Secret;

pub(crate) const NONCE: usize = 12;
pub(crate) const KEY: usize = 32;

/// Why sealed bytes did not open: another key, another purpose, or they were touched. Nobody needs to know which.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NotOurSeal;

/// A key that seals and opens.
pub(crate) struct Sealer(LessSafeKey);

impl Sealer {
    pub(crate) fn new(key: &Secret<[u8; KEY]>) -> Result<Self, Fault> {
        UnboundKey::new(&AES_256_GCM, key.expose())
            .map(|key| Self(LessSafeKey::new(key)))
            .map_err(|_| Fault::new(Kind::Bug, "a key of the wrong length"))
    }

    /// nonce ‖ ciphertext ‖ tag
    pub(crate) fn seal(&self, nonce: [u8; NONCE], purpose: &[u8], plain: &[u8]) -> Result<Vec<u8>, Fault> {
        let mut sealed = plain.to_vec();
        self.0
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(purpose), &mut sealed)
            .map_err(|_| Fault::new(Kind::Bug, "sealing failed"))?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    pub(crate) fn open(&self, purpose: &[u8], sealed: &[u8]) -> Result<Vec<u8>, NotOurSeal> {
        let (nonce, rest) = sealed.split_first_chunk::<NONCE>().ok_or(NotOurSeal)?;
        let mut plain = rest.to_vec();
        let length = self
            .0
            .open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::from(purpose), &mut plain)
            .map_err(|_| NotOurSeal)?
            .len();
        plain.truncate(length);
        Ok(plain)
    }

    /// A sealed key; no copy of it is left behind in memory.
    pub(crate) fn open_key(&self, purpose: &[u8], sealed: &[u8]) -> Result<Secret<[u8; KEY]>, NotOurSeal> {
        let plain = Secret::new(self.open(purpose, sealed)?);
        plain.expose().as_slice().try_into().map(Secret::new).map_err(|_| NotOurSeal)
    }
}
