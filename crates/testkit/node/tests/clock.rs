#![cfg(test)]
//! A whole server lives by the clock it is given.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;

use testkit::process::{Process, command};
use testkit::{Folder, Http};

async fn made_at(http: &mut Http, username: &str) -> String {
    let body = format!(r#"{{"display_name":"Maren Holt","username":"{username}"}}"#);
    let answer = http.post("/api/v1/accounts", &body).await.unwrap();
    assert_eq!(answer.status, 201, "{}", answer.body);
    let (_, rest) = answer.body.split_once(r#""made_at":""#).unwrap();
    rest.split('"').next().unwrap().to_owned()
}

#[test]
fn f09_time_passes_when_the_test_says_so() {
    testkit::run(async {
        let folder = Folder::new();
        let (socket, data) = (folder.path().join("clock.sock"), folder.path().join("data"));
        let mut node = command(Path::new(env!("CARGO_BIN_EXE_signet-testnode")), &[]);
        node.arg(&socket).args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(&data).current_dir(folder.path());
        let node = Process::start(node, &data).unwrap();
        let mut clock = UnixStream::connect(&socket).unwrap();
        let mut answers = BufReader::new(clock.try_clone().unwrap()).lines();
        let mut http = Http::operator(node.socket()).await.unwrap();

        assert_eq!(made_at(&mut http, "first").await, "2026-11-21T08:00:00.000000Z");
        clock.write_all(b"advance 3600000000\n").unwrap();
        assert_eq!(answers.next().unwrap().unwrap(), "1795251600000000");
        assert_eq!(made_at(&mut http, "second").await, "2026-11-21T09:00:00.000000Z");
        clock.write_all(b"set 1795248000000000\n").unwrap();
        answers.next().unwrap().unwrap();
        assert_eq!(made_at(&mut http, "third").await, "2026-11-21T08:00:00.000000Z", "back again, and nothing breaks");
    });
}
