//! `/api/v1/name?runtime=..&type=..&name=..`: one name over time.

use serde::{Deserialize, Serialize};

use super::query::parsed;
use super::{Ended, Identity, Numbers, Range, rates};
use crate::history::{Buckets, bounds};
use crate::sampler::Sampler;

/// As many columns a plot has, at most about.
const POINTS: usize = 90;

/// Which name; without `name` the anonymous futures.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NameQuery {
    pub(crate) runtime: String,
    pub(crate) r#type: String,
    pub(crate) name: Option<String>,
    #[serde(default, deserialize_with = "parsed")]
    pub(crate) range: Range,
}

#[derive(Debug, Serialize)]
pub(crate) struct NameDocument {
    range: Range,
    seconds: f64,
    /// How many seconds each point of the plots is.
    step: u64,
    #[serde(flatten)]
    identity: Identity,
    numbers: Numbers,
    since_start: Numbers,
    spawned_points: Vec<f64>,
    active_points: Vec<u64>,
    ended_points: Vec<Ended>,
    process_points: Vec<Heat>,
    schedule_points: Vec<Heat>,
    poll_points: Vec<Heat>,
    findings: Vec<super::lints::Found>,
}

/// The distribution of one point.
#[derive(Debug, Serialize)]
struct Heat {
    p50: Option<f64>,
    p99: Option<f64>,
    /// The upper bound of a bucket in seconds, and how many are in it: four buckets a power of two.
    buckets: Vec<(f64, u64)>,
}

impl Heat {
    fn of(buckets: &Buckets) -> Self {
        let upper = |bucket| (bounds(bucket).1 as f64 + 1.0) / 1e9;
        let counts = buckets.counts().iter();
        Self {
            p50: buckets.quantile(0.5),
            p99: buckets.quantile(0.99),
            buckets: counts.map(|(bucket, count)| (upper(*bucket), *count)).collect(),
        }
    }
}

/// `None` if there is no such name.
pub(crate) fn name(sampler: &Sampler, query: &NameQuery) -> Option<NameDocument> {
    let state = sampler.state();
    let index = state.series.iter().position(|known| {
        let key = &known.disclosed.key;
        key.runtime() == query.runtime
            && key.kind().as_str() == query.r#type
            && known.disclosed.name == query.name
    })?;
    let known = &state.series[index];
    let series = state.recorder().series_of(&known.disclosed.key)?;
    let window = state.history.window_of(Some(index), query.range.ticks(), POINTS);
    let one = &window.series[index];
    let points =
        |which: usize| one.points.iter().map(|point| Heat::of(&point.durations[which])).collect();
    let since_start = Numbers::since_start(&series);
    let found = state.findings.iter().filter(|finding| finding.series == index);
    Some(NameDocument {
        range: query.range,
        seconds: window.seconds,
        step: window.step,
        identity: Identity::of(&known.disclosed),
        numbers: match query.range {
            Range::All => Numbers::since_start(&series),
            Range::Seconds(_) => Numbers::in_range(known.active, one),
        },
        since_start,
        spawned_points: rates(&one.spawned, &window.lengths),
        active_points: one.active.clone(),
        ended_points: one.points.iter().map(|point| Ended::from(point.ended)).collect(),
        process_points: points(0),
        schedule_points: points(1),
        poll_points: points(2),
        findings: found.filter_map(|f| super::lints::Found::of(f, &state.series)).collect(),
    })
}
