//! Is this node alive, and does it take requests?

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering::Relaxed};
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::problem::Problem;
use crate::{Shared, Web};

/// A database that answers later than this does not count as answering.
const PATIENCE: Duration = Duration::from_secs(2);

const STARTING: u8 = 0;
const READY: u8 = 1;
const STOPPING: u8 = 2;

/// Does this node want requests? Set by whoever starts and stops it; clones share it.
#[derive(Debug, Clone)]
pub struct Readiness(Arc<AtomicU8>);

impl Readiness {
    pub fn starting() -> Self {
        Self(Arc::new(AtomicU8::new(STARTING)))
    }

    /// Everything is in place. A node that is stopping stays so.
    pub fn set_ready(&self) {
        let _is_stopping = self.0.compare_exchange(STARTING, READY, Relaxed, Relaxed);
    }

    /// A shutdown has begun; there is no way back.
    pub fn set_stopping(&self) {
        self.0.store(STOPPING, Relaxed);
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Health {
    status: &'static str,
}

const OK: Json<Health> = Json(Health { status: "ok" });

/// GET /healthz
pub(crate) async fn check_alive() -> Json<Health> {
    OK
}

/// GET /readyz
pub(crate) async fn check_ready(State(web): State<Shared>) -> Result<Json<Health>, Problem> {
    match web.readiness.0.load(Relaxed) {
        READY if database_answers(&web).await => Ok(OK),
        READY => Err(Problem::not_ready("database")),
        STARTING => Err(Problem::not_ready("starting")),
        _ => Err(Problem::not_ready("stopping")),
    }
}

async fn database_answers(web: &Web) -> bool {
    match tokio::time::timeout(PATIENCE, web.app.check_database()).await {
        Ok(Ok(())) => true,
        Ok(Err(fault)) => {
            tracing::warn!(kind = ?fault.kind(), %fault, "the database does not answer");
            false
        }
        Err(_) => {
            tracing::warn!("the database does not answer in time");
            false
        }
    }
}
