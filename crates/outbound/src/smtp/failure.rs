//! What a failed delivery means for the letter.

use app::Undelivered;
use lettre::transport::smtp::Error;

/// How far a letter came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Login,
    Sender,
    Recipient,
    Letter,
}

/// Only what is said of the recipient is final. Everything else may be a mistake in our settings or in the server's,
/// and those are put right while the letter waits.
pub(super) fn undelivered(stage: Stage, error: &Error) -> Undelivered {
    let words = words(stage, error);
    let code = error.status().map(u16::from);
    let is_final = code.is_some_and(|code| speaks_of_the_recipient(stage, code, enhanced(error)));
    if is_final { Undelivered::Never(words) } else { Undelivered::Later(words) }
}

/// SPEC: RFC 5321 §4.2 for the code, RFC 3463 for the enhanced one.
fn speaks_of_the_recipient(stage: Stage, code: u16, enhanced: Option<(u16, u16)>) -> bool {
    let is_about_mailboxes = (550..=556).contains(&code);
    match (stage, enhanced) {
        _ if !is_about_mailboxes => false,
        (Stage::Login | Stage::Sender, _) => false,
        // 5.1.7 and 5.1.8 are about the sender's address.
        (_, Some((1, 7 | 8))) => false,
        (_, Some((1 | 2, _))) => true,
        // 5.4.1 is how one large provider says that there is no such person; 5.4.x at large, that no way leads there.
        (Stage::Recipient, Some((4, _))) => true,
        // 5.3 the system, 5.5 the protocol, 5.6 the letter, 5.7 a policy: of theirs about us.
        (_, Some(_)) => false,
        (Stage::Recipient, None) => true,
        (Stage::Letter, None) => false,
    }
}

/// Subject and detail of `5.1.1`, where the server gives them.
fn enhanced(error: &Error) -> Option<(u16, u16)> {
    let words = std::error::Error::source(error)?.to_string();
    let mut parts = words.split_whitespace().next()?.strip_prefix("5.")?.split('.').map(str::parse);
    match (parts.next(), parts.next(), parts.next()) {
        (Some(Ok(subject)), Some(Ok(detail)), None) => Some((subject, detail)),
        _ => None,
    }
}

fn words(stage: Stage, error: &Error) -> String {
    match (stage, error.status()) {
        // Not quoted: a server that repeats what it did not understand would repeat a password.
        (Stage::Login, Some(code)) => format!("the mail server refused the login ({code})"),
        (Stage::Sender, Some(_)) => format!("the mail server refused the sender: {error}"),
        (Stage::Recipient, Some(_)) => format!("the mail server refused the recipient: {error}"),
        (Stage::Letter, Some(_)) => format!("the mail server refused the letter: {error}"),
        (Stage::Login, None) if error.is_client() => "the mail server takes no login of a kind we know".to_owned(),
        (_, None) if error.is_response() => "the mail server hung up, or gave an answer that is none".to_owned(),
        (_, None) => format!("the connection to the mail server broke: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_said_of_the_recipient_is_final() {
        let table = [
            (Stage::Recipient, 550, None, true),
            (Stage::Recipient, 550, Some((1, 1)), true),
            (Stage::Recipient, 550, Some((2, 1)), true),
            (Stage::Recipient, 552, Some((2, 2)), true),
            (Stage::Recipient, 550, Some((4, 1)), true),
            (Stage::Recipient, 556, Some((1, 10)), true),
            (Stage::Recipient, 550, Some((7, 1)), false),
            (Stage::Recipient, 553, Some((1, 8)), false),
            (Stage::Recipient, 530, None, false),
            (Stage::Recipient, 501, None, false),
            (Stage::Recipient, 450, Some((1, 1)), false),
            (Stage::Letter, 550, Some((1, 1)), true),
            (Stage::Letter, 552, Some((2, 2)), true),
            (Stage::Letter, 554, None, false),
            (Stage::Letter, 550, Some((7, 26)), false),
            (Stage::Letter, 554, Some((6, 0)), false),
            (Stage::Sender, 550, Some((1, 1)), false),
            (Stage::Sender, 553, None, false),
            (Stage::Login, 535, Some((7, 8)), false),
            (Stage::Login, 550, Some((1, 1)), false),
        ];
        for (stage, code, enhanced, is_final) in table {
            assert_eq!(speaks_of_the_recipient(stage, code, enhanced), is_final, "{stage:?} {code} {enhanced:?}");
        }
    }
}
