//! Addresses that wait to be confirmed. Until its owner has, an address names nobody and keeps nobody else from it.

use std::fmt;
use std::time::Duration;

use audit::Event;
use policy::Action;
use serde_json::{Value, json};
use store::{ClaimedJob, Close, EntryRow, Fault, IdentifierRow, JobRow, LinkRow, Urgency};
use vocab::identifier::Identifier;
use vocab::{AccountId, JobId, LinkId, SessionId, Timestamp};

use crate::account::identifier_row;
use crate::keys::Use;
use crate::link::{CONFIRM_LIFE, LINK_ENDED, Purpose, is_good};
use crate::outbox::{Letters, Verdict};
use crate::session::{SignedIn, hold};
use crate::token::{Token, hex};
use crate::{App, Ctx, Decided, Letter};

pub(crate) const CONFIRM: &str = "confirm_address";
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// Whoever asks: to one address go so many letters that somebody unknown has caused.
const LETTERS_A_DAY: i64 = 3;
const PURPOSE: &[u8] = b"signet confirmation link v1";

/// Why an address was not confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The session in which this was asked has ended.
    SignInRequired,
    /// A passkey must be used again first.
    StepUpRequired,
    /// The passkey of this session is under doubt.
    OtherPasskeyRequired,
    /// The link was used, its time is over, or it belongs to another account.
    LinkEnded,
    /// Somebody else has confirmed this address.
    Taken,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SignInRequired => "sign in again first",
            Self::StepUpRequired => "use your passkey again first",
            Self::OtherPasskeyRequired => "use another one of your passkeys first",
            Self::LinkEnded => "this link has ended",
            Self::Taken => "this address belongs to another account",
        })
    }
}

impl std::error::Error for Refusal {}

impl From<policy::Denial> for Refusal {
    fn from(denial: policy::Denial) -> Self {
        match denial {
            policy::Denial::StepUp => Self::StepUpRequired,
            policy::Denial::OtherPasskey => Self::OtherPasskeyRequired,
            policy::Denial::NotActive | policy::Denial::NotVerified | policy::Denial::Suspended => Self::SignInRequired,
        }
    }
}

struct Confirming {
    account: AccountId,
    session: SessionId,
    link: LinkId,
    address: IdentifierRow,
    now: Timestamp,
    entry: EntryRow,
}

enum Confirmed {
    Yes,
    LinkEnded,
    Taken,
}

pub struct Addresses<'a>(&'a App);

impl App {
    pub fn addresses(&self) -> Addresses<'_> {
        Addresses(self)
    }

    /// A link that confirms an address, and the job that carries it there. The link travels sealed: whoever reads the
    /// database cannot follow it.
    pub(crate) fn address_to_confirm(
        &self,
        ctx: &Ctx,
        account: AccountId,
        address: &Identifier,
    ) -> Result<(LinkRow, JobRow), Fault> {
        let (token, link) = self.new_link(ctx, (account, Purpose::ConfirmAddress), CONFIRM_LIFE);
        let sealed = self.keys().seal(Use::Sealing, PURPOSE, token.write().expose().as_bytes(), ctx.now)?;
        let job = JobRow {
            account_id: account,
            id: JobId::made(ctx.now, self.noise()),
            kind: CONFIRM.to_owned(),
            body: json!({ "link": link.id.to_string(), "token": hex(&sealed) }).to_string(),
            due_at: ctx.now,
            urgency: Urgency::Asked,
        };
        let (canonical, typed) = (address.canonical().to_owned(), address.typed().to_owned());
        Ok((LinkRow { canonical: Some(canonical), typed: Some(typed), ..link }, job))
    }

    /// The letter with the link; or, where the address is somebody's already, a word to its owner. Whoever asked
    /// learns nothing of which it was.
    pub(crate) async fn letter_to_confirm(&self, job: &ClaimedJob) -> Result<Result<Letter, Verdict>, Fault> {
        let give_up = |because: &str| Ok(Err(Verdict::GiveUp { because: because.to_owned() }));
        let body: Value = serde_json::from_str(&job.body).unwrap_or_default();
        let said = |field| body.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
        let Ok(id) = said("link").parse::<LinkId>() else { return give_up("the job names no link") };
        let place = (job.account_id, id);
        let since = self.now().minus(DAY);
        let (link, earlier, owner) = self.store.read((place, since), link_and_owner).await?;
        let Some(link) = link else { return give_up("the link is gone") };
        if earlier >= LETTERS_A_DAY {
            return give_up("enough letters of this kind went to this address today");
        }
        let Some(typed) = link.typed.clone().filter(|_| is_good(&link, self.now())) else {
            return give_up("the link has ended");
        };
        if let Some(owner) = owner {
            return Ok(Ok(Letters(self).address_in_use(job.id, &owner)));
        }
        let Some(token) = self.opened_token(&said("token")).await? else {
            return give_up("the link in the job does not open");
        };
        Ok(Ok(Letters(self).confirm_address(job.id, &typed, &token)))
    }

    async fn opened_token(&self, hex: &str) -> Result<Option<String>, Fault> {
        let pair = |at: usize| hex.get(at..at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok());
        let Some(sealed) = (0..hex.len()).step_by(2).map(pair).collect::<Option<Vec<u8>>>() else { return Ok(None) };
        let plain = self.keys().open(Use::Sealing, PURPOSE, &sealed, self.now()).await?;
        Ok(plain.and_then(|plain| String::from_utf8(plain).ok()))
    }
}

impl Addresses<'_> {
    /// Addresses of an account that wait for their owner's click.
    pub async fn waiting(&self, ctx: &Ctx, who: &SignedIn) -> Result<Vec<String>, Fault> {
        Ok(self.waiting_links(ctx, who).await?.into_iter().filter_map(|link| link.typed).collect())
    }

    async fn waiting_links(&self, ctx: &Ctx, who: &SignedIn) -> Result<Vec<LinkRow>, Fault> {
        let links =
            self.0.store.look(who.account.id, |account, snapshot| Box::pin(snapshot.list_links(*account))).await?;
        let is_waiting = |link: &LinkRow| Purpose::of(link) == Some(Purpose::ConfirmAddress) && is_good(link, ctx.now);
        Ok(links.into_iter().filter(is_waiting).collect())
    }

    /// The address that this link would confirm, if it waits in this account. The owner is told of it anyway; nothing
    /// is compared that could be guessed, and nothing is written.
    pub async fn asked(&self, ctx: &Ctx, who: &SignedIn, token: &str) -> Result<Option<String>, Fault> {
        let Some(token) = Token::read(token).filter(|token| token.account == who.account.id) else { return Ok(None) };
        let id = LinkId::from_bytes(token.id);
        let waiting = self.waiting_links(ctx, who).await?;
        Ok(waiting.into_iter().find(|link| link.id == id).and_then(|link| link.typed))
    }

    /// Was somebody there a moment ago, so that they may confirm an address now?
    pub fn may_confirm(&self, ctx: &Ctx, who: &SignedIn) -> bool {
        who.may(Action::ConfirmAddress, ctx.now).is_ok()
    }

    /// Confirm an address: the link came to it, and its account is signed in here. One of both is not enough: who
    /// signed up with somebody else's address cannot have them confirm it.
    pub async fn confirm(&self, ctx: &Ctx, who: &SignedIn, token: &str) -> Decided<String, Refusal> {
        if let Err(denial) = who.may(Action::ConfirmAddress, ctx.now) {
            return Ok(Err(denial.into()));
        }
        let confirmed = self.follow(ctx, who, token).await?;
        match &confirmed {
            Err(Refusal::LinkEnded) => self.0.failures().count(ctx, LINK_ENDED),
            Err(Refusal::Taken) => self.0.failures().count(ctx, "link.taken"),
            Err(Refusal::SignInRequired | Refusal::StepUpRequired | Refusal::OtherPasskeyRequired) | Ok(_) => {}
        }
        Ok(confirmed)
    }

    async fn follow(&self, ctx: &Ctx, who: &SignedIn, token: &str) -> Decided<String, Refusal> {
        let link = self.0.look_at_link(ctx, token).await?;
        let is_own = |link: &LinkRow| link.account_id == who.account.id;
        let Some(link) = link.filter(is_own).filter(|link| Purpose::of(link) == Some(Purpose::ConfirmAddress)) else {
            return Ok(Err(Refusal::LinkEnded));
        };
        let Some(address) = link.typed.as_deref().and_then(|typed| Identifier::email(typed).ok()) else {
            return Ok(Err(Refusal::LinkEnded));
        };
        let subject = self.0.read_subject(who.account.id, ctx.now).await?;
        let entry = self.0.entry(ctx, Event::AddressConfirmed, &subject, json!({ "typed": address.typed() }))?;
        let confirming = Confirming {
            account: who.account.id,
            session: who.session.id(),
            link: link.id,
            address: identifier_row(&address),
            now: ctx.now,
            entry,
        };
        let confirmed = match self.0.store.write(confirming, record_confirmation).await {
            Err(fault) if fault.is_moved() => return Ok(Err(Refusal::SignInRequired)), // signed out meanwhile
            confirmed => confirmed?,
        };
        Ok(match confirmed {
            Confirmed::Yes => Ok(address.typed().to_owned()),
            Confirmed::LinkEnded => Err(Refusal::LinkEnded),
            Confirmed::Taken => Err(Refusal::Taken),
        })
    }
}

fn record_confirmation<'t>(new: &'t Confirming, tx: &'t mut store::Tx<'_>) -> store::Answer<'t, Close<Confirmed>> {
    Box::pin(async move {
        hold(tx, (new.account, new.session), new.now).await?;
        if !tx.take_link(new.account, new.link, new.now).await? {
            return Ok(Close::Undo(Confirmed::LinkEnded));
        }
        if !tx.take_identifier(new.account, &new.address, new.now).await? {
            return Ok(Close::Commit(Confirmed::Taken)); // the link is spent all the same
        }
        tx.insert_entry(&new.entry).await?;
        Ok(Close::Commit(Confirmed::Yes))
    })
}

type LinkAndOwner = (Option<LinkRow>, i64, Option<(store::AccountRow, IdentifierRow)>);

fn link_and_owner<'s>(
    &((account, link), since): &'s ((AccountId, LinkId), Timestamp),
    snapshot: &'s mut store::Snapshot<'_>,
) -> store::Answer<'s, LinkAndOwner> {
    Box::pin(async move {
        let link = snapshot.link(account, link).await?;
        let earlier = match &link {
            Some(link) => snapshot.count_earlier_links(link, since).await?,
            None => 0,
        };
        let canonical = link.as_ref().and_then(|link| link.canonical.clone()).unwrap_or_default();
        let owner = snapshot.account_named("email", &canonical).await?;
        let owner = match owner {
            Some(id) => {
                let account = snapshot.account(id).await?;
                let names = snapshot.list_identifiers(id).await?;
                account.zip(names.into_iter().find(|row| row.kind == "email" && row.canonical == canonical))
            }
            None => None,
        };
        Ok((link, earlier, owner))
    })
}
