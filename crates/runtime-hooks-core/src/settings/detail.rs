//! How much is recorded.

/// How much is recorded of each task. Each level adds to the one before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Detail {
    /// Counts, and `process.duration`.
    Counts = 0,
    /// And `poll.duration` and slow polls, of every poll.
    Polls = 1,
    /// And `schedule.duration`: of every blocking closure, and of one task in 16 of each name. The
    /// distribution is the same, its count is that of the sampled tasks.
    #[default]
    Sampled = 2,
    /// And `schedule.duration` of every task.
    Full = 3,
}
