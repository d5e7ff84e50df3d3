//! Incidents, and the trait that receives them.

use std::fmt;
use std::panic::Location;
use std::time::Duration;

use runtime_hooks_recorder::internals::emit;
use runtime_hooks_recorder::{Kind, Severity};

/// The kinds of incidents: see [`Config::log`](crate::Config::log).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum IncidentKind {
    /// `slow_poll`: a poll longer than [`Config::slow_poll`](crate::Config::slow_poll). A blocking closure is never
    /// slow.
    SlowPoll,
    /// `timeout`: a task that ended in the state `timeout`.
    Timeout,
}

impl IncidentKind {
    /// All kinds.
    pub const ALL: &'static [Self] = &[Self::SlowPoll, Self::Timeout];

    /// The name in `OTEL_RUST_ASYNCIO_LOG`.
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
    /// The kind of incident.
    pub kind: IncidentKind,
    /// The `type` attribute.
    pub task_kind: Kind,
    /// The `name` attribute; `None` for anonymous futures.
    pub name: Option<&'a str>,
    /// The `async.runtime.name` attribute.
    pub runtime: &'static str,
    /// The call site where the task was submitted.
    pub location: &'static Location<'static>,
    /// The duration of the poll, or of the task.
    pub duration: Duration,
    /// The number of incidents before this one that were not reported because of the limit per second.
    pub dropped: u64,
}

impl fmt::Display for Incident<'_> {
    /// `slow poll of "fetch" took 31ms (tokio, src/main.rs:12:5)`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, task_kind, name, runtime, location, duration, dropped } = self;
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
        match dropped {
            0 => Ok(()),
            _ => write!(f, "; {dropped} more were not reported"),
        }
    }
}

/// Receives incidents, for example to log them.
///
/// # Panics
///
/// A panic of a reporter or of its destructor is caught and never reaches the task. The first panic is reported as a
/// [diagnostic](crate::Config::diagnostics), the second disables the reporter until the next installation. With
/// `panic = "abort"` a panic aborts the program.
pub trait Reporter: Send + Sync + 'static {
    /// Called on the thread and in the context of the task, after the poll; at most [`MAX_INCIDENTS_PER_SECOND`]
    /// times per second.
    fn report(&self, incident: &Incident<'_>);
}

/// The maximum number of reported incidents per second. The others are counted, and reported with the next one.
pub const MAX_INCIDENTS_PER_SECOND: u32 = 10;

/// The default reporter: each incident is a diagnostic.
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
    fn an_incident_is_one_line_for_any_name() {
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
                dropped: 0,
            };
            let line = format!("slow poll of {quoted} took 31ms (tokio, {location})");
            assert_eq!(incident.to_string(), line);
        }
    }
}
