//! A snapshot as a text table.

use std::fmt;
use std::time::Duration;

use super::histogram_snapshot::HistogramSnapshot;
use super::snapshot::{SeriesSnapshot, Snapshot};
use crate::label::{LabelParts, labels};
use crate::name::visible;
use crate::series_key::OVERFLOW_NAME;
use crate::state::State;

const COUNTS: [&str; 6] = ["spawned", "active", "finished", "cancelled", "timeout", "exception"];
/// The maximum width of a name in characters. All rows are as wide as the widest.
const MAX_NAME_WIDTH: usize = 80;
const QUANTILES: [&str; 4] = ["p50", "p90", "p99", "max"];

/// One row per series with its counts, and its three durations below each other. Series are grouped by runtime, the
/// busiest first.
impl fmt::Display for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.series.is_empty() {
            return f.write_str("nothing recorded yet\n");
        }
        let parts: Vec<_> = self.series.iter().map(|s| LabelParts::of(&s.key)).collect();
        let names: Vec<_> = labels(&parts).iter().zip(&self.series).map(name).collect();
        let name_width = names.iter().map(|name| name.chars().count()).max().unwrap_or(0).max(4);
        let runtime_width =
            self.series.iter().map(|s| s.key.runtime().chars().count()).max().unwrap_or(0).max(7);
        write!(f, "{:runtime_width$}  {:9}  {:name_width$}", "runtime", "type", "name")?;
        COUNTS.iter().try_for_each(|title| write!(f, " {title:>9}"))?;
        write!(f, "  {:8}", "seconds")?;
        QUANTILES.iter().try_for_each(|title| write!(f, " {title:>7}"))?;
        f.write_str("\n")?;

        let mut rows: Vec<_> =
            self.series.iter().zip(&names).filter(|(s, _)| s.spawned > 0).collect();
        rows.sort_by_key(|(s, _)| (s.key.runtime(), s.key.kind(), std::cmp::Reverse(s.spawned)));
        for (series, name) in rows {
            let key = &series.key;
            let (runtime, kind) = (key.runtime(), key.kind());
            write!(f, "{runtime:runtime_width$}  {kind:9}  {name:name_width$}")?;
            counts(series).iter().try_for_each(|count| write!(f, " {count:>9}"))?;
            quantiles(f, "duration", &series.duration())?;
            let indent = runtime_width + name_width + 13 + 10 * COUNTS.len();
            for (title, histogram) in [("schedule", &series.schedule), ("poll", &series.poll)] {
                if histogram.count() > 0 {
                    write!(f, "{:indent$}", "")?;
                    quantiles(f, title, histogram)?;
                }
            }
        }
        match self.overflow() {
            0 => Ok(()),
            refused => {
                writeln!(f, "{refused} tasks are counted under {OVERFLOW_NAME}")
            }
        }
    }
}

/// The label on one line, cut to the maximum width.
fn name((label, series): (&String, &SeriesSnapshot)) -> String {
    if series.key.name() == Some("") {
        return "\"\"".to_owned();
    }
    let name = visible(label);
    match name.char_indices().nth(MAX_NAME_WIDTH) {
        None => name.into_owned(),
        Some(_) => name.chars().take(MAX_NAME_WIDTH - 1).chain(['…']).collect(),
    }
}

fn counts(series: &SeriesSnapshot) -> [u64; 6] {
    let [finished, cancelled, timeout, exception] =
        [State::Finished, State::Cancelled, State::Timeout, State::Exception]
            .map(|state| series.ended_as(state));
    [series.spawned, series.active(), finished, cancelled, timeout, exception]
}

fn quantiles(
    f: &mut fmt::Formatter<'_>,
    title: &str,
    histogram: &HistogramSnapshot,
) -> fmt::Result {
    write!(f, "  {title:8}")?;
    let quantile = |q| histogram.quantile(q);
    for value in [quantile(0.5), quantile(0.9), quantile(0.99), histogram.max()] {
        write!(f, " {:>7}", value.map_or_else(|| "-".to_owned(), short))?;
    }
    f.write_str("\n")
}

/// Three digits and a unit: `1.23ms`.
fn short(duration: Duration) -> String {
    let ns = duration.as_nanos() as f64;
    let (value, unit) = match ns {
        ns if ns < 1e3 => (ns, "ns"),
        ns if ns < 1e6 => (ns / 1e3, "µs"),
        ns if ns < 1e9 => (ns / 1e6, "ms"),
        ns => (ns / 1e9, "s"),
    };
    let digits = if unit == "ns" || value >= 99.95 {
        0
    } else if value >= 9.995 {
        1
    } else {
        2
    };
    format!("{value:.digits$}{unit}")
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::{Kind, Outcome, Recorder};
    use proptest::prelude::*;

    /// A table of tasks with these names, each of which has ended once.
    fn table(names: &[String]) -> String {
        let recorder = Recorder::new();
        for name in names {
            let (name, took) = (name.clone(), Duration::from_millis(3));
            recorder.record(Kind::Coroutine, name, "tokio", Outcome::FINISHED, took);
        }
        recorder.snapshot().to_string()
    }

    #[test]
    fn any_name_stays_in_its_cell() {
        let names = ["", "a\nb\u{1b}[2J", "\u{202e}evil", "<b>\"c\\\"</b>", &"é".repeat(2_048)];
        let cells = [
            "\"\"".to_owned(),
            r"a\nb\u{1b}[2J".to_owned(),
            r"\u{202e}evil".to_owned(),
            "<b>\"c\\\"</b>".to_owned(),
            format!("{}…", "é".repeat(79)),
        ];
        let table = table(&names.map(str::to_owned));
        let rows: Vec<_> = table.lines().skip(1).collect();
        assert_eq!(rows.len(), cells.len());
        for (row, cell) in rows.iter().zip(cells) {
            let numbers = "         1         0         1         0         0         0  duration  3.00ms  3.00ms  3.00ms  3.00ms";
            assert_eq!(*row, format!("tokio    coroutine  {cell:80}{numbers}"));
        }
    }

    proptest! {
        #[test]
        fn each_row_is_one_line_for_any_names(names in prop::collection::btree_set(any::<String>(), 1..8)) {
            let names: Vec<_> = names.into_iter().collect();
            let table = table(&names);
            prop_assert_eq!(table.lines().count(), 1 + names.len());
            prop_assert!(!table.replace('\n', "").contains(char::is_control));
            let widths: std::collections::BTreeSet<_> = table.lines().map(|line| line.chars().count()).collect();
            prop_assert_eq!(widths.len(), 1);
        }
    }

    #[test]
    fn durations_are_three_digits_and_a_unit() {
        let cases = [
            (0, "0ns"),
            (999, "999ns"),
            (1_000, "1.00µs"),
            (12_345, "12.3µs"),
            (999_499, "999µs"),
            (1_230_000, "1.23ms"),
            (50_000_000, "50.0ms"),
            (2_500_000_000, "2.50s"),
            (100_000_000_000, "100s"),
        ];
        for (ns, text) in cases {
            assert_eq!(short(Duration::from_nanos(ns)), text);
        }
    }

    #[test]
    fn a_table_has_one_row_per_series_and_one_line_per_duration() {
        let recorder = Recorder::builder().max_names(1).build();
        assert_eq!(recorder.snapshot().to_string(), "nothing recorded yet\n");
        for outcome in [Outcome::FINISHED, Outcome::FINISHED, Outcome::PANIC] {
            recorder.record(Kind::Coroutine, "fetch", "tokio", outcome, Duration::from_millis(3));
        }
        recorder.record(Kind::Coroutine, "b", "tokio", Outcome::TIMEOUT, Duration::from_secs(1));
        let table = "\
runtime  type       name     spawned    active  finished cancelled   timeout exception  seconds      p50     p90     p99     max
tokio    coroutine  fetch          3         0         2         0         0         1  duration  3.00ms  3.00ms  3.00ms  3.00ms
tokio    coroutine  _OTHER         1         0         0         0         1         0  duration   1.00s   1.00s   1.00s   1.00s
1 tasks are counted under _OTHER
";
        assert_eq!(recorder.snapshot().to_string(), table);
    }
}
