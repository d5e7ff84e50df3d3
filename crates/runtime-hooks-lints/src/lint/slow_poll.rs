//! Polls that are slow, but do not block.

use crate::rule::{BLOCKING, Rule, short};

pub(crate) const RULE: Rule = Rule::new(
    "slow_poll",
    "Single polls take longer than the threshold for slow polls. While one runs, its worker runs nothing else, and the tasks \
     in its queue wait.",
)
.of_series(|series| {
    // From there on it is `blocking_in_async`.
    let is_slow = series.is_async() && series.slow_polls > 0 && series.longest_poll < BLOCKING;
    is_slow.then(|| {
        let (count, longest) = (series.slow_polls, short(series.longest_poll));
        (count, format!("{count} in the last minute, the longest took {longest}"))
    })
});
