//! How far the whole house has come: keys, restores, the set-up latch, each beside the entries that speak of it.

use audit::{Entry, Event};
use serde_json::Value;
use store::{EntryPlaceRow, EntryRow, Fault};
use vocab::{AccountId, EntryId, KeyId};

use super::{Examination, SLICE, Told, examine_entry};
use crate::App;
use crate::audit_entry::Subject;
use crate::fence::fence_rows;
use crate::keys::{Standing, Use};

/// How far things have come, as they stand or as the entries tell it. None of these ever goes back. Other nodes go on
/// during an examination, so what the entries tell must lie between what stood before they were read and what stands
/// after.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Standings {
    keys_made: usize,
    keys_retired: usize,
    epoch: i64,
    latch: i64,
}

impl Standings {
    /// The latch closed in the transaction that wrote this. An entry that has been damaged tells as much.
    pub(super) fn hear_of_setup(&mut self, entries: &[EntryRow]) {
        let completed = Event::SetupCompleted;
        let says = |row: &EntryRow| {
            row.event == completed.code().cast_signed()
                || Entry::decode(&row.bytes).is_ok_and(|entry| entry.event == completed)
        };
        self.latch = self.latch.max(i64::from(entries.iter().any(says)));
    }

    /// A restored database is given the latch that its node remembers.
    fn hear_of_restore(&mut self, entry: &Told) {
        let said = |field| entry.details.get(field).and_then(Value::as_i64).unwrap_or(0);
        self.epoch = self.epoch.max(said("epoch"));
        self.latch = self.latch.max(said("latch"));
    }

    /// Where this, told by the entries, is not between what stood before and what stands after.
    pub(super) fn disagreements(&self, before: &Self, after: &Self) -> Vec<String> {
        let mut wrong = Vec::new();
        let keys_agree = (before.keys_made..=after.keys_made).contains(&self.keys_made)
            && (before.keys_retired..=after.keys_retired).contains(&self.keys_retired);
        if !keys_agree {
            wrong.push("the keys and the entries that speak of keys do not agree".to_owned());
        }
        if !(before.epoch..=after.epoch).contains(&self.epoch) {
            wrong.push(format!("the restore epoch is {} and the entries speak of {}", after.epoch, self.epoch));
        }
        if self.latch < before.latch {
            wrong.push("the set-up latch is closed and no entry says that anybody was set up".to_owned());
        }
        if self.latch > after.latch {
            wrong.push("the set-up latch is open and an entry says that somebody was set up".to_owned());
        }
        wrong
    }
}

impl App {
    pub(super) async fn standing(&self) -> Result<Standings, Fault> {
        self.ring.reload(&self.store, self.now()).await?;
        let keys = self.ring.summaries(self.now());
        let keys_retired = keys.iter().filter(|key| key.standing == Standing::Retired).count();
        let fence = fence_rows(&self.store).await?.fence;
        Ok(Standings { keys_made: keys.len(), keys_retired, epoch: fence.epoch, latch: fence.latch })
    }

    /// Entries that concern no account.
    pub(super) async fn examine_own_entries(&self, found: &mut Examination, told: &mut Standings) -> Result<(), Fault> {
        let mut after = EntryPlaceRow { account_id: AccountId::NOBODY, id: EntryId::from_bytes([0; 16]) };
        loop {
            let slice = self
                .store
                .browse(after, |after, snapshot| Box::pin(snapshot.list_entries_after(*after, SLICE)))
                .await?;
            let own: Vec<_> = slice.into_iter().filter(|entry| entry.place.account_id == AccountId::NOBODY).collect();
            let Some(last) = own.last() else { return Ok(()) };
            after = last.place;
            for entry in &own {
                found.entries += 1;
                let wrong = self.examine_own_entry(entry, told).await?;
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
            Err(wrong) => return Ok(Some(wrong)),
            Ok(entry) if entry.event == Event::RestoreAccepted => told.hear_of_restore(&entry),
            Ok(_) => {}
        }
        Ok(None)
    }

    pub(super) fn examine_keys(&self, found: &mut Examination) {
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

    pub(super) async fn examine_mark(&self, found: &mut Examination) -> Result<(), Fault> {
        if fence_rows(&self.store).await?.fence.mark > self.now() {
            found.findings.push(
                "the pruning mark lies in the future, and everything issued until then counts as too old: a clock was \
                 wrong; put it right and run 'signet admin accept-restore'"
                    .to_owned(),
            );
        }
        Ok(())
    }
}
