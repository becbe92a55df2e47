#![cfg(test)]
//! A server that somebody holds does not outlive them.

use std::path::Path;
use std::process::Stdio;

use testkit::Folder;
use testkit::process::{Process, command};

#[test]
fn it_ends_when_nobody_holds_its_input_any_more() {
    let folder = Folder::new();
    let (socket, data) = (folder.path().join("clock.sock"), folder.path().join("data"));
    let mut node = command(Path::new(env!("CARGO_BIN_EXE_signet-testnode")), &[]);
    node.arg(&socket).args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(&data).current_dir(folder.path());
    node.stdin(Stdio::piped());
    let node = Process::start(node, &data).unwrap();
    assert!(node.wait().success(), "waiting lets go of the pipe first");
}
