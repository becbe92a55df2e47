#![cfg(test)]
//! Documents of other houses: what comes is what was named, within its bounds, or nothing.

use std::time::Duration;

use app::{Fetched, Fetcher, Unfetched, Wanted};
use outbound::Https;
use outbound::https::Unusable;
use testkit::smtp::Certificate;
use testkit::{Folder, WebSink};
use vocab::url::RemoteUrl;

const AT_MOST: usize = 100;

async fn fetched(https: &Https, url: &str, known_as: Option<&str>) -> Result<Fetched, Unfetched> {
    let url = RemoteUrl::parse(url).unwrap();
    https.fetch(Wanted { url: &url, known_as, at_most: AT_MOST }).await
}

async fn from(server: &WebSink, known_as: Option<&str>) -> Result<Fetched, Unfetched> {
    fetched(&Https::new(None).unwrap(), &format!("http://localhost:{}/list?of=models", server.port()), known_as).await
}

fn document(bytes: &[u8], known_as: Option<&str>) -> Result<Fetched, Unfetched> {
    Ok(Fetched::Document { bytes: bytes.to_vec(), known_as: known_as.map(str::to_owned) })
}

#[test]
fn a_document_comes_with_its_version_and_is_not_sent_twice() {
    testkit::run(async {
        let server = WebSink::plain().await;
        server.answer("200 OK\nETag: \"seven\"", b"seven");
        assert_eq!(from(&server, None).await, document(b"seven", Some("\"seven\"")));
        server.answer("200 OK\nTransfer-Encoding: chunked\nX-Length: 0", b"3\r\nsev\r\n2\r\nen\r\n0\r\n\r\n");
        assert_eq!(from(&server, None).await, document(b"seven", None));
        server.answer("304 Not Modified", b"");
        assert_eq!(from(&server, Some("\"seven\"")).await, Ok(Fetched::Unchanged));
        assert!(from(&server, None).await.is_err(), "there is no version that it could be");
        let heard = server.heard().concat().to_lowercase();
        assert!(heard.starts_with("get /list?of=models http/1.1\r\n"), "{heard}");
        assert!(heard.contains(&format!("host: localhost:{}\r\n", server.port())), "{heard}");
        assert!(heard.matches("if-none-match: \"seven\"\r\n").count() == 1, "{heard}");
    });
}

#[test]
fn what_is_too_long_or_breaks_off_is_not_taken() {
    testkit::run(async {
        let server = WebSink::plain().await;
        server.answer("200 OK", &[7; AT_MOST]);
        assert_eq!(from(&server, None).await, document(&[7; AT_MOST], None));
        server.answer("200 OK", &[7; AT_MOST + 1]);
        assert_eq!(from(&server, None).await, Err(Unfetched("it sends more than 100 bytes".to_owned())));
        server.answer("200 OK\nContent-Length: 50", &[7; 49]);
        assert!(from(&server, None).await.unwrap_err().0.starts_with("it broke off"));
        for head in ["500 Internal Server Error", "404 Not Found", "204 No Content", "206 Partial Content"] {
            server.answer(head, b"");
            assert_eq!(from(&server, None).await, Err(Unfetched(format!("it answers {head}"))));
        }
        server.answer("", b"");
        assert!(from(&server, None).await.unwrap_err().0.starts_with("it does not speak HTTP"));
    });
}

/// O19: whoever answers does not choose where we go.
#[test]
fn o19_nobody_is_led_elsewhere() {
    testkit::run(async {
        let (server, inside) = (WebSink::plain().await, WebSink::plain().await);
        inside.answer("200 OK", b"secret");
        for status in ["301 Moved Permanently", "302 Found", "303 See Other", "307 Temporary Redirect", "308 Permanent"]
        {
            server.answer(&format!("{status}\nLocation: http://127.0.0.1:{}/", inside.port()), b"");
            let Unfetched(why) = from(&server, None).await.unwrap_err();
            assert!(why.contains("give it instead") && why.contains("127.0.0.1"), "{why}");
        }
        assert!(inside.heard().is_empty());
    });
}

#[test]
fn o19_a_server_must_prove_its_name_before_it_is_asked() {
    testkit::run(async {
        let (named, other) = (Certificate::of("localhost"), Certificate::of("elsewhere.example"));
        let folder = Folder::new();
        let trusting = |certificate: &Certificate| {
            let file = folder.path().join("ca.pem");
            std::fs::write(&file, certificate.pem()).unwrap();
            Https::new(Some(&file)).unwrap()
        };
        let server = WebSink::encrypted(&named).await;
        server.answer("200 OK", b"seven");
        let url = format!("https://localhost:{}/", server.port());
        assert_eq!(fetched(&trusting(&named), &url, None).await, document(b"seven", None));
        let by_number = format!("https://127.0.0.1:{}/", server.port());
        for (https, url) in
            [(trusting(&other), &url), (Https::new(None).unwrap(), &url), (trusting(&named), &by_number)]
        {
            let Unfetched(why) = fetched(&https, url, None).await.unwrap_err();
            assert!(why.starts_with("no TLS with it"), "{why}");
        }
        let posing = WebSink::encrypted(&other).await;
        let url = format!("https://localhost:{}/", posing.port());
        assert!(fetched(&trusting(&other), &url, None).await.unwrap_err().0.starts_with("no TLS with it"));
        assert!(posing.heard().iter().all(|heard| heard == "no TLS"));
    });
}

#[test]
fn who_does_not_answer_is_not_waited_for() {
    testkit::run(async {
        let server = WebSink::plain().await;
        server.hang();
        let https = Https::new(None).unwrap().within(Duration::from_millis(200));
        let url = format!("http://localhost:{}/", server.port());
        assert!(fetched(&https, &url, None).await.unwrap_err().0.starts_with("it took longer"));
        drop(server);
        assert!(fetched(&https, "http://127.0.0.1:1/", None).await.is_err());
    });
}

#[test]
fn a_file_without_certificates_is_refused_at_once() {
    let folder = Folder::new();
    let file = folder.path().join("ca.pem");
    assert!(matches!(Https::new(Some(&file)), Err(Unusable::File(..))));
    std::fs::write(&file, "no certificate").unwrap();
    assert!(matches!(Https::new(Some(&file)), Err(Unusable::NotCertificates(_))));
}
