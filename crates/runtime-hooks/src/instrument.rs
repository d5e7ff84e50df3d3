//! The one-liner.

#[cfg(any(feature = "trace", feature = "tracing"))]
use std::sync::Arc;

use std::time::{Duration, Instant};

use runtime_hooks_core::{Config, Installed, Instrumentor, Recorder, Snapshot};

#[cfg(any(feature = "console", feature = "otel"))]
use crate::shutdown;
use crate::shutdown::ShutdownError;

/// Instruments every runtime of the process, as the environment configures it.
///
/// Call it once, first thing in `main`; a further call changes nothing. With the feature `otel` the
/// metrics go to OpenTelemetry's global meter provider: set that before, or hand a later one to
/// `Instrumentation::reconnect`. With the feature `trace` each process carries OpenTelemetry's context, and those
/// that are traced by name have spans of the global tracer provider; with `tracing` it carries that one's current span.
/// With the feature `console` and `OTEL_RUST_ASYNCIO_CONSOLE` in the environment it serves a `Console`, whose lints are
/// exported too.
///
/// After a [shutdown](Instrumentation::shutdown) it starts anew, and so it does in a forked child: there with a recorder of
/// the child's own, since the parent's counts are the parent's to export.
///
/// # Threads
///
/// | thread | what for | from | to |
/// |---|---|---|---|
/// | `runtime-hooks-drain` | feature `otel`: replays durations into the meter provider's histograms once a second | this call | [`shutdown`](Instrumentation::shutdown) |
/// | `runtime-hooks-console` | `OTEL_RUST_ASYNCIO_CONSOLE`: serves, and looks once a second | this call | [`shutdown`](Instrumentation::shutdown) |
/// | up to 4 more of that name | `/metrics`: each encodes one large answer | a request | 10 s after the last one |
///
/// Without these features there is none.
///
/// ```
/// let hooks = runtime_hooks::instrument();
/// // ... the program ...
/// println!("{}", hooks.snapshot());
/// ```
#[expect(clippy::must_use_candidate, reason = "most programs have no use for the handle")]
pub fn instrument() -> Instrumentation {
    instrument_with(Config::from_env())
}

/// As [`instrument`], configured in code: what is set there wins over the environment.
///
/// ```
/// use runtime_hooks::{Config, Detail};
///
/// runtime_hooks::instrument_with(Config::from_env().detail(Detail::Full));
/// ```
pub fn instrument_with(config: Config) -> Instrumentation {
    let installed = Instrumentor::global().install(carrying(config));
    #[cfg(feature = "console")]
    console::start();
    Instrumentation {
        is_first: installed == Installed::Now,
        #[cfg(feature = "otel")]
        bridge: otel::bridge(),
    }
}

/// What is carried along and where incidents are told, as the features say, unless the program has said so.
fn carrying(config: Config) -> Config {
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
    // Outermost: to enter its span may set OpenTelemetry's context.
    #[cfg(feature = "tracing")]
    let config = config.tracer(Arc::new(runtime_hooks_tracing::SpanTracer::new()));
    #[cfg(feature = "trace")]
    let config = config.tracer(Arc::new(runtime_hooks_otel::ContextTracer::new()));
    config
}

/// The process's instrumentation. Dropping it changes nothing.
#[derive(Clone, Debug)]
pub struct Instrumentation {
    is_first: bool,
    #[cfg(feature = "otel")]
    bridge: runtime_hooks_otel::MetricsBridge,
}

impl Instrumentation {
    /// Whether this call switched it on; if not, it was on already and its configuration stays.
    pub fn is_first(&self) -> bool {
        self.is_first
    }

    /// All that was recorded: print it for a table.
    pub fn snapshot(&self) -> Snapshot {
        self.recorder().snapshot()
    }

    /// Where it records.
    pub fn recorder(&self) -> Recorder {
        Instrumentor::global().recorder()
    }

    /// Switches it off; whether it was on. What runs ends as it would have, and what was recorded
    /// stays readable, and exported.
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

    /// Switches it off, replays what is new into OpenTelemetry's pipeline and ends our threads, within 5 s.
    ///
    /// That are the thread of the bridge and those of the console that the environment asked for. A `Console` that the
    /// program has started itself is its own to stop.
    ///
    /// The meter provider is the program's, and is not shut down. It is asked for its metrics as before: shut it down, or
    /// flush it, right afterwards, and it exports all that was recorded, and the last counts of the console's lints. What
    /// was recorded stays readable.
    ///
    /// It may be called as often as one likes, from several threads at once, from a task, from a panic hook, at the end of
    /// the process and in a forked child, which has none of these threads. It blocks its thread, for some milliseconds as a
    /// rule. Then [`instrument`] starts anew.
    ///
    /// # Errors
    ///
    /// If a thread has not ended in time, since a runtime's gauges or the pipeline hold it up. It ends when they let it.
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

    /// As [`shutdown`](Self::shutdown), with another limit.
    pub fn shutdown_within(&self, limit: Duration) -> Result<(), ShutdownError> {
        self.uninstall();
        let deadline = Instant::now() + limit.min(LONGEST);
        ShutdownError::unless_none(limit, end_threads(deadline))
    }

    /// Also exports what this console finds, to OpenTelemetry's global meter provider: `asyncio.lint.count`. That of a
    /// console which the environment has asked for is exported without a word.
    #[cfg(all(feature = "console", feature = "otel"))]
    pub fn export_lints(&self, console: &runtime_hooks_console::Console) {
        crate::lints::export(console.clone(), &*opentelemetry::global::meter_provider());
    }
}

/// A limit that is longer is this long.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// Has all of them end, and names those that have not by then.
#[cfg(any(feature = "console", feature = "otel"))]
fn end_threads(deadline: Instant) -> Vec<&'static str> {
    // Told before any is waited for, so that one that hangs costs no other its time.
    #[cfg(feature = "console")]
    console::stop(Instant::now());
    let ended = vec![
        #[cfg(feature = "otel")]
        (shutdown::DRAIN, otel::finish(deadline)),
        #[cfg(feature = "console")]
        (shutdown::CONSOLE, console::stop(deadline)),
    ];
    ended.into_iter().filter(|(_, has_ended)| !has_ended).map(|(name, _)| name).collect()
}

/// There are none.
#[cfg(not(any(feature = "console", feature = "otel")))]
fn end_threads(_: Instant) -> Vec<&'static str> {
    Vec::new()
}

#[cfg(feature = "console")]
mod console {
    use std::error::Error;
    use std::sync::Mutex;
    use std::time::Instant;

    use runtime_hooks_console::Console;
    use runtime_hooks_core::{Process, Severity, emit, lock, lock_until};

    /// What became of the one that the environment asks for, once a process and shutdown.
    static START: Mutex<Option<Start>> = Mutex::new(None);

    struct Start {
        process: Process,
        console: Option<Console>,
        is_over: bool,
    }

    /// Starts the one that the environment asks for. That there is none is told, and is no reason to stop.
    pub(super) fn start() {
        let Some(mut known) = lock(&START) else { return };
        if known.as_ref().is_some_and(|start| !start.is_over && start.process.is_current()) {
            return;
        }
        let console = Console::from_env();
        let console = console.and_then(|asked| asked.map(|builder| builder.serve()).transpose());
        let served = console.as_ref().ok().and_then(Clone::clone);
        *known = Some(Start { process: Process::current(), console: served, is_over: false });
        drop(known);
        match console {
            Ok(None) => {}
            Ok(Some(console)) => {
                emit(Severity::Info, format_args!("console at {}", console.url()));
                #[cfg(feature = "otel")]
                crate::lints::export(console, &*opentelemetry::global::meter_provider());
            }
            Err(error) => {
                let source = error.source().map(|source| format!(": {source}"));
                let source = source.unwrap_or_default();
                emit(Severity::Error, format_args!("{error}{source}"));
            }
        }
    }

    /// Has it end; whether it has by then.
    pub(super) fn stop(deadline: Instant) -> bool {
        let console = {
            let Some(mut known) = lock_until(&START, deadline) else { return false };
            let Some(start) = &mut *known else { return true };
            start.is_over = true;
            start.console.clone()
        };
        console.is_none_or(|console| {
            console.stop_within(deadline.saturating_duration_since(Instant::now()))
        })
    }
}

#[cfg(feature = "otel")]
mod otel {
    use std::mem;
    use std::sync::Mutex;
    use std::time::{Duration, Instant};

    use runtime_hooks_core::{Instrumentor, Process, Recorder, lock, lock_until};
    use runtime_hooks_otel::MetricsBridge;

    /// The process's bridge: made once, however often it is switched on and off, since callbacks
    /// cannot be unregistered. Another recorder gets another bridge, and so does a forked child.
    static BRIDGE: Mutex<Option<Known>> = Mutex::new(None);

    struct Known {
        process: Process,
        recorder: Recorder,
        bridge: MetricsBridge,
        is_finished: bool,
    }

    pub(super) fn bridge() -> MetricsBridge {
        let recorder = Instrumentor::global().recorder();
        let Some(mut known) = lock(&BRIDGE) else { return connect(&recorder) };
        match &mut *known {
            Some(known) if known.recorder == recorder && known.process.is_current() => {
                if mem::take(&mut known.is_finished) {
                    let provider = opentelemetry::global::meter_provider();
                    known.bridge.reconnect(&*provider);
                    #[cfg(feature = "console")]
                    crate::lints::reconnect(&*provider);
                }
                known.bridge.clone()
            }
            _ => {
                let (process, bridge) = (Process::current(), connect(&recorder));
                let is_finished = false;
                *known = Some(Known { process, recorder, bridge: bridge.clone(), is_finished });
                bridge
            }
        }
    }

    fn connect(recorder: &Recorder) -> MetricsBridge {
        MetricsBridge::builder(recorder)
            .namespace(Instrumentor::global().namespace())
            .pre_drain(Duration::from_secs(1))
            .connect(&*opentelemetry::global::meter_provider())
    }

    /// Has it replay what is new, and its thread end; whether both are done by then.
    pub(super) fn finish(deadline: Instant) -> bool {
        let bridge = {
            // Held where a provider is connected to, which may take its time, or panic into a hook that shuts down.
            let Some(mut known) = lock_until(&BRIDGE, deadline) else { return false };
            let Some(known) = &mut *known else { return true };
            known.is_finished = true;
            known.bridge.clone()
        };
        bridge.finish(deadline.saturating_duration_since(Instant::now()))
    }
}
