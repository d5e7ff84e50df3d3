//! Configures and starts a watchdog.

use std::error::Error;
use std::fmt;
use std::io;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use runtime_hooks_core::Instrumentor;
use runtime_hooks_core::running::Watch;
use runtime_hooks_recorder::internals::ServiceThread;
use runtime_hooks_stack::Symbols;

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
use crate::linux::{SignalError, StackReader};
use crate::looks::Looks;
#[cfg(not(all(target_os = "linux", target_arch = "x86_64")))]
use crate::no_stack::{SignalError, StackReader};
use crate::report::Reports;
use crate::watchdog::{Shared, Watchdog};

/// Configures a [`Watchdog`].
#[derive(Clone, Debug, Default)]
#[must_use = "a builder does nothing until `start`"]
pub struct WatchdogBuilder {
    threshold: Option<Duration>,
    signal: Option<String>,
    instrumentor: Option<Arc<Instrumentor>>,
}

impl Watchdog {
    /// Configures a watchdog.
    pub fn builder() -> WatchdogBuilder {
        WatchdogBuilder::default()
    }
}

impl WatchdogBuilder {
    /// Sets how long a task may hold its thread. Default [`Config::stall`](runtime_hooks_core::Config::stall) of the
    /// installation, 100 ms.
    pub fn threshold(mut self, threshold: Duration) -> Self {
        self.threshold = Some(threshold);
        self
    }

    /// Sets a signal by which the stack of a thread is read that computes: `SIGURG` or `SIGWINCH`. Default none: then only
    /// `perf_event_open` is used, which some systems do not permit. Only on Linux on x86-64.
    ///
    /// The signal is sent to a thread that has computed for longer than the threshold. System calls that it interrupts are
    /// continued, but for some: `poll`, `epoll_wait`, and reads of sockets with a timeout return `EINTR`. An older handler
    /// still gets the signals that others send.
    pub fn signal(mut self, name: impl Into<String>) -> Self {
        self.signal = Some(name.into());
        self
    }

    /// Sets the instrumentor whose tasks are watched and whose reporter is called. Default [`Instrumentor::global`].
    pub fn instrumentor(mut self, instrumentor: Arc<Instrumentor>) -> Self {
        self.instrumentor = Some(instrumentor);
        self
    }

    /// Starts it. Polls that have started before are not seen.
    ///
    /// # Errors
    ///
    /// If the signal's name is not valid, or if the system cannot start a thread or set a signal handler.
    pub fn start(self) -> Result<Watchdog, WatchdogError> {
        let stacks = StackReader::new(self.signal.as_deref()).map_err(Cause::Signal)?;
        let of_instrumentor = || self.watched().stall_threshold();
        let threshold = self.threshold.unwrap_or_else(of_instrumentor).max(MIN_THRESHOLD);
        let reports = Reports { stacks, symbols: Symbols::default() };
        let watch = Watch::start();
        let (stop, stopped) = channel();
        let keep = stop.clone();
        let thread = ServiceThread::start("runtime-hooks-watchdog", move || {
            // It goes on when the last handle is dropped.
            let (_keep, _watch) = (keep, watch);
            let mut looks = Looks::new(threshold, reports);
            while stopped.recv_timeout(looks.pause()) == Err(RecvTimeoutError::Timeout) {
                looks.look(self.watched());
            }
        });
        Ok(Watchdog(Arc::new(Shared { stop, thread: thread.map_err(Cause::Thread)? })))
    }

    fn watched(&self) -> &Instrumentor {
        self.instrumentor.as_deref().unwrap_or_else(|| Instrumentor::global())
    }
}

/// A watchdog cannot look more often than that.
const MIN_THRESHOLD: Duration = Duration::from_millis(5);

/// The error of [`WatchdogBuilder::start`].
#[derive(Debug)]
pub struct WatchdogError(Cause);

#[derive(Debug)]
enum Cause {
    Signal(SignalError),
    Thread(io::Error),
}

impl From<Cause> for WatchdogError {
    fn from(cause: Cause) -> Self {
        Self(cause)
    }
}

impl fmt::Display for WatchdogError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Cause::Signal(error) => write!(f, "no watchdog: {error}"),
            Cause::Thread(error) => {
                write!(f, "no watchdog: the system cannot start a thread: {error}")
            }
        }
    }
}

impl Error for WatchdogError {}
