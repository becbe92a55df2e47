//! The examination: does everything that must stand together still stand together?
//!
//! `signet doctor` shows it to people; every fault test ends with it. It derives the digest of every audit entry
//! again, opens every sealed detail, and maps each account with its passkeys and sessions to its entries and back.

mod history;

use audit::{Entry, EntryPlace, Event, SubjectKey};
use history::Told;
use store::{
    AccountPage, AccountRow, Count, CredentialRow, EntryPlaceRow, EntryRow, Fault, IdentifierRow, SessionRow,
    SubjectKeyRow,
};
use vocab::identifier::{Identifier, Kind};
use vocab::{AccountId, EntryId, KeyId, Secret};

use crate::App;
use crate::audit_entry::Subject;
use crate::fence::fence_rows;
use crate::keys::{Standing, Use};

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

/// How far things have come, as they stand or as the entries tell it. None of these ever goes back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Standings {
    keys_made: usize,
    keys_retired: usize,
    epoch: i64,
}

impl App {
    /// Look at everything.
    pub async fn check_everything(&self) -> Result<Examination, Fault> {
        let mut found = Examination::default();
        self.ring.reload(&self.store, self.now()).await?;
        self.examine_accounts(&mut found).await?;
        self.examine_the_systems_own(&mut found).await?;
        self.examine_strays(&mut found).await?;
        Ok(found)
    }

    async fn examine_accounts(&self, found: &mut Examination) -> Result<(), Fault> {
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

    /// Entries that concern no account, and the keys and the restores they speak of. Other nodes go on meanwhile, so
    /// what the entries say must lie between what stood before they were read and what stands after.
    async fn examine_the_systems_own(&self, found: &mut Examination) -> Result<(), Fault> {
        let before = self.standing().await?;
        let told = self.examine_own_entries(found).await?;
        let after = self.standing().await?;
        let keys_agree = (before.keys_made..=after.keys_made).contains(&told.keys_made)
            && (before.keys_retired..=after.keys_retired).contains(&told.keys_retired);
        if !keys_agree {
            found.findings.push("the keys and the entries that speak of keys do not agree".to_owned());
        }
        if !(before.epoch..=after.epoch).contains(&told.epoch) {
            let (stands, told) = (after.epoch, told.epoch);
            found.findings.push(format!("the restore epoch is {stands} and the entries speak of {told}"));
        }
        self.examine_keys(found);
        if fence_rows(&self.store).await?.fence.mark > self.now() {
            found.findings.push(
                "the pruning mark lies in the future, and everything issued until then counts as too old: a clock was \
                 wrong; put it right and run 'signet admin accept-restore'"
                    .to_owned(),
            );
        }
        Ok(())
    }

    async fn standing(&self) -> Result<Standings, Fault> {
        self.ring.reload(&self.store, self.now()).await?;
        let keys = self.ring.summaries(self.now());
        let keys_retired = keys.iter().filter(|key| key.standing == Standing::Retired).count();
        let epoch = fence_rows(&self.store).await?.fence.epoch;
        Ok(Standings { keys_made: keys.len(), keys_retired, epoch })
    }

    async fn examine_own_entries(&self, found: &mut Examination) -> Result<Standings, Fault> {
        let mut told = Standings::default();
        let mut after = EntryPlaceRow { account_id: AccountId::NOBODY, id: EntryId::from_bytes([0; 16]) };
        loop {
            let slice = self
                .store
                .browse(after, |after, snapshot| Box::pin(snapshot.list_entries_after(*after, SLICE)))
                .await?;
            let own: Vec<_> = slice.into_iter().filter(|entry| entry.place.account_id == AccountId::NOBODY).collect();
            let Some(last) = own.last() else { return Ok(told) };
            after = last.place;
            for entry in &own {
                found.entries += 1;
                let wrong = self.examine_own_entry(entry, &mut told).await?;
                found.findings.extend(wrong.map(|what| format!("entry {}: {what}", entry.place.id)));
            }
        }
    }

    async fn examine_own_entry(&self, entry: &EntryRow, told: &mut Standings) -> Result<Option<String>, Fault> {
        let event = Entry::decode(&entry.bytes).ok().map(|decoded| decoded.event);
        told.keys_made += usize::from(event == Some(Event::KeyMade));
        told.keys_retired += usize::from(event == Some(Event::KeyRetired));
        let Some((id, _)) = entry.details.split_first_chunk::<16>() else {
            return Ok(Some("its details are cut short".to_owned()));
        };
        let Some(key) = self.ring.made_by(&self.store, (Use::Audit, KeyId::from_bytes(*id)), self.now()).await? else {
            return Ok(Some("its details lie under a key nobody knows".to_owned()));
        };
        match examine_entry(entry, &Subject::Nobody(key)) {
            Err(wrong) => Ok(Some(wrong)),
            Ok(entry) if entry.event == Event::RestoreAccepted => {
                let epoch = entry.details.get("epoch").and_then(serde_json::Value::as_i64);
                told.epoch = told.epoch.max(epoch.unwrap_or(0));
                Ok(None)
            }
            Ok(_) => Ok(None),
        }
    }

    fn examine_keys(&self, found: &mut Examination) {
        let keys = self.ring.summaries(self.now());
        found.keys = keys.len() as u64;
        for use_for in Use::ALL {
            let serials: Vec<i64> = keys.iter().filter(|key| key.use_for == use_for).map(|key| key.serial).collect();
            if serials.is_empty() || serials.iter().zip(1..).any(|(serial, expected)| *serial != expected) {
                found.findings.push(format!("the keys for {} are numbered {serials:?}", use_for.as_str()));
            }
            let waiting = keys.iter().filter(|key| key.use_for == use_for && key.standing == Standing::Next).count();
            if waiting > 1 {
                found.findings.push(format!("{waiting} keys wait to be the next for {}", use_for.as_str()));
            }
        }
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
