//! A letter as it travels: one recipient, a few headers, text.

use app::{Letter, Undelivered};
use lettre::Address;
use lettre::message::header::{self, ContentType, Header, HeaderName, HeaderValue, Headers};
use lettre::message::{Body, Mailbox, Mailboxes};
use vocab::identifier::{Identifier, Refusal};

use crate::Sender;

/// SPEC: RFC 3834 §5. Nobody's holiday answer comes back.
const AUTO_SUBMITTED: HeaderName = HeaderName::new_from_ascii_str("Auto-Submitted");
const MIME_VERSION: HeaderName = HeaderName::new_from_ascii_str("MIME-Version");

/// A letter and the one it goes to.
pub(crate) struct Post {
    pub(crate) recipient: Address,
    pub(crate) bytes: Vec<u8>,
}

impl Post {
    pub(crate) fn of(letter: &Letter, from: &Sender) -> Result<Self, Undelivered> {
        let recipient = recipient(letter)?;
        let text = Body::new(one_kind_of_line_end(&letter.text));
        let mut headers = Headers::new();
        headers.set(header::From::from(Mailboxes::from(from.mailbox())));
        headers.set(header::To::from(Mailboxes::from(Mailbox::from(recipient.clone()))));
        headers.set(header::Subject::from(one_line(&letter.subject)));
        // The same over retries, and whatever node retries: the way there can drop the second.
        headers.set(header::MessageId::from(format!("<{}@{}>", id(letter)?, from.domain())));
        headers.set(header::Date::now());
        headers.insert_raw(HeaderValue::new(AUTO_SUBMITTED, "auto-generated".to_owned()));
        headers.insert_raw(HeaderValue::new(MIME_VERSION, "1.0".to_owned()));
        headers.set(ContentType::TEXT_PLAIN);
        headers.insert_raw(text.encoding().display());
        let mut bytes = format!("{headers}\r\n").into_bytes();
        bytes.extend_from_slice(text.as_ref());
        Ok(Self { recipient, bytes })
    }

    /// Only a server with SMTPUTF8 carries it.
    pub(crate) fn is_international(&self) -> bool {
        !self.recipient.user().is_ascii()
    }
}

/// INVARIANT (one recipient): what passes here is one address of one spelling, and holds no line end, no space, no
/// bracket and no comma. Letters come from rows that were checked when they were written; they are checked again
/// where they leave.
pub(crate) fn recipient(letter: &Letter) -> Result<Address, Undelivered> {
    address(&letter.to).map_err(|_| Undelivered::Never("this is not an address that mail can be sent to".to_owned()))
}

/// The typed bytes. A domain outside ASCII travels in the A-labels that its account is known by: every server on the
/// way has tables of its own, and with some of them `straße` is `strasse`, which is somebody else.
pub(crate) fn address(typed: &str) -> Result<Address, Refusal> {
    let identifier = Identifier::email(typed)?;
    let (local, domain) = typed.split_once('@').ok_or(Refusal::AtSign)?;
    let (_, known_by) = identifier.canonical().split_once('@').ok_or(Refusal::AtSign)?;
    Ok(Address::new_dangerous(local, if domain.is_ascii() { domain } else { known_by }))
}

/// The id, if it can stand in a header and in the name of a file.
pub(crate) fn id(letter: &Letter) -> Result<&str, Undelivered> {
    let is_plain = letter.id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let fits = is_plain && (1..=64).contains(&letter.id.len());
    fits.then_some(letter.id.as_str()).ok_or_else(|| Undelivered::Never("the letter has no proper id".to_owned()))
}

/// A subject that stays on its line.
pub(crate) fn one_line(subject: &str) -> String {
    subject.chars().map(|c| if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') { ' ' } else { c }).collect()
}

/// A carriage return or line feed alone is a line end to one server and not to the next, and between the two a second
/// letter can hide.
fn one_kind_of_line_end(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(to: &str) -> Letter {
        Letter { id: "job-0".into(), to: to.into(), subject: "Your account".into(), text: "Hello\n".into() }
    }

    fn text(letter: &Letter) -> String {
        let from = Sender::parse("Signet <signet@id.example.org>").unwrap();
        String::from_utf8(Post::of(letter, &from).unwrap().bytes).unwrap()
    }

    fn headers(text: &str) -> Vec<&str> {
        let (headers, _) = text.split_once("\r\n\r\n").unwrap();
        headers
            .split("\r\n")
            .filter(|line| !line.starts_with(' '))
            .map(|line| line.split_once(": ").unwrap().0)
            .collect()
    }

    #[test]
    fn a_letter_has_these_headers_and_no_others() {
        let text = text(&letter("Maren@Example.com"));
        let expected = [
            "From",
            "To",
            "Subject",
            "Message-ID",
            "Date",
            "Auto-Submitted",
            "MIME-Version",
            "Content-Type",
            "Content-Transfer-Encoding",
        ];
        assert_eq!(headers(&text), expected);
        for line in [
            "From: Signet <signet@id.example.org>",
            "To: Maren@Example.com",
            "Message-ID: <job-0@id.example.org>",
            "Auto-Submitted: auto-generated",
            "Content-Type: text/plain; charset=utf-8",
        ] {
            assert!(text.lines().any(|other| other == line), "{line}\n{text}");
        }
        assert!(text.ends_with("\r\n\r\nHello\r\n"), "{text}");
    }

    #[test]
    fn r05_no_second_recipient_and_no_second_header() {
        for hostile in [
            "",
            "a@x.example,b@y.example",
            "a@x.example, b@y.example",
            "a@x.example b@y.example",
            "a@x.example\r\nBcc: b@y.example",
            "a@x.example\nRCPT TO:<b@y.example>",
            "a@x.example>\r\nRCPT TO:<b@y.example",
            "<a@x.example>",
            "A <a@x.example>",
            "\"a@x.example\"@y.example",
            "a@x.example@y.example",
            "a@x.example\0",
            "a(comment)@x.example",
            "@x.example",
            "a@[127.0.0.1]",
        ] {
            assert!(matches!(recipient(&letter(hostile)), Err(Undelivered::Never(_))), "{hostile:?}");
        }
        let mut hostile = letter("a@x.example");
        for break_out in
            ["\r\nBcc: b@y.example", "\nBcc: b@y.example", "\rBcc: b@y.example", "\u{2028}Bcc: b@y.example"]
        {
            hostile.subject = format!("Hello{break_out}");
            assert_eq!(headers(&text(&hostile)), headers(&text(&letter("a@x.example"))), "{break_out:?}");
        }
        for id in ["", "a>\r\nBcc: b@y.example", "../../etc/x", "a.b", "a b", &"a".repeat(65)] {
            hostile.id = id.to_owned();
            let from = Sender::parse("signet@id.example.org").unwrap();
            assert!(Post::of(&hostile, &from).is_err(), "{id:?}");
        }
    }

    #[test]
    fn no_line_end_stands_alone_whatever_the_text_holds() {
        let mut hostile = letter("a@x.example");
        for body in [
            "a\n.\nb",
            "a\r.\rb",
            "a\r.\n",
            "\n.\r\nMAIL FROM:<x@y.example>",
            "\r\r\n\n",
            "ä\r.\rö",
            &"x\r".repeat(400),
        ] {
            hostile.text = (*body).to_owned();
            let text = text(&hostile);
            let left = text.replace("\r\n", "");
            assert!(!left.contains(['\r', '\n']) && text.is_ascii(), "{text:?}");
        }
    }

    #[test]
    fn r06_mail_goes_to_the_typed_bytes_and_to_the_domain_that_was_checked() {
        for (typed, travels) in [
            ("Maren.Holt+x@Example.COM", "Maren.Holt+x@Example.COM"),
            ("ann@BÜCHER.example", "ann@xn--bcher-kva.example"),
            ("ann@straße.example", "ann@xn--strae-oqa.example"),
            ("Zoë@bücher.example", "Zoë@xn--bcher-kva.example"),
            ("o'brien&co=a~b#c$d*e/f?g^h{i}@example.org", "o'brien&co=a~b#c$d*e/f?g^h{i}@example.org"),
        ] {
            assert_eq!(address(typed).unwrap().as_ref() as &str, travels);
        }
    }
}
