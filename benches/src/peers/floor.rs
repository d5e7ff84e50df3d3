//! The floor: the minimum cost of measuring durations.

use std::cell::Cell;
use std::pin::Pin;
use std::sync::LazyLock;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;
use quanta::Clock;

use crate::wrap::Wrap;

static CLOCK: LazyLock<Clock> = LazyLock::new(Clock::new);

thread_local! {
    /// The sum of the durations, so that the compiler keeps the measurement. Each thread has its own.
    static TOTAL: Cell<u64> = const { Cell::new(0) };
}

fn add(ticks: u64) {
    TOTAL.set(TOTAL.get().wrapping_add(ticks));
}

/// Reads the clock at the submission of a task and at both ends of each poll. Records no names and no counts.
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
            add(CLOCK.raw() - started);
            add(started - submitted);
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
        add(now.wrapping_sub(started));
        if result.is_ready() {
            add(now.wrapping_sub(*this.submitted));
        }
        result
    }
}
