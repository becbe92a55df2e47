//! What passkeys are bound to, who may sign up, and whose house this is.

use server::config::warnings;
use vocab::{Origin, RpId};

use crate::desk::Desk;

fn at(public_url: &str) -> Desk {
    Desk::new().env("SIGNET_SERVER__PUBLIC_URL", public_url)
}

fn rp_id(desk: &Desk) -> Option<String> {
    desk.load().config.passkeys.rp_id.as_ref().map(RpId::as_str).map(str::to_owned)
}

fn origins(desk: &Desk) -> Vec<String> {
    desk.load().config.passkeys.origins.iter().map(Origin::as_str).map(str::to_owned).collect()
}

#[test]
fn passkeys_follow_the_public_url() {
    for (url, id) in [
        ("https://id.example.org", Some("id.example.org")),
        ("https://ID.Example.org:8443/", Some("id.example.org")),
        ("https://bücher.example", Some("xn--bcher-kva.example")),
        ("http://localhost:8080", Some("localhost")),
        ("http://127.0.0.1:8080", None),
        ("http://[::1]:8080", None),
        ("https://192.0.2.7", None),
    ] {
        let desk = at(url);
        assert_eq!(rp_id(&desk).as_deref(), id, "{url}");
        assert_eq!(origins(&desk), [desk.load().config.server.public_url.origin()], "{url}");
    }
}

#[test]
fn passkeys_can_be_bound_to_a_domain_above_and_to_nothing_else() {
    let given = |url: &str, id: &str| at(url).env("SIGNET_PASSKEYS__RP_ID", id);
    for (url, id) in [
        ("https://id.example.org", "id.example.org"),
        ("https://id.example.org", "example.org"),
        ("https://a.b.example.org:8443", "b.example.org"),
        ("http://localhost:8080", "localhost"),
    ] {
        assert_eq!(rp_id(&given(url, id)).as_deref(), Some(id));
    }
    for (url, id) in [
        ("https://id.example.org", "org"),
        ("https://id.example.org", "ample.org"),
        ("https://id.example.org", "d.example.org"),
        ("https://id.example.org", "login.example.org"),
        ("https://id.example.org", "deeper.id.example.org"),
        ("https://id.example.org", "example.com"),
        ("https://id.localhost", "localhost"),
        ("http://127.0.0.1:8080", "localhost"),
    ] {
        assert_eq!(
            given(url, id).only_error(),
            "SIGNET_PASSKEYS__RP_ID: passkeys.rp_id must be the host of server.public_url or a domain above it that \
             has a dot: no browser would bind a passkey of that page to anything else",
            "{url} {id}"
        );
    }
    for id in
        ["", "Example.org", "https://example.org", "example.org.", "192.0.2.7", "example.org:443", "*.example.org"]
    {
        assert_eq!(
            given("https://id.example.org", id).only_error(),
            format!(
                "SIGNET_PASSKEYS__RP_ID: passkeys.rp_id must be the host of server.public_url, or a domain above it \
                 that has a dot; found {id:?}"
            )
        );
    }
}

#[test]
fn origins_are_written_as_browsers_write_them_and_the_public_url_is_among_them() {
    let given = |origins: &str| at("https://id.example.org").env("SIGNET_PASSKEYS__ORIGINS", origins);
    assert_eq!(
        origins(&given("https://id.example.org, https://shop.id.example.org:8443")),
        ["https://id.example.org", "https://shop.id.example.org:8443"]
    );
    let not_among = "SIGNET_PASSKEYS__ORIGINS: passkeys.origins must name server.public_url too: \
                     its pages are the first with a passkey dialog";
    for other in ["", "https://shop.example.org", "https://id.example.org:8443"] {
        assert_eq!(given(other).only_error(), not_among, "{other}");
    }
    for wrong in [
        "http://id.example.org",
        "https://id.example.org/",
        "https://ID.example.org",
        "https://id.example.org:443",
        "https://*.example.org",
        "id.example.org",
        "null",
    ] {
        assert_eq!(
            given(&format!("https://id.example.org,{wrong}")).only_error(),
            format!(
                "SIGNET_PASSKEYS__ORIGINS: passkeys.origins must be a list of origins such as https://id.example.org \
                 (http:// for localhost and loopback only); found {wrong:?}"
            )
        );
    }
}

#[test]
fn what_browsers_will_not_do_is_worth_a_word() {
    let words = |desk: Desk| warnings(&desk.load().config);
    for (url, instead) in [
        ("http://127.0.0.1:8080", "http://localhost:8080"),
        ("http://127.0.0.1", "http://localhost"),
        ("http://[::1]:9000", "http://localhost:9000"),
        ("https://192.0.2.7", "a domain name"),
    ] {
        let expected =
            format!("server.public_url is an address of numbers, and browsers bind no passkey to one; use {instead}");
        assert!(words(at(url)).contains(&expected), "{url}: {:?}", words(at(url)));
    }
    let given = "https://id.example.org,https://id.example.com,https://a.id.example.org";
    let expected = "passkeys.origins names https://id.example.com, which is not below passkeys.rp_id: browsers show a \
                    passkey there only if they find its name in https://id.example.org/.well-known/webauthn";
    let strangers: Vec<_> = words(at("https://id.example.org").env("SIGNET_PASSKEYS__ORIGINS", given))
        .into_iter()
        .filter(|word| word.starts_with("passkeys."))
        .collect();
    assert_eq!(strangers, [expected]);
}

#[test]
fn apps_are_named_exactly_as_their_systems_look_for_them() {
    let signer = ["AB"; 32].join(":");
    let (android, apple) = (format!("org.example.app@{signer}"), "A1B2C3D4E5.org.example.app");
    let desk = Desk::new()
        .env("SIGNET_PASSKEYS__ANDROID_APPS", &format!("{android}, org.example.other@{signer}"))
        .file(&format!("passkeys.apple_apps = ['{apple}']"));
    let passkeys = desk.load().config.passkeys;
    assert_eq!(passkeys.android_apps.first(), web::AndroidApp::parse(&android).as_ref());
    assert_eq!((passkeys.android_apps.len(), passkeys.apple_apps), (2, vec![web::AppleApp::parse(apple).unwrap()]));
    let wrong = Desk::new().env("SIGNET_PASSKEYS__ANDROID_APPS", &format!("{android},org.example.app"));
    assert_eq!(
        wrong.only_error(),
        "SIGNET_PASSKEYS__ANDROID_APPS: passkeys.android_apps must be a list of package@SHA-256, the digest of its \
         certificate as keytool prints it; found \"org.example.app\""
    );
    let wrong = Desk::new().env("SIGNET_PASSKEYS__APPLE_APPS", "org.example.app");
    assert_eq!(
        wrong.only_error(),
        "SIGNET_PASSKEYS__APPLE_APPS: passkeys.apple_apps must be a list of team.bundle such as \
         A1B2C3D4E5.org.example.app; found \"org.example.app\""
    );
}

#[test]
fn anybody_may_sign_up_only_where_somebody_said_so() {
    assert!(Desk::new().file("accounts.sign_up = true").load().config.accounts.sign_up);
    assert_eq!(
        Desk::new().file("accounts.sign_up = 'yes'").only_error(),
        "signet.toml:1: accounts.sign_up must be true or false; found \"yes\""
    );
}

#[test]
fn the_name_of_the_house_stands_on_one_line() {
    let named = |name: &str| Desk::new().env("SIGNET_ORGANISATION__NAME", name);
    for (name, shown) in [("Haus Zoë", "Haus Zoë"), ("  Acme & Söhne  ", "Acme & Söhne"), ("é", "é")] {
        assert_eq!(named(name).load().config.organisation.name, shown);
    }
    assert_eq!(named(&"é".repeat(60)).load().config.organisation.name.chars().count(), 60);
    for wrong in ["", "  ", "a\r\nBcc: b", "a\u{202e}b", &"a".repeat(61)] {
        let error = named(wrong).only_error();
        let expected = "SIGNET_ORGANISATION__NAME: organisation.name must be 1 to 60 characters on one line; found ";
        assert!(error.starts_with(expected), "{error}");
    }
}

#[test]
fn where_help_is_found_is_an_address_or_a_line() {
    let given = |help: &str| Desk::new().env("SIGNET_ORGANISATION__HELP", help);
    assert_eq!(Desk::new().load().config.organisation.help, None);
    for help in ["help@example.org", "https://example.org/help?about=passkeys", "+44 161 496 0000", "extension 4417"] {
        assert_eq!(given(help).load().config.organisation.help, web::Help::parse(help));
    }
    for wrong in ["", "help@", "http://example.org/help", "https://example.org/a b", "two\nlines", &"x".repeat(101)] {
        let error = given(wrong).only_error();
        let expected = "SIGNET_ORGANISATION__HELP: organisation.help must be an e-mail address, an https:// address, \
                        or 1 to 100 characters on one line such as a telephone number; found ";
        assert!(error.starts_with(expected), "{error}");
    }
}
