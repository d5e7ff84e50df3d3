//! The findings of a check.

use crate::lint::Lint;

/// A lint that applies to a series now.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// Which lint.
    pub lint: Lint,
    /// The number of the series.
    pub series: usize,
    /// How many tasks or polls it is about.
    pub count: u64,
    /// The evidence, for people: `4 tasks, the longest for 3.2 s`.
    pub evidence: String,
}

impl Finding {
    /// One finding per lint and series, the most severe first. Of two, the evidence of the later one comes first.
    pub(crate) fn merged(mut findings: Vec<Self>) -> Vec<Self> {
        let order = |finding: &Self| (finding.lint, finding.series);
        // Stable: of the same lint and series, the one that was found first stays first.
        findings.sort_by_key(order);
        findings.dedup_by(|later, first| {
            let is_same = order(later) == order(first);
            if is_same {
                first.count = first.count.max(later.count);
                first.evidence = format!("{}; {}", later.evidence, first.evidence);
            }
            is_same
        });
        findings
    }
}
