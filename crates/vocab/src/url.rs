//! The address under which people reach this installation. Links in mail are made from it and from nothing that a
//! request says, so it is parsed strictly: one spelling that every browser reads alike. And addresses of other houses,
//! from which something is fetched ([`RemoteUrl`]).

mod remote;

use crate::domain;
// Addresses as values; `core::net` has no sockets in it.
use core::net::{Ipv4Addr, Ipv6Addr};
use std::fmt;

pub use remote::RemoteUrl;

/// `https://host[:port]`, or `http` on localhost and loopback addresses. Nothing before the host, nothing after the port.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PublicUrl {
    origin: String,
    host: String,
    is_loopback: bool,
}

/// Why a text is no public URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Refusal {
    Scheme,
    PlainHttp,
    UserInfo,
    Path,
    QueryOrFragment,
    Host,
    Port,
}

impl PublicUrl {
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let (scheme, rest) = split_scheme(text)?;
        let (host, port) = split_authority(authority(rest)?)?;
        let (host, is_loopback) = read_host(host)?;
        if scheme == Scheme::Http && !is_loopback {
            return Err(Refusal::PlainHttp);
        }
        let port = port.map(read_port).transpose()?.filter(|port| *port != scheme.default_port());
        let port = port.map(|port| format!(":{port}")).unwrap_or_default();
        let origin = format!("{}://{host}{port}", scheme.as_str());
        Ok(Self { origin, host, is_loopback })
    }

    /// As a browser writes it in an `Origin` header: lower case, A-labels, no default port, no slash at the end.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// As it stands in the origin; an IPv6 address in its brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    pub const fn is_loopback(&self) -> bool {
        self.is_loopback
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.origin)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Scheme {
    Http,
    Https,
}

impl Scheme {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    const fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

fn split_scheme(text: &str) -> Result<(Scheme, &str), Refusal> {
    let (word, rest) = text.split_once("://").ok_or(Refusal::Scheme)?;
    let named = |scheme: &Scheme| word.eq_ignore_ascii_case(scheme.as_str());
    let scheme = [Scheme::Http, Scheme::Https].into_iter().find(named).ok_or(Refusal::Scheme)?;
    Ok((scheme, rest))
}

/// What is left when nothing but one slash may follow.
fn authority(rest: &str) -> Result<&str, Refusal> {
    match () {
        () if rest.contains(['?', '#']) => Err(Refusal::QueryOrFragment),
        () if rest.contains('@') => Err(Refusal::UserInfo),
        () => {
            let authority = rest.strip_suffix('/').unwrap_or(rest);
            if authority.contains(['/', '\\']) { Err(Refusal::Path) } else { Ok(authority) }
        }
    }
}

/// The colon of a port is the last one outside the brackets of an IPv6 address.
fn split_authority(authority: &str) -> Result<(&str, Option<&str>), Refusal> {
    let after_brackets = authority.rfind(']').map_or(0, |end| end + 1);
    let (bracketed, rest) = authority.split_at_checked(after_brackets).ok_or(Refusal::Host)?;
    match (bracketed, rest.split_once(':')) {
        ("", Some((host, port))) => Ok((host, Some(port))),
        ("", None) => Ok((rest, None)),
        (_, Some(("", port))) => Ok((bracketed, Some(port))),
        (_, None) if rest.is_empty() => Ok((bracketed, None)),
        _ => Err(Refusal::Host),
    }
}

/// Digits only, no leading zero: 1 to 65535.
fn read_port(text: &str) -> Result<u16, Refusal> {
    let is_plain = text.bytes().all(|b| b.is_ascii_digit()) && !text.starts_with('0');
    text.parse().ok().filter(|_| is_plain).ok_or(Refusal::Port)
}

fn read_host(text: &str) -> Result<(String, bool), Refusal> {
    if let Some(address) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return read_ipv6(address);
    }
    let host = domain::canonical(text).ok_or(Refusal::Host)?;
    if domain::ends_in_number(&host) {
        let address: Ipv4Addr = host.parse().map_err(|_| Refusal::Host)?;
        let is_reachable = !address.is_unspecified();
        return is_reachable.then_some((host, address.is_loopback())).ok_or(Refusal::Host);
    }
    let is_loopback = host == "localhost";
    Ok((host, is_loopback))
}

/// IPv4 in IPv6's clothes is refused: browsers write it in another spelling than we would.
fn read_ipv6(text: &str) -> Result<(String, bool), Refusal> {
    let address: Ipv6Addr = text.parse().map_err(|_| Refusal::Host)?;
    let is_plain = address.to_ipv4_mapped().is_none() && !address.is_unspecified();
    is_plain.then(|| (format!("[{address}]"), address.is_loopback())).ok_or(Refusal::Host)
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Scheme => "the URL must begin with https:// (or http:// on localhost)",
            Self::PlainHttp => "plain http is accepted for localhost and loopback addresses only; use https",
            Self::UserInfo => "a URL cannot contain a user name or password here",
            Self::Path => "there is a path where none may be, or one with characters that none may have",
            Self::QueryOrFragment => "there is a query (?) or a fragment (#) where none may be",
            Self::Host => "the host of the URL is not a domain name or address",
            Self::Port => "the port of the URL must be a number from 1 to 65535",
        })
    }
}

impl std::error::Error for Refusal {}

#[cfg(test)]
mod tests;
