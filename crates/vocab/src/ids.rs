//! Identities of rows: UUIDv7 from a time and noise that the caller hands in, one type for each kind of row,
//! so that the compiler notices an entry's id where an account's was meant.

use crate::Timestamp;
use std::fmt;

/// The text is not an id in its one written form (36 characters, hyphens, lower case).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAnId;

impl fmt::Display for NotAnId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("this is not an id such as 01936b5e-8c00-7a3f-9c7e-2f1b4d5e6a70")
    }
}

impl std::error::Error for NotAnId {}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; 16]);

        impl $name {
            /// A UUIDv7: the millisecond of `now`, then `noise` but for the version and variant bits.
            pub fn made(now: Timestamp, noise: [u8; 10]) -> Self {
                Self(uuid_v7(now, &noise))
            }

            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(bytes)
            }

            pub const fn bytes(&self) -> &[u8; 16] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(uuid::Uuid::from_bytes(self.0).as_hyphenated(), f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl std::str::FromStr for $name {
            type Err = NotAnId;

            fn from_str(text: &str) -> Result<Self, NotAnId> {
                read(text).map(Self)
            }
        }
    )+};
}

ids! {
    /// An account.
    AccountId,
    /// An audit entry.
    EntryId,
    /// A job in the outbox.
    JobId,
    /// A key of the key ring.
    KeyId,
    /// A ceremony: registration or authentication.
    CeremonyId,
    /// The record of a passkey. (The authenticator's own id of it is bytes of its choosing.)
    CredentialId,
    SessionId,
    /// A link that does one thing once.
    LinkId,
    /// A request; the one correlation id of its log lines.
    RequestId,
}

impl AccountId {
    /// The account of entries and jobs that concern no account. `made` never gives it: it has no version bits.
    pub const NOBODY: Self = Self([0; 16]);
}

/// A time before 1970 or past the 48 bits (year 10889) is held at that end; ids stay unique by their noise.
fn uuid_v7(now: Timestamp, noise: &[u8; 10]) -> [u8; 16] {
    let millis = u64::try_from(now.micros().div_euclid(1000)).unwrap_or(0).min((1 << 48) - 1);
    uuid::Builder::from_unix_timestamp_millis(millis, noise).into_uuid().into_bytes()
}

/// One id has one text: braces, `urn:uuid:`, upper case and missing hyphens are refused, because two texts for one
/// row would slip past whoever compares texts.
fn read(text: &str) -> Result<[u8; 16], NotAnId> {
    let id = uuid::Uuid::try_parse(text).map_err(|_| NotAnId)?;
    let mut buffer = uuid::Uuid::encode_buffer();
    if id.hyphenated().encode_lower(&mut buffer) == text { Ok(id.into_bytes()) } else { Err(NotAnId) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_id_is_a_uuid_of_version_7() {
        let id = AccountId::made("2026-11-21T09:30:00.123456Z".parse().unwrap(), [0xff; 10]);
        let uuid = uuid::Uuid::from_bytes(*id.bytes());
        assert_eq!((uuid.get_version_num(), uuid.get_variant()), (7, uuid::Variant::RFC4122));
        assert_eq!(id.to_string(), "01a1fd70-f23b-7fff-bfff-ffffffffffff");
        assert_eq!(format!("{id:?}"), "AccountId(01a1fd70-f23b-7fff-bfff-ffffffffffff)");
    }

    #[test]
    fn nobody_is_all_zero_and_reads_back() {
        assert_eq!(AccountId::NOBODY.to_string(), "00000000-0000-0000-0000-000000000000");
        assert_eq!(AccountId::NOBODY.to_string().parse(), Ok(AccountId::NOBODY));
        assert_ne!(AccountId::made(Timestamp::from_micros(i64::MIN), [0; 10]), AccountId::NOBODY);
    }

    #[test]
    fn only_the_one_form_is_read() {
        let form = "01936b5e-8c00-7a3f-9c7e-2f1b4d5e6a70";
        assert!(form.parse::<KeyId>().is_ok());
        let others = [
            String::new(),
            form.to_uppercase(),
            form.replace('-', ""),
            format!("{{{form}}}"),
            format!("urn:uuid:{form}"),
            format!(" {form}"),
            format!("{form}\n"),
            form.replace('0', "０"),
        ];
        for text in others {
            assert_eq!(text.parse::<KeyId>(), Err(NotAnId), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn bytes_and_text_read_back(bytes: [u8; 16]) {
            let id = EntryId::from_bytes(bytes);
            prop_assert_eq!(id.bytes(), &bytes);
            prop_assert_eq!(id.to_string().parse(), Ok(id));
        }

        #[test]
        fn a_later_millisecond_sorts_later(now in 0i64..200_000_000_000_000_000, a: [u8; 10], b: [u8; 10]) {
            let (now, later) = (Timestamp::from_micros(now), Timestamp::from_micros(now + 1000));
            prop_assert!(JobId::made(now, a) < JobId::made(later, b));
        }

        #[test]
        fn parsing_never_panics(text in ".*") {
            let _ = text.parse::<RequestId>();
        }
    }
}
