//! Memory that stays allocated: none for tasks that have ended, and for names no more than the cap allows.

use std::future::ready;

use runtime_hooks::{
    Config, Detail, Installed, Instrumentor, ManualClock, Name, Recorder, RuntimeHooksExt, Smol,
    WithInstrumentor,
};

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

/// More tasks than a chunk has events.
const WARM_UP: u32 = 3_000;

/// Runs without the usual harness, whose thread allocates at the same time.
fn main() {
    let _heap = dhat::Profiler::builder().testing().build();
    switching_on_and_off_ten_thousand_times();
    ten_thousand_recorders();
    a_hundred_thousand_names();
    ten_thousand_tasks();
    println!("what is over leaves nothing in memory: ok");
}

fn switching_on_and_off_ten_thousand_times() {
    let (instrumentor, smol) = instrumented(Detail::Full);
    let recorder = instrumentor.recorder();
    let again = |_| {
        assert!(instrumentor.uninstall());
        drop(smol.named("off").instrument(async {}));
        let config = Config::new().recorder(recorder.clone()).detail(Detail::Full);
        assert_eq!(instrumentor.install(config), Installed::Now);
        drop(smol.named("on").instrument(async {}));
    };
    (0..WARM_UP).for_each(again);
    assert_eq!(left(10_000, again), (0, 0));
    assert_eq!(recorder.snapshot().find("on").unwrap().ended(), u64::from(10_000 + WARM_UP));
    assert_eq!(recorder.snapshot().find_all("off").count(), 0);
}

fn ten_thousand_recorders() {
    let again = |_| {
        let (instrumentor, smol) = instrumented(Detail::Full);
        drop(smol.named("on").instrument(async {}));
        assert_eq!(instrumentor.recorder().snapshot().spawned(), 1);
    };
    // This thread releases a dropped recorder when it uses the next one.
    (0..10).for_each(again);
    assert_eq!(left(10_000, again), (0, 0));
}

fn a_hundred_thousand_names() {
    let (instrumentor, smol) = instrumented(Detail::Counts);
    let mut names = 0_u32;
    let mut again = |_| {
        names += 1;
        drop(smol.named(format!("request {names}")).instrument(async {}));
    };
    (0..WARM_UP).for_each(&mut again);
    assert_eq!(left(100_000, again), (0, 0));
    let snapshot = instrumentor.recorder().snapshot();
    let all = u64::from(100_000 + WARM_UP);
    assert_eq!((snapshot.spawned(), snapshot.overflow()), (all, all - 2_000));
    // Recording a name that the cap refuses allocates nothing.
    let refused = Name::from("refused".to_owned());
    let before = dhat::HeapStats::get().total_blocks;
    (0..1_000).for_each(|_| drop(smol.named(refused.clone()).instrument(async {})));
    assert_eq!(dhat::HeapStats::get().total_blocks - before, 0);
}

fn ten_thousand_tasks() {
    let (instrumentor, smol) = instrumented(Detail::Full);
    let work = |_| smol.block_on(async { smol.instrument(ready(())).await });
    (0..WARM_UP).for_each(work);
    // smol's I/O thread starts at some time and allocates once. A leak would appear in each attempt.
    let mut attempts = (0..20).map(|_| left(10_000, work));
    assert!(attempts.any(|left| left == (0, 0)), "each round leaves something");
    assert_eq!(instrumentor.recorder().snapshot().active(), 0);
}

/// The clock stands still: a duration that was never recorded before may allocate.
fn instrumented(detail: Detail) -> (std::sync::Arc<Instrumentor>, WithInstrumentor<Smol>) {
    // The warm-up fills the flight record.
    let recorder = Recorder::builder().clock(ManualClock::new().clock()).flight_memory(64 << 10);
    let recorder = recorder.build();
    let instrumentor = Instrumentor::installed(Config::new().detail(detail).recorder(recorder));
    (instrumentor.clone(), Smol.with_instrumentor(instrumentor))
}

/// The number of blocks and bytes that remain allocated after this many rounds of `work`.
fn left(rounds: u32, work: impl FnMut(u32)) -> (usize, usize) {
    let before = dhat::HeapStats::get();
    (0..rounds).for_each(work);
    let after = dhat::HeapStats::get();
    (
        after.curr_blocks.saturating_sub(before.curr_blocks),
        after.curr_bytes.saturating_sub(before.curr_bytes),
    )
}
