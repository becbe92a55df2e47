//! Groups: labels that accounts carry, so that rules can be for some people.

use std::fmt;

use audit::Event;
use serde_json::json;
use store::{Close, EntryRow};
use vocab::{AccountId, Label, Timestamp};

use crate::account::Named;
use crate::{App, Ctx, Decided};

/// Why nobody came or went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    UnknownAccount,
    AlreadyIn,
    NotIn,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UnknownAccount => "there is no such account",
            Self::AlreadyIn => "it is in that group already",
            Self::NotIn => "it is not in that group",
        })
    }
}

impl std::error::Error for Refusal {}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    In,
    Out,
}

pub struct Groups<'a>(&'a App);

impl App {
    pub fn groups(&self) -> Groups<'_> {
        Groups(self)
    }
}

impl Groups<'_> {
    pub async fn of(&self, named: &Named) -> Decided<Vec<String>, Refusal> {
        let Some(found) = self.0.accounts().find(named).await? else { return Ok(Err(Refusal::UnknownAccount)) };
        let of = found.account.id;
        let groups = self.0.store.look(of, |account, snapshot| Box::pin(snapshot.list_groups_of(*account)));
        Ok(Ok(groups.await?))
    }

    pub async fn join(&self, ctx: &Ctx, named: &Named, group: &Label) -> Decided<AccountId, Refusal> {
        self.step(ctx, (named, group), Step::In).await
    }

    pub async fn leave(&self, ctx: &Ctx, named: &Named, group: &Label) -> Decided<AccountId, Refusal> {
        self.step(ctx, (named, group), Step::Out).await
    }

    /// Other rules may count for this account now: its passkeys are judged again at once.
    async fn step(&self, ctx: &Ctx, (named, group): (&Named, &Label), step: Step) -> Decided<AccountId, Refusal> {
        let Some(found) = self.0.accounts().find(named).await? else { return Ok(Err(Refusal::UnknownAccount)) };
        let id = found.account.id;
        let subject = self.0.read_subject(id, ctx.now).await?;
        let event = if step == Step::In { Event::GroupJoined } else { Event::GroupLeft };
        let entry = self.0.entry(ctx, event, &subject, json!({ "group": group.as_str() }))?;
        let plan = (id, group.as_str().to_owned(), step, ctx.now, entry);
        let is_new = self.0.store.write(plan, record_step).await?;
        if is_new && let Err(fault) = self.0.authenticators().judge_again(id).await {
            tracing::warn!(%fault, "whoever came into a group or left it is judged a little later");
        }
        Ok(match (is_new, step) {
            (true, _) => Ok(id),
            (false, Step::In) => Err(Refusal::AlreadyIn),
            (false, Step::Out) => Err(Refusal::NotIn),
        })
    }
}

type Plan = (AccountId, String, Step, Timestamp, EntryRow);

/// `false`: it was so already.
fn record_step<'t>(
    (id, group, step, now, entry): &'t Plan,
    tx: &'t mut store::Tx<'_>,
) -> store::Answer<'t, Close<bool>> {
    Box::pin(async move {
        let is_new = match step {
            Step::In => tx.take_membership(*id, group, *now).await?,
            Step::Out => tx.end_membership(*id, group).await?,
        };
        if !is_new {
            return Ok(Close::Undo(false));
        }
        tx.insert_entry(entry).await?;
        tx.ask_judgement(*id, *now).await?;
        Ok(Close::Commit(true))
    })
}
