//! `instrument()`: switches recording on for the whole process, with the compiled-in exporters.

#[cfg(any(feature = "trace", feature = "tracing"))]
use std::sync::Arc;

use std::time::{Duration, Instant};

use runtime_hooks_core::{Config, Installed, Instrumentor, Recorder, Snapshot};

#[cfg(feature = "otel")]
use crate::bridge;
#[cfg(feature = "console")]
use crate::console_from_env;
#[cfg(any(
    feature = "console",
    feature = "dump",
    feature = "flight",
    feature = "otel",
    feature = "watchdog"
))]
use crate::shutdown;
use crate::shutdown::ShutdownError;

/// Records the tasks of every runtime in this process, configured by the environment.
///
/// Call it once, at the start of `main`. While recording is on, further calls change nothing. Features add to it:
///
/// - `otel`: exports the metrics to OpenTelemetry's global meter provider. Set the provider first, or pass a later
///   one to `Instrumentation::reconnect`.
/// - `trace`: each task carries the ids of its caller's OpenTelemetry span, and baggage; tasks that are traced by name
///   have spans of the global tracer provider.
/// - `tracing`: tasks that are [selected](runtime_hooks_core::TraceNames::live) carry the current span of `tracing`.
/// - `flight`: writes the flight record after a panic and more, if `OTEL_RUST_ASYNCIO_FLIGHT_DIR` is set.
/// - `dump`: writes a task dump on SIGQUIT, if `OTEL_RUST_ASYNCIO_DUMP_ON` is set.
/// - `watchdog`: reports tasks that hold their thread, if `OTEL_RUST_ASYNCIO_WATCHDOG=true` is set.
/// - `console`: serves a `Console` if `OTEL_RUST_ASYNCIO_CONSOLE` is set. With `otel`, its lints are exported too.
///
/// After a [shutdown](Instrumentation::shutdown) it starts again. In a forked child it also starts again, with a new
/// recorder: the parent exports the parent's counts.
///
/// # Threads
///
/// | thread | purpose | starts with | ends with |
/// |---|---|---|---|
/// | `runtime-hooks-drain` | feature `otel`: replays durations into the meter provider's histograms once a second | this call | [`shutdown`](Instrumentation::shutdown) |
/// | `runtime-hooks-console`, two of them | `OTEL_RUST_ASYNCIO_CONSOLE`: one serves, and takes a sample once a second; one computes the answers | this call | [`shutdown`](Instrumentation::shutdown) |
/// | `runtime-hooks-flight` | `OTEL_RUST_ASYNCIO_FLIGHT_DIR`: writes flight records | this call | [`shutdown`](Instrumentation::shutdown) |
/// | `runtime-hooks-dump` | `OTEL_RUST_ASYNCIO_DUMP_ON`: looks for SIGQUIT and writes task dumps | this call | [`shutdown`](Instrumentation::shutdown) |
/// | `runtime-hooks-watchdog` | `OTEL_RUST_ASYNCIO_WATCHDOG`: looks at what each thread polls | this call | [`shutdown`](Instrumentation::shutdown) |
///
/// Without these features there is no thread.
///
/// ```
/// let hooks = runtime_hooks::instrument();
/// // ... the program ...
/// println!("{}", hooks.snapshot());
/// ```
#[expect(clippy::must_use_candidate, reason = "many programs do not need the handle")]
pub fn instrument() -> Instrumentation {
    start(Config::from_env())
}

/// As [`instrument`], configured in code. Settings in code take precedence over the environment.
///
/// ```
/// use runtime_hooks::{Config, Detail};
///
/// let hooks = runtime_hooks::instrument_with(Config::from_env().detail(Detail::Full));
/// assert!(hooks.is_first());
/// ```
#[must_use = "if recording is on already, this configuration is ignored: see `Instrumentation::is_first`"]
pub fn instrument_with(config: Config) -> Instrumentation {
    start(config)
}

fn start(config: Config) -> Instrumentation {
    let installed = Instrumentor::global().install(with_features(config));
    #[cfg(feature = "console")]
    console_from_env::start();
    #[cfg(feature = "flight")]
    crate::flight::start();
    #[cfg(feature = "dump")]
    crate::dump::start();
    #[cfg(feature = "watchdog")]
    crate::watchdog::start();
    Instrumentation {
        is_first: installed == Installed::Now,
        #[cfg(feature = "otel")]
        bridge: bridge::bridge(),
    }
}

/// Adds the tracers, the reporter and the diagnostics sink of the features, unless the program has set its own.
fn with_features(config: Config) -> Config {
    #[cfg(feature = "tracing")]
    let config = if config.has_reporter() {
        config
    } else {
        config.reporter(Arc::new(runtime_hooks_tracing::EventReporter::new()))
    };
    #[cfg(feature = "tracing")]
    let config = if config.has_diagnostics() {
        config
    } else {
        config.diagnostics(runtime_hooks_tracing::diagnostic_event)
    };
    if config.has_tracer() {
        return config;
    }
    // Outermost: entering its span may set OpenTelemetry's context.
    #[cfg(feature = "tracing")]
    let config = config.tracer(Arc::new(runtime_hooks_tracing::SpanTracer::new()));
    #[cfg(feature = "trace")]
    let config = config.tracer(Arc::new(runtime_hooks_otel::ContextTracer::new()));
    config
}

/// A handle of this process's instrumentation. Dropping it changes nothing.
#[derive(Clone, Debug)]
pub struct Instrumentation {
    is_first: bool,
    #[cfg(feature = "otel")]
    bridge: runtime_hooks_otel::MetricsBridge,
}

impl Instrumentation {
    /// Whether this call switched recording on. If not, recording was on already and its configuration stays.
    pub fn is_first(&self) -> bool {
        self.is_first
    }

    /// A snapshot of everything recorded. Its `Display` is a table.
    pub fn snapshot(&self) -> Snapshot {
        self.recorder().snapshot()
    }

    /// The recorder of the process.
    pub fn recorder(&self) -> Recorder {
        Instrumentor::global().recorder()
    }

    /// Switches recording off. Returns whether it was on.
    ///
    /// Running tasks are still recorded until they end. Recorded data stays readable and is still exported.
    pub fn uninstall(&self) -> bool {
        Instrumentor::global().uninstall()
    }

    /// Exports to another meter provider from now on.
    #[cfg(feature = "otel")]
    pub fn reconnect(&self, provider: &dyn opentelemetry::metrics::MeterProvider) {
        self.bridge.reconnect(provider);
        #[cfg(feature = "console")]
        crate::lints::reconnect(provider);
    }

    /// Switches recording off, replays new durations into OpenTelemetry's pipeline and ends our threads, within 5 s.
    ///
    /// These are the thread of the bridge, and those of the console and of the flight writer that the environment
    /// configured. A `Console` that
    /// the program started itself must be stopped by the program.
    ///
    /// The meter provider is not shut down. Shut it down or flush it right afterwards: it then exports everything
    /// recorded, and the last counts of the console's lints.
    ///
    /// It can be called repeatedly, concurrently, from a task, from a panic hook, at the end of the process, and in a
    /// forked child, which has none of these threads. It blocks the calling thread, usually for some milliseconds.
    /// After it, [`instrument`] starts again.
    ///
    /// # Errors
    ///
    /// If a thread has not ended in time because a runtime's gauges or the pipeline block it. The thread ends when
    /// they return.
    ///
    /// ```
    /// let hooks = runtime_hooks::instrument();
    /// // ... the program ...
    /// hooks.shutdown()?;
    /// // and then the meter provider, if there is one: `provider.shutdown()?`
    /// # Ok::<(), runtime_hooks::ShutdownError>(())
    /// ```
    pub fn shutdown(&self) -> Result<(), ShutdownError> {
        self.shutdown_within(Duration::from_secs(5))
    }

    /// As [`shutdown`](Self::shutdown), with a given limit.
    pub fn shutdown_within(&self, limit: Duration) -> Result<(), ShutdownError> {
        self.uninstall();
        let deadline = Instant::now() + limit.min(MAX_LIMIT);
        ShutdownError::result_of(limit, end_threads(deadline))
    }

    /// Exports the findings of this console to OpenTelemetry's global meter provider too: `asyncio.lint.count`.
    ///
    /// The findings of the console that the environment configured are exported without this call.
    #[cfg(all(feature = "console", feature = "otel"))]
    pub fn export_lints(&self, console: &runtime_hooks_console::Console) {
        crate::lints::export(console.clone(), &*opentelemetry::global::meter_provider());
    }
}

/// A longer limit could overflow the deadline.
const MAX_LIMIT: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// Ends all threads. Returns the names of those that have not ended by the deadline.
#[cfg(any(
    feature = "console",
    feature = "dump",
    feature = "flight",
    feature = "otel",
    feature = "watchdog"
))]
fn end_threads(deadline: Instant) -> Vec<&'static str> {
    // Signals all threads before it waits for one, so that a blocked thread does not delay the others.
    #[cfg(feature = "console")]
    console_from_env::stop(Instant::now());
    #[cfg(feature = "flight")]
    crate::flight::stop(Instant::now());
    #[cfg(feature = "dump")]
    crate::dump::stop(Instant::now());
    #[cfg(feature = "watchdog")]
    crate::watchdog::stop(Instant::now());
    let ended = vec![
        #[cfg(feature = "otel")]
        (shutdown::DRAIN, bridge::finish(deadline)),
        #[cfg(feature = "console")]
        (shutdown::CONSOLE, console_from_env::stop(deadline)),
        #[cfg(feature = "flight")]
        (shutdown::FLIGHT, crate::flight::stop(deadline)),
        #[cfg(feature = "dump")]
        (shutdown::DUMP, crate::dump::stop(deadline)),
        #[cfg(feature = "watchdog")]
        (shutdown::WATCHDOG, crate::watchdog::stop(deadline)),
    ];
    ended.into_iter().filter(|(_, has_ended)| !has_ended).map(|(name, _)| name).collect()
}

/// Without these features there are no threads.
#[cfg(not(any(
    feature = "console",
    feature = "dump",
    feature = "flight",
    feature = "otel",
    feature = "watchdog"
)))]
fn end_threads(_: Instant) -> Vec<&'static str> {
    Vec::new()
}
