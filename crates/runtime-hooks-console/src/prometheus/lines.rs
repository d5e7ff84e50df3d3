//! Histograms as text, by hand: with 2 000 names they are 174 000 lines, and the library takes three times as long for them.

use std::fmt::{self, Write};

use runtime_hooks_core::HistogramSnapshot;
use runtime_hooks_core::catalog::BOUNDARIES;

use super::labels::Labels;
use crate::server::Pieces;

/// One family: the lines of each of its histograms differ in the boundary and the number alone.
pub(super) struct Family {
    name: String,
    /// What each line of a bucket starts with: `name_bucket{le="0.001",`.
    starts: Vec<String>,
}

impl Family {
    /// Opens it; its name has the unit in it.
    pub(super) fn open(into: &mut Pieces, name: String, help: &str) -> Result<Self, fmt::Error> {
        write!(into, "# HELP {name} {help}\n# TYPE {name} histogram\n# UNIT {name} seconds\n")?;
        let boundaries = BOUNDARIES.iter().map(f64::to_string).chain(["+Inf".to_owned()]);
        let starts = boundaries.map(|boundary| format!("{name}_bucket{{le=\"{boundary}\","));
        Ok(Self { starts: starts.collect(), name })
    }

    pub(super) fn write(
        &self,
        into: &mut Pieces,
        labels: &Labels<'_>,
        durations: &HistogramSnapshot,
    ) -> fmt::Result {
        let (name, labels, count) = (&self.name, labels.as_text(), durations.count());
        let sum = super::seconds(durations);
        write!(into, "{name}_sum{{{labels}}} {sum}\n{name}_count{{{labels}}} {count}\n")?;
        let end = format!("{labels}}} ");
        let mut digits = itoa::Buffer::new();
        for (start, below) in
            self.starts.iter().zip(durations.cumulative_buckets().into_iter().chain([count]))
        {
            [start, &end, digits.format(below), "\n"]
                .iter()
                .try_for_each(|part| into.write_str(part))?;
        }
        Ok(())
    }
}
