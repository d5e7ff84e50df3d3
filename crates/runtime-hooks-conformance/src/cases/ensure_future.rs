//! `ensure_future` of futures and tasks.

use futures_lite::future::yield_now;
use runtime_hooks_core::{EnsureFuture, JoinHandle, RuntimeHooks, RuntimeHooksExt};

use crate::{Counts, Harness, Stage};

async fn job() -> u32 {
    yield_now().await;
    4
}

/// A future is spawned, and named after its function.
pub fn ensure_future_spawns_a_future<H: Harness>() {
    let stage = Stage::<H>::new();
    let task = job().ensure_future(&stage.runtime);
    assert_eq!(stage.play(task).unwrap(), 4);
    assert_eq!(stage.counts("job"), Counts::finished(1));
    assert_eq!(stage.series("job").poll.count(), 2);
}

/// A task is returned unchanged. It is recorded once.
pub fn ensure_future_returns_a_task_unchanged<H: Harness>() {
    let stage = Stage::<H>::new();
    let task: JoinHandle<u32, _> = stage.runtime.spawn(job());
    let same: JoinHandle<u32, _> = task.ensure_future(&stage.runtime);
    assert_eq!(stage.play(same).unwrap(), 4);
    assert_eq!(stage.counts("job"), Counts::finished(1));
    assert_eq!(stage.snapshot().spawned(), 1);
}

/// Generic code that sees a future only spawns a task that awaits the task. One task is recorded.
pub fn ensure_future_of_a_task_in_generic_code_is_one_task<H: Harness>() {
    fn ensured<F, R: RuntimeHooks>(future: F, runtime: &R) -> JoinHandle<F::Output, R>
    where
        F: Future<Output: Send> + Send + 'static,
    {
        future.ensure_future(runtime)
    }
    let stage = Stage::<H>::new();
    let inside = stage.runtime.instrument(job());
    assert_eq!(stage.play(ensured(inside, &stage.runtime)).unwrap(), 4);
    assert_eq!(stage.snapshot().spawned(), 1);
}
