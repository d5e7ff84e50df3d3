//! The kinds of tasks, and how a task can end.

use std::fmt;

/// The kind of a task: the `type` attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Kind {
    /// A spawned task, or an instrumented future that has a name.
    Coroutine,
    /// An instrumented future without a name.
    Future,
    /// A blocking closure.
    Blocking,
}

impl Kind {
    /// The attribute's value: `coroutine`, `future` or `to_thread`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Coroutine => "coroutine",
            Self::Future => "future",
            Self::Blocking => "to_thread",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// How a task ended: the `state` attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum State {
    /// It returned.
    Finished,
    /// It was dropped before it returned: aborted, lost a race, or its runtime shut down.
    Cancelled,
    /// Its own deadline elapsed.
    Timeout,
    /// It panicked, or it returned an error and its result was classified.
    Exception,
}

impl State {
    /// Every state, in the order tables show them.
    pub const ALL: &'static [Self] =
        &[Self::Finished, Self::Cancelled, Self::Timeout, Self::Exception];

    /// The attribute's value: `finished`, `cancelled`, `timeout` or `exception`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Finished => "finished",
            Self::Cancelled => "cancelled",
            Self::Timeout => "timeout",
            Self::Exception => "exception",
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A state together with its `error.type`: what `process.duration` is split by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Outcome {
    state: State,
    error_type: Option<&'static str>,
}

impl Outcome {
    /// It returned.
    pub const FINISHED: Self = Self { state: State::Finished, error_type: None };
    /// It was dropped before it returned.
    pub const CANCELLED: Self = Self { state: State::Cancelled, error_type: None };
    /// It was dropped before it ran, or its deadline elapsed before that. Recorded only if durations start at the first
    /// run, as in Python, which records no such task.
    pub const NEVER_RAN: Self = Self { state: State::Cancelled, error_type: Some("never_ran") };
    /// Its own deadline elapsed.
    pub const TIMEOUT: Self = Self { state: State::Timeout, error_type: Some("timeout") };
    /// It panicked.
    pub const PANIC: Self = Self { state: State::Exception, error_type: Some("panic") };

    /// It returned an error of this type.
    pub const fn exception(error_type: &'static str) -> Self {
        Self::error(State::Exception, error_type)
    }

    /// It returned an error of this type, whose cause is an elapsed deadline.
    pub const fn timeout(error_type: &'static str) -> Self {
        Self::error(State::Timeout, error_type)
    }

    /// Without the error type.
    pub(crate) const fn without_error_type(self) -> Self {
        Self { error_type: None, ..self }
    }

    pub(crate) const fn error(state: State, error_type: &'static str) -> Self {
        Self { state, error_type: Some(error_type) }
    }

    /// The `state` attribute.
    pub const fn state(self) -> State {
        self.state
    }

    /// The `error.type` attribute: absent on `finished` and `cancelled`.
    pub const fn error_type(self) -> Option<&'static str> {
        self.error_type
    }
}
