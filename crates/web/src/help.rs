//! Where people turn to when a page cannot help them. The operator says it, and every page says it at its foot.

use vocab::DisplayName;
use vocab::identifier::Identifier;
use vocab::url::PublicUrl;

/// An e-mail address, an address of the web, or a line of words such as a telephone number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Help {
    pub(crate) text: String,
    /// What opens it, where that can be told from the text.
    pub(crate) href: Option<String>,
}

impl Help {
    /// `None`: it is more than one line, or looks like an address and is none.
    #[must_use]
    pub fn parse(given: &str) -> Option<Self> {
        let line = DisplayName::parse(given).ok()?;
        match line.as_str() {
            text if text.contains("://") => Self::page(text),
            text if text.contains('@') => Self::mail(text),
            text => Some(Self::words(text)),
        }
    }

    fn page(text: &str) -> Option<Self> {
        let shown = text.strip_prefix("https://")?;
        let (authority, path) = shown.split_at(shown.find(['/', '?', '#']).unwrap_or(shown.len()));
        let host = PublicUrl::parse(&format!("https://{authority}")).ok()?;
        let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~/?#=&%+:@!$,;".contains(&b);
        let href = path.bytes().all(is_plain).then(|| format!("{}{path}", host.origin()))?;
        Some(Self { text: shown.trim_end_matches('/').to_owned(), href: Some(href) })
    }

    fn mail(text: &str) -> Option<Self> {
        let address = Identifier::email(text).ok()?;
        // As typed before the @; after it as every mail program can read it.
        let (user, (_, domain)) = (text.rsplit_once('@')?.0, address.canonical().rsplit_once('@')?);
        Some(Self { text: text.to_owned(), href: Some(format!("mailto:{}@{domain}", encoded(user))) })
    }

    fn words(text: &str) -> Self {
        let href = Identifier::phone(text).ok().map(|number| format!("tel:{}", number.canonical()));
        Self { text: text.to_owned(), href }
    }
}

/// RFC 6068: whatever could mean something else there.
fn encoded(user: &str) -> String {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~+".contains(&b);
    user.bytes().map(|b| if is_plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_opened_is_a_link_and_the_rest_is_words() {
        for (given, text, href) in [
            ("help@fernhill.example", "help@fernhill.example", Some("mailto:help@fernhill.example")),
            (" IT-Help@Fernhill.Example ", "IT-Help@Fernhill.Example", Some("mailto:IT-Help@fernhill.example")),
            ("hilfe@bücher.example", "hilfe@bücher.example", Some("mailto:hilfe@xn--bcher-kva.example")),
            ("a&b=c@fernhill.example", "a&b=c@fernhill.example", Some("mailto:a%26b%3Dc@fernhill.example")),
            ("https://help.fernhill.example", "help.fernhill.example", Some("https://help.fernhill.example")),
            (
                "https://Fernhill.example:8443/it/?a=b&c=d#passkeys",
                "Fernhill.example:8443/it/?a=b&c=d#passkeys",
                Some("https://fernhill.example:8443/it/?a=b&c=d#passkeys"),
            ),
            ("+44 161 496 0000", "+44 161 496 0000", Some("tel:+441614960000")),
            ("extension 4417, or room 214", "extension 4417, or room 214", None),
            ("javascript:alert(1)", "javascript:alert(1)", None),
        ] {
            let help = Help::parse(given).unwrap();
            assert_eq!((help.text.as_str(), help.href.as_deref()), (text, href));
        }
    }

    #[test]
    fn what_looks_like_an_address_and_is_none_is_refused() {
        for wrong in [
            "",
            "  ",
            "help@",
            "help@fernhill",
            "help@fernhill.example, it@fernhill.example",
            "mailto:help@fernhill.example?bcc=x@evil.example",
            "http://help.fernhill.example",
            "HTTPS://help.fernhill.example",
            "ftp://help.fernhill.example",
            "javascript://help.fernhill.example/%0aalert(1)",
            "https://",
            "https:///help",
            "https://user@help.fernhill.example",
            "https://help.fernhill.example/a b",
            "https://help.fernhill.example/\"><script>",
            "https://help.fernhill.example/ü",
            "two\nlines",
            "turned \u{202e}round",
            &"x".repeat(101),
        ] {
            assert_eq!(Help::parse(wrong), None, "{wrong:?}");
        }
    }
}
