//! Tasks for threads that run no async code.

use std::future::pending;
use std::thread;
use std::time::Duration;

use futures_channel::oneshot;
use futures_lite::future::yield_now;
use runtime_hooks_core::{RuntimeHooksExt, ThreadsafeHandle, WithInstrumentor};

use crate::tools::{ENDLESS, ms};
use crate::{Counts, Harness, Stage};

const NEVER: Duration = Duration::from_secs(3_600);

/// Runs `act` on a thread outside of the runtime, while the runtime runs.
fn on_a_thread<H: Harness, T: Send + 'static>(
    stage: &Stage<H>,
    act: impl FnOnce(WithInstrumentor<H::Runtime>) -> T + Send + 'static,
) -> T {
    let runtime = stage.runtime.clone();
    let (send, receive) = oneshot::channel();
    let thread = thread::spawn(move || send.send(act(runtime)).map_err(drop).unwrap());
    let result = stage.play(receive);
    thread.join().unwrap();
    result.unwrap()
}

async fn job() -> u32 {
    yield_now().await;
    6
}

/// A thread outside of the runtime gets the output of its task.
pub fn a_thread_gets_the_output_of_its_task<H: Harness>() {
    let stage = Stage::<H>::new();
    let output = on_a_thread(&stage, |runtime| runtime.spawn_threadsafe(job()).join().unwrap());
    assert_eq!(output, 6);
    assert_eq!(stage.counts("job"), Counts::finished(1));
}

/// A join with a deadline blocks until the deadline at most, and then returns the handle.
pub fn a_thread_blocks_no_longer_than_its_deadline<H: Harness>() {
    let stage = Stage::<H>::new();
    on_a_thread(&stage, |runtime| {
        let (open, gate) = oneshot::channel::<u32>();
        let task = runtime.named("gated").spawn_threadsafe(async { gate.await.unwrap() });
        let task = task.join_timeout(Duration::ZERO).unwrap_err();
        let task = task.join_timeout(ms(5)).unwrap_err();
        assert!(!task.is_finished());
        open.send(3).unwrap();
        assert_eq!(task.join_timeout(NEVER).unwrap().unwrap(), 3);
    });
    assert_eq!(stage.counts("gated"), Counts::finished(1));
}

/// A deadline beyond the clock's range never elapses.
pub fn a_deadline_beyond_the_clocks_range_waits_forever<H: Harness>() {
    let stage = Stage::<H>::new();
    for endless in ENDLESS {
        let join = move |task: ThreadsafeHandle<u32, _>| task.join_timeout(endless).unwrap();
        let output = on_a_thread(&stage, move |runtime| join(runtime.spawn_threadsafe(job())));
        assert_eq!(output.unwrap(), 6, "{endless:?}");
    }
}

/// The thread can cancel its task.
pub fn a_thread_can_cancel_its_task<H: Harness>() {
    let stage = Stage::<H>::new();
    on_a_thread(&stage, |runtime| {
        let task = runtime.named("waits").spawn_threadsafe(pending::<()>());
        let task = task.join_timeout(ms(5)).unwrap_err();
        task.abort();
        assert!(task.join().unwrap_err().is_cancelled());
    });
    assert_eq!(stage.counts("waits"), Counts::cancelled(1));
}

/// The task catches its panic, and the handle returns it.
pub fn a_thread_gets_the_panic_of_its_task<H: Harness>() {
    let stage = Stage::<H>::new();
    on_a_thread(&stage, |runtime| {
        let panics = async { std::panic::panic_any(5_u8) };
        let error = runtime.named("panics").spawn_threadsafe(panics).join().unwrap_err();
        assert_eq!(error.try_into_panic().unwrap().downcast_ref::<u8>(), Some(&5));
    });
    assert_eq!(stage.counts("panics"), Counts::exception(1));
}

/// The handle can be converted into one that can be awaited.
pub fn a_threadsafe_handle_can_be_awaited<H: Harness>() {
    let stage = Stage::<H>::new();
    let task = stage.runtime.spawn_threadsafe(job()).into_async();
    assert_eq!(stage.play(task).unwrap(), 6);
}
