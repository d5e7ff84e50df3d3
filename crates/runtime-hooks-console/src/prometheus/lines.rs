//! Histograms as text, by hand: with 2 000 names they are 174 000 lines, and the library takes three times as long for them.

use std::fmt::{self, Write};

use runtime_hooks_core::catalog::BOUNDARIES;

use super::labels::Labels;
use super::row::Summary;
use crate::chunks::Chunks;

/// One family: the lines of each of its histograms differ in the boundary and the number alone.
pub(super) struct Family {
    name: String,
    /// What each line of a bucket starts with: `name_bucket{le="0.001",`.
    starts: Vec<String>,
}

impl Family {
    /// Its name has the unit in it.
    pub(super) fn new(name: String) -> Self {
        let boundaries = BOUNDARIES.iter().map(f64::to_string).chain(["+Inf".to_owned()]);
        let starts = boundaries.map(|boundary| format!("{name}_bucket{{le=\"{boundary}\","));
        Self { starts: starts.collect(), name }
    }

    /// What comes before its lines.
    pub(super) fn open(&self, into: &mut Chunks, help: &str) -> fmt::Result {
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
        for (start, below) in self.starts.iter().zip(durations.below.iter().chain([count])) {
            [start, &end, digits.format(*below), "\n"]
                .iter()
                .try_for_each(|part| into.write_str(part))?;
        }
        Ok(())
    }
}
