//! The settings of exporters.

use runtime_hooks_recorder::NamePatterns;
use runtime_hooks_recorder::catalog::{Boundaries, InvalidNamespace};

use super::config::Config;
use super::env::{ConfigProblem, EXPECTED_BOUNDARIES};

/// What is exported, and under which names: by the OpenTelemetry bridge and by `/metrics`.
impl Config {
    /// Sets the prefix of all metric names. Default `asyncio`, as in Python's instrumentation. A text that is not a
    /// valid prefix is ignored, and listed in [`problems`](Self::problems).
    pub fn namespace(mut self, namespace: impl Into<String>) -> Self {
        if let Err(error) = self.export.set_namespace(namespace) {
            let problem =
                ConfigProblem::new("Config::namespace", error.value(), InvalidNamespace::EXPECTED);
            self.problems.push(problem);
        }
        self
    }

    /// Records and exports as Python's `opentelemetry-instrumentation-asyncio` does, for dashboards made for it: the two
    /// metrics `asyncio.process.duration` and `asyncio.process.created`, with the attributes `type`, `name` and `state`
    /// alone. Durations start at the first run instead of the submission, a task that never runs is not exported, a
    /// method `Client.get` is named `get`, and a task whose `timeout` elapses is `cancelled`. Off by default.
    pub fn python_compat(mut self, enabled: bool) -> Self {
        self.export.python = enabled;
        self
    }

    /// Adds the file and line of the call site to the attributes of every exported series, so that two blocks of one
    /// function are two series. Off by default: series then stay the same when lines move.
    pub fn location(mut self, export: bool) -> Self {
        self.export.location = export;
        self
    }

    /// Sets the bucket boundaries of all histograms, in seconds: some of
    /// [`BOUNDARIES`](crate::catalog::BOUNDARIES). Default: all 25 for
    /// OpenTelemetry, and four or five for `/metrics`, where each is a line of text. If one of them is not among the 25,
    /// all are ignored, and the problem is listed in [`problems`](Self::problems).
    pub fn boundaries(mut self, seconds: &[f64]) -> Self {
        if let Ok(boundaries) = Boundaries::new(seconds) {
            self.export.boundaries = Some(boundaries);
        } else {
            let (value, expected) = (format!("{seconds:?}"), EXPECTED_BOUNDARIES);
            self.problems.push(ConfigProblem::new("Config::boundaries", &value, expected));
        }
        self
    }

    /// Exports these names only, and all others as `_OTHER`. The table and the console show all.
    ///
    /// ```
    /// use runtime_hooks_core::{Config, NamePatterns};
    ///
    /// let config = Config::from_env().export_only(NamePatterns::new("my_app::*, shard-*"));
    /// # drop(config);
    /// ```
    pub fn export_only(mut self, names: NamePatterns) -> Self {
        self.export.only = Some(names);
        self
    }

    /// Exports these names as `_OTHER`. The table and the console show all.
    pub fn export_without(mut self, names: NamePatterns) -> Self {
        self.export.without = names;
        self
    }

    /// Sets the maximum number of attribute sets that one OpenTelemetry instrument exports; further ones are exported as
    /// `_OTHER`. Default 2 000, as in OpenTelemetry's SDK: raise the limit there too, in a view.
    pub fn cardinality_limit(mut self, sets: usize) -> Self {
        self.export.cardinality_limit = sets;
        self
    }
}
