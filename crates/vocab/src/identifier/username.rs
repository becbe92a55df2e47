use super::Refusal;
use super::refusal::{one_script, seen, spelled};
use crate::AccountId;
use crate::characters::folded;

const LONGEST: usize = 64;

/// NFKC and case folding, one script, no `@` and no leading `+` (those belong to the other kinds). The rules are
/// asked of the canonical form, so that no full-width `＠` slips in and what is canonical stays a username. Nothing
/// hides in the typed form alone: folding replaces characters but never drops one.
pub(super) fn canonical(typed: &str) -> Result<String, Refusal> {
    of_length(typed)?;
    let canonical = folded(typed);
    of_length(&canonical)?;
    seen(&canonical)?;
    if canonical.contains('@') {
        return Err(Refusal::AtSign);
    }
    if canonical.starts_with('+') {
        return Err(Refusal::LeadingPlus);
    }
    if canonical.parse::<AccountId>().is_ok() {
        return Err(Refusal::LooksLikeAnId);
    }
    spelled(&canonical)?;
    one_script(&canonical)?;
    Ok(canonical)
}

fn of_length(text: &str) -> Result<(), Refusal> {
    if text.chars().count() <= LONGEST { Ok(()) } else { Err(Refusal::TooLong) }
}
