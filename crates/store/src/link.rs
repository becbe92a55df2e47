//! Links that do one thing once: the first administrator's, and the one that confirms an address.

use std::fmt;

use vocab::{AccountId, LinkId, Timestamp};

use crate::engine::{Snapshot, Tx};
use crate::fault::Fault;
use crate::sql::statements;
use crate::value::Row;

statements! {
    write INSERT_LINK =
        "INSERT INTO links (account_id, id, purpose, digest, canonical, typed, attempts, made_at, ends_at) \
         VALUES ($1, $2, $3, $4, $5, $6, 0, $7, $8)";
    write VOID_LINKS =
        "UPDATE links SET ended_at = $3 WHERE account_id = $1 AND purpose = $2 AND ended_at IS NULL RETURNING id";
    write COUNT_ATTEMPT =
        "UPDATE links SET attempts = attempts + 1 \
         WHERE account_id = $1 AND id = $2 AND ended_at IS NULL AND ends_at > $3 AND attempts < $4 \
         RETURNING account_id, id, purpose, digest, canonical, typed, made_at, ends_at, ended_at";
    write TAKE_LINK =
        "UPDATE links SET ended_at = $3 \
         WHERE account_id = $1 AND id = $2 AND ended_at IS NULL AND ends_at > $3 RETURNING id";
    read LINKS_OF =
        "SELECT account_id, id, purpose, digest, canonical, typed, made_at, ends_at, ended_at FROM links \
         WHERE account_id = $1 ORDER BY id";
    read LINK =
        "SELECT account_id, id, purpose, digest, canonical, typed, made_at, ends_at, ended_at FROM links \
         WHERE account_id = $1 AND id = $2";
    read EARLIER_LINKS_TO =
        "SELECT count(*) FROM links WHERE canonical = $1 AND made_at > $2 AND (made_at < $3 OR (made_at = $3 AND id < $4))";
    write PRUNE_LINKS =
        "DELETE FROM links WHERE (account_id, id) IN \
         (SELECT account_id, id FROM links WHERE ends_at < $1 ORDER BY ends_at LIMIT $2) RETURNING id";
}

/// A link as it lies in its row; the secret in it is known by its digest alone.
#[derive(Clone, PartialEq, Eq)]
pub struct LinkRow {
    pub account_id: AccountId,
    pub id: LinkId,
    pub purpose: String,
    pub digest: [u8; 32],
    pub canonical: Option<String>,
    pub typed: Option<String>,
    pub made_at: Timestamp,
    pub ends_at: Timestamp,
    pub ended_at: Option<Timestamp>,
}

impl fmt::Debug for LinkRow {
    /// Addresses stay out of log lines: erasure could not reach them there.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LinkRow({} {} of {})", self.purpose, self.id, self.account_id)
    }
}

fn link(row: &Row<'_>) -> Result<LinkRow, Fault> {
    Ok(LinkRow {
        account_id: row.get(0)?,
        id: row.get(1)?,
        purpose: row.get(2)?,
        digest: row.get(3)?,
        canonical: row.get(4)?,
        typed: row.get(5)?,
        made_at: row.get(6)?,
        ends_at: row.get(7)?,
        ended_at: row.get(8)?,
    })
}

impl Snapshot<'_> {
    pub async fn link(&mut self, account: AccountId, id: LinkId) -> Result<Option<LinkRow>, Fault> {
        self.optional(&LINK, (account, id), link).await
    }

    /// How many links were made for the address of this one since then, before it?
    pub async fn count_earlier_links(&mut self, link: &LinkRow, since: Timestamp) -> Result<i64, Fault> {
        let params = (link.canonical.as_deref(), since, link.made_at, link.id);
        Ok(self.optional(&EARLIER_LINKS_TO, params, |row| row.get(0)).await?.unwrap_or(0))
    }

    pub async fn list_links(&mut self, account: AccountId) -> Result<Vec<LinkRow>, Fault> {
        self.list(&LINKS_OF, (account,), link).await
    }
}

impl Tx<'_> {
    pub async fn insert_link(&mut self, row: &LinkRow) -> Result<(), Fault> {
        let params = (
            row.account_id,
            row.id,
            row.purpose.as_str(),
            row.digest,
            row.canonical.as_deref(),
            row.typed.as_deref(),
            row.made_at,
            row.ends_at,
        );
        self.run(&INSERT_LINK, params).await
    }

    /// Links of one purpose that were still good end now.
    pub async fn void_links(&mut self, account: AccountId, purpose: &str, now: Timestamp) -> Result<(), Fault> {
        self.run(&VOID_LINKS, (account, purpose, now)).await
    }

    /// Count an attempt before its secret is compared. `None`: there is no such link, or it is good for nothing.
    pub async fn count_link_attempt(
        &mut self,
        (account, id): (AccountId, LinkId),
        now: Timestamp,
        at_most: i64,
    ) -> Result<Option<LinkRow>, Fault> {
        self.returned(&COUNT_ATTEMPT, (account, id, now, at_most), link).await
    }

    /// Use it up. `false`: it was used, voided, or its time is over.
    pub async fn take_link(&mut self, account: AccountId, id: LinkId, now: Timestamp) -> Result<bool, Fault> {
        self.touched(&TAKE_LINK, (account, id, now)).await
    }

    /// Forget links whose time was over before this. Were there any?
    pub async fn prune_links(&mut self, before: Timestamp, limit: i64) -> Result<bool, Fault> {
        self.touched(&PRUNE_LINKS, (before, limit)).await
    }
}
