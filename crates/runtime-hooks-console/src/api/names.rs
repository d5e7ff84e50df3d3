//! `/api/v1/names`: a row a name.

use std::collections::HashMap;

use serde::Serialize;

use super::{Identity, Numbers, Range, SPARK, rates, rounded};
use crate::observatory::Observatory;

#[derive(Debug, Serialize)]
pub(crate) struct NamesDocument {
    range: Range,
    seconds: f64,
    names: Vec<Row>,
}

#[derive(Debug, Serialize)]
struct Row {
    #[serde(flatten)]
    identity: Identity,
    #[serde(flatten)]
    numbers: Numbers,
    spawned_per_second: f64,
    /// Spawned a second.
    spark: Vec<f64>,
    /// Lints that apply to it.
    lints: Vec<&'static str>,
}

pub(crate) fn names(observatory: &Observatory, range: Range) -> NamesDocument {
    let seen = observatory.seen();
    let window = seen.history.window(range.ticks(), SPARK);
    let series = seen.snapshot.series.iter().zip(&window.series).zip(&seen.known);
    let mut lints: HashMap<_, Vec<_>> = HashMap::new();
    for finding in &seen.findings {
        lints.entry(&finding.key).or_default().push(finding.lint.as_str());
    }
    let rows = series.map(|((since_start, in_range), known)| Row {
        identity: Identity::of(known),
        numbers: match range {
            Range::All => Numbers::since_start(since_start),
            Range::Seconds(_) => Numbers::in_range(since_start.active(), in_range),
        },
        spawned_per_second: rounded(in_range.totals.spawned as f64 / window.seconds),
        spark: rates(&in_range.spawned, &window.lengths),
        lints: lints.remove(&known.key).unwrap_or_default(),
    });
    NamesDocument { range, seconds: window.seconds, names: rows.collect() }
}
