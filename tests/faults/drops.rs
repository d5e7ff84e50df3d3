//! Destructors that spawn or panic, and runtimes that are dropped inside of other runtimes.

use std::future::pending;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::channel;

use runtime_hooks::{AsyncStd, RuntimeHooks, RuntimeHooksExt, Smol, TokioRuntime};

use crate::{counts, instrumented};

/// Runs the closure when it is dropped.
struct OnDrop<F: FnMut()>(F);

impl<F: FnMut()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

#[test]
fn a_future_whose_destructor_panics_is_cancelled_once_and_its_panic_is_its_own() {
    let (smol, instrumentor) = instrumented(&Smol);
    let bomb = OnDrop(|| panic!("in a destructor"));
    let mut future = Box::pin(smol.named("bomb").instrument(async move {
        pending::<()>().await;
        drop(bomb);
    }));
    smol::block_on(smol::future::poll_once(&mut future));
    let payload = catch_unwind(AssertUnwindSafe(|| drop(future))).unwrap_err();
    assert_eq!(payload.downcast_ref(), Some(&"in a destructor"));
    assert_eq!(counts(&instrumentor, "bomb"), (1, 0, [0, 1, 0, 0]));
}

#[test]
fn a_destructor_may_panic_in_an_aborted_task_of_tokios() {
    let runtime = TokioRuntime::multi_thread().unwrap();
    let (tokio, instrumentor) = instrumented(runtime.handle());
    let (ready, is_ready) = channel();
    let task = tokio.named("bomb").spawn(async move {
        let _bomb = OnDrop(|| panic!("in a destructor"));
        ready.send(()).unwrap();
        pending::<()>().await;
    });
    is_ready.recv().unwrap();
    task.abort();
    runtime.handle().raw_block_on(task).unwrap_err();
    assert_eq!(counts(&instrumentor, "bomb"), (1, 0, [0, 1, 0, 0]));
}

/// A task that a destructor starts is recorded like any other.
#[test]
fn a_destructor_may_spawn() {
    fn play<R: RuntimeHooks>(runtime: &R) {
        let (runtime, instrumentor) = instrumented(runtime);
        let (last_words, heard) = channel();
        let spawns = {
            let runtime = runtime.clone();
            OnDrop(move || {
                let last_words = last_words.clone();
                drop(
                    runtime.named("last words").spawn(async move { last_words.send(()).unwrap() }),
                );
            })
        };
        let task = runtime.named("dies").spawn(async move {
            pending::<()>().await;
            drop(spawns);
        });
        task.abort();
        runtime.raw_block_on(task).unwrap_err();
        heard.recv().unwrap();
        while counts(&instrumentor, "last words").1 > 0 {
            std::thread::yield_now();
        }
        assert_eq!(counts(&instrumentor, "dies"), (1, 0, [0, 1, 0, 0]));
        assert_eq!(counts(&instrumentor, "last words"), (1, 0, [1, 0, 0, 0]));
    }
    let tokio = TokioRuntime::multi_thread().unwrap();
    play(tokio.handle());
    play(&Smol);
    play(&AsyncStd);
}

/// A runtime is dropped in a task of another one, and in a closure of one of the same kind. Each of its tasks is cancelled
/// once.
#[test]
fn a_runtime_may_be_dropped_inside_another() {
    let outer = TokioRuntime::multi_thread().unwrap();
    for round in 0..2 {
        let inner = TokioRuntime::multi_thread().unwrap();
        let (tokio, instrumentor) = instrumented(inner.handle());
        for _ in 0..100 {
            drop(tokio.named("left").spawn(pending::<()>()));
        }
        if round == 0 {
            smol::block_on(smol::spawn(async move { drop(inner) }));
        } else {
            outer
                .handle()
                .raw_block_on(outer.handle().spawn_blocking(move || drop(inner)))
                .unwrap();
        }
        assert_eq!(counts(&instrumentor, "left"), (100, 0, [0, 100, 0, 0]));
    }
}
