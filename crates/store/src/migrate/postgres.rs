//! Applying migrations to PostgreSQL.

use tokio_postgres::Client;

use super::{Applied, Dialect, MIGRATIONS_TABLE, Migration, PlannedStep, digest, pending, serves_from};
use crate::engine::broken;
use crate::fault::Fault;
use crate::seam::{Moment, Seam};

pub(crate) static DIALECT: Dialect =
    Dialect { bytes: "BYTEA", int: "BIGINT", text: "TEXT COLLATE \"C\"", bool: "BOOLEAN", keyed: "", rows: "" };

/// The lock is the transaction's own and ends with it. The number is ours: the letters "signet". At any higher level
/// of isolation whoever waited would look at the schema as it was before the wait.
const LOCK: &str = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = '60s'; \
                    SELECT pg_advisory_xact_lock(126879213970804)";

pub(crate) async fn plan(client: &Client, known: &'static [Migration]) -> Result<Vec<PlannedStep>, Fault> {
    Ok(pending(known, &applied(client).await?)?.into_iter().map(|migration| DIALECT.planned(migration)).collect())
}

pub(crate) async fn apply(
    client: &Client,
    known: &'static [Migration],
    seam: Option<&dyn Seam>,
) -> Result<Vec<PlannedStep>, Fault> {
    let mut done = Vec::new();
    loop {
        client.batch_execute(LOCK).await.map_err(broken)?;
        match apply_next(client, known, seam).await {
            Ok(Some(step)) => done.push(step),
            Ok(None) => return client.batch_execute("ROLLBACK").await.map(|()| done).map_err(broken),
            Err(fault) => {
                let _connection_is_discarded_anyway = client.batch_execute("ROLLBACK").await;
                return Err(fault);
            }
        }
    }
}

async fn apply_next(
    client: &Client,
    known: &'static [Migration],
    seam: Option<&dyn Seam>,
) -> Result<Option<PlannedStep>, Fault> {
    let Some(migration) = pending(known, &applied(client).await?)?.first().copied() else {
        return Ok(None);
    };
    let step = DIALECT.planned(migration);
    let strike = |moment| seam.and_then(|seam| seam.strike("migration step", moment)).map_or(Ok(()), Err);
    for text in DIALECT.statements(MIGRATIONS_TABLE).iter().chain(&step.statements) {
        strike(Moment::Before)?;
        client.batch_execute(text).await.map_err(broken)?;
        strike(Moment::After)?;
    }
    let record = "INSERT INTO migrations (version, name, digest, serves_from) VALUES ($1, $2, $3, $4)";
    client
        .execute(record, &[&migration.version, &migration.name, &digest(migration), &serves_from(migration)])
        .await
        .map_err(broken)?;
    strike(Moment::Before)?;
    client.batch_execute("COMMIT").await.map_err(broken)?;
    strike(Moment::After)?;
    Ok(Some(step))
}

async fn applied(client: &Client) -> Result<Vec<Applied>, Fault> {
    let exists = client.query_one("SELECT to_regclass('migrations') IS NOT NULL", &[]).await.map_err(broken)?;
    if !exists.try_get::<_, bool>(0).map_err(broken)? {
        return Ok(Vec::new());
    }
    let rows = client
        .query("SELECT version, digest, serves_from FROM migrations ORDER BY version", &[])
        .await
        .map_err(broken)?;
    rows.iter()
        .map(|row| {
            Ok(Applied {
                version: row.try_get(0).map_err(broken)?,
                digest: row.try_get(1).map_err(broken)?,
                serves_from: row.try_get(2).map_err(broken)?,
            })
        })
        .collect()
}
