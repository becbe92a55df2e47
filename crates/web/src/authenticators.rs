//! Rules of authenticators, for the operator: read, tried, taken.

use app::authenticators::{Because, Hit, InForce, RulesRefusal, Sample, Survey};
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Shared;
use crate::context::Context;
use crate::input::Json;
use crate::problem::{Document, Problem};

/// Rules as they are written: the text of a TOML file.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RulesForm {
    rules: String,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct RulesView {
    /// 0: none were written yet.
    number: i64,
    rules: String,
    /// RFC 3339.
    made_at: Option<String>,
}

/// Whom rules would hit.
#[derive(Serialize, ToSchema)]
pub(crate) struct SurveyView {
    /// Active passkeys of active accounts, and whose they are.
    passkeys: u64,
    people: u64,
    people_hit: u64,
    /// People who have a way in now, and would have none.
    people_locked_out: u64,
    /// People who have a passkey beyond doubt now, and would have none: they would get in and change nothing.
    people_in_doubt: u64,
    hits: Vec<HitView>,
    /// At most twenty.
    samples: Vec<SampleView>,
}

/// Passkeys of one model that one rule would hit for one reason.
#[derive(Serialize, ToSchema)]
struct HitView {
    rule: String,
    aaguid: String,
    model: Option<String>,
    /// Null: nothing is held against them any more.
    because: Option<&'static str>,
    /// `good`, `flagged`, `doubted` or `suspended`.
    standing: &'static str,
    passkeys: u64,
    people: u64,
}

#[derive(Serialize, ToSchema)]
struct SampleView {
    account_id: String,
    credential_id: String,
    because: Option<&'static str>,
    standing: &'static str,
}

/// The rules that count.
#[utoipa::path(
    get,
    path = "/api/v1/authenticators/rules",
    operation_id = "read_authenticator_rules",
    tag = "authenticators",
    responses((status = 200, body = RulesView))
)]
pub(crate) async fn show(State(web): State<Shared>) -> Result<axum::Json<RulesView>, Problem> {
    Ok(axum::Json(RulesView::of(&*web.app.authenticators().in_force().await?)))
}

/// Let other rules count.
#[utoipa::path(
    post,
    path = "/api/v1/authenticators/rules",
    operation_id = "adopt_authenticator_rules",
    tag = "authenticators",
    request_body = RulesForm,
    responses(
        (status = 200, body = RulesView),
        (status = 409, body = Document<'static>, content_type = "application/problem+json"),
        (status = 422, body = Document<'static>, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn adopt(
    State(web): State<Shared>,
    Context(ctx): Context,
    Json(form): Json<RulesForm>,
) -> Result<axum::Json<RulesView>, Problem> {
    Ok(axum::Json(RulesView::of(&*web.app.authenticators().adopt(&ctx, form.rules).await??)))
}

/// Say whom rules would hit, and change nothing.
#[utoipa::path(
    post,
    path = "/api/v1/authenticators/dry-run",
    operation_id = "try_authenticator_rules",
    tag = "authenticators",
    request_body = RulesForm,
    responses(
        (status = 200, body = SurveyView),
        (status = 422, body = Document<'static>, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn dry_run(
    State(web): State<Shared>,
    Json(form): Json<RulesForm>,
) -> Result<axum::Json<SurveyView>, Problem> {
    Ok(axum::Json(web.app.authenticators().dry_run(&form.rules).await??.into()))
}

impl RulesView {
    fn of(rules: &InForce) -> Self {
        let made_at = (rules.number > 0).then(|| rules.made_at.to_string());
        Self { number: rules.number, rules: rules.text.clone(), made_at }
    }
}

impl From<RulesRefusal> for Problem {
    fn from(refusal: RulesRefusal) -> Self {
        match &refusal {
            RulesRefusal::Unreadable(_) | RulesRefusal::Roots(_) | RulesRefusal::Revocations(_) => {
                Self::unusable("rules", refusal)
            }
            RulesRefusal::Outrun => Self::conflict(None, refusal),
        }
    }
}

impl From<Survey> for SurveyView {
    fn from(survey: Survey) -> Self {
        Self {
            passkeys: survey.passkeys,
            people: survey.people,
            people_hit: survey.people_hit,
            people_locked_out: survey.people_locked_out,
            people_in_doubt: survey.people_in_doubt,
            hits: survey.hits.into_iter().map(HitView::from).collect(),
            samples: survey.samples.iter().map(SampleView::from).collect(),
        }
    }
}

impl From<Hit> for HitView {
    fn from(hit: Hit) -> Self {
        Self {
            rule: hit.rule,
            aaguid: hit.aaguid.to_string(),
            model: hit.model,
            because: hit.because.map(Because::as_str),
            standing: hit.standing.as_str(),
            passkeys: hit.passkeys,
            people: hit.people,
        }
    }
}

impl From<&Sample> for SampleView {
    fn from(sample: &Sample) -> Self {
        Self {
            account_id: sample.account.to_string(),
            credential_id: sample.credential.to_string(),
            because: sample.because.map(Because::as_str),
            standing: sample.standing.as_str(),
        }
    }
}
