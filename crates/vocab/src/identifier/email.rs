use super::Refusal;
use super::refusal::{one_script, seen, spelled};
use crate::characters::folded;
use crate::domain;

/// SPEC: RFC 5321 §4.5.3.1, in octets; 254 is what a path of 256 leaves without its angle brackets.
const LONGEST: usize = 254;
const LONGEST_LOCAL_PART: usize = 64;

/// The signs of an RFC 5322 dot-atom without those that old relays route by (`%`, `!`) or shells act on (`|`, `` ` ``).
/// No quoted form, no comment, no list: one address in one spelling.
const SIGNS: &str = "._+-'&=~#$*/?^{}";

/// The local part folded as a username is, the domain in A-labels. Folding may make one of two mailboxes that
/// differ only by case or by `ß`/`ss`; the second to arrive is refused, and mail goes to the typed form of the first.
pub(super) fn canonical(typed: &str) -> Result<String, Refusal> {
    of_length(typed, LONGEST)?;
    seen(typed)?;
    let (local, host) = typed.split_once('@').ok_or(Refusal::AtSign)?;
    if host.contains('@') {
        return Err(Refusal::AtSign);
    }
    let canonical = format!("{}@{}", local_part(local)?, mail_domain(host)?);
    of_length(&canonical, LONGEST)?;
    Ok(canonical)
}

fn local_part(typed: &str) -> Result<String, Refusal> {
    let canonical = folded(typed);
    for form in [typed, &canonical] {
        of_length(form, LONGEST_LOCAL_PART)?;
        spelled(form)?;
        is_dot_atom(form).then_some(()).ok_or(Refusal::BadLocalPart)?;
    }
    one_script(&canonical)?;
    Ok(canonical)
}

/// A leading `-` is refused as well: a mailer on a command line would read an option.
fn is_dot_atom(local: &str) -> bool {
    let is_atom = |c: char| c.is_ascii_alphanumeric() || SIGNS.contains(c) || !c.is_ascii();
    let dots_separate = local.split('.').all(|atom| !atom.is_empty());
    dots_separate && !local.starts_with('-') && local.chars().all(is_atom)
}

fn mail_domain(typed: &str) -> Result<String, Refusal> {
    let host = domain::canonical(typed).ok_or(Refusal::BadDomain)?;
    let is_public = host.contains('.') && !domain::ends_in_number(&host);
    if is_public || host == "localhost" { Ok(host) } else { Err(Refusal::BadDomain) }
}

fn of_length(text: &str, longest: usize) -> Result<(), Refusal> {
    if text.len() <= longest { Ok(()) } else { Err(Refusal::TooLong) }
}
