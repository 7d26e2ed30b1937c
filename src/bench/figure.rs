//! A report as a figure: how many times faster than each library, over the order; and a run of the
//! NRG shell by shell.
use super::report::{Outcome, Report};
use crate::plot::{Axis, Figure, Panel, Series};

/// Panels for what was measured.
pub fn figure(report: &Report) -> Figure {
    let mut figure = Figure::new(
        "bench",
        "Diagonalization with all eigenvectors",
        "Medians of alternated rounds in one run, by processor time (by the wall where a GPU is one of \
         the two). Above 1 this program is faster.",
    )
    .columns(2)
    .parameter("processor", &report.machine.processor)
    .parameter("threads", report.machine.threads);
    for complex in [false, true] {
        figure.panels.extend(ratios(report, complex));
    }
    if let Some(outcome) = report.workloads.iter().find(|one| one.name == "nrg") {
        figure.panels.push(shells(outcome));
    }
    figure
}

/// Ratios over single orders; small batches and ribbons included.
fn ratios(report: &Report, complex: bool) -> Option<Panel> {
    let mut single: Vec<&Outcome> = report.workloads.iter().collect();
    single.retain(|one| one.complex == complex && one.order.is_some() && single_size(one));
    let mut pairs: Vec<(String, String)> = Vec::new();
    for ratio in single.iter().flat_map(|one| &one.ratios) {
        let pair = (ratio.candidate.clone(), ratio.against.clone());
        if !pairs.contains(&pair) {
            pairs.push(pair);
        }
    }
    if pairs.is_empty() {
        return None;
    }
    let title = if complex { "complex Hermitian" } else { "real symmetric" };
    let axis = Axis::log("times faster", "");
    let mut panel = Panel::new(Axis::log("order", ""), axis).title(title).horizontal(1.0, "");
    for (candidate, against) in pairs {
        let (mut x, mut y) = (Vec::new(), Vec::new());
        for outcome in &single {
            let found = outcome
                .ratios
                .iter()
                .find(|ratio| ratio.candidate == candidate && ratio.against == against);
            if let Some((ratio, order)) = found.zip(outcome.order) {
                x.push(order as f64);
                // Processor time does not mind what else the machine does; a GPU has none.
                y.push(if ratio.cpu.is_finite() { ratio.cpu } else { ratio.wall });
            }
        }
        panel = panel.with(Series::line_points(&format!("{candidate} / {against}"), &x, &y));
    }
    Some(panel)
}

/// Small batches have the orders of single sizes and are left to the table.
fn single_size(outcome: &Outcome) -> bool {
    !outcome.name.starts_with("small-")
}

fn shells(outcome: &Outcome) -> Panel {
    let seconds = Axis::log("seconds per run", "s");
    let mut panel = Panel::new(Axis::linear("shell", ""), seconds).title(&outcome.title);
    for one in &outcome.results {
        let x: Vec<f64> = (0..one.step_seconds.len()).map(|step| step as f64).collect();
        let y: Vec<f64> =
            one.step_seconds.iter().map(|seconds| seconds / one.copies as f64).collect();
        panel = panel.with(Series::line(&one.candidate, &x, &y));
    }
    panel
}
