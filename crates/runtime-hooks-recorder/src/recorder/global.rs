//! The recorder of the process.

use std::sync::{Arc, OnceLock};

use arc_swap::ArcSwap;

use super::recorder::Recorder;
use crate::fork::Process;

impl Recorder {
    /// The process's recorder, which `Instrumentor::install` uses
    /// unless told otherwise.
    ///
    /// A forked child has a copy of its parent's, with all that was recorded, until it
    /// installs for itself: then it has a new one.
    pub fn global() -> Self {
        Global::current().recorder.clone()
    }

    /// The same, but for a forked child: there it is a new one, which has nothing of the parent's.
    pub(crate) fn global_of_this_process() -> Self {
        let known = Global::current();
        if !known.process.is_current() {
            Global::cell().compare_and_swap(&known, Arc::new(Global::new()));
        }
        Self::global()
    }
}

/// The process's recorder, and which process that is.
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
