//! `/api/v1/dump`: where each live task waits.

use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, OnceLock};

use runtime_hooks_dump::{TaskDump, Weight};
use runtime_hooks_recorder::TaskId;
use runtime_hooks_recorder::internals::SeriesText;
use serde::Deserialize;

use super::query::parsed;
use crate::sampler::Sampler;

/// What is wanted of the dump.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DumpQuery {
    #[serde(default, deserialize_with = "parsed")]
    pub(crate) format: DumpFormat,
    #[serde(default, deserialize_with = "parsed")]
    weight: FoldedWeight,
    #[serde(default, deserialize_with = "parsed")]
    task: Wanted,
    #[serde(default, deserialize_with = "parsed")]
    frames: Frames,
}

/// What the answer is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum DumpFormat {
    #[default]
    Text,
    Json,
    Folded,
}

impl DumpFormat {
    pub(crate) const fn content_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Text | Self::Folded => "text/plain; charset=utf-8",
        }
    }
}

/// What the width of a folded stack is.
#[derive(Clone, Copy, Debug, Default)]
struct FoldedWeight(Weight);

/// All tasks, or one.
#[derive(Clone, Copy, Debug, Default)]
struct Wanted(Option<TaskId>);

/// Those of the program, or all.
#[derive(Clone, Copy, Debug, Default)]
struct Frames {
    all: bool,
}

/// A value that a parameter does not take.
#[derive(Debug)]
pub(crate) struct Unknown {
    value: String,
    expected: &'static str,
}

impl Unknown {
    fn new(value: &str, expected: &'static str) -> Self {
        Self { value: value.to_owned(), expected }
    }
}

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {}, not {:?}", self.expected, self.value)
    }
}

impl FromStr for DumpFormat {
    type Err = Unknown;

    fn from_str(text: &str) -> Result<Self, Unknown> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            "folded" => Ok(Self::Folded),
            _ => Err(Unknown::new(text, "text, json or folded")),
        }
    }
}

impl FromStr for FoldedWeight {
    type Err = Unknown;

    fn from_str(text: &str) -> Result<Self, Unknown> {
        match text {
            "tasks" => Ok(Self(Weight::Tasks)),
            "milliseconds" => Ok(Self(Weight::Milliseconds)),
            _ => Err(Unknown::new(text, "tasks or milliseconds")),
        }
    }
}

impl FromStr for Wanted {
    type Err = Unknown;

    fn from_str(text: &str) -> Result<Self, Unknown> {
        text.parse().map(|id| Self(Some(id))).map_err(|_| Unknown::new(text, "an id such as 17.3"))
    }
}

impl FromStr for Frames {
    type Err = Unknown;

    fn from_str(text: &str) -> Result<Self, Unknown> {
        match text {
            "program" => Ok(Self { all: false }),
            "all" => Ok(Self { all: true }),
            _ => Err(Unknown::new(text, "program or all")),
        }
    }
}

/// Asks the live tasks. Blocks the calling thread.
pub(crate) fn dump(sampler: &Arc<Sampler>, query: DumpQuery) -> Vec<u8> {
    let recorder = sampler.instrumentor().recorder();
    let (of_texts, all) = ((Arc::clone(sampler), recorder.clone()), OnceLock::new());
    let builder = TaskDump::builder()
        .all_frames(query.frames.all)
        .with_policy(sampler.series_cache().policy().clone())
        .texts(move |number| {
            // Read when the tasks have answered, so that it has the series of all of them.
            let (sampler, recorder) = &of_texts;
            let series = all.get_or_init(|| sampler.series_cache().all(recorder)).get(number)?;
            let (label, location) = (series.label().to_string(), series.location());
            Some(SeriesText { label, location })
        });
    let builder = match query.task {
        Wanted(Some(task)) => builder.only(task),
        Wanted(None) => builder,
    };
    let dump = builder.take(&recorder);
    match query.format {
        DumpFormat::Text => dump.to_string(),
        DumpFormat::Json => dump.to_json(),
        DumpFormat::Folded => dump.to_folded(query.weight.0),
    }
    .into_bytes()
}
