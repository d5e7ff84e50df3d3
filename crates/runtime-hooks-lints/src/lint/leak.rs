//! Tasks of which more are spawned than end.

use crate::rule::Rule;

pub(crate) const RULE: Rule = Rule::new(
    "leak",
    "The number of active tasks of this name has grown for two minutes without a break: more are spawned than end. Look for \
     tasks that wait for a message that is never sent, and that are never aborted.",
)
.of_series(|series| {
    let (active, growth) = (series.active, series.growth?);
    Some((active, format!("{active} are active, {growth} more than two minutes ago")))
});
