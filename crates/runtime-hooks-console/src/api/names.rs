//! `/api/v1/names`: one row per series.

use std::collections::HashMap;

use serde::Serialize;

use super::identity::Identity;
use super::numbers::Numbers;
use super::query::Range;
use super::values::{SPARK, rates, rounded};
use crate::sampler::Sampler;

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct NamesDocument {
    range: Range,
    seconds: f64,
    names: Vec<Row>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "NameRow"))]
struct Row {
    #[serde(flatten)]
    identity: Identity,
    #[serde(flatten)]
    numbers: Numbers,
    spawned_per_second: f64,
    /// Spawned per second, by point.
    spark: Vec<f64>,
    /// The lints that apply to it.
    lints: Vec<&'static str>,
}

pub(crate) fn names(sampler: &Sampler, range: Range) -> NamesDocument {
    let state = sampler.state();
    let window = state.history.window(range.ticks(), SPARK);
    // One series at a time: the histograms of all take many megabytes.
    let since_start: Vec<_> = match range {
        Range::All => state.recorder().series().map(|s| Numbers::since_start(&s)).collect(),
        Range::Seconds(_) => Vec::new(),
    };
    let mut since_start = since_start.into_iter();
    let mut lints: HashMap<usize, Vec<_>> = HashMap::new();
    for finding in &state.findings {
        lints.entry(finding.series).or_default().push(finding.lint.as_str());
    }
    let series = window.series.iter().zip(&state.series).enumerate();
    let rows = series.map(|(number, (in_range, info))| {
        let in_range_numbers = || Numbers::in_range(info.active, in_range);
        Row {
            identity: Identity::of(&info.disclosed),
            numbers: since_start.next().unwrap_or_else(in_range_numbers),
            spawned_per_second: rounded(in_range.totals.spawned as f64 / window.seconds),
            spark: rates(&in_range.spawned, &window.lengths),
            lints: lints.remove(&number).unwrap_or_default(),
        }
    });
    NamesDocument { range, seconds: window.seconds, names: rows.collect() }
}
