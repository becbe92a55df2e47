use std::fmt;

use super::{PublicUrl, Refusal};

/// Where something of another house is fetched from: `https`, or `http` on this machine; no user, no password.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RemoteUrl {
    house: PublicUrl,
    /// Path and query, as they are asked for.
    target: String,
}

impl RemoteUrl {
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let after_scheme = text.find("://").ok_or(Refusal::Scheme)?.saturating_add("://".len());
        let rest = text.get(after_scheme..).ok_or(Refusal::Scheme)?;
        let length = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
        let (house, target) = text.split_at_checked(after_scheme.saturating_add(length)).ok_or(Refusal::Host)?;
        let house = PublicUrl::parse(house)?;
        let is_plain = |byte: u8| byte.is_ascii_graphic() && !b"#\\\"<>".contains(&byte);
        match target {
            "" => Ok(Self { house, target: "/".to_owned() }),
            path if path.starts_with('/') && path.bytes().all(is_plain) => Ok(Self { house, target: path.to_owned() }),
            _ if target.contains(['?', '#']) => Err(Refusal::QueryOrFragment),
            _ => Err(Refusal::Path),
        }
    }

    /// Who is asked: `https://host[:port]`.
    pub fn origin(&self) -> &str {
        self.house.origin()
    }

    /// A name, or an address; one of IPv6 without its brackets.
    pub fn host(&self) -> &str {
        self.house.host().trim_start_matches('[').trim_end_matches(']')
    }

    pub fn port(&self) -> u16 {
        let after_host = self.origin().rsplit_once(':').and_then(|(_, port)| port.parse().ok());
        after_host.unwrap_or(if self.is_encrypted() { 443 } else { 80 })
    }

    pub fn is_encrypted(&self) -> bool {
        self.origin().starts_with("https:")
    }

    /// What is asked for: path and query.
    pub fn target(&self) -> &str {
        &self.target
    }

    /// Host and port, as the one who is asked is told whom it is asked as.
    pub fn authority(&self) -> &str {
        self.origin().split_once("://").map_or("", |(_, authority)| authority)
    }
}

impl fmt::Display for RemoteUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.house, self.target)
    }
}
