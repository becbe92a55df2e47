//! The list of models, fetched from where it is published.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use store::{Fault, Kind, Setting, SettingRow};
use vocab::Timestamp;
use vocab::url::RemoteUrl;
use webauthn::metadata;

use super::{Authenticators, Metadata, Refusal};
use crate::{Actor, Ctx, Decided, Fetched, Unfetched, Wanted};

/// How long a list is taken for the newest.
const EVERY: Duration = Duration::from_secs(24 * 60 * 60);
/// Where none came, and where there should have been another.
const AGAIN: Duration = Duration::from_secs(60 * 60);
/// Whoever went to fetch one is back after this, or never.
const GONE: Duration = Duration::from_secs(5 * 60);

/// What came of asking.
#[derive(Debug, Clone)]
pub enum Brought {
    /// It counts from now on.
    New(Arc<Metadata>),
    /// The one that is published is the one that counts.
    Known(Option<i64>),
}

/// Why nothing came of it. The last good list is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotBrought {
    Unfetched(Unfetched),
    Refused(Refusal),
}

impl fmt::Display for NotBrought {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unfetched(Unfetched(why)) => f.write_str(why),
            Self::Refused(refusal) => write!(f, "{refusal}"),
        }
    }
}

/// A list that does not come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    pub since: Timestamp,
    pub why: String,
}

/// When it was asked for last, by whichever node, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sought {
    at: i64,
    /// Where, and who must have signed: what was learned of one source says nothing of another.
    source: String,
    outcome: Outcome,
    /// What the source calls the version that is known.
    known_as: Option<String>,
    /// Since when none comes.
    missing_since: Option<i64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Outcome {
    Awaited,
    Came,
    Failed(String),
}

impl Sought {
    fn is_due(&self, now: Timestamp, is_overdue: bool) -> bool {
        let rests = match &self.outcome {
            Outcome::Awaited => GONE,
            Outcome::Came if !is_overdue => EVERY,
            Outcome::Came | Outcome::Failed(_) => AGAIN,
        };
        now.since(Timestamp::from_micros(self.at)) >= rests
    }
}

impl Authenticators<'_> {
    /// The reconciler: where an operator has said where lists are published, the newest counts. One node asks for all.
    /// `None`: it was not time to.
    pub async fn renew(&self) -> Result<Option<Result<Brought, NotBrought>>, Fault> {
        let Some(url) = &self.0.site.list_url else { return Ok(None) };
        let ctx = self.0.ctx(Actor::System);
        let (row, before) = self.sought(url).await?;
        let is_overdue = self.overdue().await? > 0;
        if before.as_ref().is_some_and(|sought| !sought.is_due(ctx.now, is_overdue)) {
            return Ok(None);
        }
        let awaited = Sought {
            at: ctx.now.micros(),
            source: self.source(url),
            outcome: Outcome::Awaited,
            known_as: before.as_ref().and_then(|sought| sought.known_as.clone()),
            missing_since: before.as_ref().and_then(|sought| sought.missing_since),
        };
        if !self.remember_sought(&awaited, row).await? {
            return Ok(None); // another node has gone
        }
        let (brought, known_as) = self.bring_version(&ctx, url, awaited.known_as.as_deref()).await?;
        let failed = brought.as_ref().err().map(ToString::to_string);
        let missing_since = failed.as_ref().and(awaited.missing_since.or(Some(awaited.at)));
        let outcome = failed.map_or(Outcome::Came, Outcome::Failed);
        let (row, _) = self.sought(url).await?;
        self.remember_sought(&Sought { outcome, known_as, missing_since, ..awaited }, row).await?;
        Ok(Some(brought))
    }

    /// Asks now, wherever it is published.
    pub async fn bring(&self, ctx: &Ctx, url: &RemoteUrl) -> Decided<Brought, NotBrought> {
        Ok(self.bring_version(ctx, url, None).await?.0)
    }

    /// Why no list comes, where one should.
    pub async fn missing(&self) -> Result<Option<Missing>, Fault> {
        let Some(url) = &self.0.site.list_url else { return Ok(None) };
        let Some(sought) = self.sought(url).await?.1 else { return Ok(None) };
        let since = sought.missing_since.map(Timestamp::from_micros);
        let why = match sought.outcome {
            Outcome::Failed(why) => why,
            Outcome::Awaited | Outcome::Came => String::new(),
        };
        Ok(since.map(|since| Missing { since, why }))
    }

    /// With what its source calls the version that is known then.
    async fn bring_version(
        &self,
        ctx: &Ctx,
        url: &RemoteUrl,
        known_as: Option<&str>,
    ) -> Result<(Result<Brought, NotBrought>, Option<String>), Fault> {
        let known = self.number().await?;
        let known_as = known_as.filter(|_| known.is_some());
        let (bytes, version) = match self.0.fetcher.fetch(Wanted { url, known_as, at_most: metadata::LONGEST }).await {
            Err(unfetched) => return Ok((Err(NotBrought::Unfetched(unfetched)), known_as.map(str::to_owned))),
            Ok(Fetched::Unchanged) => return Ok((Ok(Brought::Known(known)), known_as.map(str::to_owned))),
            Ok(Fetched::Document { bytes, known_as }) => (bytes, known_as),
        };
        Ok(match self.import(ctx, bytes).await? {
            Ok(read) => (Ok(Brought::New(read)), version),
            Err(Refusal::NotNewer { known, published }) if known == published => {
                (Ok(Brought::Known(Some(known))), version)
            }
            Err(refusal) => (Err(NotBrought::Refused(refusal)), None),
        })
    }

    fn source(&self, url: &RemoteUrl) -> String {
        format!("{url} {}", self.0.site.list_signer.name())
    }

    /// What is known of this source. What cannot be read is asked for anew.
    async fn sought(&self, url: &RemoteUrl) -> Result<(Option<SettingRow>, Option<Sought>), Fault> {
        let row = self.0.store.look((), |(), snapshot| Box::pin(snapshot.setting(Setting::ListSought))).await?;
        let read = row.as_ref().and_then(|row| serde_json::from_str::<Sought>(&row.value).ok());
        let source = self.source(url);
        Ok((row, read.filter(|sought| sought.source == source)))
    }

    /// `false`: another node has written something else.
    async fn remember_sought(&self, sought: &Sought, row: Option<SettingRow>) -> Result<bool, Fault> {
        let value = serde_json::to_string(sought);
        let value = value.map_err(|why| Fault::new(Kind::Bug, format!("what was sought is no JSON: {why}")))?;
        self.0.keep_setting(Setting::ListSought, (value, row)).await
    }
}
