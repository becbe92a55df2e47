//! The address of a mail server, with the login in it.

use std::fmt;

use outbound::smtp::{Encryption, Login, Relay};
use vocab::Secret;

use super::authority::{host_and_port, is_loopback};
use super::raw::Raw;
use super::read::{Reading, Wrong, text};
use super::settings::Config;

/// `smtp://` or `smtps://`, perhaps a user and a password, one host, perhaps a port.
pub struct MailUrl {
    is_tls: bool,
    host: String,
    port: u16,
    login: Option<Login>,
}

impl MailUrl {
    pub(super) fn read(raw: &Raw) -> Reading<Self> {
        let text = text(raw)?;
        let schemes = [("smtps://", true, 465), ("smtp://", false, 587)];
        let (rest, is_tls, usual_port) = schemes
            .iter()
            .find_map(|(scheme, is_tls, port)| Some((text.strip_prefix(scheme)?, *is_tls, *port)))
            .ok_or(Wrong::Kind)?;
        if rest.contains(['/', '?', '#']) {
            return Err(Wrong::Because(
                "must end after the host and port; in user and password, write /, ? and # as %2F, %3F and %23",
            ));
        }
        let (login, rest) = match rest.split_once('@') {
            None => (None, rest),
            Some((_, more)) if more.contains('@') => {
                return Err(Wrong::Because("may hold @ once, before the host; in user and password, write it as %40"));
            }
            Some((userinfo, rest)) => (Some(login(userinfo)?), rest),
        };
        let (host, port) = host_and_port(rest)?;
        Ok(Self { is_tls, host: host.to_owned(), port: port.unwrap_or(usual_port), login })
    }

    /// Where the connection goes; an IPv6 address stands without brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Whether the connection stays on this machine.
    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.host)
    }
}

impl Config {
    /// The mail server letters go through, if there is one.
    pub fn relay(&self) -> Option<Relay> {
        let (url, from) = self.mail.url.as_ref().zip(self.mail.from.as_ref())?;
        Some(Relay {
            host: url.host.clone(),
            port: url.port,
            encryption: self.encryption(url),
            login: url.login.clone(),
            from: from.clone(),
            ca_file: self.mail.ca_file.clone(),
        })
    }

    /// In the clear only on this machine, or where somebody said so; who names certificates wants them asked for.
    fn encryption(&self, url: &MailUrl) -> Encryption {
        let may_be_plain = self.mail.ca_file.is_none() && (url.is_loopback() || self.mail.danger_plaintext);
        match (url.is_tls, may_be_plain) {
            (true, _) => Encryption::Tls,
            (false, false) => Encryption::StartTls,
            (false, true) => Encryption::Plain,
        }
    }
}

impl fmt::Debug for MailUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

fn login(userinfo: &str) -> Reading<Login> {
    let both = userinfo.split_once(':').filter(|(name, password)| !name.is_empty() && !password.is_empty());
    let (name, password) = both.ok_or(Wrong::Because("needs both a user and a password before the @, or neither"))?;
    Ok(Login { name: Secret::new(decoded(name)?), password: Secret::new(decoded(password)?) })
}

/// Percent-decoded. Control characters are refused: NUL is what separates user and password on the wire.
fn decoded(text: &str) -> Reading<String> {
    let wrong = Wrong::Because("has a user or password that is not percent-encoded text without control characters");
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        rest = behind;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let Some((digits, behind)) = rest.split_at_checked(2) else { return Err(wrong) };
        let digit = |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        let [Some(high), Some(low)] = [digits.first().and_then(digit), digits.last().and_then(digit)] else {
            return Err(wrong);
        };
        bytes.push(high << 4 | low);
        rest = behind;
    }
    match String::from_utf8(bytes) {
        Ok(text) if !text.contains(char::is_control) => Ok(text),
        _ => Err(wrong),
    }
}
