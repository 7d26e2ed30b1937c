//! Cost of a static run: the default way (real arithmetic, symmetries, all runs in lockstep) against the
//! plain way (complex arithmetic, all sectors, one run after another), and with one idea after the
//! other: lockstep, real arithmetic, symmetries. Same answers.
//!
//! lambda = 4, x = 10, J = 0.1, J_z = 0, plain cut, full density matrix at T = 1.8e-11 for 42 shells.
//! `cargo bench --bench nrg [-- STATES SHELLS Z ROUNDS]`, defaults 400 30 2 3; 1000 42 2 1 is the sweep
//! of docs/nrg.md. The ways alternate, ratios are of medians; seconds and processor seconds per run.
use std::time::Instant;

use edgestate::linalg::cpu::Cpu;
use edgestate::nrg::{
    Model, ModelKind, Path, Rule, RunSpec, Scheme, Truncation, UnitResult, run_on,
};
use edgestate::stop::Never;

fn specs(max_states: u32, shells: u32, count: u32) -> Vec<RunSpec> {
    let model = Model {
        kind: ModelKind::TwoImpurityHelicalKondo,
        coupling: 0.1,
        coupling_z: 0.0,
        distance: 10,
    };
    let spec = |i: u32| RunSpec {
        model,
        lambda: 4.0,
        scheme: Scheme::ZitkoPruschke,
        z: f64::from(i) / f64::from(count),
        truncation: Truncation {
            energy: 1e9,
            rule: Rule::Plain,
            gap_window: 0.3,
            max_states: vec![max_states],
        },
        shells,
        // A shell halves the energies.
        temperatures: vec![1.8e-11 * (42.0 - f64::from(shells)).exp2()],
    };
    (0..count).map(spec).collect()
}

fn results(path: Path, specs: &[RunSpec], device: &Cpu) -> Vec<UnitResult> {
    let outcomes = run_on(path, specs, device, &(), &Never).expect("the batch is well formed");
    outcomes.into_iter().map(|o| o.expect("the ladder exists").remove(0)).collect()
}

fn main() {
    let arguments: Vec<u32> = std::env::args().filter_map(|a| a.parse().ok()).collect();
    let argument = |i: usize, default: u32| arguments.get(i).copied().unwrap_or(default);
    let (states, shells, count) = (argument(0, 400), argument(1, 30), argument(2, 2));
    let rounds = argument(3, 3);
    let specs = specs(states, shells, count);
    let device = Cpu::new(None).expect("threads can be started");
    let ways = [
        ("plain (complex, all sectors, one after another)", Path::Plain, false),
        ("plain in lockstep", Path::Plain, true),
        ("real arithmetic, all sectors, in lockstep", Path::Real, true),
        ("default (real, symmetries, in lockstep)", Path::Symmetric, true),
        ("default one after another", Path::Symmetric, false),
    ];
    let mut costs = vec![[Vec::new(), Vec::new()]; ways.len()];
    for _ in 0..rounds {
        let mut first: Option<Vec<UnitResult>> = None;
        for ((name, path, lockstep), [seconds, processor]) in ways.iter().zip(&mut costs) {
            let (start, before) = (Instant::now(), processor_seconds());
            let step = if *lockstep { specs.len() } else { 1 };
            let found: Vec<UnitResult> =
                specs.chunks(step).flat_map(|some| results(*path, some, &device)).collect();
            processor.push((processor_seconds() - before) / specs.len() as f64);
            seconds.push(start.elapsed().as_secs_f64() / specs.len() as f64);
            eprintln!("{:8.3} s a run: {name}", seconds[seconds.len() - 1]);
            same(first.get_or_insert(found.clone()), &found);
        }
    }
    println!("{}, {states} states, {shells} shells, {count} z", device_line());
    let medians: Vec<[f64; 2]> =
        costs.iter_mut().map(|of| of.each_mut().map(|list| median(list))).collect();
    for ((name, ..), [wall, processor]) in ways.iter().zip(&medians) {
        let ratios = [medians[0][0] / wall, medians[0][1] / processor];
        println!(
            "{wall:8.3} s, {processor:8.3} processor seconds a run, {:5.2} and {:5.2} times less: {name}",
            ratios[0], ratios[1]
        );
    }
}

/// User and system time of this process so far, in seconds (Linux).
fn processor_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> =
        text.rsplit(')').next().map(|rest| rest.split_whitespace().collect()).unwrap_or_default();
    let ticks = |i: usize| fields.get(i).and_then(|f| f.parse::<f64>().ok()).unwrap_or(f64::NAN);
    (ticks(11) + ticks(12)) / 100.0
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
