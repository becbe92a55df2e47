//! Links that do one thing once. Their secret is known by its digest, and every look at one is counted before it is
//! compared.

use std::time::Duration;

use store::{Close, Fault, LinkRow};
use vocab::{AccountId, LinkId, Secret, Timestamp};

use crate::token::Token;
use crate::{App, Ctx};

pub(crate) const SETUP_LIFE: Duration = Duration::from_secs(60 * 60);
pub(crate) const CONFIRM_LIFE: Duration = Duration::from_secs(24 * 60 * 60);
/// After this many looks, right or wrong, a link is good for nothing.
const LOOKS_AT_MOST: i64 = 100;
/// As what it is counted when somebody follows a link that is good for nothing.
pub(crate) const LINK_ENDED: &str = "link.ended";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    Setup,
    SetupAgain,
    ConfirmAddress,
}

impl Purpose {
    /// Those that make somebody an owner.
    pub(crate) const SETUP: [Purpose; 2] = [Self::Setup, Self::SetupAgain];

    /// What this link is for. `None`: something that a newer release knows.
    pub(crate) fn of(link: &LinkRow) -> Option<Self> {
        [Self::Setup, Self::SetupAgain, Self::ConfirmAddress].into_iter().find(|it| it.as_str() == link.purpose)
    }

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Setup => "setup",
            Self::SetupAgain => "setup_again",
            Self::ConfirmAddress => "confirm_address",
        }
    }
}

/// Can it still be used?
pub(crate) fn is_good(link: &LinkRow, now: Timestamp) -> bool {
    link.ended_at.is_none() && link.ends_at > now
}

impl App {
    pub(crate) fn new_link(
        &self,
        ctx: &Ctx,
        (account, purpose): (AccountId, Purpose),
        life: Duration,
    ) -> (Token, LinkRow) {
        let id = LinkId::made(ctx.now, self.noise());
        let token = Token { account, id: *id.bytes(), secret: Secret::new(self.noise()) };
        let row = LinkRow {
            account_id: account,
            id,
            purpose: purpose.as_str().to_owned(),
            digest: token.digest(),
            canonical: None,
            typed: None,
            made_at: ctx.now,
            ends_at: ctx.now.plus(life),
            ended_at: None,
        };
        (token, row)
    }

    /// The link that this is the token of, if it is still good. What it does is done when it is taken.
    pub(crate) async fn look_at_link(&self, ctx: &Ctx, token: &str) -> Result<Option<LinkRow>, Fault> {
        let Some(token) = Token::read(token) else { return Ok(None) };
        let place = (token.account, LinkId::from_bytes(token.id));
        let counted = self
            .store
            .write((place, ctx.now), |&(place, now), tx| {
                Box::pin(async move { Ok(Close::Commit(tx.count_link_attempt(place, now, LOOKS_AT_MOST).await?)) })
            })
            .await?;
        let fence = self.read_fence().await?;
        // F17: a link that a restored database has brought back is no link.
        Ok(counted.filter(|row| token.is_of(&row.digest) && row.made_at >= fence.mark))
    }
}
