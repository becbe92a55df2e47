//! Tokens: whose, which, and a secret that we know by its digest alone. Sessions and links carry one.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use vocab::{AccountId, Secret};

const SECRET: usize = 32;
const LENGTH: usize = 16 + 16 + SECRET;

/// base64url(account ‖ id ‖ secret): the account comes first, so that one read by primary key finds the row.
pub(crate) struct Token {
    pub(crate) account: AccountId,
    pub(crate) id: [u8; 16],
    pub(crate) secret: Secret<[u8; SECRET]>,
}

impl Token {
    /// `None`: no token of ours was ever written so.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let bytes = Secret::new(URL_SAFE_NO_PAD.decode(text).ok().filter(|bytes| bytes.len() == LENGTH)?);
        let (account, rest) = bytes.expose().split_first_chunk()?;
        let (id, secret) = rest.split_first_chunk()?;
        let secret = Secret::new(secret.try_into().ok()?);
        Some(Self { account: AccountId::from_bytes(*account), id: *id, secret })
    }

    pub(crate) fn write(&self) -> Secret<String> {
        let bytes = [self.account.bytes().as_slice(), &self.id, self.secret.expose()].concat();
        Secret::new(URL_SAFE_NO_PAD.encode(Secret::new(bytes).expose()))
    }

    pub(crate) fn digest(&self) -> [u8; 32] {
        sha256(self.secret.expose())
    }

    /// Is this the token whose digest was written down?
    pub(crate) fn is_of(&self, digest: &[u8; 32]) -> bool {
        verify_slices_are_equal(&self.digest(), digest).is_ok()
    }
}

pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(digest(&SHA256, bytes).as_ref());
    out
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(nibble.into(), 16).unwrap_or_default();
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token() -> Token {
        Token { account: AccountId::from_bytes([1; 16]), id: [2; 16], secret: Secret::new([3; 32]) }
    }

    #[test]
    fn a_token_reads_back_and_is_known_by_its_digest() {
        let text = token().write();
        let read = Token::read(text.expose()).unwrap();
        assert_eq!((read.account, read.id), (token().account, token().id));
        assert!(read.is_of(&token().digest()));
        assert!(!read.is_of(&[3; 32]));
    }

    #[test]
    fn f_session_token_only_the_one_spelling_is_read() {
        let text = token().write().expose().clone();
        let others = [
            String::new(),
            format!("{text}="),
            format!("{text}A"),
            format!(" {text}"),
            text[..text.len() - 1].to_owned(),
            text.replace('A', "+"),
            "A".repeat(85) + "B", // its last bits are none of ours
        ];
        for other in others {
            assert!(Token::read(&other).is_none(), "{other}");
        }
    }
}
