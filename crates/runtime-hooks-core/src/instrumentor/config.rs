//! Configures what is instrumented and in how much detail, in code or through the environment.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use runtime_hooks_recorder::catalog::ExportSettings;
use runtime_hooks_recorder::internals::DiagnosticSink;
use runtime_hooks_recorder::{Diagnostic, Recorder};

use super::env::{ConfigProblem, Settings, unknown_variables};
use crate::incident::{IncidentKind, IncidentTracer, Reporter, Reports, ToDiagnostics};
use crate::settings::{Detail, Method, Methods, TraceNames};
use crate::tracer::{GuardedTracer, Tracer, TracerStack};

/// What to instrument and how. Settings in code take precedence over the environment.
///
/// | variable | values | method |
/// |---|---|---|
/// | `OTEL_RUST_ASYNCIO_DETAIL` | `counts`, `polls`, `sampled`, `full` | [`detail`](Self::detail) |
/// | `OTEL_RUST_ASYNCIO_SLOW_POLL_MS` | milliseconds | [`slow_poll`](Self::slow_poll) |
/// | `OTEL_RUST_ASYNCIO_MAX_NAMES` | a number above 0 | [`max_names`](Self::max_names) |
/// | `OTEL_RUST_ASYNCIO_NAMESPACE` | a metric name prefix | [`namespace`](Self::namespace) |
/// | `OTEL_RUST_ASYNCIO_COMPAT` | `python` | [`python_compat`](Self::python_compat) |
/// | `OTEL_RUST_ASYNCIO_LOCATION` | `true`, `false` | [`location`](Self::location) |
/// | `OTEL_RUST_ASYNCIO_BUCKETS` | seconds | [`boundaries`](Self::boundaries) |
/// | `OTEL_RUST_ASYNCIO_NAMES_TO_EXPORT` | names | [`export_only`](Self::export_only) |
/// | `OTEL_RUST_ASYNCIO_NAMES_NOT_TO_EXPORT` | names | [`export_without`](Self::export_without) |
/// | `OTEL_RUST_ASYNCIO_CARDINALITY_LIMIT` | a number above 0 | [`cardinality_limit`](Self::cardinality_limit) |
/// | `OTEL_RUST_ASYNCIO_DISABLED_METHODS` | names as in [`Method`] | [`without`](Self::without) |
/// | `OTEL_RUST_ASYNCIO_COROUTINE_NAMES_TO_TRACE` | names | [`TraceNames::coroutines`] |
/// | `OTEL_RUST_ASYNCIO_FUTURE_TRACE_ENABLED` | `true`, `false` | [`TraceNames::futures`] |
/// | `OTEL_RUST_ASYNCIO_TO_THREAD_FUNCTION_NAMES_TO_TRACE` | names | [`TraceNames::to_thread`] |
/// | `OTEL_RUST_ASYNCIO_NAMES_TO_LINK` | names | [`TraceNames::linked`] |
/// | `OTEL_RUST_ASYNCIO_NAMES_TO_CARRY_LIVE` | names | [`TraceNames::live`] |
/// | `OTEL_RUST_ASYNCIO_FLIGHT` | a size such as `8MiB`, or `off` | [`flight`](Self::flight) |
/// | `OTEL_RUST_ASYNCIO_LIVE` | `true`, `false` | [`live`](Self::live) |
/// | `OTEL_RUST_ASYNCIO_WATCHDOG` | `true`, `false` | [`watchdog`](Self::watchdog) |
/// | `OTEL_RUST_ASYNCIO_STALL_MS` | milliseconds | [`stall`](Self::stall) |
/// | `OTEL_RUST_ASYNCIO_LOG` | `slow_poll`, `timeout` or both | [`log`](Self::log) |
/// | `OTEL_RUST_ASYNCIO_REPORT` | `true`, `false` | [`report_at_exit`](Self::report_at_exit) |
/// | `OTEL_RUST_ASYNCIO_CLOCK` | `counter`, `instant` | [`Clock::process`](crate::Clock::process) |
/// | `OTEL_RUST_ASYNCIO_INSTRUMENT` | `true`, `false` | [`Instrumentor::install`](crate::Instrumentor::install) |
///
/// If one of the three `TRACE` variables is unset, `OTEL_PYTHON_...` is read instead. An invalid value is ignored and
/// reported by [`problems`](Self::problems), and so is a variable `OTEL_RUST_ASYNCIO_...` that does not exist.
///
/// ```
/// use std::time::Duration;
/// use runtime_hooks_core::{Config, Detail, Method};
///
/// let config = Config::from_env()
///     .detail(Detail::Full)
///     .slow_poll(Duration::from_millis(1))
///     .without(Method::BlockOn);
/// assert!(config.problems().is_empty());
/// ```
#[derive(Clone)]
#[must_use = "a configuration does nothing until it is installed"]
#[expect(clippy::struct_excessive_bools, reason = "one for each setting, set by name")]
pub struct Config {
    pub(super) detail: Detail,
    pub(super) methods: Methods,
    pub(super) export: ExportSettings,
    pub(super) slow_poll: Duration,
    pub(super) max_names: u64,
    pub(super) live: bool,
    pub(super) watchdog: bool,
    pub(super) stall: Duration,
    pub(super) flight: Option<u64>,
    pub(super) trace: TraceNames,
    pub(super) tracers: TracerStack,
    pub(super) log: Vec<IncidentKind>,
    pub(super) reporter: Option<Arc<dyn Reporter>>,
    pub(super) diagnostics: Option<Arc<DiagnosticSink>>,
    pub(super) recorder: Option<Recorder>,
    pub(super) report_at_exit: bool,
    pub(super) is_wanted_at_start: bool,
    pub(super) problems: Vec<ConfigProblem>,
}

impl Config {
    /// The default configuration; the environment is not read.
    pub fn new() -> Self {
        Self {
            detail: Detail::Sampled,
            methods: Methods::ALL,
            export: ExportSettings::default(),
            slow_poll: Duration::from_millis(10),
            max_names: 2_000,
            live: false,
            watchdog: false,
            stall: Duration::from_millis(100),
            flight: None,
            trace: TraceNames::default(),
            tracers: TracerStack::default(),
            log: Vec::new(),
            reporter: None,
            diagnostics: None,
            recorder: None,
            report_at_exit: false,
            is_wanted_at_start: false,
            problems: Vec::new(),
        }
    }

    /// The default configuration with the settings of the environment.
    pub fn from_env() -> Self {
        let mut config = Self::from_vars(|name| std::env::var_os(name));
        config.problems.extend(unknown_variables(std::env::vars_os()));
        config
    }

    /// As [`from_env`](Self::from_env), with another source of variables: for tests.
    pub fn from_vars(lookup: impl Fn(&str) -> Option<std::ffi::OsString>) -> Self {
        let read = Settings::read(lookup);
        let new = Self::new();
        Self {
            detail: read.detail.unwrap_or(new.detail),
            methods: read.disabled_methods.into_iter().fold(new.methods, Methods::without),
            export: read.export,
            slow_poll: read.slow_poll.unwrap_or(new.slow_poll),
            max_names: read.max_names.unwrap_or(new.max_names),
            flight: read.flight,
            live: read.live.unwrap_or(new.live),
            watchdog: read.watchdog.unwrap_or(new.watchdog),
            stall: read.stall.unwrap_or(new.stall),
            log: read.log.unwrap_or(new.log),
            trace: read.trace,
            report_at_exit: read.report_at_exit.unwrap_or(new.report_at_exit),
            // A report requires recording from the start.
            is_wanted_at_start: read
                .is_wanted_at_start
                .or(read.report_at_exit)
                .unwrap_or(new.is_wanted_at_start),
            problems: read.problems,
            ..new
        }
    }

    /// Sets how much is recorded of each task. Default [`Detail::Sampled`].
    pub fn detail(mut self, detail: Detail) -> Self {
        self.detail = detail;
        self
    }

    /// Sets the duration above which a poll counts as slow. Default 10 ms.
    pub fn slow_poll(mut self, threshold: Duration) -> Self {
        self.slow_poll = threshold;
        self
    }

    /// Sets the maximum number of series; further names are counted as `_OTHER`. Default 2 000.
    pub fn max_names(mut self, names: u64) -> Self {
        self.max_names = names;
        self
    }

    /// Keeps the list of live tasks, which [`Recorder::live`] reads. It contains tasks submitted from now on. Their
    /// wakes are stamped at any level of detail. Off by default.
    pub fn live(mut self, keep: bool) -> Self {
        self.live = keep;
        self
    }

    /// Starts a watchdog with `instrument()` of the crate `runtime-hooks`, where its feature `watchdog` is on: it reports
    /// tasks that hold their thread, while they do. Off by default.
    pub fn watchdog(mut self, start: bool) -> Self {
        self.watchdog = start;
        self
    }

    /// Sets how long a task may hold its thread before a watchdog reports a stall. Default 100 ms.
    pub fn stall(mut self, threshold: Duration) -> Self {
        self.stall = threshold;
        self
    }

    /// Sets the maximum memory for the flight record, in bytes: the last events of all threads, which
    /// [`Recorder::flight`] reads. 0 switches it off. Default 512 KiB for each processor, or what the
    /// recorder was built with.
    ///
    /// An event takes 32 bytes. A thread takes memory as it records, up to the share that each of two threads per
    /// processor would have. A smaller size takes effect as threads record.
    pub fn flight(mut self, bytes: u64) -> Self {
        self.flight = Some(bytes);
        self
    }

    /// Disables the recording of a method.
    pub fn without(mut self, method: Method) -> Self {
        self.methods = self.methods.without(method);
        self
    }

    /// Sets the names of tasks for which a tracer creates spans. Default none.
    pub fn trace(mut self, names: TraceNames) -> Self {
        self.trace = names;
        self
    }

    /// Adds a tracer, which provides a context for each task. Its contexts are entered inside those of the tracers
    /// added before. Default none.
    ///
    /// A thread that has submitted a task keeps the tracer until it submits with others or ends, also after an
    /// uninstallation. So shut a tracer provider down instead of relying on its drop.
    pub fn tracer(mut self, inner: Arc<dyn Tracer>) -> Self {
        self.tracers.push(GuardedTracer::new(inner));
        self
    }

    /// Whether a tracer is set.
    pub fn has_tracer(&self) -> bool {
        !self.tracers.is_empty()
    }

    /// Sets which incidents, slow polls and timeouts, are reported one by one. Default none.
    pub fn log(mut self, what: impl Into<Vec<IncidentKind>>) -> Self {
        self.log = what.into();
        self
    }

    /// Sets the reporter of incidents. It is called in the task's context. By default each incident is a
    /// [diagnostic](Self::diagnostics).
    pub fn reporter(mut self, reporter: Arc<dyn Reporter>) -> Self {
        self.reporter = Some(reporter);
        self
    }

    /// Whether a reporter is set.
    pub fn has_reporter(&self) -> bool {
        self.reporter.is_some()
    }

    /// Sets the sink for messages of the instrumentation about itself: ignored settings, hooks that panic, a console
    /// that cannot bind its address. Default: standard error, whose errors are ignored.
    ///
    /// There is one sink per process, set by the last installation that has one; it stays after an uninstallation. It
    /// can be called on any thread, without any of our locks. Diagnostics that it causes itself go to standard error,
    /// and so do those for which it panics. Its second panic disables it.
    ///
    /// ```
    /// use runtime_hooks_core::{Config, Severity};
    ///
    /// let config = Config::from_env().diagnostics(|diagnostic| {
    ///     if diagnostic.severity >= Severity::Warning {
    ///         diagnostic.write_to_stderr(); // or to the log of the program
    ///     }
    /// });
    /// # drop(config);
    /// ```
    pub fn diagnostics(mut self, sink: impl Fn(&Diagnostic) + Send + Sync + 'static) -> Self {
        self.diagnostics = Some(Arc::new(sink));
        self
    }

    /// Whether a sink for diagnostics is set.
    pub fn has_diagnostics(&self) -> bool {
        self.diagnostics.is_some()
    }

    /// All tracers, including the one for incidents.
    pub(super) fn all_tracers(&self, reports: &Arc<Reports>) -> TracerStack {
        let tracers = self.tracers.renewed();
        if self.log.is_empty() {
            return tracers;
        }
        let watch = IncidentTracer::new(tracers, Arc::clone(reports), &self.log, self.slow_poll);
        let mut with_log = TracerStack::default();
        with_log.push(GuardedTracer::ours(Arc::new(watch)));
        with_log
    }

    /// What reports incidents.
    pub(super) fn reports(&self) -> Arc<Reports> {
        let reporter = self.reporter.clone().unwrap_or_else(|| Arc::new(ToDiagnostics));
        Arc::new(Reports::new(reporter))
    }

    /// Prints the table of everything recorded to standard error when the process exits: when `main` returns, or
    /// through [`std::process::exit`]. Not after a signal or [`abort`](std::process::abort), and on Windows only when
    /// `main` returns: there, `std::process::exit` calls no exit handlers. Off by default.
    ///
    /// Only [`Instrumentor::global`](crate::Instrumentor::global) prints. A forked child prints a table only if it
    /// installs the instrumentor again.
    /// The table is that of one recorder: of the last installation that asked for it.
    pub fn report_at_exit(mut self, report: bool) -> Self {
        self.report_at_exit = report;
        self
    }

    /// Sets the recorder. Default [`Recorder::global`].
    pub fn recorder(mut self, recorder: Recorder) -> Self {
        self.recorder = Some(recorder);
        self
    }

    /// Invalid settings of the environment and in code, which were ignored.
    pub fn problems(&self) -> &[ConfigProblem] {
        &self.problems
    }
}

impl Default for Config {
    /// As [`Config::new`]: the environment is not read.
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("detail", &self.detail)
            .field("methods", &self.methods)
            .field("export", &self.export)
            .field("slow_poll", &self.slow_poll)
            .field("max_names", &self.max_names)
            .field("live", &self.live)
            .field("watchdog", &self.watchdog)
            .field("stall", &self.stall)
            .field("flight", &self.flight)
            .field("trace", &self.trace)
            .field("tracer", &self.has_tracer())
            .field("log", &self.log)
            .field("reporter", &self.reporter.is_some())
            .field("diagnostics", &self.has_diagnostics())
            .field("recorder", &self.recorder)
            .field("report_at_exit", &self.report_at_exit)
            .finish_non_exhaustive()
    }
}
