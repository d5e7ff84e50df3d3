//! On and off, for the whole process or for one test.

use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwapOption;
use runtime_hooks_recorder::Recorder;
use runtime_hooks_recorder::internals::sync::Ordering;
use runtime_hooks_recorder::internals::sync::const_init::{
    self, AtomicU64, RwLock, RwLockReadGuard, RwLockWriteGuard,
};
use runtime_hooks_recorder::internals::{
    Call, Process, clock_of, global_of_this_process, is_process_clock, recorder_id, redirect,
    set_limits, unless_exiting,
};

use super::config::Config;
use super::problems::report_once;
#[cfg(not(loom))]
use crate::report;
use crate::settings::{Method, PackedState, TraceNames};
use crate::tracer::TracerStack;

/// Switches instrumentation on and off and holds what it is configured with.
///
/// The process has one, [`Instrumentor::global`], which every runtime asks unless it is
/// [observed](crate::RuntimeHooksExt::with_instrumentor) by another: tests make their own. While it is
/// off, an instrumented call costs one relaxed load and a branch.
///
/// ```
/// use runtime_hooks_core::{Config, Installed, Instrumentor};
///
/// let instrumentor = Instrumentor::new();
/// assert_eq!(instrumentor.install(Config::from_env()), Installed::Now);
/// assert_eq!(instrumentor.install(Config::from_env()), Installed::Already); // changes nothing
/// println!("{}", instrumentor.recorder().snapshot());
/// assert!(instrumentor.uninstall()); // what was recorded stays readable
/// ```
#[derive(Debug)]
pub struct Instrumentor {
    /// A [`PackedState`]: the only thing that a call looks at.
    pub(super) word: AtomicU64,
    setup: RwLock<Option<Setup>>,
    /// Beside the setup, since it is looked at at each submission.
    pub(super) tracing: ArcSwapOption<Tracing>,
}

/// The last installation, kept after its end for whoever still reads.
#[derive(Debug)]
struct Setup {
    config: Config,
    recorder: Recorder,
    is_tracing: bool,
    /// Whose installation it is: a forked child inherits its parent's.
    process: Process,
}

/// What an installation has replaced.
struct Before {
    word: PackedState,
    setup: Option<Setup>,
    tracing: Option<Arc<Tracing>>,
}

/// What is asked at each submission where there is a tracer.
pub(super) struct Tracing {
    pub(super) tracers: TracerStack,
    pub(super) names: TraceNames,
}

/// What [`Instrumentor::install`] did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[must_use = "`Already` means that the configuration was not applied: `let _ =` if that is fine"]
pub enum Installed {
    /// It was off and now is on.
    Now,
    /// It was on already: nothing was changed.
    Already,
}

impl Instrumentor {
    /// The process's own.
    ///
    /// With `OTEL_RUST_ASYNCIO_INSTRUMENT=true` in the environment it switches itself on at the first
    /// call, unless the program has said before what it wants.
    pub fn global() -> &'static Self {
        static GLOBAL: Instrumentor = Instrumentor::starting_as(PackedState::UNDECIDED);
        &GLOBAL
    }

    /// One that is off. To be used, it must be [handed to a
    /// runtime](crate::RuntimeHooksExt::with_instrumentor).
    pub const fn new() -> Self {
        Self::starting_as(PackedState::OFF)
    }

    pub(super) const fn starting_as(word: PackedState) -> Self {
        Self {
            word: AtomicU64::new(word.bits()),
            setup: RwLock::new(None),
            tracing: ArcSwapOption::const_empty(),
        }
    }

    /// One with a recorder of its own, switched on: for tests.
    pub fn installed(config: Config) -> Arc<Self> {
        let instrumentor = Self::new();
        let recorder = config.recorder.clone().unwrap_or_default();
        let _ = instrumentor.install(config.recorder(recorder));
        Arc::new(instrumentor)
    }

    /// Switches on. If it is on already, changes nothing and says so.
    ///
    /// In a forked child it is on as it was in the parent, and this starts anew: with this configuration, and with a
    /// [recorder of the child's own](Recorder::global) unless the configuration has one.
    ///
    /// Settings of the environment that made no sense are reported as [diagnostics](Config::diagnostics), each once
    /// per process. While an instrumentor is on, the process has a panic hook that keeps what a panicking task said, and
    /// calls the hook that was set before.
    pub fn install(&self, config: Config) -> Installed {
        let is_ready = |word: PackedState, is_inherited| !word.is_installed() || is_inherited;
        let installed = self.install_if(is_ready, config);
        if installed { Installed::Now } else { Installed::Already }
    }

    /// Switches on if it still is as it must be; whether it was. It is told whether a parent has installed what there is.
    pub(super) fn install_if(
        &self,
        is_ready: impl FnOnce(PackedState, bool) -> bool,
        config: Config,
    ) -> bool {
        let problems = config.problems().to_vec();
        #[cfg(not(loom))]
        let reports = config.report_at_exit && std::ptr::eq(self, Self::global());
        let sink = config.diagnostics.clone();
        let Some(before) = self.replace_setup_if(is_ready, config) else { return false };
        // Only now, without the lock: what follows runs code of the program.
        drop((before.setup, before.tracing));
        sink.into_iter().for_each(redirect);
        problems.iter().for_each(report_once);
        #[cfg(not(loom))]
        if reports {
            report::at_exit(self.recorder());
        }
        // In a forked child that starts anew the parent's is counted already.
        #[cfg(not(loom))]
        if !before.word.is_installed() {
            runtime_hooks_recorder::internals::acquire();
        }
        true
    }

    /// What was there before; `None` if nothing was changed.
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
        let tracing = Tracing::of(&config);
        let is_tracing = tracing.is_some();
        let new = Setup { config, recorder, is_tracing, process: Process::current() };
        let new_word = new.word();
        let tracing = self.tracing.swap(tracing.map(Arc::new));
        let before = Before { word, setup: setup.replace(new), tracing };
        let _ = unless_exiting(Call::Install, || ());
        self.word.store(new_word.bits(), Ordering::Relaxed);
        Some(before)
    }

    /// Switches off; says whether it was on. Processes in flight end as they would have, and what
    /// was recorded stays readable.
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

    /// Whether it is on.
    pub fn is_installed(&self) -> bool {
        self.word().is_installed()
    }

    /// Leaves one method alone from now on; without effect while it is off.
    pub fn disable(&self, method: Method) {
        self.change(|config| config.methods = config.methods.without(method));
    }

    /// Instruments a method that was disabled; without effect while it is off.
    pub fn enable(&self, method: Method) {
        self.change(|config| config.methods = config.methods.with(method));
    }

    /// Keeps the list of live processes from now on, or no longer: see [`Config::live`]. Those that are in it stay until
    /// they end. Says whether it was kept. Without effect while it is off.
    pub fn keep_live(&self, keep: bool) -> bool {
        let mut was_kept = false;
        self.change(|config| was_kept = std::mem::replace(&mut config.live, keep));
        was_kept
    }

    /// Where it records: what it was last installed with, else [`Recorder::global`].
    pub fn recorder(&self) -> Recorder {
        let recorder = self.read().and_then(|setup| Some(setup.as_ref()?.recorder.clone()));
        recorder.unwrap_or_else(Recorder::global)
    }

    /// The prefix of every metric's name.
    pub fn namespace(&self) -> String {
        let namespace =
            self.read().and_then(|setup| Some(setup.as_ref()?.config.namespace.clone()));
        namespace.unwrap_or_else(|| Config::new().namespace)
    }

    /// Relaxed: whoever needs an order between a switch and a call makes one.
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

    fn read(&self) -> Option<RwLockReadGuard<'_, Option<Setup>>> {
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
        let Config { methods, detail, live, .. } = &self.config;
        let has_process_clock = is_process_clock(clock_of(&self.recorder));
        PackedState::new(
            recorder_id(&self.recorder),
            *methods,
            *detail,
            self.is_tracing,
            has_process_clock,
            *live,
        )
    }
}

impl Tracing {
    fn of(config: &Config) -> Option<Self> {
        let tracers = config.all_tracers();
        (!tracers.is_empty()).then(|| Self { tracers, names: config.trace.clone() })
    }
}

impl fmt::Debug for Tracing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tracing").field("names", &self.names).finish_non_exhaustive()
    }
}
