//! The environment of a case: a runtime, a recorder, and a clock that the case moves.

use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::Duration;

use futures_channel::oneshot;
use futures_lite::future::or;
use runtime_hooks_core::{
    Config, Detail, Instrumentor, ManualClock, Recorder, RuntimeHooks, RuntimeHooksExt,
    SeriesSnapshot, Snapshot, State, WithInstrumentor,
};

use crate::harness::Harness;

/// Longer than any case takes on the slowest machine. After this time a hanging case fails, with its name.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(120);

/// A new runtime with its own instrumentor at full detail, on a manual clock.
#[derive(Debug)]
#[non_exhaustive]
pub struct Stage<H: Harness> {
    /// The runtime, instrumented with [`instrumentor`](Self::instrumentor).
    pub runtime: WithInstrumentor<H::Runtime>,
    /// The instrumentor of the runtime.
    pub instrumentor: Arc<Instrumentor>,
    /// The recorder of this case.
    pub recorder: Recorder,
    /// The recorder's clock. It advances only when the case moves it.
    pub time: ManualClock,
    harness: H,
}

/// How many tasks of a series are in each state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts {
    /// The number of submitted tasks.
    pub spawned: u64,
    /// Tasks that have not ended.
    pub active: u64,
    /// Tasks that returned.
    pub finished: u64,
    /// Tasks that were dropped before they returned.
    pub cancelled: u64,
    /// Tasks that ended by their deadline.
    pub timeout: u64,
    /// Tasks that panicked.
    pub exception: u64,
}

impl Counts {
    /// This many tasks, all finished.
    pub const fn finished(count: u64) -> Self {
        Self { spawned: count, finished: count, ..Self::NONE }
    }

    /// This many tasks, all cancelled.
    pub const fn cancelled(count: u64) -> Self {
        Self { spawned: count, cancelled: count, ..Self::NONE }
    }

    /// This many tasks, all timed out.
    pub const fn timeout(count: u64) -> Self {
        Self { spawned: count, timeout: count, ..Self::NONE }
    }

    /// This many tasks, all panicked.
    pub const fn exception(count: u64) -> Self {
        Self { spawned: count, exception: count, ..Self::NONE }
    }

    /// This many tasks, none ended.
    pub const fn active(count: u64) -> Self {
        Self { spawned: count, active: count, ..Self::NONE }
    }

    /// No task.
    pub const NONE: Self =
        Self { spawned: 0, active: 0, finished: 0, cancelled: 0, timeout: 0, exception: 0 };

    pub(crate) fn of(series: &SeriesSnapshot) -> Self {
        Self {
            spawned: series.spawned,
            active: series.active(),
            finished: series.ended_as(State::Finished),
            cancelled: series.ended_as(State::Cancelled),
            timeout: series.ended_as(State::Timeout),
            exception: series.ended_as(State::Exception),
        }
    }
}

impl<H: Harness> Default for Stage<H> {
    fn default() -> Self {
        Self::new()
    }
}

impl<H: Harness> Stage<H> {
    /// A stage at full detail, on a clock that only the case moves.
    pub fn new() -> Self {
        Self::with(ManualClock::new(), Config::new().detail(Detail::Full))
    }

    /// A stage at full detail, on a clock that advances by a microsecond at each reading.
    pub fn stepping() -> Self {
        let time = ManualClock::stepping(Duration::from_micros(1));
        Self::with(time, Config::new().detail(Detail::Full))
    }

    /// A stage with this configuration, except for the recorder, which is a new one on `time`.
    pub fn with(time: ManualClock, config: Config) -> Self {
        let harness = H::start();
        let recorder = Recorder::builder().clock(time.clock()).build();
        let instrumentor = Instrumentor::installed(config.recorder(recorder.clone()));
        let runtime = harness.runtime().with_instrumentor(Arc::clone(&instrumentor));
        Self { runtime, instrumentor, recorder, time, harness }
    }

    /// Runs the case on the runtime with its `raw_block_on`, which is not recorded.
    ///
    /// # Panics
    ///
    /// If the case takes two minutes.
    pub fn play<T>(&self, case: impl Future<Output = T>) -> T {
        let (_done, hangs) = watchdog();
        self.runtime.raw_block_on(or(case, async {
            let _ = hangs.await;
            panic!("the case hangs");
        }))
    }

    /// Ends the runtime, and returns whether it can be ended.
    pub fn shut_down(self) -> bool {
        drop(self.runtime);
        self.harness.shut_down()
    }

    /// A snapshot of the recorder.
    pub fn snapshot(&self) -> Snapshot {
        self.recorder.snapshot()
    }

    /// The series with this name, as exporters show it: its call sites are added up.
    ///
    /// # Panics
    ///
    /// If there is no such series, or more than one.
    pub fn series(&self, name: &str) -> SeriesSnapshot {
        let snapshot = self.snapshot();
        snapshot.find(name).unwrap_or_else(|| panic!("not one {name:?} in\n{snapshot}"))
    }

    /// The counts of the tasks with this name, all zero if there are none.
    ///
    /// # Panics
    ///
    /// If several series have the name.
    pub fn counts(&self, name: &str) -> Counts {
        let all = self.all_counts(name);
        assert!(all.len() <= 1, "{name:?}: {all:?}");
        all.first().copied().unwrap_or(Counts::NONE)
    }

    /// The counts of every exported series with this name, in the order in which they were first recorded.
    pub fn all_counts(&self, name: &str) -> Vec<Counts> {
        self.snapshot().merged().find_all(name).map(Counts::of).collect()
    }
}

/// A future that resolves after [`TIMEOUT`], unless the sender is dropped before then.
fn watchdog() -> (Sender<()>, oneshot::Receiver<()>) {
    let (done, watched) = channel::<()>();
    let (time_out, hangs) = oneshot::channel();
    std::thread::spawn(move || {
        if watched.recv_timeout(TIMEOUT) == Err(RecvTimeoutError::Timeout) {
            let _ = time_out.send(());
        }
    });
    (done, hangs)
}
