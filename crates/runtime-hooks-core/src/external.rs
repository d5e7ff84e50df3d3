//! A task that is seen through its runtime's hooks alone.

use std::any::type_name;
use std::panic::Location;

use runtime_hooks_recorder::Outcome;
use runtime_hooks_recorder::internals::{Role, Site};

use crate::instrumentor::Instrumentor;
use crate::settings::Method;
use crate::task::{SuspendedPoll, TaskRecord};

/// A task that somebody else spawned, which is not wrapped: its runtime tells when it is polled and when
/// it is over. Made by [`DropIn::hooked`](crate::support::DropIn::hooked).
///
/// It is recorded with its duration and its polls. A runtime's hooks tell neither its name nor how it
/// ended: a task whose end comes in a run has finished, and one that is dropped between two is cancelled. It
/// carries nothing: between two hooks there is nothing to enter.
#[derive(Debug)]
pub struct ExternalTask {
    record: TaskRecord,
    run: Option<SuspendedPoll>,
}

impl ExternalTask {
    /// `None` if nobody is watching.
    pub(crate) fn submitted_to(
        instrumentor: &Instrumentor,
        runtime: &'static str,
        spawned_at: &'static Location<'static>,
    ) -> Option<Self> {
        // As anonymous as a boxed future: it is known by where it was spawned.
        let type_name = type_name::<Box<dyn Future<Output = ()>>>();
        let location = spawned_at;
        let site = Site { name: None, type_name, role: Role::Task, runtime, location, size: None };
        let mut record = instrumentor.submit_untraced(Method::Spawn, &site);
        // It is not polled with a waker of ours.
        record.leave_wakes_alone();
        (!record.is_silent()).then_some(Self { record, run: None })
    }

    /// A run starts.
    pub fn start(&mut self) {
        self.run = Some(self.record.start().suspend());
    }

    /// The run is over, the task is not.
    pub fn stop(&mut self) {
        if let Some(run) = self.run.take() {
            self.record.resume(run).stop(None);
        }
    }

    /// The task is over.
    pub fn end(mut self) {
        if let Some(run) = self.run.take() {
            self.record.resume(run).stop(Some(Outcome::FINISHED));
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::instrumentor::Config;
    use runtime_hooks_recorder::ManualClock;
    use runtime_hooks_recorder::Recorder;
    use runtime_hooks_recorder::State;
    use std::sync::Arc;
    use std::time::Duration;

    const MILLI: Duration = Duration::from_millis(1);

    fn installed() -> (Arc<Instrumentor>, ManualClock) {
        let clock = ManualClock::new();
        let recorder = Recorder::builder().clock(clock.clock()).build();
        (Instrumentor::installed(Config::new().recorder(recorder)), clock)
    }

    fn spawn(instrumentor: &Instrumentor) -> Option<ExternalTask> {
        ExternalTask::submitted_to(instrumentor, "tokio", Location::caller())
    }

    #[test]
    fn a_task_that_ends_in_a_run_has_finished_and_one_between_two_is_cancelled() {
        let (instrumentor, clock) = installed();
        let mut returns = spawn(&instrumentor).unwrap();
        let mut dropped = spawn(&instrumentor).unwrap();
        for task in [&mut returns, &mut dropped] {
            clock.advance(MILLI);
            task.start();
            clock.advance(2 * MILLI);
            task.stop();
        }
        returns.start();
        clock.advance(4 * MILLI);
        returns.end();
        dropped.end();
        let snapshot = instrumentor.recorder().snapshot();
        let [series] = &*snapshot.series else { panic!("one place: {snapshot:?}") };
        assert_eq!((series.spawned, series.active()), (2, 0));
        assert_eq!(
            [State::Finished, State::Cancelled, State::Timeout, State::Exception]
                .map(|state| series.ended_as(state)),
            [1, 1, 0, 0]
        );
        assert_eq!(series.duration().sum(), 2 * 10 * MILLI);
        assert_eq!((series.poll.count(), series.poll.sum()), (3, 8 * MILLI));
    }

    #[test]
    fn switched_off_there_is_none() {
        let (instrumentor, _) = installed();
        instrumentor.uninstall();
        assert!(spawn(&instrumentor).is_none());
    }
}
