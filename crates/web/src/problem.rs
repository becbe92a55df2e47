//! What goes wrong, in the words of the person who asked: RFC 9457 problem documents.
//!
//! A problem is made where something is refused and written where the answer leaves, because only there the request's
//! id is at hand. Until then it travels in the extensions of an empty response.

use std::borrow::Cow;
use std::time::Duration;

use app::authenticators::Because;
use app::{Fault, FaultKind};
use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};
use axum::response::IntoResponse;
use serde::Serialize;
use utoipa::ToSchema;
use vocab::{RequestId, Timestamp};

use crate::view::{self, ProblemPage};
use crate::when;

/// What every problem of one kind has in common.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Kind {
    status: StatusCode,
    /// The last part of its type, which never changes: programs compare it.
    slug: &'static str,
    title: &'static str,
}

macro_rules! kinds {
    ($($name:ident = $status:ident, $slug:literal, $title:literal;)+) => {
        $(const $name: Kind = Kind { status: StatusCode::$status, slug: $slug, title: $title };)+
        #[cfg(test)]
        const KINDS: &[Kind] = &[$($name,)+];
    };
}

kinds! {
    UNREADABLE = BAD_REQUEST, "unreadable", "We could not read that";
    AMBIGUOUS = BAD_REQUEST, "ambiguous", "That speaks for two";
    SIGN_IN_REQUIRED = UNAUTHORIZED, "sign-in-required", "Sign in first";
    CROSS_SITE = FORBIDDEN, "cross-site", "That did not come from one of our pages";
    STEP_UP_REQUIRED = FORBIDDEN, "step-up-required", "Use your passkey again first";
    OTHER_PASSKEY_REQUIRED = FORBIDDEN, "other-passkey-required", "Use another one of your passkeys first";
    NOT_ACCEPTED = FORBIDDEN, "not-accepted", "That didn’t go through";
    NOT_LET_IN = FORBIDDEN, "authenticator-not-accepted", "This kind of passkey is not accepted here";
    PASSKEY_ON_HOLD = FORBIDDEN, "passkey-on-hold", "This passkey is on hold";
    PASSKEY_REMOVED = FORBIDDEN, "passkey-removed", "This passkey is no longer used here";
    PASSKEY_UNKNOWN = FORBIDDEN, "passkey-unknown", "This passkey is not used here";
    SIGN_UP_CLOSED = FORBIDDEN, "sign-up-closed", "Accounts are made by an administrator here";
    NOT_FOUND = NOT_FOUND, "not-found", "There is nothing here";
    WRONG_METHOD = METHOD_NOT_ALLOWED, "wrong-method", "That cannot be done here";
    BODY_TOO_SLOW = REQUEST_TIMEOUT, "body-too-slow", "The rest of your request did not come";
    CONFLICT = CONFLICT, "conflict", "That does not fit with what is there";
    BEGIN_AGAIN = CONFLICT, "begin-again", "That took too long";
    ALREADY_REGISTERED = CONFLICT, "already-registered", "This passkey is in use already";
    LAST_PASSKEY = CONFLICT, "last-passkey", "This is your only passkey";
    TOO_NEW = CONFLICT, "too-new", "A new passkey does not replace an older one at once";
    LINK_ENDED = GONE, "link-ended", "This link has ended";
    BODY_TOO_LARGE = PAYLOAD_TOO_LARGE, "body-too-large", "That is too much at once";
    NOT_JSON = UNSUPPORTED_MEDIA_TYPE, "not-json", "This address takes JSON";
    NOT_A_FORM = UNSUPPORTED_MEDIA_TYPE, "not-a-form", "This address takes a form";
    UNUSABLE = UNPROCESSABLE_ENTITY, "unusable", "One thing needs another look";
    TOO_MANY = TOO_MANY_REQUESTS, "too-many-requests", "Take a break";
    INTERNAL = INTERNAL_SERVER_ERROR, "internal-error", "We couldn’t finish that";
    BUSY = SERVICE_UNAVAILABLE, "busy", "We are busy right now";
    TOO_LATE = SERVICE_UNAVAILABLE, "too-late", "We couldn’t finish that in time";
    NOT_READY = SERVICE_UNAVAILABLE, "not-ready", "This node does not take requests now";
}

/// A refusal or a failure as the other side may know it.
#[derive(Debug, Clone)]
pub(crate) struct Problem {
    kind: &'static Kind,
    detail: Cow<'static, str>,
    /// One more member of the document: which part of the request, or which check.
    about: Option<(About, Cow<'static, str>)>,
    hint: Option<Hint>,
}

/// What a program is told in a header.
#[derive(Debug, Clone)]
enum Hint {
    RetryAfter(u64),
    Allow(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum About {
    Member,
    Check,
}

/// The document itself (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct Document<'a> {
    /// What kind of problem this is: a relative reference that never changes.
    r#type: String,
    title: &'a str,
    status: u16,
    /// What happened and what to do next.
    detail: &'a str,
    /// Say this when you ask for help.
    request_id: String,
    /// Which member or parameter the problem is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    member: Option<&'a str>,
    /// Which check of this node failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    check: Option<&'a str>,
}

impl Problem {
    fn new(kind: &'static Kind, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { kind, detail: detail.into(), about: None, hint: None }
    }

    fn with_hint(self, hint: Hint) -> Self {
        Self { hint: Some(hint), ..self }
    }

    pub(crate) fn not_found() -> Self {
        Self::new(&NOT_FOUND, "Check the address and try again.")
    }

    pub(crate) fn not_a_form() -> Self {
        Self::new(&NOT_A_FORM, "Send it as a page's form would.")
    }

    /// A session in a cookie and another one as a bearer token: whose request is it?
    pub(crate) fn ambiguous() -> Self {
        Self::new(&AMBIGUOUS, "Send either the cookie or the bearer token.")
    }

    pub(crate) fn sign_in_required() -> Self {
        Self::new(&SIGN_IN_REQUIRED, "You are not signed in, or not any more. Sign in and try again.")
    }

    pub(crate) fn cross_site() -> Self {
        Self::new(&CROSS_SITE, "Open the page again from its own address, and try there.")
    }

    pub(crate) fn step_up_required() -> Self {
        Self::new(&STEP_UP_REQUIRED, "It is a while since you did. Use it again, then try this once more.")
    }

    pub(crate) fn not_accepted() -> Self {
        Self::new(&NOT_ACCEPTED, "This passkey was not accepted. Try again, or use another one.")
    }

    pub(crate) fn other_passkey_required() -> Self {
        Self::new(&OTHER_PASSKEY_REQUIRED, "The one you used is in doubt. Sign in with another, or get help.")
    }

    /// What was made on the device stays there, and nothing here knows it.
    pub(crate) fn not_let_in(because: Because) -> Self {
        let detail = match because {
            Because::Breached => "A fault was reported in devices of its kind. Make one on another device.",
            Because::NotInHardware => "It has to stay in one device. Use a security key, or this device’s own sign-in.",
            Because::NotVouchedFor | Because::Unknown => {
                "Its maker does not vouch for it. If your browser asked to see its model, allow that and try again, or \
                 use another device."
            }
            Because::Denied
            | Because::NotAllowed
            | Because::LevelTooLow
            | Because::Retired
            | Because::Regressed
            | Because::Held => "Use another kind of device. The help desk knows which ones are accepted.",
        };
        Self::new(&NOT_LET_IN, detail)
    }

    pub(crate) fn passkey_on_hold() -> Self {
        Self::new(&PASSKEY_ON_HOLD, "It signs you in again once it is released. Choose another one, or get help.")
    }

    pub(crate) fn passkey_removed() -> Self {
        Self::new(&PASSKEY_REMOVED, "You removed it earlier. Choose another one, or get help.")
    }

    pub(crate) fn passkey_unknown() -> Self {
        Self::new(&PASSKEY_UNKNOWN, "No account here has it. Choose another one, or get help.")
    }

    pub(crate) fn sign_up_closed() -> Self {
        Self::new(&SIGN_UP_CLOSED, "Ask the people who look after accounts where you work.")
    }

    pub(crate) fn begin_again() -> Self {
        Self::new(&BEGIN_AGAIN, "It took too long, or was used already. Nothing was changed. Begin again.")
    }

    pub(crate) fn already_registered() -> Self {
        Self::new(&ALREADY_REGISTERED, "Use it to sign in, or make one on another device.")
    }

    pub(crate) fn last_passkey() -> Self {
        Self::new(&LAST_PASSKEY, "Without it you could not sign in. Add another one first.")
    }

    pub(crate) fn too_new(until: &str) -> Self {
        Self::new(&TOO_NEW, format!("You can do that {until}."))
    }

    pub(crate) fn link_ended() -> Self {
        Self::new(&LINK_ENDED, "It was used, its time is over, or there is a newer one.")
    }

    /// What kind it is, in a word that never changes.
    pub(crate) fn slug(&self) -> &'static str {
        self.kind.slug
    }

    /// A page answers this by showing where to sign in.
    pub(crate) fn is_sign_in_required(&self) -> bool {
        *self.kind == SIGN_IN_REQUIRED
    }

    pub(crate) fn wrong_method(allowed: String) -> Self {
        Self::new(&WRONG_METHOD, format!("This address takes {allowed}.")).with_hint(Hint::Allow(allowed))
    }

    pub(crate) fn unreadable(detail: &'static str) -> Self {
        Self::new(&UNREADABLE, detail)
    }

    pub(crate) fn not_json() -> Self {
        Self::new(&NOT_JSON, "Send it with the content type application/json.")
    }

    /// One member or parameter of the request cannot be used; `sentence` begins in lower case.
    pub(crate) fn unusable(member: impl Into<Cow<'static, str>>, sentence: impl std::fmt::Display) -> Self {
        let member = member.into();
        let problem = Self::new(&UNUSABLE, format!("“{member}”: {sentence}."));
        Self { about: Some((About::Member, member)), ..problem }
    }

    /// The request as a whole cannot be used; `sentence` begins in lower case.
    pub(crate) fn unusable_whole(sentence: impl std::fmt::Display) -> Self {
        Self::new(&UNUSABLE, capital(&format!("{sentence}.")))
    }

    pub(crate) fn conflict(member: Option<&'static str>, sentence: impl std::fmt::Display) -> Self {
        let problem = Self::new(&CONFLICT, capital(&format!("{sentence}.")));
        Self { about: member.map(|member| (About::Member, member.into())), ..problem }
    }

    pub(crate) fn body_too_large(at_most: usize) -> Self {
        Self::new(&BODY_TOO_LARGE, format!("This address takes at most {at_most} bytes."))
    }

    pub(crate) fn body_too_slow() -> Self {
        Self::new(&BODY_TOO_SLOW, "Nothing was changed. Try again.")
    }

    pub(crate) fn too_many(wait: Duration) -> Self {
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        let seconds = seconds.max(1);
        let words = if seconds == 1 { "1 second".to_owned() } else { format!("{seconds} seconds") };
        Self::new(&TOO_MANY, format!("You can try again in {words}.")).with_hint(Hint::RetryAfter(seconds))
    }

    pub(crate) fn busy() -> Self {
        Self::new(&BUSY, "Try again in a moment.").with_hint(Hint::RetryAfter(1))
    }

    /// The time limit of the route has passed. A change may be on its way all the same.
    pub(crate) fn too_late() -> Self {
        Self::new(&TOO_LATE, "It is on our side. It may still go through: look before you try again.")
            .with_hint(Hint::RetryAfter(1))
    }

    pub(crate) fn not_ready(check: &'static str) -> Self {
        let problem = Self::new(&NOT_READY, format!("The check that failed: {check}."));
        Self { about: Some((About::Check, check.into())), ..problem }.with_hint(Hint::RetryAfter(1))
    }

    /// The machine failed. Whoever calls this has logged why; nobody is told.
    pub(crate) fn internal() -> Self {
        Self::new(&INTERNAL, "It is on our side. Try again in a minute; say the request id if you ask for help.")
    }

    /// For an answer of 400 or more that nobody made a problem of.
    pub(crate) fn for_status(status: StatusCode) -> Self {
        tracing::error!(status = status.as_u16(), "an answer without its problem");
        Self::internal()
    }

    /// The same, as a page.
    pub(crate) fn view(&self, request_id: &RequestId, now: Timestamp) -> ProblemPage {
        let code = || view::short_code(&request_id.to_string());
        match *self.kind {
            NOT_FOUND => ProblemPage::NotFound,
            WRONG_METHOD => ProblemPage::WrongMethod,
            TOO_MANY => {
                let wait = match self.hint {
                    Some(Hint::RetryAfter(seconds)) => Duration::from_secs(seconds),
                    _ => Duration::ZERO,
                };
                ProblemPage::TooMany { until: when::from(now.plus(wait), now) }
            }
            INTERNAL => ProblemPage::Ours { code: code() },
            BUSY | TOO_LATE | NOT_READY => ProblemPage::Busy { code: code() },
            CROSS_SITE | SIGN_IN_REQUIRED | BEGIN_AGAIN => ProblemPage::BeginAgain,
            _ => ProblemPage::Other { title: self.kind.title.to_owned(), sentence: self.detail.to_string() },
        }
    }

    pub(crate) fn document(&self, request_id: &RequestId) -> Vec<u8> {
        let about = |wanted| self.about.as_ref().and_then(|(what, name)| (*what == wanted).then_some(name.as_ref()));
        let document = Document {
            r#type: format!("/problems/{}", self.kind.slug),
            title: self.kind.title,
            status: self.kind.status.as_u16(),
            detail: &self.detail,
            request_id: request_id.to_string(),
            member: about(About::Member),
            check: about(About::Check),
        };
        serde_json::to_vec(&document).unwrap_or_default()
    }
}

/// A sentence of another room begins in lower case; as a sentence of its own it does not.
pub(crate) fn capital(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

impl IntoResponse for Problem {
    fn into_response(self) -> axum::response::Response {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = self.kind.status;
        let hint = match &self.hint {
            Some(Hint::RetryAfter(seconds)) => Some((header::RETRY_AFTER, HeaderValue::from(*seconds))),
            Some(Hint::Allow(methods)) => methods.parse().ok().map(|methods| (header::ALLOW, methods)),
            None => None,
        };
        response.headers_mut().extend(hint);
        response.extensions_mut().insert(self);
        response
    }
}

impl From<Fault> for Problem {
    /// The one place where a fault of a request is logged; the span around it holds the request's id.
    fn from(fault: Fault) -> Self {
        if fault.retryable() {
            tracing::warn!(kind = ?fault.kind(), %fault, "a request could not be served now");
        } else {
            tracing::error!(kind = ?fault.kind(), %fault, "a request failed");
        }
        match fault.kind() {
            FaultKind::Overloaded | FaultKind::Unavailable | FaultKind::Contended | FaultKind::Moved => Self::busy(),
            FaultKind::Refused | FaultKind::Corrupt | FaultKind::Unfit | FaultKind::Bug => Self::internal(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_kinds_share_a_type_and_every_type_is_a_plain_path() {
        let mut slugs: Vec<&str> = KINDS.iter().map(|kind| kind.slug).collect();
        assert!(slugs.iter().all(|slug| slug.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')));
        slugs.sort_unstable();
        slugs.dedup();
        assert_eq!(slugs.len(), KINDS.len());
    }

    #[test]
    fn a_wait_is_never_told_as_zero_and_never_too_short() {
        for (wait, told) in [(0, "1 second"), (1, "1 second"), (1_000, "1 second"), (1_001, "2 seconds")] {
            let problem = Problem::too_many(Duration::from_millis(wait));
            assert_eq!(problem.detail, format!("You can try again in {told}."));
        }
    }

    #[test]
    fn a_fault_that_may_pass_is_busy_and_any_other_is_ours() {
        for (kind, slug) in [
            (FaultKind::Overloaded, "busy"),
            (FaultKind::Unavailable, "busy"),
            (FaultKind::Contended, "busy"),
            (FaultKind::Moved, "busy"),
            (FaultKind::Refused, "internal-error"),
            (FaultKind::Corrupt, "internal-error"),
            (FaultKind::Unfit, "internal-error"),
            (FaultKind::Bug, "internal-error"),
        ] {
            let problem = Problem::from(Fault::new(kind, "canary"));
            assert_eq!(problem.kind.slug, slug);
            let told = problem.document(&RequestId::from_bytes([7; 16]));
            assert!(!String::from_utf8(told).unwrap().contains("canary"));
        }
    }
}
