//! The passkeys of an account: listed, added, renamed, removed, replaced by newer ones; and how each of them stands.

mod add;
mod remove;
mod rename;
mod replace;
mod standing;

use std::fmt;
use std::sync::Arc;

use audit::Event;
use identity::credential::{self, Credential, State, first_name, user_handle};
use policy::Standing;
use policy::authenticator::{Because, Stand};
use serde_json::json;
use store::fence::Fence;
use store::{CredentialRow, EntryRow, Fault, IdentifierRow, Kind, SessionRow, SubjectKeyRow};
use vocab::{Aaguid, AccountId, CredentialId, RpId, SessionId, Timestamp};
use webauthn::registration::Registered;
use webauthn::{Algorithm, Attachment, Descriptor, Transport, provider};

pub use identity::credential::{Kind as CredentialKind, Refusal as Unfit};
pub use remove::Considered;
pub(crate) use replace::Replacement;
pub(crate) use standing::Change as ChangeOfStanding;
pub use standing::{Kept, StandingRefusal};
pub(crate) use standing::{OnRecord, written};

use crate::audit_entry::Subject;
use crate::fence::read_fence;
use crate::session::SignedIn;
use crate::token::{hex, sha256};
use crate::{App, Ctx, ceremony};

/// Why nothing was done to a passkey.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The session in which this was asked has ended.
    SignInRequired,
    /// A passkey must be used again first.
    StepUpRequired,
    /// The passkey of this session is under doubt: another one must be used first.
    OtherPasskeyRequired,
    AlreadyRegistered,
    /// It makes no sense for this passkey.
    Unfit(credential::Refusal),
    Ceremony(ceremony::Refusal),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SignInRequired => f.write_str("sign in again first"),
            Self::StepUpRequired => f.write_str("use your passkey again first"),
            Self::OtherPasskeyRequired => f.write_str("use another one of your passkeys first"),
            Self::AlreadyRegistered => f.write_str("this passkey is in use already"),
            Self::Unfit(refusal) => fmt::Display::fmt(refusal, f),
            Self::Ceremony(refusal) => fmt::Display::fmt(refusal, f),
        }
    }
}

impl std::error::Error for Refusal {}

impl From<ceremony::Refusal> for Refusal {
    fn from(refusal: ceremony::Refusal) -> Self {
        Self::Ceremony(refusal)
    }
}

impl From<credential::Refusal> for Refusal {
    fn from(refusal: credential::Refusal) -> Self {
        Self::Unfit(refusal)
    }
}

impl From<policy::Denial> for Refusal {
    fn from(denial: policy::Denial) -> Self {
        match denial {
            policy::Denial::StepUp => Self::StepUpRequired,
            policy::Denial::OtherPasskey => Self::OtherPasskeyRequired,
            policy::Denial::NotActive | policy::Denial::NotVerified | policy::Denial::Suspended => Self::SignInRequired,
        }
    }
}

/// A passkey as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    pub id: CredentialId,
    pub name: String,
    pub kind: CredentialKind,
    pub provider: Option<&'static str>,
    /// What its drawing is made from: SHA-256 of its public key.
    pub impression: [u8; 32],
    pub is_discoverable: Option<bool>,
    pub is_backed_up: bool,
    pub made_at: Timestamp,
    pub last_used_at: Option<Timestamp>,
    pub standing: Standing,
    pub because: Option<Because>,
    /// It signs its owner in.
    pub is_usable: bool,
}

/// What a browser may be told of an account, so that it offers the passkeys that sign in and no others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signals {
    pub user_handle: Vec<u8>,
    /// As authenticators were given it when a passkey was made.
    pub name: String,
    pub display_name: String,
    /// The active passkeys, by the ids of their authenticators. Those on hold too, and those of other domains: a browser
    /// that forgot one would have nothing when it is released.
    pub accepted: Vec<Vec<u8>>,
}

/// One account's passkeys with all that acts on them rest on.
struct File {
    fence: Fence,
    session: Option<SessionRow>,
    credentials: Vec<CredentialRow>,
    subject_key: Option<SubjectKeyRow>,
    identifiers: Vec<IdentifierRow>,
}

impl File {
    /// Acts are done in an open session only; the transaction looks again.
    fn check_session(&self) -> Result<(), Refusal> {
        let is_open = self.session.as_ref().is_some_and(|row| row.ended_at.is_none());
        if is_open { Ok(()) } else { Err(Refusal::SignInRequired) }
    }

    fn active(&self) -> impl Iterator<Item = &CredentialRow> {
        self.credentials.iter().filter(|row| is_active(row))
    }

    /// Those that sign in.
    fn usable<'a>(&'a self, rp_ids: &'a [RpId]) -> impl Iterator<Item = &'a CredentialRow> {
        self.credentials.iter().filter(|row| is_usable(row, rp_ids))
    }

    /// Is the new passkey from the provider that keeps this one? Anything else is simply one more.
    fn is_beside(&self, old: CredentialId, new: &CredentialRow) -> bool {
        let is_told = new.aaguid != *Aaguid::UNTOLD.bytes();
        let is_same =
            |old: &CredentialRow| old.aaguid == new.aaguid && old.is_backup_eligible == new.is_backup_eligible;
        is_told && self.find(old).is_some_and(is_same)
    }

    /// What authenticators call this account.
    fn user_name<'a>(&'a self, who: &'a SignedIn) -> &'a str {
        self.identifiers.first().map_or(who.account.display_name.as_str(), |row| row.typed.as_str())
    }

    fn find(&self, which: CredentialId) -> Option<&CredentialRow> {
        self.active().find(|row| row.id == which)
    }
}

pub struct Credentials<'a>(&'a App);

impl App {
    pub fn credentials(&self) -> Credentials<'_> {
        Credentials(self)
    }

    /// The domains that passkeys may be bound to, the one that counts first.
    pub(crate) fn rp_ids(&self) -> &Arc<[RpId]> {
        &self.rp_ids
    }

    /// The record of a passkey that has just been made.
    pub(crate) fn new_credential(&self, ctx: &Ctx, account: AccountId, registered: &Registered) -> CredentialRow {
        let transports: Vec<&str> = registered.transports().iter().map(|transport| transport.as_str()).collect();
        CredentialRow {
            account_id: account,
            id: CredentialId::made(ctx.now, self.noise()),
            raw_id: registered.raw_id().to_vec(),
            public_key: registered.public_key().to_vec(),
            algorithm: registered.algorithm().cose(),
            sign_count: registered.sign_count().into(),
            aaguid: registered.aaguid(),
            attestation: registered.vouched().as_str().to_owned(),
            transports: transports.join(" "),
            attachment: registered.attachment().map(|attachment| attachment.as_str().to_owned()),
            is_discoverable: registered.is_discoverable(),
            is_backup_eligible: registered.is_backup_eligible(),
            is_backed_up: registered.is_backed_up(),
            is_user_verified: registered.is_user_verified(),
            name: first_name(registered, &ctx.client.system),
            state: State::Active.as_str().to_owned(),
            rev: 1,
            made_at: ctx.now,
            last_used_at: None,
            removed_at: None,
            format: registered.format().as_str().to_owned(),
            rp_id: self.site.relying_party.id.as_str().to_owned(),
            standing: Standing::Good.as_str().to_owned(),
            standing_because: String::new(),
            said: String::new(),
            released: String::new(),
            batch: registered.batch().map(Vec::from),
            replaces: None,
        }
    }

    pub(crate) fn credential_registered(
        &self,
        ctx: &Ctx,
        subject: &Subject,
        row: &CredentialRow,
    ) -> Result<EntryRow, Fault> {
        let details = json!({
            "credential": row.id.to_string(),
            "name": row.name,
            "aaguid": hex(&row.aaguid),
            "algorithm": row.algorithm,
            "attestation": row.attestation,
            "is_backup_eligible": row.is_backup_eligible,
            "fingerprint": fingerprint(row),
            "device": ctx.client.device,
            "standing": row.standing,
            "because": row.standing_because,
        });
        self.entry(ctx, Event::CredentialRegistered, subject, details)
    }
}

impl Credentials<'_> {
    /// Active passkeys, in the order they were made.
    pub async fn list(&self, who: &SignedIn) -> Result<Vec<Listed>, Fault> {
        let file = self.file(who).await?;
        file.active().map(|row| listed(row, self.0.rp_ids())).collect()
    }

    /// What this account's browsers may be told.
    pub async fn signals(&self, who: &SignedIn) -> Result<Signals, Fault> {
        let file = self.file(who).await?;
        Ok(Signals {
            user_handle: user_handle(who.account.id).to_vec(),
            name: file.user_name(who).to_owned(),
            display_name: who.account.display_name.clone(),
            accepted: file.active().map(|row| row.raw_id.clone()).collect(),
        })
    }

    async fn file(&self, who: &SignedIn) -> Result<File, Fault> {
        self.0.store.read(who.place(), read_file).await
    }
}

fn read_file<'s>(
    &(account, session): &'s (AccountId, SessionId),
    snapshot: &'s mut store::Snapshot<'_>,
) -> store::Answer<'s, File> {
    Box::pin(async move {
        Ok(File {
            fence: read_fence(snapshot).await?,
            session: snapshot.session(account, session).await?.map(|facts| facts.session),
            credentials: snapshot.list_credentials(account).await?,
            subject_key: snapshot.subject_key(account).await?,
            identifiers: snapshot.list_identifiers(account).await?,
        })
    })
}

/// Stands for what never changes in the record of a passkey.
pub(crate) fn fingerprint(row: &CredentialRow) -> String {
    let [id, key] = [&row.raw_id, &row.public_key].map(|bytes| sha256(bytes));
    let at = row.made_at.micros().to_be_bytes();
    let said = [&id, &key, row.aaguid.as_slice(), &row.algorithm.to_be_bytes(), &[row.is_backup_eligible.into()], &at];
    hex(&sha256(&said.concat()))
}

/// A new passkey that comes in, on hold.
pub(crate) fn held_back(row: CredentialRow, because: Because) -> CredentialRow {
    let standing = Standing::Suspended;
    CredentialRow {
        standing: standing.as_str().to_owned(),
        standing_because: because.as_str().to_owned(),
        said: written(&[Stand { standing, because: Some(because) }]),
        ..row
    }
}

/// Does it sign its owner in: is it not on hold, and bound to a domain that counts?
pub(crate) fn is_usable(row: &CredentialRow, rp_ids: &[RpId]) -> bool {
    let is_ours = rp_ids.iter().any(|rp_id| row.rp_id == rp_id.as_str());
    is_active(row) && is_ours && row.standing != Standing::Suspended.as_str()
}

fn facts(rows: &[CredentialRow], rp_ids: &[RpId]) -> Result<Vec<Credential>, Fault> {
    let fact = |row: &CredentialRow| {
        let (state, is_usable) = (state_of(row)?, is_usable(row, rp_ids));
        let is_sound = is_usable && standing_of(row)? < Standing::Doubted;
        Ok(Credential { id: row.id, state, is_usable, is_sound, rev: row.rev, made_at: row.made_at })
    };
    rows.iter().map(fact).collect()
}

pub(crate) fn standing_of(row: &CredentialRow) -> Result<Standing, Fault> {
    Standing::parse(&row.standing).ok_or_else(|| corrupt(row, "a standing nobody knows"))
}

fn is_active(row: &CredentialRow) -> bool {
    row.state == State::Active.as_str()
}

fn is_post_quantum(row: &CredentialRow) -> bool {
    Algorithm::from_cose(row.algorithm).is_some_and(|algorithm| Algorithm::POST_QUANTUM.contains(&algorithm))
}

fn corrupt(row: &CredentialRow, what: &str) -> Fault {
    Fault::new(Kind::Corrupt, format!("credential {}: {what}", row.id))
}

pub(crate) fn state_of(row: &CredentialRow) -> Result<State, Fault> {
    State::parse(&row.state).ok_or_else(|| corrupt(row, "a state nobody knows"))
}

pub(crate) fn algorithm_of(row: &CredentialRow) -> Result<Algorithm, Fault> {
    Algorithm::from_cose(row.algorithm).ok_or_else(|| corrupt(row, "an algorithm nobody knows"))
}

pub(crate) fn sign_count_of(row: &CredentialRow) -> Result<u32, Fault> {
    u32::try_from(row.sign_count).map_err(|_| corrupt(row, "a count out of range"))
}

pub(crate) fn transports_of(row: &CredentialRow) -> Vec<Transport> {
    row.transports.split(' ').filter_map(Transport::parse).collect()
}

pub(crate) fn attachment_of(row: &CredentialRow) -> Option<Attachment> {
    row.attachment.as_deref().and_then(Attachment::parse)
}

/// As they are named to a browser.
pub(crate) fn descriptors<'a>(rows: impl Iterator<Item = &'a CredentialRow>) -> Vec<Descriptor> {
    rows.map(|row| Descriptor { id: row.raw_id.clone(), transports: transports_of(row) }).collect()
}

fn listed(row: &CredentialRow, rp_ids: &[RpId]) -> Result<Listed, Fault> {
    Ok(Listed {
        id: row.id,
        name: row.name.clone(),
        kind: CredentialKind::of(row.is_backup_eligible, attachment_of(row), &transports_of(row)),
        provider: provider::name(&row.aaguid),
        impression: sha256(&row.public_key),
        is_discoverable: row.is_discoverable,
        is_backed_up: row.is_backed_up,
        made_at: row.made_at,
        last_used_at: row.last_used_at,
        standing: standing_of(row)?,
        because: Because::parse(&row.standing_because),
        is_usable: is_usable(row, rp_ids),
    })
}
