//! Switches instrumentation on and off, for the process or for a test.

use std::sync::Arc;
use std::time::Duration;

use runtime_hooks_recorder::Recorder;
use runtime_hooks_recorder::catalog::ExportSettings;
use runtime_hooks_recorder::internals::sync::Ordering;
use runtime_hooks_recorder::internals::sync::const_init::{
    self, AtomicU64, RwLock, RwLockReadGuard, RwLockWriteGuard,
};
use runtime_hooks_recorder::internals::{
    Call, Process, clock_of, global_of_this_process, is_process_clock, recorder_id, redirect,
    set_flight_memory, set_limits, unless_exiting,
};

use super::config::Config;
use super::problems::report_once;
use super::tracing::{LastTracing, Tracing};
#[cfg(not(loom))]
use crate::attached;
use crate::incident::{Incident, Reports};
#[cfg(not(loom))]
use crate::report;
use crate::settings::{Flag, Method, PackedState};

/// Switches instrumentation on and off, and holds its configuration.
///
/// The process has a global one, [`Instrumentor::global`], which every runtime uses unless it is given
/// [another](crate::RuntimeHooksExt::with_instrumentor): tests create their own. While recording is off, an instrumented
/// call costs one relaxed load and a branch.
///
/// ```
/// use runtime_hooks_core::{Config, Installed, Instrumentor};
///
/// let instrumentor = Instrumentor::new();
/// assert_eq!(instrumentor.install(Config::from_env()), Installed::Now);
/// assert_eq!(instrumentor.install(Config::from_env()), Installed::Already); // changes nothing
/// println!("{}", instrumentor.recorder().snapshot());
/// assert!(instrumentor.uninstall()); // recorded data stays readable
/// ```
#[derive(Debug)]
pub struct Instrumentor {
    /// A [`PackedState`]: the only state that a call reads while recording is off.
    pub(super) word: AtomicU64,
    setup: RwLock<Option<Setup>>,
    /// Separate from the setup, since it is read at each submission.
    pub(super) tracing: LastTracing,
}

/// The last installation. It stays after an uninstallation, for readers.
#[derive(Debug)]
pub(super) struct Setup {
    config: Config,
    pub(super) recorder: Recorder,
    reports: Arc<Reports>,
    is_tracing: bool,
    /// The process that installed it: a forked child inherits its parent's installation.
    process: Process,
}

/// The state that an installation has replaced.
struct Before {
    word: PackedState,
    setup: Option<Setup>,
    tracing: Option<Arc<Tracing>>,
}

/// The result of [`Instrumentor::install`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[must_use = "`Already` means that the configuration was not applied: `let _ =` if that is fine"]
pub enum Installed {
    /// Recording was off and is on now.
    Now,
    /// Recording was already on: nothing was changed.
    Already,
}

impl Instrumentor {
    /// The global instrumentor of the process.
    ///
    /// With `OTEL_RUST_ASYNCIO_INSTRUMENT=true` in the environment it switches itself on at the first call, unless
    /// the program has switched it on or off before.
    pub fn global() -> &'static Self {
        static GLOBAL: Instrumentor = Instrumentor::starting_as(PackedState::UNDECIDED);
        &GLOBAL
    }

    /// Creates an instrumentor that is off. Pass it to a runtime with
    /// [`with_instrumentor`](crate::RuntimeHooksExt::with_instrumentor).
    pub const fn new() -> Self {
        Self::starting_as(PackedState::OFF)
    }

    pub(super) const fn starting_as(word: PackedState) -> Self {
        Self {
            word: AtomicU64::new(word.bits()),
            setup: RwLock::new(None),
            tracing: LastTracing::new(),
        }
    }

    /// Creates an instrumentor that is on, with a separate recorder: for tests.
    pub fn installed(config: Config) -> Arc<Self> {
        let instrumentor = Self::new();
        let recorder = config.recorder.clone().unwrap_or_default();
        let _ = instrumentor.install(config.recorder(recorder));
        Arc::new(instrumentor)
    }

    /// Switches recording on. If it is already on, changes nothing and returns [`Installed::Already`].
    ///
    /// A forked child inherits an instrumentor that is on. This call then starts again, with this configuration and
    /// with a [new recorder](Recorder::global) unless the configuration has one.
    ///
    /// Invalid settings of the environment are reported as [diagnostics](Config::diagnostics), once each per process.
    /// While an instrumentor is on, the process has a panic hook that stores what a panicking task said and calls the
    /// previous hook.
    pub fn install(&self, config: Config) -> Installed {
        let is_ready = |word: PackedState, is_inherited| !word.is_installed() || is_inherited;
        let installed = self.install_if(is_ready, config);
        if installed { Installed::Now } else { Installed::Already }
    }

    /// Switches on if `is_ready` allows it; returns whether it did. The second argument of `is_ready` is whether the
    /// setup was inherited from a parent process.
    pub(super) fn install_if(
        &self,
        is_ready: impl FnOnce(PackedState, bool) -> bool,
        config: Config,
    ) -> bool {
        let problems = config.problems().to_vec();
        #[cfg(not(loom))]
        let is_global = std::ptr::eq(self, Self::global());
        #[cfg(not(loom))]
        let reports = config.report_at_exit && is_global;
        let sink = config.diagnostics.clone();
        let Some(before) = self.replace_setup_if(is_ready, config) else { return false };
        // Only now, without the lock: this runs user code.
        drop((before.setup, before.tracing));
        sink.into_iter().for_each(redirect);
        problems.iter().for_each(report_once);
        #[cfg(not(loom))]
        if is_global {
            attached::report(Self::recorder_of_runtimes);
        }
        #[cfg(not(loom))]
        if reports {
            report::at_exit(self.recorder());
        }
        // A forked child that starts again has inherited the parent's count.
        #[cfg(not(loom))]
        if !before.word.is_installed() {
            runtime_hooks_recorder::internals::acquire();
        }
        true
    }

    /// Replaces the setup. Returns the previous state; `None` if nothing was changed.
    fn replace_setup_if(
        &self,
        is_ready: impl FnOnce(PackedState, bool) -> bool,
        config: Config,
    ) -> Option<Before> {
        let mut setup = self.write()?;
        let is_inherited = |setup: &Setup| !setup.process.is_current();
        let word = self.word();
        if !is_ready(word, setup.as_ref().is_some_and(is_inherited)) {
            drop(setup);
            return None;
        }
        let recorder = config.recorder.clone().unwrap_or_else(global_of_this_process);
        set_limits(&recorder, config.max_names, config.slow_poll);
        if let Some(bytes) = config.flight {
            set_flight_memory(&recorder, bytes);
        }
        let reports = config.reports();
        let tracing = Tracing::of(&config, &reports);
        let is_tracing = tracing.is_some();
        let new = Setup { config, recorder, reports, is_tracing, process: Process::current() };
        let new_word = new.word();
        let tracing = self.tracing.replace(tracing);
        let before = Before { word, setup: setup.replace(new), tracing };
        let _ = unless_exiting(Call::Install, || ());
        self.word.store(new_word.bits(), Ordering::Relaxed);
        Some(before)
    }

    /// Switches recording off; returns whether it was on. Running tasks are still recorded until they end, and
    /// recorded data stays readable.
    pub fn uninstall(&self) -> bool {
        let word = {
            let _one_at_a_time = self.write();
            self.word.swap(PackedState::OFF.bits(), Ordering::Relaxed)
        };
        let was_installed = PackedState::from_bits(word).is_installed();
        #[cfg(not(loom))]
        if was_installed {
            runtime_hooks_recorder::internals::release();
        }
        was_installed
    }

    /// Whether recording is on.
    pub fn is_installed(&self) -> bool {
        self.word().is_installed()
    }

    /// Disables a method. Has no effect while recording is off.
    pub fn disable(&self, method: Method) {
        self.change(|config| config.methods = config.methods.without(method));
    }

    /// Enables a disabled method. Has no effect while recording is off.
    pub fn enable(&self, method: Method) {
        self.change(|config| config.methods = config.methods.with(method));
    }

    /// Switches the list of live tasks on or off: see [`Config::live`]. Tasks in the list stay until they end.
    /// Returns whether it was on. Has no effect while recording is off.
    pub fn set_live(&self, keep: bool) -> bool {
        let mut was_kept = false;
        self.change(|config| was_kept = std::mem::replace(&mut config.live, keep));
        was_kept
    }

    /// The recorder: that of the last installation, else [`Recorder::global`].
    pub fn recorder(&self) -> Recorder {
        let recorder = self.read().and_then(|setup| Some(setup.as_ref()?.recorder.clone()));
        recorder.unwrap_or_else(Recorder::global)
    }

    /// The settings of exporters: those of the last installation, else the defaults.
    pub fn export_settings(&self) -> ExportSettings {
        self.with_config(|config| config.export.clone()).unwrap_or_default()
    }

    /// How long a task may hold its thread before a watchdog reports it: see [`Config::stall`].
    pub fn stall_threshold(&self) -> Duration {
        self.with_config(|config| config.stall).unwrap_or(Config::new().stall)
    }

    /// Whether the last installation asked for a watchdog: see [`Config::watchdog`].
    pub fn wants_watchdog(&self) -> bool {
        self.with_config(|config| config.watchdog).unwrap_or(false)
    }

    /// Reports an incident to the reporter of the last installation, unless that gets too many. `incident` gets the number
    /// of those that were not reported before. For watchdogs.
    #[doc(hidden)]
    pub fn report<'i>(&self, incident: impl FnOnce(u64) -> Incident<'i>) {
        let reports = self.read().and_then(|setup| Some(Arc::clone(&setup.as_ref()?.reports)));
        // Without the lock: the reporter is user code.
        if let Some(reports) = reports
            && let Some(dropped) = reports.admit()
        {
            reports.report(&incident(dropped));
        }
    }

    fn with_config<T>(&self, read: impl FnOnce(&Config) -> T) -> Option<T> {
        Some(read(&self.read()?.as_ref()?.config))
    }

    /// Relaxed: code that needs an order between a switch and a call must create it.
    #[inline]
    pub(super) fn word(&self) -> PackedState {
        PackedState::from_bits(self.word.load(Ordering::Relaxed))
    }

    fn change(&self, change: impl FnOnce(&mut Config)) {
        let Some(mut setup) = self.write() else { return };
        if let (Some(setup), true) = (&mut *setup, self.is_installed()) {
            change(&mut setup.config);
            self.word.store(setup.word().bits(), Ordering::Relaxed);
        }
    }

    pub(super) fn read(&self) -> Option<RwLockReadGuard<'_, Option<Setup>>> {
        const_init::read(&self.setup)
    }

    fn write(&self) -> Option<RwLockWriteGuard<'_, Option<Setup>>> {
        const_init::write(&self.setup)
    }
}

impl Drop for Instrumentor {
    fn drop(&mut self) {
        self.uninstall();
    }
}

impl Default for Instrumentor {
    fn default() -> Self {
        Self::new()
    }
}

impl Setup {
    pub(super) fn word(&self) -> PackedState {
        let Config { methods, detail, live, export, .. } = &self.config;
        let has_process_clock = is_process_clock(clock_of(&self.recorder));
        PackedState::new(recorder_id(&self.recorder), *methods, *detail)
            .with(Flag::Tracer, self.is_tracing)
            .with(Flag::ProcessClock, has_process_clock)
            .with(Flag::Live, *live)
            .with(Flag::FirstRun, export.python)
    }
}
