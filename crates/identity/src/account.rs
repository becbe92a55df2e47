//! The states of an account.

use std::fmt;

use vocab::identifier::{Identifier, Kind};
use vocab::{AccountId, DisplayName, Timestamp};

/// More names than this serve nobody and make every list longer.
pub const IDENTIFIERS_AT_MOST: usize = 8;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Active,
    Disabled,
}

impl State {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Disabled => "disabled",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        [Self::Active, Self::Disabled].into_iter().find(|state| state.as_str() == word)
    }
}

/// What an account may do beyond its own affairs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    Person,
    /// The first administrator, and whoever is made their equal.
    Owner,
}

impl Role {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Owner => "owner",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        [Self::Person, Self::Owner].into_iter().find(|role| role.as_str() == word)
    }
}

/// An account as it stands at a revision.
#[derive(Clone, PartialEq, Eq)]
pub struct Account {
    pub id: AccountId,
    pub state: State,
    pub role: Role,
    pub display_name: String,
    pub rev: i64,
    pub made_at: Timestamp,
    pub disabled_at: Option<Timestamp>,
}

impl Account {
    pub fn is_active(&self) -> bool {
        self.state == State::Active
    }
}

impl fmt::Debug for Account {
    /// Names and addresses stay out of log lines: erasure could not reach them there.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Account({} {} rev {})", self.id, self.state.as_str(), self.rev)
    }
}

/// Why an act on an account makes no sense.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    NoIdentifier,
    TooManyIdentifiers,
    SeveralUsernames,
    IdentifierTwice,
    /// Somebody has this identifier already.
    IdentifierTaken(Kind),
    UnknownAccount,
    AlreadyDisabled,
    /// I04: without it there would be no owner.
    LastOwner,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoIdentifier => f.write_str("an account needs a username, an e-mail address or a phone number"),
            Self::TooManyIdentifiers => write!(f, "an account has at most {IDENTIFIERS_AT_MOST} identifiers"),
            Self::SeveralUsernames => f.write_str("an account has one username"),
            Self::IdentifierTwice => f.write_str("the same identifier is given twice"),
            Self::IdentifierTaken(kind) => {
                let what = match kind {
                    Kind::Username => "username",
                    Kind::Email => "e-mail address",
                    Kind::Phone => "phone number",
                };
                write!(f, "another account has this {what}")
            }
            Self::UnknownAccount => f.write_str("there is no such account"),
            Self::AlreadyDisabled => f.write_str("this account is disabled already"),
            Self::LastOwner => f.write_str(
                "this is the only owner, and nobody could administer anything; make another owner first \
                 (signet admin setup-link)",
            ),
        }
    }
}

impl std::error::Error for Refusal {}

/// An account that may be made.
#[derive(Debug, Clone)]
pub struct NewAccount {
    display_name: DisplayName,
    identifiers: Vec<Identifier>,
}

impl NewAccount {
    pub fn new(display_name: DisplayName, identifiers: Vec<Identifier>) -> Result<Self, Refusal> {
        if identifiers.is_empty() {
            return Err(Refusal::NoIdentifier);
        }
        if identifiers.len() > IDENTIFIERS_AT_MOST {
            return Err(Refusal::TooManyIdentifiers);
        }
        if identifiers.iter().filter(|identifier| identifier.kind() == Kind::Username).count() > 1 {
            return Err(Refusal::SeveralUsernames);
        }
        let mut earlier = identifiers.iter();
        while let Some(identifier) = earlier.next_back() {
            if earlier.clone().any(|other| other == identifier) {
                return Err(Refusal::IdentifierTwice);
            }
        }
        Ok(Self { display_name, identifiers })
    }

    pub fn display_name(&self) -> &str {
        self.display_name.as_str()
    }

    pub fn identifiers(&self) -> &[Identifier] {
        &self.identifiers
    }
}

/// An account on its way from active to disabled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Disabled {
    pub id: AccountId,
    pub at: Timestamp,
}

/// Disable an account. Everything it holds dies with it.
pub fn disable(account: &Account, now: Timestamp) -> Result<Disabled, Refusal> {
    match account.state {
        State::Active => Ok(Disabled { id: account.id, at: now }),
        State::Disabled => Err(Refusal::AlreadyDisabled),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name() -> DisplayName {
        DisplayName::parse("Maren Holt").unwrap()
    }

    fn refused(identifiers: Vec<Identifier>) -> Refusal {
        NewAccount::new(name(), identifiers).unwrap_err()
    }

    #[test]
    fn an_account_needs_a_name_and_only_one_username() {
        let (maren, holt) = (Identifier::username("maren").unwrap(), Identifier::username("holt").unwrap());
        assert_eq!(refused(vec![]), Refusal::NoIdentifier);
        assert_eq!(refused(vec![maren.clone(), holt]), Refusal::SeveralUsernames);
        assert!(NewAccount::new(name(), vec![maren]).is_ok());
    }

    #[test]
    fn the_same_address_in_two_spellings_is_given_twice() {
        let spellings = ["maren@example.com", "Maren@EXAMPLE.com"];
        let twice = spellings.map(|typed| Identifier::email(typed).unwrap()).to_vec();
        assert_eq!(refused(twice), Refusal::IdentifierTwice);
    }

    #[test]
    fn nine_identifiers_are_too_many() {
        let many = (0..9).map(|n| Identifier::email(&format!("m{n}@example.com")).unwrap()).collect();
        assert_eq!(refused(many), Refusal::TooManyIdentifiers);
    }

    #[test]
    fn an_account_ends_once() {
        let now = Timestamp::from_micros(7);
        let mut account = Account {
            id: AccountId::made(now, [1; 10]),
            state: State::Active,
            role: Role::Person,
            display_name: "Maren Holt".into(),
            rev: 3,
            made_at: now,
            disabled_at: None,
        };
        assert_eq!(disable(&account, now), Ok(Disabled { id: account.id, at: now }));
        account.state = State::Disabled;
        assert_eq!(disable(&account, now), Err(Refusal::AlreadyDisabled));
    }
}
