//! What is worth a look: rules on what the recorder tells, each with an explanation.

mod growth;
mod rules;

pub(crate) use self::growth::Growth;
pub(crate) use self::rules::{Known, check_series, check_tasks};

/// What may be wrong with a name's processes, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Lint {
    /// Tasks that wait, and nobody is left to wake them.
    LostWaker,
    /// Tasks that have been in their first poll for a second or longer.
    NeverYielded,
    /// Polls of a tenth of a second or longer.
    BlockingInAsync,
    /// Blocking closures that wait for a thread.
    StarvedBlockingPool,
    /// Ever more processes are active.
    Leak,
    /// Most processes run into their deadline.
    TimeoutStorm,
    /// Tasks that are woken in most of their own polls.
    SelfWaking,
    /// Polls longer than the threshold.
    SlowPoll,
    /// Futures so large that moving them costs.
    LargeFuture,
}

impl Lint {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::LostWaker,
        Self::NeverYielded,
        Self::BlockingInAsync,
        Self::StarvedBlockingPool,
        Self::Leak,
        Self::TimeoutStorm,
        Self::SelfWaking,
        Self::SlowPoll,
        Self::LargeFuture,
    ];

    /// The attribute `lint`: `self_waking`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SelfWaking => "self_waking",
            Self::LostWaker => "lost_waker",
            Self::NeverYielded => "never_yielded",
            Self::SlowPoll => "slow_poll",
            Self::BlockingInAsync => "blocking_in_async",
            Self::LargeFuture => "large_future",
            Self::StarvedBlockingPool => "starved_blocking_pool",
            Self::TimeoutStorm => "timeout_storm",
            Self::Leak => "leak",
        }
    }

    /// What it means, and what to do about it.
    pub const fn explanation(self) -> &'static str {
        match self {
            Self::SelfWaking => {
                "In at least half of its polls the task wakes itself: it asks to be polled again at once instead of \
                 waiting for something. Look for a loop that polls by hand, or that yields while nothing is ready."
            }
            Self::LostWaker => {
                "The task is idle and nobody holds its waker, so nothing will ever wake it. Look for a `poll` that \
                 returns `Pending` without keeping the waker of its context."
            }
            Self::NeverYielded => {
                "The task has been in its first poll for a second or longer: it never awaited anything that was not \
                 ready. Move the work to `spawn_blocking`, or await something in between."
            }
            Self::SlowPoll => {
                "Single polls take longer than the threshold for slow polls. While one runs, its worker runs nothing \
                 else, and tasks in its queue wait."
            }
            Self::BlockingInAsync => {
                "A poll takes a tenth of a second or longer, as if it read a file, slept, took a contended lock or \
                 computed at length. Move that to `spawn_blocking`."
            }
            Self::LargeFuture => {
                "The future takes 16 KiB or more, and is copied when it is spawned. Box what is large in it: arrays, \
                 buffers, or futures it awaits."
            }
            Self::StarvedBlockingPool => {
                "Closures for the blocking pool wait for a thread, a tenth of a second or longer. The pool is full: \
                 run fewer at a time, shorten them, or allow it more threads."
            }
            Self::TimeoutStorm => {
                "Of the last minute's processes of this name most ran into their deadline. What they wait for is \
                 slow or gone, or the deadline is too short."
            }
            Self::Leak => {
                "Ever more processes of this name are active, for two minutes without a break: more are spawned than \
                 ever end. Look for tasks that wait for what nobody sends, and that nobody aborts."
            }
        }
    }
}

/// A lint that applies to a name right now.
#[derive(Clone, Debug)]
pub(crate) struct Finding {
    pub(crate) lint: Lint,
    /// The number of the series that it applies to.
    pub(crate) series: usize,
    /// How many tasks, polls or processes it is about.
    pub(crate) count: u64,
    /// The evidence, for people: `4 tasks, the longest for 3.2 s`.
    pub(crate) evidence: String,
}

impl Finding {
    /// One of each lint and name, the worst first: what is found by several rules is one finding.
    pub(crate) fn merged(mut findings: Vec<Self>) -> Vec<Self> {
        let order = |finding: &Self| (finding.lint, finding.series);
        // Stable: of the same one, what was found first stays first.
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
