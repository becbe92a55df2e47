//! Models of authenticators: what is known of them, from whom, and whom that lets us believe.

use std::fmt;
use std::sync::Arc;

use audit::Event;
use serde_json::json;
use store::{Close, EntryRow, Fault, ListRow};
use webauthn::metadata::NotTaken;
use webauthn::registration::Answer;
use webauthn::{Anchor, Trust, Unbelieved};

pub use webauthn::metadata::{Metadata, Model};

use crate::audit_entry::Subject;
use crate::keys::Use;
use crate::{App, Ctx, Decided};

/// Why a list was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    NotTaken(NotTaken),
    /// One with this number is known already.
    NotNewer(i64),
    /// Lists are numbered, and this number is none.
    Number,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotTaken(why) => write!(f, "{why}"),
            Self::NotNewer(known) => write!(f, "list {known} is known already, and this one is not newer"),
            Self::Number => f.write_str("the number of the list is too large"),
        }
    }
}

pub struct Authenticators<'a>(&'a App);

impl App {
    pub fn authenticators(&self) -> Authenticators<'_> {
        Authenticators(self)
    }

    /// Whom to believe about this new passkey. What leads nowhere is kept as such: nobody demands anything yet.
    pub(crate) async fn anchors(&self, answer: &Answer) -> Result<Vec<Anchor>, Fault> {
        let Some(known) = self.authenticators().known().await? else { return Ok(Vec::new()) };
        Ok(model_of(&known, answer).map(|model| model.anchors.clone()).unwrap_or_default())
    }
}

/// Trust in a maker, as far as it is asked for.
pub(crate) fn trust<'a>(ctx: &Ctx, anchors: &'a [Anchor]) -> Trust<'a> {
    let anchors = (!anchors.is_empty()).then_some(anchors);
    Trust { anchors, unbelieved: Unbelieved::Noted, ..Trust::nobody(ctx.now) }
}

fn model_of<'a>(known: &'a Metadata, answer: &Answer) -> Option<&'a Model> {
    let by_model = answer.claimed_aaguid().and_then(|aaguid| known.model(aaguid));
    by_model.or_else(|| answer.claimed_batch().and_then(|batch| known.token(&batch)))
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
        let row = ListRow { number, list, imported_at: ctx.now };
        if self.0.store.write((row, entry), record_list).await? {
            self.0.models.store(Some(Arc::clone(&read)));
            return Ok(Ok(read));
        }
        let known = self.0.store.look((), |(), snapshot| Box::pin(snapshot.authenticator_list_number())).await?;
        Ok(Err(Refusal::NotNewer(known.unwrap_or(number))))
    }

    /// The list that counts now, whichever node took it. `None`: there is none.
    pub async fn known(&self) -> Result<Option<Arc<Metadata>>, Fault> {
        let number = self.0.store.look((), |(), snapshot| Box::pin(snapshot.authenticator_list_number())).await?;
        let Some(number) = number.and_then(|number| u64::try_from(number).ok()) else { return Ok(None) };
        if let Some(known) = self.0.models.load_full().filter(|known| known.number == number) {
            return Ok(Some(known));
        }
        let row = self.0.store.look((), |(), snapshot| Box::pin(snapshot.authenticator_list())).await?;
        let Some(row) = row else { return Ok(None) };
        // As it was when it was taken: that its signer's certificate has ended since takes nothing back. Whoever is not
        // configured any more is not believed any more.
        let Ok(read) = Metadata::read(&row.list, &self.0.site.list_signer, row.imported_at) else { return Ok(None) };
        let read = Arc::new(read);
        self.0.models.store(Some(Arc::clone(&read)));
        Ok(Some(read))
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
