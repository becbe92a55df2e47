//! What goes into a statement and what comes out of a row: four kinds of value, the same on both engines.

use std::error::Error;

use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type};
use vocab::{AccountId, CeremonyId, CredentialId, EntryId, JobId, KeyId, LinkId, SessionId, Timestamp};

use crate::fault::{Fault, Kind};

/// A value on its way into a statement, or as it lies in a row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Value<'a> {
    Int(i64),
    Bool(bool),
    Text(&'a str),
    Bytes(&'a [u8]),
    Null,
}

/// Something that can stand for a `$N`.
pub(crate) trait Bind: Sync {
    fn bind(&self) -> Value<'_>;
}

/// Something a column can be read as. `None`: the column holds something else.
pub(crate) trait Column: Sized {
    fn column(value: Value<'_>) -> Option<Self>;
}

/// The parameters of one statement: a tuple.
pub(crate) trait Params: Sync {
    fn lend<R>(&self, f: impl FnOnce(&[Value<'_>]) -> R) -> R;
}

macro_rules! tuples {
    ($(($($name:ident $at:tt)*))+) => {$(
        impl<$($name: Bind),*> Params for ($($name,)*) {
            fn lend<R>(&self, f: impl FnOnce(&[Value<'_>]) -> R) -> R {
                f(&[$(self.$at.bind()),*])
            }
        }
    )+};
}
tuples! {
    () (A 0) (A 0 B 1) (A 0 B 1 C 2) (A 0 B 1 C 2 D 3) (A 0 B 1 C 2 D 3 E 4) (A 0 B 1 C 2 D 3 E 4 F 5)
    (A 0 B 1 C 2 D 3 E 4 F 5 G 6) (A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7) (A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8)
    (A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9 K 10 L 11 M 12 N 13 O 14 P 15 Q 16 S 17 T 18 U 19 V 20 W 21 X 22)
}

macro_rules! values {
    ($($type:ty, $self:ident => $bind:expr, $pattern:pat => $column:expr;)+) => {$(
        impl Bind for $type {
            fn bind(&self) -> Value<'_> {
                let $self = self;
                $bind
            }
        }
        impl Column for $type {
            fn column(value: Value<'_>) -> Option<Self> {
                match value {
                    $pattern => $column,
                    _ => None,
                }
            }
        }
    )+};
}
values! {
    i64, v => Value::Int(*v), Value::Int(v) => Some(v);
    Timestamp, v => Value::Int(v.micros()), Value::Int(v) => Some(Timestamp::from_micros(v));
    String, v => Value::Text(v), Value::Text(v) => Some(v.to_owned());
    Vec<u8>, v => Value::Bytes(v), Value::Bytes(v) => Some(v.to_vec());
    AccountId, v => Value::Bytes(v.bytes()), Value::Bytes(v) => v.try_into().ok().map(AccountId::from_bytes);
    CeremonyId, v => Value::Bytes(v.bytes()), Value::Bytes(v) => v.try_into().ok().map(CeremonyId::from_bytes);
    CredentialId, v => Value::Bytes(v.bytes()), Value::Bytes(v) => v.try_into().ok().map(CredentialId::from_bytes);
    EntryId, v => Value::Bytes(v.bytes()), Value::Bytes(v) => v.try_into().ok().map(EntryId::from_bytes);
    JobId, v => Value::Bytes(v.bytes()), Value::Bytes(v) => v.try_into().ok().map(JobId::from_bytes);
    KeyId, v => Value::Bytes(v.bytes()), Value::Bytes(v) => v.try_into().ok().map(KeyId::from_bytes);
    LinkId, v => Value::Bytes(v.bytes()), Value::Bytes(v) => v.try_into().ok().map(LinkId::from_bytes);
    SessionId, v => Value::Bytes(v.bytes()), Value::Bytes(v) => v.try_into().ok().map(SessionId::from_bytes);
}

impl<const N: usize> Bind for [u8; N] {
    fn bind(&self) -> Value<'_> {
        Value::Bytes(self)
    }
}

impl<const N: usize> Column for [u8; N] {
    fn column(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Bytes(bytes) => bytes.try_into().ok(),
            _ => None,
        }
    }
}

impl Bind for &[u8] {
    fn bind(&self) -> Value<'_> {
        Value::Bytes(self)
    }
}

impl Bind for &str {
    fn bind(&self) -> Value<'_> {
        Value::Text(self)
    }
}

impl<T: Bind> Bind for Option<T> {
    fn bind(&self) -> Value<'_> {
        self.as_ref().map_or(Value::Null, Bind::bind)
    }
}

impl<T: Column> Column for Option<T> {
    fn column(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Null => Some(None),
            other => T::column(other).map(Some),
        }
    }
}

/// A row of either engine.
pub(crate) enum Row<'a> {
    Sqlite(&'a rusqlite::Row<'a>),
    Postgres(&'a tokio_postgres::Row),
}

impl Row<'_> {
    pub(crate) fn get<T: Column>(&self, at: usize) -> Result<T, Fault> {
        let wrong = || Fault::new(Kind::Corrupt, format!("column {at} holds something else than it must"));
        match self {
            Row::Sqlite(row) => {
                let cell = row.get_ref(at).map_err(|error| Fault::because(Kind::Corrupt, "reading a column", error))?;
                T::column(from_sqlite(cell).ok_or_else(wrong)?)
            }
            Row::Postgres(row) => {
                let cell: Cell<'_> =
                    row.try_get(at).map_err(|error| Fault::because(Kind::Corrupt, "reading a column", error))?;
                T::column(cell.0)
            }
        }
        .ok_or_else(wrong)
    }
}

fn from_sqlite(cell: rusqlite::types::ValueRef<'_>) -> Option<Value<'_>> {
    use rusqlite::types::ValueRef;
    Some(match cell {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(v) => Value::Int(v),
        ValueRef::Text(v) => Value::Text(std::str::from_utf8(v).ok()?),
        ValueRef::Blob(v) => Value::Bytes(v),
        ValueRef::Real(_) => return None,
    })
}

impl rusqlite::ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
        use rusqlite::types::{ToSqlOutput, ValueRef};
        Ok(ToSqlOutput::Borrowed(match *self {
            Value::Int(v) => ValueRef::Integer(v),
            Value::Bool(v) => ValueRef::Integer(v.into()),
            Value::Text(v) => ValueRef::Text(v.as_bytes()),
            Value::Bytes(v) => ValueRef::Blob(v),
            Value::Null => ValueRef::Null,
        }))
    }
}

/// A parameter that outlives the call that queued it in a pipeline.
#[derive(Debug)]
pub(crate) enum Owned {
    Int(i64),
    Bool(bool),
    Text(Box<str>),
    Bytes(Box<[u8]>),
    Null,
}

impl From<&Value<'_>> for Owned {
    fn from(value: &Value<'_>) -> Self {
        match *value {
            Value::Int(v) => Self::Int(v),
            Value::Bool(v) => Self::Bool(v),
            Value::Text(v) => Self::Text(v.into()),
            Value::Bytes(v) => Self::Bytes(v.into()),
            Value::Null => Self::Null,
        }
    }
}

impl ToSql for Owned {
    /// Every statement's parameter types are checked by a test; a mismatch here is an error before a byte is sent.
    fn to_sql(&self, kind: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match (self, kind) {
            (Self::Null, _) => return Ok(IsNull::Yes),
            (Self::Int(v), &Type::INT8) => out.extend_from_slice(&v.to_be_bytes()),
            (Self::Bool(v), &Type::BOOL) => out.extend_from_slice(&[u8::from(*v)]),
            (Self::Text(v), &Type::TEXT) => out.extend_from_slice(v.as_bytes()),
            (Self::Bytes(v), &Type::BYTEA) => out.extend_from_slice(v),
            (_, kind) => return Err(format!("a parameter of the wrong kind for {kind}").into()),
        }
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    tokio_postgres::types::to_sql_checked!();
}

/// A column as PostgreSQL sends it.
struct Cell<'a>(Value<'a>);

impl<'a> FromSql<'a> for Cell<'a> {
    fn from_sql(kind: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(match *kind {
            Type::INT8 => Value::Int(i64::from_be_bytes(raw.try_into()?)),
            Type::BOOL => Value::Bool(raw == [1]),
            Type::TEXT => Value::Text(std::str::from_utf8(raw)?),
            Type::BYTEA => Value::Bytes(raw),
            ref other => return Err(format!("a column of kind {other}").into()),
        }))
    }

    fn from_sql_null(_: &Type) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(Value::Null))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

impl Bind for bool {
    fn bind(&self) -> Value<'_> {
        Value::Bool(*self)
    }
}

impl Column for bool {
    fn column(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Bool(v) => Some(v),
            Value::Int(v @ 0..=1) => Some(v == 1), // SQLite has no booleans; a CHECK keeps the column to 0 and 1
            _ => None,
        }
    }
}
