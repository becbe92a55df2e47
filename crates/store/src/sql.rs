//! A statement: its name, its one text, and what each engine needs to hear.

use std::sync::OnceLock;

use crate::fault::{Fault, Kind};
use crate::value::Value;

/// What a statement does. The fault injector breaks every `Write` and every `Guard` twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    Read,
    Write,
    /// A write that must touch a row: with none touched, the transaction rests on something that has moved.
    Guard,
}

/// One statement of the registry. Only `statements!` makes them, so none escapes the tests that walk the registry.
pub struct Sql {
    pub name: &'static str,
    pub effect: Effect,
    /// Written with `$1` placeholders, PostgreSQL's own.
    pub text: &'static str,
    pub arity: usize,
    sqlite: OnceLock<String>,
    sqlite_counted: OnceLock<String>,
    postgres: OnceLock<String>,
}

impl Sql {
    #[doc(hidden)]
    pub const fn new(name: &'static str, effect: Effect, text: &'static str) -> Self {
        Self {
            name,
            effect,
            text,
            arity: arity(text),
            sqlite: OnceLock::new(),
            sqlite_counted: OnceLock::new(),
            postgres: OnceLock::new(),
        }
    }

    /// Refuses, before a byte is sent and alike on both engines, what one of them could not take.
    pub(crate) fn check(&self, values: &[Value<'_>]) -> Result<(), Fault> {
        if values.len() != self.arity {
            return Err(Fault::new(Kind::Bug, format!("{} takes {} parameters", self.name, self.arity)));
        }
        if values.iter().any(|value| matches!(value, Value::Text(text) if text.contains('\0'))) {
            return Err(Fault::new(Kind::Refused, format!("{}: a text with a NUL in it", self.name)));
        }
        Ok(())
    }

    /// rusqlite binds `$N` by order of appearance, `?N` by number.
    pub fn for_sqlite(&self) -> &str {
        self.sqlite.get_or_init(|| self.text.replace('$', "?"))
    }

    /// The same where nobody reads what it returns: SQLite counts the rows it touched anyway, and would gather those it
    /// is to return in a table of their own first.
    pub fn for_sqlite_counted(&self) -> &str {
        self.sqlite_counted.get_or_init(|| {
            let all = self.for_sqlite();
            all.rsplit_once(" RETURNING ").map_or(all, |(counted, _)| counted).to_owned()
        })
    }

    /// A guard must raise inside PostgreSQL: it travels in a pipeline and nobody looks at its row before the commit.
    /// The cast fails, in words a database administrator can read in the log, when the statement touched no row.
    pub fn for_postgres(&self) -> &str {
        if self.effect != Effect::Guard {
            return self.text;
        }
        self.postgres.get_or_init(|| {
            format!(
                "WITH touched AS ({}) SELECT CAST(CASE WHEN count(*) = 0 THEN '{MOVED}' ELSE '1' END AS BIGINT) FROM touched",
                self.text
            )
        })
    }
}

/// What PostgreSQL's log shows when a guard found its row changed.
pub(crate) const MOVED: &str = "signet: what this transaction rested on has moved";

/// The largest N among the `$N` of a text.
const fn arity(text: &str) -> usize {
    let bytes = text.as_bytes();
    let (mut at, mut largest) = (0, 0);
    while let Some((byte, rest)) = bytes.split_at(at).1.split_first() {
        at += 1;
        if *byte == b'$' {
            let number = leading_number(rest);
            if number > largest {
                largest = number;
            }
        }
    }
    largest
}

const fn leading_number(mut bytes: &[u8]) -> usize {
    let mut number = 0;
    while let Some((digit, rest)) = bytes.split_first() {
        if !digit.is_ascii_digit() {
            break;
        }
        number = number * 10 + (*digit - b'0') as usize;
        bytes = rest;
    }
    number
}

/// Declares the statements of one feature file and lists them for the registry.
macro_rules! statements {
    ($($effect:ident $name:ident = $text:literal;)+) => {
        $(static $name: $crate::sql::Sql = $crate::sql::Sql::new(
            concat!(module_path!(), "::", stringify!($name)), $crate::sql::statements!(@$effect), $text);)+
        pub(crate) static STATEMENTS: &[&$crate::sql::Sql] = &[$(&$name),+];
    };
    (@read) => { $crate::sql::Effect::Read };
    (@write) => { $crate::sql::Effect::Write };
    (@guard) => { $crate::sql::Effect::Guard };
}
pub(crate) use statements;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arity_is_the_largest_placeholder() {
        assert_eq!(arity("SELECT 1"), 0);
        assert_eq!(arity("UPDATE t SET a = $2 WHERE b = $11 AND c = $1"), 11);
    }

    #[test]
    fn a_guard_raises_in_postgres_and_stays_plain_in_sqlite() {
        let guard = Sql::new("g", Effect::Guard, "UPDATE t SET a = $1 RETURNING id");
        assert_eq!(guard.for_sqlite(), "UPDATE t SET a = ?1 RETURNING id");
        assert_eq!(guard.for_sqlite_counted(), "UPDATE t SET a = ?1");
        assert!(guard.for_postgres().starts_with("WITH touched AS (UPDATE t SET a = $1 RETURNING id) SELECT"));
    }
}
