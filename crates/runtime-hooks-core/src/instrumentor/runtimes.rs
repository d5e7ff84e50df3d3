//! The recorder to which attached runtimes report.

use runtime_hooks_recorder::Recorder;

use super::instrumentor::Instrumentor;

impl Instrumentor {
    /// The recorder of the global instrumentor. `None` before the first installation, which makes all attached runtimes
    /// report to its recorder.
    pub(crate) fn recorder_of_runtimes() -> Option<Recorder> {
        Some(Self::global().read()?.as_ref()?.recorder.clone())
    }
}
