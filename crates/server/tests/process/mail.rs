//! A server with a mail server beside it.

use testkit::smtp::Step;
use testkit::{Http, SmtpSink};

use crate::Site;

const MAREN: &str = r#"{"display_name":"Maren Holt","username":"maren","email":"Maren@Example.com"}"#;

fn configure(site: &Site, sink: &SmtpSink, more: &str) {
    let (port, from) = (sink.port(), "Signet <signet@id.example.org>");
    let text = format!("[mail]\nurl = 'smtp://signet:canary7f3e@localhost:{port}'\nfrom = '{from}'\n{more}");
    std::fs::write(site.folder().join("signet.toml"), text).unwrap();
}

#[test]
fn letters_leave_through_the_mail_server_to_the_address_as_it_was_typed() {
    testkit::run(async {
        let (site, sink) = (Site::new(), SmtpSink::plain().await);
        configure(&site, &sink, "");
        let server = site.serve();
        let mut http = Http::operator(server.socket()).await.unwrap();
        assert_eq!(http.post("/api/v1/accounts", MAREN).await.unwrap().status, 201);
        sink.has_taken(1).await;
        let [letter] = <[_; 1]>::try_from(sink.letters()).unwrap();
        assert_eq!(letter.recipients, ["<Maren@Example.com>"]);
        assert!(letter.data.contains("Hello Maren Holt"), "{}", letter.data);
        assert!(!site.data().join("mail").exists());
        assert_eq!(server.stop().code(), Some(0));
    });
}

#[test]
fn doctor_looks_whether_letters_could_leave() {
    testkit::run(async {
        let (site, sink) = (Site::served_once(), SmtpSink::plain().await);
        let said = site.said(&["doctor"]);
        assert!(said.contains("no mail server is configured: letters are written to"), "{said}");

        configure(&site, &sink, "");
        let said = site.said(&["doctor"]);
        assert!(said.contains("letters  through localhost"), "{said}");
        assert!(said.contains("ok       the mail server answers and would take a letter"), "{said}");
        assert!(!said.contains("letters wait") && !said.contains("no mail server"), "{said}");
        assert!(sink.letters().is_empty());

        sink.say(Step::Login, "535 5.7.8 no: canary7f3e");
        let said = site.said(&["doctor"]);
        assert!(said.contains("warning  letters wait: the mail server refused the login (535)"), "{said}");
        assert!(!said.contains("canary7f3e"), "{said}");
        drop(sink);
        assert!(site.said(&["doctor"]).contains("warning  letters wait: the mail server cannot be reached"));
    });
}

#[test]
fn certificates_that_vouch_for_nobody_start_nothing() {
    testkit::run(async {
        let (site, sink) = (Site::new(), SmtpSink::plain().await);
        configure(&site, &sink, "ca_file = 'missing.pem'\n");
        let ended = site.run(&["serve", "--listen", "127.0.0.1:0"]);
        assert_eq!(ended.status, Some(2));
        assert!(ended.err.contains("mail.ca_file cannot be used: missing.pem: No such file"), "{}", ended.err);
        assert!(!site.data().exists(), "the data folder was made before that was known");
    });
}
