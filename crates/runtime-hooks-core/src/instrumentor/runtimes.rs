//! Runtimes that report to whatever the global instrumentor is installed with.

use runtime_hooks_recorder::{Recorder, RuntimeGauges};

use super::instrumentor::Instrumentor;
use crate::attached::{self, AttachedRuntime};

impl Instrumentor {
    /// Reads the gauges of a runtime that the caller owns, while the global instrumentor is installed.
    pub(crate) fn attach_owned(
        id: &dyn ToString,
        name: &'static str,
        read: impl Fn() -> RuntimeGauges + Send + Sync + 'static,
    ) -> AttachedRuntime {
        attached::attach_owned(Self::recorder_of_runtimes, id, name, read)
    }

    /// As [`attach_owned`](Self::attach_owned), for a runtime of which the caller only has a handle.
    pub(crate) fn attach_foreign(
        id: &dyn ToString,
        name: &'static str,
        read: impl Fn() -> RuntimeGauges + Send + Sync + 'static,
    ) {
        attached::attach_foreign(Self::recorder_of_runtimes, id, name, read);
    }

    /// `None` before the first installation: it makes all attached runtimes report to its recorder.
    pub(super) fn recorder_of_runtimes() -> Option<Recorder> {
        Some(Self::global().read()?.as_ref()?.recorder.clone())
    }
}
