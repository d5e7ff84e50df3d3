//! Histograms as text, written by hand: 2 000 names have 174 000 lines, and the library takes three times as long for them.

use std::fmt::{self, Write};

use runtime_hooks_recorder::catalog::Boundaries;

use super::labels::Labels;
use super::row::Summary;
use crate::chunks::Chunks;

/// One family. The lines of each histogram differ only in the boundary and the number.
pub(super) struct Family {
    name: String,
    boundaries: Boundaries,
    /// The start of each bucket's line: `name_bucket{le="0.001",`.
    starts: Vec<String>,
}

impl Family {
    /// `name` ends with the unit.
    pub(super) fn new(name: String, boundaries: Boundaries) -> Self {
        let seconds = boundaries.seconds().into_iter().map(|seconds| seconds.to_string());
        let starts = seconds
            .chain(["+Inf".to_owned()])
            .map(|boundary| format!("{name}_bucket{{le=\"{boundary}\","));
        Self { starts: starts.collect(), name, boundaries }
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
        let Summary { count, sum, .. } = durations;
        write!(into, "{name}_sum{{{labels}}} {sum}\n{name}_count{{{labels}}} {count}\n")?;
        let end = format!("{labels}}} ");
        let mut digits = itoa::Buffer::new();
        let below = durations.below.iter().enumerate();
        let below = below.filter(|(index, _)| self.boundaries.has(*index)).map(|(_, below)| below);
        for (start, below) in self.starts.iter().zip(below.chain([count])) {
            [start, &end, digits.format(*below), "\n"]
                .iter()
                .try_for_each(|part| into.write_str(part))?;
        }
        Ok(())
    }
}
