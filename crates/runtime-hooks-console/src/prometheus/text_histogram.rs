//! Histograms as text, written by hand: 2 000 names have 174 000 lines, and the library takes three times as long for them.

use std::fmt::{self, Write};
use std::time::{Duration, UNIX_EPOCH};

use runtime_hooks_recorder::TaskExemplar;
use runtime_hooks_recorder::catalog::Boundaries;

use super::labels::Labels;
use super::row::Summary;
use crate::chunks::Chunks;

/// One family. The lines of each histogram differ only in the boundary and the number.
pub(super) struct Family {
    name: String,
    boundaries: Boundaries,
    /// The start of each bucket's line, `name_bucket{le="0.001",`, and the longest duration in it.
    buckets: Vec<(String, Duration)>,
}

impl Family {
    /// `name` ends with the unit.
    pub(super) fn new(name: String, boundaries: Boundaries) -> Self {
        let seconds = boundaries.seconds().into_iter();
        let buckets = seconds
            .map(|seconds| (seconds.to_string(), Duration::from_secs_f64(seconds)))
            .chain([("+Inf".to_owned(), Duration::MAX)])
            .map(|(le, longest)| (format!("{name}_bucket{{le=\"{le}\","), longest));
        Self { buckets: buckets.collect(), name, boundaries }
    }

    /// Writes the lines before those of its histograms.
    pub(super) fn write_head(&self, into: &mut Chunks, help: &str) -> fmt::Result {
        let name = &self.name;
        write!(into, "# HELP {name} {help}\n# TYPE {name} histogram\n# UNIT {name} seconds\n")
    }

    pub(super) fn write(
        &self,
        into: &mut Chunks,
        labels: &Labels<'_>,
        durations: &Summary,
    ) -> fmt::Result {
        let (name, labels) = (&self.name, labels.as_text());
        let Summary { count, sum, exemplars, .. } = durations;
        write!(into, "{name}_sum{{{labels}}} {sum}\n{name}_count{{{labels}}} {count}\n")?;
        let end = format!("{labels}}} ");
        let mut digits = itoa::Buffer::new();
        let below = durations.below.iter().enumerate();
        let below = below.filter(|(index, _)| self.boundaries.has(*index)).map(|(_, below)| below);
        let mut above = None;
        for ((start, longest), below) in self.buckets.iter().zip(below.chain([count])) {
            [start, &end, digits.format(*below)]
                .iter()
                .try_for_each(|part| into.write_str(part))?;
            let is_in = |one: &&TaskExemplar| {
                one.duration <= *longest && above.is_none_or(|above| one.duration > above)
            };
            if let Some(last) = exemplars.iter().filter(is_in).max_by_key(|one| one.at) {
                write_exemplar(into, last)?;
            }
            into.write_str("\n")?;
            above = Some(*longest);
        }
        Ok(())
    }
}

/// Writes ` # {trace_id="..",span_id=".."} 0.0025 1764547200.123`.
fn write_exemplar(into: &mut Chunks, exemplar: &TaskExemplar) -> fmt::Result {
    let hex = |into: &mut Chunks, bytes: &[u8]| {
        bytes.iter().try_for_each(|byte| write!(into, "{byte:02x}"))
    };
    let TaskExemplar { ids, duration, at, .. } = exemplar;
    into.write_str(" # {trace_id=\"")?;
    hex(into, &ids.trace)?;
    into.write_str("\",span_id=\"")?;
    hex(into, &ids.span)?;
    let at = at.duration_since(UNIX_EPOCH).unwrap_or_default();
    write!(into, "\"}} {} {}.{:03}", duration.as_secs_f64(), at.as_secs(), at.subsec_millis())
}
