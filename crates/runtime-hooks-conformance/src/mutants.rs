//! Runtimes that are broken in one way each. They prove that the suite detects the fault.
//!
//! Each must fail the case that [`MUTANTS`] names for it; the crate's own tests check that. `ci/mutants` breaks the core
//! itself, in a copy of its source.

use std::cell::Cell;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use runtime_hooks_core::{JoinError, Joinable, RuntimeHooks, TaskHandle};

use crate::cases::{Case, run_case};
use crate::harness::Harness;
use crate::reference::{Reference, ReferenceRuntime, Sleep};

/// The way in which a mutant is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// A task's second poll gets a waker that wakes no task.
    LostWake,
    /// A panic is reported as a cancellation.
    SwallowedPanic,
    /// A sleep never ends.
    TimerNeverFires,
    /// A sleep ends at once.
    TimerFiresAtOnce,
    /// A sleep of 10 000 years or longer ends at once: its end is computed with too few bits.
    TimerWraps,
    /// `abort` does nothing.
    AbortIgnored,
    /// An aborted task is reported as finished before its future is dropped.
    AbortResolvesEarly,
    /// Dropping a handle cancels its task.
    DropCancels,
    /// Blocking closures run on the thread that submits them.
    BlockingInline,
    /// Blocking closures run one after the other.
    BlockingInTurn,
    /// A task is reported as finished from the start.
    AlwaysFinished,
    /// A shutdown of the runtime leaks its tasks.
    LeakAtShutdown,
    /// The name of the runtime is empty.
    Nameless,
    /// A sleep is counted from its first poll.
    TimerStartsWhenPolled,
    /// A task that was joined before is reported as cancelled.
    JoinedAgainIsCancelled,
}

/// Every fault, and the case that must detect it.
pub const MUTANTS: &[(Fault, Case)] = &[
    (Fault::LostWake, ("poll", "each_poll_is_recorded")),
    (Fault::SwallowedPanic, ("panic", "a_panic_returns_its_payload_through_the_handle")),
    (Fault::TimerNeverFires, ("timeout", "a_future_past_its_deadline_times_out")),
    (Fault::TimerFiresAtOnce, ("time", "a_sleep_lasts_at_least_as_long_as_asked")),
    (Fault::AbortIgnored, ("cancel", "a_task_aborted_while_it_waits_is_cancelled")),
    (
        Fault::AbortResolvesEarly,
        ("cancel", "an_aborted_handle_resolves_after_its_future_is_dropped"),
    ),
    (Fault::DropCancels, ("spawn", "a_task_continues_when_its_handle_is_dropped")),
    (Fault::BlockingInline, ("blocking", "a_blocking_closure_runs_off_the_executors_thread")),
    (Fault::BlockingInTurn, ("blocking", "blocking_closures_run_in_parallel")),
    (Fault::AlwaysFinished, ("spawn", "a_handle_tells_whether_its_task_is_finished")),
    (Fault::LeakAtShutdown, ("cancel", "a_task_is_cancelled_when_its_runtime_shuts_down")),
    (Fault::Nameless, ("spawn", "a_series_has_the_name_of_its_runtime")),
    (Fault::TimerWraps, ("timeout", "a_timeout_beyond_the_clocks_range_never_elapses")),
    (Fault::TimerStartsWhenPolled, ("time", "a_sleep_starts_at_the_call")),
    (Fault::JoinedAgainIsCancelled, ("spawn", "a_task_is_joined_once")),
];

/// Runs one case on the runtime with this fault, on this thread.
///
/// # Panics
///
/// If the case fails, as it should if it is the one that [`MUTANTS`] names for the fault.
pub fn run_on_mutant(fault: Fault, case: Case) {
    let _fault = SetFault(FAULT.replace(Some(fault)));
    run_case::<OnMutant>(case);
}

thread_local! {
    /// A harness takes no arguments. One type for all faults compiles the suite once.
    static FAULT: Cell<Option<Fault>> = const { Cell::new(None) };
}

/// Restores the fault that was set before.
struct SetFault(Option<Fault>);

impl Drop for SetFault {
    fn drop(&mut self) {
        FAULT.set(self.0);
    }
}

/// The harness of the runtime with the fault of this thread.
#[derive(Debug)]
struct OnMutant {
    runtime: ReferenceRuntime,
    fault: Fault,
}

impl Harness for OnMutant {
    type Runtime = Mutant;

    fn start() -> Self {
        let fault =
            FAULT.get().expect("`run_on_mutant` sets it, and cases start runtimes on its thread");
        Self { runtime: ReferenceRuntime::new(), fault }
    }

    fn runtime(&self) -> Mutant {
        Mutant { reference: self.runtime.handle(), fault: self.fault, turn: Arc::default() }
    }

    fn shut_down(self) -> bool {
        if self.fault == Fault::LeakAtShutdown {
            std::mem::forget(self.runtime);
        }
        true
    }
}

/// The reference runtime with a fault.
#[derive(Clone, Debug)]
pub struct Mutant {
    reference: Reference,
    fault: Fault,
    turn: Arc<Mutex<()>>,
}

impl Mutant {
    fn task<T>(&self, task: Joinable<T>) -> MutantTask<T> {
        MutantTask { task, fault: self.fault, is_aborted: AtomicBool::new(false) }
    }
}

impl RuntimeHooks for Mutant {
    type Task<T: Send + 'static> = MutantTask<T>;
    type Sleep = MutantSleep;

    fn name(&self) -> &'static str {
        if self.fault == Fault::Nameless { "" } else { self.reference.name() }
    }

    fn raw_spawn<F>(&self, future: F) -> MutantTask<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let loses = self.fault == Fault::LostWake;
        self.task(self.reference.raw_spawn(async move {
            let (mut future, mut polls) = (pin!(future), 0);
            poll_fn(|cx| {
                polls += 1;
                let mut deaf = Context::from_waker(Waker::noop());
                future.as_mut().poll(if loses && polls == 2 { &mut deaf } else { cx })
            })
            .await
        }))
    }

    fn raw_spawn_blocking<F, T>(&self, work: F) -> MutantTask<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        if self.fault == Fault::BlockingInline {
            let output = work();
            return self.task(self.reference.raw_spawn_blocking(|| output));
        }
        let turn = (self.fault == Fault::BlockingInTurn).then(|| Arc::clone(&self.turn));
        self.task(self.reference.raw_spawn_blocking(move || {
            let _my_turn =
                turn.as_ref().map(|turn| turn.lock().unwrap_or_else(PoisonError::into_inner));
            work()
        }))
    }

    fn sleep(&self, duration: Duration) -> MutantSleep {
        match self.fault {
            Fault::TimerNeverFires => MutantSleep::NeverFires,
            Fault::TimerWraps if duration.as_secs() >> 38 > 0 => {
                MutantSleep::Started(self.reference.sleep(Duration::ZERO))
            }
            Fault::TimerFiresAtOnce => MutantSleep::Started(self.reference.sleep(Duration::ZERO)),
            Fault::TimerStartsWhenPolled => MutantSleep::New(self.reference.clone(), duration),
            _ => MutantSleep::Started(self.reference.sleep(duration)),
        }
    }

    fn raw_block_on<F: Future>(&self, future: F) -> F::Output {
        self.reference.raw_block_on(future)
    }

    fn now(&self) -> std::time::Instant {
        self.reference.now()
    }
}

/// The sleep of a mutant.
#[derive(Debug)]
#[must_use = "futures do nothing unless you `.await` or poll them"]
#[non_exhaustive]
pub enum MutantSleep {
    /// Never completes.
    NeverFires,
    /// Completes this long after its first poll.
    New(Reference, Duration),
    /// Completes when this sleep does.
    Started(Sleep),
}

impl Future for MutantSleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if let Self::New(reference, duration) = &*self {
            *self = Self::Started(reference.sleep(*duration));
        }
        match &mut *self {
            Self::Started(sleep) => Pin::new(sleep).poll(cx),
            _ => Poll::Pending,
        }
    }
}

/// The task handle of a mutant.
#[derive(Debug)]
pub struct MutantTask<T> {
    task: Joinable<T>,
    fault: Fault,
    is_aborted: AtomicBool,
}

impl<T> TaskHandle<T> for MutantTask<T> {
    fn poll_join(&mut self, cx: &mut Context<'_>) -> Poll<Result<T, JoinError>> {
        if self.fault == Fault::AbortResolvesEarly && *self.is_aborted.get_mut() {
            return Poll::Ready(Err(JoinError::cancelled()));
        }
        let is_told_as_cancelled = |error: &JoinError| match self.fault {
            Fault::SwallowedPanic => error.is_panic(),
            Fault::JoinedAgainIsCancelled => error.is_already_joined(),
            _ => false,
        };
        self.task.poll_join(cx).map_err(|error| {
            if is_told_as_cancelled(&error) { JoinError::cancelled() } else { error }
        })
    }

    fn abort(&self) {
        self.is_aborted.store(true, Ordering::Relaxed);
        if self.fault != Fault::AbortIgnored {
            self.task.abort();
        }
    }

    fn is_finished(&self) -> bool {
        self.fault == Fault::AlwaysFinished || self.task.is_finished()
    }
}

impl<T> Drop for MutantTask<T> {
    fn drop(&mut self) {
        if self.fault == Fault::DropCancels {
            self.task.abort();
        }
    }
}
