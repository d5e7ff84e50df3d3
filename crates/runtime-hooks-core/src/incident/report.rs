//! Incidents, and the trait that receives them.

use std::fmt;
use std::panic::Location;
use std::time::Duration;

use runtime_hooks_recorder::internals::emit;
use runtime_hooks_recorder::{Kind, SeriesKey, Severity};

use super::stall::Stall;
use super::starvation::Starvation;

/// The kinds of incidents: see [`Config::log`](crate::Config::log).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum IncidentKind {
    /// `slow_poll`: a poll longer than [`Config::slow_poll`](crate::Config::slow_poll). A blocking closure is never
    /// slow.
    SlowPoll,
    /// `timeout`: a task that ended in the state `timeout`.
    Timeout,
    /// `stall`: a task that has held its thread for longer than [`Config::stall`](crate::Config::stall), and still does.
    /// Watchdogs report it.
    Stall,
    /// `starvation`: a task that has been ready to run for longer than [`Config::stall`](crate::Config::stall), and still
    /// does not run. Watchdogs report it where the list of live tasks is kept.
    Starvation,
}

impl IncidentKind {
    /// All kinds that [`Config::log`](crate::Config::log) selects. The others are reported wherever a watchdog runs.
    pub const ALL: &'static [Self] = &[Self::SlowPoll, Self::Timeout];

    /// The name in `OTEL_RUST_ASYNCIO_LOG`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SlowPoll => "slow_poll",
            Self::Timeout => "timeout",
            Self::Stall => "stall",
            Self::Starvation => "starvation",
        }
    }
}

/// One slow poll, one timeout, one stall or one starvation.
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
    /// The call site where the task was submitted. For a stall, that of the first task of its series, if that is known.
    pub location: Option<&'static Location<'static>>,
    /// The duration of the poll, or of the task. For a stall, how long the watchdog has seen the poll so far.
    pub duration: Duration,
    /// The number of incidents before this one that were not reported because of the limit per second.
    pub dropped: u64,
    /// What a watchdog knows of a stall.
    pub stall: Option<&'a Stall>,
    /// What a watchdog knows of tasks that are ready and do not run.
    pub starvation: Option<&'a Starvation>,
}

impl<'a> Incident<'a> {
    /// A stall that a watchdog reports.
    #[doc(hidden)]
    pub fn of_stall(
        key: &'a SeriesKey,
        location: Option<&'static Location<'static>>,
        duration: Duration,
        dropped: u64,
        stall: &'a Stall,
    ) -> Self {
        Self {
            kind: IncidentKind::Stall,
            task_kind: key.kind(),
            name: key.name(),
            runtime: key.runtime(),
            location,
            duration,
            dropped,
            stall: Some(stall),
            starvation: None,
        }
    }

    /// Tasks that are ready and do not run, as a watchdog reports them. The key, the place and the duration are of the one that
    /// waits longest.
    #[doc(hidden)]
    pub fn of_starvation(
        key: &'a SeriesKey,
        location: Option<&'static Location<'static>>,
        duration: Duration,
        dropped: u64,
        starvation: &'a Starvation,
    ) -> Self {
        Self {
            kind: IncidentKind::Starvation,
            task_kind: key.kind(),
            name: key.name(),
            runtime: key.runtime(),
            location,
            duration,
            dropped,
            stall: None,
            starvation: Some(starvation),
        }
    }
}

impl fmt::Display for Incident<'_> {
    /// `slow poll of "fetch" took 31ms (tokio, src/main.rs:12:5)`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, task_kind, name, runtime, location, duration, dropped, .. } = self;
        write!(f, "{} of ", kind.as_str().replace('_', " "))?;
        match name {
            Some(name) => write!(f, "{name:?}")?,
            None => write!(f, "a {task_kind}")?,
        }
        match kind {
            IncidentKind::SlowPoll => write!(f, " took")?,
            IncidentKind::Timeout => write!(f, " after")?,
            IncidentKind::Stall => write!(f, ": it has held its thread for")?,
            IncidentKind::Starvation => write!(f, ": it has been ready to run for")?,
        }
        write!(f, " {duration:?} ({runtime}")?;
        if let Some(location) = location {
            write!(f, ", {location}")?;
        }
        write!(f, ")")?;
        if let Some(stall) = self.stall {
            write!(f, "; {stall}")?;
        }
        if let Some(starvation) = self.starvation {
            write!(f, "; {starvation}")?;
        }
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
    /// Called at most [`MAX_INCIDENTS_PER_SECOND`] times per second: on the thread and in the context of the task, after
    /// the poll. What a watchdog reports, it reports on its own thread, while it goes on.
    fn report(&self, incident: &Incident<'_>);
}

/// The maximum number of reported incidents per second. The others are counted, and reported with the next one.
pub const MAX_INCIDENTS_PER_SECOND: u32 = 10;

/// The default reporter: each incident is a diagnostic.
pub(crate) struct ToDiagnostics;

impl Reporter for ToDiagnostics {
    fn report(&self, incident: &Incident<'_>) {
        match incident.stall {
            Some(stall) if !stall.stack.is_empty() => {
                emit(Severity::Warning, format_args!("{incident}\n{}", stall.stack_lines()));
            }
            _ => emit(Severity::Warning, format_args!("{incident}")),
        }
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
                location: Some(location),
                duration: Duration::from_millis(31),
                dropped: 0,
                stall: None,
                starvation: None,
            };
            let line = format!("slow poll of {quoted} took 31ms (tokio, {location})");
            assert_eq!(incident.to_string(), line);
        }
    }
}
