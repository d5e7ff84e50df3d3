//! The process-wide recorder.

use std::sync::{Arc, OnceLock};

use arc_swap::ArcSwap;

use super::recorder::Recorder;
use crate::fork::Process;

impl Recorder {
    /// The process-wide recorder, which `Instrumentor::install` uses by default.
    ///
    /// A forked child has a copy of its parent's recorder, with everything recorded so far, until it installs an
    /// instrumentor: then it has a new one.
    pub fn global() -> Self {
        Global::current().recorder.clone()
    }

    /// As [`global`](Self::global), but a forked child gets a new, empty recorder.
    pub(crate) fn global_of_this_process() -> Self {
        let global = Global::current();
        if !global.process.is_current() {
            Global::cell().compare_and_swap(&global, Arc::new(Global::new()));
        }
        Self::global()
    }
}

/// The process-wide recorder, and the process that it belongs to.
struct Global {
    recorder: Recorder,
    process: Process,
}

impl Global {
    fn new() -> Self {
        Self { recorder: Recorder::new(), process: Process::current() }
    }

    fn current() -> Arc<Self> {
        Self::cell().load_full()
    }

    fn cell() -> &'static ArcSwap<Self> {
        static GLOBAL: OnceLock<ArcSwap<Global>> = OnceLock::new();
        GLOBAL.get_or_init(|| ArcSwap::from_pointee(Self::new()))
    }
}
