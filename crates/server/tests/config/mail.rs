//! The mail server and the address letters come from.

use outbound::smtp::{Encryption, Relay};
use server::config::{explain, load, warnings};

use crate::CANARY;
use crate::desk::Desk;

fn with_mail(url: &str) -> Desk {
    Desk::new().env("SIGNET_MAIL__URL", url).env("SIGNET_MAIL__FROM", "Signet <signet@id.example.org>")
}

fn relay(desk: &Desk) -> Relay {
    desk.load().config.relay().unwrap()
}

#[test]
fn a_mail_url_says_host_port_and_login() {
    for (url, host, port) in [
        ("smtps://mail.example.org", "mail.example.org", 465),
        ("smtp://mail.example.org", "mail.example.org", 587),
        ("smtp://mail.example.org:2525", "mail.example.org", 2525),
        ("smtps://[fd00::25]:4650", "fd00::25", 4650),
        ("smtp://127.0.0.1:25", "127.0.0.1", 25),
    ] {
        let relay = relay(&with_mail(url));
        assert_eq!((relay.host.as_str(), relay.port, relay.login.is_none()), (host, port, true), "{url}");
    }
    let login = relay(&with_mail("smtps://signet%40example.org:p%2Fw%3A%25+%C3%A9:x@mail.example.org")).login.unwrap();
    assert_eq!((login.name.expose().as_str(), login.password.expose().as_str()), ("signet@example.org", "p/w:%+é:x"));
}

#[test]
fn d07_letters_are_encrypted_unless_they_stay_here_or_somebody_said_so() {
    let encryption = |desk: Desk| relay(&desk).encryption;
    for url in ["smtp://mail.example.org", "smtp://10.0.0.1", "smtp://127.1", "smtp://localhost.example.org:25"] {
        assert_eq!(encryption(with_mail(url)), Encryption::StartTls, "{url}");
        let danger = with_mail(url).env("SIGNET_MAIL__DANGER_PLAINTEXT", "true");
        assert_eq!(encryption(danger), Encryption::Plain, "{url}");
    }
    for url in ["smtp://localhost:25", "smtp://127.0.0.1", "smtp://[::1]:25", "smtp://[::ffff:127.0.0.1]"] {
        assert_eq!(encryption(with_mail(url)), Encryption::Plain, "{url}");
        let with_ca = with_mail(url).env("SIGNET_MAIL__CA_FILE", "ca.pem");
        assert_eq!(encryption(with_ca), Encryption::StartTls, "{url}");
    }
    for danger in ["true", "false"] {
        let desk = with_mail("smtps://localhost").env("SIGNET_MAIL__DANGER_PLAINTEXT", danger);
        assert_eq!(encryption(desk), Encryption::Tls);
    }
}

#[test]
fn a_mail_url_has_one_plain_host_and_nothing_behind_it() {
    let behind = "must end after the host and port; in user and password, write /, ? and # as %2F, %3F and %23";
    let at_sign = "may hold @ once, before the host; in user and password, write it as %40";
    let both = "needs both a user and a password before the @, or neither";
    let text = "has a user or password that is not percent-encoded text without control characters";
    let port = "has a port that is not a number from 1 to 65535";
    for (url, why) in [
        ("smtp://mail.example.org/", behind),
        ("smtp://mail.example.org?tls=none", behind),
        ("smtp://mail.example.org#x", behind),
        ("smtp://u:p/w@mail.example.org", behind),
        ("smtp://u:p@w@mail.example.org", at_sign),
        ("smtp://u@mail.example.org", both),
        ("smtp://u:@mail.example.org", both),
        ("smtp://:p@mail.example.org", both),
        ("smtp://@mail.example.org", both),
        ("smtp://u:p%@mail.example.org", text),
        ("smtp://u:p%4@mail.example.org", text),
        ("smtp://u:p%zz@mail.example.org", text),
        ("smtp://u:p%+1@mail.example.org", text),
        ("smtp://u:p%ff@mail.example.org", text),
        ("smtp://u%00:p@mail.example.org", text),
        ("smtp://u:p%0d%0aQUIT@mail.example.org", text),
        ("smtp://a.example,b.example", "names several hosts; one is accepted"),
        ("smtp://%6dail.example.org", "has percent-encoding in its host; write the host plainly"),
        ("smtp://", "names no host"),
        ("smtp://u:p@", "names no host"),
        ("smtp://[mail]", "names something in brackets that is not an IPv6 address"),
        ("smtp://mail example.org", "names a host with a character that hosts do not have"),
        ("smtp://mail.example.org:0", port),
        ("smtp://mail.example.org:+25", port),
        ("smtp://mail.example.org:", port),
        ("smtp://mail.example.org:65536", port),
    ] {
        assert_eq!(with_mail(url).only_error(), format!("SIGNET_MAIL__URL: mail.url {why}"), "{url}");
    }
    for url in ["", "mail.example.org", "SMTP://mail.example.org", "http://mail.example.org"] {
        assert_eq!(
            with_mail(url).only_error(),
            "SIGNET_MAIL__URL: mail.url must be smtps:// or smtp://, perhaps a user and a password, and one host; \
             found something that is not shown, because it is secret"
        );
    }
}

#[test]
fn a_mail_server_needs_an_address_that_letters_come_from() {
    let desk = Desk::new().env("SIGNET_MAIL__URL", "smtps://mail.example.org");
    assert_eq!(
        desk.only_error(),
        "SIGNET_MAIL__URL: mail.url needs mail.from beside it: the address that letters come from"
    );
    let from = |text: &str| with_mail("smtps://mail.example.org").env("SIGNET_MAIL__FROM", text);
    assert_eq!(relay(&from("post@bücher.example")).from.to_string(), "post@xn--bcher-kva.example");
    assert_eq!(
        from("Signet").only_error(),
        "SIGNET_MAIL__FROM: mail.from must be an address, alone or as in Signet <signet@id.example.org>; \
         found \"Signet\""
    );
    assert_eq!(
        from("zoë@example.org").only_error(),
        "SIGNET_MAIL__FROM: mail.from has letters outside ASCII before the @, which not every mail server carries"
    );
    for hostile in
        ["a@x.example, b@y.example", "Signet\r\nBcc: <b@y.example>", "Signet <a@x.example\r\nBcc: b@y.example>"]
    {
        assert!(
            from(hostile).only_error().starts_with("SIGNET_MAIL__FROM: mail.from must be an address"),
            "{hostile:?}"
        );
    }
}

#[test]
fn i14_the_login_of_a_mail_server_appears_nowhere() {
    for url in [
        format!("smtps://{CANARY}:{CANARY}@mail.example.org/"),
        format!("smtps://{CANARY}@mail.example.org"),
        format!("smtps://{CANARY}:{CANARY}%00@mail.example.org"),
        format!("smtps://u:{CANARY}@{CANARY}@mail.example.org"),
        format!("smtp:/{CANARY}"),
    ] {
        let desk = with_mail(&url);
        let errors = load(&desk.flags, &desk.around).unwrap_err();
        assert!(!format!("{errors} {errors:?}").contains(CANARY), "{errors}");
    }
    let loaded = with_mail(&format!("smtps://{CANARY}:{CANARY}@mail.example.org")).load();
    let relay = loaded.config.relay().unwrap();
    let everything = format!("{} {loaded:?} {relay:?} {:?}", explain(&loaded), warnings(&loaded.config));
    assert!(!everything.contains(CANARY) && everything.contains("mail.example.org"), "{everything}");
}

#[test]
fn what_has_no_effect_without_a_mail_server_is_worth_a_word() {
    let desk = Desk::new().env("SIGNET_MAIL__FROM", "signet@id.example.org").env("SIGNET_MAIL__CA_FILE", "ca.pem");
    let warnings = warnings(&desk.load().config);
    for path in ["mail.from", "mail.ca_file"] {
        assert!(warnings.contains(&format!("{path} has no effect without mail.url")), "{warnings:?}");
    }
}
