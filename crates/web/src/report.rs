//! What went wrong in a browser, told by the page it went wrong on.
//!
//! Anybody can say anything here, so nothing is believed: it becomes a figure and a line in the log, in words of ours,
//! and no row. What we answered ourselves was counted when it was answered, and is not reported.

use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::device::Program;
use crate::input::Json;
use crate::problem::{Document, Problem};
use crate::tally::{self, Ceremony, Phase};

/// A ceremony that went wrong before an answer of ours. Nothing in it says who it was.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReportForm {
    code: Trouble,
    ceremony: Ceremony,
    phase: Phase,
    /// What the browser called it.
    name: Option<BrowserError>,
    /// Milliseconds since it began.
    elapsed_ms: u32,
    /// Was the page in sight?
    is_visible: bool,
    /// Stands for what the browser says it can do: alike where that is alike.
    capabilities: u32,
}

/// As docs/features/errors.md has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Trouble {
    Closed,
    Unsupported,
    InApp,
    AlreadyRegistered,
    Unreachable,
    Abandoned,
    Unexpected,
}

impl Trouble {
    fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Unsupported => "unsupported",
            Self::InApp => "in-app",
            Self::AlreadyRegistered => "already-registered",
            Self::Unreachable => "unreachable",
            Self::Abandoned => "abandoned",
            Self::Unexpected => "unexpected",
        }
    }
}

/// The names that browsers give to what goes wrong with a credential.
// SPEC: WebAuthn-3 §5.1.3 and §5.1.4, Web IDL §2.8.1
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[expect(clippy::enum_variant_names, reason = "they are the names")]
pub(crate) enum BrowserError {
    AbortError,
    ConstraintError,
    DataError,
    EncodingError,
    InvalidStateError,
    NotAllowedError,
    NotReadableError,
    NotSupportedError,
    OperationError,
    SecurityError,
    TimeoutError,
    TypeError,
    UnknownError,
    OtherError,
}

/// Tell of a ceremony that went wrong in the browser.
#[utoipa::path(
    post,
    path = "/api/v1/ceremony-reports",
    operation_id = "report_ceremony",
    tag = "signing in",
    request_body = ReportForm,
    responses(
        (status = 204),
        (status = 422, body = Document<'static>, content_type = "application/problem+json"),
        (status = 429, body = Document<'static>, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn take(program: Program, Json(form): Json<ReportForm>) -> Result<StatusCode, Problem> {
    tally::error(form.code.as_str(), form.phase, program, None);
    tracing::info!(
        target: "ceremony",
        code = form.code.as_str(),
        ceremony = form.ceremony.as_str(),
        phase = form.phase.as_str(),
        name = form.name.map(tracing::field::debug),
        elapsed_ms = form.elapsed_ms,
        is_visible = form.is_visible,
        capabilities = format_args!("{:08x}", form.capabilities),
        browser = program.browser,
        os = program.system,
        "a ceremony went wrong in a browser"
    );
    Ok(StatusCode::NO_CONTENT)
}
