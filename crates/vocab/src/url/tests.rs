use super::*;
use proptest::prelude::*;

#[test]
fn one_spelling_comes_out() {
    let table = [
        ("https://id.example.org", "https://id.example.org", "id.example.org", false),
        ("HTTPS://ID.Example.ORG:443/", "https://id.example.org", "id.example.org", false),
        ("https://id.example.org:8443", "https://id.example.org:8443", "id.example.org", false),
        ("https://id.example.org:80", "https://id.example.org:80", "id.example.org", false),
        ("https://bücher.example", "https://xn--bcher-kva.example", "xn--bcher-kva.example", false),
        ("https://signet", "https://signet", "signet", false),
        ("https://192.0.2.7", "https://192.0.2.7", "192.0.2.7", false),
        ("https://[2001:DB8:0:0::1]:8443", "https://[2001:db8::1]:8443", "[2001:db8::1]", false),
        ("http://localhost:8080", "http://localhost:8080", "localhost", true),
        ("http://LOCALHOST:80/", "http://localhost", "localhost", true),
        ("http://127.8.9.10:1", "http://127.8.9.10:1", "127.8.9.10", true),
        ("http://[::1]:65535", "http://[::1]:65535", "[::1]", true),
    ];
    for (text, origin, host, is_loopback) in table {
        let url = PublicUrl::parse(text).unwrap();
        assert_eq!((url.origin(), url.host(), url.is_loopback()), (origin, host, is_loopback), "{text}");
    }
}

#[test]
fn hostile_urls_are_refused() {
    let table = [
        ("", Refusal::Scheme),
        ("id.example.org", Refusal::Scheme),
        ("//id.example.org", Refusal::Scheme),
        ("https:id.example.org", Refusal::Scheme),
        ("https:/id.example.org", Refusal::Scheme),
        ("ftp://id.example.org", Refusal::Scheme),
        (" https://id.example.org", Refusal::Scheme),
        ("javascript://localhost", Refusal::Scheme),
        ("http://id.example.org", Refusal::PlainHttp),
        ("http://localhost.example.org", Refusal::PlainHttp),
        ("http://127.0.0.1.example.org", Refusal::PlainHttp),
        ("http://10.0.0.1", Refusal::PlainHttp),
        ("https://ann@id.example.org", Refusal::UserInfo),
        ("https://ann:pw@id.example.org", Refusal::UserInfo),
        ("https://id.example.org\\@evil.example", Refusal::UserInfo),
        ("http://localhost@evil.example", Refusal::UserInfo),
        ("https://id.example.org/sign-in", Refusal::Path),
        ("https://id.example.org//", Refusal::Path),
        ("https://id.example.org\\", Refusal::Path),
        ("https:///id.example.org", Refusal::Path),
        ("https://id.example.org?", Refusal::QueryOrFragment),
        ("https://id.example.org/#", Refusal::QueryOrFragment),
        ("https://", Refusal::Host),
        ("https:///", Refusal::Host),
        ("https://:443", Refusal::Host),
        ("https://id.example.org.", Refusal::Host),
        ("https://id..example.org", Refusal::Host),
        ("https://id_1.example.org", Refusal::Host),
        ("https://id.example.org\r\nX: y", Refusal::Host),
        ("https://id.example.org\0", Refusal::Host),
        ("https://i\u{ad}d.example.org", Refusal::Host),
        ("https://xn--example-.org", Refusal::Host),
        ("https://%69d.example.org", Refusal::Host),
        ("https://*.example.org", Refusal::Host),
        ("https://127.1", Refusal::Host),
        ("https://0177.0.0.1", Refusal::Host),
        ("https://2130706433", Refusal::Host),
        ("https://0x7f000001", Refusal::Host),
        ("http://0.0.0.0", Refusal::Host),
        ("https://[::]", Refusal::Host),
        ("https://[::1", Refusal::Host),
        ("https://::1", Refusal::Host),
        ("https://[::1]x", Refusal::Host),
        ("https://[::1]x:443", Refusal::Host),
        ("https://x[::1]", Refusal::Host),
        ("https://[fe80::1%eth0]", Refusal::Host),
        ("https://[::ffff:127.0.0.1]", Refusal::Host),
        ("https://id.example.org:", Refusal::Port),
        ("https://id.example.org:0", Refusal::Port),
        ("https://id.example.org:+443", Refusal::Port),
        ("https://id.example.org:0443", Refusal::Port),
        ("https://id.example.org:65536", Refusal::Port),
        ("https://id.example.org:443:443", Refusal::Port),
        ("https://id.example.org:４４３", Refusal::Port),
    ];
    for (text, refusal) in table {
        assert_eq!(PublicUrl::parse(text), Err(refusal), "{text:?}");
    }
}

proptest! {
    #[test]
    fn an_origin_parses_to_itself(text in "https?://[a-zA-Zé0-9.\\[\\]:-]{1,16}(:[0-9]{1,5})?/?") {
        if let Ok(url) = PublicUrl::parse(&text) {
            prop_assert_eq!(PublicUrl::parse(url.origin()), Ok(url));
        }
    }

    #[test]
    fn parsing_never_panics(text in any::<String>()) {
        let _ = PublicUrl::parse(&text);
        let _ = PublicUrl::parse(&format!("https://{text}"));
    }
}

#[test]
fn what_is_fetched_has_a_path_and_one_spelling() {
    let table = [
        ("https://MDS.example.org", "https://mds.example.org/", "mds.example.org", 443, "/"),
        ("https://mds.example.org:8443/", "https://mds.example.org:8443/", "mds.example.org", 8443, "/"),
        ("https://[2001:DB8::1]/a/b?c=d&e", "https://[2001:db8::1]/a/b?c=d&e", "2001:db8::1", 443, "/a/b?c=d&e"),
        ("http://localhost:8080/list", "http://localhost:8080/list", "localhost", 8080, "/list"),
        ("http://127.0.0.1/list", "http://127.0.0.1/list", "127.0.0.1", 80, "/list"),
    ];
    for (text, spelled, host, port, target) in table {
        let url = RemoteUrl::parse(text).unwrap();
        assert_eq!((url.to_string().as_str(), url.host(), url.port(), url.target()), (spelled, host, port, target));
        assert_eq!(format!("{}{}", url.origin(), url.target()), spelled);
        assert!(url.origin().ends_with(url.authority()) && url.is_encrypted() == spelled.starts_with("https"));
    }
}

#[test]
fn o19_hostile_addresses_of_other_houses_are_refused() {
    let table = [
        ("mds.example.org/list", Refusal::Scheme),
        ("file:///etc/passwd", Refusal::Scheme),
        ("gopher://mds.example.org/", Refusal::Scheme),
        ("http://mds.example.org/list", Refusal::PlainHttp),
        ("http://10.0.0.1/list", Refusal::PlainHttp),
        ("http://localhost.example.org/list", Refusal::PlainHttp),
        ("https://ann:pw@mds.example.org/list", Refusal::UserInfo),
        ("https://mds.example.org?a@evil.example", Refusal::QueryOrFragment),
        ("https://mds.example.org#@evil.example", Refusal::QueryOrFragment),
        ("https://mds.example.org\\@evil.example", Refusal::Path),
        ("https://mds.example.org/a b", Refusal::Path),
        ("https://mds.example.org/a\r\nHost: evil.example", Refusal::Path),
        ("https://mds.example.org/a#b", Refusal::QueryOrFragment),
        ("https://mds.example.org/ä", Refusal::Path),
        ("https:///list", Refusal::Host),
        ("https://mds.example.org:0/list", Refusal::Port),
        ("https://0177.0.0.1/list", Refusal::Host),
    ];
    for (text, refusal) in table {
        assert_eq!(RemoteUrl::parse(text), Err(refusal), "{text}");
    }
}
