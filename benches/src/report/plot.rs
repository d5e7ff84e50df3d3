//! Plots of the results.

use std::error::Error;

use plotters::coord::Shift;
use plotters::prelude::*;

use super::{Measurement, Report, Scale};

type Drawing<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type PlotResult = Result<(), Box<dyn Error>>;

const WIDTH: u32 = 960;
const ROW: u32 = 22;
const TITLE: u32 = 34;
const NAMES: i32 = 300;
const NUMBERS: i32 = 150;
const OURS: RGBColor = RGBColor(28, 110, 200);
const PEER: RGBColor = RGBColor(214, 120, 40);
const INK: RGBColor = RGBColor(60, 60, 60);

/// Plots the overhead of every variant over the bare runtime: one chart per workload, bars with quartiles.
///
/// # Errors
///
/// If the file cannot be written.
pub fn overheads(report: &Report, runtime: &str, path: &std::path::Path) -> PlotResult {
    let measured: Vec<_> =
        report.measurements.iter().filter(|measured| measured.runtime == runtime).collect();
    let height =
        |measured: &Measurement| TITLE + ROW * u32::try_from(measured.rows.len()).unwrap_or(1);
    let total = measured.iter().map(|measured| height(measured)).sum::<u32>() + 10;
    let root = SVGBackend::new(path, (WIDTH, total)).into_drawing_area();
    root.fill(&WHITE)?;
    let mut rest = root;
    for measured in measured {
        let (chart, below) = rest.split_vertically(height(measured));
        bars(&chart, measured)?;
        rest = below;
    }
    rest.present()?;
    Ok(())
}

#[expect(clippy::cast_possible_truncation, clippy::cast_possible_wrap, reason = "pixels")]
fn bars(area: &Drawing<'_>, measured: &Measurement) -> PlotResult {
    let text = |size| ("sans-serif", size).into_font().color(&INK);
    let rows = measured.rows.get(1..).unwrap_or_default();
    let bare = measured.rows.first().map_or(0.0, |bare| bare.nanos.median);
    let title = format!(
        "{} · nanoseconds above the bare runtime's {bare:.0} for {}",
        measured.workload, measured.unit
    );
    area.draw(&Text::new(title, (10, 12), text(15)))?;
    // A bar of more than four times our slowest variant is cut off and ends in an arrow.
    let ours = rows.iter().filter(|row| is_ours(&row.name)).map(|row| row.over.high);
    let limit = 4.0 * ours.fold(1.0, f64::max);
    let slowest = rows.iter().map(|row| row.over.high).fold(1.0, f64::max).min(limit);
    let room = f64::from(WIDTH as i32 - NAMES - NUMBERS);
    let x = |ns: f64| NAMES + (ns.clamp(0.0, limit) / slowest * room).min(room) as i32;
    for (at, row) in rows.iter().enumerate() {
        let (top, color) =
            ((TITLE + ROW * at as u32) as i32, if is_ours(&row.name) { OURS } else { PEER });
        let (end, is_beyond) = (x(row.over.median), row.over.median > limit);
        area.draw(&Text::new(row.name.clone(), (10, top + 3), text(13)))?;
        area.draw(&Rectangle::new(
            [(NAMES, top + 3), (end.max(NAMES + 1), top + 16)],
            color.mix(0.75).filled(),
        ))?;
        if is_beyond {
            let tip = vec![(end, top), (end + 9, top + 9), (end, top + 19)];
            area.draw(&Polygon::new(tip, color.mix(0.75).filled()))?;
        } else {
            let (low, high) = (x(row.over.low), x(row.over.high));
            area.draw(&PathElement::new([(low, top + 9), (high, top + 9)], INK.stroke_width(2)))?;
        }
        let number = format!("{:+.0} ({:.2}x)", row.over.median, row.ratio.median);
        let after = if is_beyond { end + 14 } else { x(row.over.high).max(end) + 6 };
        area.draw(&Text::new(number, (after, top + 3), text(13)))?;
    }
    Ok(())
}

fn is_ours(name: &str) -> bool {
    ["off", "counts", "+ polls", "default", "full"].iter().any(|ours| name.starts_with(ours))
}

/// Plots costs against sizes: one chart each, both axes logarithmic.
///
/// # Errors
///
/// If the file cannot be written.
pub fn scales(scales: &[Scale], path: &std::path::Path) -> PlotResult {
    const HEIGHT: u32 = 300;
    let charts = u32::try_from(scales.len())?.div_ceil(2);
    let root = SVGBackend::new(path, (WIDTH, HEIGHT * charts)).into_drawing_area();
    root.fill(&WHITE)?;
    for (area, scale) in root.split_evenly((charts as usize, 2)).iter().zip(scales) {
        lines(area, scale)?;
    }
    root.present()?;
    Ok(())
}

fn lines(area: &Drawing<'_>, scale: &Scale) -> PlotResult {
    let points = || scale.lines.iter().flat_map(|(_, points)| points);
    let least = |of: fn(&(f64, f64)) -> f64| points().map(of).fold(f64::MAX, f64::min);
    let most = |of: fn(&(f64, f64)) -> f64| points().map(of).fold(1.0, f64::max);
    let x = least(|point| point.0).max(0.1)..most(|point| point.0) * 1.2;
    let y = (least(|point| point.1).max(0.1) / 2.0)..most(|point| point.1) * 2.0;
    let mut chart = ChartBuilder::on(area)
        .caption(&scale.title, ("sans-serif", 15).into_font().color(&INK))
        .margin(8)
        .x_label_area_size(34)
        .y_label_area_size(58)
        .build_cartesian_2d(x.log_scale(), y.log_scale())?;
    chart
        .configure_mesh()
        .x_desc(&scale.x)
        .y_desc(&scale.y)
        .x_label_formatter(&|x| thousands(*x))
        .y_label_formatter(&|y| thousands(*y))
        .light_line_style(WHITE)
        .label_style(("sans-serif", 12).into_font().color(&INK))
        .draw()?;
    let colors = [OURS, PEER, RGBColor(80, 150, 80), RGBColor(150, 80, 150)];
    for ((name, points), color) in scale.lines.iter().zip(colors) {
        chart
            .draw_series(
                LineSeries::new(points.iter().copied(), color.stroke_width(2)).point_size(3),
            )?
            .label(name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 14, y)], color.stroke_width(2)));
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperLeft)
        .background_style(WHITE.mix(0.8))
        .label_font(("sans-serif", 12).into_font().color(&INK))
        .draw()?;
    Ok(())
}

/// Formats as 1, 10k, 2.5M.
fn thousands(number: f64) -> String {
    match number {
        n if n >= 1e6 => format!("{}M", n / 1e6),
        n if n >= 1e3 => format!("{}k", n / 1e3),
        n => format!("{n}"),
    }
}
