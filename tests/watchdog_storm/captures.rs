//! Reads stacks by a signal all the time.
#![allow(unsafe_code, reason = "loading a library runs its initialisers")]

use std::hint::black_box;
use std::panic::{catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use futures_lite::future::block_on;
use runtime_hooks::{Config, Instrumentor, RuntimeHooksExt, Smol};
use runtime_hooks_core::running::{Watch, threads};
use runtime_hooks_watchdog::StackProbe;

/// If no thread gets on for so long, one hangs.
const LIMIT: Duration = Duration::from_secs(30);

/// What a thread does in each of its polls.
type Work = fn(u64);

const WORKS: [(&str, Work); 4] =
    [("allocates", allocate), ("panics", panic), ("loads", load), ("computes", compute)];

pub(crate) fn run(number: u64) {
    let instrumentor = Instrumentor::installed(Config::new());
    let _watch = Watch::start();
    let is_over = Arc::<AtomicBool>::default();
    let rounds: [Arc<AtomicU64>; WORKS.len() + 1] = Default::default();
    let mut workers = Vec::new();
    for ((name, work), rounds) in WORKS.into_iter().zip(&rounds) {
        let (is_over, rounds) = (Arc::clone(&is_over), Arc::clone(rounds));
        let runtime = Smol.with_instrumentor(Arc::clone(&instrumentor));
        workers.push(thread::spawn(move || {
            while !is_over.load(Ordering::Relaxed) {
                let round = rounds.fetch_add(1, Ordering::Relaxed);
                block_on(runtime.named(name).instrument(async { work(round) }));
            }
        }));
    }
    let (churn_is_over, churn_rounds) = (Arc::clone(&is_over), Arc::clone(&rounds[WORKS.len()]));
    workers.push(thread::spawn(move || {
        while !churn_is_over.load(Ordering::Relaxed) {
            let round = churn_rounds.fetch_add(1, Ordering::Relaxed);
            let runtime = Smol.with_instrumentor(Arc::clone(&instrumentor));
            let short =
                move || block_on(runtime.named("short").instrument(async { allocate(round) }));
            thread::spawn(short).join().expect("it does not panic");
        }
    }));
    let total = || rounds.iter().map(|rounds| rounds.load(Ordering::Relaxed)).sum::<u64>();
    let mut probe = StackProbe::new(Some("SIGURG")).expect("the handler is installed");
    let (mut captured, mut frames, mut failed) = (0, 0, 0);
    let (start, mut progress) = (Instant::now(), (total(), Instant::now()));
    while captured < number {
        for thread in threads() {
            match probe.frames(&thread) {
                Ok(depth) => (captured, frames) = (captured + 1, frames + depth),
                // It has ended its poll, or the thread.
                Err(_) => failed += 1,
            }
        }
        if total() > progress.0 {
            progress = (total(), Instant::now());
        }
        assert!(progress.1.elapsed() < LIMIT, "a thread hangs, after {captured} stacks");
    }
    is_over.store(true, Ordering::Relaxed);
    workers.into_iter().for_each(|worker| worker.join().expect("it does not crash"));
    println!(
        "{captured} stacks of {} frames on average in {:.1?}, {failed} not read; rounds {rounds:?}",
        frames / usize::try_from(captured).unwrap_or(1),
        start.elapsed(),
    );
}

#[inline(never)]
fn allocate(round: u64) {
    let kept: Vec<_> = (0..50).map(|n| format!("{round} {n}")).collect();
    black_box(kept);
}

#[inline(never)]
fn panic(round: u64) {
    // Without the hook, which prints.
    let _ = black_box(catch_unwind(|| resume_unwind(Box::new(round))));
}

#[inline(never)]
fn load(round: u64) {
    if !round.is_multiple_of(16) {
        return allocate(round);
    }
    // SAFETY: a library of the system, whose initialisers any thread may run.
    let library = unsafe { libloading::Library::new("libresolv.so.2") };
    drop(black_box(library));
}

#[inline(never)]
fn compute(round: u64) {
    black_box((0..100_000_u64).fold(round, |sum, n| black_box(sum.wrapping_mul(31) ^ n)));
}
