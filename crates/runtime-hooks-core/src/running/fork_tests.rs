//! A forked child has the records of its parent's threads, and not the threads.

use std::process::exit;
use std::sync::mpsc::channel;

use fork::{Fork, fork, waitpid};

use super::threads::with_this_thread;
use super::watch::Watch;
use super::{Run, known_threads, threads};

/// Of no recorder.
const RUN: Run = Run { of: 0, slot: 1 << 40, stack: 8, ids: None };

/// How many threads with an identity poll with this run, and how many without.
fn polling() -> (usize, usize) {
    let ours = threads().filter(|thread| thread.outer.stack == RUN.stack);
    let (known, unknown): (Vec<_>, Vec<_>) = ours.partition(|thread| thread.identity().is_some());
    (known.len(), unknown.len())
}

#[test]
fn a_forked_child_knows_none_of_its_parents_threads() {
    let (polls, is_polling) = channel();
    let (end, ended) = channel::<()>();
    let other = std::thread::spawn(move || {
        let depth = with_this_thread(|thread| thread.start(&RUN)).unwrap();
        polls.send(()).unwrap();
        let _ = ended.recv();
        with_this_thread(|thread| thread.stop(depth));
    });
    is_polling.recv().unwrap();
    assert_eq!(polling(), (1, 0));
    match fork().unwrap() {
        Fork::Child => {
            // The child takes a place of its own when it starts to watch.
            let of_parent = polling() == (0, 1) && known_threads().is_empty();
            let _watch = Watch::start();
            with_this_thread(|thread| thread.start(&RUN));
            exit(i32::from(!(of_parent && polling() == (1, 1) && known_threads().len() == 1)));
        }
        Fork::Parent(child) => assert_eq!(waitpid(child).unwrap(), 0),
    }
    drop(end);
    other.join().unwrap();
    assert_eq!(polling(), (0, 0));
}
