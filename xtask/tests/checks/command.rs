//! The commands as they are typed: what they print and how they end.

use std::process::Command;

use crate::planted::Tree;

fn run(tree: &Tree, arguments: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_xtask")).args(arguments).current_dir(tree.root()).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    (output.status.code(), text)
}

#[test]
fn a_check_prints_one_line_when_all_is_in_order() {
    let tree = Tree::new().with_room("vocab", "").with("crates/vocab/src/lib.rs", "use std::fmt;");
    assert_eq!(run(&tree, &["layers"]), (Some(0), "layers: 2 rooms, 1 imports, all in order\n".to_owned()));
    assert_eq!(run(&tree, &["sql"]).0, Some(0));
}

#[test]
fn a_check_prints_each_finding_with_its_reason_and_fails() {
    let tree = Tree::new().with_room("vocab", "").with("crates/vocab/src/lib.rs", "use std::fs;");
    let (code, text) = run(&tree, &["layers"]);
    assert_eq!(code, Some(1));
    assert_eq!(
        text,
        "crates/vocab/src/lib.rs:1: vocab names std::fs (a pure room reads no files: what it needs is handed in)\n"
    );
}

#[test]
fn it_works_from_any_folder_inside() {
    let tree = Tree::new().with_room("vocab", "").with("crates/vocab/src/lib.rs", "use std::fs;");
    let inside = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .arg("layers")
        .current_dir(tree.root().join("crates/vocab/src"))
        .output()
        .unwrap();
    assert_eq!(inside.status.code(), Some(1));
}

#[test]
fn sizes_only_ask() {
    let tree = Tree::new().with_room("vocab", "").with("crates/vocab/src/lib.rs", "fn f(a: bool) {}");
    let (code, text) = run(&tree, &["sizes"]);
    assert_eq!(code, Some(0));
    assert!(text.contains("bool arguments") && text.contains("each may have a good answer"), "{text}");
}

#[test]
fn help_names_every_command_and_a_wrong_one_leads_to_it() {
    let tree = Tree::new();
    let (code, help) = run(&tree, &["help"]);
    assert_eq!(code, Some(0));
    for command in ["layers", "sql", "deny", "where WORD", "sizes", "test", "fuzz"] {
        assert!(help.contains(command), "{command}");
    }
    let (code, text) = run(&tree, &["layer"]);
    assert_eq!(code, Some(2));
    assert!(text.contains("cargo xtask help"), "{text}");
    assert_eq!(run(&tree, &["where"]).0, Some(2));
}
