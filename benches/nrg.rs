//! Time per NRG run: the default way (real arithmetic, symmetries, all runs in lockstep) against the
//! plain way (complex arithmetic, all sectors, one run after another), and with one idea after the
//! other: lockstep, real arithmetic, symmetries. Same answers.
//!
//! `cargo bench --bench nrg [-- E_TRUNC MAX_STATES ROUNDS]`; the ways alternate, ratios are of medians.
use std::time::Instant;

use edgestate::linalg::cpu::Cpu;
use edgestate::nrg::{
    Model, ModelKind, Path, Rule, RunSpec, Scheme, Truncation, UnitResult, run_on,
};
use edgestate::stop::Never;

fn specs(energy: f64, max_states: u32) -> Vec<RunSpec> {
    let model = Model {
        kind: ModelKind::TwoImpurityHelicalKondo,
        coupling: 0.1,
        coupling_z: 0.0,
        distance: 10,
    };
    [0.0, 0.25, 0.5, 0.75]
        .map(|z| RunSpec {
            model,
            lambda: 4.0,
            scheme: Scheme::ZitkoPruschke,
            z,
            truncation: Truncation {
                energy,
                rule: Rule::Gap,
                gap_window: 0.3,
                max_states: vec![max_states],
            },
            shells: 24,
            temperatures: vec![3e-8],
        })
        .to_vec()
}

fn results(path: Path, specs: &[RunSpec], device: &Cpu) -> Vec<UnitResult> {
    let outcomes = run_on(path, specs, device, &(), &Never).expect("the batch is well formed");
    outcomes.into_iter().map(|o| o.expect("the ladder exists").remove(0)).collect()
}

fn main() {
    let arguments: Vec<f64> = std::env::args().filter_map(|a| a.parse().ok()).collect();
    let argument = |i: usize, default: f64| arguments.get(i).copied().unwrap_or(default);
    let (energy, max_states) = (argument(0, 5.0), argument(1, 600.0) as u32);
    let rounds = argument(2, 3.0) as usize;
    let specs = specs(energy, max_states);
    let device = Cpu::new(None).expect("threads can be started");
    let ways = [
        ("plain (complex, all sectors, one after another)", Path::Plain, false),
        ("plain in lockstep", Path::Plain, true),
        ("real arithmetic, all sectors, in lockstep", Path::Real, true),
        ("default (real, symmetries, in lockstep)", Path::Symmetric, true),
        ("default one after another", Path::Symmetric, false),
    ];
    let mut seconds = vec![Vec::new(); ways.len()];
    for _ in 0..rounds {
        let mut first: Option<Vec<UnitResult>> = None;
        for ((_, path, lockstep), seconds) in ways.iter().zip(&mut seconds) {
            let start = Instant::now();
            let step = if *lockstep { specs.len() } else { 1 };
            let found: Vec<UnitResult> =
                specs.chunks(step).flat_map(|some| results(*path, some, &device)).collect();
            seconds.push(start.elapsed().as_secs_f64() / specs.len() as f64);
            same(first.get_or_insert(found.clone()), &found);
        }
    }
    println!("{}, E_trunc = {energy}, max_states = {max_states}, 24 shells, 4 z", device_line());
    let medians: Vec<f64> = seconds.iter_mut().map(|list| median(list)).collect();
    for ((name, ..), median) in ways.iter().zip(&medians) {
        println!("{median:8.3} s per run, {:5.2} times as fast: {name}", medians[0] / median);
    }
}

fn same(a: &[UnitResult], b: &[UnitResult]) {
    for (a, b) in a.iter().zip(b) {
        for name in ["sz_sz", "sx_sx", "entropy", "kept_max"] {
            let (x, y) = (a.get(name).unwrap_or(f64::NAN), b.get(name).unwrap_or(f64::NAN));
            assert!((x - y).abs() < 1e-8, "{name}: {x} {y}: the ways differ");
        }
    }
}

fn device_line() -> String {
    use edgestate::linalg::Device;
    let threads = std::thread::available_parallelism().map_or(1, |n| n.get());
    Cpu::new(None)
        .map_or_else(|e| e.to_string(), |cpu| format!("{}, {threads} threads", cpu.name()))
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
