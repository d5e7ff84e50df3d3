//! `/api/v1/name?runtime=..&type=..&name=..&function=..&location=..`: one series over time.

use serde::{Deserialize, Serialize};

use super::identity::Identity;
use super::lints::FindingRow;
use super::numbers::{Ended, Numbers};
use super::query::{Range, parsed, parsed_option};
use super::values::rates;
use crate::history::{Buckets, bounds};
use crate::sampler::Sampler;

/// The number of a plot's points, about.
const POINTS: usize = 90;

/// Which series; without `name`, one of anonymous futures. Without `is_named`, `function`
/// and `location`, the first one.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NameQuery {
    pub(crate) runtime: String,
    pub(crate) r#type: String,
    pub(crate) name: Option<String>,
    pub(crate) function: Option<String>,
    pub(crate) location: Option<String>,
    #[serde(default, deserialize_with = "parsed_option")]
    pub(crate) is_named: Option<bool>,
    #[serde(default, deserialize_with = "parsed")]
    pub(crate) range: Range,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct NameDocument {
    range: Range,
    seconds: f64,
    /// The length of a plot's point, in seconds.
    step: u64,
    #[serde(flatten)]
    identity: Identity,
    numbers: Numbers,
    since_start: Numbers,
    spawned_points: Vec<f64>,
    active_points: Vec<u64>,
    ended_points: Vec<Ended>,
    duration_points: Vec<Heat>,
    schedule_points: Vec<Heat>,
    poll_points: Vec<Heat>,
    findings: Vec<FindingRow>,
}

/// The distribution of one point.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Heat {
    p50: Option<f64>,
    p99: Option<f64>,
    /// The upper bound of each bucket in seconds, and its count: four buckets per power of two.
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

/// `None` if there is no such series.
pub(crate) fn name(sampler: &Sampler, query: &NameQuery) -> Option<NameDocument> {
    let state = sampler.state();
    let index = state.series.iter().position(|info| {
        let (disclosed, key) = (&info.disclosed, &info.disclosed.key);
        key.runtime() == query.runtime
            && key.kind().as_str() == query.r#type
            && info.disclosed.name == query.name
            && query.is_named.is_none_or(|wanted| wanted == disclosed.is_named())
            && query
                .function
                .as_ref()
                .is_none_or(|wanted| Some(wanted) == disclosed.function.as_ref())
            && query
                .location
                .as_ref()
                .is_none_or(|wanted| disclosed.location().as_ref() == Some(wanted))
    })?;
    let info = &state.series[index];
    let series = state.recorder().series_of(&info.disclosed.key)?;
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
        identity: Identity::of(&info.disclosed),
        numbers: match query.range {
            Range::All => Numbers::since_start(&series),
            Range::Seconds(_) => Numbers::in_range(info.active, one),
        },
        since_start,
        spawned_points: rates(&one.spawned, &window.lengths),
        active_points: one.active.clone(),
        ended_points: one.points.iter().map(|point| Ended::from(point.ended)).collect(),
        duration_points: points(0),
        schedule_points: points(1),
        poll_points: points(2),
        findings: found.filter_map(|f| FindingRow::of(f, &state.series)).collect(),
    })
}
