//! One connection, one thread, a commit after every so many transactions. With groups of one this is a server that
//! commits each transaction by itself, and the fastest such server there can be: its only writer never waits for work.

use std::path::Path;

use rusqlite::{Connection, Statement};

use crate::rows::{Cell, Unit, statement};

/// The store's own settings, on a database that the store has made.
pub(crate) fn connect(folder: &Path) -> Connection {
    let connection = Connection::open(folder.join("signet.db")).expect("the database");
    connection
        .execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; \
             PRAGMA wal_autocheckpoint = 4000;",
        )
        .expect("its settings");
    connection
}

pub(crate) fn commit_in_groups<U: Unit>(connection: &Connection, units: &[U], group: usize) {
    let prepare = |text: &str| connection.prepare(text).expect("a statement");
    let (mut begin, mut commit) = (prepare("BEGIN IMMEDIATE"), prepare("COMMIT"));
    let mut statements: Vec<Statement<'_>> =
        U::STATEMENTS.iter().map(|name| prepare(statement(name).for_sqlite())).collect();
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::place::Scratch;
    use crate::rows::Pattern;
    use crate::{house, load};

    #[test]
    fn the_floor_writes_what_our_programs_write() {
        let scratch = Scratch::new();
        let place = house::Place::Folder(scratch.path().to_owned());
        load::on_two_threads(async {
            let app = house::open(&place).await;
            let pattern = Pattern::learn(&app).await;
            let before = house::subject_keys(&app).await;
            let connection = connect(scratch.path());
            commit_in_groups(&connection, &pattern.creations(5), 2);
            commit_in_groups(&connection, &pattern.spendings(&before, 3), 64);
            assert_eq!(house::subject_keys(&app).await.len(), before.len() + 5);
            let entries = connection.query_row("SELECT count(*) FROM audit_entries", [], |row| row.get::<_, i64>(0));
            house::create(Arc::clone(&app), house::newcomers(100..101).remove(0)).await;
            let later = connection.query_row("SELECT count(*) FROM audit_entries", [], |row| row.get::<_, i64>(0));
            assert_eq!(later.unwrap(), entries.unwrap() + 1, "a floor's connection sees the house's commits");
        });
    }
}
