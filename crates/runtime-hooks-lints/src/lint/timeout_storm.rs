//! Tasks most of which end by their deadline.

use crate::rule::Rule;

/// Fewer timeouts a minute are no storm.
const MIN_TIMEOUTS: u64 = 10;

pub(crate) const RULE: Rule = Rule::new(
    "timeout_storm",
    "Most tasks of this name that ended in the last minute ended by their deadline. What they wait for is slow or gone, or \
     the deadline is too short.",
)
.of_series(|series| {
    let (timeouts, ended) = (series.timeouts, series.ended);
    let is_storm = timeouts >= MIN_TIMEOUTS && timeouts * 2 >= ended;
    is_storm.then(|| (timeouts, format!("{timeouts} of {ended} in the last minute")))
});
