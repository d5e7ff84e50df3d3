//! Runtimes whose gauges are in the snapshots of a recorder.

use super::recorder::Recorder;
use crate::gauges::RuntimeGauges;

impl Recorder {
    /// Asks `source` for a runtime's gauges whenever a snapshot is taken, until the guard is
    /// dropped. The totals of a runtime that is gone stay in the snapshot.
    ///
    /// The source is called under none of our locks, so it may take a snapshot itself. Exporters survive its panic: the
    /// first is a diagnostic, the second switches the source off, and its last totals stay.
    pub fn watch(
        &self,
        runtime: &'static str,
        source: impl Fn() -> RuntimeGauges + Send + Sync + 'static,
    ) -> GaugeGuard {
        let id = self.inner().watched.add(runtime, Box::new(source));
        GaugeGuard { recorder: self.clone(), id }
    }
}

/// Keeps a runtime's gauges in the snapshots of a recorder. See [`Recorder::watch`].
#[must_use = "dropping the guard ends the watch at once"]
#[derive(Debug)]
pub struct GaugeGuard {
    recorder: Recorder,
    id: u64,
}

impl Drop for GaugeGuard {
    fn drop(&mut self) {
        self.recorder.inner().watched.remove(self.id);
    }
}
