//! The examination: does everything that must stand together still stand together?
//!
//! `signet doctor` shows it to people; every fault test ends with it. It derives the digest of every audit entry
//! again, opens every sealed detail, and maps each account with its passkeys and sessions to its entries and back.

mod history;
mod standing;

use audit::{Entry, EntryPlace, SubjectKey};
use history::Told;
use standing::Standings;
use store::{AccountPage, AccountRow, Count, CredentialRow, EntryRow, Fault, IdentifierRow, SessionRow, SubjectKeyRow};
use vocab::identifier::{Identifier, Kind};
use vocab::{AccountId, Secret};

use crate::App;
use crate::audit_entry::Subject;

/// Accounts and entries looked at in one read.
const SLICE: i64 = 200;

/// What was looked at, and what was wrong with it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Examination {
    pub accounts: u64,
    pub credentials: u64,
    pub sessions: u64,
    pub entries: u64,
    pub keys: u64,
    pub jobs_due: u64,
    pub jobs_given_up: u64,
    pub findings: Vec<String>,
}

/// An account with everything that must agree with it.
struct File {
    account: AccountRow,
    identifiers: Vec<IdentifierRow>,
    subject_key: Option<SubjectKeyRow>,
    credentials: Vec<CredentialRow>,
    sessions: Vec<SessionRow>,
    entries: Vec<EntryRow>,
}

impl App {
    /// Look at everything.
    pub async fn check_everything(&self) -> Result<Examination, Fault> {
        let (mut found, mut told) = (Examination::default(), Standings::default());
        let before = self.standing().await?;
        self.examine_accounts(&mut found, &mut told).await?;
        self.examine_own_entries(&mut found, &mut told).await?;
        let after = self.standing().await?;
        found.findings.extend(told.disagreements(&before, &after));
        self.examine_keys(&mut found);
        self.examine_mark(&mut found).await?;
        self.examine_strays(&mut found).await?;
        Ok(found)
    }

    async fn examine_accounts(&self, found: &mut Examination, told: &mut Standings) -> Result<(), Fault> {
        let mut after = AccountId::NOBODY;
        loop {
            let files = self.files_after(after).await?;
            let Some(last) = files.last() else {
                return Ok(());
            };
            after = last.account.id;
            for file in files {
                found.accounts += 1;
                found.credentials += file.credentials.len() as u64;
                found.sessions += file.sessions.len() as u64;
                found.entries += file.entries.len() as u64;
                let id = file.account.id;
                told.hear_of_setup(&file.entries);
                let wrong = self.examine_file(&file).await?;
                found.findings.extend(wrong.into_iter().map(|wrong| format!("account {id}: {wrong}")));
            }
        }
    }

    async fn files_after(&self, after: AccountId) -> Result<Vec<File>, Fault> {
        let page = AccountPage { after, state: None, limit: SLICE };
        self.store
            .browse(page, |page, snapshot| {
                Box::pin(async move {
                    let mut files = Vec::new();
                    for account in snapshot.list_accounts(page).await? {
                        let id = account.id;
                        let identifiers = snapshot.list_identifiers(id).await?;
                        let subject_key = snapshot.subject_key(id).await?;
                        let credentials = snapshot.list_credentials(id).await?;
                        let sessions = snapshot.list_sessions(id).await?;
                        let entries = snapshot.list_entries_of(id).await?;
                        files.push(File { account, identifiers, subject_key, credentials, sessions, entries });
                    }
                    Ok(files)
                })
            })
            .await
    }

    async fn examine_file(&self, file: &File) -> Result<Vec<String>, Fault> {
        let mut wrong = names(file);
        let Some(row) = &file.subject_key else {
            wrong.push("it has no subject key".to_owned());
            return Ok(wrong);
        };
        let subject = match self.subject(row, self.now()).await {
            Ok(subject) => subject,
            Err(fault) => {
                wrong.push(fault.to_string());
                return Ok(wrong);
            }
        };
        let mut told = Vec::with_capacity(file.entries.len());
        for entry in &file.entries {
            match examine_entry(entry, &subject) {
                Ok(entry) => told.push(entry),
                Err(what) => wrong.push(format!("entry {}: {what}", entry.place.id)),
            }
        }
        // What an entry that does not open would have told is missing everywhere; one finding is enough for it.
        if wrong.is_empty() {
            wrong = history::examine(file, &told, self.now());
        }
        Ok(wrong)
    }

    async fn examine_strays(&self, found: &mut Examination) -> Result<(), Fault> {
        let (mut entries, mut jobs, unfound, due, given_up, all_entries) = self
            .store
            .browse((), |(), snapshot| {
                Box::pin(async move {
                    Ok((
                        snapshot.list_entries_without_account().await?,
                        snapshot.list_jobs_without_account().await?,
                        snapshot.list_credentials_not_found_by_id().await?,
                        snapshot.count(Count::JobsDue).await?,
                        snapshot.count(Count::JobsGivenUp).await?,
                        snapshot.count(Count::Entries).await?,
                    ))
                })
            })
            .await?;
        found.jobs_due = due.unsigned_abs();
        found.jobs_given_up = given_up.unsigned_abs();
        entries.dedup();
        jobs.dedup();
        found.findings.extend(entries.iter().map(|id| format!("entries speak of account {id}, which does not exist")));
        found.findings.extend(jobs.iter().map(|id| format!("work waits for account {id}, which does not exist")));
        found
            .findings
            .extend(unfound.iter().map(|id| format!("account {id}: one of its passkeys is not found by its id")));
        tracing::debug!(all_entries, looked_at = found.entries, "examined");
        Ok(())
    }
}

fn names(file: &File) -> Vec<String> {
    let mut wrong = Vec::new();
    if file.identifiers.is_empty() {
        wrong.push("nothing names it".to_owned());
    }
    for row in &file.identifiers {
        let again = match Kind::parse(&row.kind) {
            Some(Kind::Username) => Identifier::username(&row.typed),
            Some(Kind::Email) => Identifier::email(&row.typed),
            Some(Kind::Phone) => Identifier::phone(&row.typed),
            None => {
                wrong.push(format!("an identifier of kind {}", row.kind));
                continue;
            }
        };
        if !again.is_ok_and(|again| again.canonical() == row.canonical) {
            wrong.push(format!("the canonical form of its {} is not what it should be", row.kind));
        }
    }
    wrong
}

/// What an entry tells, or what is wrong with it.
fn examine_entry(row: &EntryRow, subject: &Subject) -> Result<Told, String> {
    let entry = Entry::decode(&row.bytes).map_err(|malformed| format!("its bytes are not an entry: {malformed}"))?;
    let wrong = |what: &str| Err(what.to_owned());
    if audit::leaf(&row.bytes).bytes().as_slice() != row.digest {
        return wrong("its digest is not the digest of its bytes");
    }
    if audit::details_digest(&row.details) != entry.details {
        return wrong("its details are not the ones it was written with");
    }
    if i64::try_from(entry.event.code()) != Ok(row.event) || entry.at != row.at {
        return wrong("it is filed under another event or time");
    }
    let place = place(row, &entry);
    let (opened, pseudonym) = match subject {
        Subject::Account(account, key) => (key.open(&place, &row.details).ok(), Some(key.pseudonym(*account))),
        Subject::Nobody(key) => {
            let key = SubjectKey::from_secret(Secret::clone(key.secret()));
            (row.details.get(16..).and_then(|sealed| key.open(&place, sealed).ok()), None)
        }
    };
    if entry.subject != pseudonym {
        return wrong("it speaks of another subject");
    }
    let Some(details) = opened else { return wrong("its details were not sealed for what it says now") };
    let details = serde_json::from_slice(details.expose()).map_err(|_| "its details are not JSON".to_owned())?;
    Ok(Told { event: entry.event, at: entry.at, details })
}

fn place(row: &EntryRow, entry: &Entry) -> EntryPlace {
    EntryPlace { account: row.place.account_id, entry: row.place.id, header: entry.header() }
}
