#![cfg(test)]
//! Letters through a mail server that does as it is told: what arrives, what is tried again, what is never said.

use std::time::Duration;

use app::{Courier, Letter, Undelivered};
use outbound::smtp::{Encryption, Login, Relay, Unusable};
use outbound::{Sender, Smtp};
use testkit::smtp::{Certificate, Deed, Step};
use testkit::{Folder, SmtpSink};
use vocab::Secret;

const CANARY: &str = "canary7f3e";

fn letter(to: &str) -> Letter {
    Letter {
        id: "0190f5fe-job".into(),
        to: to.into(),
        subject: "Grüße: your account was closed".into(),
        text: "Hello Maren,\n\n.a line with a dot\nSchöne Grüße\n".into(),
    }
}

fn relay(sink: &SmtpSink, encryption: Encryption) -> Relay {
    Relay {
        host: "localhost".into(),
        port: sink.port(),
        encryption,
        login: None,
        from: Sender::parse("Signet <signet@id.example.org>").unwrap(),
        ca_file: None,
    }
}

/// A folder with the certificates of those who are trusted.
fn trusting(certificate: &Certificate, relay: Relay) -> (Folder, Relay) {
    let folder = Folder::new();
    let file = folder.path().join("ca.pem");
    std::fs::write(&file, certificate.pem()).unwrap();
    (folder, Relay { ca_file: Some(file), ..relay })
}

fn with_login(relay: Relay) -> Relay {
    let login = Login { name: Secret::new("signet".into()), password: Secret::new(format!("pw:{CANARY}")) };
    Relay { login: Some(login), ..relay }
}

fn plain(sink: &SmtpSink) -> Smtp {
    Smtp::new(relay(sink, Encryption::Plain)).unwrap()
}

async fn why(smtp: &Smtp, to: &str) -> Undelivered {
    smtp.deliver(&letter(to)).await.unwrap_err()
}

#[test]
fn a_letter_arrives_at_one_address_and_is_what_it_was() {
    testkit::run(async {
        let sink = SmtpSink::plain().await;
        plain(&sink).deliver(&letter("Maren@Example.com")).await.unwrap();
        let [taken] = <[_; 1]>::try_from(sink.letters()).unwrap();
        assert_eq!((taken.sender.as_str(), taken.hello.as_str()), ("<signet@id.example.org>", "id.example.org"));
        assert_eq!(taken.recipients, ["<Maren@Example.com>"]);
        for (name, value) in [
            ("From", "Signet <signet@id.example.org>"),
            ("To", "Maren@Example.com"),
            ("Message-ID", "<0190f5fe-job@id.example.org>"),
            ("Auto-Submitted", "auto-generated"),
            ("MIME-Version", "1.0"),
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Transfer-Encoding", "quoted-printable"),
        ] {
            assert_eq!(taken.header(name).as_deref(), Some(value), "{}", taken.data);
        }
        assert!(taken.header("Subject").unwrap().starts_with("=?utf-8?b?"), "{}", taken.data);
        let body = taken.data.split_once("\r\n\r\n").unwrap().1;
        assert_eq!(body.trim_end(), "Hello Maren,\r\n\r\n.a line with a dot\r\nSch=C3=B6ne Gr=C3=BC=C3=9Fe");
        assert_eq!(sink.heard().last().map(String::as_str), Some("QUIT"));
    });
}

#[test]
fn d07_encrypted_letters_and_logins_travel_encrypted_only() {
    testkit::run(async {
        let certificate = Certificate::of("localhost");
        for (sink, encryption) in [
            (SmtpSink::upgraded(&certificate).await, Encryption::StartTls),
            (SmtpSink::encrypted(&certificate).await, Encryption::Tls),
        ] {
            let (_folder, relay) = trusting(&certificate, with_login(relay(&sink, encryption)));
            Smtp::new(relay).unwrap().deliver(&letter("maren@example.com")).await.unwrap();
            let [taken] = <[_; 1]>::try_from(sink.letters()).unwrap();
            assert!(taken.was_encrypted);
            assert_eq!(taken.login, Some(("signet".to_owned(), format!("pw:{CANARY}"))));
            let in_the_clear: Vec<_> = sink.heard().into_iter().filter(|line| !line.starts_with("tls ")).collect();
            let expected: &[&str] =
                if encryption == Encryption::Tls { &[] } else { &["EHLO id.example.org", "STARTTLS"] };
            assert_eq!(in_the_clear, expected);
        }
    });
}

#[test]
fn d07_a_server_that_does_not_prove_its_name_gets_nothing() {
    testkit::run(async {
        let elsewhere = Certificate::of("mail.example.org");
        let (impostor, honest) = (Certificate::of("localhost"), Certificate::of("localhost"));
        for (shown, trusted) in [(&elsewhere, &elsewhere), (&impostor, &honest)] {
            for (sink, encryption) in [
                (SmtpSink::upgraded(shown).await, Encryption::StartTls),
                (SmtpSink::encrypted(shown).await, Encryption::Tls),
            ] {
                let (_folder, relay) = trusting(trusted, with_login(relay(&sink, encryption)));
                let smtp = Smtp::new(relay).unwrap();
                let outcome = why(&smtp, "maren@example.com").await;
                assert!(matches!(&outcome, Undelivered::Later(why) if why.contains("certificate")), "{outcome:?}");
                assert!(smtp.check().await.is_err());
                assert!(sink.heard().iter().all(|line| line.starts_with("EHLO") || line == "STARTTLS"));
                assert!(sink.letters().is_empty());
            }
        }
    });
}

#[test]
fn d07_without_the_system_certificates_of_an_issuer_nobody_is_trusted() {
    testkit::run(async {
        let sink = SmtpSink::encrypted(&Certificate::of("localhost")).await;
        let smtp = Smtp::new(relay(&sink, Encryption::Tls)).unwrap();
        let outcome = why(&smtp, "maren@example.com").await;
        assert!(matches!(&outcome, Undelivered::Later(why) if why.contains("certificate")), "{outcome:?}");
    });
}

#[test]
fn d07_a_server_whose_encryption_was_taken_away_gets_nothing() {
    testkit::run(async {
        let certificate = Certificate::of("localhost");
        let stripped = SmtpSink::upgraded(&certificate).await;
        stripped.conceal("STARTTLS");
        let (_folder, to_stripped) = trusting(&certificate, with_login(relay(&stripped, Encryption::StartTls)));
        let outcome = why(&Smtp::new(to_stripped).unwrap(), "maren@example.com").await;
        assert_eq!(outcome, Undelivered::Later("the mail server cannot be reached: it offers no STARTTLS".into()));
        assert!(!stripped.heard().iter().any(|line| line.starts_with("AUTH") || line.starts_with("MAIL")));

        let refusing = SmtpSink::upgraded(&certificate).await;
        refusing.say(Step::StartTls, "454 4.7.0 no TLS today");
        let (_folder, to_refusing) = trusting(&certificate, with_login(relay(&refusing, Encryption::StartTls)));
        let outcome = why(&Smtp::new(to_refusing).unwrap(), "maren@example.com").await;
        assert!(matches!(outcome, Undelivered::Later(_)), "{outcome:?}");
        assert!(refusing.letters().is_empty());
    });
}

#[test]
fn d07_an_answer_slipped_in_before_the_encryption_is_no_answer() {
    testkit::run(async {
        let certificate = Certificate::of("localhost");
        let sink = SmtpSink::upgraded(&certificate).await;
        sink.say(Step::StartTls, "220 go ahead\r\n250-slipped in\r\n250 AUTH PLAIN");
        // With every answer one command late, this refusal would come too late to be heard.
        sink.say(Step::End, "554 refused");
        let (_folder, relay) = trusting(&certificate, with_login(relay(&sink, Encryption::StartTls)));
        let outcome = Smtp::new(relay).unwrap().deliver(&letter("maren@example.com")).await;
        assert!(matches!(outcome, Err(Undelivered::Later(_))), "{outcome:?}");
        assert!(!sink.heard().iter().any(|line| line.starts_with("tls ")), "{:?}", sink.heard());
    });
}

#[test]
fn f18_what_may_be_put_right_is_tried_again() {
    testkit::run(async {
        let sink = SmtpSink::plain().await;
        let smtp = Smtp::new(with_login(relay(&sink, Encryption::Plain))).unwrap();
        let later = |outcome: &Undelivered| matches!(outcome, Undelivered::Later(_));
        for (step, words) in [
            (Step::Greeting, "554 5.3.2 closed"),
            (Step::Hello, "421 4.3.2 shutting down"),
            (Step::Login, "535 5.7.8 wrong password"),
            (Step::Login, "454 4.7.0 not now"),
            (Step::Sender, "550 5.7.1 not from you"),
            (Step::Sender, "553 5.1.8 no such sender"),
            (Step::Recipient, "450 4.2.1 greylisted"),
            (Step::Recipient, "550 5.7.1 relaying denied"),
            (Step::Recipient, "530 5.7.0 log in first"),
            (Step::Data, "451 4.3.0 later"),
            (Step::End, "452 4.3.1 disk full"),
            (Step::End, "554 5.7.26 no DMARC"),
            (Step::End, "554 transaction failed"),
            (Step::End, "nonsense"),
        ] {
            sink.say(step, words);
            let outcome = why(&smtp, "maren@example.com").await;
            assert!(later(&outcome), "{step:?} {words}: {outcome:?}");
            sink.behave();
        }
        for step in [Step::Greeting, Step::Hello, Step::Login, Step::Sender, Step::Recipient, Step::Data, Step::Body] {
            sink.at(step, Deed::HangUp);
            let outcome = why(&smtp, "maren@example.com").await;
            assert!(later(&outcome), "hung up at {step:?}: {outcome:?}");
            sink.behave();
        }
        assert!(sink.letters().is_empty());
        drop(sink);
        assert!(later(&why(&smtp, "maren@example.com").await), "nobody listens");
    });
}

#[test]
fn f18_what_is_said_of_the_recipient_is_final() {
    testkit::run(async {
        let sink = SmtpSink::plain().await;
        let smtp = plain(&sink);
        for (step, words) in [
            (Step::Recipient, "550 no such user"),
            (Step::Recipient, "550 5.1.1 no such user"),
            (Step::Recipient, "550-5.1.1 no such user\r\n550 5.1.1 really"),
            (Step::End, "550 5.1.1 no such user"),
            (Step::End, "552 5.2.2 mailbox full"),
        ] {
            sink.say(step, words);
            let outcome = why(&smtp, "maren@example.com").await;
            assert!(matches!(outcome, Undelivered::Never(_)), "{step:?} {words}: {outcome:?}");
            sink.behave();
        }
        assert!(sink.letters().is_empty());
        smtp.deliver(&letter("maren@example.com")).await.unwrap();
    });
}

#[test]
fn f18_a_letter_taken_twice_is_the_same_letter() {
    testkit::run(async {
        let sink = SmtpSink::plain().await;
        sink.at(Step::End, Deed::HangUp);
        let outcome = why(&plain(&sink), "maren@example.com").await;
        assert!(matches!(outcome, Undelivered::Later(_)), "{outcome:?}");
        sink.behave();
        // Another node tries again.
        plain(&sink).deliver(&letter("maren@example.com")).await.unwrap();
        let [first, second] = <[_; 2]>::try_from(sink.letters()).unwrap();
        assert_eq!(first.header("Message-ID"), second.header("Message-ID"));
        assert_eq!((first.recipients, first.sender), (second.recipients, second.sender));
    });
}

#[test]
fn f18_a_silent_server_keeps_nobody_longer_than_this() {
    testkit::run(async {
        for step in [Step::Greeting, Step::Hello, Step::Recipient, Step::End] {
            let sink = SmtpSink::plain().await;
            sink.at(step, Deed::Silence);
            let smtp = plain(&sink).within(Duration::from_millis(200));
            let outcome = why(&smtp, "maren@example.com").await;
            assert!(matches!(&outcome, Undelivered::Later(why) if why.contains("not done within")), "{outcome:?}");
        }
    });
}

#[test]
fn r05_what_is_not_one_address_reaches_no_server() {
    testkit::run(async {
        let sink = SmtpSink::plain().await;
        let smtp = plain(&sink);
        for hostile in
            ["a@x.example,b@y.example", "a@x.example>\r\nRCPT TO:<b@y.example", "a@x.example b@y.example", ""]
        {
            assert!(matches!(why(&smtp, hostile).await, Undelivered::Never(_)), "{hostile:?}");
        }
        assert_eq!(sink.heard(), [""; 0]);
    });
}

#[test]
fn r06_an_address_outside_ascii_travels_as_it_was_checked_or_not_at_all() {
    testkit::run(async {
        let sink = SmtpSink::plain().await;
        let smtp = plain(&sink);
        smtp.deliver(&letter("ann@straße.example")).await.unwrap();
        smtp.deliver(&letter("Zoë@example.com")).await.unwrap();
        let [domain, person] = <[_; 2]>::try_from(sink.letters()).unwrap();
        assert_eq!(domain.recipients, ["<ann@xn--strae-oqa.example>"]);
        assert_eq!(domain.sender, "<signet@id.example.org>", "any server carries it");
        assert_eq!(person.recipients, ["<Zoë@example.com>"]);
        assert_eq!(person.sender, "<signet@id.example.org> SMTPUTF8 BODY=8BITMIME");
        assert_eq!(person.header("To").as_deref(), Some("Zoë@example.com"));

        sink.conceal("SMTPUTF8");
        smtp.deliver(&letter("ann@straße.example")).await.unwrap();
        let outcome = why(&smtp, "Zoë@example.com").await;
        assert!(matches!(&outcome, Undelivered::Never(why) if why.contains("outside ASCII")), "{outcome:?}");
        assert_eq!(sink.letters().len(), 3);
    });
}

#[test]
fn i14_a_server_that_repeats_the_password_is_not_quoted() {
    testkit::run(async {
        let sink = SmtpSink::plain().await;
        let smtp = Smtp::new(with_login(relay(&sink, Encryption::Plain))).unwrap();
        for words in [format!("535 5.7.8 signet/pw:{CANARY}"), CANARY.to_owned(), format!("250 ok\r\n999 {CANARY}")] {
            sink.say(Step::Login, &words);
            let outcome = why(&smtp, "maren@example.com").await;
            assert!(!format!("{outcome:?}").contains(CANARY), "{outcome:?}");
        }
        sink.behave();
        sink.conceal("AUTH PLAIN");
        let no_login = "the mail server takes no login of a kind we know";
        assert_eq!(why(&smtp, "maren@example.com").await, Undelivered::Later(no_login.into()));
        assert!(!format!("{:?}", with_login(relay(&sink, Encryption::Plain))).contains(CANARY));
    });
}

#[test]
fn a_look_at_the_server_carries_no_letter() {
    testkit::run(async {
        let sink = SmtpSink::plain().await;
        let smtp = Smtp::new(with_login(relay(&sink, Encryption::Plain))).unwrap();
        smtp.check().await.unwrap();
        let verbs: Vec<_> = sink.heard().iter().map(|line| line[..4].to_owned()).collect();
        assert_eq!(verbs, ["EHLO", "AUTH", "NOOP", "QUIT"]);
        sink.say(Step::Login, "535 5.7.8 wrong password");
        assert_eq!(smtp.check().await.unwrap_err().to_string(), "the mail server refused the login (535)");
    });
}

#[test]
fn certificates_that_vouch_for_nobody_are_refused_before_anything_is_sent() {
    testkit::run(async {
        let (sink, folder) = (SmtpSink::plain().await, Folder::new());
        let with = |name: &str| Relay { ca_file: Some(folder.path().join(name)), ..relay(&sink, Encryption::StartTls) };
        assert!(matches!(Smtp::new(with("missing.pem")), Err(Unusable::CaFile(..))));
        let broken = "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n";
        for (name, text) in [("empty.pem", ""), ("words.pem", "no certificate\n"), ("broken.pem", broken)] {
            std::fs::write(folder.path().join(name), text).unwrap();
            assert!(matches!(Smtp::new(with(name)), Err(Unusable::NotCertificates(_))), "{name}");
        }
    });
}
