//! Tests of the flight record.

use std::collections::HashMap;
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use super::{Flight, FlightEventKind};
use crate::clock::ManualClock;
use crate::recorder::{Entry, OutcomeId, Recorder, SeriesId, Step, with_table};
use crate::series_key::SeriesKey;
use crate::state::{Kind, Outcome};

/// A recorder with the series `job`, whose clock reads 1 000 000 ns.
fn recorder() -> (Recorder, ManualClock) {
    let time = ManualClock::new();
    time.advance(Duration::from_millis(1));
    let recorder = Recorder::builder().clock(time.clock()).build();
    let key = SeriesKey::named(Kind::Coroutine, Some("job".into()), "test");
    assert_eq!(recorder.inner().series.intern(key, None).0, JOB);
    (recorder, time)
}

const JOB: SeriesId = SeriesId::from_bits(0);

fn on(recorder: &Recorder, mut record: impl FnMut(&mut Entry)) {
    with_table(recorder.id(), |entry| record(entry)).unwrap();
}

fn poll(from: u64, to: u64) -> Step {
    Step { poll: Some((from, to)), ..Step::default() }
}

/// The events, with times relative to the clock's zero.
fn shown(flight: &Flight) -> Vec<String> {
    let zero = flight.taken - 1_000_000;
    let each = flight.events.iter().map(|event| {
        let (at, task) = (event.at - zero, flight.tasks[event.task].since - zero);
        match event.kind {
            FlightEventKind::Polled { from, runnable_since, ended } => {
                let since = runnable_since.map(|since| since - zero);
                format!("{task}: {since:?} {}..{at} {ended:?}", from - zero)
            }
            FlightEventKind::Ended { outcome } => format!("{task}: {at} {}", outcome.state()),
            FlightEventKind::Woken => format!("{task}: woken {at}"),
        }
    });
    each.collect()
}

#[test]
fn polls_wakes_and_ends_are_events_in_the_order_of_time() {
    let (recorder, _time) = recorder();
    on(&recorder, |entry| {
        let delayed = Step { schedule: Some((5, 10)), ..poll(10, 20) };
        entry.add(JOB, 5, &delayed);
        // Stored as two events: the delay does not fit into the poll's.
        let long =
            Step { schedule: Some((7, 7 + (1 << 31))), ..poll(7 + (1 << 31), 8 + (1 << 31)) };
        entry.add(JOB, 7, &long);
        entry.wake(JOB, 5, 30);
        let last = Step { ended: Some((OutcomeId::PANIC, (5, 40))), ..poll(35, 40) };
        entry.add(JOB, 5, &last);
        let dropped = Step { ended: Some((OutcomeId::CANCELLED, (6, 25))), ..Step::default() };
        entry.add(JOB, 6, &dropped);
    });
    let flight = recorder.flight();
    let expected =
        ["5: Some(5) 10..20 None", "6: 25 cancelled", "5: woken 30", "5: None 35..40 Some(PANIC)"];
    let events = shown(&flight);
    // A poll that ends after the record was taken counts as of that moment.
    assert_eq!(events[..3], expected[..3]);
    assert_eq!(flight.events.len(), 5);
    assert!(events[3].starts_with("5: None 35..40 "), "{events:?}");
    assert_eq!(flight.events[3].ended(), Some(Outcome::PANIC));
    assert!(matches!(
        flight.events[4].kind,
        FlightEventKind::Polled { runnable_since: Some(_), ended: None, .. }
    ));
    let ended: Vec<_> = flight.tasks.iter().map(|task| task.ended).collect();
    assert_eq!(ended, [Some(Outcome::PANIC), Some(Outcome::CANCELLED), None]);
    assert_eq!(flight.key_of(&flight.events[0]).name(), Some("job"));
    assert_eq!((flight.overwritten, flight.missed, flight.threads.len()), (0, 0, 1));
}

#[test]
fn events_before_a_limit_are_removed() {
    let (recorder, time) = recorder();
    on(&recorder, |entry| {
        (1..=9)
            .for_each(|hundred| entry.add(JOB, 1, &poll(hundred * 100_000 - 9, hundred * 100_000)));
    });
    time.advance(Duration::from_micros(500));
    let flight = recorder.flight().last(Duration::from_micros(800));
    // 1.5 ms - 0.8 ms
    let zero = flight.taken - 1_500_000;
    let times: Vec<_> = flight.events.iter().map(|event| event.at - zero).collect();
    assert_eq!(times, [700_000, 800_000, 900_000]);
    assert_eq!(flight.begins(), Some(zero + 700_000 - 9));
    assert_eq!((flight.tasks.len(), recorder.flight().last(Duration::MAX).events.len()), (1, 9));
    // Without an event there is no task.
    assert_eq!(recorder.flight().last(Duration::ZERO).tasks, []);
}

#[test]
fn a_task_recorded_by_hand_began_as_long_before_as_it_took() {
    let (recorder, _time) = recorder();
    let took = Duration::from_micros(400);
    recorder.record(Kind::Blocking, "resize", "pool", Outcome::FINISHED, took);
    let flight = recorder.flight();
    assert_eq!(shown(&flight), ["600000: 1000000 finished"]);
}

#[test]
fn each_event_has_the_thread_that_recorded_it_also_after_its_end() {
    let (recorder, _time) = recorder();
    for name in ["first", "second"] {
        let recorder = recorder.clone();
        let run = move || on(&recorder, |entry| entry.add(JOB, 1, &poll(2, 3)));
        thread::Builder::new().name(name.to_owned()).spawn(run).unwrap().join().unwrap();
    }
    let flight = recorder.flight();
    let of_events: Vec<_> = flight
        .events
        .iter()
        .map(|event| flight.threads[event.thread].name.as_deref().unwrap())
        .collect();
    // Both used the same ring, one after the other.
    assert_eq!(of_events, ["first", "second"]);
    assert_ne!(flight.threads[0].number, flight.threads[1].number);
}

#[test]
fn short_lived_threads_share_the_chunk_that_the_one_before_left() {
    let (recorder, _time) = recorder();
    for _ in 0..300 {
        let recorder = recorder.clone();
        let record = move || on(&recorder, |entry| entry.add(JOB, 1, &poll(2, 3)));
        thread::spawn(record).join().unwrap();
    }
    let flight = recorder.flight();
    assert_eq!((flight.events.len(), flight.overwritten, flight.threads.len()), (300, 0, 300));
    let numbers: Vec<_> = flight.events.iter().map(|event| event.thread).collect();
    assert!(numbers.is_sorted());
    let chunks = recorder.inner().log.rings.all()[0].to_read().chunks.len();
    assert_eq!(chunks, 300_usize.div_ceil(128));
}

#[test]
fn a_wake_is_recorded_only_if_there_is_a_flight_record() {
    let (recorder, _time) = recorder();
    on(&recorder, |entry| entry.wake(JOB, 1, 5));
    recorder.set_flight_memory(0);
    on(&recorder, |entry| entry.wake(JOB, 1, 6));
    assert_eq!(shown(&recorder.flight()), ["1: woken 5"]);
    assert_eq!(recorder.snapshot().spawned(), 0);
}

/// Each thread numbers its polls. Whenever a record is taken, it has the last polls of each thread without a gap.
#[test]
fn a_record_under_load_lacks_only_what_was_overwritten() {
    // And a reader: four.
    const THREADS: u64 = 3;
    const POLLS: u64 = 40_000;
    let time = ManualClock::new();
    let recorder = Recorder::builder().clock(time.clock()).flight_memory(1 << 20).build();
    let key = SeriesKey::named(Kind::Coroutine, Some("job".into()), "test");
    recorder.inner().series.intern(key, None);
    let (start, is_done) = (Barrier::new(4), AtomicBool::new(false));
    thread::scope(|scope| {
        let threads: Vec<_> = (1..=THREADS)
            .map(|task| {
                let (recorder, start) = (&recorder, &start);
                scope.spawn(move || {
                    start.wait();
                    for number in 0..POLLS {
                        on(recorder, |entry| entry.add(JOB, task, &poll(0, number)));
                    }
                })
            })
            .collect();
        let reader = scope.spawn(|| {
            start.wait();
            let mut records = 0;
            while !is_done.load(Ordering::Relaxed) {
                let gathered = recorder.gather_log();
                let mut last: HashMap<u64, u64> = HashMap::new();
                let mut gaps = 0;
                for (_, event) in &gathered.events {
                    let number = event.at();
                    if let Some(last) = last.insert(event.task(), number) {
                        assert!(last < number, "{last} before {number}");
                        gaps += number - last - 1;
                    }
                }
                // A full chunk that a reader copies is not waited for. What it has no room for is counted.
                assert!(gaps <= gathered.missed + gathered.overwritten, "{gaps} are lost");
                records += 1;
            }
            records
        });
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        is_done.store(true, Ordering::Relaxed);
        assert!(reader.join().unwrap() > 0);
    });
    let flight = recorder.flight();
    let kept = flight.events.len() as u64;
    assert_eq!(kept + flight.overwritten + flight.missed, THREADS * POLLS);
    assert_eq!(recorder.snapshot().series[0].poll.count(), THREADS * POLLS);
}
