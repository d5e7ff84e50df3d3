//! Runtimes whose gauges are part of a recorder's snapshots.

use super::recorder::Recorder;
use crate::gauges::RuntimeGauges;

impl Recorder {
    /// Reads a runtime's gauges from `source` whenever a snapshot is taken, until the guard is dropped. Totals of a
    /// runtime stay in the snapshot after that.
    ///
    /// `source` is called without any of our locks, so it may take a snapshot itself. Exporters survive its panics:
    /// the first is a diagnostic, the second disables the source, and its last totals stay.
    pub fn watch(
        &self,
        runtime: &'static str,
        source: impl Fn() -> RuntimeGauges + Send + Sync + 'static,
    ) -> GaugeGuard {
        let id = self.inner().watched.add(runtime, None, Box::new(source));
        GaugeGuard { recorder: self.clone(), id }
    }

    /// As [`watch`](Self::watch), of a runtime whose totals count from its own start. If it is watched again, they are
    /// counted once.
    pub(crate) fn watch_runtime(
        &self,
        runtime: &'static str,
        id: String,
        source: impl Fn() -> RuntimeGauges + Send + Sync + 'static,
    ) -> GaugeGuard {
        let id = self.inner().watched.add(runtime, Some(id), Box::new(source));
        GaugeGuard { recorder: self.clone(), id }
    }
}

/// Keeps a runtime's gauges in the snapshots of a recorder until it is dropped. See [`Recorder::watch`].
#[must_use = "dropping the guard ends the watch at once"]
#[derive(Debug)]
pub struct GaugeGuard {
    recorder: Recorder,
    id: u64,
}

impl GaugeGuard {
    /// A guard that keeps nothing, for a runtime whose gauges are read without it.
    pub fn without_source(recorder: &Recorder) -> Self {
        Self { recorder: recorder.clone(), id: 0 }
    }

    /// The recorder whose snapshots have the gauges.
    pub fn recorder(&self) -> &Recorder {
        &self.recorder
    }
}

impl Drop for GaugeGuard {
    fn drop(&mut self) {
        self.recorder.inner().watched.remove(self.id);
    }
}
