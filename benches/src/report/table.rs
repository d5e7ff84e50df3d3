//! The results as a table for the terminal.

use std::fmt;

use super::{Measurement, Memory};
use crate::Row;

impl fmt::Display for Measurement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { runtime, workload, unit, rows } = self;
        writeln!(f, "\n{runtime}: {workload} (nanoseconds for {unit})")?;
        table(f, rows)
    }
}

/// Rows with a title.
pub struct Titled<'a>(pub &'a str, pub &'a [Row]);

impl fmt::Display for Titled<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(title, rows) = self;
        writeln!(f, "\n{title}")?;
        table(f, rows)
    }
}

fn table(f: &mut fmt::Formatter<'_>, rows: &[Row]) -> fmt::Result {
    writeln!(
        f,
        "{:38} {:>9} {:>9} {:>7} {:>9}  quartiles of over",
        "variant", "ns", "over", "ratio", "cpu over"
    )?;
    let bare = rows.first().map_or("", |row| &row.name);
    for Row { name, nanos, against, over, ratio, cpu_over, .. } in rows {
        let against = if against == bare { String::new() } else { format!("  over {against}") };
        writeln!(
            f,
            "{name:38} {:9.1} {:+9.1} {:6.2}x {:+9.1}  {:+.1} .. {:+.1}{against}",
            nanos.median, over.median, ratio.median, cpu_over.median, over.low, over.high
        )?;
    }
    Ok(())
}

impl fmt::Display for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\n{}: heap use of a pending task", self.runtime)?;
        writeln!(f, "{:38} {:>9} {:>12}", "variant", "bytes", "allocations")?;
        for row in &self.rows {
            writeln!(f, "{:38} {:9.1} {:12.2}", row.name, row.bytes, row.allocations)?;
        }
        Ok(())
    }
}
