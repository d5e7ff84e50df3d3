//! The attributes of one value of a metric.

use std::fmt;

use super::attribute;
use crate::recorder::Measure;
use crate::series_key::SeriesKey;
use crate::state::Outcome;

/// The attributes of one value of a metric. Names and texts are borrowed: nothing is allocated until an exporter
/// copies them.
///
/// ```
/// use std::time::Duration;
///
/// use runtime_hooks_recorder::catalog::{AttributeValue, Attributes};
/// use runtime_hooks_recorder::{Kind, Outcome, Recorder};
///
/// let recorder = Recorder::new();
/// recorder.record(Kind::Coroutine, "fetch", "tokio", Outcome::FINISHED, Duration::from_millis(3));
/// let snapshot = recorder.snapshot();
/// let attributes = Attributes::of_series(&snapshot.series[0].key).with_outcome(Outcome::FINISHED);
/// let text: Vec<_> = attributes.iter().map(|(name, value)| format!("{name}={value}")).collect();
/// assert_eq!(text, ["async.runtime.name=tokio", "type=coroutine", "name=fetch", "state=finished"]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attributes<'s> {
    runtime: &'static str,
    series: Option<&'s SeriesKey>,
    outcome: Option<Outcome>,
    worker: Option<usize>,
}

impl<'s> Attributes<'s> {
    /// The attributes of a series: runtime, type, and what it has of name, function and call site.
    pub fn of_series(key: &'s SeriesKey) -> Self {
        Self { series: Some(key), ..Self::of_runtime(key.runtime()) }
    }

    /// The attributes of one histogram of a series.
    pub fn of_measure(key: &'s SeriesKey, measure: Measure) -> Self {
        match measure {
            Measure::Duration(outcome) => Self::of_series(key).with_outcome(outcome),
            Measure::Schedule | Measure::Poll => Self::of_series(key),
        }
    }

    /// The attributes of a runtime's gauges.
    pub fn of_runtime(runtime: &'static str) -> Self {
        Self { runtime, series: None, outcome: None, worker: None }
    }

    /// Adds the state in which the tasks ended, and the error type if there is one.
    #[must_use = "returns the changed attributes"]
    pub fn with_outcome(self, outcome: Outcome) -> Self {
        Self { outcome: Some(outcome), ..self }
    }

    /// Adds the index of a worker.
    #[must_use = "returns the changed attributes"]
    pub fn with_worker(self, worker: usize) -> Self {
        Self { worker: Some(worker), ..self }
    }

    /// The series; `None` if the value belongs to a runtime.
    pub fn series(&self) -> Option<&'s SeriesKey> {
        self.series
    }

    /// How the counted tasks ended; `None` if the metric is not split by outcome.
    pub fn outcome(&self) -> Option<Outcome> {
        self.outcome
    }

    /// The attributes that are present, each with its [name](attribute), in a fixed order.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, AttributeValue<'s>)> {
        let fixed = |name, value| Some((name, AttributeValue::Static(value)));
        let name = self.series.and_then(SeriesKey::name);
        let function = self.series.and_then(SeriesKey::function);
        let call_site = self.series.and_then(SeriesKey::call_site);
        let error_type = self.outcome.and_then(|outcome| outcome.error_type());
        let all = [
            fixed(attribute::RUNTIME, self.runtime).filter(|_| !self.runtime.is_empty()),
            self.series.and_then(|key| fixed(attribute::TYPE, key.kind().as_str())),
            name.map(|name| (attribute::NAME, AttributeValue::Text(name))),
            function.map(|function| (attribute::FUNCTION, AttributeValue::Text(function))),
            call_site.map(|at| (attribute::FILE, AttributeValue::Text(at.file()))),
            call_site.map(|at| (attribute::LINE, AttributeValue::Index(at.line() as usize))),
            self.outcome.and_then(|outcome| fixed(attribute::STATE, outcome.state().as_str())),
            error_type.and_then(|error_type| fixed(attribute::ERROR_TYPE, error_type)),
            self.worker.map(|worker| (attribute::WORKER, AttributeValue::Index(worker))),
        ];
        all.into_iter().flatten()
    }
}

/// The value of one attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AttributeValue<'s> {
    /// A static text, which an exporter can store without a copy.
    Static(&'static str),
    /// A text borrowed from the snapshot.
    Text(&'s str),
    /// A number: an index from 0, or a line.
    Index(usize),
}

impl fmt::Display for AttributeValue<'_> {
    #[expect(
        clippy::match_same_arms,
        reason = "the lifetimes differ, so one pattern cannot bind both"
    )]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Static(text) => f.write_str(text),
            Self::Text(text) => f.write_str(text),
            Self::Index(index) => index.fmt(f),
        }
    }
}
