//! What a sign-in writes.

use std::collections::HashMap;

use app::App;
use store::{EntryRow, SessionRow, UseRow};
use vocab::{EntryId, SessionId, Timestamp};

use super::{Cell, Unit, insert_entry, moments, noise};
use crate::people::{self, Person};

/// The rows of a sign-in: its passkey's is updated, a session and an entry are inserted. That its ceremony is spent, a
/// third insert, is the house's own.
pub(crate) struct Arrival {
    uses: UseRow,
    session: SessionRow,
    entry: EntryRow,
}

impl Unit for Arrival {
    const STATEMENTS: &'static [&'static str] =
        &["store::credential::MARK_USED", "store::session::INSERT_SESSION", "store::audit_entry::INSERT_ENTRY"];

    fn each<'a>(&'a self, run: &mut dyn FnMut(usize, &[Cell<'a>])) {
        use Cell::{Bytes, Int, Text};
        let Self { uses, session, entry } = self;
        let account = Bytes(uses.account_id.bytes());
        run(
            0,
            &[
                account,
                Bytes(uses.id.bytes()),
                Int(uses.rev),
                Int(uses.sign_count_was),
                Int(uses.sign_count),
                Int(uses.is_backed_up.into()),
                Int(uses.is_user_verified.into()),
                Int(uses.at.micros()),
            ],
        );
        run(
            1,
            &[
                account,
                Bytes(session.id.bytes()),
                Bytes(&session.digest),
                Bytes(session.credential_id.bytes()),
                Int(session.opened_at.micros()),
                Int(session.verified_at.micros()),
                Int(session.ends_at.micros()),
                Text(&session.device),
                Text(session.address.as_deref().unwrap_or_default()),
            ],
        );
        insert_entry(2, entry, run);
    }
}

/// So many sign-ins of these people, with rows as the application writes them: one of them signs in to show it.
/// Accounts come by in no order that an index would know.
pub(crate) async fn arrivals(app: &App, people: &mut [Person], count: u64) -> Vec<Arrival> {
    let mut uses = Vec::new();
    for person in &*people {
        uses.push(first_use(app, person).await);
    }
    let shown = people.last_mut().expect("somebody");
    people::sign_in(app, shown).await;
    let (session, entry) = newest(app, shown).await;
    let last = uses.last_mut().expect("somebody");
    (last.sign_count_was, last.sign_count) = (1, 2);
    let step = 7_919; // a prime: every account comes by before one comes twice
    let places = (0..count).map(|number| usize::try_from(number * step).expect("small") % uses.len());
    let mut counted: HashMap<usize, i64> = HashMap::new();
    places
        .zip(moments())
        .map(|(place, at)| {
            let earlier = counted.entry(place).and_modify(|earlier| *earlier += 1).or_default();
            arrival(&uses[place], *earlier, (&session, &entry), at)
        })
        .collect()
}

fn arrival(first: &UseRow, earlier: i64, (session, entry): (&SessionRow, &EntryRow), at: Timestamp) -> Arrival {
    let mut entry = EntryRow { at, ..entry.clone() };
    entry.place.account_id = first.account_id;
    entry.place.id = EntryId::made(at, noise());
    Arrival {
        uses: UseRow {
            sign_count_was: first.sign_count_was + earlier,
            sign_count: first.sign_count + earlier,
            at,
            ..first.clone()
        },
        session: SessionRow {
            account_id: first.account_id,
            id: SessionId::made(at, noise()),
            credential_id: first.id,
            ..session.clone()
        },
        entry,
    }
}

async fn first_use(app: &App, person: &Person) -> UseRow {
    let listed = app.store().read(person.account, |id, snapshot| Box::pin(snapshot.list_credentials(*id)));
    let credential = listed.await.expect("its passkeys").pop().expect("one");
    UseRow {
        account_id: credential.account_id,
        id: credential.id,
        rev: credential.rev,
        sign_count_was: credential.sign_count,
        sign_count: credential.sign_count + 1,
        is_backed_up: credential.is_backed_up,
        is_user_verified: credential.is_user_verified,
        at: credential.made_at,
    }
}

async fn newest(app: &App, person: &Person) -> (SessionRow, EntryRow) {
    let (mut sessions, mut entries) = app
        .store()
        .read(person.account, |id, snapshot| {
            Box::pin(async move { Ok((snapshot.list_sessions(*id).await?, snapshot.list_entries_of(*id).await?)) })
        })
        .await
        .expect("its rows");
    (sessions.pop().expect("a session"), entries.pop().expect("an entry"))
}
