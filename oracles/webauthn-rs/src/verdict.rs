//! What the library says of a case, and where it cannot be held to it.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use webauthn_rs_core::error::WebauthnError;

use crate::{case::Case, ceremony::Ceremony};

#[derive(PartialEq)]
pub enum Verdict {
    Accept,
    Reject(String),
    Unsupported(String),
}

impl Verdict {
    pub fn of(recorded: &serde_json::Result<Value>) -> Self {
        match recorded {
            Ok(case) => Case::deserialize(case).map_or_else(bad_case, |case| caught(&case)),
            Err(error) => bad_case(error),
        }
    }

    pub fn line<'a>(&'a self, id: &'a Value) -> Line<'a> {
        let (verdict, reason) = match self {
            Self::Accept => ("accept", ""),
            Self::Reject(reason) => ("reject", reason.as_str()),
            Self::Unsupported(reason) => ("unsupported", reason.as_str()),
        };
        Line { id, verdict, reason }
    }
}

impl From<WebauthnError> for Verdict {
    fn from(error: WebauthnError) -> Self {
        Self::Reject(format!("{error:?}: {error}"))
    }
}

#[derive(Serialize)]
pub struct Line<'a> {
    id: &'a Value,
    verdict: &'static str,
    reason: &'a str,
}

fn bad_case(error: impl std::fmt::Display) -> Verdict {
    Verdict::Unsupported(format!("bad case: {error}"))
}

fn caught(case: &Case) -> Verdict {
    catch_unwind(AssertUnwindSafe(|| judge(case)))
        .unwrap_or_else(|panic| Verdict::Reject(format!("panic: {}", message(panic.as_ref()))))
}

fn message(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
}

/// The library is judged by what it could be told: a refusal for want of a permission that it has no setting for, or a
/// consent against something that it was never shown, is neither.
fn judge(case: &Case) -> Verdict {
    match Ceremony::prepare(case).map(|ceremony| ceremony.verify()) {
        Err(verdict) => verdict,
        Ok(Err(WebauthnError::CredentialCrossOrigin)) if case.allow_cross_origin => {
            Verdict::Unsupported("cross-origin registration cannot be allowed".into())
        }
        Ok(Err(WebauthnError::UserNotPresent)) if !case.require_up => {
            Verdict::Unsupported("user presence cannot be waived".into())
        }
        Ok(Err(error)) => error.into(),
        Ok(Ok(())) if names_another_user(case) => {
            Verdict::Unsupported("comparing userHandle is left to the caller".into())
        }
        Ok(Ok(())) => Verdict::Accept,
    }
}

fn names_another_user(case: &Case) -> bool {
    let owner = case.stored.as_ref().and_then(|stored| stored.user_handle.as_deref());
    let named = case.response["response"]["userHandle"].as_str();
    owner.zip(named).is_some_and(|(owner, named)| owner != named)
}
