use crate::characters;
use std::fmt;

/// Why a text is no identifier of its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Refusal {
    Empty,
    TooLong,
    ControlOrSpace,
    /// Invisible, private or unassigned.
    Unseen,
    /// Neither letter nor digit, nor one of the signs that the kind admits.
    Sign,
    MixedScripts,
    AtSign,
    LeadingPlus,
    /// Whoever is called like another account's id is taken for that account.
    LooksLikeAnId,
    BadDomain,
    BadLocalPart,
    NotE164,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "something must stand here",
            Self::TooLong => "this is too long",
            Self::ControlOrSpace => "this cannot contain spaces, tabs or line breaks",
            Self::Unseen => "this contains a character that cannot be seen; type it again instead of pasting it",
            Self::Sign => "only letters, digits and the signs of a plain keyboard can be used here",
            Self::MixedScripts => "this mixes letters of different alphabets that look alike; use one alphabet",
            Self::AtSign => "a username cannot contain @, and an e-mail address has exactly one",
            Self::LeadingPlus => "a username cannot begin with +",
            Self::LooksLikeAnId => "a username cannot have the form of an id",
            Self::BadDomain => "the part after @ is not a domain name that mail can be sent to",
            Self::BadLocalPart => "the part before @ is not one that mail can be sent to",
            Self::NotE164 => "a phone number begins with + and the country code, such as +49 30 1234567",
        })
    }
}

impl std::error::Error for Refusal {}

/// Everything in it can be seen, and it is one word.
pub(super) fn seen(text: &str) -> Result<(), Refusal> {
    text.chars().try_for_each(|c| match c {
        _ if characters::is_control_or_space(c) => Err(Refusal::ControlOrSpace),
        _ if characters::is_unseen(c) => Err(Refusal::Unseen),
        _ => Ok(()),
    })
}

/// Letters, marks on letters and digits of any script, and visible ASCII. Signs outside ASCII are refused because
/// most of them have twins there: U+2010 looks like `-`, U+2019 like `'`.
pub(super) fn spelled(text: &str) -> Result<(), Refusal> {
    let begins_with_letter_or_sign = !text.starts_with(characters::is_mark);
    let is_spelled = text.chars().all(|c| c.is_ascii_graphic() || (!c.is_ascii() && characters::is_word(c)));
    if begins_with_letter_or_sign && is_spelled { Ok(()) } else { Err(Refusal::Sign) }
}

pub(super) fn one_script(text: &str) -> Result<(), Refusal> {
    if characters::is_one_script(text) { Ok(()) } else { Err(Refusal::MixedScripts) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identifier::Identifier;

    #[test]
    fn the_reason_is_the_one_a_person_can_act_on() {
        let table = [
            ('a', Ok(())),
            ('\u{30fc}', Ok(())),
            (' ', Err(Refusal::ControlOrSpace)),
            ('\u{2028}', Err(Refusal::ControlOrSpace)),
            ('\u{7f}', Err(Refusal::ControlOrSpace)),
            ('\u{200b}', Err(Refusal::Unseen)),
            ('\u{fe0f}', Err(Refusal::Unseen)),
            ('\u{600}', Err(Refusal::Unseen)),
            ('\u{e000}', Err(Refusal::Unseen)),
            ('\u{378}', Err(Refusal::Unseen)),
        ];
        for (c, verdict) in table {
            assert_eq!(seen(&c.to_string()), verdict, "U+{:04X}", u32::from(c));
        }
    }

    #[test]
    fn r06_no_character_that_cannot_be_seen_is_in_any_identifier() {
        for c in ('\0'..=char::MAX).filter(|c| seen(&c.to_string()).is_err()) {
            let code = u32::from(c);
            assert!(Identifier::username(&format!("a{c}b")).is_err(), "U+{code:04X}");
            assert!(Identifier::email(&format!("a{c}b@example.org")).is_err(), "U+{code:04X}");
            assert!(Identifier::email(&format!("a@b{c}c.example")).is_err(), "U+{code:04X}");
        }
    }
}
