//! What a program calls itself, in words for people. It is shown, and nothing is decided by it.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::header::USER_AGENT;
use axum::http::request::Parts;

/// No name is read from more than this.
const READ_AT_MOST: usize = 512;

/// In this order: those further down are also named by those further up.
const BROWSERS: [(&str, &str); 10] = [
    ("Edg/", "Edge"),
    ("EdgA/", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
];
const SYSTEMS: [(&str, &str); 8] = [
    ("Windows NT", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "Mac"),
    ("Linux", "Linux"),
    ("X11", "Linux"),
];

/// Browser and system, as far as what was said names some we know.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Program {
    pub(crate) browser: Option<&'static str>,
    pub(crate) system: Option<&'static str>,
}

impl Program {
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let said = headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
        let said = said.get(..READ_AT_MOST).unwrap_or(said);
        let known = |table: &[(&'static str, &'static str)]| {
            table.iter().find(|(mark, _)| said.contains(mark)).map(|(_, name)| *name)
        };
        Self { browser: known(&BROWSERS), system: known(&SYSTEMS) }
    }

    /// “Firefox on Linux”, and “Linux”. Empty: it says nothing we know.
    pub(crate) fn words(self) -> (String, String) {
        match (self.browser, self.system) {
            (Some(browser), Some(system)) => (format!("{browser} on {system}"), system.to_owned()),
            (Some(browser), None) => (browser.to_owned(), String::new()),
            (None, Some(system)) => (format!("A program on {system}"), system.to_owned()),
            (None, None) => (String::new(), String::new()),
        }
    }
}

/// Read once, where the request came in.
impl<S: Sync> FromRequestParts<S> for Program {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get().copied().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn told(agent: &str) -> String {
        Program::of(&HeaderMap::from_iter([(USER_AGENT, HeaderValue::from_str(agent).unwrap())])).words().0
    }

    #[test]
    fn programs_are_known_by_what_they_call_themselves() {
        for (agent, name) in [
            (
                "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36",
                "Chrome on Linux",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0 Safari/537.36 Edg/156.0",
                "Edge on Windows",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1",
                "Safari on iPhone",
            ),
            (
                "Mozilla/5.0 (Linux; Android 16; Pixel 10) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0 Mobile Safari/537.36",
                "Chrome on Android",
            ),
            ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
            ("curl/8.5.0", "curl"),
            ("<img onerror=alert(1)>", ""),
            ("", ""),
        ] {
            assert_eq!(told(agent), name);
        }
        assert_eq!(Program::of(&HeaderMap::new()).words(), (String::new(), String::new()));
    }
}
