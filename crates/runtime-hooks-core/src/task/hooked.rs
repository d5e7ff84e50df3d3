//! A task that is seen through its runtime's hooks alone.

use super::probe::{Probe, Unfinished};
use crate::state::Outcome;

/// A task that somebody else spawned, which is not wrapped: its runtime tells when it is polled and when
/// it is over. Made by [`DropIn::hooked`](crate::DropIn::hooked).
///
/// It is recorded with its duration and its polls. A runtime's hooks tell neither its name nor how it
/// ended: a task whose end comes in a run has finished, and one that is dropped between two is cancelled.
#[derive(Debug)]
pub struct HookedTask {
    probe: Probe,
    run: Option<Unfinished>,
}

impl HookedTask {
    /// `None` if nobody is watching.
    pub(crate) fn new(probe: Probe) -> Option<Self> {
        (!probe.is_silent()).then_some(Self { probe, run: None })
    }

    /// A run starts.
    pub fn start(&mut self) {
        self.run = Some(self.probe.start().suspend());
    }

    /// The run is over, the task is not.
    pub fn stop(&mut self) {
        if let Some(run) = self.run.take() {
            run.resume(&mut self.probe).stop(None);
        }
    }

    /// The task is over.
    pub fn end(mut self) {
        if let Some(run) = self.run.take() {
            run.resume(&mut self.probe).stop(Some(Outcome::FINISHED));
        }
    }
}
