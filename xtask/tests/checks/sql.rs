use xtask::sql;

use crate::planted::{Tree, told};

const REGISTRY: &str = "static REGISTRY: &[&[&Sql]] = &[account::STATEMENTS,];";

fn store(file: &str, text: &str) -> Tree {
    Tree::new().with("crates/store/src/statements.rs", REGISTRY).with(&format!("crates/store/{file}"), text)
}

fn said_of(file: &str, text: &str) -> Vec<String> {
    told(&sql::check(store(file, text).root()))
}

#[test]
fn a_word_of_one_engine_is_found_in_a_statement() {
    let text =
        "statements! {\n    read NAMED =\n        \"SELECT id FROM accounts \\\n         WHERE name LIKE $1\";\n}";
    assert_eq!(said_of("src/account.rs", text), ["crates/store/src/account.rs:4: the statement says LIKE"]);
    let text = "const A: Sql = sql(\"SELECT id FROM accounts WHERE id = ?\");";
    assert_eq!(said_of("src/account.rs", text), ["crates/store/src/account.rs:1: the statement says ?"]);
}

#[test]
fn a_word_of_one_engine_is_found_in_a_migration() {
    let text = "-- TEXT is what we say\nCREATE TABLE a (\n  id @bytes PRIMARY KEY,\n  name TEXT,\n  at @int DEFAULT NOW()\n);\n";
    let said = said_of("migrations/0001_ground.sql", text);
    assert_eq!(
        said,
        [
            "crates/store/migrations/0001_ground.sql:4: the migration says TEXT",
            "crates/store/migrations/0001_ground.sql:5: the statement says NOW"
        ]
    );
}

#[test]
fn statements_that_are_not_in_the_registry_are_found() {
    let text = "statements! { read ONE = \"SELECT 1\"; }";
    let said = said_of("src/group.rs", text);
    assert!(
        said[0].starts_with("crates/store/src/group.rs:1: the statements of group are not in the registry"),
        "{said:?}"
    );
    assert_eq!(said_of("src/account.rs", text), [""; 0]);
}

#[test]
fn sql_beside_the_registry_is_found_except_where_the_engines_live() {
    let text = "fn f(c: &C) { c.run(\"DELETE FROM accounts\") }";
    assert_eq!(said_of("src/account.rs", text), ["crates/store/src/account.rs:1: an SQL text outside `statements!`"]);
    assert_eq!(said_of("src/engine/sqlite.rs", text), [""; 0]);
    assert_eq!(said_of("src/account.rs", &format!("#[cfg(test)] mod tests {{ {text} }}")), [""; 0]);
}

#[test]
fn own_words_of_an_engine_are_counted_and_their_budget_ends() {
    let uses = |count: usize| {
        let use_of = |n| format!("    read R{n} = per_engine(\"SELECT json(a) FROM t\", \"SELECT a->>'b' FROM t\");\n");
        format!("statements! {{\n{}}}", (0..count).map(use_of).collect::<String>())
    };
    let within = sql::survey(store("src/account.rs", &uses(10)).root());
    assert_eq!((within.per_engine, told(&within.findings)), (10, Vec::new()));
    let over = said_of("src/account.rs", &uses(11));
    assert_eq!(over, ["crates/store/src/account.rs:12: per_engine is used 11 times, the budget is 10"]);
}

#[test]
fn migrations_spend_from_the_same_budget() {
    let tree = store("src/account.rs", &"fn f() { per_engine(A, B); }\n".repeat(10));
    let tree = tree.with("crates/store/migrations/0002_more.sql", "per_engine(PRAGMA a, SET a);\n");
    let survey = sql::survey(tree.root());
    assert_eq!(survey.per_engine, 11);
    assert_eq!(survey.findings.len(), 1);
}

#[test]
fn statements_and_migrations_are_counted() {
    let tree = store("src/account.rs", "statements! { read A = \"SELECT 1\"; write B = \"DELETE FROM t\"; }");
    let tree = tree.with("crates/store/migrations/0001_ground.sql", "CREATE TABLE t (text @text);");
    let survey = sql::survey(tree.root());
    assert_eq!((survey.statements, survey.migrations, told(&survey.findings)), (2, 1, Vec::new()));
}
