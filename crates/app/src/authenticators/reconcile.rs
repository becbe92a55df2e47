//! Rules and lists, carried out on the passkeys that are there.

use std::sync::Arc;
use std::time::Duration;

use store::{Close, CredentialRow, Fault, Kind, Lane, Setting, SettingRow};
use vocab::AccountId;

use super::survey::FIRST;
use super::{Authenticators, Known, Owner};
use crate::Actor;
use crate::credential::{ChangeOfStanding, OnRecord};

/// A passkey that was being made when rules were taken is there after this long.
const SETTLED: Duration = Duration::from_secs(60);
/// Accounts that are judged again in one round.
const SLICE: i64 = 200;
/// How often an account is looked at whose passkeys move while they are judged.
const TRIES: usize = 3;

/// How far a walk through all passkeys came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Walk {
    Complete,
    /// Some could not be judged.
    Again,
    /// Others count by now.
    Outrun,
}

/// By which lists and rules somebody was judged. Who carries a judgement out by them finds them still counting.
struct Grounds {
    signer: String,
    list: Option<i64>,
    rules: i64,
}

impl Authenticators<'_> {
    /// Every passkey stands as rules and lists say. What has been judged under them is judged once more when they have
    /// settled, and then no more.
    pub async fn reconcile(&self) -> Result<(), Fault> {
        self.judge_those_asked_for().await?;
        let (now, known) = (self.0.now(), self.everything_known().await?);
        let mark = known.mark();
        let setting = self.0.store.look((), |(), snapshot| Box::pin(snapshot.setting(Setting::JudgedUnder))).await?;
        let is_settled = now.since(known.since) >= SETTLED;
        let was_walked = self.0.judged_under.load_full().is_some_and(|walked| *walked == mark);
        if setting.as_ref().is_some_and(|row| row.value == mark) || (was_walked && !is_settled) {
            return Ok(());
        }
        if self.walk(&known).await? == Walk::Complete {
            self.0.judged_under.store(Some(Arc::new(mark.clone())));
            if is_settled {
                self.remember_judged(mark, setting).await?;
            }
        }
        Ok(())
    }

    async fn walk(&self, known: &Known) -> Result<Walk, Fault> {
        let (mut walk, mut place) = (Walk::Complete, FIRST);
        while let Some(page) = self.page_after(&known.rules, &mut place).await? {
            if self.everything_known().await?.mark() != known.mark() {
                return Ok(Walk::Outrun);
            }
            for owned in &page {
                let account = owned.row.account_id;
                let judged = match self.stand(known, (&owned.row, &owned.owner)).await {
                    Err(fault) if fault.is_moved() => self.judge_again(account).await,
                    judged => judged,
                };
                if !passed_over(account, judged)? {
                    walk = Walk::Again;
                }
            }
        }
        Ok(walk)
    }

    /// Accounts for which other rules count, once nothing of them can be on its way any more. Whoever cannot be judged
    /// is asked for anew, behind all others.
    async fn judge_those_asked_for(&self) -> Result<(), Fault> {
        let now = self.0.now();
        let until = now.minus(SETTLED);
        let asked = self.0.store.look(until, |until, snapshot| Box::pin(snapshot.list_judgements(*until, SLICE)));
        for (account, asked_at) in asked.await? {
            let is_judged = passed_over(account, self.judge_again(account).await)?;
            let written =
                self.0.store.write((account, asked_at, now, is_judged), |&(account, asked_at, now, is_judged), tx| {
                    Box::pin(async move {
                        match is_judged {
                            true => tx.end_judgement((account, asked_at)).await?,
                            false => tx.ask_judgement(account, now).await?,
                        }
                        Ok(Close::Commit(()))
                    })
                });
            written.await?;
        }
        Ok(())
    }

    /// The passkeys of one account, judged now. `false`: one of them is to be judged once more: it moved faster than it
    /// was judged, or others count by now.
    pub(crate) async fn judge_again(&self, account: AccountId) -> Result<bool, Fault> {
        for _ in 0..TRIES {
            match self.judge_account(account).await {
                Err(fault) if fault.is_moved() => {}
                judged => return judged,
            }
        }
        Ok(false)
    }

    async fn judge_account(&self, account: AccountId) -> Result<bool, Fault> {
        let known = self.everything_known().await?;
        let (found, rows) = self
            .0
            .store
            .read(account, |account, snapshot| {
                Box::pin(
                    async move { Ok((snapshot.account(*account).await?, snapshot.list_credentials(*account).await?)) },
                )
            })
            .await?;
        let Some(found) = found.filter(|found| found.state == "active") else { return Ok(true) };
        let owner = self.0.owner(&known.rules, (account, &found.role)).await?;
        let mut is_done = true;
        for row in rows.iter().filter(|row| row.state == "active") {
            let judged = match self.stand(&known, (row, &owner)).await {
                Err(fault) if fault.is_moved() => return Err(fault),
                judged => judged,
            };
            is_done &= passed_over(account, judged)?;
        }
        Ok(is_done)
    }

    /// `false`: others count by now.
    async fn stand(&self, known: &Known, (row, owner): (&CredentialRow, &Owner)) -> Result<bool, Fault> {
        let is = OnRecord::of(row)?;
        let due = known.due((row, &is), owner);
        if due == is {
            return Ok(true);
        }
        let ctx = self.0.ctx(Actor::System);
        let standing = due.stand.standing;
        let change = self.0.change_of_standing(&ctx, row, (due, None)).await?;
        let grounds = Grounds {
            signer: known.signer.clone(),
            list: known.list.as_ref().map(|list| i64::try_from(list.number)).transpose().map_err(unnumbered)?,
            rules: known.rules.number,
        };
        let is_written = self.0.store.write_in(Lane::Bulk, (change, grounds), record_change).await?;
        if is_written {
            tracing::info!(account = %row.account_id, standing = standing.as_str(), "a passkey was judged anew");
            self.0.work_is_due.notify_one();
        }
        Ok(is_written)
    }

    async fn remember_judged(&self, mark: String, setting: Option<SettingRow>) -> Result<(), Fault> {
        self.0.keep_setting(Setting::JudgedUnder, (mark, setting)).await.map(drop)
    }
}

/// What cannot be judged keeps nobody else from it; a database that is away does.
fn passed_over(account: AccountId, judged: Result<bool, Fault>) -> Result<bool, Fault> {
    match judged {
        Err(fault) if !fault.retryable() => {
            tracing::error!(%account, %fault, "a passkey could not be judged");
            Ok(false)
        }
        judged => judged,
    }
}

fn unnumbered(_: std::num::TryFromIntError) -> Fault {
    Fault::new(Kind::Corrupt, "a list of models of authenticators has a number that none can have")
}

/// `false`: others count by now than it was judged by.
fn record_change<'t>(
    (change, grounds): &'t (ChangeOfStanding, Grounds),
    tx: &'t mut store::Tx<'_>,
) -> store::Answer<'t, Close<bool>> {
    Box::pin(async move {
        tx.lock_account(change.account()).await?;
        let counts = tx.authenticator_rules_number().await? == grounds.rules
            && tx.authenticator_list_number(&grounds.signer).await? == grounds.list;
        if !counts {
            return Ok(Close::Undo(false));
        }
        change.record(tx).await?;
        Ok(Close::Commit(true))
    })
}
