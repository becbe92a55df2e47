//! Ceremonies that somebody recorded, judged once more, for support and for auditors.

use identity::credential::{Count, read_count};
use serde::Serialize;
use serde_json::Value;
use vocab::Timestamp;
use webauthn::recorded::{self, NoReceipt, Receipt};
use webauthn::{Format, Vouched};

/// What is said of one ceremony: one line of JSON.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Judgement {
    /// As the record has it, whatever it is.
    pub id: Value,
    pub verdict: Verdict,
    /// The name of the reason, as the audit log would have it.
    pub reason: Option<String>,
    /// The step of WebAuthn-3 that asks for what failed. None, where the record could not be read.
    pub step: Option<String>,
    /// What was stated about a new credential, and who vouches for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vouched: Option<&'static str>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    Accept,
    Reject,
}

/// A count that did not go up is a rejection here, with nothing known of the ceremony before and of what a policy would
/// make of it.
const SIGN_COUNT: (&str, &str) = ("credential.sign_count", "7.2.22");

/// The walk that everybody's ceremonies take, with what the record expects; `now` where it says no time.
pub fn judge(case: &Value, now: Timestamp) -> Judgement {
    let id = case.get("id").cloned().unwrap_or_default();
    match recorded::check(case, now) {
        Ok(Receipt::Registered(registered)) => accept(id, Some((registered.format(), registered.vouched()))),
        Ok(Receipt::Verified { receipt, stored_sign_count }) => {
            match read_count(stored_sign_count, receipt.sign_count(), now, None) {
                Count::Good(_) => accept(id, None),
                Count::Regressed => reject(id, SIGN_COUNT.0, Some(SIGN_COUNT.1.to_owned())),
            }
        }
        Err(NoReceipt::Unreadable(member)) => reject(id, &format!("case.{member}"), None),
        Err(NoReceipt::Refused(ceremony, refusal)) => reject(id, refusal.audit(), Some(refusal.step(ceremony))),
    }
}

fn accept(id: Value, stated: Option<(Format, Vouched)>) -> Judgement {
    let (format, vouched) = stated.map(|(format, vouched)| (format.as_str(), vouched.as_str())).unzip();
    Judgement { id, verdict: Verdict::Accept, reason: None, step: None, format, vouched }
}

fn reject(id: Value, reason: &str, step: Option<String>) -> Judgement {
    let reason = Some(reason.to_owned());
    Judgement { id, verdict: Verdict::Reject, reason, step, format: None, vouched: None }
}
