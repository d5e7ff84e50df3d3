//! `/api/v1/lints`: what is worth a look.

use runtime_hooks_lints::{Finding, Lint};
use serde::Serialize;

use super::Identity;
use crate::findings::SeriesInfo;
use crate::sampler::Sampler;

#[derive(Debug, Serialize)]
pub(crate) struct LintsDocument {
    findings: Vec<Found>,
    /// Those that are looked for.
    lints: Vec<Explained>,
}

#[derive(Debug, Serialize)]
pub(super) struct Found {
    lint: &'static str,
    explanation: &'static str,
    /// How many tasks, polls or processes it is about.
    count: u64,
    evidence: String,
    #[serde(flatten)]
    identity: Identity,
}

#[derive(Debug, Serialize)]
struct Explained {
    lint: &'static str,
    explanation: &'static str,
}

impl Found {
    pub(super) fn of(finding: &Finding, known: &[SeriesInfo]) -> Option<Self> {
        Some(Self {
            lint: finding.lint.as_str(),
            explanation: finding.lint.explanation(),
            count: finding.count,
            evidence: finding.evidence.clone(),
            identity: Identity::of(&known.get(finding.series)?.disclosed),
        })
    }
}

pub(crate) fn lints(sampler: &Sampler) -> LintsDocument {
    let explained = |lint: Lint| Explained { lint: lint.as_str(), explanation: lint.explanation() };
    let state = sampler.state();
    let found = state.findings.iter().filter_map(|finding| Found::of(finding, &state.series));
    let lints = Lint::ALL.iter().copied().map(explained);
    LintsDocument { findings: found.collect(), lints: lints.collect() }
}
