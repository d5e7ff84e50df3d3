//! Tasks that are only seen through their runtime's hooks.

use std::any::type_name;
use std::panic::Location;

use runtime_hooks_recorder::Outcome;
use runtime_hooks_recorder::internals::{Role, Site};

use crate::instrumentor::Instrumentor;
use crate::settings::Method;
use crate::task::{SuspendedPoll, TaskRecord};
#[cfg(feature = "watchdog")]
use crate::task::{WatchedPoll, is_watched};

/// A task that other code spawned, so it is not wrapped: the runtime's hooks report its polls and its end. Created by
/// [`DropIn::external_task`](crate::support::DropIn::external_task).
///
/// It is recorded with its duration and its polls. A runtime's hooks report neither its name nor how it ended: a task
/// that ends during a poll has finished, and one that is dropped between two polls was cancelled. It carries no
/// context, since hooks cannot enter one around a poll.
#[derive(Debug)]
pub struct ExternalTask {
    record: TaskRecord,
    poll: Option<SuspendedPoll>,
    #[cfg(feature = "watchdog")]
    watched: Option<WatchedPoll>,
}

/// How much stack the runtime's hooks take, at most.
#[cfg(feature = "watchdog")]
const HOOK_FRAMES: usize = 2_048;

impl ExternalTask {
    /// `None` if recording is off.
    pub(crate) fn submitted_to(
        instrumentor: &Instrumentor,
        runtime: &'static str,
        spawned_at: &'static Location<'static>,
    ) -> Option<Self> {
        // Its name is unknown, as for a boxed future: its call site is its name.
        let type_name = type_name::<Box<dyn Future<Output = ()>>>();
        let location = spawned_at;
        let site = Site { name: None, type_name, role: Role::Task, runtime, location, size: None };
        let mut record = instrumentor.submit_untraced(Method::Spawn, &site);
        // It is not polled with our waker.
        record.ignore_wakes();
        let task = Self {
            record,
            poll: None,
            #[cfg(feature = "watchdog")]
            watched: None,
        };
        (!task.record.is_silent()).then_some(task)
    }

    /// A poll starts.
    pub fn start(&mut self) {
        #[cfg(feature = "watchdog")]
        if is_watched() {
            // The runtime polls from above this function: the frames of the poll can lie a little higher.
            let here = 0_u8;
            let stack = std::ptr::from_ref(&here).addr().saturating_add(HOOK_FRAMES);
            self.watched = WatchedPoll::start(&self.record, stack);
        }
        self.poll = Some(self.record.start().suspend());
    }

    /// The poll has ended, the task has not.
    pub fn stop(&mut self) {
        #[cfg(feature = "watchdog")]
        drop(self.watched.take());
        if let Some(poll) = self.poll.take() {
            self.record.resume(poll).stop(None);
        }
    }

    /// The task has ended.
    pub fn end(mut self) {
        #[cfg(feature = "watchdog")]
        drop(self.watched.take());
        if let Some(poll) = self.poll.take() {
            self.record.resume(poll).stop(Some(Outcome::FINISHED));
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
    fn a_task_that_ends_in_a_poll_has_finished_and_one_between_polls_is_cancelled() {
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
    fn no_external_task_is_recorded_while_recording_is_off() {
        let (instrumentor, _) = installed();
        instrumentor.uninstall();
        assert!(spawn(&instrumentor).is_none());
    }
}
