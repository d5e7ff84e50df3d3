//! The one-liner.

#[cfg(any(feature = "trace", feature = "tracing"))]
use std::sync::Arc;

use runtime_hooks_core::{Config, Installed, Instrumentor, Recorder, Snapshot};

/// Instruments every runtime of the process, as the environment configures it.
///
/// Call it once, first thing in `main`; a further call changes nothing. With the feature `otel` the
/// metrics go to OpenTelemetry's global meter provider: set that before, or hand a later one to
/// `Instrumentation::reconnect`. With the feature `trace` each process carries OpenTelemetry's context, and those
/// that are traced by name have spans of the global tracer provider; with `tracing` it carries that one's current span.
/// With the feature `console` and `OTEL_RUST_ASYNCIO_CONSOLE` in the environment it serves a `Console`, whose lints are
/// exported too.
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

    /// Also exports what this console finds, to OpenTelemetry's global meter provider: `asyncio.lint.count`. That of a
    /// console which the environment has asked for is exported without a word.
    #[cfg(all(feature = "console", feature = "otel"))]
    pub fn export_lints(&self, console: &runtime_hooks_console::Console) {
        crate::lints::export(console.clone(), &*opentelemetry::global::meter_provider());
    }
}

#[cfg(feature = "console")]
mod console {
    use std::error::Error;
    use std::sync::Once;

    use runtime_hooks_console::Console;
    use runtime_hooks_core::{Severity, emit};

    /// The one that the environment asks for, once a process. That there is none is told, and is no reason to stop.
    pub(super) fn start() {
        static START: Once = Once::new();
        START.call_once(|| {
            let console = Console::from_env();
            match console.and_then(|asked| asked.map(|builder| builder.serve()).transpose()) {
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
        });
    }
}

#[cfg(feature = "otel")]
mod otel {
    use std::sync::{Mutex, PoisonError};
    use std::time::Duration;

    use runtime_hooks_core::{Instrumentor, Recorder};
    use runtime_hooks_otel::MetricsBridge;

    /// The process's bridge: made once, however often it is switched on and off, since callbacks
    /// cannot be unregistered. Another recorder gets another bridge.
    pub(super) fn bridge() -> MetricsBridge {
        static BRIDGE: Mutex<Option<(Recorder, MetricsBridge)>> = Mutex::new(None);
        let mut known = BRIDGE.lock().unwrap_or_else(PoisonError::into_inner);
        let recorder = Instrumentor::global().recorder();
        match &*known {
            Some((of, bridge)) if *of == recorder => bridge.clone(),
            _ => {
                let bridge = MetricsBridge::builder(&recorder)
                    .namespace(Instrumentor::global().namespace())
                    .pre_drain(Duration::from_secs(1))
                    .connect(&*opentelemetry::global::meter_provider());
                *known = Some((recorder, bridge.clone()));
                bridge
            }
        }
    }
}
