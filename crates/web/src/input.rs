//! What handlers take in, strictly: nothing unknown, nothing twice, nothing of another shape.

use std::error::Error;
use std::str::FromStr;

use axum::body::Bytes;
use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, FromRequestParts, RawPathParams, Request};
use axum::http::header::{CONTENT_TYPE, HeaderMap};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use crate::problem::Problem;

/// Objects, lists and members of a body. In memory each is many times what it was on the wire; this many are some
/// hundred kilobytes.
const PARTS_AT_MOST: usize = 1_024;

/// A JSON object.
pub(crate) struct Json<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        if !is_of_type(request.headers(), "application/json") {
            return Err(Problem::not_json());
        }
        let broken = |_| Problem::unreadable("The request broke off. Try again.");
        let bytes = Bytes::from_request(request, state).await.map_err(broken)?;
        // A struct can also be read from an array, member by member in order; that is nobody's form.
        if bytes.iter().find(|byte| !byte.is_ascii_whitespace()).is_some_and(|byte| *byte == b'[') {
            return Err(Problem::unusable_whole("the request must be one JSON object"));
        }
        if bytes.iter().filter(|byte| matches!(byte, b'{' | b'[' | b',')).count() > PARTS_AT_MOST {
            return Err(Problem::unusable_whole("it has more parts than anything asked for here"));
        }
        if let Ok(value) = serde_json::from_slice(&bytes) {
            return Ok(Self(value));
        }
        match axum::Json::from_bytes(&bytes) {
            // read again, with an eye on where it goes wrong: that costs, and most go right
            Ok(axum::Json(value)) => Ok(Self(value)),
            Err(JsonRejection::JsonDataError(error)) => Err(blame(&error)),
            Err(_) => Err(Problem::unreadable("That is not JSON. Check it for a missing bracket, comma or quote.")),
        }
    }
}

/// This type once, with or without parameters.
fn is_of_type(headers: &HeaderMap, wanted: &str) -> bool {
    let mut types = headers.get_all(CONTENT_TYPE).iter();
    let (Some(only), None) = (types.next(), types.next()) else { return false };
    let essence = only.to_str().unwrap_or_default().split(';').next().unwrap_or_default();
    essence.trim().eq_ignore_ascii_case(wanted)
}

/// What a page's form sends.
pub(crate) struct Form<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Form<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        if !is_of_type(request.headers(), "application/x-www-form-urlencoded") {
            return Err(Problem::not_a_form());
        }
        match axum::Form::from_request(request, state).await {
            Ok(axum::Form(value)) => Ok(Self(value)),
            Err(error) => Err(blame(&error)),
        }
    }
}

/// The parameters after `?`.
pub(crate) struct Query<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let read = axum::extract::Query::try_from_uri(&parts.uri);
        read.map(|axum::extract::Query(value)| Self(value)).map_err(|error| blame(&error))
    }
}

/// The one value in the path. What cannot be one names nothing.
pub(crate) struct InPath<T>(pub(crate) T);

impl<T: FromStr, S: Send + Sync> FromRequestParts<S> for InPath<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let values = RawPathParams::from_request_parts(parts, state).await.map_err(|_| Problem::not_found())?;
        let value = values.iter().next().and_then(|(_, value)| value.parse().ok());
        value.map(Self).ok_or_else(Problem::not_found)
    }
}

/// Names the member that serde stumbled over. Its words are read for the name and the kind of trouble only and never
/// passed on, because they repeat what was sent.
fn blame(error: &(dyn Error + 'static)) -> Problem {
    let deepest = std::iter::successors(Some(error), |error| (*error).source()).find(|error| error.source().is_none());
    let text = deepest.map(ToString::to_string).unwrap_or_default();
    for (mark, sentence) in [
        ("unknown field `", "this is not known here"),
        ("missing field `", "this is missing"),
        ("duplicate field `", "this is given twice"),
    ] {
        if let Some((_, rest)) = text.split_once(mark) {
            return about(rest.split('`').next(), sentence);
        }
    }
    about(text.split_once(": ").map(|(path, _)| path), "this has another form than expected")
}

fn about(name: Option<&str>, sentence: &str) -> Problem {
    let is_plain =
        |name: &&str| name.len() <= 64 && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b));
    match name.filter(is_plain) {
        Some(name) => Problem::unusable(name.to_owned(), sentence),
        None => Problem::unusable_whole(format!("something in it cannot be used: {sentence}")),
    }
}
