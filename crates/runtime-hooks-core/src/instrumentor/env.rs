//! Reads settings from the environment. An invalid value is ignored, and reported with its name and value.

use std::collections::BTreeMap;
use std::error::Error;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::time::Duration;

use runtime_hooks_recorder::NamePatterns;
use runtime_hooks_recorder::catalog::{Boundaries, ExportSettings, InvalidNamespace};

use super::variables::{PREFIX, unknown};
use crate::incident::IncidentKind;
use crate::settings::{Detail, Method, TraceNames};

/// A setting that was ignored: its value is invalid, or its name is unknown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigProblem {
    variable: String,
    value: String,
    reason: Reason,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Reason {
    /// The value is not of this kind.
    Expected(&'static str),
    /// Nobody reads the variable. The nearest one that is read, if one is near.
    Unknown(Option<String>),
}

impl ConfigProblem {
    pub(super) fn new(variable: &str, value: &str, expected: &'static str) -> Self {
        let reason = Reason::Expected(expected);
        Self { variable: variable.to_owned(), value: value.to_owned(), reason }
    }

    fn unknown(variable: String, value: &OsStr, nearest: Option<String>) -> Self {
        let value = value.to_string_lossy().into_owned();
        Self { variable, value, reason: Reason::Unknown(nearest) }
    }

    /// The name of the environment variable, or of the method of [`Config`](crate::Config).
    pub fn variable(&self) -> &str {
        &self.variable
    }

    /// The value as text.
    pub fn value(&self) -> &str {
        &self.value
    }
}

impl fmt::Display for ConfigProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { variable, value, reason } = self;
        write!(f, "{variable}={value:?} is ignored: ")?;
        match reason {
            Reason::Expected(expected) => write!(f, "expected {expected}"),
            Reason::Unknown(Some(nearest)) => {
                write!(f, "there is no such variable; set {nearest}?")
            }
            Reason::Unknown(None) => write!(
                f,
                "there is no such variable; docs/semantics.md of runtime-hooks lists all, under Settings"
            ),
        }
    }
}

/// The problems of an environment with these variables: names that nobody reads.
pub(super) fn unknown_variables(
    variables: impl IntoIterator<Item = (OsString, OsString)>,
) -> Vec<ConfigProblem> {
    let texts =
        variables.into_iter().filter_map(|(name, value)| Some((name.into_string().ok()?, value)));
    let values: BTreeMap<String, OsString> =
        texts.filter(|(name, _)| name.starts_with(PREFIX)).collect();
    let names: Vec<_> = values.keys().cloned().collect();
    let unknown = unknown(names);
    unknown
        .map(|(name, nearest)| ConfigProblem::unknown(name.clone(), &values[&name], nearest))
        .collect()
}

impl Error for ConfigProblem {}

/// The settings in the environment; `None` for those that are not set.
#[derive(Default)]
pub(super) struct Settings {
    pub(super) detail: Option<Detail>,
    pub(super) slow_poll: Option<Duration>,
    pub(super) max_names: Option<u64>,
    pub(super) flight: Option<u64>,
    pub(super) live: Option<bool>,
    pub(super) watchdog: Option<bool>,
    pub(super) stall: Option<Duration>,
    pub(super) export: ExportSettings,
    pub(super) disabled_methods: Vec<Method>,
    pub(super) report_at_exit: Option<bool>,
    pub(super) is_wanted_at_start: Option<bool>,
    pub(super) log: Option<Vec<IncidentKind>>,
    pub(super) trace: TraceNames,
    pub(super) problems: Vec<ConfigProblem>,
}

impl Settings {
    pub(super) fn read(lookup: impl Fn(&str) -> Option<OsString>) -> Self {
        let mut environment = Environment { lookup, problems: Vec::new() };
        let settings = environment.settings();
        Self { problems: environment.problems, ..settings }
    }
}

/// A source of variables, and the problems found.
struct Environment<L> {
    lookup: L,
    problems: Vec<ConfigProblem>,
}

impl<L: Fn(&str) -> Option<OsString>> Environment<L> {
    fn settings(&mut self) -> Settings {
        let settings = Settings {
            detail: self.rust("DETAIL", "counts, polls, sampled or full", detail),
            slow_poll: self.rust("SLOW_POLL_MS", "a number of milliseconds", millis),
            max_names: self.rust("MAX_NAMES", "a number above 0", above_zero),
            flight: self.rust("FLIGHT", "a size such as 8MiB, or off", size),
            live: self.rust("LIVE", "true or false", boolean),
            watchdog: self.rust("WATCHDOG", "true or false", boolean),
            stall: self.rust("STALL_MS", "a number of milliseconds above 0", millis_above_zero),
            disabled_methods: self
                .rust("DISABLED_METHODS", METHOD_NAMES, methods)
                .unwrap_or_default(),
            report_at_exit: self.rust("REPORT", "true or false", boolean),
            is_wanted_at_start: self.rust("INSTRUMENT", "true or false", boolean),
            log: self.rust("LOG", "slow_poll, timeout or both", incidents),
            ..Settings::default()
        };
        // The clock reads its variable itself, before a configuration exists.
        self.rust("CLOCK", "counter or instant", clock);
        Settings { export: self.export(), trace: self.trace_names(), ..settings }
    }

    fn export(&mut self) -> ExportSettings {
        let mut export = ExportSettings::default();
        let set = |value: &str| {
            let mut export = ExportSettings::default();
            export.set_namespace(value).ok().map(|()| export)
        };
        if let Some(with_namespace) = self.rust("NAMESPACE", InvalidNamespace::EXPECTED, set) {
            export = with_namespace;
        }
        let patterns = |value: &str| Some(NamePatterns::new(value));
        export.only = self.rust("NAMES_TO_EXPORT", "names", patterns);
        export.without = self.rust("NAMES_NOT_TO_EXPORT", "names", patterns).unwrap_or_default();
        export.boundaries = self.rust("BUCKETS", EXPECTED_BOUNDARIES, boundaries);
        let is_python = |value: &str| (value == "python").then_some(());
        export.python = self.rust("COMPAT", "python", is_python).is_some();
        if let Some(location) = self.rust("LOCATION", "true or false", boolean) {
            export.location = location;
        }
        let limit = self.rust("CARDINALITY_LIMIT", "a number above 0", above_zero);
        if let Some(limit) = limit.and_then(|limit| usize::try_from(limit).ok()) {
            export.cardinality_limit = limit;
        }
        export
    }

    fn trace_names(&mut self) -> TraceNames {
        let text = |value: &str| Some(value.to_owned());
        let mut trace = TraceNames::none();
        if let Some(names) = self.twin("COROUTINE_NAMES_TO_TRACE", "names", text) {
            trace = trace.coroutines(&names);
        }
        if let Some(names) = self.twin("TO_THREAD_FUNCTION_NAMES_TO_TRACE", "names", text) {
            trace = trace.to_thread(&names);
        }
        if let Some(enabled) = self.twin("FUTURE_TRACE_ENABLED", "true or false", boolean) {
            trace = trace.futures(enabled);
        }
        if let Some(names) = self.rust("NAMES_TO_LINK", "names", text) {
            trace = trace.linked(&names);
        }
        if let Some(names) = self.rust("NAMES_TO_CARRY_LIVE", "names", text) {
            trace = trace.live(&names);
        }
        trace
    }

    fn rust<T>(
        &mut self,
        name: &str,
        expected: &'static str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        self.variable(&format!("OTEL_RUST_ASYNCIO_{name}"), expected, parse)
    }

    /// Reads the Rust variable, or Python's if that is unset.
    fn twin<T>(
        &mut self,
        name: &str,
        expected: &'static str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let language = if self.get(&format!("OTEL_RUST_ASYNCIO_{name}")).is_some() {
            "RUST"
        } else {
            "PYTHON"
        };
        self.variable(&format!("OTEL_{language}_ASYNCIO_{name}"), expected, parse)
    }

    fn variable<T>(
        &mut self,
        variable: &str,
        expected: &'static str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let value = self.get(variable)?;
        let parsed = value.to_str().and_then(|value| parse(value.trim()));
        if parsed.is_none() {
            let value = value.to_string_lossy();
            self.problems.push(ConfigProblem::new(variable, &value, expected));
        }
        parsed
    }

    /// An empty variable counts as unset, as OpenTelemetry specifies.
    fn get(&self, variable: &str) -> Option<OsString> {
        (self.lookup)(variable).filter(|value| !value.is_empty())
    }
}

fn detail(value: &str) -> Option<Detail> {
    match value.to_ascii_lowercase().as_str() {
        "counts" => Some(Detail::Counts),
        "polls" => Some(Detail::Polls),
        "sampled" => Some(Detail::Sampled),
        "full" => Some(Detail::Full),
        _ => None,
    }
}

fn millis(value: &str) -> Option<Duration> {
    let millis: f64 = value.parse().ok()?;
    Duration::try_from_secs_f64(millis / 1e3).ok()
}

fn millis_above_zero(value: &str) -> Option<Duration> {
    millis(value).filter(|duration| !duration.is_zero())
}

fn above_zero(value: &str) -> Option<u64> {
    value.parse().ok().filter(|number| *number > 0)
}

/// A number of bytes: `off`, or a number with an optional unit.
fn size(value: &str) -> Option<u64> {
    let value = value.to_ascii_lowercase();
    if value == "off" {
        return Some(0);
    }
    let digits = value.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let unit = match value[digits.len()..].trim() {
        "" | "b" => 1_u64,
        "k" | "kb" | "kib" => 1 << 10,
        "m" | "mb" | "mib" => 1 << 20,
        "g" | "gb" | "gib" => 1 << 30,
        _ => return None,
    };
    digits.trim().parse::<u64>().ok()?.checked_mul(unit)
}

/// What `BUCKETS` consists of.
pub(super) const EXPECTED_BOUNDARIES: &str =
    "seconds, each 1, 2.5 or 5 times a power of ten, from 0.000001 to 100";

fn boundaries(value: &str) -> Option<Boundaries> {
    let seconds: Result<Vec<f64>, _> = value.split(',').map(|one| one.trim().parse()).collect();
    Boundaries::new(&seconds.ok()?).ok()
}

fn clock(value: &str) -> Option<()> {
    matches!(value, "counter" | "instant").then_some(())
}

fn boolean(value: &str) -> Option<bool> {
    match value.to_ascii_lowercase().as_str() {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}

/// What `DISABLED_METHODS` consists of.
const METHOD_NAMES: &str = "some of spawn, spawn_local, spawn_blocking, block_on, timeout, instrument, ensure_future, gather, \
     as_completed, spawn_threadsafe, task_group and race, with commas";

fn methods(value: &str) -> Option<Vec<Method>> {
    each_of(value, Method::ALL, Method::as_str)
}

fn incidents(value: &str) -> Option<Vec<IncidentKind>> {
    each_of(value, IncidentKind::ALL, IncidentKind::as_str)
}

/// Parses comma-separated names, each from a list.
fn each_of<T: Copy>(value: &str, all: &[T], name: fn(T) -> &'static str) -> Option<Vec<T>> {
    let names = value.split(',').map(str::trim).filter(|name| !name.is_empty());
    names.map(|wanted| all.iter().copied().find(|one| name(*one) == wanted)).collect()
}
