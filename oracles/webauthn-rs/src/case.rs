//! A recorded ceremony, as the files hold it.

use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
pub struct Case {
    pub kind: Kind,
    pub rp_id: String,
    pub origins: Vec<String>,
    pub challenge: String,
    pub require_uv: bool,
    #[serde(default = "yes")]
    pub require_up: bool,
    #[serde(default)]
    pub allow_cross_origin: bool,
    pub allowed_algs: Option<Vec<i128>>,
    pub allow_credentials: Option<Vec<String>>,
    pub trust_roots: Option<Vec<String>>,
    pub verify_time: Option<u64>,
    pub stored: Option<Stored>,
    pub response: Value,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Registration,
    Assertion,
}

#[derive(Deserialize)]
pub struct Stored {
    pub credential_id: String,
    pub public_key: String,
    pub sign_count: u32,
    pub backup_eligible: bool,
    pub backup_state: bool,
    pub user_handle: Option<String>,
}

fn yes() -> bool {
    true
}

/// The cases of a file, still unread: a bad one must not hide the others.
pub fn split(text: &str) -> Vec<serde_json::Result<Value>> {
    match serde_json::from_str(text) {
        Ok(whole) => listed(whole).into_iter().map(Ok).collect(),
        Err(_) => text.lines().filter(|line| !line.trim().is_empty()).map(serde_json::from_str).collect(),
    }
}

fn listed(mut whole: Value) -> Vec<Value> {
    if let Value::Array(cases) = whole {
        return cases;
    }
    if let Some(Value::Array(vectors)) = whole.get_mut("vectors").map(Value::take) {
        return vectors.into_iter().flat_map(listed).collect();
    }
    match whole.get_mut("cases").map(Value::take) {
        Some(Value::Array(cases)) => cases,
        _ => vec![whole],
    }
}
