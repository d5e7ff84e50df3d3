//! Levels of detail.

/// How much is recorded of each task. Each level includes the previous ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Detail {
    /// Counts and `process.duration`.
    Counts = 0,
    /// Adds `poll.duration` and slow polls, for every poll.
    Polls = 1,
    /// Adds `schedule.duration` of every blocking closure and of one in 16 tasks of each name. The distribution is
    /// the same; the count is the number of sampled tasks.
    #[default]
    Sampled = 2,
    /// Adds `schedule.duration` of every task.
    Full = 3,
}
