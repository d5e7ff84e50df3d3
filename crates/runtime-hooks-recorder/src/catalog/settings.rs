//! What exporters make of a recorder's series.

use std::error::Error;
use std::fmt;

use super::boundaries::Boundaries;
use super::metric::Metric;
use super::metrics::METRICS;
use crate::name::NamePatterns;
use crate::recorder::SeriesSnapshot;
use crate::series_key::SeriesKey;
use crate::state::Outcome;

/// Settings of all exporters of a recorder: the OpenTelemetry bridge and the console's `/metrics`.
///
/// The `Config` of an instrumentor has them. If you export another recorder, pass them to its exporter.
///
/// ```
/// use runtime_hooks_recorder::NamePatterns;
/// use runtime_hooks_recorder::catalog::{Boundaries, ExportSettings};
///
/// let mut settings = ExportSettings::default();
/// settings.set_namespace("tasks")?;
/// settings.boundaries = Some(Boundaries::new(&[0.001, 0.1, 10.0])?);
/// settings.without = NamePatterns::new("health_*");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExportSettings {
    namespace: String,
    /// Whether to export what Python's asyncio instrumentation exports, and nothing else: two metrics with its names,
    /// descriptions and attributes. Set it with `Config::python_compat`, which also measures durations from the first
    /// run. Default `false`.
    pub python: bool,
    /// Whether series are told apart by file and line too. Default `false`: an edit then changes no series.
    pub location: bool,
    /// The names that are exported; others are exported as `_OTHER`. Default: all.
    pub only: Option<NamePatterns>,
    /// The names that are exported as `_OTHER`. Default: none.
    pub without: NamePatterns,
    /// The bucket boundaries of all histograms. Default: all 25 for OpenTelemetry, and four or five for `/metrics`,
    /// where each is a line of text: see [`Metric::text_boundaries`].
    pub boundaries: Option<Boundaries>,
    /// The maximum number of attribute sets of one OpenTelemetry instrument; further ones are exported as `_OTHER`.
    /// Default 2 000: that of OpenTelemetry's SDK, which would drop their attributes. To export more, raise the limit
    /// in a view of the SDK too.
    pub cardinality_limit: usize,
}

impl ExportSettings {
    /// The prefix of all metric names. Default `asyncio`.
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// Sets the prefix of all metric names.
    ///
    /// # Errors
    ///
    /// If it is no metric name by OpenTelemetry's rules.
    pub fn set_namespace(&mut self, namespace: impl Into<String>) -> Result<(), InvalidNamespace> {
        let namespace = namespace.into();
        let is_valid = namespace.len() <= 128
            && namespace.starts_with(|c: char| c.is_ascii_alphabetic())
            && namespace.chars().all(|c| c.is_ascii_alphanumeric() || "_.-/".contains(c));
        if !is_valid {
            return Err(InvalidNamespace(namespace));
        }
        self.namespace = namespace;
        Ok(())
    }

    /// The key under which a series is exported. Series with equal keys are exported as one.
    pub fn key_of(&self, key: &SeriesKey) -> SeriesKey {
        self.shown_key_of(key, key)
    }

    /// As [`key_of`](Self::key_of), if other texts are shown in place of those of the key. Names are selected by the
    /// key.
    pub(crate) fn shown_key_of(&self, key: &SeriesKey, shown: &SeriesKey) -> SeriesKey {
        let matches = |patterns: &NamePatterns| patterns.matches(key.name(), key.function());
        let is_left_out =
            || matches(&self.without) || self.only.as_ref().is_some_and(|only| !matches(only));
        if key.is_overflow() || is_left_out() {
            let other = key.clone().into_overflow();
            return if self.python { other.without_runtime() } else { other };
        }
        if self.python {
            let name = shown.shared_name().map(|name| match name.rsplit_once('.') {
                Some((_, method)) if key.function().is_some() => method.into(),
                _ => name,
            });
            return SeriesKey::named(key.kind(), name, key.runtime()).without_runtime();
        }
        shown.clone().exported(self.location)
    }

    /// The outcome with which an end is exported; `None` if it is not.
    pub fn outcome_of(&self, outcome: Outcome) -> Option<Outcome> {
        match outcome {
            outcome if !self.python => Some(outcome),
            Outcome::NEVER_RAN => None,
            // `wait_for` cancels what it waits for.
            Outcome::TIMEOUT => Some(Outcome::CANCELLED),
            outcome => Some(outcome.without_error_type()),
        }
    }

    /// Gives the ends of a series the outcomes with which they are exported.
    pub fn map_outcomes(&self, series: &mut SeriesSnapshot) {
        if self.python {
            series.map_outcomes(|outcome| self.outcome_of(outcome));
        }
    }

    /// The metrics that are exported, each with its full name and its description.
    pub fn metrics(&self) -> impl Iterator<Item = ExportedMetric> {
        METRICS.iter().filter_map(|metric| {
            let (name, help) = match (self.python, metric.name) {
                (false, name) => (name, metric.help),
                (true, "process.duration") => ("process.duration", "Duration of asyncio process"),
                (true, "process.count") => ("process.created", "Number of asyncio process"),
                (true, _) => return None,
            };
            let name = format!("{}.{name}", self.namespace);
            Some(ExportedMetric { metric, name, help })
        })
    }

    /// The bucket boundaries of a histogram in Prometheus' text format.
    pub fn text_boundaries(&self, metric: &Metric) -> Boundaries {
        self.boundaries.unwrap_or(metric.text_boundaries())
    }
}

impl Default for ExportSettings {
    fn default() -> Self {
        Self {
            namespace: "asyncio".to_owned(),
            python: false,
            location: false,
            only: None,
            without: NamePatterns::default(),
            boundaries: None,
            cardinality_limit: 2_000,
        }
    }
}

/// A metric under the name with which it is exported.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ExportedMetric {
    /// The metric.
    pub metric: &'static Metric,
    /// The full name: `asyncio.process.duration`.
    pub name: String,
    /// A description.
    pub help: &'static str,
}

/// A text that cannot be the prefix of metric names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidNamespace(String);

impl InvalidNamespace {
    /// What a namespace consists of.
    pub const EXPECTED: &str = "letters, digits, `_`, `.`, `-` or `/`, a letter first, at most 128";

    /// The text.
    pub fn value(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for InvalidNamespace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is not a valid prefix of metric names: use {}", self.0, Self::EXPECTED)
    }
}

impl Error for InvalidNamespace {}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::state::Kind;

    #[test]
    fn a_namespace_is_the_start_of_a_metric_name() {
        let mut settings = ExportSettings::default();
        for valid in ["a", "my.tasks", "A_9-x/y", &"n".repeat(128)] {
            settings.set_namespace(valid).unwrap();
            assert_eq!(settings.namespace(), valid);
        }
        for invalid in ["", "2fast", "a b", "ä", ".a", "a{b}", "a\n", &"n".repeat(129)] {
            let error = settings.set_namespace(invalid).unwrap_err();
            assert_eq!(error.value(), invalid);
            assert_eq!(settings.namespace().len(), 128, "{invalid:?} changes nothing");
        }
        let error = settings.set_namespace("2fast").unwrap_err().to_string();
        assert!(
            error.starts_with("\"2fast\" is not a valid prefix of metric names: use letters, "),
            "{error}"
        );
    }

    #[test]
    fn names_that_are_not_exported_are_counted_as_other() {
        let mut settings = ExportSettings::default();
        let key = |name: &str| SeriesKey::named(Kind::Coroutine, Some(name.into()), "tokio");
        let exported = |settings: &ExportSettings| {
            ["fetch", "fetch_health", "store"]
                .map(|name| settings.key_of(&key(name)).name().unwrap().to_owned())
        };
        assert_eq!(exported(&settings), ["fetch", "fetch_health", "store"]);
        settings.without = NamePatterns::new("*_health");
        assert_eq!(exported(&settings), ["fetch", "_OTHER", "store"]);
        settings.only = Some(NamePatterns::new("fetch*"));
        assert_eq!(exported(&settings), ["fetch", "_OTHER", "_OTHER"]);
        settings.python = true;
        let runtimes = ["fetch", "store"].map(|name| settings.key_of(&key(name)).runtime());
        assert_eq!(runtimes, ["", ""]);
    }
}
