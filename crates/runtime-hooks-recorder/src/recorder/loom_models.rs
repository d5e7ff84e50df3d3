//! Loom models of the recorder's lock-free part: `ci/loom` runs them.

use loom::sync::Arc;
use loom::sync::atomic::{AtomicBool, Ordering};
use loom::thread;

use super::histogram::{Bucket, Histogram};
use super::histogram_snapshot::HistogramSnapshot;
use super::inner::Inner;
use super::outcomes::OutcomeId;
use super::series_id::SeriesId;
use super::snapshot::SeriesSnapshot;
use super::table::Table;
use crate::clock::ManualClock;
use crate::series_key::SeriesKey;
use crate::state::Kind;
use crate::sync::Owned;

fn key() -> SeriesKey {
    SeriesKey::named(Kind::Coroutine, Some("job".into()), "loom")
}

fn inner() -> Arc<Inner> {
    Arc::new(Inner::new(ManualClock::new().clock(), 10, u64::MAX))
}

fn series(inner: &Inner) -> SeriesId {
    inner.series.intern(key(), None).0
}

fn read(inner: &Inner) -> SeriesSnapshot {
    inner.snapshots().next().expect("interned before")
}

#[test]
fn a_reader_never_sees_a_sum_without_its_count() {
    loom::model(|| {
        let bucket = Arc::new(Bucket::default());
        let writer = Arc::clone(&bucket);
        let writer = thread::spawn(move || {
            writer.add(5);
            writer.add(7);
        });
        let (count, sum) = bucket.read();
        assert_eq!(sum, [0, 5, 12][count as usize]);
        writer.join().unwrap();
        assert_eq!(bucket.read(), (2, 12));
    });
}

#[test]
fn a_reader_of_a_number_sees_what_was_written_before_it() {
    loom::model(|| {
        let numbers = Arc::new([Owned::default(), Owned::default()]);
        let writer = Arc::clone(&numbers);
        let writer = thread::spawn(move || {
            writer[0].set(1);
            writer[1].set(1);
        });
        let [later, earlier] = [numbers[1].read(), numbers[0].read()];
        assert!(later <= earlier);
        writer.join().unwrap();
    });
}

#[test]
fn active_is_never_below_zero_if_a_task_ends_on_another_thread() {
    loom::model(|| {
        let inner = inner();
        let id = series(&inner);
        let handed_over = Arc::new(AtomicBool::new(false));
        let (there, flag) = (Arc::clone(&inner), Arc::clone(&handed_over));
        let ender = thread::spawn(move || {
            let mut table = Table::default();
            if flag.load(Ordering::Acquire) {
                table.shard(&there.series, id).end(OutcomeId::FINISHED, 1, 1);
            }
        });
        let (there, flag) = (Arc::clone(&inner), handed_over);
        let starter = thread::spawn(move || {
            let mut table = Table::default();
            table.shard(&there.series, id).start();
            flag.store(true, Ordering::Release);
        });
        let snapshot = read(&inner);
        assert!(snapshot.ended() <= snapshot.spawned);
        starter.join().unwrap();
        ender.join().unwrap();
    });
}

#[test]
fn a_table_reused_by_the_next_thread_loses_nothing() {
    loom::model(|| {
        let inner = inner();
        let id = series(&inner);
        let threads: Vec<_> = (0..2)
            .map(|_| {
                let inner = Arc::clone(&inner);
                thread::spawn(move || {
                    let mut table = inner.take_table();
                    let shard = table.shard(&inner.series, id);
                    shard.start();
                    shard.end(OutcomeId::FINISHED, 3, 1);
                    inner.return_table(table);
                })
            })
            .collect();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        let snapshot = read(&inner);
        assert_eq!(
            (snapshot.spawned, snapshot.ended(), snapshot.duration().sum_nanos()),
            (2, 2, 6)
        );
    });
}

#[test]
fn extremes_of_a_closed_epoch_stay_while_the_next_is_written() {
    loom::model(|| {
        let histogram = Arc::new(Histogram::new());
        histogram.record(8, 1);
        let writer = Arc::clone(&histogram);
        let writer = thread::spawn(move || writer.record(9, 2));
        assert_eq!(histogram.extremes_of(1), Some((8, 8)));
        let mut all = HistogramSnapshot::default();
        histogram.read_into(&mut all);
        assert_eq!(all.min().map(|min| min.as_nanos()), Some(8));
        writer.join().unwrap();
        assert_eq!(histogram.extremes_of(2), Some((9, 9)));
    });
}
