//! Forks while another thread holds a lock: the child must still record and read, and not hang.

use std::process::{Command, exit};
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

use fork::{Fork, fork, waitpid};

use super::inner::Inner;
use super::local;
use crate::diagnostics::print;
use crate::sync::lock;
use crate::{Kind, Outcome, Recorder, State};

/// Which lock is held at the fork, how it is held, and the counts of `known` and `new` in the child.
type Case = (&'static str, fn(&Inner, &mut dyn FnMut()), [u64; 2]);

const CASES: [Case; 10] = [
    ("no lock", |_, during| during(), [4, 2]),
    // A new thread finds no recorder.
    ("the recorders", |_, during| local::while_locked(during), [2, 1]),
    ("the series", |inner, during| inner.series.while_locked(during), [0, 0]),
    // What the first thread records is not read. The other thread has no ring.
    ("the rings", |inner, during| inner.log.rings.while_locked(during), [2, 1]),
    // The starts of the first thread are counted all the same.
    ("the first thread's ring", |i, during| i.log.rings.all()[0].while_locked(during), [4, 2]),
    ("one set", |inner, during| hold(inner.log.sets.try_any(0), during), [4, 2]),
    ("all sets", |inner, during| inner.log.sets.while_locked(during), [4, 2]),
    ("the outcomes", |inner, during| inner.outcomes.while_locked(during), [4, 2]),
    ("the pending extremes", |inner, during| hold(lock(&inner.pending_extremes), during), [4, 2]),
    ("the gauges", |inner, during| inner.watched.while_locked(during), [4, 2]),
];

pub(crate) fn hold<G>(guard: Option<G>, during: &mut dyn FnMut()) {
    let _held = guard.expect("no other holder");
    during();
}

#[test]
fn a_child_hangs_on_no_lock_that_was_held_at_the_fork() {
    for (case, (held, ..)) in CASES.iter().enumerate() {
        let forks = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "recorder::fork_tests::forks", "--ignored", "--nocapture"])
            .env("CASE", case.to_string())
            .output()
            .unwrap();
        let stderr = String::from_utf8_lossy(&forks.stderr);
        assert!(forks.status.success(), "{held}: {stderr}");
    }
}

#[test]
#[ignore = "run by the test above in a separate process"]
fn forks() {
    let case: usize = std::env::var("CASE").unwrap().parse().unwrap();
    let (held, hold, expected) = CASES[case];
    let recorder = Recorder::new();
    let record = |name: &'static str, outcome| {
        recorder.record(Kind::Coroutine, name, "test", outcome, Duration::from_nanos(5));
    };
    record("known", Outcome::FINISHED);
    let mut cursor = recorder.cursor();
    let (is_held, wait_until_held) = channel();
    let (let_go, wait_until_over) = channel::<()>();
    let inner = recorder.inner().clone();
    let holder = thread::spawn(move || {
        hold(&inner, &mut || {
            is_held.send(()).unwrap();
            wait_until_over.recv().unwrap();
        });
    });
    wait_until_held.recv().unwrap();
    match fork().unwrap() {
        Fork::Child => {
            let start = Instant::now();
            record("known", Outcome::FINISHED);
            record("new", Outcome::FINISHED);
            // On a thread without a table, with an outcome without a number.
            thread::scope(|scope| {
                let other = scope.spawn(|| {
                    record("known", Outcome::exception("Refused"));
                    record("known", Outcome::FINISHED);
                    record("new", Outcome::FINISHED);
                });
                other.join().unwrap();
            });
            let snapshot = cursor.drain().0;
            drop(recorder.cursor());
            drop(recorder.watch("test", Default::default));
            drop(Recorder::new());
            let counts = ["known", "new"].map(|name| {
                let series = snapshot.find(name);
                series.map_or(0, |series| series.spawned)
            });
            if counts != expected {
                print(&format_args!("{held}: {counts:?} instead of {expected:?}\n{snapshot}"));
                exit(1);
            }
            let failed = snapshot.find("known").map_or(0, |s| s.ended_as(State::Exception));
            assert!(failed <= 1);
            // One wait of 100 ms; later waits are shorter.
            exit(if start.elapsed() < Duration::from_secs(5) { 0 } else { 2 });
        }
        Fork::Parent(child) => {
            let status = waitpid(child).unwrap();
            let_go.send(()).unwrap();
            holder.join().unwrap();
            assert_eq!(status, 0, "the child hung or counted wrong");
            let spawned = recorder.snapshot().spawned();
            assert_eq!(spawned, 1, "what the child records is not in the parent");
        }
    }
}
