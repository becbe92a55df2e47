//! The three cookies there are. All are `__Host-`: no other host, not even a neighbour, can set or read them.

use std::time::Duration;

use axum::http::header::{COOKIE, HeaderMap, HeaderValue, SET_COOKIE};
use axum::response::Response;
use vocab::Secret;

pub(crate) const SESSION: &str = "__Host-signet-session";
/// Ties the two halves of a ceremony to one browser. It names nobody.
pub(crate) const BROWSER: &str = "__Host-signet-browser";
/// What the next page says was done. It speaks for nobody.
pub(crate) const NOTICE: &str = "__Host-signet-notice";

/// As long as browsers keep any cookie.
const LONGEST: Duration = Duration::from_secs(400 * 24 * 60 * 60);
/// The page that says it follows at once.
const SOON: Duration = Duration::from_secs(60);
/// No value is longer.
const VALUE_AT_MOST: usize = 128;

/// The value of a cookie of ours. Two of the same name are none: a browser sends one.
pub(crate) fn find<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let lines = headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
    let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim_matches(' ').split_once('='));
    let mut values = pairs.filter(|(key, _)| *key == name).map(|(_, value)| value);
    let only = values.next().filter(|value| !value.is_empty() && value.len() <= VALUE_AT_MOST)?;
    values.next().is_none().then_some(only)
}

/// Does the request carry anything that could speak for a person?
pub(crate) fn is_in(headers: &HeaderMap) -> bool {
    let lines = headers.get_all(COOKIE).iter().map(HeaderValue::as_bytes);
    let names = |line: &[u8], name: &str| line.windows(name.len()).any(|window| window == name.as_bytes());
    lines.into_iter().any(|line| names(line, SESSION) || names(line, BROWSER))
}

/// Kept for as long as the session can last.
pub(crate) fn session(token: &Secret<String>, life: Duration) -> Option<HeaderValue> {
    set(SESSION, token.expose(), life)
}

pub(crate) fn browser(secret: &Secret<String>) -> Option<HeaderValue> {
    set(BROWSER, secret.expose(), LONGEST)
}

/// The session is over: the browser forgets its token.
pub(crate) fn no_session() -> Option<HeaderValue> {
    set(SESSION, "", Duration::ZERO)
}

pub(crate) fn notice(word: &str) -> Option<HeaderValue> {
    set(NOTICE, word, SOON)
}

/// The notice was read: the browser forgets it.
pub(crate) fn no_notice() -> Option<HeaderValue> {
    set(NOTICE, "", Duration::ZERO)
}

/// An answer that gives a browser a cookie, or takes one away.
pub(crate) fn with(mut response: Response, cookie: Option<HeaderValue>) -> Response {
    response.headers_mut().extend(cookie.map(|cookie| (SET_COOKIE, cookie)));
    response
}

fn set(name: &str, value: &str, life: Duration) -> Option<HeaderValue> {
    let seconds = life.as_secs();
    let text = format!("{name}={value}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age={seconds}");
    let mut header = HeaderValue::from_str(&text).ok()?;
    header.set_sensitive(true);
    Some(header)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[&str]) -> HeaderMap {
        lines.iter().map(|line| (COOKIE, HeaderValue::from_str(line).unwrap())).collect()
    }

    #[test]
    fn a_cookie_is_found_among_others_by_its_whole_name() {
        let found = |lines: &[&str]| find(&headers(lines), SESSION).map(str::to_owned);
        assert_eq!(found(&["__Host-signet-session=abc"]).as_deref(), Some("abc"));
        assert_eq!(found(&["a=b; __Host-signet-session=abc;c=d"]).as_deref(), Some("abc"));
        assert_eq!(found(&["a=b", "__Host-signet-session=abc"]).as_deref(), Some("abc"));
        for none in ["signet-session=abc", "x__Host-signet-session=abc", "__Host-signet-session=", "", "a"] {
            assert_eq!(found(&[none]), None, "{none}");
        }
        assert_eq!(found(&[&format!("__Host-signet-session={}", "a".repeat(129))]), None);
    }

    #[test]
    fn r21_two_sessions_at_once_are_none() {
        let twice = ["__Host-signet-session=a; __Host-signet-session=b"];
        assert_eq!(find(&headers(&twice), SESSION), None);
        assert_eq!(find(&headers(&["__Host-signet-session=a", "__Host-signet-session=a"]), SESSION), None);
        assert!(is_in(&headers(&twice)), "and they still count as speaking for somebody");
        assert!(!is_in(&headers(&["a=b"])));
    }

    #[test]
    fn n13_a_cookie_says_where_it_may_go() {
        let header = session(&Secret::new("abc".to_owned()), Duration::from_secs(86_400)).unwrap();
        assert!(header.is_sensitive());
        let text = header.to_str().unwrap();
        assert_eq!(text, "__Host-signet-session=abc; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=86400");
        assert!(!text.contains("Domain"));
        assert_eq!(set("a", "b\r\nc", Duration::ZERO), None);
    }
}
