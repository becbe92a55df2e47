use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use app::App;
use axum::Router;
use testkit::{Folder, House};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use web::{Limits, Listener, OperatorSocket};

use crate::failure::{hold_writer, until_waiting};
use crate::house::{router, settings};

pub(crate) const LIMITS: fn() -> Limits = || Limits::from(&settings());

/// A door somebody serves until it is told to stop.
pub(crate) struct Served {
    stop: Option<oneshot::Sender<()>>,
    ended: JoinHandle<()>,
}

impl Served {
    pub(crate) fn new(listener: Listener, router: Router, limits: Limits) -> Self {
        let (stop, stopped) = oneshot::channel::<()>();
        let ended = tokio::spawn(web::serve(listener, router, limits, async {
            let _told_or_dropped = stopped.await;
        }));
        Self { stop: Some(stop), ended }
    }

    pub(crate) fn stop(&mut self) {
        self.stop.take();
    }

    pub(crate) async fn end(mut self) {
        self.stop();
        self.ended.await.unwrap();
    }
}

pub(crate) async fn public_door(app: App, limits: Limits) -> (Served, std::net::SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (Served::new(Listener::Public(listener), router(app), limits), address)
}

/// Says `bytes` and hears everything until the other side closes.
pub(crate) async fn say(mut stream: impl AsyncRead + AsyncWrite + Unpin, bytes: &[u8]) -> String {
    // The other side may refuse before it has heard everything.
    let _heard_enough = stream.write_all(bytes).await;
    let mut heard = Vec::new();
    let _cut = stream.read_to_end(&mut heard).await;
    String::from_utf8_lossy(&heard).into_owned()
}

pub(crate) fn plain(method: &str, path: &str) -> Vec<u8> {
    format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").into_bytes()
}

fn create(connection: &str) -> Vec<u8> {
    let form = r#"{"display_name":"Maren Holt","username":"maren"}"#;
    let head = "POST /api/v1/accounts HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json";
    format!("{head}\r\nconnection: {connection}\r\ncontent-length: {}\r\n\r\n{form}", form.len()).into_bytes()
}

#[test]
fn the_operator_door_serves_what_the_public_door_does_not_know() {
    testkit::run(async {
        let (house, folder) = (House::sqlite(), Folder::new());
        let app = house.app().await;
        let path = folder.path().join("operator.sock");
        let operator = OperatorSocket::bind(&path).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let inside = Served::new(Listener::Operator(operator), router(app.clone()), LIMITS());
        let (outside, address) = public_door(app, LIMITS()).await;

        let tcp = async || TcpStream::connect(address).await.unwrap();
        let unix = async || UnixStream::connect(&path).await.unwrap();
        assert!(say(unix().await, &create("close")).await.starts_with("HTTP/1.1 201 "));
        assert!(say(tcp().await, &create("close")).await.starts_with("HTTP/1.1 404 "));
        assert!(say(tcp().await, &plain("GET", "/api/v1/accounts")).await.starts_with("HTTP/1.1 404 "));
        assert!(say(unix().await, &plain("GET", "/api/v1/accounts")).await.contains("Maren Holt"));
        assert!(say(tcp().await, &plain("GET", "/metrics")).await.contains("figures"));
        let head = say(tcp().await, &plain("HEAD", "/healthz")).await;
        assert!(head.starts_with("HTTP/1.1 200 ") && head.ends_with("\r\n\r\n"), "{head}");

        inside.end().await;
        assert!(!path.exists(), "the socket's file goes with it");
        outside.end().await;
    });
}

#[test]
fn a_socket_that_a_crash_left_is_cleared_away_and_nothing_else_is() {
    testkit::run(async {
        let folder = Folder::new();
        let path = folder.path().join("operator.sock");
        drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
        assert!(path.exists(), "a stale socket");
        let first = OperatorSocket::bind(&path).unwrap();
        let second = OperatorSocket::bind(&path).map(drop).unwrap_err();
        assert_eq!(second.kind(), std::io::ErrorKind::AddrInUse);
        assert!(UnixStream::connect(&path).await.is_ok(), "and the first still answers");

        std::fs::remove_file(&path).unwrap();
        std::fs::write(&path, "somebody's notes").unwrap();
        drop(first);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "somebody's notes", "what is not ours is not removed");
        let third = OperatorSocket::bind(&path).map(drop).unwrap_err();
        assert_eq!(third.kind(), std::io::ErrorKind::AlreadyExists);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "somebody's notes");
    });
}

#[test]
fn a_shutdown_lets_nobody_in_and_the_request_in_flight_finish() {
    testkit::run(async {
        let (house, folder) = (House::sqlite(), Folder::new());
        let app = house.app().await;
        let path = folder.path().join("operator.sock");
        let socket = OperatorSocket::bind(&path).unwrap();
        let mut served = Served::new(Listener::Operator(socket), router(app.clone()), LIMITS());
        let mut idle = UnixStream::connect(&path).await.unwrap();
        idle.write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
        assert!(idle.read(&mut [0; 1024]).await.unwrap() > 0);

        let release = hold_writer(&app).await;
        let stream = UnixStream::connect(&path).await.unwrap();
        let in_flight = tokio::spawn(async move { say(stream, &create("keep-alive")).await });
        until_waiting(&app, 1).await;
        served.stop();
        assert_eq!(idle.read(&mut [0; 1024]).await.unwrap(), 0, "an idle connection is closed at once");
        assert!(UnixStream::connect(&path).await.is_err(), "nobody new is let in");
        drop(release);
        assert!(in_flight.await.unwrap().starts_with("HTTP/1.1 201 "));
        served.end().await;
        assert_eq!(testkit::check_everything(&app).await.accounts, 1);
    });
}

#[test]
fn f15_what_the_grace_period_cuts_still_commits_and_a_second_look_shows_it() {
    testkit::run(async {
        let (house, folder) = (House::sqlite(), Folder::new());
        let app = house.app().await;
        let path = folder.path().join("operator.sock");
        let socket = OperatorSocket::bind(&path).unwrap();
        let limits = Limits { grace: Duration::from_millis(1), ..LIMITS() };
        let served = Served::new(Listener::Operator(socket), router(app.clone()), limits);
        let release = hold_writer(&app).await;
        let stream = UnixStream::connect(&path).await.unwrap();
        let in_flight = tokio::spawn(async move { say(stream, &create("keep-alive")).await });
        until_waiting(&app, 1).await;
        served.end().await;
        assert_eq!(in_flight.await.unwrap(), "", "cut without an answer");
        drop(release);
        // The next write is answered after that one.
        let router = router(app.clone());
        let again = crate::house::ask(
            &router,
            web::Door::Operator,
            crate::house::post("/api/v1/accounts", r#"{"display_name":"Maren Holt","username":"maren"}"#),
        )
        .await;
        assert_eq!(again.problem(), "conflict");
        assert_eq!(testkit::check_everything(&app).await.accounts, 1);
    });
}

#[test]
fn f15_a_client_that_leaves_drops_no_transaction() {
    testkit::run(async {
        let (house, folder) = (House::sqlite(), Folder::new());
        let app = house.app().await;
        let path = folder.path().join("operator.sock");
        let socket = OperatorSocket::bind(&path).unwrap();
        let served = Served::new(Listener::Operator(socket), router(app.clone()), LIMITS());
        let release = hold_writer(&app).await;
        let mut stream = UnixStream::connect(&path).await.unwrap();
        stream.write_all(&create("keep-alive")).await.unwrap();
        until_waiting(&app, 1).await;
        drop(stream);
        drop(release);
        let listed = say(UnixStream::connect(&path).await.unwrap(), &create("close")).await;
        assert!(listed.starts_with("HTTP/1.1 409 "), "{listed}");
        served.end().await;
        assert_eq!(testkit::check_everything(&app).await.accounts, 1);
    });
}
