//! How a use case writes down what it did: the entry, its sealed details, the subject's pseudonym.

use std::sync::Arc;

use audit::{Digest, Entry, EntryPlace, Event, Pseudonym, SubjectKey};
use serde_json::Value;
use store::{EntryPlaceRow, EntryRow, Fault, Kind, SubjectKeyRow};
use vocab::{AccountId, EntryId, Label, Secret, Timestamp};

use crate::keys::{Key, Use};
use crate::noise::{Noises, drawn};
use crate::seal::{KEY, NONCE, NotOurSeal};
use crate::{Actor, App, Ctx, Entropy};

/// Whose past an entry belongs to.
#[derive(Clone)]
pub(crate) enum Subject {
    /// The system's own; details lie under an audit key of the ring.
    Nobody(Arc<Key>),
    Account(AccountId, Arc<SubjectKey>),
}

/// Writes entries; it needs no database, so that it can go along into a transaction.
pub(crate) struct Scribe {
    pub(crate) node: Label,
    pub(crate) region: Label,
    pub(crate) entropy: Arc<dyn Entropy>,
}

impl Scribe {
    /// An entry ready to be written in the transaction of the act.
    pub(crate) fn entry(&self, ctx: &Ctx, event: Event, subject: &Subject, details: Value) -> Result<EntryRow, Fault> {
        let mut noise = self.noises();
        let mut entry = Entry {
            event,
            at: ctx.now,
            node: self.node.clone(),
            region: self.region.clone(),
            salt: noise.next(),
            subject: subject.pseudonym(),
            actor: match ctx.actor {
                Actor::System => audit::Actor::System,
                Actor::Operator => audit::Actor::Operator,
                Actor::Anonymous => audit::Actor::Anonymous,
                // An account that acts on itself is its own subject; acting on others comes with administrators.
                Actor::Account(actor) => audit::Actor::Account(subject.pseudonym_of(actor)?),
            },
            details: Digest::from_bytes([0; 32]),
        };
        let place = EntryPlace {
            account: subject.account(),
            entry: EntryId::made(ctx.now, noise.next()),
            header: entry.header(),
        };
        let details = sealed(subject, &place, noise.next(), &plain(ctx, details)?)?;
        entry.details = audit::details_digest(&details);
        let bytes = entry.encode();
        Ok(EntryRow {
            place: EntryPlaceRow { account_id: place.account, id: place.entry },
            at: ctx.now,
            event: i64::try_from(event.code()).unwrap_or(i64::MAX),
            digest: audit::leaf(&bytes).bytes().to_vec(),
            bytes,
            details,
            leaf: None,
        })
    }

    /// Random bytes for several things.
    pub(crate) fn noises(&self) -> Noises<'_> {
        Noises::of(&*self.entropy)
    }

    /// Random bytes.
    pub(crate) fn noise<const N: usize>(&self) -> [u8; N] {
        drawn(&*self.entropy)
    }
}

/// The details as they are sealed: with the request they belong to, and where it came from.
fn plain(ctx: &Ctx, mut details: Value) -> Result<Vec<u8>, Fault> {
    if let Some(details) = details.as_object_mut() {
        details.insert("request_id".into(), ctx.request_id.to_string().into());
        if let Some(address) = ctx.client.address {
            details.insert("address".into(), address.to_string().into());
        }
    }
    serde_json::to_vec(&details).map_err(|error| Fault::because(Kind::Bug, "writing the details of an entry", error))
}

fn sealed(subject: &Subject, place: &EntryPlace, nonce: [u8; NONCE], plain: &[u8]) -> Result<Vec<u8>, Fault> {
    let seal = |key: &SubjectKey| {
        key.seal(place, nonce, plain)
            .map(audit::Sealed::into_bytes)
            .map_err(|error| Fault::because(Kind::Bug, "sealing the details of an entry", error))
    };
    match subject {
        Subject::Account(_, key) => seal(key),
        Subject::Nobody(key) => {
            let sealed = seal(&SubjectKey::from_secret(key.secret().clone()))?;
            Ok([key.id().bytes().as_slice(), &sealed].concat())
        }
    }
}

impl App {
    /// An entry ready to be written in the transaction of the act.
    pub(crate) fn entry(&self, ctx: &Ctx, event: Event, subject: &Subject, details: Value) -> Result<EntryRow, Fault> {
        self.scribe.entry(ctx, event, subject, details)
    }

    /// A new subject key for a new account, wrapped under the active audit key.
    pub(crate) fn new_subject(&self, account: AccountId, now: Timestamp) -> Result<(Subject, SubjectKeyRow), Fault> {
        let secret = Secret::new(self.noise());
        let row = self.wrap_subject(account, &*self.ring.active(Use::Audit, now)?, &secret)?;
        Ok((Subject::Account(account, Arc::new(SubjectKey::from_secret(secret))), row))
    }

    pub(crate) fn wrap_subject(
        &self,
        account: AccountId,
        under: &Key,
        secret: &Secret<[u8; KEY]>,
    ) -> Result<SubjectKeyRow, Fault> {
        let wrapped = under.seal(self.noise(), &subject_purpose(account), secret.expose())?;
        Ok(SubjectKeyRow { account_id: account, key_id: under.id(), wrapped })
    }

    pub(crate) async fn subject_secret(&self, row: &SubjectKeyRow, now: Timestamp) -> Result<Secret<[u8; KEY]>, Fault> {
        let wrong = |what: &str| Fault::new(Kind::Corrupt, format!("the subject key of {}: {what}", row.account_id));
        let key = self
            .ring
            .made_by(&self.store, (Use::Audit, row.key_id), now)
            .await?
            .ok_or_else(|| wrong("it is wrapped under a key nobody knows"))?;
        key.open_key(&subject_purpose(row.account_id), &row.wrapped).map_err(|NotOurSeal| wrong("it does not open"))
    }

    pub(crate) async fn subject(&self, row: &SubjectKeyRow, now: Timestamp) -> Result<Subject, Fault> {
        Ok(Subject::Account(row.account_id, Arc::new(SubjectKey::from_secret(self.subject_secret(row, now).await?))))
    }

    /// The subject of an account's entries.
    pub(crate) async fn read_subject(&self, account: AccountId, now: Timestamp) -> Result<Subject, Fault> {
        let row = self.store.look(account, |account, snapshot| Box::pin(snapshot.subject_key(*account))).await?;
        self.subject_of(account, row, now).await
    }

    /// The subject of an account's entries, from its row.
    pub(crate) async fn subject_of(
        &self,
        account: AccountId,
        row: Option<SubjectKeyRow>,
        now: Timestamp,
    ) -> Result<Subject, Fault> {
        let row = row.ok_or_else(|| Fault::new(Kind::Corrupt, format!("account {account} has no subject key")))?;
        self.subject(&row, now).await
    }
}

fn subject_purpose(account: AccountId) -> Vec<u8> {
    [b"signet subject key ".as_slice(), account.bytes()].concat()
}

impl Subject {
    pub(crate) fn account(&self) -> AccountId {
        match self {
            Self::Nobody(_) => AccountId::NOBODY,
            Self::Account(account, _) => *account,
        }
    }

    fn pseudonym(&self) -> Option<Pseudonym> {
        match self {
            Self::Nobody(_) => None,
            Self::Account(account, key) => Some(key.pseudonym(*account)),
        }
    }

    fn pseudonym_of(&self, actor: AccountId) -> Result<Pseudonym, Fault> {
        match self {
            Self::Account(account, key) if *account == actor => Ok(key.pseudonym(actor)),
            _ => Err(Fault::new(Kind::Bug, "an account acted on something that is not its own")),
        }
    }
}
