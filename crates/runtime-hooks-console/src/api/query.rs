//! The parameters of requests, and the errors of invalid ones.

use std::fmt;
use std::str::FromStr;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Deserializer, Serialize, de};

use crate::history::TICKS;

/// The range of counts and durations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(into = "RangeText")]
pub(crate) enum Range {
    /// This many last seconds.
    Seconds(usize),
    /// Since the program started: `range=all`.
    All,
}

/// A range as documents have it: a number of seconds, or `all`.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(untagged)]
enum RangeText {
    Seconds(usize),
    All(&'static str),
}

impl From<Range> for RangeText {
    fn from(range: Range) -> Self {
        match range {
            Range::Seconds(seconds) => Self::Seconds(seconds),
            Range::All => Self::All("all"),
        }
    }
}

impl Range {
    /// The number of ticks: plots have at most those that are kept.
    pub(crate) fn ticks(self) -> usize {
        match self {
            Self::Seconds(seconds) => seconds,
            Self::All => TICKS,
        }
    }
}

impl FromStr for Range {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let seconds = text.parse().ok().filter(|seconds| (1..=TICKS).contains(seconds));
        match (text, seconds) {
            ("all", _) => Ok(Self::All),
            (_, Some(seconds)) => Ok(Self::Seconds(seconds)),
            _ => Err(format!("expected 1 to {TICKS} seconds or \"all\", not {text:?}")),
        }
    }
}

impl Default for Range {
    fn default() -> Self {
        Self::Seconds(300)
    }
}

/// The query of most documents.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RangeQuery {
    #[serde(default, deserialize_with = "parsed")]
    pub(crate) range: Range,
}

/// A parameter with its own error.
pub(crate) fn parsed<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: FromStr<Err: fmt::Display>,
    D: Deserializer<'de>,
{
    String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
}

/// As [`parsed`], of a parameter that may be missing.
pub(crate) fn parsed_option<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: FromStr<Err: fmt::Display>,
    D: Deserializer<'de>,
{
    parsed(deserializer).map(Some)
}

/// Why a request fails: `{"error": "..."}`.
#[derive(Clone, Debug)]
pub(crate) struct Problem(StatusCode, String);

impl Problem {
    pub(crate) fn new(status: StatusCode, error: impl Into<String>) -> Self {
        Self(status, error.into())
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        #[derive(Serialize)]
        struct Body {
            error: String,
        }
        let mut response = (self.0, Json(Body { error: self.1 })).into_response();
        if self.0 == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_seconds_or_all_and_an_error_shows_any_other_value() {
        assert_eq!("60".parse(), Ok(Range::Seconds(60)));
        assert_eq!("all".parse(), Ok(Range::All));
        let written =
            [Range::All, Range::Seconds(60)].map(|of| serde_json::to_string(&of).unwrap());
        assert_eq!(written, ["\"all\"", "60"]);
        for nonsense in ["0", "901", "-1", "", "a minute"] {
            let error = nonsense.parse::<Range>().unwrap_err();
            assert!(error.ends_with(&format!("not {nonsense:?}")), "{error}");
        }
    }
}
