//! Loom models of a slot's writers and its reader.

use loom::sync::Arc;
use loom::thread;

use super::slot::{Phase, Slot};

#[test]
fn a_reader_never_mixes_two_tasks() {
    loom::model(|| {
        let slot = Arc::new(Slot::default());
        slot.open(1, 1);
        let writer = Arc::clone(&slot);
        let writer = thread::spawn(move || {
            writer.close();
            writer.open(2, 2);
        });
        if let Some(content) = slot.read() {
            assert_eq!(content.of, content.submitted);
            assert_eq!(content.generation, 2 * content.of - 1);
        }
        writer.join().unwrap();
        assert_eq!(slot.read().map(|content| content.of), Some(2));
    });
}

#[test]
fn a_reader_sees_a_poll_before_or_after_its_end() {
    loom::model(|| {
        let slot = Arc::new(Slot::default());
        slot.open(1, 1);
        slot.start(None, 2);
        let writer = Arc::clone(&slot);
        let writer = thread::spawn(move || writer.pause(2, 5, 1));
        let content = slot.read().unwrap();
        match content.phase {
            Phase::Running => assert_eq!((content.since, content.busy), (2, 0)),
            Phase::Idle => assert_eq!((content.since, content.busy), (5, 3)),
            // The phase changed during both attempts.
            Phase::Changing => assert!(content.busy <= 3),
            Phase::Submitted => panic!("{content:?}"),
        }
        writer.join().unwrap();
    });
}

#[test]
fn a_wake_of_an_ended_task_does_not_count_for_the_next_task_of_the_slot() {
    loom::model(|| {
        let slot = Arc::new(Slot::default());
        let first = slot.open(1, 1);
        let waker = Arc::clone(&slot);
        let waker = thread::spawn(move || waker.wake(first, None));
        slot.close();
        slot.open(2, 2);
        waker.join().unwrap();
        let content = slot.read().unwrap();
        assert_eq!((content.of, content.wakes, content.is_woken), (2, 0, false));
    });
}

#[test]
fn a_wake_during_a_poll_is_counted_and_leaves_a_mark() {
    loom::model(|| {
        let slot = Arc::new(Slot::default());
        let generation = slot.open(1, 1);
        slot.wake(generation, Some(1));
        let waker = Arc::clone(&slot);
        let waker = thread::spawn(move || waker.wake(generation, Some(4)));
        slot.start(None, 2);
        slot.pause(2, 3, 1);
        waker.join().unwrap();
        let content = slot.read().unwrap();
        assert_eq!(content.wakes, 2);
        // A wake during the poll must remain visible.
        assert!(content.is_woken || content.polls_with_wake == 0);
    });
}
