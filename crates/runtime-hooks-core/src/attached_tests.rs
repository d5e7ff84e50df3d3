//! Runtimes that two threads attach at once, and forks.

use std::fmt;
use std::hint::spin_loop;
use std::panic::catch_unwind;
use std::process::{Command, exit};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;

use fork::{Fork, fork, waitpid};
use runtime_hooks_recorder::{Recorder, RuntimeGauges, WorkerGauges};

use crate::attached::{attach_foreign, attach_owned, generation, report};

const ROUNDS: usize = 5_000;

fn gauges(workers: usize) -> RuntimeGauges {
    let mut gauges = RuntimeGauges::default();
    gauges.workers = vec![WorkerGauges::default(); workers];
    gauges
}

/// The workers of all runtimes that report to this recorder.
fn workers(recorder: &Recorder) -> u64 {
    recorder.snapshot().runtimes.iter().map(|runtime| runtime.worker_count).sum()
}

/// The text of an id that two threads get at the same time: the last thing before each takes the lock.
struct Together<'a> {
    round: usize,
    arrived: &'a AtomicUsize,
}

impl fmt::Display for Together<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.round)?;
        self.arrived.fetch_add(1, Ordering::AcqRel);
        let mut spins = 0;
        // A thread that sleeps wakes up too late to meet the other one.
        while self.arrived.load(Ordering::Acquire) < 2 * (self.round + 1) {
            spins += 1;
            if spins % 1_000 == 0 { thread::yield_now() } else { spin_loop() }
        }
        Ok(())
    }
}

#[test]
fn two_threads_that_attach_one_runtime_at_once_attach_it_once() {
    let (recorder, barrier) = (Recorder::new(), Barrier::new(2));
    let arrived = AtomicUsize::new(0);
    let to = || Some(recorder.clone());
    let attach = |round| {
        let id = Together { round, arrived: &arrived };
        attach_foreign(to, &id, "test", || gauges(1));
        barrier.wait();
    };
    // While there is no owner, and once the runtime has ended with its owner.
    let counts = |round: usize| {
        attach(round);
        let before = workers(&recorder);
        drop(attach_owned(to, &round, "test", || gauges(1)));
        (before, workers(&recorder))
    };
    let counts = thread::scope(|scope| {
        scope.spawn(|| (0..ROUNDS).for_each(attach));
        (0..ROUNDS).map(counts).collect::<Vec<_>>()
    });
    let wrong: Vec<_> = counts.iter().filter(|counts| **counts != (1, 0)).take(3).collect();
    assert_eq!((counts.len(), wrong), (ROUNDS, vec![]));
}

#[test]
fn a_forked_child_forgets_the_runtimes_of_its_parent() {
    let forks = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "attached_tests::forks", "--ignored", "--nocapture"])
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&forks.stderr);
    assert!(forks.status.success(), "{stderr}");
}

#[test]
#[ignore = "run by the test above in a separate process"]
fn forks() {
    let (recorder, reads) = (Recorder::new(), Arc::new(AtomicU64::new(0)));
    let to = || Some(recorder.clone());
    let read = || {
        let reads = Arc::clone(&reads);
        move || {
            reads.fetch_add(1, Ordering::Relaxed);
            gauges(1)
        }
    };
    let owned = attach_owned(to, &"owned", "test", read());
    attach_foreign(to, &"foreign", "test", read());
    assert_eq!((workers(&recorder), Arc::strong_count(&reads)), (2, 3));
    match fork().unwrap() {
        Fork::Child => {
            let result = catch_unwind(|| {
                let recorder = Recorder::new();
                let to = || Some(recorder.clone());
                report(to);
                assert_eq!(workers(&recorder), 0);
                attach_foreign(to, &"foreign", "test", || gauges(4));
                assert_eq!(workers(&recorder), 4);
                drop(owned);
                assert_eq!((workers(&recorder), generation()), (4, 0));
                // What belongs to the parent's threads is neither read nor dropped.
                assert_eq!(reads.load(Ordering::Relaxed), 2);
                assert_eq!(Arc::strong_count(&reads), 3);
            });
            exit(i32::from(result.is_err()));
        }
        Fork::Parent(child) => {
            assert_eq!(waitpid(child).unwrap(), 0, "the child failed");
            assert_eq!(workers(&recorder), 2);
            drop(owned);
            assert_eq!((workers(&recorder), generation()), (1, 1));
        }
    }
}
