//! What a person types to say who they are: a username, an e-mail address or a phone number.
//!
//! Each has a *canonical* form, which decides whether two are the same, and the *typed* form, to which mail goes
//! and which people see. Lookup uses the canonical form only, delivery the stored typed form only: whoever types a
//! look-alike at the door may at most cause mail to the owner.
//!
//! Only assigned characters are admitted, because Unicode promises that NFKC and case folding never change for
//! those: a canonical form stored today is still canonical under later tables.

mod email;
mod phone;
mod refusal;
mod username;

pub use refusal::Refusal;

use std::fmt;
use std::hash::{Hash, Hasher};

/// The three kinds of identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    Username,
    Email,
    Phone,
}

impl Kind {
    pub const ALL: [Self; 3] = [Self::Username, Self::Email, Self::Phone];

    /// The word that the store and the API use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Username => "username",
            Self::Email => "email",
            Self::Phone => "phone",
        }
    }

    /// The kind with this word; exactly this word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// An identifier that passed the rules of its kind. Two are equal when kind and canonical form are.
#[derive(Clone)]
pub struct Identifier {
    kind: Kind,
    canonical: String,
    typed: String,
}

impl Identifier {
    pub fn username(typed: &str) -> Result<Self, Refusal> {
        Self::of(Kind::Username, typed)
    }

    pub fn email(typed: &str) -> Result<Self, Refusal> {
        Self::of(Kind::Email, typed)
    }

    pub fn phone(typed: &str) -> Result<Self, Refusal> {
        Self::of(Kind::Phone, typed)
    }

    /// For the one field on the sign-in page: an `@` makes an e-mail address, a leading `+` a phone number,
    /// all else is a username. No canonical form of one kind is ever taken for another kind.
    pub fn guess(typed: &str) -> Result<Self, Refusal> {
        let kind = match typed {
            _ if typed.contains('@') => Kind::Email,
            _ if typed.starts_with('+') => Kind::Phone,
            _ => Kind::Username,
        };
        Self::of(kind, typed)
    }

    pub fn of(kind: Kind, typed: &str) -> Result<Self, Refusal> {
        if typed.is_empty() {
            return Err(Refusal::Empty);
        }
        let canonical = match kind {
            Kind::Username => username::canonical(typed)?,
            Kind::Email => email::canonical(typed)?,
            Kind::Phone => phone::canonical(typed)?,
        };
        Ok(Self { kind, canonical, typed: typed.to_owned() })
    }

    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// For comparing and looking up; never for sending.
    pub fn canonical(&self) -> &str {
        &self.canonical
    }

    /// Exactly as it was typed: for delivery and display; never for comparing.
    pub fn typed(&self) -> &str {
        &self.typed
    }
}

impl PartialEq for Identifier {
    fn eq(&self, other: &Self) -> bool {
        (self.kind, &self.canonical) == (other.kind, &other.canonical)
    }
}

impl Eq for Identifier {}

impl Hash for Identifier {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.kind, &self.canonical).hash(state);
    }
}

impl fmt::Debug for Identifier {
    /// Says the kind alone: a log line must not keep what erasure has to reach.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identifier({}, [personal])", self.kind.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equality_is_by_kind_and_canonical_form() {
        assert_eq!(Identifier::username("Alice"), Identifier::username("ALICE"));
        assert_ne!(Identifier::username("Alice"), Identifier::username("Alicia"));
        assert_eq!(Identifier::email("Ann@EXAMPLE.org").unwrap().typed(), "Ann@EXAMPLE.org");
    }

    #[test]
    fn guess_knows_the_three_kinds() {
        let kind = |typed| Identifier::guess(typed).map(|identifier| identifier.kind());
        assert_eq!(kind("ann"), Ok(Kind::Username));
        assert_eq!(kind("ann@example.org"), Ok(Kind::Email));
        assert_eq!(kind("+ann@example.org"), Ok(Kind::Email));
        assert_eq!(kind("+49 30 1234567"), Ok(Kind::Phone));
        assert_eq!(kind("030 1234567"), Err(Refusal::ControlOrSpace));
        assert_eq!(kind(""), Err(Refusal::Empty));
    }

    #[test]
    fn kinds_read_back_and_nothing_else_does() {
        for kind in Kind::ALL {
            assert_eq!(Kind::parse(kind.as_str()), Some(kind));
        }
        assert_eq!((Kind::parse("Email"), Kind::parse("")), (None, None));
    }

    #[test]
    fn debug_does_not_show_personal_data() {
        assert_eq!(format!("{:?}", Identifier::email("ann@example.org").unwrap()), "Identifier(email, [personal])");
    }
}
