//! The hot path: whether a call is instrumented, and the record of its task.

use runtime_hooks_recorder::internals::sync::Ordering;
use runtime_hooks_recorder::internals::{Call, Site, unless_exiting};

use super::config::Config;
use super::instrumentor::Instrumentor;
use crate::settings::{Method, PackedState};
use crate::task::TaskRecord;
use crate::tracer::{Carrier, Submission};

impl Instrumentor {
    /// The record of a new process: one that does nothing where `method` is not instrumented.
    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "a load and a branch, which alone is what it costs where all is off"
    )]
    pub(crate) fn submit<'a>(&self, method: Method, site: impl FnOnce() -> Site<'a>) -> TaskRecord {
        match self.word_of(method) {
            // Only now: where all is off, a site would be a dozen stores for nobody.
            Ok(word) => self.submit_on(word, method, &site()),
            Err(unrecorded) => unrecorded,
        }
    }

    /// The word for [`submit_on`](Self::submit_on) where `method` is instrumented, else the record of what is not recorded.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "as in `submit`")]
    pub(crate) fn word_of(&self, method: Method) -> Result<PackedState, TaskRecord> {
        let word = self.word();
        if word.is_off() {
            Err(TaskRecord::off())
        } else if word.has(method) {
            Ok(word)
        } else {
            Err(TaskRecord::unrecorded())
        }
    }

    /// Of its own, so that where all is off there is no call.
    #[inline]
    pub(crate) fn submit_on(
        &self,
        word: PackedState,
        method: Method,
        site: &Site<'_>,
    ) -> TaskRecord {
        if word.has_tracer() {
            return self.submit_traced(method, site);
        }
        TaskRecord::submit(word, site, None)
    }

    /// As [`submit`](Self::submit), for a process that nobody can enter anything for.
    pub(crate) fn submit_untraced(&self, method: Method, site: &Site<'_>) -> TaskRecord {
        let word = self.decided();
        if word.has(method) { TaskRecord::submit(word, site, None) } else { TaskRecord::off() }
    }

    #[inline(never)]
    fn submit_traced(&self, method: Method, site: &Site<'_>) -> TaskRecord {
        let word = self.decided();
        if !word.has(method) {
            return if word.is_off() { TaskRecord::off() } else { TaskRecord::unrecorded() };
        }
        let carried = if word.has_tracer() { self.trace(method, site) } else { None };
        TaskRecord::submit(word, site, carried)
    }

    #[inline]
    fn decided(&self) -> PackedState {
        if self.word() == PackedState::UNDECIDED {
            self.decide();
        }
        self.word()
    }

    /// Nobody has switched it on or off so far: has the environment a word to say?
    #[cold]
    fn decide(&self) {
        self.settle(Config::from_env());
    }

    pub(super) fn settle(&self, config: Config) {
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

    fn trace(&self, method: Method, site: &Site<'_>) -> Option<Carrier> {
        let tracing = self.tracing.load();
        let tracing = tracing.as_ref()?;
        let submit = || tracing.tracers.submit(&Submission::new(method, site, &tracing.names));
        unless_exiting(Call::Submit, submit).flatten()
    }
}
