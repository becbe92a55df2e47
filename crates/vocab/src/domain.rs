//! Domain names in their one comparable form: A-labels, lower case, no dot at the end.

use crate::characters::{is_control_or_space, is_unseen};
use idna::AsciiDenyList;
use idna::uts46::{DnsLength, Hyphens, Uts46};

/// The A-label form after UTS #46 (non-transitional, STD3, hyphens and lengths checked), or nothing.
pub(crate) fn canonical(typed: &str) -> Option<String> {
    let is_seen = !typed.chars().any(|c| is_control_or_space(c) || is_unseen(c));
    is_seen.then(|| to_ascii(typed)).flatten().filter(|ascii| comes_back(ascii))
}

/// A label that begins with `xn--` must hold something that is not plain ASCII and must come back when it is
/// decoded and encoded again: otherwise two texts name one domain for one program and two for another
/// (RUSTSEC-2024-0421). `idna` refuses these itself since 1.0; we look once more, because an account hangs on it.
fn comes_back(ascii: &str) -> bool {
    let (unicode, decoded) = Uts46::new().to_unicode(ascii.as_bytes(), AsciiDenyList::STD3, Hyphens::Check);
    let is_masked = unicode.split('.').any(|label| label.is_ascii() && label.starts_with("xn--"));
    decoded.is_ok() && !is_masked && to_ascii(&unicode).as_deref() == Some(ascii)
}

/// Would a browser or a resolver take the last label for the end of an IPv4 address (`1`, `0x7f`)?
pub(crate) fn ends_in_number(domain: &str) -> bool {
    let last = domain.rsplit('.').next().unwrap_or_default();
    let is_hex = last.strip_prefix("0x").is_some_and(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()));
    is_hex || last.bytes().all(|b| b.is_ascii_digit())
}

fn to_ascii(domain: &str) -> Option<String> {
    let ascii = Uts46::new().to_ascii(domain.as_bytes(), AsciiDenyList::STD3, Hyphens::Check, DnsLength::Verify);
    ascii.ok().map(|ascii| ascii.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn r06_masked_and_broken_labels_are_refused() {
        let hostile = [
            "xn--mozilla-.org",
            "xn--example-.org",
            "xn--.org",
            "xn---.org",
            "xn--a.org",
            "xn--e1ay.xn--a-",
            "xn--bücher.example",
            "xn--xn--bcher-kva-.example",
            "ab--cd.example",
            "-a.example",
            "a-.example",
            "a..example",
            ".example",
            "example.",
            "",
            "a_b.example",
            "a\u{ad}b.example",
            "a\u{200d}b.example",
            "a b.example",
            "a/b.example",
            "[::1]",
            "a:80",
        ];
        for typed in hostile {
            assert_eq!(canonical(typed), None, "{typed:?}");
        }
        assert_eq!(canonical(&format!("{}.example", "a".repeat(64))), None);
        assert_eq!(canonical(&"a.".repeat(127)), None);
    }

    #[test]
    fn r06_what_does_not_come_back_is_masked() {
        for label in ["xn--bcher-kva", "bucher", "localhost"] {
            assert!(comes_back(label), "{label}");
        }
        for label in ["xn--mozilla-", "xn--a", "xn--", "xn--BCHER-KVA", "Bucher", "xn--abc-"] {
            assert!(!comes_back(label), "{label}");
        }
    }

    #[test]
    fn r06_the_a_label_is_the_one_form() {
        let forms =
            ["bücher.example", "BÜCHER.EXAMPLE", "bu\u{308}cher.example", "XN--BCHER-KVA.example", "bücher。example"];
        for typed in forms {
            assert_eq!(canonical(typed).as_deref(), Some("xn--bcher-kva.example"), "{typed:?}");
        }
        assert_ne!(canonical("straße.example"), canonical("strasse.example"));
    }

    proptest! {
        #[test]
        fn r06_domains_are_canonical_once_and_for_all(typed in "[a-zA-ZßſKàéüςσя漢。.0-9xn-]{1,20}") {
            if let Some(once) = canonical(&typed) {
                prop_assert!(once.is_ascii());
                prop_assert_eq!(canonical(&once), Some(once));
            }
        }

        #[test]
        fn parsing_never_panics(typed in any::<String>()) {
            let _ = canonical(&typed);
            let _ = ends_in_number(&typed);
        }
    }
}
