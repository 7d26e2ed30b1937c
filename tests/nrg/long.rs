//! The longer acceptance numbers of section 11: `make test-long` (feature `long-tests`), about half an
//! hour on two cores.
use edgestate::nrg::{Path, Rule, RunSpec, UnitResult};

use crate::{get, results, spec, t_s};

fn near(found: f64, expected: f64, bound: f64, what: &str) {
    assert!((found - expected).abs() <= bound, "{what}: {found}, expected {expected}");
}

fn within(found: f64, expected: f64, relative: f64, what: &str) {
    near(found / expected, 1.0, relative, what);
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let values: Vec<f64> = values.collect();
    values.iter().sum::<f64>() / values.len() as f64
}

/// One temperature each, two runs at a time.
fn lowest(specs: &[RunSpec]) -> Vec<UnitResult> {
    specs
        .chunks(2)
        .flat_map(|pair| results(Path::Symmetric, pair))
        .map(|mut u| u.remove(0))
        .collect()
}

fn eight_z(coupling: f64, distance: u64, temperature: f64, shells: u32) -> Vec<RunSpec> {
    (0..8)
        .map(|i| {
            let mut run = spec(coupling, 0.0, distance, f64::from(i) / 8.0, shells);
            run.temperatures = vec![temperature];
            run
        })
        .collect()
}

/// x = 10, J = 0.1, eight z: mean T_S/E_R 0.547 (paper 0.556), longitudinal 1.216, inter 0.550, -1.269.
#[test]
fn eight_shifts_at_distance_10() {
    let specs = eight_z(0.1, 10, 1.8e-11, 36);
    let units = lowest(&specs);
    let expected = [0.649, 0.454, 0.391, 0.371, 0.603, 0.548, 0.606, 0.752];
    for ((run, unit), expected) in specs.iter().zip(&units).zip(expected) {
        within(t_s(run, unit, "transverse_intra"), expected, 0.05, &format!("z = {}", run.z));
    }
    let average = |kind: &str| mean(specs.iter().zip(&units).map(|(run, u)| t_s(run, u, kind)));
    within(average("transverse_intra"), 0.547, 0.03, "transverse intra");
    within(average("transverse_inter"), 0.550, 0.03, "transverse inter");
    within(average("longitudinal_intra"), 1.216, 0.03, "longitudinal intra");
    within(average("longitudinal_inter"), -1.269, 0.03, "longitudinal inter");
    near(mean(units.iter().map(|u| get(u, "sz_sz"))), -0.2139, 5e-4, "<SzSz>");
}

/// x = 1000, J = 0.1, eight z: mean T_S/E_R 1.150 (paper 1.19), longitudinal 2.63, <SzSz> -0.1778.
#[test]
fn eight_shifts_at_distance_1000() {
    let specs = eight_z(0.1, 1000, 1e-11, 38);
    let units = lowest(&specs);
    let average = |kind: &str| mean(specs.iter().zip(&units).map(|(run, u)| t_s(run, u, kind)));
    within(average("transverse_intra"), 1.150, 0.05, "transverse intra");
    within(average("longitudinal_intra"), 2.63, 0.05, "longitudinal intra");
    within(average("transverse_inter"), 1.166, 0.05, "transverse inter");
    within(average("longitudinal_inter"), -3.01, 0.05, "longitudinal inter");
    near(mean(units.iter().map(|u| get(u, "sz_sz"))), -0.1778, 2e-3, "<SzSz>");
}

/// Crossover from RKKY to Kondo (Fig. 8), z = 0: T_S saturates at the one-impurity scale.
#[test]
fn crossover_in_the_distance() {
    let table = [
        (1, -0.2255, 0.674),
        (100, -0.1941, 0.496),
        (10_000, -0.1396, 2.08),
        (100_000, -0.0699, 2.44),
        (1_000_000, -0.0405, 30.9),
    ];
    let specs: Vec<RunSpec> = table.iter().map(|row| spec(0.1, 0.0, row.0, 0.0, 36)).collect();
    for ((run, unit), (x, sz_sz, ratio)) in specs.iter().zip(lowest(&specs)).zip(table) {
        let bound = if x <= 100 { 5e-4 } else { 2e-3 };
        near(get(&unit, "sz_sz"), sz_sz, bound, &format!("<SzSz> at x = {x}"));
        within(t_s(run, &unit, "transverse_intra"), ratio, 0.05, &format!("T_S at x = {x}"));
    }
}

/// J-dependence at x = 10, z = 0 (Fig. 11).
#[test]
fn dependence_on_the_coupling() {
    let table = [
        (0.07, -0.23171, 0.618),
        (0.05, -0.24015, 0.607),
        (0.03, -0.24617, 0.598),
        (0.02, -0.24816, 0.578),
        (0.01, -0.24948, 0.5765),
    ];
    let specs: Vec<RunSpec> = table.iter().map(|row| spec(row.0, 0.0, 10, 0.0, 36)).collect();
    for ((run, unit), (j, sz_sz, ratio)) in specs.iter().zip(lowest(&specs)).zip(table) {
        near(get(&unit, "sz_sz"), sz_sz, 5e-4, &format!("<SzSz> at J = {j}"));
        within(t_s(run, &unit, "transverse_intra"), ratio, 0.05, &format!("T_S at J = {j}"));
    }
}

/// Anisotropy at x = 10, mean over four z: <SzSz> at J_z/J = 0.25, 0.5, 1.
#[test]
fn dependence_on_the_anisotropy() {
    for (ratio, sz_sz) in [(0.25, -0.2051), (0.5, -0.1947), (1.0, -0.1702)] {
        let z = [0.0, 0.25, 0.5, 0.75];
        let specs: Vec<RunSpec> = z.map(|z| spec(0.1, 0.1 * ratio, 10, z, 36)).to_vec();
        let found = mean(lowest(&specs).iter().map(|u| get(u, "sz_sz")));
        near(found, sz_sz, 5e-4, &format!("<SzSz> at J_z/J = {ratio}"));
    }
}

/// Section 6: the plain cut at the flagship point, and what it does to T_S at J = 0.01 (trap 2).
#[test]
fn plain_cut() {
    let table = [(0.1, 0.0, 0.646), (0.1, 0.5, 0.595), (0.01, 0.0, 0.852), (0.01, 0.5, 0.637)];
    let specs: Vec<RunSpec> = table
        .iter()
        .map(|row| {
            let mut run = spec(row.0, 0.0, 10, row.1, 36);
            run.truncation.rule = Rule::Plain;
            run
        })
        .collect();
    for ((run, unit), (j, z, ratio)) in specs.iter().zip(lowest(&specs)).zip(table) {
        let what = format!("T_S at J = {j}, z = {z}");
        within(t_s(run, &unit, "transverse_intra"), ratio, 0.05, &what);
    }
}

/// Section 6: a budget per shell costs less and changes little.
#[test]
fn budget_per_shell() {
    let table = [(0.0, 0.648, -0.21405), (0.5, 0.598, -0.21482), (0.25, 0.388, -0.21174)];
    let specs: Vec<RunSpec> = table
        .iter()
        .map(|row| {
            let mut run = spec(0.1, 0.0, 10, row.0, 36);
            run.truncation.max_states = vec![2400, 2400, 2400, 2400, 1000];
            run
        })
        .collect();
    for ((run, unit), (z, ratio, sz_sz)) in specs.iter().zip(lowest(&specs)).zip(table) {
        within(t_s(run, &unit, "transverse_intra"), ratio, 0.05, &format!("T_S at z = {z}"));
        near(get(&unit, "sz_sz"), sz_sz, 5e-4, &format!("<SzSz> at z = {z}"));
    }
}
