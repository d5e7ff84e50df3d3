//! The floor: what telling durations costs at the least.

use std::cell::Cell;
use std::pin::Pin;
use std::sync::LazyLock;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;
use quanta::Clock;

use crate::wrap::Wrap;

static CLOCK: LazyLock<Clock> = LazyLock::new(Clock::new);

thread_local! {
    /// What was told, so that it is not left out: a number that no other thread touches.
    static TOLD: Cell<u64> = const { Cell::new(0) };
}

fn tell(ticks: u64) {
    TOLD.set(TOLD.get().wrapping_add(ticks));
}

/// Reads the clock where a task is submitted and at both ends of each run; names, counts and keeps nothing.
#[derive(Clone, Copy, Debug)]
pub struct Floor;

impl Wrap for Floor {
    #[inline(always)]
    fn future<F: Future + Send>(
        &self,
        future: F,
    ) -> impl Future<Output = F::Output> + Send + use<F> {
        Timed { future, submitted: CLOCK.raw() }
    }

    #[inline(always)]
    fn closure<T, F: FnOnce() -> T + Send>(
        &self,
        work: F,
    ) -> impl FnOnce() -> T + Send + use<T, F> {
        let submitted = CLOCK.raw();
        move || {
            let started = CLOCK.raw();
            let result = work();
            tell(CLOCK.raw() - started);
            tell(started - submitted);
            result
        }
    }
}

pin_project! {
    struct Timed<F> {
        #[pin]
        future: F,
        submitted: u64,
    }
}

impl<F: Future> Future for Timed<F> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let started = CLOCK.raw();
        let result = this.future.poll(cx);
        let now = CLOCK.raw();
        tell(now.wrapping_sub(started));
        if result.is_ready() {
            tell(now.wrapping_sub(*this.submitted));
        }
        result
    }
}
