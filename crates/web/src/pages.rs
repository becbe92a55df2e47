//! The addresses people open, a file for each feature. Each handler gathers a view and has `view` write it; forms answer
//! by showing a page again, so that reloading it repeats nothing.

pub(crate) mod address;
pub(crate) mod credential;
pub(crate) mod own_account;
pub(crate) mod session;
pub(crate) mod setup;
pub(crate) mod sign_in;
pub(crate) mod sign_up;

use axum::http::header::{CONTENT_TYPE, HeaderValue, LOCATION};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use crate::context::Visit;
use crate::input::InPath;
use crate::problem::Problem;
use crate::view::{self, Frame};
use crate::{Shared, Web, cookie};

pub(crate) const HTML: &str = "text/html; charset=utf-8";
/// Where whoever is signed in is at home.
const HOME: &str = "/account";
/// A way back that is longer leads nowhere of ours.
const NEXT_AT_MOST: usize = 512;

/// GET /
pub(crate) async fn welcome(visit: Visit) -> Response {
    see(if visit.who.is_some() { HOME } else { "/sign-in" })
}

/// GET /assets/{name}
pub(crate) async fn serve_asset(InPath(name): InPath<String>) -> Result<Response, Problem> {
    let asset = view::asset::find(&name).ok_or_else(Problem::not_found)?;
    Ok(([(CONTENT_TYPE, asset.content_type)], asset.bytes.as_slice()).into_response())
}

pub(crate) fn frame(web: &Web) -> Frame {
    let site = web.app.site();
    let origin = site.public_url.origin();
    let address = origin.split_once("://").map_or(origin, |(_, address)| address);
    Frame {
        organisation: site.relying_party.name.clone(),
        address: address.to_owned(),
        help: web.settings.help.clone(),
    }
}

fn html(page: String) -> Response {
    ([(CONTENT_TYPE, HTML)], page).into_response()
}

/// A page on which a ceremony may begin: the browser is given what it will be known by.
fn with_ceremony(web: &Shared, visit: &Visit, page: String) -> Response {
    match visit.browser {
        Some(_) => html(page),
        None => cookie::with(html(page), cookie::browser(&web.app.browser_secret())),
    }
}

/// 303: whatever was posted is done, and what follows is looked at.
fn see(path: &str) -> Response {
    let location = HeaderValue::from_str(path).unwrap_or(HeaderValue::from_static(HOME));
    (StatusCode::SEE_OTHER, [(LOCATION, location)]).into_response()
}

/// Whoever is not signed in is shown where to, and comes back if it was a page they looked at.
pub(crate) fn to_sign_in((method, there): &(Method, String)) -> Response {
    match *method {
        Method::GET | Method::HEAD if local(there) == there => see(&view::leading_to("/sign-in", there)),
        _ => see("/sign-in"),
    }
}

/// Where somebody wanted to go before they were asked who they are.
#[derive(Deserialize)]
pub(crate) struct NextQuery {
    #[serde(default)]
    next: String,
}

/// O18: a place of ours, or home. No host, no scheme, nothing a browser could read in two ways.
fn local(path: &str) -> &str {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"/-._~?=&".contains(&b);
    let is_ours = path.starts_with('/') && !path.starts_with("//") && !path.starts_with("/api/");
    if is_ours && path.len() <= NEXT_AT_MOST && path.bytes().all(is_plain) { path } else { HOME }
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
