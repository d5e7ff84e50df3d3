//! Loom models of the log: `ci/loom` runs them. A chunk has two events here.

use loom::sync::Arc;
use loom::sync::atomic::{AtomicBool, Ordering};
use loom::thread;

use super::inner::Inner;
use super::log::{Chunk, Event, Log, Writer};
use super::outcomes::OutcomeId;
use super::series_id::SeriesId;
use super::snapshot::SeriesSnapshot;
use crate::clock::ManualClock;
use crate::series_key::SeriesKey;
use crate::state::Kind;
use crate::sync::Owned;

const JOB: SeriesId = SeriesId::from_bits(0);

/// A recorder with one series and one set, whose budget is this many chunks.
fn inner(chunks: u64) -> Arc<Inner> {
    let log = Log::new(ManualClock::new().clock(), u64::MAX, 64 * chunks, 1, 1);
    let inner = Inner::new(log, 10);
    let key = SeriesKey::named(Kind::Coroutine, Some("job".into()), "loom");
    assert_eq!(inner.series.intern(key, None).0, JOB);
    Arc::new(inner)
}

fn start(writer: &mut Writer, inner: &Inner) {
    writer.start(&inner.log, JOB);
}

fn end(writer: &mut Writer, inner: &Inner, nanos: u64) {
    writer.append(&inner.log, Event::ended_after(JOB, OutcomeId::FINISHED, nanos, 0));
}

fn whole(writer: &mut Writer, inner: &Inner, nanos: u64) {
    start(writer, inner);
    end(writer, inner, nanos);
}

fn read(inner: &Inner) -> SeriesSnapshot {
    inner.reader(None).next().expect("one series").0
}

/// The number of tasks, and the sum of their durations.
fn ended(snapshot: &SeriesSnapshot) -> (u64, u64, u128) {
    (snapshot.spawned, snapshot.ended(), snapshot.duration().sum_nanos())
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
fn an_event_that_is_published_is_complete() {
    loom::model(|| {
        let inner = inner(1);
        let there = Arc::clone(&inner);
        let writer = thread::spawn(move || whole(&mut Writer::open(&there.log), &there, 5));
        let (spawned, ends, sum) = ended(&read(&inner));
        assert!(ends <= spawned && sum == u128::from(5 * ends), "{spawned} {ends} {sum}");
        writer.join().unwrap();
        assert_eq!(ended(&read(&inner)), (1, 1, 5));
    });
}

#[test]
fn each_event_is_folded_once_by_its_thread_or_by_a_reader() {
    loom::model(|| {
        let inner = inner(1);
        let there = Arc::clone(&inner);
        let writer = thread::spawn(move || {
            let mut writer = Writer::open(&there.log);
            // The third overwrites the first.
            [3, 5, 7].into_iter().for_each(|nanos| whole(&mut writer, &there, nanos));
        });
        inner.log.fold_all();
        writer.join().unwrap();
        assert_eq!(ended(&read(&inner)), (3, 3, 15));
    });
}

#[test]
fn active_is_never_below_zero_if_a_task_ends_on_another_thread() {
    loom::model(|| {
        let inner = inner(2);
        let handed_over = Arc::new(AtomicBool::new(false));
        let (there, flag) = (Arc::clone(&inner), Arc::clone(&handed_over));
        let ender = thread::spawn(move || {
            let mut writer = Writer::open(&there.log);
            if flag.load(Ordering::Acquire) {
                end(&mut writer, &there, 1);
            }
        });
        let (there, flag) = (Arc::clone(&inner), handed_over);
        let starter = thread::spawn(move || {
            let mut writer = Writer::open(&there.log);
            start(&mut writer, &there);
            flag.store(true, Ordering::Release);
        });
        let snapshot = read(&inner);
        assert!(snapshot.ended() <= snapshot.spawned);
        starter.join().unwrap();
        ender.join().unwrap();
    });
}

#[test]
fn a_thread_that_ends_leaves_its_ring_to_the_next_and_loses_nothing() {
    loom::model(|| {
        let inner = inner(1);
        let threads: Vec<_> = (0..2)
            .map(|_| {
                let inner = Arc::clone(&inner);
                thread::spawn(move || {
                    let mut writer = Writer::open(&inner.log);
                    whole(&mut writer, &inner, 3);
                    writer.close(&inner.log);
                })
            })
            .collect();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        assert_eq!(ended(&read(&inner)), (2, 2, 6));
    });
}

#[test]
fn a_reader_without_a_lock_never_mixes_two_uses_of_a_chunk() {
    loom::model(|| {
        let event = |at| Event::ended_after(JOB, OutcomeId::FINISHED, at, 0);
        let chunk = Arc::new(Chunk::new());
        chunk.append(0, &event(1));
        chunk.append(1, &event(2));
        let generation = chunk.generation();
        let owner = Arc::clone(&chunk);
        let owner = thread::spawn(move || {
            owner.reset();
            owner.append(0, &event(3));
        });
        if let Some(events) = chunk.read(generation, 2) {
            assert_eq!(events, [event(1), event(2)]);
        }
        owner.join().unwrap();
        assert_eq!(chunk.read(generation, 2), None);
        assert_eq!(chunk.read(chunk.generation(), 0), Some(vec![event(3)]));
    });
}
