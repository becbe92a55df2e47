//! The address of PostgreSQL: checked strictly enough that the driver cannot see another host in it than we do.
//!
//! The driver takes everything before the first `@` for credentials, wherever it stands, splits hosts at commas and
//! lets parameters add hosts. Each of these could send a "loopback" URL elsewhere, so each is refused here.

use std::fmt;

use vocab::Secret;

use super::authority::{host_and_port, is_loopback};
use super::raw::Raw;
use super::read::{Reading, Wrong, text};

/// A PostgreSQL URL with exactly one host.
pub struct DatabaseUrl {
    text: Secret<String>,
    host: String,
}

/// Parameters that name neither a host nor a secret, do not decide about TLS, and are not ours to set (timeouts are).
const PARAMETERS: &[&str] = &["keepalives", "keepalives_interval", "keepalives_retries"];

impl DatabaseUrl {
    pub(super) fn read(raw: &Raw) -> Reading<Self> {
        let text = text(raw)?;
        let rest = ["postgres://", "postgresql://"].iter().find_map(|scheme| text.strip_prefix(scheme));
        let (before, parameters) = split(rest.ok_or(Wrong::Kind)?, '?');
        let (authority, _database) = split(before, '/');
        let (host, _port) = host_and_port(authority_host(authority, text)?)?;
        check_parameters(parameters)?;
        Ok(Self { text: Secret::new(text.to_owned()), host: host.to_owned() })
    }

    /// The whole URL, with the password in it.
    pub fn expose(&self) -> &str {
        self.text.expose()
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

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

fn split(text: &str, at: char) -> (&str, &str) {
    text.split_once(at).unwrap_or((text, ""))
}

fn authority_host<'a>(authority: &'a str, whole: &str) -> Reading<&'a str> {
    match (whole.matches('@').count(), authority.split_once('@')) {
        (0, _) => Ok(authority),
        (1, Some((_credentials, host))) => Ok(host),
        _ => Err(Wrong::Because("may hold @ once, before the host; write @, / and ? elsewhere as %40, %2F and %3F")),
    }
}

fn check_parameters(parameters: &str) -> Reading<()> {
    let named: Vec<_> = parameters.split('&').filter(|pair| !pair.is_empty()).map(|pair| split(pair, '=').0).collect();
    if named.iter().any(|name| name.starts_with("ssl")) {
        return Err(Wrong::Because(
            "may not hold sslmode or its like: the connection is TLS when database.ca_file is given",
        ));
    }
    if named.iter().any(|name| !PARAMETERS.contains(name)) {
        return Err(Wrong::Because("has a parameter that is not accepted here; see docs/ops/configuration.md"));
    }
    Ok(())
}
