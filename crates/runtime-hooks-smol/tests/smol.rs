//! What only smol has: single-threaded executors.

use std::rc::Rc;

use runtime_hooks_smol::{
    Config, Detail, Instrumentor, LocalRuntimeHooks, LocalRuntimeHooksExt, OnLocalExecutor,
    RuntimeHooksExt, Smol,
};
use smol::LocalExecutor;

#[test]
fn a_local_executor_runs_futures_that_are_not_send() {
    let instrumentor = Instrumentor::installed(Config::new().detail(Detail::Full));
    let smol =
        OnLocalExecutor(Rc::new(LocalExecutor::new())).with_instrumentor(instrumentor.clone());
    let sum = smol.raw_block_on(async {
        let here = Rc::new(20);
        let task = smol.named("local").spawn_local(async move {
            smol::future::yield_now().await;
            Rc::new(*here + 1)
        });
        *task.await.unwrap()
    });
    assert_eq!(sum, 21);
    let snapshot = instrumentor.recorder().snapshot();
    let series = snapshot.find("local").unwrap();
    assert_eq!((series.spawned, series.ended(), series.poll.count()), (1, 1, 2));
}

#[test]
fn an_aborted_local_task_resolves_and_its_joiner_is_woken() {
    let executor = LocalExecutor::new();
    let smol = OnLocalExecutor(&executor);
    smol.raw_block_on(async {
        let task = smol.spawn_local(std::future::pending::<Rc<()>>());
        smol::future::yield_now().await;
        task.abort();
        // `is_finished` during the cancellation does not replace the joiner's waker.
        assert!(!task.is_finished());
        assert!(task.await.unwrap_err().is_cancelled());
    });
}

#[test]
fn a_task_of_a_borrowed_executor_is_recorded_by_instrument() {
    let instrumentor = Instrumentor::installed(Config::new());
    let observed = Smol.with_instrumentor(instrumentor.clone());
    let number = 5;
    let executor = smol::Executor::new();
    // The task borrows, which tasks of a `RuntimeHooks` cannot.
    let task = executor.spawn(observed.named("borrows").instrument(async { &number }));
    assert_eq!(smol::block_on(executor.run(task)), &5);
    let snapshot = instrumentor.recorder().snapshot();
    assert_eq!(
        snapshot.find("borrows").map(|series| (series.spawned, series.ended())),
        Some((1, 1))
    );
}
