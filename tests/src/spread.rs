//! Tasks whose durations spread, for tests of memory.

use std::future::poll_fn;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use runtime_hooks::{ManualClock, Name, RuntimeHooksExt, Smol, WithInstrumentor};

/// Runs a task of two polls on a clock that it advances. With `step` from 0 to 60, each of its three durations spreads
/// over two powers of ten.
///
/// # Panics
///
/// If the task does not end with its second poll.
pub fn run_task_of_two_polls(
    hooks: &WithInstrumentor<Smol>,
    clock: &ManualClock,
    name: impl Into<Name>,
    step: u32,
) {
    let spread = 10_f64.powf(f64::from(step) / 30.0);
    let micros = |least: f64| Duration::from_secs_f64(least * 1e-6 * spread);
    let mut cx = Context::from_waker(Waker::noop());
    let mut is_polled = false;
    let mut task = pin!(hooks.named(name).instrument(poll_fn(|cx| {
        clock.advance(micros(3.0));
        if std::mem::replace(&mut is_polled, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })));
    clock.advance(micros(10.0));
    assert!(task.as_mut().poll(&mut cx).is_pending());
    clock.advance(micros(100.0));
    assert!(task.as_mut().poll(&mut cx).is_ready());
}
