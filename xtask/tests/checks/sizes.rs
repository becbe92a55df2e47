use xtask::sizes;

use crate::planted::Tree;

const ESSAY: &str = "//! 1\n//! 2\n//! 3\n//! 4\n//! 5\n//! 6\n//! Invariants:\n//! - one\n";

fn asked(tree: &Tree) -> Vec<String> {
    let questions = sizes::questions(tree.root()).into_iter();
    questions.filter(|q| !q.place.starts_with("xtask")).map(|q| format!("{} {} {}", q.what, q.size, q.place)).collect()
}

fn room(name: &str, text: &str) -> Tree {
    Tree::new()
        .with_room(name, "")
        .with(&format!("crates/{name}/src/lib.rs"), ESSAY)
        .with(&format!("crates/{name}/src/a.rs"), text)
}

fn long(signature: &str, lines: usize) -> String {
    format!("{signature} {{\n{}}}\n", "    step();\n".repeat(lines))
}

#[test]
fn what_is_large_is_asked_about_worst_first() {
    let tree = room(
        "app",
        &(long("fn f()", 61) + &long("fn g(a: A, b: B, c: C, d: D, e: bool)", 31) + &"const A: u8 = 1;\n".repeat(400)),
    );
    assert_eq!(
        asked(&tree),
        [
            "lines in a function 61 crates/app/src/a.rs:1 f",
            "lines of code in a file 496 crates/app/src/a.rs",
            "arguments 5 crates/app/src/a.rs:64 g",
            "lines in a function 31 crates/app/src/a.rs:64 g",
            "bool arguments 1 crates/app/src/a.rs:64 g",
        ]
    );
    let table = sizes::table(&sizes::questions(tree.root()));
    assert!(table.lines().nth(1).unwrap().ends_with("a.rs:1 f  (look twice)"), "{table}");
}

#[test]
fn a_handler_is_asked_earlier_and_a_walk_through_a_spec_later() {
    assert_eq!(
        asked(&room("web", &long("async fn f(State(app): State<App>, ctx: Ctx)", 21))),
        ["lines in a handler 21 crates/web/src/a.rs:1 f"]
    );
    assert_eq!(asked(&room("web", &long("fn f(a: u8)", 21))), [""; 0]);
    assert_eq!(asked(&room("webauthn", &long("// SPEC: WebAuthn-3 §7.2\nfn f()", 119))), [""; 0]);
    assert_eq!(asked(&room("webauthn", &long("// SPEC: WebAuthn-3 §7.2\nfn f()", 121))).len(), 1);
}

#[test]
fn an_error_with_too_many_variants_is_asked_about() {
    let variants: String = (0..13).map(|n| format!("V{n}(u8),\n")).collect();
    assert_eq!(
        asked(&room("app", &format!("enum SignInRefusal {{ {variants} }} enum Country {{ {variants} }}"))),
        ["variants of an error 13 crates/app/src/a.rs:1 SignInRefusal"]
    );
}

#[test]
fn a_crate_without_its_essay_is_asked_about() {
    let tree = Tree::new().with_room("app", "").with("crates/app/src/lib.rs", "//! app\n");
    assert_eq!(asked(&tree), ["no essay with `Invariants:` 1 crates/app/src/lib.rs"]);
}

#[test]
fn tests_comments_and_blanks_have_no_size() {
    let text = format!("// a\n\n#[cfg(test)]\nmod tests {{\n{}}}\n", long("fn f(a: bool)", 400));
    assert_eq!(asked(&room("app", &text)), [""; 0]);
}
