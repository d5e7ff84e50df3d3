//! The cost of a console for the program it shows.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Spread;

/// The results of the bench `console`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ConsoleCost {
    /// The number of live tasks.
    pub live: usize,
    /// Spawns per second without a console.
    pub rate: Spread,
    /// The reduction of spawns per second while a console is served, in percent of the same round.
    pub served: Spread,
    /// The reduction while its page is open.
    pub open: Spread,
    /// The number of names in `/metrics`.
    pub names: usize,
    /// The time of `/metrics` in milliseconds.
    pub metrics: Spread,
}

impl ConsoleCost {
    /// Measurement, value, limit and unit.
    fn rows(&self) -> [(String, Spread, f64, &'static str); 3] {
        let metrics = format!("`/metrics` of {} names", self.names);
        [
            ("console served: reduction of spawns per second".to_owned(), self.served, 1.0, "%"),
            ("page open: reduction of spawns per second".to_owned(), self.open, 3.0, "%"),
            (metrics, self.metrics, 50.0, " ms"),
        ]
    }
}

/// A section of the page.
impl fmt::Display for ConsoleCost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "\n## The console\n\nCompared with a program without a console: current-thread tokio with {} live tasks at default detail, \
             which spawns and joins {:.0} small tasks per second.\n",
            self.live, self.rate.median
        )?;
        writeln!(f, "| measurement | limit | median | quartiles | |\n|---|---|---|---|---|")?;
        self.rows().iter().try_for_each(|(what, cost, most, unit)| {
            let Spread { low, median, high } = cost;
            let met = if median <= most { "met" } else { "**over**" };
            writeln!(
                f,
                "| {what} | {most:.0}{unit} | {median:.2}{unit} | {low:.2} .. {high:.2} | {met} |"
            )
        })
    }
}
