//! Host and port of a URL, read strictly enough that no library can see another host in them.

use std::net::{IpAddr, Ipv6Addr};

use super::read::{Reading, Wrong};

/// `host`, `host:port` or `[v6]:port`; the host comes without brackets.
pub(super) fn host_and_port(text: &str) -> Reading<(&str, Option<u16>)> {
    if text.contains(',') {
        return Err(Wrong::Because("names several hosts; one is accepted"));
    }
    if text.contains('%') {
        return Err(Wrong::Because("has percent-encoding in its host; write the host plainly"));
    }
    let (host, port) = match text.strip_prefix('[').and_then(|inside| inside.split_once(']')) {
        Some((host, port)) if host.parse::<Ipv6Addr>().is_ok() => (host, port),
        Some(_) => return Err(Wrong::Because("names something in brackets that is not an IPv6 address")),
        None => text.split_at(text.find(':').unwrap_or(text.len())),
    };
    if host.is_empty() {
        return Err(Wrong::Because("names no host"));
    }
    if !host.bytes().all(|b| b.is_ascii_alphanumeric() || b".-_:".contains(&b)) {
        return Err(Wrong::Because("names a host with a character that hosts do not have"));
    }
    if port.is_empty() {
        return Ok((host, None));
    }
    let digits = port.strip_prefix(':').filter(|digits| digits.bytes().all(|b| b.is_ascii_digit()));
    let port = digits.and_then(|digits| digits.parse().ok()).filter(|number| *number > 0);
    port.map(|port| (host, Some(port))).ok_or(Wrong::Because("has a port that is not a number from 1 to 65535"))
}

/// Whether a connection to this host stays on this machine.
pub(super) fn is_loopback(host: &str) -> bool {
    match host.parse::<IpAddr>() {
        Ok(address) => address.to_canonical().is_loopback(),
        Err(_) => host.eq_ignore_ascii_case("localhost"),
    }
}
