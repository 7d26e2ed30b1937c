//! A report for people.
use std::fmt::Write;

use super::report::{Broadening, Calls, Entrant, Outcome, Report};

/// The whole report as tables.
pub fn text(report: &Report) -> String {
    let mut out = String::new();
    let machine = &report.machine;
    let load =
        machine.load.map(|load| load.map_or_else(|| "?".into(), |load| format!("{load:.1}")));
    let _ = writeln!(
        out,
        "edgestate {}, {}, {} threads, load {} to {}, {:.0} s{}",
        report.version,
        machine.processor,
        machine.threads,
        load[0],
        load[1],
        report.seconds,
        if report.quick { " (quick: for trying, not for comparing)" } else { "" },
    );
    report.candidates.iter().for_each(|one| entrant(&mut out, one));
    report.workloads.iter().for_each(|one| workload(&mut out, one));
    broadening(&mut out, &report.broadening);
    calls(&mut out, &report.calls);
    for note in &report.notes {
        let _ = writeln!(out, "note: {note}");
    }
    out
}

fn entrant(out: &mut String, entrant: &Entrant) {
    let _ = write!(out, "{:<9} {}", entrant.id, entrant.title);
    if let (Some(flops), Some(bytes)) =
        (entrant.peak_flops_per_second, entrant.peak_bytes_per_second)
    {
        let _ = write!(
            out,
            "; peaks: {:.0} Gflop/s (products), {:.0} GB/s (a pass over memory)",
            1e-9 * flops,
            1e-9 * bytes
        );
    }
    out.push('\n');
}

fn workload(out: &mut String, outcome: &Outcome) {
    let _ = writeln!(
        out,
        "\n{}: {} (orders to {}, {} rounds)",
        outcome.name, outcome.title, outcome.largest_order, outcome.rounds
    );
    let _ = writeln!(
        out,
        "  {:<9} {:>6} {:>9} {:>11} {:>11} {:>12} {:>9} {:>9}",
        "", "copies", "matrices", "seconds", "cpu s", "matrices/s", "Gflop/s", "roofline"
    );
    for one in &outcome.results {
        let share = one.roofline_share.map_or_else(String::new, percent);
        let _ = writeln!(
            out,
            "  {:<9} {:>6} {:>9} {:>11.4} {:>11.4} {:>12.4e} {:>9.2} {:>9}",
            one.candidate,
            one.copies,
            one.matrices,
            one.wall_seconds.median,
            one.cpu_seconds.median,
            one.matrices_per_second,
            1e-9 * one.flops / one.wall_seconds.median,
            share
        );
    }
    for one in &outcome.ratios {
        let cpu = if one.cpu.is_finite() { format!("{:.2}", one.cpu) } else { "-".to_owned() };
        let [low, high] = one.wall_range;
        let _ = writeln!(
            out,
            "  {} is {:.2} x as fast as {} ({low:.2} to {high:.2}); by processor time {cpu}",
            one.candidate, one.wall, one.against
        );
    }
}

fn broadening(out: &mut String, list: &[Broadening]) {
    for (index, one) in list.iter().enumerate() {
        if index == 0 {
            let _ = writeln!(
                out,
                "\nbroadening of {} peaks, tolerance {:.0e}\n  {:<28} {:>8} {:>8} {:>9} {:>10} {:>8}",
                one.peaks, one.tolerance, "", "seconds", "cpu s", "bound", "plain, s", "ratio"
            );
        }
        let _ = writeln!(
            out,
            "  {:<28} {:>8.4} {:>8.4} {:>9.1e} {:>10.1} {:>8.0}",
            one.kernel,
            one.wall_seconds.median,
            one.cpu_seconds.median,
            one.error_bound,
            one.plain_seconds,
            one.plain_seconds / one.wall_seconds.median
        );
    }
}

fn calls(out: &mut String, list: &[Calls]) {
    if !list.is_empty() {
        let _ = writeln!(
            out,
            "\nEigen.Solve\n  {:<13} {:>16} {:>8} {:>8} {:>9} {:>9} {:>8} {:>8} {:>8} {:>9}",
            "",
            "matrices",
            "MB up",
            "MB down",
            "GB/s up",
            "GB/s down",
            "cpu s/GB",
            "call s",
            "solve s",
            "overhead"
        );
    }
    for one in list {
        let batch = format!("{} x {}", one.matrices, one.order);
        let down = one.gigabytes_per_second_down;
        let down = down.map_or_else(|| "-".to_owned(), |rate| format!("{:.2}", rate.median));
        let _ = writeln!(
            out,
            "  {:<13} {batch:>16} {:>8.1} {:>8.1} {:>9.2} {down:>9} {:>8.2} {:>8.3} {:>8.3} {:>9}",
            one.transport,
            1e-6 * one.bytes_up as f64,
            1e-6 * one.bytes_down as f64,
            one.gigabytes_per_second_up.median,
            one.cpu_seconds_per_gigabyte.unwrap_or(f64::NAN),
            one.call_seconds.median,
            one.solve_seconds.median,
            percent(one.overhead)
        );
    }
}

fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}
