//! Results as text for people.
use std::fmt::Write;

use crate::engine::tree::number;
use crate::engine::{Answer, Values};
use crate::jobs::document::Request;
use crate::jobs::results::{Point, Results};
use crate::nrg::{PointSummary, Statistic};

/// Columns of a sweep's table: heading, statistic, whether it is divided by the RKKY energy.
const COLUMNS: &[(&str, &str, bool)] = &[
    ("T_S trans intra/E_R", "t_s_transverse_intra", true),
    ("T_S trans inter/E_R", "t_s_transverse_inter", true),
    ("T_S long intra/E_R", "t_s_longitudinal_intra", true),
    ("T_S long inter/E_R", "t_s_longitudinal_inter", true),
    ("<SzSz>", "sz_sz", false),
    ("<SxSx>", "sx_sx", false),
];

/// The single numbers of an answer, with their units.
fn scalars(answer: &Answer) -> impl Iterator<Item = (String, f64)> {
    answer.arrays.iter().filter_map(|array| match (&array.values, array.shape.as_slice()) {
        (Values::F64(values), []) if array.unit == "1" => {
            Some((array.name.clone(), *values.first()?))
        }
        (Values::F64(values), []) => {
            Some((format!("{} / {}", array.name, array.unit), *values.first()?))
        }
        _ => None,
    })
}

/// What is in an answer besides single numbers: `bands[k 201, band 8] in meV`.
fn contents(answer: &Answer) -> String {
    let arrays = answer.arrays.iter().filter(|array| !array.shape.is_empty());
    let shown = arrays.map(|array| {
        let lengths = array.dimensions.iter().zip(&array.shape);
        let lengths: Vec<String> = lengths.map(|(name, len)| format!("{name} {len}")).collect();
        format!("{}[{}] in {}", array.name, lengths.join(", "), array.unit)
    });
    shown.collect::<Vec<_>>().join("; ")
}

/// A row per point: values of the axes, mean +- standard deviation over z.
pub fn table(results: &Results, seconds: f64, units_from_store: u64) -> String {
    let mut rows = vec![heading(results)];
    for (index, point) in results.points.iter().enumerate() {
        rows.push(row(results, index, point));
    }
    let mut text = aligned(&rows);
    if let Some(Point::Answered(first)) = results.points.first() {
        let contents = contents(first);
        if !contents.is_empty() {
            let _ = writeln!(text, "arrays (--json or --output): {contents}");
        }
    }
    for note in &results.certificate.notes {
        let _ = writeln!(text, "note: {note}");
    }
    for warning in &results.certificate.warnings {
        let _ = writeln!(text, "warning: {warning}");
    }
    let certificate = &results.certificate;
    let _ = write!(
        text,
        "{} points on {} in {:.2} s ({} units from the store)",
        results.points.len(),
        certificate.device,
        seconds,
        units_from_store,
    );
    if certificate.eigen_residual.is_finite() {
        let (residual, orthogonality) =
            (certificate.eigen_residual, certificate.eigen_orthogonality);
        let _ = write!(text, "; residual {residual:.2}, orthogonality {orthogonality:.2}");
    }
    text.push('\n');
    text
}

fn heading(results: &Results) -> Vec<String> {
    let axes = results.document.axes().iter().flat_map(|axis| axis.fields()).map(str::to_owned);
    if !matches!(results.document.first(), Request::Nrg(_)) {
        let first = results.points.iter().find_map(|point| match point {
            Point::Answered(answer) => Some(answer),
            _ => None,
        });
        return axes
            .chain(first.into_iter().flat_map(|answer| scalars(answer)).map(|s| s.0))
            .collect();
    }
    let columns = COLUMNS.iter().map(|(heading, ..)| (*heading).to_owned());
    axes.chain(["E_R / D".to_owned()]).chain(columns).collect()
}

fn row(results: &Results, index: usize, point: &Point) -> Vec<String> {
    let mut cells = coordinates(results, index);
    match point {
        Point::Pending => cells.push("pending".into()),
        Point::Failed { reason } => cells.push(format!("failed: {reason}")),
        Point::Answered(answer) => cells.extend(scalars(answer).map(|(_, value)| number(value))),
        Point::Done(summary) => {
            cells.push(format!("{:.4e}", summary.rkky_energy));
            cells.extend(COLUMNS.iter().map(|(_, name, scaled)| cell(summary, name, *scaled)));
        }
    }
    cells
}

fn coordinates(results: &Results, index: usize) -> Vec<String> {
    let values = results.document.coordinates(index);
    let fields = results.document.axes().iter().flat_map(|axis| axis.fields());
    fields.filter_map(|field| values.get(field).copied().map(number)).collect()
}

fn cell(summary: &PointSummary, name: &str, scaled: bool) -> String {
    let Some(Statistic { mean, std, .. }) = summary.get(name) else { return String::new() };
    let unit = if scaled { summary.rkky_energy } else { 1.0 };
    format!("{:.5} +- {:.5}", mean / unit, std / unit)
}

fn aligned(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        let cells = rows.iter().filter(|row| row.len() == columns);
        cells.filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let cells: Vec<String> =
            row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
    }
    text
}
