//! Writes slow polls and timeouts as events.

use runtime_hooks_core::{Incident, IncidentKind, Reporter};

/// Reports each incident as an event of level `WARN` and target `runtime_hooks`, in what the task carries, so that a
/// subscriber can add the trace id.
///
/// | field | value |
/// |---|---|
/// | `message` | `slow poll` or `timeout` |
/// | `name` | the task's name; absent for anonymous futures |
/// | `type`, `async.runtime.name` | as on the metrics |
/// | `duration` | duration of the poll or of the task, in seconds |
/// | `code.file.path`, `code.line.number` | the call site of the submission |
/// | `dropped` | the number of incidents before this one that were not reported |
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
        // `tracing` needs the message at compile time.
        macro_rules! event {
            ($message:literal) => {
                tracing::warn!(
                    target: "runtime_hooks",
                    name = incident.name,
                    r#type = incident.task_kind.as_str(),
                    async.runtime.name = incident.runtime,
                    duration = incident.duration.as_secs_f64(),
                    code.file.path = incident.location.file(),
                    code.line.number = incident.location.line(),
                    dropped = incident.dropped,
                    $message
                );
            };
        }
        if incident.kind == IncidentKind::Timeout {
            event!("timeout");
        } else {
            event!("slow poll");
        }
    }
}
