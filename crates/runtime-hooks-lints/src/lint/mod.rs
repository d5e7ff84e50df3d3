//! The list of lints. A new one is a file here, its `mod` line, and a line in the list.

mod blocking_in_async;
mod large_future;
mod leak;
mod lost_waker;
mod never_yielded;
mod self_waking;
mod slow_poll;
mod stall;
mod starved_blocking_pool;
mod timeout_storm;

use crate::rule::Rule;

macro_rules! lints {
    ($($(#[$doc:meta])+ $lint:ident = $file:ident,)+) => {
        /// A fault that the tasks of a series may have. The order is that of severity, the most severe first.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Lint {
            $($(#[$doc])+ $lint,)+
        }

        impl Lint {
            /// All lints, the most severe first.
            pub const ALL: &[Self] = &[$(Self::$lint,)+];

            pub(crate) const fn rule(self) -> &'static Rule {
                match self {
                    $(Self::$lint => &$file::RULE,)+
                }
            }
        }
    };
}

lints! {
    /// Idle tasks of which no waker remains: nothing can wake them.
    LostWaker = lost_waker,
    /// Tasks that have been in their first poll for a second or longer.
    NeverYielded = never_yielded,
    /// Polls that a watchdog has seen to hold their thread.
    Stall = stall,
    /// Polls of 100 ms or longer.
    BlockingInAsync = blocking_in_async,
    /// Blocking closures that wait for a thread for 100 ms or longer.
    StarvedBlockingPool = starved_blocking_pool,
    /// The number of active tasks grows without a break.
    Leak = leak,
    /// Most tasks end by their deadline.
    TimeoutStorm = timeout_storm,
    /// Tasks that are woken in most of their own polls.
    SelfWaking = self_waking,
    /// Polls longer than the threshold for slow polls.
    SlowPoll = slow_poll,
    /// Futures that are so large that moving them is slow.
    LargeFuture = large_future,
}

impl Lint {
    /// The value of the attribute `lint`: `self_waking`.
    pub const fn as_str(self) -> &'static str {
        self.rule().name
    }

    /// What it means, and what to do about it.
    pub const fn explanation(self) -> &'static str {
        self.rule().explanation
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_lint_has_a_name_an_explanation_and_a_check() {
        let names: BTreeSet<_> = Lint::ALL.iter().map(|lint| lint.as_str()).collect();
        assert_eq!(names.len(), Lint::ALL.len());
        for lint in Lint::ALL {
            let rule = lint.rule();
            assert!(rule.series.is_some() || rule.task.is_some(), "{lint:?}");
            assert!(lint.explanation().len() > 40, "{lint:?}");
            let is_name = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
            assert!(lint.as_str().bytes().all(is_name), "{lint:?}");
        }
        assert!(Lint::ALL.is_sorted());
    }
}
