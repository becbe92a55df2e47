//! Migrations: written once, forward only, applied whole or not at all.
//!
//! A migration is a text with four type words (`@bytes @int @bool @text`) and two table words: `@keyed` (small rows
//! found by their key) and `@rows` (long rows, or rows found in many ways). Each runs in one transaction together
//! with the row that records it, under a lock, so a kill at any statement leaves the schema before or after it.

pub(crate) mod postgres;
pub(crate) mod sqlite;

use crate::fault::{Fault, Kind};

/// Every migration this binary knows, oldest first, numbered from 1 without gaps.
pub static MIGRATIONS: &[Migration] = &[
    Migration {
        version: 1,
        name: "ground",
        phase: Phase::Expand,
        text: include_str!("../../migrations/0001_ground.sql"),
    },
    Migration {
        version: 2,
        name: "sign in",
        phase: Phase::Expand,
        text: include_str!("../../migrations/0002_sign_in.sql"),
    },
    Migration { version: 3, name: "many", phase: Phase::Expand, text: include_str!("../../migrations/0003_many.sql") },
    Migration {
        version: 4,
        name: "authenticators",
        phase: Phase::Expand,
        text: include_str!("../../migrations/0004_authenticators.sql"),
    },
    Migration {
        version: 5,
        name: "standing",
        phase: Phase::Expand,
        text: include_str!("../../migrations/0005_standing.sql"),
    },
];

/// What a migration means for binaries of the release before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Adds only what older binaries do not mind.
    Expand,
    /// Takes away what binaries older than the named schema version still use.
    Contract { serves_from: i64 },
}

#[derive(Debug, Clone, Copy)]
pub struct Migration {
    pub version: i64,
    pub name: &'static str,
    pub phase: Phase,
    pub text: &'static str,
}

/// A migration that is still to be applied, in the words of the engine at hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedStep {
    pub version: i64,
    pub name: &'static str,
    pub phase: Phase,
    pub statements: Vec<String>,
}

/// The schema version a list of migrations leads to.
pub fn known_version(known: &[Migration]) -> i64 {
    known.last().map_or(0, |migration| migration.version)
}

/// What [`crate::Store::plan`] would say of a folder that holds no database yet, without making one.
pub fn plan_for_new_folder() -> Vec<PlannedStep> {
    MIGRATIONS.iter().map(|migration| sqlite::DIALECT.planned(migration)).collect()
}

/// One engine's words.
pub(crate) struct Dialect {
    pub(crate) bytes: &'static str,
    pub(crate) int: &'static str,
    pub(crate) text: &'static str,
    /// With `{column}` where the column's name is needed.
    pub(crate) bool: &'static str,
    pub(crate) keyed: &'static str,
    pub(crate) rows: &'static str,
}

impl Dialect {
    /// The statements of a migration, comments taken out.
    fn statements(&self, text: &str) -> Vec<String> {
        let lines = text.lines().map(|line| line.split("--").next().unwrap_or_default().trim_end());
        let code =
            lines.filter(|line| !line.is_empty()).map(|line| self.with_bools(line)).collect::<Vec<_>>().join("\n");
        let words = [
            ("@bytes", self.bytes),
            ("@int", self.int),
            ("@text", self.text),
            (" @keyed", self.keyed),
            (" @rows", self.rows),
        ];
        let code = words.iter().fold(code, |code, (word, own)| code.replace(word, own));
        code.split(';').map(str::trim).filter(|statement| !statement.is_empty()).map(str::to_owned).collect()
    }

    /// An engine without booleans keeps the column to 0 and 1.
    fn with_bools(&self, line: &str) -> String {
        let column = line.split_whitespace().next().unwrap_or_default();
        line.replace("@bool", &self.bool.replace("{column}", column))
    }

    fn planned(&self, migration: &Migration) -> PlannedStep {
        PlannedStep {
            version: migration.version,
            name: migration.name,
            phase: migration.phase,
            statements: self.statements(migration.text),
        }
    }
}

pub(crate) const MIGRATIONS_TABLE: &str = "CREATE TABLE IF NOT EXISTS migrations (\
    version @int PRIMARY KEY, name @text NOT NULL, digest @bytes NOT NULL, serves_from @int NOT NULL) @keyed";

/// What the database says was applied to it.
pub(crate) struct Applied {
    pub(crate) version: i64,
    pub(crate) digest: Vec<u8>,
    pub(crate) serves_from: i64,
}

/// A migration's identity: a text that was edited after it was applied somewhere is another migration.
pub(crate) fn digest(migration: &Migration) -> Vec<u8> {
    aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, migration.text.as_bytes()).as_ref().to_vec()
}

/// The oldest schema version whose binaries can serve a database after this migration.
pub(crate) fn serves_from(migration: &Migration) -> i64 {
    match migration.phase {
        Phase::Expand => 0,
        Phase::Contract { serves_from } => serves_from,
    }
}

/// What is still to be applied, or why this binary must keep its hands off this database.
pub(crate) fn pending(known: &'static [Migration], applied: &[Applied]) -> Result<Vec<&'static Migration>, Fault> {
    let newest_known = known_version(known);
    for row in applied {
        if row.version > newest_known && row.serves_from > newest_known {
            return Err(Fault::new(
                Kind::Unfit,
                format!(
                    "the database has schema {}, this signet knows schemas up to {newest_known}; use a newer signet",
                    row.version
                ),
            ));
        }
        let ours = known.iter().find(|migration| migration.version == row.version);
        if ours.is_some_and(|migration| digest(migration) != row.digest) {
            return Err(Fault::new(
                Kind::Unfit,
                format!("schema {} in the database is not the one this signet was built with", row.version),
            ));
        }
    }
    let newest_applied = applied.iter().map(|row| row.version).max().unwrap_or(0);
    Ok(known.iter().filter(|migration| migration.version > newest_applied).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_run_from_one_without_gaps() {
        let versions: Vec<i64> = MIGRATIONS.iter().map(|migration| migration.version).collect();
        assert_eq!(versions, (1..=i64::try_from(MIGRATIONS.len()).unwrap()).collect::<Vec<_>>());
    }

    #[test]
    fn a_bool_holds_nothing_but_a_bool() {
        let text = "CREATE TABLE t (\n    is_on @bool NOT NULL\n) @keyed;";
        let [sqlite] = &sqlite::DIALECT.statements(text)[..] else { panic!("not one statement") };
        assert!(sqlite.contains("is_on INTEGER CHECK (is_on IN (0, 1)) NOT NULL"), "{sqlite}");
        let [postgres] = &postgres::DIALECT.statements(text)[..] else { panic!("not one statement") };
        assert!(postgres.contains("is_on BOOLEAN NOT NULL"), "{postgres}");
    }

    #[test]
    fn no_type_word_survives_translation() {
        for dialect in [&sqlite::DIALECT, &postgres::DIALECT] {
            for migration in MIGRATIONS {
                for statement in dialect.statements(migration.text) {
                    assert!(!statement.contains('@'), "{statement}");
                }
            }
        }
    }
}
