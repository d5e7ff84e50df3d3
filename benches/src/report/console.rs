//! What a console costs the program it shows.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Spread;

/// One run of the bench `console`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ConsoleCost {
    /// Tasks that live.
    pub live: usize,
    /// Spawns a second without a console.
    pub rate: Spread,
    /// By how many percent there are fewer while one is served, of the same round.
    pub served: Spread,
    /// The same while its page is open.
    pub open: Spread,
    /// Names of which `/metrics` tells.
    pub names: usize,
    /// Milliseconds it takes.
    pub metrics: Spread,
}

impl ConsoleCost {
    /// What, how much, of how much at most.
    fn rows(&self) -> [(String, Spread, f64, &'static str); 3] {
        let metrics = format!("`/metrics` of {} names", self.names);
        [
            ("served: fewer spawns a second".to_owned(), self.served, 1.0, "%"),
            ("its page open: fewer spawns a second".to_owned(), self.open, 3.0, "%"),
            (metrics, self.metrics, 50.0, " ms"),
        ]
    }
}

/// As a section of the page.
impl fmt::Display for ConsoleCost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "\n## The console\n\nBeside a program without one: current-thread tokio with {} live tasks, at default detail, \
             which spawns and joins {:.0} tasks a second that do a little work each.\n",
            self.live, self.rate.median
        )?;
        writeln!(f, "| what | at most | median | quartiles | |\n|---|---|---|---|---|")?;
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
