use super::Refusal;

/// Longer than any number with its blanks and brackets.
const LONGEST: usize = 40;

/// E.164: `+`, then 7 to 15 digits, the first of them (the country code's) not zero. Blanks, hyphens, dots and
/// brackets are left out, but `(0)` is refused: it is dialled at home only, and kept it would be another number.
pub(super) fn canonical(typed: &str) -> Result<String, Refusal> {
    if typed.len() > LONGEST {
        return Err(Refusal::TooLong);
    }
    let number = typed.strip_prefix('+').ok_or(Refusal::NotE164)?;
    let digits: String = number.chars().filter(|c| !" -.()".contains(*c)).collect();
    let is_e164 = (7..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    let is_ambiguous = digits.starts_with('0') || number.contains("(0)");
    if is_e164 && !is_ambiguous { Ok(format!("+{digits}")) } else { Err(Refusal::NotE164) }
}
