//! Prometheus' protobuf format, with native histograms.

use std::fmt;

use prometheus_client::encoding::{
    MetricEncoder, NativeHistogram, NativeHistogramBuckets, NoLabelSet, prometheus_protobuf,
};
use prometheus_client::registry::Registry;
use runtime_hooks_recorder::catalog::{BOUNDARIES, Boundaries};

use super::native_buckets::{NativeBuckets, SCHEMA, ZERO};
use super::row::Summary;

pub(super) fn encode(registry: &Registry) -> Vec<u8> {
    // Only the writer can fail, and a vector does not.
    prometheus_protobuf::encode_to_vec(registry).unwrap_or_default()
}

/// Encodes a histogram in both forms: the scraper may know no native ones.
pub(super) fn encode_histogram(
    mut encoder: MetricEncoder<'_>,
    durations: &Summary,
    boundaries: Boundaries,
) -> fmt::Result {
    let classic = classic(durations, boundaries);
    let Some(NativeBuckets { zero_count, spans, deltas }) = &durations.native else {
        return Ok(());
    };
    let none = NativeHistogramBuckets { spans: &[], deltas: &[] };
    let native = NativeHistogram {
        schema: SCHEMA,
        zero_threshold: ZERO,
        zero_count: *zero_count,
        negative: none,
        positive: NativeHistogramBuckets { spans, deltas },
        created: None,
    };
    let Summary { sum, count, .. } = *durations;
    encoder.encode_histogram_with_native::<NoLabelSet>(sum, count, &classic, None, native)
}

/// How many durations lie between each boundary and the one before it.
fn classic(durations: &Summary, boundaries: Boundaries) -> Vec<(f64, u64)> {
    let mut below = 0;
    let each = BOUNDARIES.iter().copied().zip(durations.below).enumerate();
    let each = each.filter(|(index, _)| boundaries.has(*index)).map(|(_, each)| each);
    let all = each.chain([(f64::INFINITY, durations.count)]);
    all.map(|(boundary, up_to)| (boundary, up_to - std::mem::replace(&mut below, up_to))).collect()
}
