use aws_lc_rs::digest::{Context, SHA256};
use std::fmt;

macro_rules! thirty_two_bytes {
    ($($(#[doc = $doc:literal])* $name:ident;)*) => {$(
        $(#[doc = $doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; 32]);

        impl $name {
            pub const fn from_bytes(bytes: [u8; 32]) -> Self {
                Self(bytes)
            }

            pub const fn bytes(&self) -> &[u8; 32] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }
    )*};
}

thirty_two_bytes! {
    /// A SHA-256 digest.
    Digest;
    /// An account as the log names it: only whoever holds the account's key can tell whose it is.
    Pseudonym;
}

/// The first byte of what is hashed says what it is, so that no digest can stand for one of another kind.
/// 0x01 is kept for the inner nodes of the tree.
const LEAF: u8 = 0x00;
const DETAILS: u8 = 0x02;
const HEADER: u8 = 0x03;

/// The leaf of an entry's canonical bytes (RFC 9162, 2.1.1).
pub fn leaf(bytes: &[u8]) -> Digest {
    sha256(LEAF, bytes)
}

/// What an entry says about its sealed details. It is taken over the ciphertext, so it still verifies after the key
/// is destroyed and tells a guesser nothing about the plain text.
pub fn details_digest(sealed: &[u8]) -> Digest {
    sha256(DETAILS, sealed)
}

/// What sealed details say about the entry they belong to: everything it says but their own digest.
pub(crate) fn header_digest(without_details: &[u8]) -> Digest {
    sha256(HEADER, without_details)
}

fn sha256(kind: u8, bytes: &[u8]) -> Digest {
    let mut context = Context::new(&SHA256);
    context.update(&[kind]);
    context.update(bytes);
    Digest(all_32(context.finish().as_ref()))
}

/// INVARIANT (32 bytes): SHA-256 and HMAC-SHA256 give exactly 32 bytes.
#[expect(clippy::expect_used, reason = "INVARIANT (32 bytes)")]
pub(crate) fn all_32(output: &[u8]) -> [u8; 32] {
    output.try_into().expect("INVARIANT (32 bytes)")
}
