//! Cost of a sweep against its size, and of a run against its shells: both must grow linearly.
//!
//! `cargo bench --bench nrg_cost [-- FILE.svg]`: a small model (at most 96 states a shell), one z, points on a
//! logarithmic axis of couplings, at most 64 in lockstep; processor seconds, and those per point.
use std::time::Instant;

use edgestate::bench::clock::process_seconds;
use edgestate::linalg::cpu::Cpu;
use edgestate::nrg::{Model, ModelKind, Path, Rule, RunSpec, Scheme, Truncation, run_on};
use edgestate::plot::{Axis, Figure, Panel, Series};
use edgestate::stop::Never;

const POINTS: [usize; 4] = [1, 8, 64, 512];
const SHELLS: [u32; 4] = [8, 16, 32, 64];
/// As many as a chunk of such points holds.
const LOCKSTEP: usize = 64;

fn specs(points: usize, shells: u32) -> Vec<RunSpec> {
    let spec = |i: usize| RunSpec {
        model: Model {
            kind: ModelKind::TwoImpurityHelicalKondo,
            coupling: 0.05 * 4_f64.powf(i as f64 / points as f64),
            coupling_z: 0.0,
            distance: 10,
        },
        lambda: 4.0,
        scheme: Scheme::ZitkoPruschke,
        z: 0.0,
        truncation: Truncation {
            energy: 8.0,
            rule: Rule::Gap,
            gap_window: 0.3,
            max_states: vec![96],
        },
        shells,
        temperatures: vec![0.25 * 4_f64.powf(-0.5 * f64::from(shells))],
    };
    (0..points).map(spec).collect()
}

/// Wall and processor seconds.
fn cost(points: usize, shells: u32, device: &Cpu) -> [f64; 2] {
    let specs = specs(points, shells);
    let (begin, cpu) = (Instant::now(), process_seconds());
    for chunk in specs.chunks(LOCKSTEP) {
        let outcomes = run_on(Path::Symmetric, chunk, device, &(), &Never).expect("well formed");
        assert_eq!(outcomes.into_iter().filter(Result::is_ok).count(), chunk.len());
    }
    [begin.elapsed().as_secs_f64(), process_seconds() - cpu]
}

fn main() {
    let file = std::env::args().skip(1).find(|argument| argument.ends_with(".svg"));
    let device = Cpu::new(None).expect("threads can be started");
    cost(1, 8, &device);
    println!("points  shells  seconds  cpu seconds  per point");
    let measure = |points: usize, shells: u32| {
        let [wall, cpu] = cost(points, shells, &device);
        println!(
            "{points:>6}  {shells:>6}  {wall:>7.3}  {cpu:>11.3}  {:>9.5}",
            cpu / points as f64
        );
        cpu
    };
    let by_points: Vec<f64> = POINTS.iter().map(|points| measure(*points, 24)).collect();
    let by_shells: Vec<f64> = SHELLS.iter().map(|shells| measure(8, *shells)).collect();
    let Some(file) = file else { return };
    let points = POINTS.map(|points| points as f64);
    let shells = SHELLS.map(f64::from);
    let panel = |title: &str, x: &[f64], y: &[f64]| {
        // Through the largest, where nothing is hidden by what a run costs to begin.
        let last = x.len() - 1;
        let line: Vec<f64> = x.iter().map(|one| y[last] * one / x[last]).collect();
        Panel::new(Axis::log(title, ""), Axis::log("processor time", "s"))
            .with(Series::line_points("measured", x, y))
            .with(Series::line("linear", x, &line))
    };
    let figure = Figure::new("nrg_cost", "Cost of a sweep", "24 shells; eight points")
        .columns(2)
        .with(panel("points of a sweep", &points, &by_points))
        .with(panel("shells of a run", &shells, &by_shells));
    std::fs::write(file, figure.svg().expect("a valid figure")).expect("the file can be written");
}
