//! Threads that start and end. Each runs a few tasks, some of which end on another thread.

use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Waker};
use std::thread;

use futures_lite::future::block_on;
use runtime_hooks::{Detail, Kind, Recorder, RuntimeHooks, RuntimeHooksExt, Smol, State};

use crate::driver::work;
use crate::expected::Expected;
use crate::instrumented::instrumented;

pub(crate) fn threads_while(
    is_over: &AtomicBool,
    mut random: fastrand::Rng,
    recorder: &Recorder,
) -> Expected {
    let smol = instrumented(&Smol, recorder, Detail::Full);
    let mut expected = Expected::default();
    while !is_over.load(Ordering::Relaxed) {
        let threads = random.usize(1..9);
        let left_over = thread::scope(|scope| {
            let each = || {
                scope.spawn(|| {
                    block_on(smol.instrument(work(3)));
                    begun(smol.instrument(work(2)))
                })
            };
            let all: Vec<_> = (0..threads).map(|_| each()).collect();
            all.into_iter().map(|thread| thread.join().expect("no panic")).collect::<Vec<_>>()
        });
        // One half of the tasks ends here, and the other half is dropped here.
        for (at, task) in left_over.into_iter().enumerate() {
            let state = if at % 2 == 0 {
                block_on(task);
                State::Finished
            } else {
                drop(task);
                State::Cancelled
            };
            expected.count(Kind::Coroutine, smol.name(), state, 1);
        }
        expected.count(Kind::Coroutine, smol.name(), State::Finished, threads as u64);
    }
    expected
}

/// Returns the task after its first poll, in which it does not end.
fn begun<F: Future + Send + 'static>(task: F) -> std::pin::Pin<Box<F>> {
    let mut task = Box::pin(task);
    assert!(pin!(&mut task).poll(&mut Context::from_waker(Waker::noop())).is_pending());
    task
}
