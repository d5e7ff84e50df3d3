//! Slow polls and timeouts as events.

use runtime_hooks_core::{Incident, IncidentKind, Reporter};

/// Tells each incident as an event of level `WARN` and target `runtime_hooks`, in the span that the process carries:
/// so a subscriber that knows a trace id writes it beside.
///
/// | field | value |
/// |---|---|
/// | `message` | `slow poll` or `timeout` |
/// | `name` | the process's name; absent for anonymous futures |
/// | `type`, `async.runtime.name` | as on the metrics |
/// | `duration` | seconds: of the poll, or of the process |
/// | `code.file.path`, `code.line.number` | where it was submitted |
/// | `left_out` | how many before this one were not told |
#[derive(Clone, Copy, Debug, Default)]
pub struct EventReporter(());

impl EventReporter {
    /// One that follows the default subscriber of the process's thread.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Reporter for EventReporter {
    fn report(&self, incident: &Incident<'_>) {
        // The message is part of what `tracing` knows at compile time.
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
                    left_out = incident.left_out,
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
