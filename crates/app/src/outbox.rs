//! Work that leaves the house: queued in the transaction that is its reason, done here, later.

use std::time::Duration;

use serde_json::json;
use store::{ClaimedJob, Close, Fault, JobRow};
use vocab::{AccountId, JobId};

use crate::{App, Ctx, Letter, Undelivered};

/// How long a claimed job belongs to the worker that claimed it.
const CLAIM: Duration = Duration::from_secs(60);
/// The first pause after a failure; it doubles up to [`PAUSE_AT_MOST`].
const FIRST_PAUSE: Duration = Duration::from_secs(30);
const PAUSE_AT_MOST: Duration = Duration::from_secs(60 * 60);
/// A job that has failed for this long is given up, and `signet doctor` says so.
const PATIENCE: Duration = Duration::from_secs(24 * 60 * 60);

/// Of the words in which a letter was refused, this many characters are kept.
const NOTED_AT_MOST: usize = 500;

/// A message to the person an account belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice {
    AccountCreated,
    AccountDisabled,
}

impl Notice {
    const ALL: [Notice; 2] = [Notice::AccountCreated, Notice::AccountDisabled];

    fn as_str(self) -> &'static str {
        match self {
            Self::AccountCreated => "account_created",
            Self::AccountDisabled => "account_disabled",
        }
    }

    fn words(self, name: &str) -> (&'static str, String) {
        match self {
            Self::AccountCreated => (
                "An account was made for you",
                format!("Hello {name},\n\nan account was made for you. Nothing is needed from you now.\n"),
            ),
            Self::AccountDisabled => (
                "Your account was closed",
                format!(
                    "Hello {name},\n\nyour account was closed and can no longer be used to sign in. If you did not \
                     expect this, talk to the person who looks after accounts where you work.\n"
                ),
            ),
        }
    }
}

/// How a job ended, or what becomes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    Done,
    Retry { after: Duration, because: String },
    GiveUp { because: String },
}

impl App {
    pub(crate) fn notice_job(&self, ctx: &Ctx, account_id: AccountId, (notice, to): (Notice, &str)) -> JobRow {
        JobRow {
            account_id,
            id: JobId::made(ctx.now, self.noise()),
            kind: "notice".to_owned(),
            body: json!({ "notice": notice.as_str(), "to": to }).to_string(),
            due_at: ctx.now,
        }
    }

    pub fn outbox(&self) -> Outbox<'_> {
        Outbox(self)
    }
}

pub struct Outbox<'a>(&'a App);

impl Outbox<'_> {
    /// Does what is due now, at most `limit` jobs. How many were taken?
    pub async fn work(&self, limit: i64) -> Result<usize, Fault> {
        let now = self.0.now();
        let due = self
            .0
            .store
            .browse((now, limit), |&(now, limit), snapshot| Box::pin(snapshot.list_due_jobs(now, limit)))
            .await?;
        let mut taken = 0;
        for place in due {
            if let Some(job) = self.take(place).await? {
                taken += 1;
                let verdict = self.run(&job).await?;
                self.settle(&job, &verdict).await?;
            }
        }
        Ok(taken)
    }

    async fn take(&self, place: (AccountId, JobId)) -> Result<Option<ClaimedJob>, Fault> {
        let now = self.0.now();
        self.0
            .store
            .write((place, now), |&(place, now), tx| {
                Box::pin(async move { Ok(Close::Commit(tx.take_job(place, now, now.plus(CLAIM)).await?)) })
            })
            .await
    }

    async fn run(&self, job: &ClaimedJob) -> Result<Verdict, Fault> {
        match job.kind.as_str() {
            "notice" => self.send_notice(job).await,
            other => Ok(Verdict::GiveUp { because: format!("nobody knows how to do a job of kind {other}") }),
        }
    }

    async fn send_notice(&self, job: &ClaimedJob) -> Result<Verdict, Fault> {
        let body: serde_json::Value = serde_json::from_str(&job.body).unwrap_or_default();
        let said = |field| body.get(field).and_then(|value| value.as_str()).unwrap_or_default();
        let word = said("notice");
        let Some(notice) = Notice::ALL.into_iter().find(|notice| notice.as_str() == word) else {
            return Ok(Verdict::GiveUp { because: format!("nobody knows the notice {word:?}") });
        };
        let found = self
            .0
            .store
            .read(job.account_id, |id, snapshot| {
                Box::pin(async move { Ok((snapshot.account(*id).await?, snapshot.list_identifiers(*id).await?)) })
            })
            .await?;
        let (Some(account), identifiers) = found else {
            return Ok(Verdict::GiveUp { because: "the account is gone".to_owned() });
        };
        let Some(address) = identifiers.iter().find(|row| row.kind == "email" && row.canonical == said("to")) else {
            return Ok(Verdict::GiveUp { because: "the account no longer has this address".to_owned() });
        };
        let (subject, text) = notice.words(&account.display_name);
        let letter = Letter { id: job.id.to_string(), to: address.typed.clone(), subject: subject.to_owned(), text };
        Ok(match self.0.courier.deliver(&letter).await {
            Ok(()) => Verdict::Done,
            Err(undelivered) => self.after_failure(job, undelivered),
        })
    }

    fn after_failure(&self, job: &ClaimedJob, undelivered: Undelivered) -> Verdict {
        let is_over = self.0.now().since(job.made_at) >= PATIENCE;
        match undelivered {
            Undelivered::Later(because) if !is_over => {
                Verdict::Retry { after: pause(job.attempts), because: noted(&because) }
            }
            Undelivered::Never(because) | Undelivered::Later(because) => Verdict::GiveUp { because: noted(&because) },
        }
    }

    /// Write the verdict down. When the claim was lost meanwhile, the new claimant's verdict is the one that counts.
    async fn settle(&self, job: &ClaimedJob, verdict: &Verdict) -> Result<(), Fault> {
        let now = self.0.now();
        let settled = self
            .0
            .store
            .write((job.clone(), verdict.clone()), move |(job, verdict), tx| {
                Box::pin(async move {
                    match verdict {
                        Verdict::Done => tx.mark_job_done(job, now).await?,
                        Verdict::Retry { after, because } => tx.mark_job_retry(job, now.plus(*after), because).await?,
                        Verdict::GiveUp { because } => tx.mark_job_given_up(job, now, because).await?,
                    }
                    Ok(Close::Commit(()))
                })
            })
            .await;
        match settled {
            Err(fault) if fault.is_moved() => Ok(()),
            outcome => outcome,
        }
    }
}

/// What somebody else's machine said, as a row can keep it: PostgreSQL refuses NUL, and a page is not needed.
fn noted(words: &str) -> String {
    words.chars().map(|c| if c.is_control() { ' ' } else { c }).take(NOTED_AT_MOST).collect()
}

fn pause(attempts: i64) -> Duration {
    let doublings = u32::try_from(attempts.saturating_sub(1)).unwrap_or(u32::MAX).min(16);
    FIRST_PAUSE.saturating_mul(1 << doublings).min(PAUSE_AT_MOST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_an_hour() {
        let pauses = [1, 2, 3, 8, 9, 1_000, i64::MAX].map(|attempts| pause(attempts).as_secs());
        assert_eq!(pauses, [30, 60, 120, 3_600, 3_600, 3_600, 3_600]);
    }
}
