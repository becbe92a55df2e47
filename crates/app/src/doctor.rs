//! The examination: does everything that must stand together still stand together?
//!
//! `signet doctor` shows it to people; every fault test ends with it. It derives the digest of every audit entry
//! again, opens every sealed detail, and maps each account to its entries and back.

use audit::{Entry, EntryPlace, Event, SubjectKey};
use identity::account::State;
use store::{AccountPage, AccountRow, Count, EntryPlaceRow, EntryRow, Fault, IdentifierRow, SubjectKeyRow};
use vocab::identifier::{Identifier, Kind};
use vocab::{AccountId, EntryId, KeyId, Secret, Timestamp};

use crate::App;
use crate::audit_entry::Subject;
use crate::fence::fence_rows;
use crate::keys::{Key, Standing, Use};

/// Accounts and entries looked at in one read.
const SLICE: i64 = 200;

/// What was looked at, and what was wrong with it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Examination {
    pub accounts: u64,
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
                        let entries = snapshot.list_entries_of(id).await?;
                        files.push(File { account, identifiers, subject_key, entries });
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
        for entry in &file.entries {
            wrong.extend(
                examine_entry(entry, &subject).into_iter().map(|what| format!("entry {}: {what}", entry.place.id)),
            );
        }
        wrong.extend(history(file));
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
        if event == Some(Event::RestoreAccepted) {
            told.epoch = told.epoch.max(epoch_told(entry, &key).unwrap_or(0));
        }
        Ok(examine_entry(entry, &Subject::Nobody(key)))
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
        let (mut entries, mut jobs, due, given_up, all_entries) = self
            .store
            .browse((), |(), snapshot| {
                Box::pin(async move {
                    Ok((
                        snapshot.list_entries_without_account().await?,
                        snapshot.list_jobs_without_account().await?,
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

/// Does the account's state follow from its entries?
fn history(file: &File) -> Option<String> {
    let times_of = |event: Event| -> Vec<Timestamp> {
        let code = i64::try_from(event.code()).unwrap_or(i64::MAX);
        file.entries.iter().filter(|entry| entry.event == code).map(|entry| entry.at).collect()
    };
    if times_of(Event::AccountCreated) != [file.account.made_at] {
        return Some("no single entry says when it was made".to_owned());
    }
    let ended = times_of(Event::AccountDisabled);
    let agrees = match State::parse(&file.account.state) {
        Some(State::Active) => ended.is_empty() && file.account.disabled_at.is_none(),
        Some(State::Disabled) => Some(ended.as_slice()) == file.account.disabled_at.as_ref().map(std::slice::from_ref),
        None => false,
    };
    (!agrees).then(|| format!("it is {} and its entries say otherwise", file.account.state))
}

fn examine_entry(row: &EntryRow, subject: &Subject) -> Option<String> {
    let entry = match Entry::decode(&row.bytes) {
        Ok(entry) => entry,
        Err(malformed) => return Some(format!("its bytes are not an entry: {malformed}")),
    };
    if audit::leaf(&row.bytes).bytes().as_slice() != row.digest {
        return Some("its digest is not the digest of its bytes".to_owned());
    }
    if audit::details_digest(&row.details) != entry.details {
        return Some("its details are not the ones it was written with".to_owned());
    }
    if i64::try_from(entry.event.code()) != Ok(row.event) || entry.at != row.at {
        return Some("it is filed under another event or time".to_owned());
    }
    let place = place(row, &entry);
    let (opened, pseudonym) = match subject {
        Subject::Account(account, key) => (key.open(&place, &row.details).is_ok(), Some(key.pseudonym(*account))),
        Subject::Nobody(key) => {
            let key = SubjectKey::from_secret(Secret::clone(key.secret()));
            (row.details.get(16..).is_some_and(|sealed| key.open(&place, sealed).is_ok()), None)
        }
    };
    if entry.subject != pseudonym {
        return Some("it speaks of another subject".to_owned());
    }
    (!opened).then(|| "its details were not sealed for what it says now".to_owned())
}

fn place(row: &EntryRow, entry: &Entry) -> EntryPlace {
    EntryPlace { account: row.place.account_id, entry: row.place.id, header: entry.header() }
}

/// The epoch that an accepted restore raised the fence to.
fn epoch_told(row: &EntryRow, key: &Key) -> Option<i64> {
    let key = SubjectKey::from_secret(key.secret().clone());
    let entry = Entry::decode(&row.bytes).ok()?;
    let details = key.open(&place(row, &entry), row.details.get(16..)?).ok()?;
    serde_json::from_slice::<serde_json::Value>(details.expose()).ok()?.get("epoch")?.as_i64()
}
