//! `gather` and `try_gather`.

use std::cell::Cell;
use std::future::{pending, ready};
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Waker};

use futures_channel::oneshot;
use futures_lite::future::yield_now;
use runtime_hooks_core::{AsyncioExt, Kind, RuntimeHooksExt};

use crate::tools::{Failed, Gate, drop_signal, holds};
use crate::{Counts, Harness, Stage};

async fn job(number: u32) -> u32 {
    for _ in 0..number {
        yield_now().await;
    }
    number
}

async fn odd(number: u32) -> Result<u32, Failed> {
    yield_now().await;
    if number % 2 == 1 { Ok(number) } else { Err(Failed::new(number)) }
}

/// Outputs come in the order given, whichever future ends first, and each future is recorded as a task.
pub fn gather_of_three_keeps_their_order<H: Harness>() {
    let stage = Stage::<H>::new();
    let outputs = stage.play(async { stage.runtime.gather([3, 1, 2].map(job)).await });
    assert_eq!(outputs, [3, 1, 2]);
    assert_eq!(stage.counts("job"), Counts::finished(3));
    assert_eq!(stage.series("job").poll.count(), 4 + 2 + 3);
}

/// A gather of many futures, which polls them in another way, keeps the order too.
pub fn gather_of_a_hundred_keeps_their_order<H: Harness>() {
    let stage = Stage::<H>::new();
    let outputs = stage.play(async { stage.runtime.gather((0..100).rev().map(job)).await });
    assert!(outputs.into_iter().eq((0..100).rev()));
    assert_eq!(stage.counts("job"), Counts::finished(100));
}

/// A gather without members returns at once and records nothing.
pub fn gather_of_nothing_returns_at_once<H: Harness>() {
    let stage = Stage::<H>::new();
    let none: [std::future::Ready<u32>; 0] = [];
    assert_eq!(stage.play(async { stage.runtime.gather(none).await }), []);
    assert_eq!(stage.snapshot().series, []);
}

/// Errors are outputs, each at its index, and do not end the other futures.
pub fn gather_returns_errors_among_the_outputs<H: Harness>() {
    let stage = Stage::<H>::new();
    let outputs = stage.play(async { stage.runtime.gather([1, 2, 3].map(odd)).await });
    assert_eq!(outputs, [Ok(1), Err(Failed::new(2)), Ok(3)]);
    assert_eq!(stage.counts("odd"), Counts::finished(3));
}

/// Members are awaited in place: they may borrow, and need not be `Send`.
pub fn gathered_futures_can_borrow<H: Harness>() {
    let stage = Stage::<H>::new();
    let (sum, here) = (Cell::new(0), Rc::new(5));
    let add = async |number: u32| {
        yield_now().await;
        sum.set(sum.get() + number * *here);
    };
    stage.play(async { stage.runtime.named("add").gather([add(1), add(2), add(3)]).await });
    assert_eq!(sum.get(), 30);
    assert_eq!(stage.counts("add"), Counts::finished(3));
}

/// Spawned tasks are not recorded again.
pub fn gathered_tasks_are_counted_once<H: Harness>() {
    let stage = Stage::<H>::new();
    let tasks = [2, 0, 1].map(|number| stage.runtime.spawn(job(number)));
    let outputs = stage.play(async { stage.runtime.gather(tasks).await });
    assert_eq!(outputs.into_iter().map(Result::unwrap).collect::<Vec<_>>(), [2, 0, 1]);
    assert_eq!(stage.counts("job"), Counts::finished(3));
    assert_eq!(stage.snapshot().spawned(), 3);
}

/// Futures without a name are of `type=future`.
pub fn gathered_futures_without_a_name_are_of_type_future<H: Harness>() {
    let stage = Stage::<H>::new();
    let outputs = stage.play(async { stage.runtime.gather([ready(1_u32), ready(2)]).await });
    assert_eq!(outputs, [1, 2]);
    let series = &stage.snapshot().series[0];
    assert_eq!((series.key.kind(), series.key.name(), series.spawned), (Kind::Future, None, 2));
}

/// When a gather is dropped before its end, its futures are cancelled and its tasks continue.
pub fn a_dropped_gather_cancels_futures_and_leaves_tasks_running<H: Harness>() {
    let stage = Stage::<H>::new();
    let mut cx = Context::from_waker(Waker::noop());
    {
        let waits = [pending::<u32>(), pending()];
        let mut gather = pin!(stage.runtime.named("future").gather(waits));
        assert!(gather.as_mut().poll(&mut cx).is_pending());
    }
    assert_eq!(stage.counts("future"), Counts::cancelled(2));
    let (gate, (done, is_done)) = (Gate::default(), oneshot::channel());
    let passed = gate.clone().passed();
    let task = stage.runtime.named("task").spawn(async move {
        passed.await;
        done.send(()).unwrap();
    });
    drop(stage.runtime.gather([task]));
    gate.open();
    stage.play(is_done).unwrap();
}

/// If all futures succeed, `try_gather` returns their outputs in order.
pub fn try_gather_returns_all_outputs<H: Harness>() {
    let stage = Stage::<H>::new();
    let outputs = stage.play(async { stage.runtime.try_gather([5, 1, 3].map(odd)).await });
    assert_eq!(outputs, Ok(vec![5, 1, 3]));
    assert_eq!(stage.counts("odd"), Counts::finished(3));
}

/// `try_gather` returns the first error at once. It cancels futures that are pending.
pub fn try_gather_cancels_futures_at_the_first_error<H: Harness>() {
    let stage = Stage::<H>::new();
    let (kept, dropped) = drop_signal();
    let output = stage.play(async {
        let waits = Box::pin(async { Ok(holds(kept).await) });
        let fails = Box::pin(odd(8));
        let members: [std::pin::Pin<Box<dyn Future<Output = _> + Send>>; 2] = [waits, fails];
        stage.runtime.named("member").try_gather(members).await
    });
    assert_eq!(output, Err(Failed::new(8)));
    assert!(stage.play(dropped).is_err());
    let counts = stage.counts("member");
    assert_eq!((counts.spawned, counts.finished, counts.cancelled), (2, 1, 1));
}

/// `try_gather` returns the first error at once. Tasks that are pending continue.
pub fn try_gather_leaves_tasks_running_at_the_first_error<H: Harness>() {
    let stage = Stage::<H>::new();
    let (gate, (done, is_done)) = (Gate::default(), oneshot::channel());
    let passed = gate.clone().passed();
    let waits = stage.runtime.named("waits").spawn(async move {
        passed.await;
        done.send(()).unwrap();
    });
    let panics = stage.runtime.named("panics").spawn(async { std::panic::panic_any(6_u8) });
    let error = stage.play(async { stage.runtime.try_gather([waits, panics]).await });
    assert!(error.unwrap_err().is_panic());
    assert_eq!(stage.counts("waits"), Counts::active(1));
    gate.open();
    stage.play(is_done).unwrap();
}

/// A panic reaches the caller of `gather`, and the other futures are cancelled.
pub fn a_panic_of_a_gathered_future_reaches_the_caller<H: Harness>() {
    let stage = Stage::<H>::new();
    let runtime = stage.runtime.clone();
    let task = stage.runtime.named("gathers").spawn(async move {
        let member = async |panics: bool| {
            if panics {
                std::panic::panic_any(7_u8);
            }
            pending::<()>().await;
        };
        runtime.named("member").gather([false, true].map(member)).await;
    });
    assert!(stage.play(task).unwrap_err().is_panic());
    let counts = stage.counts("member");
    assert_eq!((counts.spawned, counts.cancelled, counts.exception), (2, 1, 1));
    assert_eq!(stage.counts("gathers"), Counts::exception(1));
}
