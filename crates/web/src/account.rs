//! Accounts, for the operator: create, list, find, disable.

use app::account::{Listed, Named, NewAccount, Page, Refusal, State as AccountState};
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use vocab::identifier::{Identifier, Kind};
use vocab::{AccountId, DisplayName, Reason, Timestamp};

use crate::Shared;
use crate::context::Context;
use crate::input::{InPath, Json, Query};
use crate::problem::{Document, Problem};

const PAGE: u16 = 50;
const PAGE_AT_MOST: u16 = 200;

/// An account to be made: at least one of username, e-mail address and phone number.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewAccountForm {
    display_name: String,
    username: Option<String>,
    email: Option<String>,
    phone: Option<String>,
}

/// Why an account is disabled; kept in its audit entry.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DisableForm {
    #[schema(min_length = 1, max_length = 500)]
    reason: String,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListQuery {
    /// Only accounts in this state: `active` or `disabled`.
    state: Option<String>,
    /// Only accounts made after this one: `next` of the page before.
    after: Option<String>,
    /// Accounts on a page, 50 if not given.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u16>,
}

/// What names an account.
#[derive(Serialize, ToSchema)]
struct IdentifierView {
    /// `username`, `email` or `phone`.
    kind: String,
    typed: String,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct AccountView {
    id: String,
    /// `active` or `disabled`.
    state: &'static str,
    display_name: String,
    identifiers: Vec<IdentifierView>,
    /// RFC 3339.
    made_at: String,
    disabled_at: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct AccountPage {
    accounts: Vec<AccountView>,
    /// Ask again with `after` set to this; null on the last page.
    next: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct Disabled {
    id: String,
    state: &'static str,
}

/// Make an account.
#[utoipa::path(
    post,
    path = "/api/v1/accounts",
    operation_id = "create_account",
    tag = "accounts",
    request_body = NewAccountForm,
    responses(
        (status = 201, body = AccountView, headers(("location" = String, description = "Where the account is found."))),
        (status = 409, body = Document<'static>, content_type = "application/problem+json"),
        (status = 422, body = Document<'static>, content_type = "application/problem+json"),
        (status = 503, body = Document<'static>, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn create(
    State(web): State<Shared>,
    Context(ctx): Context,
    Json(form): Json<NewAccountForm>,
) -> Result<Response, Problem> {
    let new = form.read()?;
    let (name, identifiers) = (new.display_name().to_owned(), new.identifiers().iter().map(view).collect());
    let id = web.app.accounts().create(&ctx, new).await??.id.to_string();
    let location = [(header::LOCATION, format!("/api/v1/accounts/{id}"))];
    let account = AccountView {
        id,
        state: AccountState::Active.as_str(),
        display_name: name,
        identifiers,
        made_at: ctx.now.to_string(),
        disabled_at: None,
    };
    Ok((StatusCode::CREATED, location, axum::Json(account)).into_response())
}

/// List accounts in the order they were made.
#[utoipa::path(
    get,
    path = "/api/v1/accounts",
    operation_id = "list_accounts",
    tag = "accounts",
    params(ListQuery),
    responses(
        (status = 200, body = AccountPage),
        (status = 422, body = Document<'static>, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn list(
    State(web): State<Shared>,
    Query(query): Query<ListQuery>,
) -> Result<axum::Json<AccountPage>, Problem> {
    let page = query.read()?;
    let accounts: Vec<AccountView> = web.app.accounts().list(page).await?.into_iter().map(AccountView::from).collect();
    let is_full = i64::try_from(accounts.len()) == Ok(page.limit);
    let next = accounts.last().filter(|_| is_full).map(|last| last.id.clone());
    Ok(axum::Json(AccountPage { accounts, next }))
}

/// Find an account by its id.
#[utoipa::path(
    get,
    path = "/api/v1/accounts/{id}",
    operation_id = "find_account",
    tag = "accounts",
    params(("id" = String, Path, description = "The account's id.")),
    responses(
        (status = 200, body = AccountView),
        (status = 404, body = Document<'static>, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn find(
    State(web): State<Shared>,
    InPath(id): InPath<AccountId>,
) -> Result<axum::Json<AccountView>, Problem> {
    let found = web.app.accounts().find(&Named::Id(id)).await?;
    found.map(|listed| axum::Json(listed.into())).ok_or_else(|| Refusal::UnknownAccount.into())
}

/// End an account. Everything it holds ends with it.
#[utoipa::path(
    post,
    path = "/api/v1/accounts/{id}/disable",
    operation_id = "disable_account",
    tag = "accounts",
    params(("id" = String, Path, description = "The account's id.")),
    request_body = DisableForm,
    responses(
        (status = 200, body = Disabled),
        (status = 404, body = Document<'static>, content_type = "application/problem+json"),
        (status = 409, body = Document<'static>, content_type = "application/problem+json"),
        (status = 422, body = Document<'static>, content_type = "application/problem+json"),
        (status = 503, body = Document<'static>, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn disable(
    State(web): State<Shared>,
    Context(ctx): Context,
    InPath(id): InPath<AccountId>,
    Json(form): Json<DisableForm>,
) -> Result<axum::Json<Disabled>, Problem> {
    let reason = form.read()?;
    let id = web.app.accounts().disable(&ctx, &Named::Id(id), &reason).await??;
    Ok(axum::Json(Disabled { id: id.to_string(), state: AccountState::Disabled.as_str() }))
}

impl NewAccountForm {
    fn read(self) -> Result<NewAccount, Problem> {
        let name = DisplayName::parse(&self.display_name).map_err(|why| Problem::unusable("display_name", why))?;
        let given = [(Kind::Username, self.username), (Kind::Email, self.email), (Kind::Phone, self.phone)];
        let identifiers = given.into_iter().filter_map(|(kind, typed)| Some((kind, typed?)));
        let read = |(kind, typed): (Kind, String)| {
            Identifier::of(kind, &typed).map_err(|why| Problem::unusable(kind.as_str(), why))
        };
        Ok(NewAccount::new(name, identifiers.map(read).collect::<Result<_, _>>()?)?)
    }
}

impl DisableForm {
    fn read(self) -> Result<Reason, Problem> {
        Reason::parse(&self.reason).map_err(|why| Problem::unusable("reason", why))
    }
}

impl ListQuery {
    fn read(self) -> Result<Page, Problem> {
        let state = self.state.map(|word| {
            AccountState::parse(&word).ok_or_else(|| Problem::unusable("state", "it is active or disabled"))
        });
        let after = self.after.map(|id| id.parse().map_err(|why| Problem::unusable("after", why)));
        let limit = self.limit.unwrap_or(PAGE);
        if !(1..=PAGE_AT_MOST).contains(&limit) {
            return Err(Problem::unusable("limit", format!("it is a number from 1 to {PAGE_AT_MOST}")));
        }
        Ok(Page { after: after.transpose()?, state: state.transpose()?, limit: limit.into() })
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match &refusal {
            Refusal::NoIdentifier
            | Refusal::TooManyIdentifiers
            | Refusal::SeveralUsernames
            | Refusal::IdentifierTwice => Self::unusable_whole(refusal),
            Refusal::IdentifierTaken(kind) => Self::conflict(Some(kind.as_str()), refusal),
            Refusal::AlreadyDisabled | Refusal::LastOwner => Self::conflict(None, refusal),
            Refusal::UnknownAccount => Self::not_found(),
        }
    }
}

fn view(identifier: &Identifier) -> IdentifierView {
    IdentifierView { kind: identifier.kind().as_str().to_owned(), typed: identifier.typed().to_owned() }
}

impl From<Listed> for AccountView {
    fn from(Listed { account, identifiers }: Listed) -> Self {
        let identifiers = identifiers.into_iter().map(|row| IdentifierView { kind: row.kind, typed: row.typed });
        Self {
            id: account.id.to_string(),
            state: account.state.as_str(),
            display_name: account.display_name,
            identifiers: identifiers.collect(),
            made_at: account.made_at.to_string(),
            disabled_at: account.disabled_at.as_ref().map(Timestamp::to_string),
        }
    }
}
