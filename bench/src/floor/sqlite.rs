//! One connection, one thread, a commit after every so many transactions. With groups of one this is a server that
//! commits each transaction by itself, and the fastest such server there can be: its only writer never waits for work.

use std::path::Path;

use rusqlite::{Connection, Statement};

use crate::rows::{Cell, Unit, statement};

/// The store's own settings, on a database that the store has made.
pub(crate) fn connect(folder: &Path) -> Connection {
    let connection = Connection::open(folder.join("signet.db")).expect("the database");
    connection
        .execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON")
        .expect("its settings");
    connection
}

pub(crate) fn commit_in_groups<U: Unit>(connection: &Connection, units: &[U], group: usize) {
    let prepare = |text: &str| connection.prepare(text).expect("a statement");
    let (mut begin, mut commit) = (prepare("BEGIN IMMEDIATE"), prepare("COMMIT"));
    let mut statements: Vec<Statement<'_>> = U::STATEMENTS.iter().map(|name| prepare(statement(name).for_sqlite())).collect();
    for group in units.chunks(group) {
        begin.raw_execute().expect("begun");
        for unit in group {
            unit.each(&mut |at, cells| run(&mut statements[at], cells));
        }
        commit.raw_execute().expect("committed");
    }
}

fn run(statement: &mut Statement<'_>, cells: &[Cell<'_>]) {
    for (at, cell) in cells.iter().enumerate() {
        statement.raw_bind_parameter(at + 1, cell).expect("bound");
    }
    let mut rows = statement.raw_query();
    while rows.next().expect("run").is_some() {}
}
