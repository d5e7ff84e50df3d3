//! Outputs in the order in which they complete.

use std::future::pending;
use std::time::Duration;

use futures_channel::oneshot;
use futures_lite::future::yield_now;
use futures_lite::{Stream, StreamExt};
use runtime_hooks_core::{AsyncioExt, RuntimeHooksExt};

use crate::tools::{ENDLESS, Gate, ms, polls};
use crate::{Counts, Harness, Stage};

const NEVER: Duration = Duration::from_secs(3_600);

async fn gated(number: u32, gate: Gate) -> u32 {
    gate.passed().await;
    number
}

fn gates() -> [Gate; 3] {
    std::array::from_fn(|_| Gate::default())
}

/// The stream yields outputs in the order in which the futures complete. Each future is recorded as a task.
pub fn outputs_come_in_order_of_completion<H: Harness>() {
    let stage = Stage::<H>::new();
    let gates = gates();
    stage.play(async {
        let members = (0..).zip(gates.clone()).map(|(number, gate)| gated(number, gate));
        let mut outputs = stage.runtime.as_completed(members);
        assert_eq!(outputs.size_hint(), (3, Some(3)));
        for number in [2, 0, 1] {
            gates[number as usize].open();
            assert_eq!(outputs.next().await, Some(number));
        }
        assert_eq!((outputs.next().await, outputs.next().await), (None, None));
    });
    assert_eq!(stage.counts("gated"), Counts::finished(3));
}

/// Spawned tasks are not recorded again. They run whether or not the stream is polled.
pub fn tasks_in_as_completed_are_counted_once<H: Harness>() {
    let stage = Stage::<H>::new();
    let tasks = [7, 8].map(|number| stage.runtime.named("task").spawn(async move { number }));
    let mut outputs: Vec<u32> =
        stage.play(async { stage.runtime.as_completed(tasks).map(Result::unwrap).collect().await });
    outputs.sort_unstable();
    assert_eq!(outputs, [7, 8]);
    assert_eq!(stage.counts("task"), Counts::finished(2));
    assert_eq!(stage.snapshot().spawned(), 2);
}

/// Without members the stream ends at once, with or without a deadline.
pub fn as_completed_of_nothing_ends_at_once<H: Harness>() {
    let stage = Stage::<H>::new();
    let none: [std::future::Ready<()>; 0] = [];
    stage.play(async {
        assert_eq!(stage.runtime.as_completed(none.clone()).next().await, None);
        let mut within = stage.runtime.as_completed_within(Duration::ZERO, none);
        assert_eq!(within.next().await, None);
    });
    assert_eq!(stage.snapshot().series, []);
}

/// The stream yields the outputs that are ready before the deadline, then one `Elapsed`, then ends. The late future times
/// out.
pub fn as_completed_within_ends_at_its_deadline<H: Harness>() {
    let stage = Stage::<H>::new();
    let gates = gates();
    gates[1].open();
    stage.play(async {
        let members = [gated(0, gates[0].clone()), gated(1, gates[1].clone())];
        let mut outputs = stage.runtime.as_completed_within(ms(5), members);
        assert_eq!(outputs.next().await, Some(Ok(1)));
        assert_eq!(outputs.next().await.unwrap().unwrap_err().duration(), ms(5));
        assert_eq!(outputs.next().await, None);
    });
    let counts = Counts { spawned: 2, finished: 1, timeout: 1, ..Counts::NONE };
    assert_eq!(stage.counts("gated"), counts);
}

/// An output that is ready at the deadline is yielded.
pub fn ready_outputs_are_never_too_late<H: Harness>() {
    let stage = Stage::<H>::new();
    let ready = || stage.runtime.named("ready").instrument(async { 1_u32 });
    stage.play(async {
        for duration in [Duration::ZERO, NEVER] {
            let outputs = stage.runtime.as_completed_within(duration, [ready(), ready()]);
            assert_eq!(outputs.collect::<Vec<_>>().await, [Ok(1), Ok(1)]);
        }
    });
    assert_eq!(stage.counts("ready"), Counts::finished(4));
}

/// With a deadline beyond the clock's range the stream yields all outputs.
pub fn a_deadline_beyond_the_clocks_range_yields_all_outputs<H: Harness>() {
    let stage = Stage::<H>::new();
    let work = || polls(2, stage.time.clone(), Duration::ZERO);
    stage.play(async {
        for endless in ENDLESS {
            let outputs = stage.runtime.as_completed_within(endless, [work(), work()]);
            assert_eq!(outputs.collect::<Vec<_>>().await, [Ok(2), Ok(2)], "{endless:?}");
        }
    });
    assert_eq!(stage.counts("polls"), Counts::finished(6));
}

/// An instrumented future times out at the deadline, and is one task.
pub fn an_instrumented_future_times_out_at_the_deadline<H: Harness>() {
    let stage = Stage::<H>::new();
    stage.play(async {
        let late = [1, 2].map(|_| stage.runtime.named("late").instrument(pending::<u32>()));
        let mut outputs = stage.runtime.as_completed_within(ms(5), late);
        assert!(outputs.next().await.unwrap().is_err());
    });
    assert_eq!(stage.counts("late"), Counts::timeout(2));
    assert_eq!(stage.snapshot().spawned(), 2);
}

/// Tasks continue after the deadline.
pub fn tasks_continue_after_the_deadline<H: Harness>() {
    let stage = Stage::<H>::new();
    let (gate, (done, is_done)) = (Gate::default(), oneshot::channel());
    let passed = gate.clone().passed();
    let task = stage.runtime.named("task").spawn(async move {
        passed.await;
        done.send(()).unwrap();
    });
    stage.play(async {
        let mut outputs = stage.runtime.as_completed_within(ms(5), [task]);
        assert!(outputs.next().await.unwrap().is_err());
        assert_eq!(stage.counts("task"), Counts::active(1));
        gate.open();
        is_done.await.unwrap();
        while stage.counts("task").active > 0 {
            yield_now().await;
        }
    });
    assert_eq!(stage.counts("task"), Counts::finished(1));
}

/// Dropping the stream cancels its futures.
pub fn a_dropped_stream_cancels_its_futures<H: Harness>() {
    let stage = Stage::<H>::new();
    let waits = || [pending::<u32>(), pending()];
    drop(stage.runtime.named("waits").as_completed(waits()));
    stage.play(async {
        drop(stage.runtime.named("waits").as_completed_within(NEVER, waits()));
    });
    assert_eq!(stage.counts("waits"), Counts::cancelled(4));
}
