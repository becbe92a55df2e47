//! Work that leaves the house, written in the transaction that is its reason and done later.

use std::fmt;

use vocab::{AccountId, JobId, Timestamp};

use crate::engine::{Snapshot, Tx};
use crate::fault::Fault;
use crate::sql::statements;
use crate::value::Row;

statements! {
    write INSERT_JOB =
        "INSERT INTO outbox (account_id, id, kind, body, state, due_at, claimed_until, attempts, made_at, lane) \
         VALUES ($1, $2, $3, $4, 'due', $5, 0, 0, $5, $6)";
    read DUE_JOBS =
        "SELECT account_id, id FROM outbox WHERE state = 'due' AND lane = $3 AND due_at <= $1 AND claimed_until <= $1 \
         ORDER BY due_at LIMIT $2";
    write TAKE_JOB =
        "UPDATE outbox SET claimed_until = $4, attempts = attempts + 1 \
         WHERE account_id = $1 AND id = $2 AND state = 'due' AND due_at <= $3 AND claimed_until <= $3 \
         RETURNING kind, body, attempts, made_at";
    guard MARK_DONE =
        "UPDATE outbox SET state = 'done', ended_at = $4, body = '' \
         WHERE account_id = $1 AND id = $2 AND claimed_until = $3 AND state = 'due' RETURNING id";
    guard MARK_RETRY =
        "UPDATE outbox SET due_at = $4, claimed_until = 0, last_failure = $5 \
         WHERE account_id = $1 AND id = $2 AND claimed_until = $3 AND state = 'due' RETURNING id";
    guard MARK_GIVEN_UP =
        "UPDATE outbox SET state = 'given_up', ended_at = $4, last_failure = $5, body = '' \
         WHERE account_id = $1 AND id = $2 AND claimed_until = $3 AND state = 'due' RETURNING id";
    write PRUNE_DONE =
        "DELETE FROM outbox WHERE state = 'done' AND (account_id, id) IN \
         (SELECT account_id, id FROM outbox WHERE state = 'done' AND ended_at < $1 ORDER BY ended_at LIMIT $2) \
         RETURNING id";
    write PRUNE_GIVEN_UP =
        "DELETE FROM outbox WHERE state = 'given_up' AND (account_id, id) IN \
         (SELECT account_id, id FROM outbox WHERE state = 'given_up' AND ended_at < $1 ORDER BY ended_at LIMIT $2) \
         RETURNING id";
    read JOBS_OF =
        "SELECT id, kind, state, attempts, last_failure FROM outbox WHERE account_id = $1 ORDER BY id";
}

/// A job as a use case queues it.
#[derive(Clone, PartialEq, Eq)]
pub struct JobRow {
    pub account_id: AccountId,
    pub id: JobId,
    pub kind: String,
    pub body: String,
    pub due_at: Timestamp,
    pub urgency: Urgency,
}

/// Who else's work a job may go ahead of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Urgency {
    /// Somebody must hear of what happened to their account.
    Warning,
    /// A stranger can cause any number of these.
    Asked,
}

impl Urgency {
    fn lane(self) -> i64 {
        match self {
            Self::Warning => 0,
            Self::Asked => 1,
        }
    }
}

impl fmt::Debug for JobRow {
    /// Names and addresses stay out of log lines: erasure could not reach them there.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "JobRow({} {} for {})", self.id, self.kind, self.account_id)
    }
}

/// A job this node may run until `claimed_until`; the claim is its proof when the job ends.
#[derive(Clone, PartialEq, Eq)]
pub struct ClaimedJob {
    pub account_id: AccountId,
    pub id: JobId,
    pub kind: String,
    pub body: String,
    pub attempts: i64,
    pub made_at: Timestamp,
    pub claimed_until: Timestamp,
}

impl fmt::Debug for ClaimedJob {
    /// Names and addresses stay out of log lines: erasure could not reach them there.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ClaimedJob({} {} for {})", self.id, self.kind, self.account_id)
    }
}

/// How a job stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobState {
    pub id: JobId,
    pub kind: String,
    pub state: String,
    pub attempts: i64,
    pub last_failure: Option<String>,
}

impl Snapshot<'_> {
    /// Jobs that nobody has claimed and whose time has come: the most urgent ones, or, where there are none, one of
    /// those that can wait. Before each of these it is to be asked again.
    pub async fn list_due_jobs(&mut self, now: Timestamp, limit: i64) -> Result<Vec<(AccountId, JobId)>, Fault> {
        let place = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?));
        let warnings = self.list(&DUE_JOBS, (now, limit, Urgency::Warning.lane()), place).await?;
        match warnings.is_empty() {
            true => self.list(&DUE_JOBS, (now, 1, Urgency::Asked.lane()), place).await,
            false => Ok(warnings),
        }
    }

    pub async fn list_jobs_of(&mut self, account: AccountId) -> Result<Vec<JobState>, Fault> {
        let state = |row: &Row<'_>| {
            Ok(JobState {
                id: row.get(0)?,
                kind: row.get(1)?,
                state: row.get(2)?,
                attempts: row.get(3)?,
                last_failure: row.get(4)?,
            })
        };
        self.list(&JOBS_OF, (account,), state).await
    }
}

impl Tx<'_> {
    pub async fn insert_job(&mut self, row: &JobRow) -> Result<(), Fault> {
        let kind = row.kind.as_str();
        let params = (row.account_id, row.id, kind, row.body.as_str(), row.due_at, row.urgency.lane());
        self.run(&INSERT_JOB, params).await
    }

    /// Claim a job until the given time. `None`: another worker was faster.
    pub async fn take_job(
        &mut self,
        (account_id, id): (AccountId, JobId),
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<ClaimedJob>, Fault> {
        let claimed = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?));
        let row = self.returned(&TAKE_JOB, (account_id, id, now, until), claimed).await?;
        Ok(row.map(|(kind, body, attempts, made_at)| ClaimedJob {
            account_id,
            id,
            kind,
            body,
            attempts,
            made_at,
            claimed_until: until,
        }))
    }

    /// A guard, like the two below: the claim still holds.
    pub async fn mark_job_done(&mut self, job: &ClaimedJob, now: Timestamp) -> Result<(), Fault> {
        self.run(&MARK_DONE, (job.account_id, job.id, job.claimed_until, now)).await
    }

    pub async fn mark_job_retry(&mut self, job: &ClaimedJob, due: Timestamp, failure: &str) -> Result<(), Fault> {
        self.run(&MARK_RETRY, (job.account_id, job.id, job.claimed_until, due, failure)).await
    }

    /// What was to be said, and to whom, is forgotten with it.
    pub async fn mark_job_given_up(&mut self, job: &ClaimedJob, now: Timestamp, failure: &str) -> Result<(), Fault> {
        self.run(&MARK_GIVEN_UP, (job.account_id, job.id, job.claimed_until, now, failure)).await
    }

    /// Forget work that was given up before this. Was there any?
    pub async fn prune_given_up_jobs(&mut self, before: Timestamp, limit: i64) -> Result<bool, Fault> {
        self.touched(&PRUNE_GIVEN_UP, (before, limit)).await
    }

    /// Forget work done before this. Was there any?
    pub async fn prune_done_jobs(&mut self, before: Timestamp, limit: i64) -> Result<bool, Fault> {
        self.touched(&PRUNE_DONE, (before, limit)).await
    }
}
