//! One run of a process, from start to stop: a guard, so that a panic ends the process too.

use std::mem::ManuallyDrop;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;

use super::life::Life;
use super::tag::RecordFlags;
use super::waker::WakerNode;
use crate::recorder::OutcomeId;
use crate::state::Outcome;

/// One uninterrupted run of a process.
pub(crate) struct Run<'p> {
    pub(super) life: &'p mut Life,
    pub(super) node: Option<&'p Arc<WakerNode>>,
    pub(super) since: u64,
    pub(super) runnable_since: Option<u64>,
}

impl<'p> Run<'p> {
    /// The same run, of a process that meanwhile has got something beside it.
    #[inline]
    pub(super) fn with(mut self, node: Option<&'p Arc<WakerNode>>) -> Self {
        self.node = node;
        self
    }

    /// Does what the run is for inside of what the process carries.
    ///
    /// A panic of the process passes by what is carried: it goes on when that has been left.
    #[inline]
    pub(crate) fn enter<T>(&self, mut work: impl FnMut() -> T) -> T {
        let Some(carried) = self.node.and_then(|node| node.carried()) else {
            return work();
        };
        let mut result = None;
        carried.try_enter(&mut || {
            if result.is_none() {
                result = Some(catch_unwind(AssertUnwindSafe(&mut work)));
            }
        });
        match result {
            Some(Ok(output)) => output,
            Some(Err(panic)) => resume_unwind(panic),
            // It was not called, since a tracer panicked before, or is switched off.
            None => work(),
        }
    }

    /// From here on a drop is not a panic.
    #[inline]
    pub(super) fn dissolve(self) -> ManuallyDrop<Self> {
        ManuallyDrop::new(self)
    }

    /// The run is over, and if there is an outcome the process is too.
    #[inline]
    pub(crate) fn stop(self, ended: Option<Outcome>) {
        let Run { ref mut life, node, since, runnable_since } = *self.dissolve();
        if let Some(outcome) = ended {
            match OutcomeId::of_no_error(outcome) {
                Some(number) => life.over(node, since, runnable_since, number),
                None => life.over_with_error(node, since, runnable_since, outcome),
            }
        } else if life.tag.wants(RecordFlags::TIMES) {
            life.pause(node, since, runnable_since);
        } else {
            life.rest();
        }
    }
}

/// A [`Run`] of a process that has nothing beside it: no more than that takes, since it is on the stack of whatever the
/// run does, once for each level of futures that await others.
pub(super) struct PlainRun<'p> {
    pub(super) life: &'p mut Life,
    pub(super) since: u64,
}

impl PlainRun<'_> {
    /// From here on a drop is not a panic.
    #[inline]
    pub(super) fn dissolve(self) -> ManuallyDrop<Self> {
        ManuallyDrop::new(self)
    }
}

impl Drop for PlainRun<'_> {
    #[cold]
    fn drop(&mut self) {
        self.life.panicked(None, self.since, None);
    }
}

/// A run that nobody holds on to: what a [`Run`] knows beside its probe.
#[derive(Debug)]
pub(crate) struct Unfinished {
    since: u64,
    runnable_since: Option<u64>,
}

impl Run<'_> {
    pub(crate) fn suspend(self) -> Unfinished {
        let run = self.dissolve();
        Unfinished { since: run.since, runnable_since: run.runnable_since }
    }
}

impl Unfinished {
    pub(super) fn resume<'p>(
        self,
        life: &'p mut Life,
        node: Option<&'p Arc<WakerNode>>,
    ) -> Run<'p> {
        Run { life, node, since: self.since, runnable_since: self.runnable_since }
    }
}

impl Drop for Run<'_> {
    #[cold]
    fn drop(&mut self) {
        self.life.panicked(self.node, self.since, self.runnable_since);
    }
}
