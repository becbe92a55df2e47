#![cfg(test)]
//! The real `signet`, as a person at a terminal meets it: what it says, how it ends, what it leaves behind.

mod commands;
mod mail;
mod refusals;
mod setup;
mod standing;

use std::path::{Path, PathBuf};
use std::process::Command;

use testkit::process::{Ended, Process, command, ended};
use testkit::{Folder, Http};

/// A folder with a data folder in it, and a `signet` to run there.
struct Site(Folder);

impl Site {
    fn new() -> Self {
        Self(Folder::new())
    }

    fn folder(&self) -> &Path {
        self.0.path()
    }

    fn data(&self) -> PathBuf {
        self.folder().join("data")
    }

    fn signet(&self, arguments: &[&str]) -> Command {
        let mut command = command(Path::new(env!("CARGO_BIN_EXE_signet")), arguments);
        command.arg("--data").arg(self.data()).current_dir(self.folder());
        command
    }

    fn run(&self, arguments: &[&str]) -> Ended {
        ended(self.signet(arguments))
    }

    /// The output of a command that succeeds.
    fn said(&self, arguments: &[&str]) -> String {
        let ended = self.run(arguments);
        assert_eq!((ended.status, ended.err.as_str()), (Some(0), ""), "{arguments:?}: {}", ended.out);
        ended.out
    }

    fn serve(&self) -> Process {
        let serve = self.signet(&["serve", "--listen", "127.0.0.1:0"]);
        Process::start(serve, &self.data()).unwrap_or_else(|said| panic!("{said:?}"))
    }

    /// A served and stopped data folder.
    fn served_once() -> Self {
        let site = Self::new();
        assert_eq!(site.serve().stop().code(), Some(0));
        site
    }

    /// Every file in the data folder with its content.
    fn contents(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let Ok(files) = std::fs::read_dir(self.data()) else { return Vec::new() };
        let paths = files.map(|file| file.unwrap().path()).filter(|path| path.is_file());
        let mut contents: Vec<_> = paths.map(|path| (path.clone(), std::fs::read(&path).unwrap())).collect();
        contents.sort();
        contents
    }
}

#[test]
fn it_serves_stops_and_serves_the_same_data_again() {
    testkit::run(async {
        let site = Site::new();
        let server = site.serve();
        let mut http = Http::public(server.address()).await.unwrap();
        assert_eq!(http.get("/healthz").await.unwrap().status, 200);
        assert_eq!(http.get("/readyz").await.unwrap().status, 200);
        let created = site.said(&["admin", "account", "create", "--name", "Maren Holt", "--username", "maren"]);
        assert_eq!(server.stop().code(), Some(0));

        let server = site.serve();
        let mut http = Http::operator(server.socket()).await.unwrap();
        let answer = http.get(&format!("/api/v1/accounts/{}", created.trim())).await.unwrap();
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert!(answer.body.contains("Maren Holt"), "{}", answer.body);
    });
}

#[test]
fn the_link_is_the_last_thing_it_says_and_logs_go_elsewhere() {
    let site = Site::new();
    let mut server = site.signet(&["serve", "--listen", "127.0.0.1:0"]);
    let mut child = server.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap();
    let mut out = std::io::BufReader::new(child.stdout.take().unwrap());
    let [mut ready, mut link, mut rest] = [const { String::new() }; 3];
    for line in [&mut ready, &mut link] {
        std::io::BufRead::read_line(&mut out, line).unwrap();
    }
    child.kill().unwrap();
    std::io::Read::read_to_string(&mut out, &mut rest).unwrap();
    let logs = String::from_utf8(child.wait_with_output().unwrap().stderr).unwrap();
    assert!(ready.starts_with("Signet is ready at http://localhost:"), "{ready}");
    assert!(ready.trim_end().ends_with(|last: char| last.is_ascii_digit()), "{ready}");
    assert!(link.starts_with("Become the first administrator") && !link.contains('{'), "{link}");
    assert_eq!(rest, "");
    for line in logs.lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        for field in ["at", "level", "target", "node", "region", "message"] {
            assert!(line[field].is_string(), "{field} is missing in {line}");
        }
    }
}

#[test]
fn every_figure_carries_the_region_and_the_node() {
    testkit::run(async {
        let site = Site::new();
        let server = site.serve();
        let mut http = Http::public(server.address()).await.unwrap();
        http.get("/healthz").await.unwrap();
        let page = http.get("/metrics").await.unwrap();
        let figures: Vec<_> = page.body.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).collect();
        assert!(figures.iter().any(|line| line.starts_with("signet_http_requests_total")), "{}", page.body);
        for figure in figures {
            assert!(figure.contains(r#"region="local""#) && figure.contains(r#"node=""#), "{figure}");
        }
    });
}
