use std::time::Duration;

use testkit::House;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use web::{Limits, Listener, OperatorSocket};

use crate::doors::{LIMITS, Served, plain, public_door, say};
use crate::house::router;

const KEPT: &[u8] = b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n";

/// Long enough for no test to wait for it.
const NEVER: Duration = Duration::from_secs(3600);
const SOON: Duration = Duration::from_millis(40);

async fn hear_one(stream: &mut TcpStream) -> String {
    let mut heard = Vec::new();
    while !heard.ends_with(b"}") {
        let mut some = [0; 4096];
        let length = stream.read(&mut some).await.unwrap();
        assert!(length > 0, "closed after {:?}", String::from_utf8_lossy(&heard));
        heard.extend_from_slice(&some[..length]);
    }
    String::from_utf8(heard).unwrap()
}

#[test]
fn i18_headers_have_a_largest_size_and_number() {
    testkit::run(async {
        let house = House::sqlite();
        let (served, address) = public_door(house.app().await, LIMITS()).await;
        let with = async |headers: String| {
            let request = format!("GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{headers}\r\n");
            say(TcpStream::connect(address).await.unwrap(), request.as_bytes()).await
        };
        assert!(with(format!("a: {}\r\n", "x".repeat(15_000))).await.starts_with("HTTP/1.1 200 "));
        assert!(with(format!("a: {}\r\n", "x".repeat(17_000))).await.starts_with("HTTP/1.1 431 "));
        assert!(with("a: b\r\n".repeat(98)).await.starts_with("HTTP/1.1 200 "));
        assert!(with("a: b\r\n".repeat(99)).await.starts_with("HTTP/1.1 431 "));
        served.end().await;
    });
}

#[test]
fn i18_a_body_that_is_too_large_is_refused_before_it_is_sent() {
    testkit::run(async {
        let (house, folder) = (House::sqlite(), testkit::Folder::new());
        let path = folder.path().join("operator.sock");
        let socket = OperatorSocket::bind(&path).unwrap();
        let served = Served::new(Listener::Operator(socket), router(house.app().await), LIMITS());
        let head = "POST /api/v1/accounts HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n";
        let chunk = format!("2000\r\n{}\r\n", " ".repeat(0x2000));
        for rest in [
            "content-length: 16385\r\n\r\n".to_owned(),
            "content-length: 9223372036854775807\r\n\r\n".to_owned(),
            format!("transfer-encoding: chunked\r\n\r\n{}", chunk.repeat(3)),
        ] {
            let stream = tokio::net::UnixStream::connect(&path).await.unwrap();
            let heard = say(stream, format!("{head}{rest}").as_bytes()).await;
            assert!(heard.starts_with("HTTP/1.1 413 ") && heard.contains("body-too-large"), "{heard}");
        }
        served.end().await;
    });
}

#[test]
fn f15_a_connection_that_says_nothing_or_too_slowly_is_closed() {
    testkit::run(async {
        let house = House::sqlite();
        let limits = Limits { header: SOON, idle: NEVER, ..LIMITS() };
        let (served, address) = public_door(house.app().await, limits).await;
        for beginning in ["", "G", "PRI * HTTP/2.0\r\n", "GET /healthz HTTP/1.1\r\nhost: local"] {
            let stream = TcpStream::connect(address).await.unwrap();
            assert_eq!(say(stream, beginning.as_bytes()).await, "", "{beginning:?}");
        }
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(KEPT).await.unwrap();
        hear_one(&mut stream).await;
        assert_eq!(say(stream, b"GET /healthz HTTP/1.1\r\n").await, "", "nor may a second request be slow");
        served.end().await;
    });
}

#[test]
fn f15_a_connection_that_is_idle_too_long_is_closed() {
    testkit::run(async {
        let house = House::sqlite();
        let (served, address) = public_door(house.app().await, Limits { header: SOON, idle: SOON, ..LIMITS() }).await;
        let stream = TcpStream::connect(address).await.unwrap();
        let heard = say(stream, KEPT).await;
        assert!(heard.starts_with("HTTP/1.1 200 ") && heard.ends_with("}"), "{heard}");
        served.end().await;
    });
}

#[test]
fn who_finds_no_place_waits_for_one() {
    testkit::run(async {
        let house = House::sqlite();
        let limits = Limits { connections: 1, header: NEVER, ..LIMITS() };
        let (served, address) = public_door(house.app().await, limits).await;
        let mut first = TcpStream::connect(address).await.unwrap();
        first.write_all(KEPT).await.unwrap();
        hear_one(&mut first).await;
        let mut second = TcpStream::connect(address).await.unwrap();
        second.write_all(&plain("GET", "/healthz")).await.unwrap();
        first.write_all(KEPT).await.unwrap();
        hear_one(&mut first).await;
        assert_eq!(second.try_read(&mut [0; 16]).unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
        drop(first);
        assert!(hear_one(&mut second).await.starts_with("HTTP/1.1 200 "));
        served.end().await;
    });
}

#[test]
fn c02_what_the_router_never_sees_is_refused_on_the_wire() {
    testkit::run(async {
        let house = House::sqlite();
        let (served, address) = public_door(house.app().await, LIMITS()).await;
        for (request, status) in [
            (
                "GET /healthz HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\ncontent-length: 5\r\nconnection: close\r\n\r\n0\r\n\r\n",
                200,
            ),
            ("GET /healthz HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\n", 400),
            ("GET /healthz HTTP/1.1\r\nhost: a\r\ntransfer-encoding: identity, chunked, x\r\n\r\n", 400),
            ("GET /heal thz HTTP/1.1\r\nhost: a\r\n\r\n", 400),
            ("GET /healthz HTTP/1.1\r\nhost : a\r\n\r\n", 400),
            ("GET /healthz HTTP/1.1\r\nhost: a\r\n b: folded\r\n\r\n", 400),
            ("GET http://b/healthz HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n", 200),
            ("GET * HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n", 404),
            ("OPTIONS * HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n", 404),
            ("CONNECT localhost:80 HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n", 404),
        ] {
            let heard = say(TcpStream::connect(address).await.unwrap(), request.as_bytes()).await;
            assert!(heard.starts_with(&format!("HTTP/1.1 {status} ")), "{request:?}: {heard}");
        }
        served.end().await;
    });
}

/// type, flags, stream, payload
type Frame = (u8, u8, u32, Vec<u8>);

async fn hear_frame(stream: &mut TcpStream) -> Frame {
    let mut head = [0; 9];
    stream.read_exact(&mut head).await.unwrap();
    let mut payload = vec![0; u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize];
    stream.read_exact(&mut payload).await.unwrap();
    (head[3], head[4], u32::from_be_bytes([head[5], head[6], head[7], head[8]]), payload)
}

#[test]
fn http_2_is_spoken_with_bounds() {
    testkit::run(async {
        let house = House::sqlite();
        let (served, address) = public_door(house.app().await, LIMITS()).await;
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await.unwrap();
        let (kind, _, _, settings) = hear_frame(&mut stream).await;
        assert_eq!(kind, 4, "SETTINGS comes first");
        let settings: Vec<(u16, u32)> = settings
            .chunks(6)
            .map(|s| (u16::from_be_bytes([s[0], s[1]]), u32::from_be_bytes([s[2], s[3], s[4], s[5]])))
            .collect();
        assert!(settings.contains(&(3, 32)), "MAX_CONCURRENT_STREAMS: {settings:?}");
        assert!(settings.contains(&(6, 16 * 1024)), "MAX_HEADER_LIST_SIZE: {settings:?}");

        // HEADERS with END_STREAM and END_HEADERS on stream 1: GET, http, /healthz, a
        let block = b"\x82\x86\x04\x08/healthz\x01\x01a";
        let head = [0, 0, block.len() as u8, 1, 5, 0, 0, 0, 1];
        stream.write_all(&[&head[..], block].concat()).await.unwrap();
        let answer = loop {
            let frame = hear_frame(&mut stream).await;
            if frame.0 == 1 {
                break frame;
            }
        };
        assert_eq!((answer.2, answer.3[0]), (1, 0x88), ":status 200 on stream 1");
        drop(stream);
        served.end().await;
    });
}
