//! The addresses people open. Each handler gathers a view and has `page` write it; forms answer by showing a page
//! again, so that reloading it repeats nothing.

mod account;

use app::Site;
use app::account::Named;
use axum::extract::State;
use axum::http::header::{CONTENT_TYPE, HeaderValue, LOCATION, SET_COOKIE};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use vocab::DisplayName;
use vocab::identifier::Identifier;

use crate::Shared;
use crate::context::{Context, Visit, Who};
use crate::cookie;
use crate::input::{Form, InPath, Query};
use crate::page::{self, ConfirmAddress, Frame, Setup, SignIn, SignUp, Typed};
use crate::problem::Problem;
use crate::session::without_session;

pub(crate) use account::{account, end_other_sessions, end_session, passkey_removed, remove_passkey, rename_passkey};

pub(crate) const HTML: &str = "text/html; charset=utf-8";
/// Where whoever is signed in is at home.
const HOME: &str = "/account";
/// A way back that is longer leads nowhere of ours.
const NEXT_AT_MOST: usize = 512;

pub(crate) fn frame(site: &Site) -> Frame {
    let origin = site.public_url.origin();
    let address = origin.split_once("://").map_or(origin, |(_, address)| address);
    Frame { organisation: site.relying_party.name.clone(), address: address.to_owned() }
}

fn html(page: String) -> Response {
    ([(CONTENT_TYPE, HTML)], page).into_response()
}

/// A page on which a ceremony may begin: the browser is given what it will be known by.
fn with_ceremony(web: &Shared, visit: &Visit, page: String) -> Response {
    let mut response = html(page);
    if visit.browser.is_none() {
        response.headers_mut().extend(cookie::browser(&web.app.browser_secret()).map(|cookie| (SET_COOKIE, cookie)));
    }
    response
}

/// 303: whatever was posted is done, and what follows is looked at.
fn see(path: &str) -> Response {
    let location = HeaderValue::from_str(path).unwrap_or(HeaderValue::from_static(HOME));
    (StatusCode::SEE_OTHER, [(LOCATION, location)]).into_response()
}

/// Whoever is not signed in is shown where to, and comes back if it was a page they looked at.
pub(crate) fn to_sign_in((method, path): &(Method, String)) -> Response {
    match *method {
        Method::GET | Method::HEAD if local(path) == path => see(&format!("/sign-in?next={path}")),
        _ => see("/sign-in"),
    }
}

/// O18: a place of ours, or home. No host, no scheme, nothing a browser could read in two ways.
fn local(path: &str) -> &str {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"/-._~?=&".contains(&b);
    let is_ours = path.starts_with('/') && !path.starts_with("//") && !path.starts_with("/api/");
    if is_ours && path.len() <= NEXT_AT_MOST && path.bytes().all(is_plain) { path } else { HOME }
}

/// GET /assets/{name}
pub(crate) async fn asset(InPath(name): InPath<String>) -> Result<Response, Problem> {
    let asset = page::asset::find(&name).ok_or_else(Problem::not_found)?;
    Ok(([(CONTENT_TYPE, asset.content_type)], asset.bytes.as_slice()).into_response())
}

/// GET /
pub(crate) async fn start(visit: Visit) -> Response {
    see(if visit.who.is_some() { HOME } else { "/sign-in" })
}

#[derive(Deserialize, Default)]
pub(crate) struct SignInQuery {
    #[serde(default)]
    next: String,
}

/// The name that was typed, where there is no script to begin with it.
#[derive(Deserialize)]
pub(crate) struct NameForm {
    #[serde(default)]
    name: String,
    #[serde(default)]
    next: String,
}

/// GET /sign-in
pub(crate) async fn sign_in(State(web): State<Shared>, visit: Visit, Query(query): Query<SignInQuery>) -> Response {
    let next = local(&query.next);
    if visit.who.is_some() {
        return see(next);
    }
    let view = SignIn { next: next.to_owned(), sign_up_open: web.app.sign_up().is_open(), ..SignIn::default() };
    with_ceremony(&web, &visit, page::sign_in(&frame(web.app.site()), &view))
}

/// POST /sign-in
pub(crate) async fn sign_in_named(State(web): State<Shared>, visit: Visit, Form(form): Form<NameForm>) -> Response {
    let fault = form.name.trim().is_empty().then(|| "Type your user name or e-mail address first.".to_owned());
    let view = SignIn {
        asked: fault.is_none(),
        name: form.name,
        next: local(&form.next).to_owned(),
        sign_up_open: web.app.sign_up().is_open(),
        fault,
    };
    with_ceremony(&web, &visit, page::sign_in(&frame(web.app.site()), &view))
}

#[derive(Deserialize)]
pub(crate) struct PersonForm {
    #[serde(default)]
    display_name: String,
    #[serde(default)]
    username: String,
    #[serde(default)]
    email: String,
}

/// GET /sign-up
pub(crate) async fn sign_up(State(web): State<Shared>, visit: Visit) -> Response {
    let frame = frame(web.app.site());
    match () {
        () if visit.who.is_some() => see(HOME),
        () if !web.app.sign_up().is_open() => html(page::sign_up_closed(&frame)),
        () => with_ceremony(&web, &visit, page::sign_up(&frame, &SignUp::default())),
    }
}

/// POST /sign-up
pub(crate) async fn sign_up_checked(
    State(web): State<Shared>,
    visit: Visit,
    Form(form): Form<PersonForm>,
) -> Result<Response, Problem> {
    if !web.app.sign_up().is_open() {
        return Err(Problem::sign_up_closed());
    }
    let mut view = form.checked();
    if view.checked {
        let named = Identifier::username(form.username.trim()).ok().map(Named::Identifier);
        let is_taken = match named {
            Some(named) => web.app.accounts().find(&named).await?.is_some(),
            None => false,
        };
        view.checked = !is_taken;
        view.username.fault = is_taken.then(|| "Somebody has this name already. Choose another one.".to_owned());
    }
    Ok(with_ceremony(&web, &visit, page::sign_up(&frame(web.app.site()), &view)))
}

impl PersonForm {
    fn checked(&self) -> SignUp {
        let typed = |value: &str, fault: Option<String>| Typed { value: value.to_owned(), fault };
        let email = self.email.trim();
        let view = SignUp {
            display_name: typed(&self.display_name, fault(DisplayName::parse(&self.display_name))),
            username: typed(&self.username, fault(Identifier::username(self.username.trim()))),
            email: typed(email, if email.is_empty() { None } else { fault(Identifier::email(email)) }),
            checked: false,
        };
        let faults = [&view.display_name.fault, &view.username.fault, &view.email.fault];
        SignUp { checked: faults.iter().all(|fault| fault.is_none()), ..view }
    }
}

/// What is wrong with it, as a sentence of its own.
fn fault<T, E: std::fmt::Display>(read: Result<T, E>) -> Option<String> {
    read.err().map(|refusal| crate::problem::capital(&format!("{refusal}.")))
}

/// GET /setup
pub(crate) async fn setup(State(web): State<Shared>, visit: Visit, Context(ctx): Context) -> Result<Response, Problem> {
    let view = match web.app.setup().is_done(&ctx).await? {
        true => Setup::Done,
        false => Setup::Open { command: r#"signet admin setup-link --reason "…""#.to_owned() },
    };
    Ok(with_ceremony(&web, &visit, page::setup(&frame(web.app.site()), &view)))
}

#[derive(Deserialize)]
pub(crate) struct LinkQuery {
    #[serde(default)]
    link: String,
}

/// GET /confirm: looks at nothing, so that whatever follows links in letters changes nothing.
pub(crate) async fn confirm_address(
    State(web): State<Shared>,
    visit: Visit,
    Query(query): Query<LinkQuery>,
) -> Response {
    let view = match (&visit.who, query.link.is_empty()) {
        (_, true) => ConfirmAddress::Ended,
        (None, _) => ConfirmAddress::NeedsSignIn { next: local(&format!("/confirm?link={}", query.link)).to_owned() },
        (Some(_), _) => ConfirmAddress::Ready { link: query.link, address: None },
    };
    html(page::confirm_address(&frame(web.app.site()), &view))
}

/// POST /confirm
pub(crate) async fn address_confirmed(
    State(web): State<Shared>,
    Who(who): Who,
    Context(ctx): Context,
    Form(form): Form<LinkQuery>,
) -> Result<Response, Problem> {
    let view = match web.app.addresses().confirm(&ctx, &who, &form.link).await? {
        Ok(typed) => ConfirmAddress::Done { address: Some(typed) },
        Err(_) => ConfirmAddress::Ended,
    };
    Ok(html(page::confirm_address(&frame(web.app.site()), &view)))
}

/// POST /sign-out
pub(crate) async fn sign_out(
    State(web): State<Shared>,
    Who(who): Who,
    Context(ctx): Context,
) -> Result<Response, Problem> {
    web.app.sessions().end(&ctx, &who, who.session.id()).await??;
    Ok(without_session(see("/sign-in")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn o18_the_way_back_leads_to_a_place_of_ours_or_home() {
        for ours in ["/account", "/", "/confirm?link=AbC-_9", "/account/credentials/01936b5e/remove"] {
            assert_eq!(local(ours), ours);
        }
        let long = format!("/{}", "a".repeat(512));
        for other in [
            "",
            "account",
            "//evil.example",
            "/\\evil.example",
            "/\t/evil.example",
            "https://evil.example",
            "javascript:alert(1)",
            "/account#x",
            "/a\r\nset-cookie: b=c",
            "/%2f/evil.example",
            "/api/v1/account",
            "/é",
            long.as_str(),
        ] {
            assert_eq!(local(other), HOME, "{other:?}");
        }
    }
}
