//! A request that could speak for a person and change something must come from a page of ours.

use axum::http::Method;
use axum::http::header::{HeaderMap, ORIGIN};

use crate::cookie;

/// `Origin` says which page it was; only the configured ones are ours, byte for byte. Where a browser leaves it out,
/// it says at least that the page was of this very origin. What carries no cookie of ours speaks for nobody.
pub(crate) fn is_ours(method: &Method, headers: &HeaderMap, origins: &[String]) -> bool {
    if matches!(*method, Method::GET | Method::HEAD) || !cookie::is_in(headers) {
        return true;
    }
    let mut said = headers.get_all(ORIGIN).iter();
    match (said.next(), said.next()) {
        (Some(origin), None) => origins.iter().any(|ours| ours.as_bytes() == origin.as_bytes()),
        (None, _) => {
            let mut site = headers.get_all("sec-fetch-site").iter();
            matches!((site.next(), site.next()), (Some(site), None) if site == "same-origin")
        }
        _ => false,
    }
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
        is_ours(method, &headers, &["https://id.example.org".to_owned()])
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
    fn what_reads_or_speaks_for_nobody_may_come_from_anywhere() {
        assert!(asked(&Method::GET, &[SESSION, ("origin", "https://evil.example")]));
        assert!(asked(&Method::POST, &[("origin", "https://evil.example")]));
        assert!(asked(&Method::POST, &[]));
    }
}
