//! Durations as tokio-console draws them: a histogram of the `hdrhistogram` crate, in its own format.

use console_api::tasks::DurationHistogram;
use hdrhistogram::Histogram;
use hdrhistogram::serialization::{Serializer as _, V2Serializer};
use runtime_hooks_recorder::HistogramSnapshot;

/// A precision of 1 %, finer than the buckets that are read.
const DIGITS: u8 = 2;

/// `None` if nothing was recorded.
pub(super) fn durations(snapshot: &HistogramSnapshot) -> Option<DurationHistogram> {
    let longest = u64::try_from(snapshot.max()?.as_nanos()).ok()?.max(2);
    let mut histogram = Histogram::<u64>::new_with_max(longest, DIGITS).ok()?;
    for (seconds, count) in snapshot.values() {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the mean of a bucket, not above the longest"
        )]
        let nanoseconds = ((seconds * 1e9).round() as u64).clamp(1, longest);
        histogram.record_n(nanoseconds, count).ok()?;
    }
    let mut raw_histogram = Vec::new();
    V2Serializer::new().serialize(&histogram, &mut raw_histogram).ok()?;
    Some(DurationHistogram {
        raw_histogram,
        max_value: longest,
        high_outliers: 0,
        highest_outlier: None,
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use hdrhistogram::serialization::Deserializer;
    use runtime_hooks_recorder::{Kind, Outcome, Recorder};

    #[test]
    fn a_client_reads_the_count_and_the_durations() {
        assert!(durations(&HistogramSnapshot::default()).is_none());
        let recorder = Recorder::new();
        for ms in [0, 1, 1, 1, 50, 7_000] {
            let took = Duration::from_millis(ms);
            recorder.record(Kind::Coroutine, "task", "test", Outcome::FINISHED, took);
        }
        let sent = durations(&recorder.snapshot().find("task").unwrap().duration()).unwrap();
        let read: Histogram<u64> =
            Deserializer::new().deserialize(&mut &sent.raw_histogram[..]).unwrap();
        assert_eq!((read.len(), sent.max_value), (6, 7_000_000_000));
        let within = |read: u64, ns: u64| read.abs_diff(ns) <= ns / 50;
        assert!(within(read.value_at_quantile(0.5), 1_000_000), "{}", read.value_at_quantile(0.5));
        assert!(within(read.max(), 7_000_000_000), "{}", read.max());
    }
}
