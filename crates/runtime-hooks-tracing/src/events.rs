//! Writes slow polls and timeouts as events.

use runtime_hooks_core::{Incident, IncidentKind, Reporter};

/// Reports each incident as an event of level `WARN` and target `runtime_hooks`. Slow polls and timeouts are reported in what
/// the task carries, so that a subscriber can add the trace id.
///
/// | field | value |
/// |---|---|
/// | `message` | `slow poll`, `timeout`, `stall` or `starvation` |
/// | `name` | the task's name; absent for anonymous futures |
/// | `type`, `async.runtime.name` | as on the metrics |
/// | `duration` | duration of the poll or of the task, in seconds; of a stall, the duration so far |
/// | `code.file.path`, `code.line.number` | the call site of the submission |
/// | `dropped` | the number of incidents before this one that were not reported |
///
/// A stall is reported on the watchdog's thread, with these fields where they are known:
///
/// | field | value |
/// |---|---|
/// | `task` | the task's id in the list of live tasks |
/// | `trace_id`, `span_id` | of the task's span, if it is sampled |
/// | `thread.name`, `thread.id` | the thread; the id is the system's |
/// | `doing` | what the thread does: `computes`, or what it waits in |
/// | `code.stacktrace` | the functions that it is in, one in each line, the innermost first |
///
/// A starvation, of the task that waits longest, is reported there with these fields:
///
/// | field | value |
/// |---|---|
/// | `tasks` | how many tasks of the runtime wait |
/// | `detail` | who runs, for people |
#[derive(Clone, Copy, Debug, Default)]
pub struct EventReporter(());

impl EventReporter {
    /// Creates a reporter that uses the default subscriber of the task's thread.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Reporter for EventReporter {
    fn report(&self, incident: &Incident<'_>) {
        // `tracing` needs the message and the fields at compile time.
        macro_rules! event {
            ($message:literal $(, $($field:ident).+ = $value:expr)*) => {
                tracing::warn!(
                    target: "runtime_hooks",
                    name = incident.name,
                    r#type = incident.task_kind.as_str(),
                    async.runtime.name = incident.runtime,
                    duration = incident.duration.as_secs_f64(),
                    code.file.path = incident.location.map(|location| location.file()),
                    code.line.number = incident.location.map(|location| location.line()),
                    dropped = incident.dropped,
                    $($($field).+ = $value,)*
                    $message
                )
            };
        }
        match (incident.kind, incident.stall) {
            (IncidentKind::Timeout, _) => event!("timeout"),
            (_, Some(stall)) => event!(
                "stall",
                task = stall.task.map(tracing::field::display),
                trace_id = stall.trace_id(),
                span_id = stall.span_id(),
                thread.name = stall.thread.as_deref(),
                thread.id = stall.os_thread,
                doing = stall.doing.as_deref(),
                code.stacktrace = (!stall.stack.is_empty()).then(|| stall.stack_lines())
            ),
            (IncidentKind::Starvation, _) => event!(
                "starvation",
                tasks = incident.starvation.map(|starvation| starvation.waiting),
                detail = incident.starvation.map(tracing::field::display)
            ),
            _ => event!("slow poll"),
        }
    }
}
