//! The house itself is in order. When one of these fails, the message says what to change and why.

use std::path::Path;

use xtask::{deny, layers, sql};

use crate::planted::told;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

#[test]
fn every_room_keeps_to_its_line_in_the_table() {
    let survey = layers::survey(root());
    assert_eq!(told(&survey.findings), [""; 0]);
    assert!(survey.rooms > 10 && survey.imports > 100, "{} rooms, {} imports", survey.rooms, survey.imports);
}

#[test]
fn every_statement_is_one_text_for_both_engines() {
    let survey = sql::survey(root());
    assert_eq!(told(&survey.findings), [""; 0]);
    assert!(survey.statements > 10 && survey.migrations > 0);
}

#[test]
fn nothing_comes_in_that_the_house_does_not_want() {
    let (crates, findings) = deny::survey(root());
    assert_eq!(told(&findings), [""; 0]);
    assert!(crates > 50, "{crates} crates");
}
