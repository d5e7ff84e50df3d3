//! Waiting for some or all of several tasks.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::time::Duration;

use futures_lite::future::yield_now;
use runtime_hooks_core::{
    AsyncioExt, JoinHandle, ReturnWhen, RuntimeHooks, RuntimeHooksExt, WithInstrumentor,
};

use crate::tools::{ENDLESS, Failed, Gate, ms};
use crate::{Counts, Harness, Stage};

const ALL: ReturnWhen = ReturnWhen::AllCompleted;

type Tasks<H> = Vec<JoinHandle<u32, WithInstrumentor<<H as Harness>::Runtime>>>;

/// Spawns tasks that each wait for a gate.
fn gated<H: Harness>(stage: &Stage<H>, count: u32) -> (Tasks<H>, Vec<Gate>) {
    let spawn = |number| {
        let gate = Gate::default();
        let passed = gate.clone().passed();
        let task = stage.runtime.named("gated").spawn(async move {
            passed.await;
            number
        });
        (task, gate)
    };
    (0..count).map(spawn).unzip()
}

/// `wait` returns at the first end. It returns the other tasks as pending, and they continue.
pub fn wait_returns_at_the_first_end<H: Harness>() {
    let stage = Stage::<H>::new();
    let (tasks, gates) = gated(&stage, 3);
    stage.play(async {
        gates[1].open();
        let (done, pending) = stage.runtime.wait(tasks, ReturnWhen::FirstCompleted, None).await;
        assert!(matches!(done[..], [(1, Ok(1))]), "{done:?}");
        assert!(pending.len() == 2 && pending.iter().all(|task| !task.is_finished()));
        gates.iter().for_each(Gate::open);
        let (done, pending) = stage.runtime.wait(pending, ALL, None).await;
        assert!(matches!(done[..], [(0, Ok(0)), (1, Ok(2))]), "{done:?}");
        assert!(pending.is_empty());
    });
    assert_eq!(stage.counts("gated"), Counts::finished(3));
}

/// `wait` returns at the first error. Tasks that have succeeded before are done.
pub fn wait_returns_at_the_first_exception<H: Harness>() {
    let stage = Stage::<H>::new();
    let (mut tasks, gates) = gated(&stage, 3);
    stage.play(async {
        gates[0].open();
        while !tasks[0].is_finished() {
            yield_now().await;
        }
        tasks[2].abort();
        let panics = async { std::panic::panic_any(8_u8) };
        tasks.push(stage.runtime.named("panics").spawn(panics));
        while !(tasks[2].is_finished() && tasks[3].is_finished()) {
            yield_now().await;
        }
        let (done, pending) = stage.runtime.wait(tasks, ReturnWhen::FirstException, None).await;
        assert_eq!(done.iter().map(|(place, _)| *place).collect::<Vec<_>>(), [0, 2, 3]);
        assert!(matches!(done[0].1, Ok(0)) && done[1].1.as_ref().unwrap_err().is_cancelled());
        assert!(done[2].1.as_ref().unwrap_err().is_panic());
        assert_eq!(pending.len(), 1);
        gates[1].open();
    });
}

/// Without an error `wait` returns when all tasks have ended.
pub fn wait_for_an_exception_returns_when_all_have_ended<H: Harness>() {
    let stage = Stage::<H>::new();
    let (tasks, gates) = gated(&stage, 2);
    stage.play(async {
        gates[0].open();
        while !tasks[0].is_finished() {
            yield_now().await;
        }
        let (first, start) = (ReturnWhen::FirstException, stage.runtime.now());
        let (done, pending) = stage.runtime.wait(tasks, first, Some(ms(5))).await;
        assert_eq!((done.len(), pending.len()), (1, 1));
        assert!(stage.runtime.now() - start >= ms(5));
        gates[1].open();
        let (done, pending) = stage.runtime.wait(pending, first, None).await;
        assert_eq!((done.len(), pending.len()), (1, 0));
    });
}

/// `wait` returns when the last task has ended, with the tasks in their order.
pub fn wait_returns_when_all_have_ended<H: Harness>() {
    let stage = Stage::<H>::new();
    let (tasks, gates) = gated(&stage, 3);
    stage.play(async {
        gates.iter().rev().for_each(Gate::open);
        let (done, pending) = stage.runtime.wait(tasks, ALL, None).await;
        assert!(matches!(done[..], [(0, Ok(0)), (1, Ok(1)), (2, Ok(2))]), "{done:?}");
        assert!(pending.is_empty());
    });
    assert_eq!(stage.counts("gated"), Counts::finished(3));
}

/// At its timeout `wait` returns the tasks that are done. The others continue, and can be waited for again.
pub fn wait_returns_at_its_timeout<H: Harness>() {
    let stage = Stage::<H>::new();
    let (tasks, gates) = gated(&stage, 3);
    stage.play(async {
        gates[2].open();
        while !tasks[2].is_finished() {
            yield_now().await;
        }
        let (done, pending) = stage.runtime.wait(tasks, ALL, Some(Duration::ZERO)).await;
        assert!(matches!(done[..], [(2, Ok(2))]), "{done:?}");
        let (done, pending) = stage.runtime.wait(pending, ALL, Some(ms(5))).await;
        assert_eq!((done.len(), pending.len()), (0, 2));
        gates.iter().for_each(Gate::open);
        assert_eq!(stage.runtime.wait(pending, ALL, None).await.0.len(), 2);
    });
    assert_eq!(stage.counts("gated"), Counts::finished(3));
}

/// With a timeout beyond the clock's range `wait` returns when all tasks have ended.
pub fn a_timeout_beyond_the_clocks_range_waits_for_all<H: Harness>() {
    let stage = Stage::<H>::new();
    for endless in ENDLESS {
        let (tasks, gates) = gated(&stage, 2);
        gates.iter().for_each(Gate::open);
        stage.play(async {
            let (done, pending) = stage.runtime.wait(tasks, ALL, Some(endless)).await;
            assert_eq!((done.len(), pending.len()), (2, 0), "{endless:?}");
        });
    }
    assert_eq!(stage.counts("gated"), Counts::finished(6));
}

/// Without tasks `wait` returns at once, with nothing done and nothing pending.
pub fn wait_for_nothing_returns_at_once<H: Harness>() {
    let stage = Stage::<H>::new();
    for when in [ReturnWhen::FirstCompleted, ReturnWhen::FirstException, ALL] {
        let none: Tasks<H> = Vec::new();
        let (done, pending) = stage.play(async { stage.runtime.wait(none, when, None).await });
        assert!(done.is_empty() && pending.is_empty());
    }
}

/// `wait` takes arrays, sets, maps and any other iterable, also a lazy one.
pub fn wait_takes_any_iterable<H: Harness>() {
    let stage = Stage::<H>::new();
    let spawn = |number: u32| stage.runtime.named("job").spawn(async move { number });
    stage.play(async {
        let runtime = &stage.runtime;
        let by_name: BTreeMap<_, _> = ["a", "b"].map(|name| (name, spawn(1))).into();
        let by_number: HashMap<_, _> = [1, 2, 3].map(|number| (number, spawn(number))).into();
        let counts = [
            runtime.wait([spawn(1)], ALL, None).await.0.len(),
            runtime.wait(by_name.into_values(), ALL, None).await.0.len(),
            runtime.wait(by_number.into_values(), ALL, None).await.0.len(),
            runtime.wait(VecDeque::from([spawn(1), spawn(2)]), ALL, None).await.0.len(),
            runtime.wait((0..4).map(spawn), ALL, None).await.0.len(),
            runtime.wait(Some(spawn(9)), ALL, None).await.0.len(),
        ];
        assert_eq!(counts, [1, 2, 3, 2, 4, 1]);
    });
    assert_eq!(stage.counts("job"), Counts::finished(13));
}

/// The error that a flattened task returns is an exception, and an instrumented future can be a member.
pub fn wait_takes_instrumented_futures_and_flattened_tasks<H: Harness>() {
    let stage = Stage::<H>::new();
    let fails = async |code| if code > 0 { Err::<(), _>(Failed::new(code)) } else { Ok(()) };
    stage.play(async {
        let first = ReturnWhen::FirstException;
        let members = [0, 3].map(|n| Box::pin(stage.runtime.named("future").instrument(fails(n))));
        let (done, _) = stage.runtime.wait(members, first, None).await;
        assert_eq!(done, [(0, Ok(())), (1, Err(Failed::new(3)))]);
        let task = stage.runtime.named("task").spawn(async { Err::<u32, _>(Failed::new(4)) });
        let (done, _) = stage.runtime.wait([task.flatten()], first, None).await;
        assert_eq!(done[0].1.as_ref().unwrap_err().to_string(), "failed with 4");
    });
    assert_eq!(stage.counts("future"), Counts::finished(2));
    assert_eq!(stage.snapshot().spawned(), 3);
}
