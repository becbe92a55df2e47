//! Applying migrations to the embedded engine.

use rusqlite::{Connection, params};

use super::{Applied, Dialect, MIGRATIONS_TABLE, Migration, PlannedStep, digest, pending, serves_from};
use crate::engine::{execute, refused};
use crate::fault::Fault;
use crate::seam::{Moment, Seam};

pub(crate) static DIALECT: Dialect = Dialect {
    bytes: "BLOB",
    int: "INTEGER",
    text: "TEXT",
    bool: "INTEGER CHECK ({column} IN (0, 1))",
    keyed: " STRICT, WITHOUT ROWID",
    rows: " STRICT",
};

pub(crate) fn plan(connection: &Connection, known: &'static [Migration]) -> Result<Vec<PlannedStep>, Fault> {
    Ok(pending(known, &applied(connection)?)?.into_iter().map(|migration| DIALECT.planned(migration)).collect())
}

pub(crate) fn apply(
    connection: &mut Connection,
    known: &'static [Migration],
    seam: Option<&dyn Seam>,
) -> Result<Vec<PlannedStep>, Fault> {
    let mut done = Vec::new();
    loop {
        execute(connection, "BEGIN IMMEDIATE")?; // the lock: nobody else migrates between looking and doing
        match apply_next(connection, known, seam) {
            Ok(Some(step)) => done.push(step),
            Ok(None) => return execute(connection, "ROLLBACK").map(|()| done),
            Err(fault) => {
                if !connection.is_autocommit() {
                    execute(connection, "ROLLBACK")?;
                }
                return Err(fault);
            }
        }
    }
}

fn apply_next(
    connection: &Connection,
    known: &'static [Migration],
    seam: Option<&dyn Seam>,
) -> Result<Option<PlannedStep>, Fault> {
    let Some(migration) = pending(known, &applied(connection)?)?.first().copied() else {
        return Ok(None);
    };
    let step = DIALECT.planned(migration);
    let strike = |moment| seam.and_then(|seam| seam.strike("migration step", moment)).map_or(Ok(()), Err);
    for text in DIALECT.statements(MIGRATIONS_TABLE).iter().chain(&step.statements) {
        strike(Moment::Before)?;
        connection.execute_batch(text).map_err(|error| refused(text, error))?;
        strike(Moment::After)?;
    }
    let record = "INSERT INTO migrations (version, name, digest, serves_from) VALUES (?1, ?2, ?3, ?4)";
    connection
        .execute(record, params![migration.version, migration.name, digest(migration), serves_from(migration)])
        .map_err(|error| refused(record, error))?;
    strike(Moment::Before)?;
    execute(connection, "COMMIT")?;
    strike(Moment::After)?;
    Ok(Some(step))
}

fn applied(connection: &Connection) -> Result<Vec<Applied>, Fault> {
    // Asked of the file: what the engine remembers of the schema may be from before somebody else's migration.
    let is_there = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'migrations')";
    let look = || {
        if !connection.query_row(is_there, [], |row| row.get(0))? {
            return Ok(Vec::new());
        }
        connection
            .prepare("SELECT version, digest, serves_from FROM migrations ORDER BY version")?
            .query_map([], |row| Ok(Applied { version: row.get(0)?, digest: row.get(1)?, serves_from: row.get(2)? }))?
            .collect()
    };
    look().map_err(|error| refused("reading the schema version", error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::migrate::MIGRATIONS;

    /// F16: of two that start at once, the second has looked at an empty file before it waits for the first.
    #[test]
    fn f16_what_somebody_else_migrated_meanwhile_is_seen() {
        let file = std::env::temp_dir().join(format!("signet-migrate-{}.db", std::process::id()));
        let [mut first, mut second] = [(), ()].map(|()| Connection::open(&file).unwrap());
        assert_eq!(plan(&second, MIGRATIONS).unwrap().len(), MIGRATIONS.len());
        assert_eq!(apply(&mut first, MIGRATIONS, None).unwrap().len(), MIGRATIONS.len());
        let (planned, applied) = (plan(&second, MIGRATIONS), apply(&mut second, MIGRATIONS, None));
        std::fs::remove_file(&file).unwrap();
        assert_eq!((planned.unwrap().len(), applied.unwrap().len()), (0, 0));
    }
}
