//! What is recorded of a task at once.

use super::outcomes::OutcomeId;

/// From one tick to another.
pub type Interval = (u64, u64);

/// What one event of a task adds to its series.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// A schedule delay. It ends when the poll starts.
    pub schedule: Option<Interval>,
    /// A poll.
    pub poll: Option<Interval>,
    /// The outcome, and the interval from submission to end.
    pub ended: Option<(OutcomeId, Interval)>,
}
