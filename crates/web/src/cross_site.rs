//! A request that changes something must come from a page of ours, or from no page at all.

use axum::http::Method;
use axum::http::header::{HeaderMap, ORIGIN};

use crate::cookie;

const FETCH_SITE: &str = "sec-fetch-site";

/// `Origin` says which page it was; only ours is ours, byte for byte. Where a browser leaves it out, it says at least
/// whether the page was of this very origin. A foreign page is refused even where its browser kept our cookies back: what
/// it posts would set new ones. What says nothing at all is no browser, and speaks for somebody only with a cookie.
pub(crate) fn is_ours(method: &Method, headers: &HeaderMap, origin: &str) -> bool {
    if matches!(*method, Method::GET | Method::HEAD) {
        return true;
    }
    let mut origins = headers.get_all(ORIGIN).iter();
    let mut sites = headers.get_all(FETCH_SITE).iter();
    match (origins.next(), origins.next(), sites.next(), sites.next()) {
        (Some(said), None, _, _) => said.as_bytes() == origin.as_bytes(),
        (None, _, Some(site), None) => site == "same-origin",
        (None, _, None, _) => !cookie::is_in(headers),
        _ => false,
    }
}

/// Did a page in a browser ask? Only there do these headers and our cookies come from.
pub(crate) fn is_from_a_page(headers: &HeaderMap) -> bool {
    headers.contains_key(ORIGIN) || headers.contains_key(FETCH_SITE) || cookie::is_in(headers)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;
    use axum::http::header::{COOKIE, HeaderName};

    fn asked(method: &Method, lines: &[(&'static str, &str)]) -> bool {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
        }
        is_ours(method, &headers, "https://id.example.org")
    }

    const SESSION: (&str, &str) = ("cookie", "__Host-signet-session=a");

    #[test]
    fn only_our_origin_may_ask_for_a_change_in_somebodys_name() {
        assert_eq!(COOKIE.as_str(), SESSION.0);
        assert!(asked(&Method::POST, &[SESSION, ("origin", "https://id.example.org")]));
        for other in [
            "https://evil.example",
            "https://id.example.org.evil.example",
            "https://id.example.org:8443",
            "http://id.example.org",
            "https://ID.example.org",
            "https://id.example.org/",
            "null",
            "",
        ] {
            assert!(!asked(&Method::POST, &[SESSION, ("origin", other), ("sec-fetch-site", "same-origin")]), "{other}");
        }
        let twice = [SESSION, ("origin", "https://id.example.org"), ("origin", "https://id.example.org")];
        assert!(!asked(&Method::POST, &twice));
    }

    #[test]
    fn without_an_origin_the_browser_must_say_that_the_page_was_ours() {
        assert!(asked(&Method::POST, &[SESSION, ("sec-fetch-site", "same-origin")]));
        for other in ["same-site", "cross-site", "none", ""] {
            assert!(!asked(&Method::POST, &[SESSION, ("sec-fetch-site", other)]), "{other}");
        }
        assert!(!asked(&Method::POST, &[SESSION]));
        assert!(!asked(&Method::DELETE, &[("cookie", "a=b; __Host-signet-browser=c")]));
    }

    #[test]
    fn r21_a_foreign_pages_post_is_refused_with_and_without_cookies() {
        assert!(!asked(&Method::POST, &[("origin", "https://evil.example")]));
        assert!(!asked(&Method::POST, &[("sec-fetch-site", "cross-site")]));
        assert!(asked(&Method::POST, &[("origin", "https://id.example.org")]));
    }

    #[test]
    fn what_reads_or_comes_from_no_browser_may_come_from_anywhere() {
        assert!(asked(&Method::GET, &[SESSION, ("origin", "https://evil.example")]));
        assert!(asked(&Method::POST, &[]));
    }
}
