//! `/api/v1/lints`: the findings, and all lints.

use runtime_hooks_lints::{Finding, Lint};
use serde::Serialize;

use super::identity::Identity;
use crate::findings::SeriesInfo;
use crate::sampler::Sampler;

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct LintsDocument {
    findings: Vec<FindingRow>,
    /// All lints.
    lints: Vec<Explanation>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct FindingRow {
    lint: &'static str,
    explanation: &'static str,
    /// How many tasks or polls it is about.
    count: u64,
    evidence: String,
    #[serde(flatten)]
    identity: Identity,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Explanation {
    lint: &'static str,
    explanation: &'static str,
}

impl FindingRow {
    pub(super) fn of(finding: &Finding, series: &[SeriesInfo]) -> Option<Self> {
        Some(Self {
            lint: finding.lint.as_str(),
            explanation: finding.lint.explanation(),
            count: finding.count,
            evidence: finding.evidence.clone(),
            identity: Identity::of(&series.get(finding.series)?.disclosed),
        })
    }
}

pub(crate) fn lints(sampler: &Sampler) -> LintsDocument {
    let explanation =
        |lint: Lint| Explanation { lint: lint.as_str(), explanation: lint.explanation() };
    let state = sampler.state();
    let found = state.findings.iter().filter_map(|finding| FindingRow::of(finding, &state.series));
    let lints = Lint::ALL.iter().copied().map(explanation);
    LintsDocument { findings: found.collect(), lints: lints.collect() }
}
