//! Writes the results as a page, and as the table of the README.

use std::error::Error;
use std::fmt::Write;
use std::fs;

use super::{ConsoleCost, Memory, Report, Scale, budgets, load, plot, root};
use crate::{BARE, DEFAULT, FLOOR, FULL, LIVE, TOKIO_METRICS, Workload};

const ONE_THREAD: &str = "tokio, current thread";

/// Writes both from the results of the benches, between the marks in the files.
///
/// # Errors
///
/// If a bench has not run, or a file cannot be written.
pub fn write() -> Result<(), Box<dyn Error>> {
    let report: Report = load("compare").ok_or("the bench `compare` has not run")?;
    let memory: Vec<Memory> = load("memory").unwrap_or_default();
    let unstable: Option<Report> = load("unstable");
    let scales: Vec<Scale> = load("scale").unwrap_or_default();
    let docs = root().join("docs");
    plot::overheads(&report, ONE_THREAD, &docs.join("performance.svg"))?;
    if !scales.is_empty() {
        plot::scales(&scales, &docs.join("scale.svg"))?;
    }
    fs::write(docs.join("performance.json"), serde_json::to_string_pretty(&report)? + "\n")?;
    let mut body = String::new();
    writeln!(
        body,
        "On {}.\nMedians of {} rounds (three times as many for elapsed timeouts and the echo server), spread over several processes. \
         In each round all variants of a workload ran in turn in one process.",
        report.machine, report.rounds
    )?;
    budget(&mut body, &report, &scales)?;
    for measurement in &report.measurements {
        rows(&mut body, measurement)?;
    }
    if let Some(unstable) = &unstable {
        writeln!(
            body,
            "\n## Peers that need `tokio_unstable`\n\nThese run in a separate binary, with a bare runtime that is built with the same flags."
        )?;
        for measurement in &unstable.measurements {
            rows(&mut body, measurement)?;
        }
    }
    if !memory.is_empty() {
        writeln!(body, "\n## Memory\n\nHeap use of each of 100 000 pending tasks.")?;
        memory_tables(&mut body, &memory)?;
    }
    if !scales.is_empty() {
        growth_table(&mut body, &scales)?;
    }
    if let Some(console) = load::<ConsoleCost>("console") {
        write!(body, "{console}")?;
    }
    between_marks(&docs.join("performance.md"), &body)?;
    between_marks(&root().join("README.md"), &readme_table(&report)?)
}

fn budget(into: &mut String, report: &Report, scales: &[Scale]) -> std::fmt::Result {
    writeln!(
        into,
        "\n## Budgets\n\nThe last column is the cost of the clock readings alone in the same rounds. No tool that measures durations can go below it.\n\n\
         | measurement | limit | measured | | floor |\n|---|---|---|---|---|"
    )?;
    for budget in budgets(report, scales) {
        let met = if budget.is_met() { "met" } else { "**over**" };
        let unit = budget.unit;
        let floor = budget.floor.map_or_else(String::new, |floor| format!("{floor:.2}{unit}"));
        writeln!(
            into,
            "| {} | {:.2}{unit} | {:.2}{unit} | {met} | {floor} |",
            budget.title, budget.limit, budget.measured
        )?;
    }
    Ok(())
}

fn rows(into: &mut String, measurement: &super::Measurement) -> std::fmt::Result {
    let super::Measurement { runtime, workload, unit, rows } = measurement;
    writeln!(into, "\n### {runtime}: {workload}\n")?;
    writeln!(
        into,
        "| variant | ns for {unit} | above bare | quartiles | ratio | CPU above bare |\n|---|---|---|---|---|---|"
    )?;
    for row in rows {
        let (over, ratio) = (row.over, row.ratio.median);
        writeln!(
            into,
            "| {} | {:.0} | {:+.0} | {:+.0} .. {:+.0} | {ratio:.2}x | {:+.0} |",
            row.name, row.nanos.median, over.median, over.low, over.high, row.cpu_over.median
        )?;
    }
    Ok(())
}

/// The growth of each line of the plot between its ends, as a power of the size.
fn growth_table(into: &mut String, scales: &[Scale]) -> std::fmt::Result {
    writeln!(
        into,
        "\n## Growth\n\nCost grows as size to the power in the last column: 0 is constant, 1 is linear.\n"
    )?;
    writeln!(into, "| measurement | variant | from | to | power |\n|---|---|---|---|---|")?;
    for Scale { title, x, y, lines } in scales {
        for (name, points) in lines {
            let (Some((least, first)), Some((most, last))) = (points.first(), points.last()) else {
                continue;
            };
            let power = (last / first).ln() / (most / least).ln();
            writeln!(
                into,
                "| {title} | {name} | {first:.0} {y} at {least:.0} {x} | {last:.0} {y} at {most:.0} {x} | {power:.2} |"
            )?;
        }
    }
    Ok(())
}

fn memory_tables(into: &mut String, memory: &[Memory]) -> std::fmt::Result {
    for Memory { runtime, rows } in memory {
        writeln!(into, "\n| {runtime} | bytes | allocations |\n|---|---|---|")?;
        for row in rows {
            writeln!(into, "| {} | {:.0} | {:.2} |", row.name, row.bytes, row.allocations)?;
        }
    }
    Ok(())
}

/// The README's table: our levels and the nearest peer, for a task of one poll and for each further poll.
fn readme_table(report: &Report) -> Result<String, Box<dyn Error>> {
    let find = |workload: Workload| {
        report.find(ONE_THREAD, &workload.to_string()).ok_or("not all workloads were measured")
    };
    let (one, eleven) = (find(Workload::OneByOne)?, find(Workload::OneByOne11)?);
    let mut body = String::from(
        "| | a task of one poll | quartiles | each further poll |\n|---|---|---|---|\n",
    );
    for name in ["off", FLOOR, "counts + duration", "+ polls", DEFAULT, FULL, LIVE, TOKIO_METRICS] {
        let (Some(one), Some(eleven)) = (one.row(name), eleven.row(name)) else { continue };
        let further = (eleven.over.median - one.over.median) / 10.0;
        writeln!(
            body,
            "| {name} | {:+.0} ns ({:.2}x) | {:+.0} .. {:+.0} | {further:+.0} ns |",
            one.over.median, one.ratio.median, one.over.low, one.over.high
        )?;
    }
    let bare = one.row(BARE).map_or(0.0, |bare| bare.nanos.median);
    writeln!(
        body,
        "\n(Overhead above bare tokio on the current-thread runtime, where a task takes {bare:.0} ns. Measured on {}; medians of {} rounds.)",
        report.machine, report.rounds
    )?;
    Ok(body)
}

fn between_marks(path: &std::path::Path, body: &str) -> Result<(), Box<dyn Error>> {
    const MARKS: (&str, &str) = ("<!-- ci/bench writes from here -->\n", "<!-- to here -->");
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let parts =
        text.split_once(MARKS.0).and_then(|(head, rest)| Some((head, rest.split_once(MARKS.1)?.1)));
    let (head, tail) = parts.ok_or_else(|| format!("{}: the marks are missing", path.display()))?;
    fs::write(path, format!("{head}{}\n{}\n{}{tail}", MARKS.0, body.trim(), MARKS.1))?;
    Ok(())
}
