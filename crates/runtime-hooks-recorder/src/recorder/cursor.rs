//! A reader of differences: what was recorded since it last read.

use std::collections::HashMap;

use super::histogram_snapshot::{Cell, HistogramSnapshot};
use super::pending_extremes::{CursorId, NewExtremes};
use super::recorder::Recorder;
use super::snapshot::{Measure, SeriesSnapshot, Snapshot};
use crate::gauges::RuntimeSnapshot;
use crate::sync::lock;

/// Reads what a [`Recorder`] has recorded since the last read, for exporters that must export each duration exactly
/// once.
///
/// ```
/// use std::time::Duration;
/// use runtime_hooks_recorder::{Kind, Outcome, Recorder};
///
/// let recorder = Recorder::new();
/// let mut cursor = recorder.cursor();
/// let took = Duration::from_millis(3);
/// recorder.record(Kind::Blocking, "resize", "pool", Outcome::FINISHED, took);
///
/// let (_, deltas) = cursor.drain();
/// assert_eq!(deltas[0].values, [(0.003, 1)]); // seconds, how often
/// assert!(cursor.drain().1.is_empty());
/// ```
#[derive(Debug)]
pub struct Cursor {
    recorder: Recorder,
    id: CursorId,
    seen: AlreadyRead,
}

/// New durations of one histogram of one series.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct HistogramDelta {
    /// The index of the series in the snapshot that came with it. It never changes.
    pub series: usize,
    /// Which histogram of the series.
    pub measure: Measure,
    /// Durations in seconds, and how often each occurred. Counts, sum, minimum and maximum are exact. The values in
    /// between are the mean of a cell, at most 1/8 from any duration in it.
    pub values: Vec<(f64, u64)>,
}

/// What a cursor has already returned, by series and histogram.
type AlreadyRead = HashMap<(usize, Measure), HistogramSnapshot>;

impl Recorder {
    /// Creates a reader of what is new since its last read. Cursors are independent of each other.
    pub fn cursor(&self) -> Cursor {
        Cursor::new(self.clone())
    }
}

impl Cursor {
    fn new(recorder: Recorder) -> Self {
        let id = lock(&recorder.inner().pending_extremes).map(|mut pending| pending.register());
        Self { recorder, id: id.unwrap_or(0), seen: AlreadyRead::new() }
    }

    /// Returns a snapshot and the durations that are new. Never panics: if a source of gauges panics, its last totals
    /// stay.
    pub fn drain(&mut self) -> (Snapshot, Vec<HistogramDelta>) {
        let (mut series, mut deltas) = (Vec::new(), Vec::new());
        let runtimes = self.drain_each(|of, new| {
            series.push(of);
            deltas.extend(new);
        });
        (Snapshot { series, runtimes }, deltas)
    }

    /// As [`drain`](Self::drain), one series at a time and in the same order, for readers that keep only a part of
    /// each.
    pub fn drain_each(
        &mut self,
        mut read: impl FnMut(SeriesSnapshot, Vec<HistogramDelta>),
    ) -> Vec<RuntimeSnapshot> {
        let all = self.recorder.inner().reader(Some(self.id)).enumerate();
        for (number, (of, extremes)) in all {
            let mut deltas = Vec::new();
            push_deltas(&mut self.seen, number, &of, &extremes, &mut deltas);
            read(of, deltas);
        }
        self.recorder.runtimes()
    }

    /// The recorder that it reads.
    pub fn recorder(&self) -> &Recorder {
        &self.recorder
    }
}

impl Drop for Cursor {
    fn drop(&mut self) {
        if let Some(mut pending) = lock(&self.recorder.inner().pending_extremes) {
            pending.deregister(self.id);
        }
    }
}

/// Adds the new durations of a series to `deltas`.
fn push_deltas(
    seen: &mut AlreadyRead,
    series: usize,
    of: &SeriesSnapshot,
    extremes: &[NewExtremes],
    deltas: &mut Vec<HistogramDelta>,
) {
    for (measure, now) in of.histograms() {
        let is_first = !seen.contains_key(&(series, measure));
        let seen = seen.entry((series, measure)).or_default();
        // Another cursor may have read a part before this one was created.
        let new = extremes.iter().find(|(of, _)| *of == measure).map(|(_, extremes)| *extremes);
        let extremes = if is_first { now.extremes() } else { new };
        let values = replay(seen.cells(), now.cells(), extremes);
        if !values.is_empty() {
            seen.clone_from(now);
            deltas.push(HistogramDelta { series, measure, values });
        }
    }
}

/// The difference of two reads, as durations to record again.
fn replay(seen: &[Cell], now: &[Cell], extremes: Option<(u64, u64)>) -> Vec<(f64, u64)> {
    let mut seen = seen.iter().peekable();
    let mut new: Vec<Cell> = now.to_vec();
    for cell in &mut new {
        // Cells are only ever added to a list, so both lists are in the same order.
        if let Some(old) = seen.next_if(|old| old.place() == cell.place()) {
            cell.count -= old.count;
            cell.sum -= old.sum;
        }
    }
    new.retain(|cell| cell.count > 0);
    let mut values = Vec::with_capacity(new.len() + 2);
    let last = new.len().saturating_sub(1);
    for (at, cell) in new.iter_mut().enumerate() {
        if let Some((min, max)) = extremes {
            if at == 0 {
                split_off(cell, min, &mut values);
            }
            if at == last {
                split_off(cell, max, &mut values);
            }
        }
        if cell.count > 0 {
            values.push((cell.sum as f64 / cell.count as f64 / 1e9, cell.count));
        }
    }
    values
}

/// Takes one exactly widest duration out of its cell, unless the remaining mean would be outside the range of the
/// cell: then the extreme is not one of these durations.
fn split_off(cell: &mut Cell, ns: u64, values: &mut Vec<(f64, u64)>) {
    let Some(rest) = u128::from(cell.count).checked_sub(1) else { return };
    let ((low, high), sum) = (cell.range(), cell.sum);
    let fits = |sum: u128| u128::from(low) * rest <= sum && sum <= u128::from(high) * rest;
    if (low..=high).contains(&ns) && sum.checked_sub(ns.into()).is_some_and(fits) {
        cell.count -= 1;
        cell.sum -= u128::from(ns);
        values.push((ns as f64 / 1e9, 1));
    }
}

#[cfg(all(test, not(loom)))]
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole nanoseconds")]
mod tests {
    use super::*;
    use crate::state::{Kind, Outcome};
    use proptest::prelude::*;
    use std::time::Duration;

    fn record(recorder: &Recorder, ns: u64) {
        let took = Duration::from_nanos(ns);
        recorder.record(Kind::Coroutine, "job", "test", Outcome::FINISHED, took);
    }

    fn drain(cursor: &mut Cursor) -> Vec<(f64, u64)> {
        cursor.drain().1.into_iter().flat_map(|deltas| deltas.values).collect()
    }

    fn total(values: &[(f64, u64)]) -> (u64, u64) {
        let sum = values.iter().map(|(value, count)| value * 1e9 * *count as f64).sum::<f64>();
        (values.iter().map(|(_, count)| count).sum(), sum.round() as u64)
    }

    #[test]
    fn each_cursor_sees_everything_once() {
        let recorder = Recorder::new();
        let (mut a, mut b) = (recorder.cursor(), recorder.cursor());
        record(&recorder, 100);
        assert_eq!(total(&drain(&mut a)), (1, 100));
        record(&recorder, 300);
        assert_eq!(total(&drain(&mut a)), (1, 300));
        assert_eq!(total(&drain(&mut b)), (2, 400));
        assert_eq!((drain(&mut a), drain(&mut b)), (vec![], vec![]));
    }

    #[test]
    fn the_extremes_of_each_drain_are_exact_for_each_cursor() {
        let recorder = Recorder::new();
        let (mut a, mut b) = (recorder.cursor(), recorder.cursor());
        let extremes = |values: Vec<(f64, u64)>| {
            let ns = |v: f64| (v * 1e9).round() as u64;
            (ns(values[0].0), ns(values.iter().map(|(v, _)| *v).fold(0.0, f64::max)))
        };
        // All in one cell: 1 024 ..= 1 151.
        [1_030, 1_025, 1_099, 1_100].iter().for_each(|ns| record(&recorder, *ns));
        assert_eq!(extremes(drain(&mut a)), (1_025, 1_100));
        [1_050, 1_040, 1_060].iter().for_each(|ns| record(&recorder, *ns));
        assert_eq!(extremes(drain(&mut a)), (1_040, 1_060));
        assert_eq!(extremes(drain(&mut b)), (1_025, 1_100));
    }

    #[test]
    fn the_extremes_are_exact_for_a_cursor_that_is_created_after_another_has_read() {
        let recorder = Recorder::new();
        let mut first = recorder.cursor();
        [1_025, 1_151, 1_060].iter().for_each(|ns| record(&recorder, *ns));
        drain(&mut first);
        let mut late = recorder.cursor();
        record(&recorder, 1_050);
        let ns: Vec<_> =
            drain(&mut late).iter().map(|(v, n)| ((v * 1e9).round() as u64, *n)).collect();
        assert_eq!(ns, [(1_025, 1), (1_151, 1), (1_055, 2)]);
    }

    #[test]
    fn a_panic_of_the_callback_loses_no_extremes() {
        let recorder = Recorder::new();
        let mut cursor = recorder.cursor();
        let record = |name: &'static str, ns| {
            let took = Duration::from_nanos(ns);
            recorder.record(Kind::Coroutine, name, "test", Outcome::FINISHED, took);
        };
        record("a", 5);
        [1_030, 1_025, 1_099, 1_100].iter().for_each(|ns| record("b", *ns));
        cursor.drain_each(|_, _| ());
        [1_050, 1_040, 1_060].iter().for_each(|ns| record("b", *ns));
        let panics =
            std::panic::AssertUnwindSafe(|| cursor.drain_each(|_, _| panic!("on purpose")));
        assert!(std::panic::catch_unwind(panics).is_err());
        let values = drain(&mut cursor);
        let ns: Vec<_> = values.iter().map(|(v, _)| (v * 1e9).round() as u64).collect();
        assert_eq!(ns, [1_040, 1_060, 1_050]);
    }

    proptest! {
        #[test]
        fn drains_add_up_to_what_was_recorded(
            batches in prop::collection::vec(prop::collection::vec(0_u64..1 << 36, 0..40), 1..8)
        ) {
            let recorder = Recorder::new();
            let mut cursor = recorder.cursor();
            for batch in batches {
                batch.iter().for_each(|ns| record(&recorder, *ns));
                let values = drain(&mut cursor);
                let (count, sum) = total(&values);
                prop_assert_eq!(count, batch.len() as u64);
                prop_assert!(sum.abs_diff(batch.iter().sum()) <= 1);
                if let (Some(min), Some(max)) = (batch.iter().min(), batch.iter().max()) {
                    let ns = values.iter().map(|(v, _)| (v * 1e9).round() as u64);
                    prop_assert_eq!(ns.clone().min(), Some(*min));
                    prop_assert_eq!(ns.max(), Some(*max));
                }
            }
        }
    }
}
