//! What is reported, and to whom.

use std::fmt;
use std::panic::Location;
use std::time::Duration;

use runtime_hooks_recorder::internals::emit;
use runtime_hooks_recorder::{Kind, Severity};

/// What can be told one by one: see [`Config::log`](crate::Config::log).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum IncidentKind {
    /// `slow_poll`: a run longer than [`Config::slow_poll`](crate::Config::slow_poll), of a task or of a future;
    /// a closure on the blocking pool may take its time.
    SlowPoll,
    /// `timeout`: a process that ended in the state `timeout`.
    Timeout,
}

impl IncidentKind {
    /// All there is.
    pub const ALL: &'static [Self] = &[Self::SlowPoll, Self::Timeout];

    /// As it is written in `OTEL_RUST_ASYNCIO_LOG`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SlowPoll => "slow_poll",
            Self::Timeout => "timeout",
        }
    }
}

/// One slow poll, or one timeout.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Incident<'a> {
    /// Which of them.
    pub kind: IncidentKind,
    /// The `type` attribute.
    pub task_kind: Kind,
    /// The `name` attribute; `None` for anonymous futures.
    pub name: Option<&'a str>,
    /// The `async.runtime.name` attribute.
    pub runtime: &'static str,
    /// Where the process was submitted.
    pub location: &'static Location<'static>,
    /// How long the poll took, or how long the process lived.
    pub duration: Duration,
    /// How many incidents before this one were not told, since there were too many of them in a second.
    pub left_out: u64,
}

impl fmt::Display for Incident<'_> {
    /// `slow poll of "fetch" took 31ms (tokio, src/main.rs:12:5)`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, task_kind, name, runtime, location, duration, left_out } = self;
        match kind {
            IncidentKind::SlowPoll => write!(f, "slow poll of ")?,
            IncidentKind::Timeout => write!(f, "timeout of ")?,
        }
        match name {
            Some(name) => write!(f, "{name:?}")?,
            None => write!(f, "a {task_kind}")?,
        }
        match kind {
            IncidentKind::SlowPoll => write!(f, " took")?,
            IncidentKind::Timeout => write!(f, " after")?,
        }
        write!(f, " {duration:?} ({runtime}, {location})")?;
        match left_out {
            0 => Ok(()),
            _ => write!(f, "; {left_out} more were not told"),
        }
    }
}

/// Where incidents are told: a log.
///
/// # Panics
///
/// A panic of a reporter, its destructor included, is caught and never reaches the task. The first is reported as a
/// [diagnostic](crate::Config::diagnostics), the second switches the reporter off until the next installation. With
/// `panic = "abort"` it ends the program.
pub trait Reporter: Send + Sync + 'static {
    /// Called on the thread and in the context of the process, after its run; at most
    /// [`MAX_INCIDENTS_PER_SECOND`] times a second.
    fn report(&self, incident: &Incident<'_>);
}

/// How many incidents are told a second; the rest is counted, and told with the next one.
pub const MAX_INCIDENTS_PER_SECOND: u32 = 10;

/// Where incidents go without a reporter: each is a diagnostic.
pub(crate) struct ToDiagnostics;

impl Reporter for ToDiagnostics {
    fn report(&self, incident: &Incident<'_>) {
        emit(Severity::Warning, format_args!("{incident}"));
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_one_line_whatever_the_name() {
        let location = Location::caller();
        for (name, quoted) in [
            ("", r#""""#),
            ("a\nb\0\u{1b}[2J", r#""a\nb\0\u{1b}[2J""#),
            ("\u{202e}evil", r#""\u{202e}evil""#),
            ("<b>\"c\\\"</b>", r#""<b>\"c\\\"</b>""#),
        ] {
            let incident = Incident {
                kind: IncidentKind::SlowPoll,
                task_kind: Kind::Coroutine,
                name: Some(name),
                runtime: "tokio",
                location,
                duration: Duration::from_millis(31),
                left_out: 0,
            };
            let line = format!("slow poll of {quoted} took 31ms (tokio, {location})");
            assert_eq!(incident.to_string(), line);
        }
    }
}
