//! The memory of a recorder by names, threads and processors. It grows with the names, and per thread only by what looks up
//! the names and counts its starts.

use std::sync::{Arc, Barrier, Mutex};
use std::thread;

use peak_alloc::PeakAlloc;
use runtime_hooks::{
    Config, Detail, Instrumentor, ManualClock, Recorder, RuntimeHooksExt, Smol, WithInstrumentor,
};
use runtime_hooks_tests::run_task_of_two_polls;

#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

const MIB: f64 = (1 << 20) as f64;

/// Runs without the usual harness, whose threads allocate at the same time.
fn main() {
    for (names, threads, processors, flight, most) in [
        (200, 512, 2, 0, 20.0),
        (2_000, 64, 2, 0, 64.0),
        (2_000, 64, 64, 0, 96.0),
        // The flight record takes what it is given, and each chunk of 4 KiB has a header.
        (200, 512, 2, 8 << 20, 28.5),
    ] {
        let added = added_by(names, threads, processors, flight);
        let flight = flight >> 20;
        println!(
            "{names} names, {threads} threads, {processors} processors, a flight record of {flight} MiB: {added:.1} MiB"
        );
        assert!(added <= most, "more than {most} MiB");
    }
    println!("memory per name, thread and processor: ok");
}

/// What is allocated after each thread has recorded a task of each name, in MiB.
fn added_by(names: usize, threads: u32, processors: usize, flight: u64) -> f64 {
    let names: Vec<&'static str> =
        (0..names).map(|number| &*format!("crate::module::handler_{number}").leak()).collect();
    let before = HEAP.current_usage();
    let program = Program::new(processors, flight);
    let (turn, are_done) = (Mutex::new(()), Barrier::new(threads as usize + 1));
    let over = Barrier::new(threads as usize + 1);
    let added = thread::scope(|scope| {
        for number in 0..threads {
            let (program, names, turn, are_done, over) =
                (&program, &names, &turn, &are_done, &over);
            scope.spawn(move || {
                let in_turn = turn.lock().unwrap();
                let step = number % 61;
                names.iter().for_each(|name| {
                    run_task_of_two_polls(&program.hooks, &program.clock, *name, step);
                });
                drop(in_turn);
                are_done.wait();
                over.wait();
            });
        }
        are_done.wait();
        let added = HEAP.current_usage().saturating_sub(before);
        over.wait();
        added
    });
    let snapshot = program.instrumentor.recorder().snapshot();
    let all = names.len() as u64 * u64::from(threads);
    assert_eq!((snapshot.spawned(), snapshot.active()), (all, 0));
    assert_eq!(snapshot.series.iter().map(|series| series.poll.count()).sum::<u64>(), 2 * all);
    added as f64 / MIB
}

/// A program on a manual clock, which determines all durations. Its threads take turns.
struct Program {
    clock: ManualClock,
    instrumentor: Arc<Instrumentor>,
    hooks: WithInstrumentor<Smol>,
}

impl Program {
    fn new(processors: usize, flight: u64) -> Self {
        let clock = ManualClock::new();
        let recorder = Recorder::builder().clock(clock.clock()).processors(processors);
        let recorder = recorder.flight_memory(flight).build();
        let config = Config::new().detail(Detail::Full).recorder(recorder);
        let instrumentor = Instrumentor::installed(config);
        let hooks = Smol.with_instrumentor(Arc::clone(&instrumentor));
        Self { clock, instrumentor, hooks }
    }
}
