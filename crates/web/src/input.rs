//! What handlers take in, strictly: nothing unknown, nothing twice, nothing of another shape.

use std::error::Error;
use std::fmt;
use std::str::FromStr;

use axum::body::Bytes;
use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, FromRequestParts, RawPathParams, Request};
use axum::http::header::{CONTENT_TYPE, HeaderMap};
use axum::http::request::Parts;
use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

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

/// Whatever JSON stands there, and nothing twice. (serde_json's own value takes an object with a certain key for a text
/// that is JSON once more, and reads that past every limit on parts and depth.)
pub(crate) struct AnyJson(pub(crate) Value);

impl<'de> Deserialize<'de> for AnyJson {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Anything).map(Self)
    }
}

struct Anything;

impl<'de> Visitor<'de> for Anything {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(AnyJson(item)) = items.next_element()? {
            list.push(item);
        }
        Ok(list.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some((name, AnyJson(value))) = members.next_entry::<String, _>()? {
            if object.contains_key(&name) {
                return Err(A::Error::custom(format_args!("duplicate field `{name}`")));
            }
            object.insert(name, value);
        }
        Ok(object.into())
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

/// The two values in the path, in their order.
pub(crate) struct TwoInPath<A, B>(pub(crate) A, pub(crate) B);

impl<A: FromStr, B: FromStr, S: Send + Sync> FromRequestParts<S> for TwoInPath<A, B> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let values = RawPathParams::from_request_parts(parts, state).await.map_err(|_| Problem::not_found())?;
        let mut values = values.iter().map(|(_, value)| value);
        let first = values.next().and_then(|value| value.parse().ok());
        let second = values.next().and_then(|value| value.parse().ok());
        first.zip(second).map(|(first, second)| Self(first, second)).ok_or_else(Problem::not_found)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Value, serde_json::Error> {
        serde_json::from_str(text).map(|AnyJson(value)| value)
    }

    #[test]
    fn any_json_is_read_as_it_stands() {
        for text in [
            "null",
            "true",
            "-7",
            "18446744073709551615",
            "1.5",
            "\"a\\u00e9\"",
            "[]",
            "[1,[2,{}]]",
            "{\"a\":{\"b\":[]}}",
        ] {
            assert_eq!(read(text).unwrap(), serde_json::from_str::<Value>(text).unwrap(), "{text}");
        }
        for broken in ["", "{", "[1", "nul", "{\"a\" 1}", "[1] 2"] {
            assert!(read(broken).is_err(), "{broken}");
        }
    }

    #[test]
    fn i18_a_text_is_not_read_as_json_once_more() {
        let smuggled = r#"{"$serde_json::private::RawValue":"\u005b\u007b\u007d\u002c\u007b\u007d\u005d"}"#;
        assert_eq!(read(smuggled).unwrap()["$serde_json::private::RawValue"], "[{},{}]");
        assert!(read(&format!("{}1{}", "[".repeat(200), "]".repeat(200))).is_err(), "nor is anything as deep as that");
    }

    #[test]
    fn nothing_stands_there_twice() {
        let error = read(r#"{"id":"a","response":{"id":"a","id":"b"}}"#).unwrap_err();
        assert!(error.to_string().contains("duplicate field `id`"), "{error}");
    }
}
