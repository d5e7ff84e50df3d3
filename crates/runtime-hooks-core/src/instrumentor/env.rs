//! The environment's part of the configuration. Nonsense is ignored, and reported by name and value.

use std::error::Error;
use std::ffi::OsString;
use std::fmt;
use std::time::Duration;

use super::config::{Config, Detail};
use super::method::{Method, Methods};
use crate::incident::IncidentKind;

/// An environment variable whose value made no sense and was ignored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigProblem {
    variable: String,
    value: String,
    expected: &'static str,
}

impl ConfigProblem {
    /// The variable's name.
    pub fn variable(&self) -> &str {
        &self.variable
    }

    /// Its value, as text.
    pub fn value(&self) -> &str {
        &self.value
    }
}

impl fmt::Display for ConfigProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { variable, value, expected } = self;
        write!(f, "{variable}={value:?} is ignored: expected {expected}")
    }
}

impl Error for ConfigProblem {}

/// A source of variables, and what was wrong with them.
pub(super) struct Environment<L> {
    lookup: L,
    problems: Vec<ConfigProblem>,
}

impl<L: Fn(&str) -> Option<OsString>> Environment<L> {
    pub(super) fn new(lookup: L) -> Self {
        Self { lookup, problems: Vec::new() }
    }

    pub(super) fn into_problems(self) -> Vec<ConfigProblem> {
        self.problems
    }

    pub(super) fn read_into(&mut self, config: &mut Config) {
        let rust = |name: &str| format!("OTEL_RUST_ASYNCIO_{name}");
        let levels = "counts, polls, sampled or full";
        self.read(&rust("DETAIL"), levels, detail, |level| config.detail = level);
        self.read(&rust("SLOW_POLL_MS"), "a number of milliseconds", millis, |threshold| {
            config.slow_poll = threshold;
        });
        self.read(&rust("MAX_NAMES"), "a number above 0", above_zero, |names| {
            config.max_names = names;
        });
        let prefix = "letters, digits, `_`, `.`, `-` or `/`, a letter first, at most 128";
        self.read(&rust("NAMESPACE"), prefix, namespace, |namespace| config.namespace = namespace);
        self.read(&rust("DISABLED_METHODS"), "method names", methods, |methods| {
            config.methods = methods.into_iter().fold(config.methods, Methods::without);
        });
        self.read(&rust("INSTRUMENT"), "true or false", boolean, |wanted| {
            config.is_wanted_at_start = wanted;
        });
        self.read(&rust("LOG"), "slow_poll, timeout or both", incidents, |what| config.log = what);
        // The clock reads its variable itself, before there is a configuration.
        self.read(&rust("CLOCK"), "counter or instant", clock, |()| {});

        let mut trace = std::mem::take(&mut config.trace);
        let text = |value: &str| Some(value.to_owned());
        self.read_twin("COROUTINE_NAMES_TO_TRACE", "names", text, |names| {
            trace = std::mem::take(&mut trace).coroutines(&names);
        });
        self.read_twin("TO_THREAD_FUNCTION_NAMES_TO_TRACE", "names", text, |names| {
            trace = std::mem::take(&mut trace).to_thread(&names);
        });
        self.read_twin("FUTURE_TRACE_ENABLED", "true or false", boolean, |enabled| {
            trace = std::mem::take(&mut trace).futures(enabled);
        });
        self.read(&rust("NAMES_TO_LINK"), "names", text, |names| {
            trace = std::mem::take(&mut trace).linked(&names);
        });
        config.trace = trace;
    }

    /// Reads the Rust variable, or where it is unset the one of Python's instrumentation.
    fn read_twin<T>(
        &mut self,
        name: &str,
        expected: &'static str,
        parse: impl Fn(&str) -> Option<T>,
        set: impl FnOnce(T),
    ) {
        let language = if self.get(&format!("OTEL_RUST_ASYNCIO_{name}")).is_some() {
            "RUST"
        } else {
            "PYTHON"
        };
        self.read(&format!("OTEL_{language}_ASYNCIO_{name}"), expected, parse, set);
    }

    fn read<T>(
        &mut self,
        variable: &str,
        expected: &'static str,
        parse: impl Fn(&str) -> Option<T>,
        set: impl FnOnce(T),
    ) {
        let Some(value) = self.get(variable) else { return };
        if let Some(parsed) = value.to_str().and_then(|value| parse(value.trim())) {
            set(parsed);
        } else {
            let value = value.to_string_lossy().into_owned();
            self.problems.push(ConfigProblem { variable: variable.to_owned(), value, expected });
        }
    }

    /// An empty variable counts as unset, as OpenTelemetry says.
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

fn above_zero(value: &str) -> Option<u64> {
    value.parse().ok().filter(|number| *number > 0)
}

fn namespace(value: &str) -> Option<String> {
    let is_valid = value.len() <= 128
        && value.starts_with(|c: char| c.is_ascii_alphabetic())
        && value.chars().all(|c| c.is_ascii_alphanumeric() || "_.-/".contains(c));
    is_valid.then(|| value.to_owned())
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

fn methods(value: &str) -> Option<Vec<Method>> {
    each_of(value, &Method::ALL, Method::as_str)
}

fn incidents(value: &str) -> Option<Vec<IncidentKind>> {
    each_of(value, &IncidentKind::ALL, IncidentKind::as_str)
}

/// Comma-separated names, each of one of these.
fn each_of<T: Copy>(value: &str, all: &[T], name: fn(T) -> &'static str) -> Option<Vec<T>> {
    let names = value.split(',').map(str::trim).filter(|name| !name.is_empty());
    names.map(|wanted| all.iter().copied().find(|one| name(*one) == wanted)).collect()
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::{Kind, TraceNames};
    use proptest::prelude::*;

    fn config(vars: &[(&str, &str)]) -> Config {
        Config::from_vars(|name| {
            vars.iter().find(|(variable, _)| *variable == name).map(|(_, value)| value.into())
        })
    }

    #[test]
    fn every_variable_is_read() {
        let config = config(&[
            ("OTEL_RUST_ASYNCIO_DETAIL", "full"),
            ("OTEL_RUST_ASYNCIO_SLOW_POLL_MS", "2.5"),
            ("OTEL_RUST_ASYNCIO_MAX_NAMES", "7"),
            ("OTEL_RUST_ASYNCIO_NAMESPACE", "rt.tasks"),
            ("OTEL_RUST_ASYNCIO_DISABLED_METHODS", "block_on, timeout"),
            ("OTEL_RUST_ASYNCIO_COROUTINE_NAMES_TO_TRACE", "a,b"),
            ("OTEL_RUST_ASYNCIO_FUTURE_TRACE_ENABLED", "True"),
            ("OTEL_RUST_ASYNCIO_TO_THREAD_FUNCTION_NAMES_TO_TRACE", "f"),
            ("OTEL_RUST_ASYNCIO_NAMES_TO_LINK", "b"),
            ("OTEL_RUST_ASYNCIO_LOG", "timeout, slow_poll"),
        ]);
        assert_eq!(config.problems(), []);
        assert_eq!(config.log, [IncidentKind::Timeout, IncidentKind::SlowPoll]);
        assert_eq!(config.detail, Detail::Full);
        assert_eq!(config.slow_poll, Duration::from_micros(2_500));
        assert_eq!((config.max_names, config.namespace.as_str()), (7, "rt.tasks"));
        let all = Config::new().methods;
        assert_eq!(config.methods, all.without(Method::BlockOn).without(Method::Timeout));
        let names = TraceNames::none().coroutines("a,b").futures(true).to_thread("f");
        assert_eq!(config.trace, names.linked("b"));
    }

    #[test]
    fn pythons_variables_are_read_where_rusts_are_unset() {
        let config = config(&[
            ("OTEL_PYTHON_ASYNCIO_COROUTINE_NAMES_TO_TRACE", "python"),
            ("OTEL_PYTHON_ASYNCIO_FUTURE_TRACE_ENABLED", "true"),
            ("OTEL_PYTHON_ASYNCIO_TO_THREAD_FUNCTION_NAMES_TO_TRACE", "python"),
            ("OTEL_RUST_ASYNCIO_TO_THREAD_FUNCTION_NAMES_TO_TRACE", "rust"),
        ]);
        assert!(config.trace.matches(Kind::Coroutine, Some("python")));
        assert!(config.trace.matches(Kind::Future, None));
        assert!(config.trace.matches(Kind::Blocking, Some("rust")));
        assert!(!config.trace.matches(Kind::Blocking, Some("python")));
    }

    #[test]
    fn nonsense_is_reported_by_name_and_value_and_ignored() {
        let vars = [
            ("OTEL_RUST_ASYNCIO_DETAIL", "loud"),
            ("OTEL_RUST_ASYNCIO_SLOW_POLL_MS", "-1"),
            ("OTEL_RUST_ASYNCIO_MAX_NAMES", "0"),
            ("OTEL_RUST_ASYNCIO_NAMESPACE", "1 2"),
            ("OTEL_RUST_ASYNCIO_DISABLED_METHODS", "spawn,fly"),
            ("OTEL_RUST_ASYNCIO_LOG", "everything"),
            ("OTEL_RUST_ASYNCIO_CLOCK", "sundial"),
            ("OTEL_RUST_ASYNCIO_FUTURE_TRACE_ENABLED", "perhaps"),
        ];
        let config = config(&vars);
        let reported: Vec<_> =
            config.problems().iter().map(|p| (p.variable(), p.value())).collect();
        assert_eq!(reported, vars);
        assert_eq!(
            config.problems()[0].to_string(),
            "OTEL_RUST_ASYNCIO_DETAIL=\"loud\" is ignored: expected counts, polls, sampled or full"
        );
        let defaults = Config::new();
        assert_eq!((config.detail, config.methods), (defaults.detail, defaults.methods));
        assert_eq!((config.slow_poll, config.max_names), (defaults.slow_poll, defaults.max_names));
        assert_eq!((config.namespace, config.trace), (defaults.namespace, defaults.trace));
    }

    #[test]
    fn an_empty_variable_is_unset() {
        let config = config(&[("OTEL_RUST_ASYNCIO_DETAIL", "")]);
        assert_eq!((config.problems(), config.detail), ([].as_slice(), Detail::Sampled));
    }

    proptest! {
        #[test]
        fn no_bytes_break_it(values in prop::collection::vec(any::<Vec<u8>>(), 8)) {
            #[cfg(unix)]
            let bytes = |bytes: &[u8]| std::os::unix::ffi::OsStringExt::from_vec(bytes.to_vec());
            #[cfg(not(unix))]
            let bytes = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned().into();
            let config = Config::from_vars(|name| Some(bytes(&values[name.len() % 8])));
            let is_reported_once = |p: &ConfigProblem| {
                config.problems().iter().filter(|q| q.variable() == p.variable()).count() == 1
            };
            prop_assert!(config.problems().iter().all(is_reported_once));
        }
    }
}
