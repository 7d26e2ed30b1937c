//! Cost of spin spectra of two impurities (lambda = 4, x = 10, J = 0.1, J_z = 0, plain cut, full density
//! matrix at T = 1.8e-11, four spectra) for a sweep over z: with symmetries and in lockstep, with
//! symmetries one z after another, and all sectors one z after another; same answers.
//!
//! `cargo bench --bench nrg_spectra [-- Z_COUNT SHELLS MAX_STATES ALL_SECTORS]`, defaults 8 42 1000 0;
//! ALL_SECTORS = 1 runs the third way, too. Processor seconds per z and the largest resident memory so
//! far; at 42 shells and 1000 states, z = 0 is compared with the numbers of an independent code.
use std::time::Instant;

use edgestate::linalg::cpu::Cpu;
use edgestate::nrg::{
    Model, ModelKind, Pair, Rule, RunSpec, Scheme, Truncation, TwoImpuritySpectra,
    two_impurity_spectra_in_lockstep, two_impurity_spectra_of_all_sectors,
};
use edgestate::stop::Never;

/// Bytes that the way back may keep.
const MEMORY: u64 = 8 << 30;

fn spec(z: f64, shells: u32, max_states: u32) -> RunSpec {
    let kind = ModelKind::TwoImpurityHelicalKondo;
    RunSpec {
        model: Model { kind, coupling: 0.1, coupling_z: 0.0, distance: 10 },
        lambda: 4.0,
        scheme: Scheme::ZitkoPruschke,
        z,
        truncation: Truncation {
            energy: 1e9,
            rule: Rule::Plain,
            gap_window: 0.3,
            max_states: vec![max_states],
        },
        shells,
        temperatures: vec![1.8e-11],
    }
}

fn lockstep(specs: &[RunSpec], device: &Cpu) -> Vec<TwoImpuritySpectra> {
    let found = two_impurity_spectra_in_lockstep(specs, MEMORY, device, &(), &Never);
    let runs = found.expect("the batch is well formed").into_iter();
    runs.map(|run| run.expect("the ladder exists").spectra.remove(0)).collect()
}

fn alone(specs: &[RunSpec], device: &Cpu) -> Vec<TwoImpuritySpectra> {
    specs.iter().flat_map(|spec| lockstep(std::slice::from_ref(spec), device)).collect()
}

fn all_sectors(specs: &[RunSpec], device: &Cpu) -> Vec<TwoImpuritySpectra> {
    let one = |spec: &RunSpec| {
        let found = two_impurity_spectra_of_all_sectors(spec, MEMORY as usize, device, &Never);
        found.expect("the ladder exists").remove(0)
    };
    specs.iter().map(one).collect()
}

/// User and system time of this process so far, in seconds (Linux).
fn processor_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> =
        text.rsplit(')').next().map(|rest| rest.split_whitespace().collect()).unwrap_or_default();
    let ticks = |i: usize| fields.get(i).and_then(|f| f.parse::<f64>().ok()).unwrap_or(f64::NAN);
    (ticks(11) + ticks(12)) / 100.0
}

/// Largest resident memory so far, in MiB (Linux).
fn peak_memory() -> f64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    kib.unwrap_or(f64::NAN) / 1024.0
}

type Way = fn(&[RunSpec], &Cpu) -> Vec<TwoImpuritySpectra>;

fn main() {
    let arguments: Vec<u32> = std::env::args().filter_map(|a| a.parse().ok()).collect();
    let argument = |i: usize, default: u32| arguments.get(i).copied().unwrap_or(default);
    let (count, shells, states) = (argument(0, 8), argument(1, 42), argument(2, 1000));
    let specs: Vec<RunSpec> =
        (0..count).map(|i| spec(f64::from(i) / f64::from(count), shells, states)).collect();
    let device = Cpu::new(None).expect("threads can be started");
    println!("{count} z, {shells} shells, {states} states, {} threads", device.thread_count());
    let mut ways: Vec<(&str, Way)> = vec![("lockstep", lockstep), ("one after another", alone)];
    if argument(3, 0) == 1 {
        ways.push(("all sectors", all_sectors));
    }
    let mut first: Option<Vec<TwoImpuritySpectra>> = None;
    for (name, way) in ways {
        let (start, clock) = (processor_seconds(), Instant::now());
        let found = way(&specs, &device);
        let (cpu, wall) = (processor_seconds() - start, clock.elapsed().as_secs_f64());
        let each = f64::from(count);
        let memory = peak_memory();
        println!("{name}: {:.2} CPU-s, {:.2} s per z, {memory:.0} MiB", cpu / each, wall / each);
        match &first {
            Some(first) => agree(first, &found),
            None => first = Some(found),
        }
    }
    if let Some(found) = first.as_ref().and_then(|found| found.first())
        && (shells, states) == (42, 1000)
    {
        compare_with_reference(found);
    }
}

fn agree(a: &[TwoImpuritySpectra], b: &[TwoImpuritySpectra]) {
    for (a, b) in a.iter().zip(b) {
        for pair in Pair::ALL {
            let (x, y) = (a.susceptibility(pair), b.susceptibility(pair));
            assert!((x - y).abs() < 1e-6 * x.abs(), "{pair:?}: {x} {y}: the ways differ");
        }
    }
}

/// z = 0: <S^z S^z>, and chi of S^z and of S^+ + S^- (four times that of S^+/sqrt2), intra and inter.
fn compare_with_reference(found: &TwoImpuritySpectra) {
    let correlation = found.exact_sum(Pair::LongitudinalInter);
    println!("<S^z S^z> {correlation:.7}, independent code -0.2136346");
    assert!((correlation + 0.2136346).abs() < 2e-5);
    let chi = Pair::ALL.map(|pair| found.susceptibility(pair));
    let found = [chi[0], chi[1], 4.0 * chi[2], 4.0 * chi[3]];
    for (x, expected) in found.into_iter().zip([648.674, -618.696, 6215.336, 6177.591]) {
        println!("chi {x:.3}, independent code {expected}, ratio - 1 = {:.1e}", x / expected - 1.0);
        assert!((x / expected - 1.0).abs() < 1e-3);
    }
}
