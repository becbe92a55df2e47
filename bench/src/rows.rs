//! What a transaction writes, for our programs and for the floor's: the same rows.

mod arrival;

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use app::{App, Clock, Entropy};
use outbound::{SystemClock, SystemEntropy};
use rusqlite::types::{ToSqlOutput, ValueRef};
use store::{EntryRow, IdentifierRow, NewAccountRow, SubjectKeyRow};
use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{IsNull, ToSql, Type};
use vocab::{AccountId, CeremonyId, EntryId, Timestamp};

use crate::house;
pub(crate) use arrival::arrivals;

/// Ids are made from the time; made ahead, they are as far apart as if they were made under load.
const APART: Duration = Duration::from_micros(50);

/// A parameter of a floor program's statement.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Cell<'a> {
    Int(i64),
    Text(&'a str),
    Bytes(&'a [u8]),
}

/// What is written in one transaction: statements of the store's registry, by name, and their parameters.
pub(crate) trait Unit: Send + Sync + 'static {
    const STATEMENTS: &'static [&'static str];
    fn each<'a>(&'a self, run: &mut dyn FnMut(usize, &[Cell<'a>]));
}

/// The statement of the registry with this name.
pub(crate) fn statement(name: &str) -> &'static store::Sql {
    store::statements::all().find(|sql| sql.name == name).unwrap_or_else(|| panic!("the store has no statement {name}"))
}

/// A new account: four inserts.
pub(crate) struct Creation {
    account: NewAccountRow,
    identifier: IdentifierRow,
    key: SubjectKeyRow,
    entry: EntryRow,
}

impl Unit for Creation {
    const STATEMENTS: &'static [&'static str] = &[
        "store::account::INSERT_ACCOUNT",
        "store::account::TAKE_IDENTIFIER",
        "store::account::INSERT_SUBJECT_KEY",
        "store::audit_entry::INSERT_ENTRY",
    ];

    fn each<'a>(&'a self, run: &mut dyn FnMut(usize, &[Cell<'a>])) {
        use Cell::{Bytes, Int, Text};
        let Self { account, identifier, key, entry } = self;
        let (id, made_at) = (Bytes(account.id.bytes()), Int(account.made_at.micros()));
        run(0, &[id, Text(&account.display_name), made_at, Text(account.role)]);
        run(1, &[Text(&identifier.kind), Text(&identifier.canonical), id, Text(&identifier.typed), made_at]);
        run(2, &[id, Bytes(key.key_id.bytes()), Bytes(&key.wrapped)]);
        insert_entry(3, entry, run);
    }
}

/// What a sign-in writes, in its shape: something is spent, a row of the account is updated, an entry is written. One
/// update and two inserts.
pub(crate) struct Spending {
    pub(crate) ceremony: CeremonyId,
    pub(crate) at: Timestamp,
    pub(crate) key: SubjectKeyRow,
    pub(crate) entry: EntryRow,
}

impl Unit for Spending {
    const STATEMENTS: &'static [&'static str] =
        &["store::ceremony::TAKE_CEREMONY", "store::account::REWRAP_SUBJECT_KEY", "store::audit_entry::INSERT_ENTRY"];

    fn each<'a>(&'a self, run: &mut dyn FnMut(usize, &[Cell<'a>])) {
        use Cell::{Bytes, Int};
        let Self { ceremony, at, key, entry } = self;
        let same = Bytes(key.key_id.bytes());
        run(0, &[Bytes(ceremony.bytes()), Int(at.micros())]);
        run(1, &[Bytes(key.account_id.bytes()), same, same, Bytes(&key.wrapped)]);
        insert_entry(2, entry, run);
    }
}

fn insert_entry<'a>(at: usize, entry: &'a EntryRow, run: &mut dyn FnMut(usize, &[Cell<'a>])) {
    use Cell::{Bytes, Int};
    let place = &entry.place;
    run(
        at,
        &[
            Bytes(place.account_id.bytes()),
            Bytes(place.id.bytes()),
            Int(entry.at.micros()),
            Int(entry.event),
            Bytes(&entry.bytes),
            Bytes(&entry.digest),
            Bytes(&entry.details),
        ],
    );
}

/// Rows as the application really writes them: the sizes are those of an account it has just made.
pub(crate) struct Pattern(Creation);

impl Pattern {
    pub(crate) async fn learn(app: &Arc<App>) -> Self {
        let newcomer = house::newcomers(u64::MAX - 1..u64::MAX).pop().expect("one");
        let name = app::account::Named::Identifier(newcomer.identifiers()[0].clone());
        house::create(Arc::clone(app), newcomer).await;
        let listed = app.accounts().find(&name).await.expect("no fault").expect("the account");
        let (key, entries) = app
            .store()
            .read(listed.account.id, |id, snapshot| {
                Box::pin(async move { Ok((snapshot.subject_key(*id).await?, snapshot.list_entries_of(*id).await?)) })
            })
            .await
            .expect("its rows");
        let app::account::Listed { account, mut identifiers } = listed;
        Self(Creation {
            account: NewAccountRow {
                id: account.id,
                display_name: account.display_name,
                made_at: account.made_at,
                role: account.role.as_str(),
            },
            identifier: identifiers.pop().expect("a username"),
            key: key.expect("a subject key"),
            entry: entries.into_iter().next().expect("an entry"),
        })
    }

    pub(crate) fn creations(&self, count: u64) -> Vec<Creation> {
        let newcomers = house::newcomers(0..count).into_iter();
        newcomers.zip(moments()).map(|(newcomer, at)| self.creation(&newcomer, at)).collect()
    }

    fn creation(&self, newcomer: &identity::account::NewAccount, at: Timestamp) -> Creation {
        let id = AccountId::made(at, noise());
        let name = &newcomer.identifiers()[0];
        Creation {
            account: NewAccountRow {
                id,
                display_name: newcomer.display_name().to_owned(),
                made_at: at,
                role: self.0.account.role,
            },
            identifier: IdentifierRow {
                kind: name.kind().as_str().to_owned(),
                canonical: name.canonical().to_owned(),
                typed: name.typed().to_owned(),
            },
            key: SubjectKeyRow { account_id: id, ..self.0.key.clone() },
            entry: self.entry(id, at),
        }
    }

    /// Accounts come by in no order that an index would know.
    pub(crate) fn spendings(&self, keys: &[SubjectKeyRow], count: u64) -> Vec<Spending> {
        let step = 7_919; // a prime: every account comes by before one comes twice
        let accounts = (0..count).map(|number| &keys[usize::try_from(number * step).expect("small") % keys.len()]);
        accounts
            .zip(moments())
            .map(|(key, at)| Spending {
                ceremony: CeremonyId::made(at, noise()),
                at,
                key: key.clone(),
                entry: self.entry(key.account_id, at),
            })
            .collect()
    }

    fn entry(&self, account: AccountId, at: Timestamp) -> EntryRow {
        let mut entry = EntryRow { at, ..self.0.entry.clone() };
        entry.place.account_id = account;
        entry.place.id = EntryId::made(at, noise());
        entry
    }
}

fn moments() -> impl Iterator<Item = Timestamp> {
    std::iter::successors(Some(SystemClock.now()), |at| Some(at.plus(APART)))
}

fn noise() -> [u8; 10] {
    let mut noise = [0; 10];
    SystemEntropy.fill(&mut noise);
    noise
}

impl rusqlite::ToSql for Cell<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match *self {
            Self::Int(value) => ValueRef::Integer(value),
            Self::Text(value) => ValueRef::Text(value.as_bytes()),
            Self::Bytes(value) => ValueRef::Blob(value),
        }))
    }
}

impl ToSql for Cell<'_> {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match *self {
            Self::Int(value) => out.extend_from_slice(&value.to_be_bytes()),
            Self::Text(value) => out.extend_from_slice(value.as_bytes()),
            Self::Bytes(value) => out.extend_from_slice(value),
        }
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    tokio_postgres::types::to_sql_checked!();
}
