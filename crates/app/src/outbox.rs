//! Work that leaves the house: queued in the transaction that is its reason, done here, later.

mod letters;

use std::time::Duration;

use store::{ClaimedJob, Close, Fault};
use vocab::{AccountId, JobId};

use crate::address::CONFIRM;
use crate::{App, Letter, Undelivered};

pub(crate) use letters::Letters;
pub use letters::Notice;

/// How long a claimed job belongs to the worker that claimed it.
const CLAIM: Duration = Duration::from_secs(60);
/// The first pause after a failure; it doubles up to [`PAUSE_AT_MOST`].
const FIRST_PAUSE: Duration = Duration::from_secs(30);
const PAUSE_AT_MOST: Duration = Duration::from_secs(60 * 60);
/// A job that has failed for this long is given up, and `signet doctor` says so.
const PATIENCE: Duration = Duration::from_secs(24 * 60 * 60);

/// Of the words in which a letter was refused, this many characters are kept.
const NOTED_AT_MOST: usize = 500;

/// How a job ended, or what becomes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    Done,
    Retry { after: Duration, because: String },
    GiveUp { because: String },
}

impl App {
    pub fn outbox(&self) -> Outbox<'_> {
        Outbox(self)
    }
}

pub struct Outbox<'a>(&'a App);

impl Outbox<'_> {
    /// Does what is due now, at most `limit` jobs. How many were taken?
    pub async fn work(&self, limit: i64) -> Result<usize, Fault> {
        self.work_while(limit, || true).await
    }

    /// The same, as long as `goes_on`. It is asked before each job: one alone may wait long for a machine elsewhere.
    pub async fn work_while(&self, limit: i64, goes_on: impl Fn() -> bool) -> Result<usize, Fault> {
        let (mut taken, mut left) = (0, limit);
        loop {
            let due = if left > 0 { self.due(left).await? } else { Vec::new() };
            if due.is_empty() {
                return Ok(taken);
            }
            for place in due {
                if !goes_on() {
                    return Ok(taken);
                }
                if let Some(job) = self.take(place).await? {
                    (taken, left) = (taken + 1, left - 1);
                    let verdict = self.run(&job).await?;
                    self.settle(&job, &verdict).await?;
                }
            }
        }
    }

    async fn due(&self, limit: i64) -> Result<Vec<(AccountId, JobId)>, Fault> {
        let listed = self
            .0
            .store
            .browse((self.0.now(), limit), |&(now, limit), snapshot| Box::pin(snapshot.list_due_jobs(now, limit)));
        listed.await
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
        let letter = match job.kind.as_str() {
            "notice" => self.0.letter_of_notice(job).await?,
            CONFIRM => self.0.letter_to_confirm(job).await?,
            other => Err(Verdict::GiveUp { because: format!("nobody knows how to do a job of kind {other}") }),
        };
        Ok(match letter {
            Ok(letter) => self.send(job, &letter).await,
            Err(verdict) => verdict,
        })
    }

    async fn send(&self, job: &ClaimedJob, letter: &Letter) -> Verdict {
        match self.0.courier.deliver(letter).await {
            Ok(()) => Verdict::Done,
            Err(undelivered) => self.after_failure(job, undelivered),
        }
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

/// What somebody else's machine said, as a row can keep it: PostgreSQL refuses NUL, a page is not needed, and whose
/// address it was is nobody's business once the letter is gone.
fn noted(words: &str) -> String {
    let plain: String = words.chars().map(|c| if c.is_control() { ' ' } else { c }).take(NOTED_AT_MOST).collect();
    let masked = plain.split(' ').map(|word| if word.contains('@') { "[address]" } else { word });
    masked.collect::<Vec<_>>().join(" ")
}

fn pause(attempts: i64) -> Duration {
    let doublings = u32::try_from(attempts.saturating_sub(1)).unwrap_or(u32::MAX).min(16);
    FIRST_PAUSE.saturating_mul(1 << doublings).min(PAUSE_AT_MOST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn i21_what_is_kept_of_a_refusal_names_nobody() {
        assert_eq!(noted("550 5.1.1 <ann@example.com>:\0no such user"), "550 5.1.1 [address] no such user");
        assert_eq!(noted(&"ab ".repeat(400)).len(), NOTED_AT_MOST);
    }

    #[test]
    fn pauses_double_up_to_an_hour() {
        let pauses = [1, 2, 3, 8, 9, 1_000, i64::MAX].map(|attempts| pause(attempts).as_secs());
        assert_eq!(pauses, [30, 60, 120, 3_600, 3_600, 3_600, 3_600]);
    }
}
