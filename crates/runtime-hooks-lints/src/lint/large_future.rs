//! Futures that are slow to move.

use crate::rule::Rule;

/// tokio boxes futures of this size before it spawns them.
const LARGE: usize = 16 << 10;

pub(crate) const RULE: Rule = Rule::new(
    "large_future",
    "The future takes 16 KiB or more, and is copied when it is spawned. Box what is large in it: arrays, buffers, or futures \
     that it awaits.",
)
.of_series(|series| {
    let size = series.size.filter(|size| *size >= LARGE)?;
    let tasks = series.spawned.max(series.active);
    (tasks > 0).then(|| (tasks, format!("{size} bytes each")))
});
