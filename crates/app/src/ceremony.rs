//! A ceremony between its beginning and its end: sealed, handed to whoever began it, and spent at most once.
//!
//! Beginning writes nothing, so it can be flooded with nothing. What comes back opens only under our keys, for the
//! browser (or the program) that began, within [`LIFE`], and not after a restored database was accepted. Whether it
//! was spent is decided by the database, in the transaction of its effect.

use std::fmt;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use store::fence::Fence;
use store::{Close, Fault, Kind};
use vocab::{AccountId, CeremonyId, Timestamp};
use webauthn::{Challenge, Public};

use crate::authenticators::Because;
use crate::keys::Use;
use crate::session::SignedIn;
use crate::token::sha256;
use crate::{App, Ctx, Decided, as_text};

/// From the beginning of a ceremony to its end.
pub const LIFE: Duration = Duration::from_secs(3 * 60);
/// The same, in the words of the standard's options.
pub(crate) const TIMEOUT_MS: u32 = 3 * 60 * 1_000;
/// Clocks of two nodes may disagree by this much.
const AHEAD_AT_MOST: Duration = Duration::from_secs(60);
/// No sealed state is longer: an account has at most twenty passkeys of about a kilobyte of id.
const STATE_AT_MOST: usize = 48 * 1024;

/// Why a ceremony came to nothing, at whichever door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// It is too old, was spent, or was begun elsewhere.
    BeginAgain,
    /// No authenticator answers like this.
    Unreadable,
    /// The passkey was not accepted; why is in the audit log.
    NotAccepted,
    /// The rules let no such authenticator in.
    NotLetIn(Because),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BeginAgain => "this took too long or was used already; begin again",
            Self::Unreadable => "this is not the answer of a passkey",
            Self::NotAccepted => "this passkey was not accepted",
            Self::NotLetIn(_) => "authenticators of this kind are not accepted here",
        })
    }
}

impl std::error::Error for Refusal {}

impl From<Public> for Refusal {
    fn from(public: Public) -> Self {
        match public {
            Public::Unreadable => Self::Unreadable,
            Public::NotAccepted => Self::NotAccepted,
        }
    }
}

/// A refusal on its way out: what is said, and as what it is counted. `None`: an entry in somebody's past tells of it.
#[derive(Debug)]
pub(crate) struct Denied<R> {
    pub(crate) refusal: R,
    pub(crate) reason: Option<&'static str>,
}

impl<R: From<Refusal>> Denied<R> {
    pub(crate) fn begin_again() -> Self {
        Self { refusal: Refusal::BeginAgain.into(), reason: Some("ceremony.begin_again") }
    }

    pub(crate) fn unreadable() -> Self {
        Self { refusal: Refusal::Unreadable.into(), reason: Some("ceremony.unreadable") }
    }

    /// It answers something else than what was begun: nothing is there that it could end.
    pub(crate) fn other_ceremony() -> Self {
        Self { refusal: Refusal::NotAccepted.into(), reason: Some("ceremony.other") }
    }

    pub(crate) fn not_let_in(because: Because) -> Self {
        Self { refusal: Refusal::NotLetIn(because).into(), reason: Some(because.as_str()) }
    }

    pub(crate) fn by_the_standard(refusal: webauthn::Refusal) -> Self {
        Self { refusal: Refusal::from(refusal.public()).into(), reason: Some(refusal.audit()) }
    }
}

/// Who may finish what was begun: the browser with this cookie, or the program with this secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Binding {
    kind: Holder,
    #[serde(with = "as_text")]
    digest: [u8; 32],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Holder {
    #[serde(rename = "b")]
    Browser,
    #[serde(rename = "p")]
    Program,
}

impl Binding {
    /// The browser that holds this value in its cookie.
    pub fn browser(cookie: &[u8]) -> Self {
        Self { kind: Holder::Browser, digest: sha256(cookie) }
    }

    /// A program that will show the secret of this digest.
    pub fn program(digest: [u8; 32]) -> Self {
        Self { kind: Holder::Program, digest }
    }

    /// A program that shows the secret.
    pub fn program_with(secret: &[u8]) -> Self {
        Self::program(sha256(secret))
    }

    pub fn is_program(&self) -> bool {
        self.kind == Holder::Program
    }

    fn is(&self, other: &Self) -> bool {
        self.kind == other.kind && verify_slices_are_equal(&self.digest, &other.digest).is_ok()
    }
}

/// What whoever began is handed.
#[derive(Debug)]
pub struct Begun<O> {
    /// To be shown again at the end.
    pub state: String,
    /// For the browser's `navigator.credentials`.
    pub options: O,
    pub expires_in: Duration,
}

/// How a ceremony is finished.
#[derive(Debug)]
pub struct Finish {
    pub state: String,
    pub binding: Binding,
    /// What the authenticator answered, as the standard's JSON.
    pub credential: serde_json::Value,
}

/// What one kind of ceremony must know at its end. Each is sealed for its own purpose: the state of one opens at no
/// other's door.
pub(crate) trait Stage: Serialize + DeserializeOwned {
    const PURPOSE: &'static [u8];
}

/// The session in which a ceremony was begun, and in which alone it may end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Within {
    #[serde(with = "as_text")]
    account: [u8; 16],
    #[serde(with = "as_text")]
    session: [u8; 16],
}

impl Within {
    pub(crate) fn of(who: &SignedIn) -> Self {
        Self { account: *who.account.id.bytes(), session: *who.session.id().bytes() }
    }

    pub(crate) fn account(&self) -> AccountId {
        AccountId::from_bytes(self.account)
    }
}

/// The sealed state.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct State<P> {
    #[serde(with = "as_text")]
    id: [u8; 16],
    at: i64,
    epoch: i64,
    by: Binding,
    of: P,
}

/// A ceremony that came back as it was handed out, in time, by whoever began it.
pub(crate) struct Opened<P> {
    pub(crate) id: CeremonyId,
    pub(crate) begun_at: Timestamp,
    pub(crate) of: P,
    epoch: i64,
}

impl App {
    pub(crate) fn challenge(&self) -> Challenge {
        Challenge::from_bytes(self.noise())
    }

    /// Seal what must be known at the end. Nothing is read for it: under an epoch that is over it is void at its end.
    pub(crate) fn seal_ceremony<P: Stage>(&self, ctx: &Ctx, binding: Binding, of: P) -> Result<String, Fault> {
        let epoch = self.epoch.load(Relaxed);
        let id = *CeremonyId::made(ctx.now, self.noise()).bytes();
        let state = State { id, at: ctx.now.micros(), epoch, by: binding, of };
        let plain = serde_json::to_vec(&state).map_err(|error| Fault::because(Kind::Bug, "writing a state", error))?;
        Ok(URL_SAFE_NO_PAD.encode(self.keys().seal(Use::Sealing, P::PURPOSE, &plain, ctx.now)?))
    }

    /// `None`: begin again. Why does not matter to anybody who began honestly. Nothing is read before this: what we did
    /// not seal costs the database nothing but a look at the keys, at most once a second.
    pub(crate) async fn open_ceremony<P: Stage>(&self, ctx: &Ctx, finish: &Finish) -> Result<Option<Opened<P>>, Fault> {
        if finish.state.len() > STATE_AT_MOST {
            return Ok(None);
        }
        let Ok(sealed) = URL_SAFE_NO_PAD.decode(&finish.state) else { return Ok(None) };
        let Some(plain) = self.keys().open(Use::Sealing, P::PURPOSE, &sealed, ctx.now).await? else { return Ok(None) };
        let Ok(state) = serde_json::from_slice::<State<P>>(&plain) else { return Ok(None) };
        let begun_at = Timestamp::from_micros(state.at);
        let is_good =
            state.by.is(&finish.binding) && begun_at <= ctx.now.plus(AHEAD_AT_MOST) && ctx.now.since(begun_at) <= LIFE;
        let State { id, epoch, of, .. } = state;
        Ok(is_good.then(|| Opened { id: CeremonyId::from_bytes(id), begun_at, of, epoch }))
    }

    /// Was it begun before the database was restored, or before all that is remembered of spent ceremonies? A node that
    /// has missed an accepted restore learns of it here.
    pub(crate) fn is_void<P>(&self, opened: &Opened<P>, fence: &Fence) -> bool {
        self.epoch.store(fence.epoch, Relaxed);
        opened.epoch != fence.epoch || opened.begun_at < fence.mark
    }

    /// A denial commits: the ceremony is spent. What to say, unless it was spent before.
    pub(crate) async fn turn_away<R: From<Refusal>>(
        &self,
        ctx: &Ctx,
        id: CeremonyId,
        denied: Denied<R>,
    ) -> Result<Denied<R>, Fault> {
        Ok(if self.spend(id, ctx.now).await? { denied } else { Denied::begin_again() })
    }

    /// A refusal of which no entry tells is counted.
    pub(crate) fn counted<T, R>(&self, ctx: &Ctx, decided: Decided<T, Denied<R>>) -> Decided<T, R> {
        let count = |denied: Denied<R>| {
            if let Some(reason) = denied.reason {
                self.failures().count(ctx, reason);
            }
            denied.refusal
        };
        Ok(decided?.map_err(count))
    }

    /// Spend a ceremony that led to nothing else. `false`: it was spent already.
    pub(crate) async fn spend(&self, id: CeremonyId, now: Timestamp) -> Result<bool, Fault> {
        self.store
            .write((id, now), |&(id, now), tx| {
                Box::pin(async move { Ok(Close::Commit(tx.take_ceremony(id, now).await?)) })
            })
            .await
    }
}
