//! Models of authenticators: what is known of them, from whom, and whom that lets us believe.

mod judge;
mod reconcile;
mod renew;
mod rules;
mod survey;

use std::fmt;
use std::sync::Arc;

use audit::Event;
use serde_json::json;
use store::{Close, EntryRow, Fault, Kind, ListRow};
use vocab::Timestamp;
use webauthn::metadata::NotTaken;
use webauthn::registration::Answer;
use webauthn::{Anchor, Trust, Unbelieved};

pub(crate) use judge::{Known, Owner};
pub use policy::Standing;
pub use policy::authenticator::{Because, Stand};
pub use renew::{Brought, Missing, NotBrought};
pub use rules::{InForce, RulesRefusal};
pub use survey::{Hit, Sample, Survey};
pub use webauthn::metadata::{Metadata, Model};

use crate::audit_entry::Subject;
use crate::keys::Use;
use crate::{App, Ctx, Decided};

/// Why a list was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    NotTaken(NotTaken),
    /// One with this number is known already.
    NotNewer {
        known: i64,
        published: i64,
    },
    /// Lists are numbered, and this number is none.
    Number,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotTaken(why) => write!(f, "{why}"),
            Self::NotNewer { known, published } if known == published => write!(f, "list {known} is known already"),
            Self::NotNewer { known, published } => {
                write!(f, "list {known} is known already, and this one, {published}, is older")
            }
            Self::Number => f.write_str("the number of the list is too large"),
        }
    }
}

pub struct Authenticators<'a>(&'a App);

impl App {
    pub fn authenticators(&self) -> Authenticators<'_> {
        Authenticators(self)
    }

    /// Trust in a maker, as far as it is asked for. What leads nowhere is kept as such; rules decide what becomes of it.
    pub(crate) fn trust<'a>(&'a self, ctx: &Ctx, (anchors, known): (&'a [Anchor], &'a Known)) -> Trust<'a> {
        Trust {
            anchors: (!anchors.is_empty()).then_some(anchors),
            unbelieved: Unbelieved::Noted,
            revoked: &known.rules.revoked,
            tpm_vendors: &self.site.tpm_vendors,
            takes_sha1_of_tpms: self.site.takes_sha1_of_tpms,
            seen: Some(&self.seen),
            ..Trust::nobody(ctx.now)
        }
    }
}

/// The list that a node read last.
pub(crate) struct Read {
    number: i64,
    list: Arc<Metadata>,
    imported_at: Timestamp,
}

/// A token of the first generation is known by its batch alone: the model it names is signed by nobody.
fn model_of<'a>(known: &'a Metadata, answer: &Answer) -> Option<&'a Model> {
    match answer.claimed_batch() {
        Some(batch) => known.token(&batch),
        None => answer.claimed_aaguid().and_then(|aaguid| known.model(aaguid)),
    }
}

impl Authenticators<'_> {
    /// Takes a signed list in the place of the one before, if it is newer.
    pub async fn import(&self, ctx: &Ctx, list: Vec<u8>) -> Decided<Arc<Metadata>, Refusal> {
        let read = match Metadata::read(&list, &self.0.site.list_signer, ctx.now) {
            Ok(read) => Arc::new(read),
            Err(why) => return Ok(Err(Refusal::NotTaken(why))),
        };
        let Ok(number) = i64::try_from(read.number) else { return Ok(Err(Refusal::Number)) };
        let subject = Subject::Nobody(self.0.ring.active(Use::Audit, ctx.now)?);
        let details = json!({ "number": number, "models": read.models.len() });
        let entry = self.0.entry(ctx, Event::MetadataImported, &subject, details)?;
        let signer = self.0.site.list_signer.name();
        let row = ListRow { signer, number, list, imported_at: ctx.now };
        if self.0.store.write((row, entry), record_list).await? {
            self.remember(number, (&read, ctx.now));
            return Ok(Ok(read));
        }
        let known = self.number().await?.unwrap_or(number);
        Ok(Err(Refusal::NotNewer { known, published: number }))
    }

    /// The list that counts now, whichever node took it. `None`: there is none.
    pub async fn known(&self) -> Result<Option<Arc<Metadata>>, Fault> {
        Ok(self.last_list().await?.map(|(list, _)| list))
    }

    /// With the time it was taken.
    async fn last_list(&self) -> Result<Option<(Arc<Metadata>, Timestamp)>, Fault> {
        let Some(number) = self.number().await? else { return Ok(None) };
        if let Some(read) = self.0.models.load_full().filter(|read| read.number == number) {
            return Ok(Some((Arc::clone(&read.list), read.imported_at)));
        }
        let signer = self.0.site.list_signer.name();
        let row = self.0.store.look(signer, |signer, snapshot| Box::pin(snapshot.authenticator_list(signer))).await?;
        let Some(row) = row else { return Ok(None) };
        // As it was when it was taken: that its signer's certificate has ended since takes nothing back. What cannot be
        // read any more is not as if nothing were known: whoever depends on it waits for another.
        let list = Metadata::read(&row.list, &self.0.site.list_signer, row.imported_at);
        let broken = |why: NotTaken| Fault::new(Kind::Corrupt, format!("the list of models of authenticators: {why}"));
        let list = Arc::new(list.map_err(broken)?);
        self.remember(row.number, (&list, row.imported_at));
        Ok(Some((list, row.imported_at)))
    }

    /// Days since there should have been another list. Zero too where there is none at all.
    pub async fn overdue(&self) -> Result<u16, Fault> {
        Ok(self.known().await?.map_or(0, |known| known.overdue(self.0.now())))
    }

    async fn number(&self) -> Result<Option<i64>, Fault> {
        let signer = self.0.site.list_signer.name();
        self.0.store.look(signer, |signer, snapshot| Box::pin(snapshot.authenticator_list_number(signer))).await
    }

    fn remember(&self, number: i64, (list, imported_at): (&Arc<Metadata>, Timestamp)) {
        self.0.models.store(Some(Arc::new(Read { number, list: Arc::clone(list), imported_at })));
    }
}

fn record_list<'t>((row, entry): &'t (ListRow, EntryRow), tx: &'t mut store::Tx<'_>) -> store::Answer<'t, Close<bool>> {
    Box::pin(async move {
        if !tx.take_authenticator_list(row).await? {
            return Ok(Close::Undo(false));
        }
        tx.insert_entry(entry).await?;
        Ok(Close::Commit(true))
    })
}
