//! Accounts: create, disable, find, list.

use audit::Event;
use identity::account::{self, Account};
use serde_json::{Value, json};
use store::{
    AccountPage, AccountRow, Close, EntryRow, Fault, IdentifierRow, JobRow, Kind, NewAccountRow, Setting,
    SubjectKeyRow, ToEnd,
};
use vocab::identifier::{self, Identifier};
use vocab::{AccountId, Reason, Timestamp};

pub use identity::account::{NewAccount, Refusal, Role, State};

use crate::outbox::Notice;
use crate::session::{EndedBecause, Ending};
use crate::{App, Ctx, Decided};

/// A page of the list never has more accounts than this.
pub const PAGE_AT_MOST: i64 = 200;

/// An account that exists now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Created {
    pub id: AccountId,
}

/// An account with what names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    pub account: Account,
    pub identifiers: Vec<IdentifierRow>,
}

/// Which accounts to show: those after `after`, in the order they were made.
#[derive(Debug, Clone, Copy)]
pub struct Page {
    pub after: Option<AccountId>,
    pub state: Option<State>,
    pub limit: i64,
}

/// How an account is named by a person: by its id, or by any identifier.
#[derive(Debug, Clone)]
pub enum Named {
    Id(AccountId),
    Identifier(Identifier),
}

impl Named {
    pub fn parse(text: &str) -> Result<Self, identifier::Refusal> {
        text.parse().map(Self::Id).or_else(|_| Identifier::guess(text).map(Self::Identifier))
    }
}

struct Creation {
    account: NewAccountRow,
    identifiers: Vec<IdentifierRow>,
    subject_key: SubjectKeyRow,
    entry: EntryRow,
    notices: Vec<JobRow>,
}

struct Disabling {
    role: Role,
    change: account::Disabled,
    entry: EntryRow,
    ending: Ending,
    notices: Vec<JobRow>,
}

pub struct Accounts<'a>(&'a App);

impl App {
    pub fn accounts(&self) -> Accounts<'_> {
        Accounts(self)
    }
}

impl Accounts<'_> {
    /// Make an account. Whoever asks must already be allowed to.
    pub async fn create(&self, ctx: &Ctx, new: NewAccount) -> Decided<Created, Refusal> {
        let creation = self.creation(ctx, &new)?;
        let id = creation.account.id;
        let has_notice = !creation.notices.is_empty();
        let taken = self
            .0
            .store
            .write(creation, |creation, tx| {
                Box::pin(async move {
                    tx.insert_account(&creation.account).await?;
                    for identifier in &creation.identifiers {
                        if !tx.take_identifier(creation.account.id, identifier, creation.account.made_at).await? {
                            return Ok(Close::Undo(Some(identifier.kind.clone())));
                        }
                    }
                    tx.insert_subject_key(&creation.subject_key).await?;
                    tx.insert_entry(&creation.entry).await?;
                    for notice in &creation.notices {
                        tx.insert_job(notice).await?;
                    }
                    Ok(Close::Commit(None))
                })
            })
            .await?;
        if let Some(kind) = taken {
            return Ok(Err(Refusal::IdentifierTaken(stored_kind(&kind)?)));
        }
        if has_notice {
            self.0.work_is_due.notify_one();
        }
        Ok(Ok(Created { id }))
    }

    fn creation(&self, ctx: &Ctx, new: &NewAccount) -> Result<Creation, Fault> {
        let id = AccountId::made(ctx.now, self.0.noise());
        let (subject, subject_key) = self.0.new_subject(id, ctx.now)?;
        let mut identifiers: Vec<IdentifierRow> = new.identifiers().iter().map(identifier_row).collect();
        // Everybody takes names in one order: two who want the same ones cannot wait for each other.
        identifiers.sort_unstable_by(|a, b| (&a.kind, &a.canonical).cmp(&(&b.kind, &b.canonical)));
        let names: Vec<Value> = identifiers.iter().map(|row| json!({ "kind": row.kind, "typed": row.typed })).collect();
        let details = json!({ "display_name": new.display_name(), "identifiers": names });
        Ok(Creation {
            account: NewAccountRow {
                id,
                display_name: new.display_name().to_owned(),
                made_at: ctx.now,
                role: Role::Person.as_str(),
            },
            notices: self.0.notices(ctx, id, &identifiers, &Notice::AccountCreated),
            identifiers,
            subject_key,
            entry: self.0.entry(ctx, Event::AccountCreated, &subject, details)?,
        })
    }

    /// Disable an account. Everything it holds dies with it, in the same transaction.
    pub async fn disable(&self, ctx: &Ctx, named: &Named, reason: &Reason) -> Decided<AccountId, Refusal> {
        let Some(found) = self.find(named).await? else { return Ok(Err(Refusal::UnknownAccount)) };
        let change = match account::disable(&found.account, ctx.now) {
            Ok(change) => change,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let disabling = self.disabling(ctx, &found, change, reason).await?;
        let has_notice = !disabling.notices.is_empty();
        match self.0.store.write(disabling, record_disabling).await {
            Err(fault) if fault.is_moved() => return Ok(Err(Refusal::AlreadyDisabled)), // by somebody else, meanwhile
            Err(fault) => return Err(fault),
            Ok(Err(refusal)) => return Ok(Err(refusal)),
            Ok(Ok(())) => {}
        }
        if has_notice {
            self.0.work_is_due.notify_one();
        }
        Ok(Ok(change.id))
    }

    async fn disabling(
        &self,
        ctx: &Ctx,
        found: &Listed,
        change: account::Disabled,
        reason: &Reason,
    ) -> Result<Disabling, Fault> {
        let id = change.id;
        let subject = self.0.read_subject(id, ctx.now).await?;
        Ok(Disabling {
            role: found.account.role,
            change,
            entry: self.0.entry(ctx, Event::AccountDisabled, &subject, json!({ "reason": reason.as_str() }))?,
            ending: self.0.ending(ctx, &subject, (ToEnd::All, EndedBecause::AccountDisabled)),
            notices: self.0.notices(ctx, id, &found.identifiers, &Notice::AccountDisabled),
        })
    }

    pub async fn find(&self, named: &Named) -> Result<Option<Listed>, Fault> {
        let row = self
            .0
            .store
            .read(named.clone(), |named, snapshot| {
                Box::pin(async move {
                    let id = match named {
                        Named::Id(id) => Some(*id),
                        Named::Identifier(name) => {
                            snapshot.account_named(name.kind().as_str(), name.canonical()).await?
                        }
                    };
                    let Some(id) = id else { return Ok(None) };
                    let Some(row) = snapshot.account(id).await? else { return Ok(None) };
                    Ok(Some((row, snapshot.list_identifiers(id).await?)))
                })
            })
            .await?;
        row.map(listed).transpose()
    }

    pub async fn list(&self, page: Page) -> Result<Vec<Listed>, Fault> {
        let page = AccountPage {
            after: page.after.unwrap_or(AccountId::NOBODY),
            state: page.state.map(State::as_str),
            limit: page.limit.clamp(1, PAGE_AT_MOST),
        };
        let rows = self
            .0
            .store
            .browse(page, |page, snapshot| {
                Box::pin(async move {
                    let accounts = snapshot.list_accounts(page).await?;
                    let mut names = snapshot.list_identifiers_of_page(page).await?.into_iter().peekable();
                    let with_names = |account: AccountRow| {
                        let own = std::iter::from_fn(|| names.next_if(|(owner, _)| *owner == account.id));
                        let own: Vec<IdentifierRow> = own.map(|(_, row)| row).collect();
                        (account, own)
                    };
                    Ok(accounts.into_iter().map(with_names).collect::<Vec<_>>())
                })
            })
            .await?;
        rows.into_iter().map(listed).collect()
    }
}

fn record_disabling<'t>(
    disabling: &'t Disabling,
    tx: &'t mut store::Tx<'_>,
) -> store::Answer<'t, Close<Result<(), Refusal>>> {
    Box::pin(async move {
        let account = disabling.change.id;
        if disabling.role == Role::Owner {
            tx.lock_setting(Setting::SetupLatch).await?; // of two owners who close each other's accounts one stays
        }
        tx.mark_disabled(account, disabling.change.at).await?;
        if disabling.role == Role::Owner && tx.count_owners().await? == 0 {
            return Ok(Close::Undo(Err(Refusal::LastOwner)));
        }
        // INVARIANT (no session outlives its account): who is signing in now has opened a session by the next
        // statement, and it ends here; or is held up until this has happened, and is turned away.
        tx.move_credentials(account).await?;
        tx.insert_entry(&disabling.entry).await?;
        disabling.ending.record(tx).await?;
        for notice in &disabling.notices {
            tx.insert_job(notice).await?;
        }
        Ok(Close::Commit(Ok(())))
    })
}

pub(crate) fn identifier_row(identifier: &Identifier) -> IdentifierRow {
    IdentifierRow {
        kind: identifier.kind().as_str().to_owned(),
        canonical: identifier.canonical().to_owned(),
        typed: identifier.typed().to_owned(),
    }
}

fn stored_kind(word: &str) -> Result<identifier::Kind, Fault> {
    identifier::Kind::parse(word).ok_or_else(|| Fault::new(Kind::Corrupt, format!("an identifier of kind {word}")))
}

fn listed((row, identifiers): (AccountRow, Vec<IdentifierRow>)) -> Result<Listed, Fault> {
    Ok(Listed { account: account_of(row)?, identifiers })
}

pub(crate) fn account_of(row: AccountRow) -> Result<Account, Fault> {
    let wrong = |what: &str| Fault::new(Kind::Corrupt, format!("account {}: {what}", row.id));
    let state = State::parse(&row.state).ok_or_else(|| wrong("a state nobody knows"))?;
    let role = Role::parse(&row.role).ok_or_else(|| wrong("a role nobody knows"))?;
    let AccountRow { id, display_name, rev, made_at, disabled_at, .. } = row;
    Ok(Account { id, state, role, display_name, rev, made_at, disabled_at })
}

/// When something was made, to the second: what people are shown.
pub fn shown(at: Timestamp) -> String {
    let text = at.to_string();
    text.get(..19).map_or(text.clone(), |seconds| format!("{}Z", seconds.replace('T', " ")))
}
