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
    use crate::rows::{self, Pattern};
    use crate::{house, load, people};

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

    #[test]
    fn the_floor_writes_what_a_sign_in_writes() {
        let scratch = Scratch::new();
        let place = house::Place::Folder(scratch.path().to_owned());
        load::on_two_threads(async {
            let app = house::open(&place).await;
            let mut people = people::enrol(&app, 3).await;
            let connection = connect(scratch.path());
            let arrivals = rows::arrivals(&app, &mut people, 7).await;
            let numbers = || {
                let query = "SELECT (SELECT sum(sign_count) FROM credentials), (SELECT count(*) FROM sessions), \
                             (SELECT count(*) FROM audit_entries)";
                let three = connection.query_row(query, [], |row| Ok([row.get(0)?, row.get(1)?, row.get(2)?]));
                three.unwrap().map(|number: i64| number)
            };
            let before = numbers();
            commit_in_groups(&connection, &arrivals, 64);
            assert_eq!(numbers(), before.map(|number| number + 7));
            for person in &mut people {
                person.passkey.count += 10; // as after the arrivals
                people::sign_in(&app, person).await;
            }
        });
    }
}
