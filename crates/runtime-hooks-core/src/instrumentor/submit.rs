//! The hot path: whether a call is instrumented, and the record of its task.

use runtime_hooks_recorder::internals::sync::Ordering;
use runtime_hooks_recorder::internals::{Call, Site, unless_exiting};

use super::config::Config;
use super::instrumentor::Instrumentor;
use super::tracing::Tracing;
use crate::settings::{Flag, Method, PackedState};
use crate::task::TaskRecord;
use crate::tracer::{Carrier, Submission};

impl Instrumentor {
    /// Creates the record of a new task. It does nothing if `method` is not instrumented.
    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "this load and branch are the only cost while recording is off"
    )]
    pub(crate) fn submit<'a>(&self, method: Method, site: impl FnOnce() -> Site<'a>) -> TaskRecord {
        match self.state_for(method) {
            // Only now: while recording is off, building a site would be a dozen useless stores.
            Ok(word) => self.submit_on(word, method, &site()),
            Err(unrecorded) => unrecorded,
        }
    }

    /// The state for [`submit_on`](Self::submit_on) if `method` is instrumented, else the record of a task that is
    /// not recorded.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "as in `submit`")]
    pub(crate) fn state_for(&self, method: Method) -> Result<PackedState, TaskRecord> {
        let word = self.word();
        if word.is_off() {
            Err(TaskRecord::off())
        } else if word.has(method) {
            Ok(word)
        } else {
            Err(TaskRecord::unrecorded())
        }
    }

    /// A separate function, so that there is no call while recording is off.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "so that the record is built in place")]
    pub(crate) fn submit_on(
        &self,
        word: PackedState,
        method: Method,
        site: &Site<'_>,
    ) -> TaskRecord {
        let wants_tracer = word.wants(Flag::Tracer);
        let traced = if wants_tracer { self.submit_traced(word, method, site) } else { None };
        TaskRecord::submit_or(word, site, traced)
    }

    /// As [`submit`](Self::submit), for a task around whose polls no context can be entered.
    pub(crate) fn submit_untraced(&self, method: Method, site: &Site<'_>) -> TaskRecord {
        let word = self.decided();
        if word.has(method) { TaskRecord::submit(word, site, None) } else { TaskRecord::off() }
    }

    /// The record of a task that carries a context; `None` if there is none to carry.
    #[inline(never)]
    fn submit_traced(
        &self,
        word: PackedState,
        method: Method,
        site: &Site<'_>,
    ) -> Option<TaskRecord> {
        if word == PackedState::UNDECIDED {
            return Some(self.submit_undecided(method, site));
        }
        let mut carrier = None;
        self.trace(method, site, &mut carrier);
        carrier.is_some().then(|| TaskRecord::submit(word, site, carrier))
    }

    #[cold]
    fn submit_undecided(&self, method: Method, site: &Site<'_>) -> TaskRecord {
        let word = self.decided();
        if !word.has(method) {
            return if word.is_off() { TaskRecord::off() } else { TaskRecord::unrecorded() };
        }
        let mut carrier = None;
        if word.wants(Flag::Tracer) {
            self.trace(method, site, &mut carrier);
        }
        TaskRecord::submit(word, site, carrier)
    }

    #[inline]
    fn decided(&self) -> PackedState {
        if self.word() == PackedState::UNDECIDED {
            self.decide();
        }
        self.word()
    }

    /// The program has not decided yet: reads the setting from the environment.
    #[cold]
    fn decide(&self) {
        self.decide_with(Config::from_env());
    }

    pub(super) fn decide_with(&self, config: Config) {
        if config.is_wanted_at_start {
            self.install_if(|word, _| word == PackedState::UNDECIDED, config);
        }
        let _ = self.word.compare_exchange(
            PackedState::UNDECIDED.bits(),
            PackedState::OFF.bits(),
            Ordering::Relaxed,
            Ordering::Relaxed,
        );
    }

    /// Sets `carrier` if there is a context to carry. See [`GuardedTracer::submit`](crate::tracer::GuardedTracer).
    #[inline]
    fn trace(&self, method: Method, site: &Site<'_>, carrier: &mut Option<Carrier>) {
        let submit = |tracing: &Tracing| {
            tracing.tracers.submit(&Submission::new(method, site, &tracing.selector), carrier);
        };
        unless_exiting(Call::Submit, || self.tracing.with(submit));
    }
}
