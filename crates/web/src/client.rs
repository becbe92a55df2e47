//! Which address a request comes from, and how well we know it.

use std::net::IpAddr;

use axum::http::HeaderMap;
use axum::http::header::HOST;
use ipnet::IpNet;

use crate::door::Door;

const FORWARDED_FOR: &str = "x-forwarded-for";
/// More proxies of ours in a row than anybody has: then the header is not theirs.
const PROXIES_AT_MOST: usize = 16;
/// Headers that say a request was passed on by somebody.
const SIGNS_OF_A_PROXY: [&str; 5] = ["forwarded", "via", "x-real-ip", "true-client-ip", "cf-connecting-ip"];

/// How an address became known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Word {
    /// It is the other end of the connection.
    Seen,
    /// A trusted proxy said so.
    Told,
    /// A trusted proxy said something that makes no sense; the address is the proxy's own.
    Doubtful,
}

/// The other side of a request. The operator door has no addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Client {
    pub(crate) address: Option<IpAddr>,
    pub(crate) word: Word,
}

impl Client {
    /// From the right, because each proxy adds at the right: the first address that is no proxy of ours. What stands
    /// further left was written by strangers and is not read at all, so that it cannot even raise doubt.
    pub(crate) fn of(door: Door, headers: &HeaderMap, trusted: &[IpNet]) -> Self {
        let Door::Public(peer) = door else {
            return Self { address: None, word: Word::Seen };
        };
        let peer = peer.to_canonical();
        if !is_among(peer, trusted) || !headers.contains_key(FORWARDED_FOR) {
            return Self { address: Some(peer), word: Word::Seen };
        }
        match told(headers, trusted) {
            Some(address) => Self { address: Some(address), word: Word::Told },
            None => Self { address: Some(peer), word: Word::Doubtful },
        }
    }

    /// Is this somebody from `networks`, beyond doubt?
    pub(crate) fn is_surely_from(&self, networks: &[IpNet], headers: &HeaderMap) -> bool {
        let is_sure = match self.word {
            Word::Seen => !was_passed_on(headers),
            Word::Told => true,
            Word::Doubtful => false,
        };
        let is_here = |address: IpAddr| !address.is_loopback() || names_this_machine(headers);
        is_sure && self.address.is_some_and(|address| is_among(address, networks) && is_here(address))
    }
}

/// A page from elsewhere can have its own name point at 127.0.0.1 and ask from this machine's browser. It then still
/// says its own name.
fn names_this_machine(headers: &HeaderMap) -> bool {
    let Some(host) = headers.get(HOST) else { return true };
    let Ok(host) = host.to_str() else { return false };
    let bare =
        host.rsplit_once(':').map_or(host, |(bare, port)| match port.bytes().all(|byte| byte.is_ascii_digit()) {
            true => bare,
            false => host, // an IPv6 address without a port
        });
    let is_address = bare.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>().is_ok();
    is_address || bare.eq_ignore_ascii_case("localhost")
}

fn is_among(address: IpAddr, networks: &[IpNet]) -> bool {
    networks.iter().any(|network| network.contains(&address))
}

fn told(headers: &HeaderMap, trusted: &[IpNet]) -> Option<IpAddr> {
    let lines = headers.get_all(FORWARDED_FOR).iter().rev();
    let hops = lines.flat_map(|line| line.as_bytes().rsplit(|byte| *byte == b','));
    for hop in hops.take(PROXIES_AT_MOST) {
        // An address and nothing else: no port, no zone, no brackets, no `unknown`.
        let text = std::str::from_utf8(hop).ok()?.trim_matches([' ', '\t']);
        let address = text.parse::<IpAddr>().ok()?.to_canonical();
        if !is_among(address, trusted) {
            return Some(address);
        }
    }
    None
}

fn was_passed_on(headers: &HeaderMap) -> bool {
    headers.keys().any(|name| name.as_str().starts_with("x-forwarded") || SIGNS_OF_A_PROXY.contains(&name.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use Word::{Doubtful, Seen, Told};
    use axum::http::HeaderValue;

    const PROXY: &str = "10.0.0.1";

    fn headers(lines: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(FORWARDED_FOR, HeaderValue::from_bytes(line.as_bytes()).unwrap());
        }
        headers
    }

    fn seen_from(peer: &str, lines: &[&str]) -> (String, Word) {
        let trusted: [IpNet; 2] = ["10.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()];
        let client = Client::of(Door::Public(peer.parse().unwrap()), &headers(lines), &trusted);
        (client.address.unwrap().to_string(), client.word)
    }

    #[test]
    fn r11_the_right_most_untrusted_address_is_the_client() {
        for (lines, client) in [
            (&["203.0.113.9"][..], "203.0.113.9"),
            (&["198.51.100.1, 203.0.113.9"], "203.0.113.9"),
            (&["198.51.100.1,203.0.113.9 ,\t10.0.0.7"], "203.0.113.9"),
            (&["198.51.100.1", "203.0.113.9", "10.0.0.7, 10.2.3.4"], "203.0.113.9"),
            (&["2001:db8::7"], "2001:db8::7"),
            (&["::ffff:203.0.113.9"], "203.0.113.9"),
            (&["::ffff:203.0.113.9, ::ffff:10.0.0.3, fd00::1"], "203.0.113.9"),
        ] {
            assert_eq!(seen_from(PROXY, lines), (client.to_owned(), Told), "{lines:?}");
        }
        assert_eq!(seen_from("::ffff:10.0.0.1", &["203.0.113.9"]), ("203.0.113.9".to_owned(), Told));
    }

    #[test]
    fn r11_what_strangers_wrote_at_the_left_is_not_read() {
        let many = ["1.2.3.4"; 200].join(",");
        for left in ["a", "unknown", "", "fe80::1%eth0", "\u{fc}", many.as_str()] {
            assert_eq!(seen_from(PROXY, &[&format!("{left}, 203.0.113.9")]), ("203.0.113.9".to_owned(), Told));
        }
    }

    #[test]
    fn r11_garbage_from_a_trusted_proxy_is_the_proxy_itself_and_doubtful() {
        let hops = ["10.0.0.9"; 200].join(", ");
        for garbage in [
            "a",
            "",
            " ",
            ",",
            "unknown",
            "_hidden",
            "203.0.113.9:443",
            "[2001:db8::7]",
            "[2001:db8::7]:443",
            "fe80::1%eth0",
            "203.0.113.9;10.0.0.1",
            "203.0.113.256",
            "0xcb007109",
            "3405803785",
            "203.0.113.009",
            "\"203.0.113.9\"",
            "203.0.113.9,",
            "203.0.113.9\u{a0}",
            "\u{fc}",
            "10.0.0.2",
            hops.as_str(),
        ] {
            assert_eq!(seen_from(PROXY, &[garbage]), (PROXY.to_owned(), Doubtful), "{garbage:?}");
        }
    }

    #[test]
    fn r11_a_stranger_is_not_believed() {
        for claim in ["127.0.0.1", "10.0.0.1", "a", "unknown"] {
            assert_eq!(seen_from("203.0.113.9", &[claim]), ("203.0.113.9".to_owned(), Seen));
        }
        let client = Client::of(Door::Operator, &headers(&["203.0.113.9"]), &["0.0.0.0/0".parse().unwrap()]);
        assert_eq!(client.address, None);
    }

    #[test]
    fn only_a_sure_address_opens_the_metrics() {
        let here: [IpNet; 1] = ["127.0.0.0/8".parse().unwrap()];
        let local = Client { address: Some("127.0.0.1".parse().unwrap()), word: Seen };
        assert!(local.is_surely_from(&here, &HeaderMap::new()));
        for name in ["forwarded", "via", "x-real-ip", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto"] {
            let mut headers = HeaderMap::new();
            headers.insert(name, HeaderValue::from_static("anything"));
            assert!(!local.is_surely_from(&here, &headers), "{name}");
            assert!(Client { word: Told, ..local }.is_surely_from(&here, &headers), "{name}");
        }
        assert!(!Client { word: Doubtful, ..local }.is_surely_from(&here, &HeaderMap::new()));
        assert!(!Client { address: None, word: Seen }.is_surely_from(&here, &HeaderMap::new()));
    }

    #[test]
    fn i14_a_page_whose_name_points_here_is_not_here() {
        let says = |host: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(HOST, HeaderValue::from_str(host).unwrap());
            names_this_machine(&headers)
        };
        for here in ["localhost", "LOCALHOST:8080", "127.0.0.1:8080", "[::1]:8080", "[::1]"] {
            assert!(says(here), "{here}");
        }
        for elsewhere in ["evil.example", "evil.example:8080", "localhost.evil.example", "localhost:x", ""] {
            assert!(!says(elsewhere), "{elsewhere}");
        }
        assert!(names_this_machine(&HeaderMap::new()));
    }
}
