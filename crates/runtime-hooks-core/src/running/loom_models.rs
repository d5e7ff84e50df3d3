//! Whether a reader of a thread's record sees whole runs.

use loom::sync::Arc;

use super::record::{Polled, ThreadRecord};
use super::run::Run;

fn run(task: u64) -> Run {
    Run { of: task, slot: task, stack: 2 * task, ids: None }
}

#[test]
fn a_reader_sees_no_run_with_fields_of_another() {
    loom::model(|| {
        let record = Arc::new(ThreadRecord::default());
        let writer = Arc::clone(&record);
        let writer = loom::thread::spawn(move || {
            for task in 1..=2 {
                let depth = writer.start(&run(task));
                writer.stop(depth);
            }
        });
        if let Some(Polled { outer: (number, outer), .. }) = record.read() {
            assert_eq!(outer, run(number));
        }
        writer.join().unwrap();
    });
}

#[test]
fn a_reader_sees_no_inner_run_with_fields_of_another() {
    loom::model(|| {
        let record = Arc::new(ThreadRecord::default());
        let outer = record.start(&run(9));
        let first = record.start(&run(1));
        let writer = Arc::clone(&record);
        let writer = loom::thread::spawn(move || {
            writer.stop(first);
            let second = writer.start(&run(2));
            writer.stop(second);
        });
        if let Some(Polled { inner: Some((number, inner)), .. }) = record.read() {
            assert_eq!(inner, run(number));
        }
        writer.join().unwrap();
        record.stop(outer);
    });
}
