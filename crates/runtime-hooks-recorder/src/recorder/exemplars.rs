//! Exemplars: for the buckets of durations, a trace in which a task took that long.

use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use super::layout::BOUNDARIES;
use super::outcomes::OutcomeId;
use super::series_id::SeriesId;
use crate::clock::Clock;
use crate::series_key::SeriesKey;
use crate::state::Outcome;
use crate::sync::{AtomicU64, Mutex, OnceBox, Ordering, lock, try_lock};

/// A bucket gets a new exemplar at most this often.
const INTERVAL_MILLIS: u64 = 1_000;
const MILLIS_BITS: u32 = 48;
/// At most this many are stored, 80 bytes each. Further buckets have none.
const CAPACITY: usize = 8_192;
/// For so many buckets it is known without the lock that they are not due.
const SLOTS: usize = if cfg!(loom) { 1 } else { 4_096 };

/// The ids of a sampled span.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TraceIds {
    /// The trace id, the first byte first.
    pub trace: [u8; 16],
    /// The span id.
    pub span: [u8; 8],
}

/// A task that ended in a sampled trace.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TaskExemplar {
    /// The series of the task.
    pub key: SeriesKey,
    /// How the task ended.
    pub outcome: Outcome,
    /// How long it took, as in its histogram.
    pub duration: Duration,
    /// The span that the task had or carried.
    pub ids: TraceIds,
    /// When it ended.
    pub at: SystemTime,
}

/// An exemplar of a series of this recorder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Exemplar {
    pub(super) outcome: OutcomeId,
    pub(super) nanos: u64,
    pub(super) ids: TraceIds,
    pub(super) at: SystemTime,
    tick: u64,
}

/// The end of a task.
#[derive(Clone, Copy, Debug)]
pub struct TaskEnd {
    /// Its series.
    pub series: SeriesId,
    /// How it ended.
    pub outcome: OutcomeId,
    /// How long it took.
    pub nanos: u64,
    /// The tick at which it ended.
    pub tick: u64,
}

/// Series, outcome, and the index of the bucket.
type Bucket = (SeriesId, OutcomeId, usize);

#[derive(Debug)]
pub(crate) struct Exemplars {
    recent: OnceBox<Recent>,
    stored: Mutex<HashMap<Bucket, Exemplar>>,
}

/// The buckets that got an exemplar last, by the hash of the bucket: another part of the hash, and the millisecond; 0 if
/// there was none. A bucket whose slot is used by another is due until the lock is taken.
#[derive(Debug)]
struct Recent(Box<[AtomicU64]>);

impl Default for Exemplars {
    fn default() -> Self {
        Self { recent: OnceBox::new(), stored: Mutex::default() }
    }
}

impl Exemplars {
    /// Whether a task that ends now may become the exemplar of its bucket.
    pub(super) fn is_due(&self, end: &TaskEnd, clock: &Clock) -> bool {
        let (slot, expected) = self.recent(end, clock);
        // Relaxed: one word, and a hint.
        let stored = slot.load(Ordering::Relaxed);
        let is_same = stored != 0 && stored >> MILLIS_BITS == expected >> MILLIS_BITS;
        !is_same || expected.wrapping_sub(stored) >= INTERVAL_MILLIS
    }

    /// Stores a task, unless its bucket has had one for less than a second.
    pub(super) fn store(&self, end: &TaskEnd, clock: &Clock, ids: TraceIds) {
        let &TaskEnd { outcome, nanos, tick, .. } = end;
        let exemplar = Exemplar { outcome, nanos, ids, at: SystemTime::now(), tick };
        // Not waited for: an allocator that records tasks may be inside of `insert` or `all`.
        let Some(mut stored) = try_lock(&self.stored) else { return };
        let known = stored.get(&end.bucket()).map(|last| last.tick);
        let is_recent = |last: &u64| clock.nanos_between(*last, tick) / 1_000_000 < INTERVAL_MILLIS;
        let recent = known.filter(is_recent);
        if recent.is_none() && (known.is_some() || stored.len() < CAPACITY) {
            stored.insert(end.bucket(), exemplar);
        }
        drop(stored);
        let (slot, word) = self.recent(&TaskEnd { tick: recent.unwrap_or(tick), ..*end }, clock);
        slot.store(word, Ordering::Relaxed);
    }

    /// The slot of the bucket, and what it contains if the bucket gets an exemplar now.
    fn recent(&self, end: &TaskEnd, clock: &Clock) -> (&AtomicU64, u64) {
        let Recent(slots) = self
            .recent
            .get_or_init(|| Box::new(Recent((0..SLOTS).map(|_| AtomicU64::new(0)).collect())));
        let hash = hash(end.bucket());
        let millis = clock.nanos_between(0, end.tick) / 1_000_000 % (1 << MILLIS_BITS);
        #[expect(clippy::cast_possible_truncation, reason = "the low bits")]
        let slot = &slots[hash as usize % SLOTS];
        // The number is above 0 even in the first millisecond.
        (slot, (hash >> MILLIS_BITS | 1) << MILLIS_BITS | millis)
    }

    /// All that are stored, by series and duration.
    pub(super) fn all(&self) -> Vec<(SeriesId, Exemplar)> {
        let Some(stored) = lock(&self.stored) else { return Vec::new() };
        let mut all: Vec<_> = stored.iter().map(|((series, ..), one)| (*series, *one)).collect();
        drop(stored);
        all.sort_unstable_by_key(|(series, one)| (series.index(), one.outcome.index(), one.nanos));
        all
    }
}

impl TaskEnd {
    fn bucket(&self) -> Bucket {
        // The first boundary that is not below the duration.
        let bucket = BOUNDARIES.partition_point(|boundary| *boundary < self.nanos);
        (self.series, self.outcome, bucket)
    }
}

fn hash((series, outcome, bucket): Bucket) -> u64 {
    let mixed = ((series.index() * 32 + outcome.index()) * 32 + bucket) as u64;
    let mixed = (mixed ^ mixed >> 15).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed ^ mixed >> 29
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::clock::ManualClock;

    fn ids(number: u8) -> TraceIds {
        TraceIds { trace: [number; 16], span: [number; 8] }
    }

    fn end(series: usize, nanos: u64, tick: u64) -> TaskEnd {
        TaskEnd { series: SeriesId::at(series), outcome: OutcomeId::FINISHED, nanos, tick }
    }

    #[test]
    fn a_bucket_gets_one_exemplar_a_second() {
        let (exemplars, time) = (Exemplars::default(), ManualClock::new());
        let clock = time.clock();
        let is_due = |nanos| exemplars.is_due(&end(0, nanos, clock.now()), &clock);
        assert_eq!([is_due(3), is_due(3)], [true, true], "a task without a trace does not count");
        exemplars.store(&end(0, 3, clock.now()), &clock, ids(1));
        assert_eq!([is_due(4), is_due(2_000_000)], [false, true]);
        time.advance(Duration::from_millis(INTERVAL_MILLIS - 1));
        assert!(!is_due(5));
        exemplars.store(&end(0, 5, clock.now()), &clock, ids(2));
        assert_eq!(exemplars.all()[0].1.ids, ids(1));
        time.advance(Duration::from_millis(1));
        assert!(is_due(6));
        exemplars.store(&end(0, 6, clock.now()), &clock, ids(3));
        assert_eq!(exemplars.all()[0].1.ids, ids(3));
    }

    /// Busy buckets share slots with those of rare tasks.
    #[test]
    fn each_bucket_has_an_exemplar_whatever_others_do() {
        const BUSY: usize = 6_000;
        let (exemplars, time) = (Exemplars::default(), ManualClock::new());
        let clock = time.clock();
        let ends = |series, number| {
            let end = end(series, 1, clock.now());
            if exemplars.is_due(&end, &clock) {
                exemplars.store(&end, &clock, ids(number));
            }
        };
        for _ in 0..3 {
            (0..BUSY).for_each(|series| ends(series, 1));
            (BUSY..CAPACITY).for_each(|series| ends(series, 2));
            time.advance(Duration::from_millis(700));
        }
        let all = exemplars.all();
        assert_eq!(all.len(), CAPACITY);
        let rare = all.iter().filter(|(series, one)| series.index() >= BUSY && one.ids == ids(2));
        assert_eq!(rare.count(), CAPACITY - BUSY);
    }

    #[test]
    fn the_last_exemplar_of_each_bucket_is_stored() {
        let (exemplars, clock) = (Exemplars::default(), ManualClock::new().clock());
        let second = 1_000_000_000;
        let tasks = [(1, 5, 0, 1), (0, 1_000, 0, 2), (0, 1_001, 0, 3), (0, 999, second, 4)];
        for (series, nanos, tick, number) in tasks {
            exemplars.store(&end(series, nanos, tick), &clock, ids(number));
        }
        let all = exemplars.all().into_iter();
        let all: Vec<_> = all.map(|(series, one)| (series.index(), one.nanos, one.ids)).collect();
        assert_eq!(all, [(0, 999, ids(4)), (0, 1_001, ids(3)), (1, 5, ids(1))]);
    }

    #[test]
    fn the_number_of_exemplars_is_bounded() {
        let (exemplars, clock) = (Exemplars::default(), ManualClock::new().clock());
        for series in 0..CAPACITY + 9 {
            exemplars.store(&end(series, 1, 0), &clock, ids(1));
        }
        exemplars.store(&end(0, 2, 1_000_000_000), &clock, ids(2));
        let all = exemplars.all();
        assert_eq!((all.len(), all[0].1.ids), (CAPACITY, ids(2)));
    }
}
